"""How updates reach the bot: the queue, long polling, and the webhook pump with its retries."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any, NamedTuple, TypeVar

import aiohttp

from tests.fakes.telegram_faults import Faults, Refusal

Json = dict[str, Any]
Found = TypeVar("Found")

# Telegram leaves these out unless the bot asks for them by name.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
LONGEST_RETRY = 60.0
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Signal:
    """Wakes whoever waits for the state to change, so that no test has to sleep."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def poke(self) -> None:
        if self._waiting:
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiting.clear()

    async def until(self, probe: Callable[[], Found], timeout: float = 5.0, what: str = "it") -> Found:  # noqa: ASYNC109
        """The first truthy value of `probe`, or a failed assertion after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := probe()):
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.append(waiter)
                    await waiter
                return found
        except TimeoutError:
            raise AssertionError(f"{what} did not happen within {timeout} s") from None


class Delivery(NamedTuple):
    """One attempt to hand an update over; status 0 means nobody answered."""

    update_id: int
    attempt: int
    status: int
    at: float


@dataclass
class Queued:
    update: Json
    lane: int
    copies: int = 1
    offered: int = 0


@dataclass
class Webhook:
    url: str
    secret: str | None = None
    max_connections: int = 40
    last_error: Json = field(default_factory=dict)


class Mailbox:
    """Updates the bot has not confirmed yet, and the two ways to get them out."""

    def __init__(self, faults: Faults, signal: Signal, retry_scale: float) -> None:
        self.pending: dict[int, Queued] = {}
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self.deliveries: list[Delivery] = []
        self.retry_scale = retry_scale
        # A webhook's 2xx answer may carry one method call; the server fills this in.
        self.on_reply: Callable[[str, bytes], Awaitable[None]] | None = None
        self.on_update: Callable[[Json], None] | None = None
        self._faults = faults
        self._signal = signal
        self._last_id = 700_000_000
        self._poll: asyncio.Future[Refusal | None] | None = None
        self._lanes: dict[int, deque[Queued]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(40)
        self._session: aiohttp.ClientSession | None = None

    @property
    def polling(self) -> bool:
        """Whether a getUpdates call is waiting right now."""
        return self._poll is not None and not self._poll.done()

    # Coming in

    def post(self, kind: str, payload: Json, lane: int) -> Json:
        """Queues an update; the lane is the chat, whose updates stay in order."""
        self._last_id += 1
        update = {"update_id": self._last_id, kind: payload}
        if kind not in self.allowed if self.allowed else kind in NOT_BY_DEFAULT:
            return update
        if self.on_update:
            self.on_update(update)
        queued = Queued(update, lane, copies=2 if self._faults.strikes("duplicate_update", lane) else 1)
        self.pending[self._last_id] = queued
        if self.webhook:
            self._into_lane(queued)
        elif self._poll and not self._poll.done():
            self._poll.set_result(None)
        self._signal.poke()
        return update

    # Long polling

    async def get_updates(self, offset: int, limit: int, seconds: float, allowed: list[str] | None) -> list[Json]:
        if self.webhook:
            raise Refusal(409, WEBHOOK_ACTIVE)
        self._end_poll(Refusal(409, OTHER_POLL))
        if allowed is not None:
            self.allowed = allowed
        if offset < 0:
            offset = min(list(self.pending)[offset:], default=0)
        self._confirm(offset)
        if not self.pending and seconds > 0:
            self._poll = poll = asyncio.get_running_loop().create_future()
            self._signal.poke()
            try:
                async with asyncio.timeout(seconds):
                    refusal = await poll
                if refusal:
                    raise refusal
            except TimeoutError:
                return []
            finally:
                if self._poll is poll:
                    self._poll = None
        batch = list(islice(self.pending.values(), max(1, min(limit, 100))))
        for queued in batch:
            queued.offered += 1
        return [queued.update for queued in batch]

    def _confirm(self, offset: int) -> None:
        for update_id in list(takewhile(lambda known: known < offset, self.pending)):
            queued = self.pending[update_id]
            if queued.offered and queued.copies > 1:
                # A planned duplicate: confirmed, and yet it comes once more.
                queued.copies -= 1
            else:
                del self.pending[update_id]
        self._signal.poke()

    def _end_poll(self, refusal: Refusal) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(refusal)

    # Webhook

    def set_webhook(self, webhook: Webhook) -> None:
        self._end_poll(Refusal(409, "Conflict: terminated by setWebhook request"))
        self._stop_pump()
        self.webhook = webhook
        self._slots = asyncio.Semaphore(webhook.max_connections)
        for queued in self.pending.values():
            self._into_lane(queued)

    def delete_webhook(self) -> None:
        self._stop_pump()
        self.webhook = None

    def drop_pending(self) -> None:
        self.pending.clear()
        self._signal.poke()

    def _into_lane(self, queued: Queued) -> None:
        lane = self._lanes.get(queued.lane)
        if lane is None:
            lane = self._lanes[queued.lane] = deque()
            task = asyncio.create_task(self._run_lane(queued.lane, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lane.append(queued)

    async def _run_lane(self, name: int, lane: deque[Queued]) -> None:
        while lane:
            queued = lane[0]
            delay = 0.0
            while queued.update["update_id"] in self.pending and queued.copies:
                async with self._slots:
                    retry_after = await self._deliver(queued)
                if retry_after is None:
                    queued.copies -= 1
                else:
                    # The first retry comes at once, the later ones ever more slowly.
                    await asyncio.sleep(max(delay, retry_after) * self.retry_scale)
                    delay = min(max(1.0, delay * 2), LONGEST_RETRY)
            self.pending.pop(queued.update["update_id"], None)
            lane.popleft()
            self._signal.poke()
        del self._lanes[name]

    async def _deliver(self, queued: Queued) -> float | None:
        """Hands the update over once: None when taken, else the seconds the bot asks to wait."""
        webhook = self.webhook
        assert webhook is not None
        queued.offered += 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=60)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0, ssl=False))
        status, body, kind, retry_after, error = 0, b"", "", 0.0, ""
        try:
            async with self._session.post(webhook.url, json=queued.update, headers=headers) as answer:
                status, body = answer.status, await answer.read()
                kind = answer.headers.get("Content-Type", "")
                wish = answer.headers.get("Retry-After", "")
                retry_after = min(float(wish), 3600.0) if wish.isdecimal() else 0.0
                error = f"Wrong response from the webhook: {status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            status = 0
            error = "Connection refused" if isinstance(problem, aiohttp.ClientConnectorError) else "Connection lost"
        self.deliveries.append(Delivery(queued.update["update_id"], queued.offered, status, time.monotonic()))
        self._signal.poke()
        if 200 <= status < 300:
            if body and self.on_reply:
                await self.on_reply(kind, body)
            return None
        webhook.last_error = {"last_error_date": int(time.time()), "last_error_message": error}
        return retry_after

    def _stop_pump(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        self._lanes.clear()

    async def close(self) -> None:
        self._end_poll(Refusal(502, "Bad Gateway"))
        tasks = list(self._tasks)
        self._stop_pump()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def resume(self) -> None:
        """Starts the pump again after a close: the state outlives the server."""
        if self.webhook:
            self.set_webhook(self.webhook)
