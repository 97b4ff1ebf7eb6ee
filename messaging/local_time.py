"""A customer's own day: their zone, their date, and the hours in which nobody disturbs them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MINUTES = 24 * 60
QUIET_FROM = 21 * 60
QUIET_UNTIL = 9 * 60
"""Default quiet hours, in minutes after local midnight (feature BR11)."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one minute of the day until another, over midnight when `start` is the later one; equal: never."""

    start: int = QUIET_FROM
    end: int = QUIET_UNTIL

    def holds(self, minute: int) -> bool:
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def zone_of(name: str | None, default: ZoneInfo) -> ZoneInfo:
    """The zone of that IANA name; the business's own for none and for one that nobody knows (any more)."""
    if not name:
        return default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return default


def local_date(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def first_quiet_free(now: datetime, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """`now` outside quiet hours, else their end, in UTC. An end that the clocks skip is the next minute there is."""
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if not quiet.holds(minute):
        return now
    day = local.date() + timedelta(days=1) if minute >= quiet.end else local.date()
    return at_local(day, quiet.end, zone)


def at_local(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """That minute of that local day, in UTC; of two with the same name the first."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), zone)
    # A wall time in a gap of spring comes back shifted by the gap: the first valid instant after it.
    return wall.astimezone(UTC)


class Sleeper(Protocol):
    """Whose night it may be: nothing said of hours or zone means the usual ones."""

    @property
    def time_zone(self) -> str | None: ...
    @property
    def quiet_from(self) -> int | None: ...
    @property
    def quiet_until(self) -> int | None: ...


def undisturbed_at(sleeper: Sleeper, now: datetime, default: ZoneInfo) -> datetime:
    """`now`, or the end of their quiet hours."""
    start = QUIET_FROM if sleeper.quiet_from is None else sleeper.quiet_from
    end = QUIET_UNTIL if sleeper.quiet_until is None else sleeper.quiet_until
    return first_quiet_free(now, zone_of(sleeper.time_zone, default), QuietHours(start, end))
