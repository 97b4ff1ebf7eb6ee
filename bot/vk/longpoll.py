"""Bots Long Poll that forgets an event only when it is safe.

vk_api's own loop moves on before its events are handled, cannot be stopped while it waits and dies of a network error.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar

from bot.patience import TROUBLE, Pause, pause_seconds, reason_of
from bot.vk.hearing import Heard, Hearing
from bot.vk.incoming import Receive
from bot.vk.names import Call, Names
from messaging.messages import Address
from messaging.trouble import described

POLL_SECONDS = 25
"""VK's own advice: some proxies cut connections after 30."""
ANSWER_SECONDS = 10
CONNECT_SECONDS = 5
AT_ONCE = 100
"""How many chats of one batch are in work at once; VK sets no limit to a batch."""
REFUSALS_IN_A_ROW = 3
"""So many new keys in a row are VK's way of life; more are trouble, and each takes a call."""

_log = logging.getLogger(__name__)


class NotTaken(Exception):
    """Some event of a batch could not be made safe: the batch must come again."""


class BadAnswer(Exception):
    """What came from the Long Poll server is not what it says it sends. The text quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    key: str


class VkLongPoll:
    """Takes events in, one batch after another, for as long as it runs.

    Within a batch each chat's events are taken one after another, and chats do not wait for each other. `load_cursor`
    and `save_cursor` keep VK's `ts` over a restart: the number of the last event that is safe with us.
    """

    def __init__(
        self,
        call: Call,
        bot_id: str,
        group_id: int,
        receive: Receive,
        load_cursor: Callable[[], Awaitable[str | int | None]],
        save_cursor: Callable[[str], Awaitable[object]],
        *,
        names: Names | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._call = call
        self._group_id = group_id
        self._hearing = Hearing(bot_id, receive, call, names)
        self._load_cursor = load_cursor
        self._save_cursor = save_cursor
        self._pause = pause
        self._is_loaded = False
        self._server: _Server | None = None
        self._ts: str | None = None
        self._refusals = 0

    @property
    def unanswered_presses(self) -> int:
        return self._hearing.unanswered_presses

    async def run(self) -> None:
        """Listens until cancelled; no trouble of VK's, of the network or of ours ends it."""
        failures = 0
        limits = ClientTimeout(total=POLL_SECONDS + ANSWER_SECONDS, connect=CONNECT_SECONDS)
        try:
            async with ClientSession(timeout=limits, cookie_jar=DummyCookieJar()) as http:
                while True:
                    try:
                        if await self._listen_once(http):
                            failures = 0
                        continue
                    except Exception as error:
                        # A catch-all: a bot that stopped listening for a database's hiccup would be silent until
                        # somebody noticed. The event itself is not lost, because its batch comes again.
                        failures += 1
                        seconds = pause_seconds(error, failures)
                        _report(error, seconds)
                    await self._pause(seconds)
        finally:
            self._hearing.close()

    async def _listen_once(self, http: ClientSession) -> bool:
        """One call or one poll. True when VK told us what happened, if only that nothing did."""
        if not self._is_loaded:
            kept = await self._load_cursor()
            self._ts = None if kept is None else str(kept)
            self._is_loaded = True
        if self._server is None or self._ts is None:
            await self._connect()
            return False
        answer = await self._poll(http, self._server, self._ts)
        if "failed" in answer:
            await self._recover(answer)
            return False
        self._refusals = 0
        ts, events = answer.get("ts"), answer.get("updates")
        if not isinstance(ts, (str, int)) or not isinstance(events, list):
            raise BadAnswer("neither events nor a refusal")
        await self._take(events)
        await self._move_to(str(ts))
        return True

    async def _connect(self) -> None:
        """A fresh key. VK's `ts` is taken only where we have none: from ours on, nothing is missed."""
        answer = await self._call("groups.getLongPollServer", {"group_id": self._group_id})
        if self._ts is None:
            await self._move_to(str(answer["ts"]))
        self._server = _Server(_address(answer["server"]), str(answer["key"]))

    async def _poll(self, http: ClientSession, server: _Server, ts: str) -> dict[str, Any]:
        params = {"act": "a_check", "key": server.key, "ts": ts, "wait": str(POLL_SECONDS)}
        # No redirects: the key is for this server alone.
        async with http.get(server.url, params=params, allow_redirects=False) as reply:
            if reply.status != 200:
                raise BadAnswer(f"HTTP status {reply.status}")
            body = await reply.read()
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise BadAnswer("no JSON object")
        return answer

    async def _recover(self, answer: Mapping[str, Any]) -> None:
        """What VK's refusals ask for: 1 its own `ts`, 2 another key, 3 another of both."""
        failed, ts = answer["failed"], answer.get("ts")
        self._refusals += 1
        if failed == 1 and isinstance(ts, (str, int)):
            _log.warning("VK no longer has the events after number %s: they are lost, it goes on from %s", self._ts, ts)
            await self._move_to(str(ts))
        elif failed == 2:
            self._server = None
        elif failed == 3:
            _log.warning("VK has lost count of its events: it goes on with a new number")
            self._server = self._ts = None
        else:
            self._server = None
            raise BadAnswer("a refusal of a kind we do not know")
        if self._refusals > REFUSALS_IN_A_ROW:
            raise BadAnswer("refused again and again")

    async def _take(self, events: Sequence[Any]) -> None:
        """All that a poll brought. Raises NotTaken unless all of it is safe."""
        chats: dict[Address, list[Heard]] = {}
        for raw in events:
            if heard := self._hearing.read(raw) if isinstance(raw, dict) else None:
                chats.setdefault(heard.incoming.chat, []).append(heard)
        gate = asyncio.Semaphore(AT_ONCE)
        taking = (self._take_chat(gate, chat) for chat in chats.values())
        outcomes = await asyncio.gather(*taking, return_exceptions=True)
        if failed := [outcome for outcome in outcomes if outcome is not None]:
            raise NotTaken(f"of {len(failed)} of {len(chats)} chats")

    async def _take_chat(self, gate: asyncio.Semaphore, events: Sequence[Heard]) -> None:
        """One after another; after one that failed none, so that no later word of a chat overtakes an earlier."""
        async with gate:
            for heard in events:
                try:
                    await self._hearing.take(heard)
                except Exception as error:
                    _log.error("VK event %s could not be taken: %s", heard.incoming.event_id, described(error))
                    raise

    async def _move_to(self, ts: str) -> None:
        if ts != self._ts:
            self._ts = ts
            await self._save_cursor(ts)


def _address(server: str) -> str:
    return server if "://" in server else f"https://{server}"


def _report(error: Exception, seconds: float) -> None:
    match error:
        case NotTaken():
            _log.error("VK events that could not be taken (%s) come again in %s s", error, seconds)
        case BadAnswer():
            _log.warning("VK's Long Poll server answers badly (%s); next try in %s s", error, seconds)
        case _ if isinstance(error, (*TROUBLE, ClientError, OSError, TimeoutError)):
            _log.warning("VK gives no events: %s. Next try in %s s", reason_of(error), seconds)
        case _:
            _log.error("listening to VK failed: %s; next try in %s s", described(error), seconds)
