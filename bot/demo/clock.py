"""The demo's clock: the real one, moved forward. How far is kept, so that a restart does not go back in time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from storage.store import Store

if TYPE_CHECKING:
    from storage.database import Database

OFFSET = "demo.clock_offset_seconds"

Clock = Callable[[], datetime]


class MovedClock:
    """Aware UTC now plus an offset that only grows."""

    def __init__(self, real: Clock, offset: timedelta = timedelta(0)) -> None:
        self._real = real
        self._offset = offset

    def __call__(self) -> datetime:
        return self._real() + self._offset

    @property
    def offset(self) -> timedelta:
        return self._offset

    def forward(self, by: timedelta) -> None:
        """ValueError for a step back: leases, codes and occasions have seen the later time already."""
        if by < timedelta(0):
            raise ValueError("time does not go back")
        self._offset += by


async def load_clock(database: "Database", real: Clock) -> MovedClock:
    """The clock as the last run of this demo left it."""
    kept = await database.read(lambda store: store.business.setting(OFFSET))
    return MovedClock(real, timedelta(seconds=float(kept.value) if kept else 0.0))


def note_step(store: Store, offset: timedelta, by: timedelta, now: datetime) -> None:
    """Keep the offset that will count from now on, and let nobody be signed out of the console by the step."""
    store.business.keep_value(OFFSET, offset.total_seconds(), now)
    store.staff.shift_sessions(by)
