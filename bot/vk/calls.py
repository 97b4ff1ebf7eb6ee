"""Many sends in one request: what arrives within 20 ms goes together, up to 25 calls in one `execute`."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from vk_api.exceptions import ApiError

from bot.vk.client import THREADS, VkClient
from bot.vk.errors import BAD_TOKEN, COMPILE, NEEDS_A_PERSON, RUNTIME, TROUBLE, advice_about, name_of, of_code, ours
from messaging.transport import Ambiguous, Undeliverable

LINGER_SECONDS = 0.02
MOST_CALLS = 25
MOST_CODE = 40_000
"""Characters of one `execute`: more than 25 ordinary messages, and far below what a server reads."""
MOST_REQUESTS = THREADS
"""On their way at one time. While they are, more calls gather, and what is urgent goes to the front."""

Attachment = Callable[[str], Awaitable[str | None]]
"""What VK calls a picture, by our hash of it; None when it is gone."""

_LINE_ENDS = {0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Ends of lines to a script, though not to JSON."""

_log = logging.getLogger(__name__)


class CallRefused(Exception):
    """VK refused this one call of a request that was accepted."""

    def __init__(self, code: int) -> None:
        super().__init__(f"error {code}")
        self.code = code


@dataclass(slots=True)
class _Waiting:
    """One call and all who wait for it; `peers` become its recipients when it is a send."""

    method: str
    params: dict[str, Any]
    rank: int = 0
    """Lower goes first."""
    is_ready: bool = True
    """Its picture is with VK, if it has one."""
    peers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    single: asyncio.Future[Any] | None = None

    def complete(self) -> dict[str, Any]:
        return {**self.params, "peer_ids": ",".join(map(str, self.peers))} if self.peers else self.params

    def settle(self, result: Any) -> None:
        """Hand each recipient their own result: with `peer_ids` VK tells them apart."""
        if self.single is not None:
            _give(self.single, result)
            return
        items = {item.get("peer_id"): item for item in result} if _is_list_of_objects(result) else {}
        for peer, future in self.peers.items():
            item = items.get(peer)
            if item is None:
                _fail(future, Ambiguous("VK's answer does not name the recipient"))
            elif error := item.get("error"):
                _fail(future, CallRefused(int(error.get("code", 0))))
            else:
                _give(future, item)

    def fail(self, error: Exception) -> None:
        for future in [*self.peers.values(), *([self.single] if self.single else [])]:
            _fail(future, error)


class Batcher:
    """Collects calls and makes the requests; nothing is repeated here but what surely did not happen."""

    def __init__(self, client: VkClient, attachment: Attachment) -> None:
        self._client = client
        self._attachment = attachment
        self._sends: dict[int, _Waiting] = {}
        self._others: list[_Waiting] = []
        self._flusher: asyncio.Task[None] | None = None
        self._room = asyncio.Semaphore(MOST_REQUESTS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(
        self, peer_id: int, random_id: int, params: Mapping[str, Any], picture: str | None = None, rank: int = 0
    ) -> dict[str, Any]:
        """What VK tells of the delivered message. Those of one `random_id` go in one call, to all their peers.

        `picture`: the hash of one to be attached. Raises CallRefused and the four errors of `messaging.transport`.
        """
        call = self._sends.get(random_id)
        if call is None:
            call = self._sends[random_id] = _Waiting("messages.send", {**params, "random_id": random_id}, rank)
            self._get_ready(call, picture)
        future = call.peers.get(peer_id)
        if future is None:
            future = call.peers[peer_id] = asyncio.get_running_loop().create_future()
        self._wake()
        item: dict[str, Any] = await asyncio.shield(future)
        return item

    async def call(self, method: str, params: Mapping[str, Any], picture: str | None = None, rank: int = 0) -> Any:
        """Another call, in company."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        call = _Waiting(method, dict(params), rank, single=future)
        self._others.append(call)
        self._get_ready(call, picture)
        self._wake()
        return await future

    def _get_ready(self, call: _Waiting, picture: str | None) -> None:
        if picture:
            call.is_ready = False
            self._start(self._attach(call, picture))

    async def _attach(self, call: _Waiting, picture: str) -> None:
        """Put its picture into a call, once for all its recipients; or fail it: of the call nothing has left."""
        try:
            if attachment := await self._attachment(picture):
                call.params["attachment"] = attachment
        except Exception as error:
            self._forget(call)
            call.fail(error)
            return
        call.is_ready = True
        self._wake()

    def _wake(self) -> None:
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        """A request as soon as there is room for one: what waits meanwhile goes in it, the urgent first."""
        await asyncio.sleep(LINGER_SECONDS)
        while True:
            await self._room.acquire()
            request = self._next_request()
            if not request:
                self._room.release()
                return
            self._start(self._make_one(request))

    def _next_request(self) -> list[_Waiting]:
        ready = sorted((call for call in [*self._others, *self._sends.values()] if call.is_ready), key=_rank)
        request: list[_Waiting] = []
        size = 0
        for call in ready[:MOST_CALLS]:
            size += len(_line(call))
            if request and size > MOST_CODE:
                break
            request.append(call)
        for call in request:
            self._forget(call)
        return request

    def _forget(self, call: _Waiting) -> None:
        if call in self._others:
            self._others.remove(call)
        else:
            self._sends.pop(call.params.get("random_id", 0), None)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make_one(self, calls: list[_Waiting]) -> None:
        try:
            await self._make(calls)
        finally:
            self._room.release()

    async def _make(self, calls: list[_Waiting]) -> None:
        try:
            if len(calls) == 1:
                calls[0].settle(await self._client.ask(calls[0].method, calls[0].complete()))
            else:
                _settle_all(calls, await self._client.ask("execute", {"code": _code(calls)}, raw=True))
        except TROUBLE as error:
            if len(calls) > 1 and _is_spoiled_by_one(error):
                # Each alone: those that did happen VK knows by their random_id.
                _log.warning("VK could not run %s calls together (%s): one by one", len(calls), name_of(error))
                for call in calls:
                    await self._make([call])
                return
            self._refuse(calls, error)
        except BaseException as error:  # whatever it is, those who wait must hear of it
            for call in calls:
                call.fail(Ambiguous(type(error).__name__))
            raise

    def _refuse(self, calls: list[_Waiting], error: BaseException) -> None:
        if getattr(error, "code", None) in BAD_TOKEN | NEEDS_A_PERSON:
            _log.error("VK takes no messages: %s", advice_about(error))
        code = error.code if isinstance(error, ApiError) else None
        for call in calls:
            # A refusal of a lone call is that call's own: an edit that is too old is said anew.
            call.fail(CallRefused(code) if len(calls) == 1 and code is not None else ours(error))


def _rank(call: _Waiting) -> int:
    return call.rank


def _is_spoiled_by_one(error: BaseException) -> bool:
    """Whether a refusal of all may be the fault of one: then the others must not suffer for it."""
    if not isinstance(error, ApiError):
        return False
    return error.code in (COMPILE, RUNTIME) or isinstance(of_code(error.code), Undeliverable)


def _code(calls: list[_Waiting]) -> str:
    return f"return [{','.join(map(_line, calls))}];"


def _line(call: _Waiting) -> str:
    return f"API.{call.method}({json.dumps(call.complete(), ensure_ascii=False).translate(_LINE_ENDS)})"


def _settle_all(calls: list[_Waiting], answer: Any) -> None:
    """A call that failed is `false` in the list, and its error is the next of `execute_errors`."""
    results = answer.get("response")
    errors = iter(answer.get("execute_errors") or ())
    if not isinstance(results, list) or len(results) != len(calls):
        for call in calls:
            call.fail(Ambiguous("VK's answer does not fit what it was asked"))
        return
    for call, result in zip(calls, results, strict=True):
        if result is False:
            error: dict[str, Any] = next(errors, {})
            code = int(error.get("error_code", 0))
            call.fail(CallRefused(code) if code else Ambiguous("VK did not say why it refused"))
        else:
            call.settle(result)


def _is_list_of_objects(result: Any) -> bool:
    return isinstance(result, list) and all(isinstance(item, dict) for item in result)


def _give(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def outcome_of(refused: CallRefused) -> Exception:
    """The outcome for the row whose call was refused."""
    return of_code(refused.code)
