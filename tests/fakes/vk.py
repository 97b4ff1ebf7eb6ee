"""A stateful VK on 127.0.0.1: the API over real HTTP in front of virtual people and group chats."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.telegram import cut, dumped, parse_multipart
from tests.fakes.vk_chats import CHATS, Message, World
from tests.fakes.vk_checks import Violation, find_schema, load
from tests.fakes.vk_events import BY_DEFAULT, VERSION, Callbacks, CallbackServer, Delivery, LongPoll
from tests.fakes.vk_faults import Broken, Clock, Fault, Faults, Limiter, Limits, Refusal
from tests.fakes.vk_messages import Params, Send
from tests.fakes.vk_methods import Exchange, Methods
from tests.fakes.vk_people import GroupChat, User

__all__ = ["FakeVk", "Fault", "GroupChat", "Limits", "Message", "Refusal", "Send", "User", "Violation"]

Json = dict[str, Any]
Found = TypeVar("Found")
TOKEN = "vk1.a.otklik-fake-token"
GROUP = 4242


class FakeVk:
    """VK's servers, one community, and as many people as a test wants; the state outlives stop() and start()."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        group_id: int = GROUP,
        name: str = "Отклик",
        screen_name: str = "otklik",
        check: bool = True,
        specs: str | Path | None = None,
        versions: tuple[str, ...] = (VERSION,),
        seed: int = 0,
        retry_scale: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        port: int = 0,
    ) -> None:
        self.token = token
        self.group_id = group_id
        self.port = port
        self.check = check
        self.versions = versions  # of the API; another one works and is a violation
        self.http = 0  # requests to /method/
        self.fetched: list[str] = []  # addresses of files
        self.max_concurrency = 0
        # A second HTTP interface on the same port, for tests in other processes (vk_server.py).
        self.control: Callable[[web.BaseRequest], Awaitable[web.Response]] | None = None
        self.world = World(group_id, name, screen_name, seed, retry_scale)
        self._specs = specs
        self._limiter = Limiter(clock)
        self._methods = Methods(self.world)
        self._in_flight = 0
        self._runner: web.ServerRunner | None = None

    # Life

    async def __aenter__(self) -> FakeVk:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        if self.check and self._methods.check is None and (folder := find_schema(self._specs)):
            self._methods.check = load(folder)
            self.world.events.on_event = self._inspect_event
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = cast(Any, self._runner.addresses[0])[1]
        self._methods.base_url = self.url
        self.callbacks.resume()

    async def stop(self) -> None:
        """Closes the port; a start() later opens the same one with everything still remembered."""
        await self.callbacks.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    # What tests use

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def faults(self) -> Faults:
        return self.world.faults

    @property
    def limits(self) -> Limits:
        return self._limiter.limits

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def long_poll(self) -> LongPoll:
        return self.world.events.long_poll

    @property
    def callbacks(self) -> Callbacks:
        return self.world.events.callbacks

    @property
    def deliveries(self) -> list[Delivery]:
        return self.callbacks.deliveries

    @property
    def sends(self) -> list[Send]:
        return self._methods.messages.sends

    @property
    def deduplicated(self) -> int:
        """How many sends were answered with a message sent before, because of their random_id."""
        return self._methods.messages.deduplicated

    @property
    def calls(self) -> Counter[str]:
        """Calls by method, those inside execute included."""
        return self._methods.calls

    @property
    def errors(self) -> Counter[int]:
        """Errors by code, those inside execute and of single recipients included; HTTP statuses among them."""
        return self._methods.errors

    @property
    def too_many(self) -> int:
        return self.errors[6]

    @property
    def requests(self) -> deque[tuple[str, Params]]:
        """The newest calls with their parameters, without the token."""
        return self._methods.requests

    @property
    def violations(self) -> list[Violation]:
        return self._methods.violations

    @property
    def unanswered(self) -> list[str]:
        """Pressed buttons that still show a spinner: presses the bot has not answered."""
        return [press_id for press_id, press in self.world.presses.items() if press.answer is None]

    def user(self, id: int = 1001, first_name: str = "Анна", **traits: Any) -> User:  # noqa: A002
        """The person with this number, made on first mention; traits as in User."""
        found = self.world.chats.get(id)
        if found is None:
            found = self.world.chats[id] = User(self.world, id, first_name, **traits)
        elif traits:
            raise AssertionError(f"user {id} already exists: too late for {traits}")
        assert isinstance(found, User)
        return found

    def group_chat(self, number: int = 1, title: str = "Команда", members: list[User] | None = None) -> GroupChat:
        """The chat with peer_id 2000000000 + number, made on first mention."""
        found = self.world.chats.get(CHATS + number)
        if found is None:
            found = self.world.chats[CHATS + number] = GroupChat(self.world, number, title, members or [])
        assert isinstance(found, GroupChat)
        return found

    async def connect_callback(self, url: str, secret: str = "", kinds: set[str] | None = None) -> CallbackServer:
        """Sets up delivery as in the community's settings: adds the address, confirms it, switches events on."""
        server = self.callbacks.add(url, "test", secret)
        server.kinds = set(BY_DEFAULT) if kinds is None else kinds
        await self.until(lambda: server.status != "wait")
        return server

    def reset_counters(self) -> None:
        for counted in (self.calls, self.errors, self.violations, self.requests, self.sends, self.deliveries):
            counted.clear()
        self._methods.messages.deduplicated = self.http = 0
        self.max_concurrency = self._in_flight

    async def until(self, probe: Callable[[], Found], timeout: float = 5.0) -> Found:  # noqa: ASYNC109
        """Waits for a truthy value; probed after every request, message, event and delivery."""
        return await self.world.signal.until(probe, timeout, "the awaited state")

    async def drained(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Waits until the bot has taken every event: by Callback, and by Long Poll if it ever asked there."""

        def taken() -> bool:
            polled = self.long_poll.taken == 1 or self.long_poll.taken == self.long_poll.ts
            return polled and not self.callbacks.open

        await self.world.signal.until(taken, timeout, "an empty event queue")

    # HTTP

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/method/"):
            self._in_flight += 1
            self.max_concurrency = max(self.max_concurrency, self._in_flight)
            try:
                return await self._method(path.removeprefix("/method/"), request)
            finally:
                self._in_flight -= 1
        if path.startswith("/longpoll/"):
            params, _ = await read(request)
            return reply(await self.long_poll.check(params))
        if path.startswith("/upload/"):
            _, files = await read(request)
            return reply(self._methods.upload(files))
        if path.startswith("/files/"):
            return self._file("https://" + path.removeprefix("/files/"), request)
        if self.control and path.startswith("/control/"):
            return await self.control(request)
        return web.Response(status=404)

    def _file(self, address: str, request: web.BaseRequest) -> web.Response:
        """What another server of VK's gives at its own address: a test leads requests here."""
        self.fetched.append(address)
        if "Authorization" in request.headers:
            self._note("file", "the key is nobody's business but the API's")
        match self.world.served.get(address, 404):
            case bytes(content):
                return web.Response(body=content)
            case str(elsewhere):
                return web.Response(status=302, headers={"Location": elsewhere})
            case int(status):
                return web.Response(status=status)

    async def _method(self, name: str, request: web.BaseRequest) -> web.StreamResponse:
        self.http += 1
        params, _ = await read(request)
        exchange = Exchange()
        body: Json = {}
        try:
            self._admit(name, params, request)
            body = {"response": self._methods.call(name, params, exchange)}
            if exchange.execute_errors:
                body["execute_errors"] = exchange.execute_errors
        except Refusal as refusal:
            body = self._refused(name, params, refusal)
        except Broken as broken:
            exchange.after = broken.fault
        self.world.signal.poke()
        if delay := self.limits.latency_ms / 1000 + exchange.delay:
            await asyncio.sleep(delay)
        if exchange.after:
            return self._spoiled(exchange.after, request, body)
        return reply(body)

    def _admit(self, name: str, params: Params, request: web.BaseRequest) -> None:
        """The token, the version and the rate, before anything is done; the token goes no further."""
        if "access_token" in request.query_string:
            self._note(name, "the token stands in the address, so it is in every log")
        if request.content_type == "application/json":
            self._note(name, "a JSON body is not supported, VK does not read it")
        token = params.pop("access_token", "") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            raise Refusal(5, "no access_token passed.")
        if token != self.token:
            raise Refusal(5, "invalid access_token (4).")
        self._limiter.admit()
        version = params.pop("v", "")
        if not version:
            raise Refusal(8, "v is a required parameter")
        if version not in self.versions:
            self._note(name, f"version {version}, expected is {' or '.join(self.versions)}")

    def _note(self, name: str, problem: str) -> None:
        self.violations.append(Violation(name, problem, {}))

    def _refused(self, name: str, params: Params, refusal: Refusal) -> Json:
        self.errors[refusal.code] += 1
        if self._methods.check and not self._methods.check.knows_error(refusal.code):
            self._note(name, f"the fake's own answer: {refusal.code} is no error of VK")
        echoed = {"oauth": "1", "method": name, "v": VERSION} | params
        given = [{"key": key, "value": value} for key, value in echoed.items()]
        return {
            "error": {
                "error_code": refusal.code,
                "error_msg": refusal.message,
                "request_params": given,
                **refusal.extra,
            }
        }

    def _spoiled(self, fault: Fault, request: web.BaseRequest, body: Json) -> web.Response:
        """An answer that tells nothing of what was done."""
        if fault.kind.startswith("drop"):
            return cut(request)
        if fault.kind == "truncated":
            whole = dumped(body)
            return web.Response(body=whole[: len(whole) // 2], content_type="application/json")
        self.errors[fault.code] += 1
        page = f"<html><head><title>{fault.code}</title></head><body>nginx</body></html>"
        return web.Response(status=fault.code, text=page, content_type="text/html")

    def _inspect_event(self, event: Json) -> None:
        assert self._methods.check
        for problem in self._methods.check.event_problems(event):
            self.violations.append(Violation(event["type"], f"the fake's own event: {problem}", event))


async def read(request: web.BaseRequest) -> tuple[Params, dict[str, bytes]]:
    """The parameters of the address and of a form or multipart body, and its files; of a repeated name the last."""
    # Not request.read(): that stops at 1 MB, and photos are bigger.
    body, kind = await request.content.read(), request.content_type
    params, files = cast(Params, dict(request.query)) if request.query_string else {}, {}
    if kind.startswith("multipart/"):
        more, files = parse_multipart(request.headers["Content-Type"], body)
        params |= more
    elif body and kind != "application/json":
        params |= parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
    return params, files


def reply(body: Json) -> web.Response:
    return web.Response(body=dumped(body), content_type="application/json")
