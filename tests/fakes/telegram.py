"""A stateful Telegram on 127.0.0.1: the Bot API over real HTTP in front of virtual users and groups."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.telegram_chats import Chat, Group, User, World, as_int
from tests.fakes.telegram_checks import AiogramCheck, SpecCheck, Violation, find_spec, length_problems
from tests.fakes.telegram_faults import Fault, Faults, Limiter, Limits, Refusal
from tests.fakes.telegram_methods import Methods, Send, unpacked
from tests.fakes.telegram_updates import Delivery, Json, Mailbox

__all__ = ["Chat", "FakeTelegram", "Fault", "Group", "Limits", "Refusal", "Send", "User", "Violation"]

Found = TypeVar("Found")
Files = dict[str, bytes]
TOKEN = "4242:otklik-fake-token"
# A webhook's answer may call any method but these (and the rest of get…).
NOT_IN_A_REPLY = ("get", "setwebhook", "deletewebhook", "close", "logout")


class FakeTelegram:
    """Telegram's servers, one bot, and as many people as a test wants; the state outlives stop() and start()."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "otklik_bot",
        check: bool = True,
        specs: str | Path | None = None,
        seed: int = 0,
        retry_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        port: int = 0,
    ) -> None:
        self.token = token
        self.port = port
        self.check = check
        self._specs = specs
        self.world = World(int(token.split(":")[0]), username, seed, retry_scale)
        self.calls: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.max_concurrency = 0
        self.violations: list[Violation] = []
        self.requests: deque[tuple[str, Json]] = deque(maxlen=1000)
        # A second HTTP interface on the same port, for tests in other processes (telegram_server.py).
        self.control: Callable[[web.BaseRequest], Awaitable[web.Response]] | None = None
        self._limiter = Limiter(clock)
        self._methods = Methods(self.world, self._limiter, clock)
        self._prefix = f"/bot{token}/"
        self._files_prefix = f"/file/bot{token}/photos/"
        self._in_flight = 0
        self._runner: web.ServerRunner | None = None
        self._spec: SpecCheck | None = None
        self._aiogram: AiogramCheck | None = None
        self.mailbox.on_reply = self._webhook_reply

    # Life

    async def __aenter__(self) -> FakeTelegram:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        if self.check and self._aiogram is None:
            self._aiogram = AiogramCheck()
            file = find_spec(specs=self._specs)
            self._spec = SpecCheck(file) if file else None
            self.mailbox.on_update = self._inspect_update
        server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = cast(Any, self._runner.addresses[0])[1]
        self.mailbox.resume()

    async def stop(self) -> None:
        """Closes the port; a start() later opens the same one with everything still remembered."""
        await self.mailbox.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    # What tests use

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def mailbox(self) -> Mailbox:
        return self.world.mailbox

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def limits(self) -> Limits:
        return self._limiter.limits

    @property
    def sends(self) -> list[Send]:
        return self._methods.sends

    @property
    def deliveries(self) -> list[Delivery]:
        return self.mailbox.deliveries

    @property
    def too_many(self) -> int:
        """How many calls were answered 429."""
        return self.answers[429]

    @property
    def pending(self) -> list[Json]:
        """Updates the bot has not taken yet."""
        return [queued.update for queued in self.mailbox.pending.values()]

    @property
    def unanswered(self) -> list[str]:
        """Pressed buttons that still show a spinner: queries the bot has not answered."""
        return [query_id for query_id, query in self.world.queries.items() if query.answer is None]

    def user(self, id: int = 1001, first_name: str = "Анна", **traits: Any) -> User:  # noqa: A002
        """The person with this number, made on first mention; traits as in User."""
        found = self.world.chats.get(id)
        if found is None:
            found = self.world.chats[id] = User(self.world, id, first_name, **traits)
        elif traits:
            raise AssertionError(f"user {id} already exists: too late for {traits}")
        assert isinstance(found, User)
        return found

    def group(
        self,
        id: int = -1001000000001,  # noqa: A002
        title: str = "Команда",
        members: list[User] | None = None,
        username: str | None = None,
        forum: bool = False,
    ) -> Group:
        found = self.world.chats.get(id)
        if found is None:
            found = self.world.chats[id] = Group(self.world, id, title, members or [], username, forum)
        assert isinstance(found, Group)
        return found

    def expire_callbacks(self) -> None:
        """Every button pressed so far becomes too old to answer."""
        for query in self.world.queries.values():
            query.stale = True

    def reset_counters(self) -> None:
        for counted in (self.calls, self.answers, self.violations, self.requests, self.sends, self.deliveries):
            counted.clear()
        self.max_concurrency = self._in_flight

    async def until(self, probe: Callable[[], Found], timeout: float = 5.0) -> Found:  # noqa: ASYNC109
        """Waits for a truthy value; probed after every call, message, update and delivery."""
        return await self.world.signal.until(probe, timeout, "the awaited state")

    async def drained(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Waits until the bot has taken every update."""
        await self.world.signal.until(lambda: not self.mailbox.pending, timeout, "an empty update queue")

    # HTTP

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(self._files_prefix):
            return await self._file(path.removeprefix(self._files_prefix), request)
        if not path.startswith(self._prefix):
            if self.control and path.startswith("/control/"):
                return await self.control(request)
            if path.startswith("/bot"):
                return self._refused(Refusal(401, "Unauthorized"))
            return self._refused(Refusal(404, "Not Found"))
        self._in_flight += 1
        self.max_concurrency = max(self.max_concurrency, self._in_flight)
        try:
            return await self._answer(path[len(self._prefix) :], request)
        except Refusal as refusal:
            return self._refused(refusal)
        finally:
            self._in_flight -= 1

    async def _file(self, name: str, request: web.BaseRequest) -> web.StreamResponse:
        """The bytes of a file, which is met by faults of the method «file»."""
        self.calls["file"] += 1
        try:
            met = await self._misfortune("file", {}) if self.faults.planned else None
        except Refusal as refusal:
            return self._refused(refusal)
        if met and met.kind.startswith("drop"):
            return cut(request)
        if name in self.world.moved_files:
            return web.Response(status=302, headers={"Location": self.world.moved_files[name]})
        content = self.world.file_bodies.get(name, self.world.files.get(name))
        return web.Response(body=content) if content is not None else self._refused(Refusal(404, "Not Found"))

    async def _answer(self, name: str, request: web.BaseRequest) -> web.StreamResponse:
        # Not request.read(): that stops at 1 MB, and photos are bigger.
        params, files = parse_body(request.headers.get("Content-Type", ""), await request.content.read())
        if request.query_string:
            params = dict(request.query) | params
        handler = self._methods.by_name.get(name.lower())
        method = handler.__name__ if handler else "getUpdates" if name.lower() == "getupdates" else ""
        if not method:
            raise Refusal(404, "Not Found: method not found")
        self.calls[method] += 1
        self.requests.append((method, params))
        self.world.signal.poke()
        met = await self._misfortune(method, params) if self.faults.planned else None
        if met and met.kind == "drop_before":
            return cut(request)
        result = await self._execute(method, params, files)
        if met and met.kind == "drop_after":
            return cut(request)
        if met and met.kind == "error_after":
            return self._failed(met.code)
        self.answers[200] += 1
        return web.Response(body=b'{"ok":true,"result":%s}' % dumped(result), content_type="application/json")

    async def _misfortune(self, method: str, params: Json) -> Fault | None:
        delay, met = self.faults.for_call(method, as_int(params.get("chat_id")) or None)
        if delay:
            await asyncio.sleep(delay)
        if met is None:
            return None
        match met.kind:
            case "too_many_requests":
                raise Refusal.too_many(met.seconds)
            case "blocked":
                raise Refusal(403, "Forbidden: bot was blocked by the user")
            case "chat_not_found":
                raise Refusal(400, "Bad Request: chat not found")
            case "error_before":
                raise Refusal(met.code, "Bad Gateway" if met.code == 502 else "Internal Server Error")
        return met

    async def _execute(self, method: str, params: Json, files: Files) -> Any:
        if self._aiogram:
            self._inspect(method, params, files)
        if method == "getUpdates":
            allowed = unpacked(params["allowed_updates"]) if "allowed_updates" in params else None
            limit = as_int(params.get("limit")) or 100
            seconds = min(float(as_int(params.get("timeout"))), 50.0)
            result: Any = await self.mailbox.get_updates(as_int(params.get("offset")), limit, seconds, allowed)
        else:
            result = self._methods.by_name[method.lower()](params, files)
        if self._aiogram:
            for problem in self._aiogram.answer_problems(method, result):
                self.violations.append(Violation(method, f"the fake's own answer: {problem}", params))
        return result

    def _inspect(self, method: str, params: Json, files: Files) -> None:
        """Remembers every violation; a wrong request is refused, a wrong length left to Telegram's own words."""
        assert self._aiogram
        wrong = self._spec.problems(method, params, files) if self._spec else []
        wrong += self._aiogram.problems(method, params, files)
        for problem in wrong + length_problems(method, params):
            self.violations.append(Violation(method, problem, params))
        if wrong:
            raise Refusal(400, f"Bad Request: the fake refuses: {'; '.join(wrong)}")

    def _inspect_update(self, update: Json) -> None:
        assert self._aiogram
        for problem in self._aiogram.update_problems(update):
            self.violations.append(Violation("update", f"the fake's own update: {problem}", update))

    async def _webhook_reply(self, content_type: str, body: bytes) -> None:
        """Does what the answer to a webhook asks for; as in Telegram, the bot never learns how it went."""
        try:
            params, files = parse_body(content_type, body)
            name = str(params.pop("method", "")).lower()
            handler = self._methods.by_name.get(name)
            if handler is None or name.startswith(NOT_IN_A_REPLY):
                return
            self.calls[handler.__name__] += 1
            self.requests.append((handler.__name__, params))
            await self._execute(handler.__name__, params, files)
        except Refusal as refusal:
            self.answers[refusal.code] += 1

    def _refused(self, refusal: Refusal) -> web.Response:
        if refusal.code >= 500:
            return self._failed(refusal.code)
        self.answers[refusal.code] += 1
        body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
        if refusal.parameters:
            body["parameters"] = refusal.parameters
        return web.Response(status=refusal.code, body=dumped(body), content_type="application/json")

    def _failed(self, code: int) -> web.Response:
        """Telegram's own errors are JSON; a 502 comes from the proxy before it, as a page."""
        self.answers[code] += 1
        if code == 502:
            page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return web.Response(status=502, body=page, content_type="text/html")
        body = {"ok": False, "error_code": code, "description": "Internal Server Error"}
        return web.Response(status=code, body=dumped(body), content_type="application/json")


# Made once: json.dumps with options builds a new encoder for every call.
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def dumped(value: Any) -> bytes:
    return ENCODER.encode(value).encode()


def cut(request: web.BaseRequest) -> web.Response:
    """Breaks the connection; the response only satisfies aiohttp and goes nowhere."""
    if request.transport:
        request.transport.abort()
    return web.Response()


def parse_body(content_type: str, body: bytes) -> tuple[Json, Files]:
    """The parameters of a JSON, form or multipart body, and its files; read by hand because speed counts here."""
    if not body:
        return {}, {}
    if content_type.startswith("multipart/"):
        return parse_multipart(content_type, body)
    if content_type.startswith("application/json"):
        try:
            params = json.loads(body)
        except ValueError:
            raise Refusal(400, "Bad Request: can't parse JSON object") from None
        return (params if isinstance(params, dict) else {}), {}
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)), {}


def parse_multipart(content_type: str, body: bytes) -> tuple[Json, Files]:
    params: Json = {}
    files: Files = {}
    boundary = content_type.partition("boundary=")[2].split(";")[0].strip().strip('"').encode()
    for part in body.split(b"--" + boundary)[1:]:
        if part.startswith(b"--"):
            break
        head, _, content = part.partition(b"\r\n\r\n")
        headers = head.decode(errors="replace")
        name = headers.partition(' name="')[2].partition('"')[0]
        content = content.removesuffix(b"\r\n")
        if ' filename="' in headers or " filename*=" in headers:
            files[name] = content
        else:
            params[name] = content.decode(errors="replace")
    return params, files
