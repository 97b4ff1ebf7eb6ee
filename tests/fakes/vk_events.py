"""How events reach the bot: the Bots Long Poll server, and the Callback sender with its confirmation and retries."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from tests.fakes.telegram_updates import Signal
from tests.fakes.vk_faults import Clock, Faults, Refusal, wrong

Json = dict[str, Any]
VERSION = "5.199"
# VK's pace after a failed delivery; X-Retry-Counter counts these.
RETRIES = (10.0, 180.0, 600.0, 1800.0, 3600.0)
MOST_SERVERS = 10
# Everything the fake can raise. What only echoes the bot's own doing is left out unless asked for.
ECHOES = frozenset({"message_reply", "message_edit"})
KINDS = ECHOES | {
    *("message_new", "message_event", "message_allow", "message_deny", "group_join", "group_leave", "user_block"),
    *("user_unblock", "wall_post_new", "wall_reply_new", "wall_reply_edit", "wall_reply_restore", "wall_reply_delete"),
    *("board_post_new", "board_post_edit", "board_post_restore", "board_post_delete"),
}
BY_DEFAULT = KINDS - ECHOES


class LongPoll:
    """The queue VK keeps: any ts may be asked for again until its history is forgotten."""

    def __init__(self, signal: Signal) -> None:
        self.enabled = True
        self.kinds: set[str] = set(BY_DEFAULT)
        self.key = "key-1"
        self.ts = 1
        self.taken = 1  # up to here a client has confirmed by asking for what comes after
        self.polls = 0
        self.waiting = 0  # polls under way
        self._keys = 1
        self._forgotten = 1
        self._lost = False
        self._history: deque[tuple[int, Json]] = deque(maxlen=100_000)
        self._signal = signal

    def add(self, event: Json) -> None:
        self.ts += 1
        self._history.append((self.ts, event))

    def server(self, url: str) -> Json:
        """What groups.getLongPollServer answers."""
        if not self.enabled:
            raise wrong("longpoll for this group is not enabled")
        self._lost = False
        return {"key": self.key, "server": url, "ts": str(self.ts)}

    def rotate_key(self) -> bool:
        """The next request is answered `failed` 2: the ts stays good, the key does not."""
        self._keys += 1
        self.key = f"key-{self._keys}"
        self._signal.poke()
        return True

    def forget_history(self) -> None:
        """A ts from before now is answered `failed` 1 with a new one; what lay between is lost."""
        self._history.clear()
        self._forgotten = self.ts
        self._signal.poke()

    def lose_session(self) -> bool:
        """Every request is answered `failed` 3 until a new key and ts are asked for."""
        self._lost = True
        self._signal.poke()
        return True

    async def check(self, params: dict[str, str]) -> Json:
        self.polls += 1
        key, wait = params.get("key"), min(max(float(params.get("wait") or 0), 0.0), 90.0)
        try:
            ts = int(params.get("ts", ""))
        except ValueError:
            return {"failed": 3}
        if key == self.key:
            self.taken = max(self.taken, min(ts, self.ts))
        self._signal.poke()

        def answer() -> Json | None:
            if self._lost:
                return {"failed": 3}
            if key != self.key:
                return {"failed": 2}
            if ts < self._forgotten or ts > self.ts:
                return {"failed": 1, "ts": str(self.ts)}
            if ts == self.ts:
                return None
            return {"ts": str(self.ts), "updates": [event for number, event in self._history if number > ts]}

        if wait == 0 or (found := answer()):
            return answer() or {"ts": str(self.ts), "updates": []}
        self.waiting += 1
        try:
            found = await self._signal.until(answer, wait)
        except AssertionError:  # the waiting time is over, and nothing came
            found = {"ts": str(self.ts), "updates": []}
        finally:
            self.waiting -= 1
        return found


class Delivery(NamedTuple):
    """One attempt to hand an event over; status 0 means nobody answered."""

    server_id: int
    event_id: str
    type: str
    attempt: int
    status: int
    accepted: bool
    at: float


@dataclass
class CallbackServer:
    """An address of the bot; `status` is VK's word: unconfigured, wait, ok, failed."""

    id: int
    title: str
    url: str
    secret: str
    kinds: set[str] = field(default_factory=set)
    status: str = "unconfigured"
    failures: int = 0  # in a row
    suspended: bool = False


@dataclass(eq=False)
class Parcel:
    """An event on its way to one server."""

    server: CallbackServer
    event: Json
    lane: int
    attempt: int = 0
    due: float = 0.0


class Callbacks:
    """Sends events to the servers; the first attempts of one dialog stay in order, retries come when they come."""

    def __init__(self, group_id: int, signal: Signal, clock: Clock, retry_scale: float) -> None:
        self.servers: dict[int, CallbackServer] = {}
        self.deliveries: list[Delivery] = []
        self.lost: list[Json] = []  # given up, or not sent because delivery is suspended
        self.open: list[Parcel] = []
        self.retry_scale = retry_scale
        self.suspend_after: int | None = None  # so many errors in a row switch a server off
        self.code = "c0de0001"
        self._group_id = group_id
        self._signal = signal
        self._clock = clock
        self._last_id = 0
        self._lanes: dict[tuple[int, int], deque[Parcel]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._session: aiohttp.ClientSession | None = None

    # Settings

    def add(self, url: str, title: str, secret: str) -> CallbackServer:
        if len(self.servers) >= MOST_SERVERS:
            raise Refusal(2000)
        self._last_id += 1
        server = self.servers[self._last_id] = CallbackServer(self._last_id, title, url, secret)
        self.change(server)
        return server

    def change(self, server: CallbackServer) -> None:
        """Asks the server for a confirmation again; the bot may need its own answer first, so VK does not wait."""
        server.status, server.failures, server.suspended = "wait", 0, False
        self._spawn(self.confirm(server))

    def server(self, server_id: int) -> CallbackServer:
        if server_id not in self.servers:
            raise Refusal(104)
        return self.servers[server_id]

    async def confirm(self, server: CallbackServer) -> bool:
        event = {"type": "confirmation", "group_id": self._group_id, "event_id": event_id("c", 0), "v": VERSION}
        status, body, _ = await self._request(server, event, 0)
        server.status = "ok" if status == 200 and body.decode(errors="replace") == self.code else "failed"
        if server.status == "ok":  # a code is good for one confirmation
            self.code = f"c0de{int(self.code[4:], 16) + 1:04x}"
        self._signal.poke()
        return server.status == "ok"

    # Events

    def send(self, event: Json, lane: int) -> None:
        for server in self.servers.values():
            if event["type"] not in server.kinds:
                continue
            if server.suspended:
                self.lost.append(event)
            if server.status != "ok":
                continue
            parcel = Parcel(server, event, lane)
            self.open.append(parcel)
            self._queue(parcel)

    def _queue(self, parcel: Parcel) -> None:
        name = (parcel.server.id, parcel.lane)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = deque()
            self._spawn(self._run_lane(name, lane))
        lane.append(parcel)

    async def _run_lane(self, name: tuple[int, int], lane: deque[Parcel]) -> None:
        while lane:
            if not await self._attempt(lane[0]):
                self._spawn(self._retry(lane[0]))
            lane.popleft()
        del self._lanes[name]

    async def _retry(self, parcel: Parcel) -> None:
        while 0 < parcel.attempt <= len(RETRIES):
            await self._clock.until(parcel.due)
            if await self._attempt(parcel):
                return
        self.open.remove(parcel)
        self.lost.append(parcel.event)
        self._signal.poke()

    async def _attempt(self, parcel: Parcel) -> bool:
        server, event = parcel.server, parcel.event
        status, body, retry_after = await self._request(server, event, parcel.attempt)
        accepted = status == 200 and body == b"ok"
        moment = self._clock.now()
        self.deliveries.append(
            Delivery(server.id, event["event_id"], event["type"], parcel.attempt, status, accepted, moment)
        )
        if accepted:
            server.failures = 0
            self.open.remove(parcel)
        else:
            server.failures += 1
            if self.suspend_after and server.failures >= self.suspend_after:
                server.suspended, server.status = True, "failed"
            delay = retry_after or RETRIES[min(parcel.attempt, len(RETRIES) - 1)]
            parcel.attempt += 1
            parcel.due = moment + delay * self.retry_scale
        self._signal.poke()
        return accepted

    async def _request(self, server: CallbackServer, event: Json, attempt: int) -> tuple[int, bytes, float]:
        """The status, the body, and how many seconds the bot asks to wait (Retry-After with 410, 429 or 503)."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=10)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0, ssl=False))
        headers = {"Content-Type": "application/json"}
        if attempt:
            headers["X-Retry-Counter"] = str(attempt)
        body = json.dumps(event | ({"secret": server.secret} if server.secret else {}), ensure_ascii=False).encode()
        try:
            async with self._session.post(server.url, data=body, headers=headers) as answer:
                wish = answer.headers.get("Retry-After", "") if answer.status in (410, 429, 503) else ""
                return answer.status, await answer.read(), float(wish) if wish.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, b"", 0.0

    # Life

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def resume(self) -> None:
        """Goes on after a close: the state outlives the server."""
        for parcel in list(self.open):
            if parcel.attempt:
                self._spawn(self._retry(parcel))
            else:
                self._queue(parcel)

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._lanes.clear()
        if self._session:
            await self._session.close()
            self._session = None


class Events:
    """The one place where something that happened becomes an event, for both ways out."""

    def __init__(self, group_id: int, faults: Faults, signal: Signal, clock: Clock, retry_scale: float) -> None:
        self.long_poll = LongPoll(signal)
        self.callbacks = Callbacks(group_id, signal, clock, retry_scale)
        self.posted = 0
        self.on_event: Callable[[Json], None] | None = None
        self._group_id = group_id
        self._faults = faults
        self._signal = signal

    def post(self, kind: str, subject: Json, lane: int) -> Json:
        """Raises an event; the lane is the dialog it belongs to."""
        self.posted += 1
        event: Json = {
            "type": kind,
            "object": subject,
            "group_id": self._group_id,
            "event_id": event_id("e", self.posted),
            "v": VERSION,
        }
        if self.on_event:
            self.on_event(event)
        copies = 2 if self._faults.planned and self._faults.strikes("duplicate_event", lane) else 1
        for _ in range(copies):
            if self.long_poll.enabled and kind in self.long_poll.kinds:
                self.long_poll.add(event)
            if self.callbacks.servers:
                self.callbacks.send(event, lane)
        self._signal.poke()
        return event


def event_id(series: str, number: int) -> str:
    """Forty hexadecimal digits, as VK's own."""
    return hashlib.sha1(f"{series}{number}".encode(), usedforsecurity=False).hexdigest()
