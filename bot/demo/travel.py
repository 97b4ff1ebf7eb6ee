"""Moving the demo's time: from stop to stop, and at each the jobs do their work and the messages arrive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.demo.clock import MovedClock, note_step
from bot.webchat.parts import Step
from messaging.local_time import at_local, local_date
from storage.changes import FEED, OUTBOX

if TYPE_CHECKING:
    from storage.database import Database

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]

HALF_HOUR = timedelta(minutes=30)
ENTERED_AT = 11 * 60
"""The minute each day is entered at: from Kaliningrad to Kamchatka birthdays are due then, and it is nobody's night."""
DAYS = {Step.HALF_HOUR: 0, Step.DAY: 1, Step.MONTH: 30}
REST_WITHIN_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.1


class Travel:
    """One move at a time. `tick` runs every job once, `beat` says that all parts are alive."""

    def __init__(
        self,
        database: "Database",
        clock: MovedClock,
        zone: ZoneInfo,
        tick: Work,
        beat: Work,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._tick = tick
        self._beat = beat
        self._is_stopping = is_stopping
        self._moving = asyncio.Lock()

    @property
    def is_moving(self) -> bool:
        return self._moving.locked()

    async def move(self, step: Step) -> bool:
        """Go there; False when somebody is on the way already."""
        if self.is_moving:
            return False
        async with self._moving:
            await self._come_to_rest()
            for moment in stops(self._clock(), step, self._zone):
                if self._is_stopping():
                    break
                await self._go_to(moment)
        return True

    async def _go_to(self, moment: datetime) -> None:
        by = max(moment - self._clock(), timedelta(0))
        offset = self._clock.offset + by
        # Kept first: a crash here makes time jump, never go back; and no session looks too old meanwhile.
        await self._database.write(lambda store: note_step(store, offset, by, moment))
        self._clock.forward(by)
        await self._beat()
        await self._tick()
        await self._come_to_rest()

    async def _come_to_rest(self) -> None:
        """Until nothing that is due waits: what one day says must not arrive after what the next one says."""
        try:
            async with asyncio.timeout(REST_WITHIN_SECONDS):
                while True:
                    changed = self._database.changes.listen(FEED)
                    if not await self._database.read(lambda store: store.outbox.is_busy(self._clock())):
                        return
                    self._database.changes.tell([OUTBOX])  # what became due by the step alone wakes nobody
                    await self._database.changes.wait(changed, LOOK_EVERY_SECONDS)
        except TimeoutError:
            log.warning("messages of this day are still on their way")


def stops(now: datetime, step: Step, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments a move stops at. Half an hour comes first in any: a question about a visit just made is due then."""
    yield now + HALF_HOUR
    today = local_date(now, zone)
    for number in range(1, DAYS[step] + 1):
        yield at_local(today + timedelta(days=number), ENTERED_AT, zone)
