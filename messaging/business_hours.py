"""When a branch is open: weekly hours with breaks, holidays, a zone of its own; and time counted while it is open."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from messaging.flaws import Flaw, Unfit, table
from messaging.local_time import DAY_MINUTES, at_local

KEY: Final = "hours"
"""The setting's."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_HOLIDAYS: Final = 400

_SPAN: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–—]\s*([0-9]{1,2}):([0-9]{2})")


class Span(NamedTuple):
    """Minutes after local midnight, the end not included. An end after 1440 is the next day's: a bar until 2:00."""

    start: int
    end: int


ALL_DAY: Final = (Span(0, DAY_MINUTES),)
Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of each weekday, Monday first, and of days that differ; a holiday without spans is closed.

    ValueError for a week that never opens: no promise could be counted by it.
    """

    zone: ZoneInfo
    week: Week = (ALL_DAY,) * len(DAYS)
    holidays: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != len(DAYS) or not any(self.week):
            raise ValueError("a week has seven days and opens on one of them at least")

    def of(self, day: date) -> tuple[Span, ...]:
        return self.holidays.get(day, self.week[day.weekday()])


def is_open(hours: Hours, at: datetime) -> bool:
    return next_open(hours, at) == at


def next_open(hours: Hours, at: datetime) -> datetime:
    """`at` while it is open, else the moment of the next opening."""
    return next(_open_from(hours, at))[0]


def open_seconds(hours: Hours, start: datetime, end: datetime) -> int:
    """How long it is open between two moments; 0 when the second is no later."""
    seconds = 0.0
    for opens, closes in _open_from(hours, start):
        if opens >= end:
            break
        seconds += (min(closes, end) - opens).total_seconds()
    return int(seconds)


def add_open(hours: Hours, start: datetime, seconds: int) -> datetime:
    """The first moment by which it has been open for so long since `start`."""
    left = timedelta(seconds=seconds)
    if left <= timedelta():
        return start
    for opens, closes in _open_from(hours, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("a week that opens goes on for ever")


def _open_from(hours: Hours, start: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What is open after `start`, in UTC and in order, each piece once; a piece that runs at `start` begins there.

    The wall clock decides, so a day on which the clocks change is an hour longer or shorter. Never ends.
    """
    seen = start
    day = start.astimezone(hours.zone).date() - timedelta(days=1)  # of yesterday's hours some may run past midnight
    while True:
        for span in hours.of(day):
            opens = max(at_local(day, span.start, hours.zone), seen)
            closes = at_local(day, span.end, hours.zone)
            if closes > opens:
                yield opens, closes
                seen = closes
        day += timedelta(days=1)


# --- as it is kept: {branch or "": {"zone": …, "week": {"mon": ["9:00-13:00", …]}, "holidays": {"2026-01-01": []}}}


def parse(document: Any, default: ZoneInfo) -> dict[str, Hours]:
    """Hours by branch, "" for the business's own; a weekday that is left out is closed, a week left out is always open.

    Raises Unfit with every flaw there is, by branch and field: `Арбат.week.mon`.
    """
    found: dict[str, Hours] = {}
    flaws: dict[str, Flaw] = {}
    for branch, values in table(document).items():
        try:
            found[branch] = parse_one(values, default)
        except Unfit as unfit:
            flaws.update({f"{branch}.{path}": flaw for path, flaw in unfit.flaws.items()})
    if flaws:
        raise Unfit(flaws)
    return found


def parse_one(values: Any, default: ZoneInfo) -> Hours:
    """One branch's hours. Raises Unfit."""
    flaws: dict[str, Flaw] = {}
    week, holidays = table(values).get("week"), table(values).get("holidays") or {}
    zone = _zone(values.get("zone"), default, flaws)
    spans = _week(table(week, "week"), flaws) if week is not None else (ALL_DAY,) * len(DAYS)
    special = _holidays(table(holidays, "holidays"), flaws)
    if not flaws and not any(spans):
        flaws["week"] = Flaw.NEVER_OPEN
    if flaws:
        raise Unfit(flaws)
    return Hours(zone, spans, special)


def as_json(hours: Hours) -> dict[str, Any]:
    """What `parse_one` reads back as the same hours."""
    return {
        "zone": hours.zone.key,
        "week": {name: [shown(span) for span in spans] for name, spans in zip(DAYS, hours.week, strict=True)},
        "holidays": {day.isoformat(): [shown(span) for span in spans] for day, spans in hours.holidays.items()},
    }


def shown(span: Span) -> str:
    """`9:00-13:00`; `18:00-2:00` over midnight, `0:00-24:00` for all day."""
    end = span.end if span.end <= DAY_MINUTES else span.end - DAY_MINUTES
    return f"{span.start // 60}:{span.start % 60:02d}-{end // 60}:{end % 60:02d}"


def of_branch(by_branch: Mapping[str, Hours], branch: str, default: ZoneInfo) -> Hours:
    """The branch's own, else the business's, else always open."""
    return by_branch.get(branch) or by_branch.get("") or Hours(default)


def _zone(name: Any, default: ZoneInfo, flaws: dict[str, Flaw]) -> ZoneInfo:
    if not name:
        return default
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        flaws["zone"] = Flaw.NO_SUCH_ZONE
        return default


def _week(values: Mapping[str, Any], flaws: dict[str, Flaw]) -> Week:
    flaws.update({f"week.{name}": Flaw.NO_SUCH_DAY for name in values if name not in DAYS})
    return tuple(_spans(values.get(name) or (), f"week.{name}", flaws) for name in DAYS)


def _holidays(values: Mapping[str, Any], flaws: dict[str, Flaw]) -> dict[date, tuple[Span, ...]]:
    if len(values) > MOST_HOLIDAYS:
        flaws["holidays"] = Flaw.OUT_OF_RANGE
    found = {}
    for text, spans in values.items():
        try:
            found[date.fromisoformat(text)] = _spans(spans or (), f"holidays.{text}", flaws)
        except ValueError:
            flaws[f"holidays.{text}"] = Flaw.NO_SUCH_DAY
    return found


def _spans(texts: Any, path: str, flaws: dict[str, Flaw]) -> tuple[Span, ...]:
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        flaws[path] = Flaw.NO_SUCH_HOURS
        return ()
    read = [_span(str(text)) for text in texts]
    spans = sorted(span for span in read if span is not None)
    if len(spans) < len(read):
        flaws[path] = Flaw.NO_SUCH_HOURS
    elif any(one.end > after.start for one, after in pairwise(spans)):
        flaws[path] = Flaw.HOURS_OVERLAP
    return tuple(spans)


def _span(text: str) -> Span | None:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    are_times = int(match[2]) < 60 and int(match[4]) < 60 and start < DAY_MINUTES and end <= DAY_MINUTES
    if not are_times or start == end:
        return None
    return Span(start, end if end > start else end + DAY_MINUTES)
