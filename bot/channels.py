"""The channels that are on: each with its relay and its ears, started and stopped without touching the others."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from messaging.files import Fetch
from messaging.messages import IncomingMessage
from messaging.pacing import Pace
from messaging.relay import Outlet, Relay
from messaging.trouble import described
from storage.kinds import Channel
from storage.models import Bot

if TYPE_CHECKING:
    from messaging.transport import Transport
    from storage.database import Database
    from storage.store import Store

log = logging.getLogger(__name__)

_KEYS = 2**31 - 1
_SKIPPED_KEYS = 1_000_000
"""More than any hour uses: a database restored from a backup gives no key a second time within VK's memory."""

Receive = Callable[[IncomingMessage], Awaitable[object]]
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Line:
    """One running channel. `fetch` gets what customers send; `close` says goodbye to its platform."""

    bot_id: str
    username: str = ""
    endpoint: Callable[[Request], Awaitable[Response]] | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    relay: "asyncio.Task[None] | None" = None
    fetch: Fetch | None = None
    close: Callable[[], Awaitable[None]] | None = None

    @property
    def delivers(self) -> bool:
        """Whether the relay is at work; it ends only by a bug."""
        return self.relay is None or not self.relay.done()

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)  # one that died before was reported when it died
        if self.close:
            await self.close()


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What every channel is built from. A process without the relay's or the bots' role leaves that part out."""

    database: "Database"
    clock: Clock
    receive: Receive
    zone: ZoneInfo
    relays: bool = True
    listens: bool = True

    async def open(self, line: Line, transport: "Transport", pace: Pace) -> None:
        """Remember the bot, and deliver for it."""
        bot = Bot(id=line.bot_id, channel=Channel(line.bot_id.partition(":")[0]), username=line.username)
        if pace.batch:  # a fresh database would begin with the keys that another one used an hour ago
            bot.random_ids = secrets.randbelow(_KEYS)
        skipped = _SKIPPED_KEYS + secrets.randbelow(_SKIPPED_KEYS)

        def register(store: "Store") -> None:
            store.bots.register(bot)
            if pace.batch and self.relays:
                store.bots.skip_random_ids(bot.id, skipped)

        await self.database.write(register)
        if self.relays:
            relay = Relay(self.database, {line.bot_id: Outlet(transport, pace)}, self.clock, self.zone)
            line.relay = spawn(relay.run(), f"relay of {line.bot_id}")
            line.tasks.append(line.relay)

    def listen(self, line: Line, *ears: Coroutine[Any, Any, object]) -> None:
        """Run what hears for this channel, where this process is one that does."""
        for one in ears:
            if self.listens:
                line.tasks.append(spawn(one, f"ears of {line.bot_id}"))
            else:
                one.close()


def spawn(work: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
    """A task whose death is heard."""
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_report)
    return task


def _report(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("%s stopped: %s", task.get_name(), described(error))
