"""When a journey is due for a customer: pure decisions over plain values. What they do stands in scheduler/effects."""

from calendar import isleap
from datetime import date, datetime, timedelta

BIRTHDAY_LATE_DAYS = 3
"""A birthday that nobody noticed in time is still greeted so many days later (feature JO4)."""
GIFT_NEEDS_DAYS = 7
"""A birthday entered later than this before the day is greeted, but brings no gift (feature LO13)."""
CHAT_IS_QUIET_AFTER = timedelta(minutes=10)
SILENT_AFTER = timedelta(days=90)
FORGOTTEN_AFTER = timedelta(days=180)
"""Who was silent for longer before we began to look is not startled by a «we miss you»."""
PROMOTER_COUNTS_FOR = timedelta(days=180)
TOXIC_COUNTS_FOR = timedelta(days=180)


def birthday_in(year: int, month: int, day: int) -> date:
    """The day it is kept in that year: the 29th of February on the 28th in common years (feature JO4)."""
    return date(year, 2, 28) if (month, day) == (2, 29) and not isleap(year) else date(year, month, day)


def birthday_to_greet(month: int, day: int, today: date) -> date | None:
    """The birthday that is today, or was at most three days ago."""
    kept = (birthday_in(year, month, day) for year in (today.year, today.year - 1))
    return next((one for one in kept if 0 <= (today - one).days <= BIRTHDAY_LATE_DAYS), None)


def days_to_greet(today: date) -> dict[int, set[tuple[int, int]]]:
    """Year -> the (month, day) of everybody who may be greeted today, somewhere on Earth: their date may be one off."""
    found: dict[int, set[tuple[int, int]]] = {}
    for offset in range(-BIRTHDAY_LATE_DAYS - 1, 2):
        day = today + timedelta(days=offset)
        found.setdefault(day.year, set()).add((day.month, day.day))
        if day == birthday_in(day.year, 2, 29):
            found[day.year].add((2, 29))
    return found


def brings_gift(kept: date, known_since: date) -> bool:
    return (kept - known_since).days >= GIFT_NEEDS_DAYS


def silent_between(now: datetime) -> tuple[datetime, datetime]:
    """The moments between which the last purchase of somebody to win back lies."""
    return now - FORGOTTEN_AFTER, now - SILENT_AFTER
