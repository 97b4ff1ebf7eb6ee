"""Many sends in one request: what arrives within 20 ms goes together, up to 25 calls in one `execute`."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vk_api.exceptions import ApiError

from bot.vk.client import VkClient
from bot.vk.errors import BAD_TOKEN, COMPILE, NEEDS_A_PERSON, RUNTIME, TROUBLE, advice_about, of_code, ours
from messaging.transport import Ambiguous

LINGER_SECONDS = 0.02
MOST_CALLS = 25
MOST_CODE = 200_000
"""Characters of one `execute`: far below what VK's servers read, far above 25 ordinary messages."""

Attachment = Callable[[str], Awaitable[str | None]]
"""What VK calls a picture, by our hash of it; None when it is gone."""

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
    picture: str | None = None
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
        self._requests: set[asyncio.Task[None]] = set()

    async def send(
        self, peer_id: int, random_id: int, params: Mapping[str, Any], picture: str | None = None
    ) -> dict[str, Any]:
        """What VK tells of the delivered message. Those of one `random_id` go in one call, to all their peers.

        `picture`: the hash of one to be attached. Raises CallRefused and the four errors of `messaging.transport`.
        """
        call = self._sends.setdefault(random_id, _Waiting("messages.send", {**params, "random_id": random_id}, picture))
        future = call.peers[peer_id] = asyncio.get_running_loop().create_future()
        self._wake()
        item: dict[str, Any] = await future
        return item

    async def call(self, method: str, params: Mapping[str, Any], picture: str | None = None) -> Any:
        """Another call, in company."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._others.append(_Waiting(method, dict(params), picture, single=future))
        self._wake()
        return await future

    def _wake(self) -> None:
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self._sends or self._others:
            await asyncio.sleep(LINGER_SECONDS)
            for request in _requests([*self._others, *self._sends.values()]):
                task = asyncio.create_task(self._make(request))
                self._requests.add(task)
                task.add_done_callback(self._requests.discard)
            self._sends, self._others = {}, []

    async def _make(self, calls: list[_Waiting]) -> None:
        await asyncio.gather(*(self._attach(call) for call in calls if call.picture))
        calls = [call for call in calls if call.picture is None]
        if not calls:
            return
        try:
            if len(calls) == 1:
                calls[0].settle(await self._client.ask(calls[0].method, calls[0].complete()))
            else:
                _settle_all(calls, await self._client.ask("execute", {"code": _code(calls)}, raw=True))
        except TROUBLE as error:
            if len(calls) > 1 and isinstance(error, ApiError) and error.code in (COMPILE, RUNTIME):
                # One of them spoiled it for all. Each alone: those that did happen VK knows by their random_id.
                _log.warning("VK could not run %s calls together (error %s): one by one", len(calls), error.code)
                await asyncio.gather(*(self._make([call]) for call in calls))
                return
            self._refuse(calls, error)
        except Exception as error:  # whatever it is, those who wait must hear of it
            for call in calls:
                call.fail(Ambiguous(type(error).__name__))
            raise

    async def _attach(self, call: _Waiting) -> None:
        """Put its picture into a call, once for all its recipients; or fail it: of the call nothing has left."""
        assert call.picture is not None
        try:
            picture = await self._attachment(call.picture)
        except Exception as error:
            call.fail(error)
            return
        call.picture = None
        if picture:
            call.params["attachment"] = picture

    def _refuse(self, calls: list[_Waiting], error: BaseException) -> None:
        if getattr(error, "code", None) in BAD_TOKEN | NEEDS_A_PERSON:
            _log.error("VK takes no messages: %s", advice_about(error))
        code = error.code if isinstance(error, ApiError) else None
        for call in calls:
            # A refusal of a lone call is that call's own: an edit that is too old is said anew.
            call.fail(CallRefused(code) if len(calls) == 1 and code is not None else ours(error))


def _requests(calls: list[_Waiting]) -> list[list[_Waiting]]:
    """The calls, so many in a request as it takes."""
    requests: list[list[_Waiting]] = []
    size = 0
    for call in calls:
        length = len(_line(call))
        if not requests or len(requests[-1]) >= MOST_CALLS or size + length > MOST_CODE:
            requests.append([])
            size = 0
        requests[-1].append(call)
        size += length
    return requests


def _code(calls: list[_Waiting]) -> str:
    return f"return [{','.join(map(_line, calls))}];"


def _line(call: _Waiting) -> str:
    return f"API.{call.method}({json.dumps(call.complete())})"


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
