"""Who types wrong codes one after another waits, longer each time (feature PR8): pure rules."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

WRONG_AT_MOST: Final = 5
WITHIN: Final = timedelta(minutes=15)
FIRST_PAUSE: Final = timedelta(minutes=15)
LONGEST_PAUSE: Final = timedelta(hours=24)
REMEMBERED_FOR: Final = timedelta(hours=48)
"""Attempts older than this count no more: a pause of a day has its doubling behind it."""


def paused_until(attempts: Sequence[datetime], now: datetime) -> datetime | None:
    """Until when codes of somebody who typed wrong ones at these moments (in order) are not looked up; None: they are.

    Five wrong codes within a quarter of an hour are a pause of a quarter of an hour; the next five are twice as long.
    """
    recent: list[datetime] = []
    pause, until = FIRST_PAUSE, None
    for at in attempts:
        if now - at > REMEMBERED_FOR:
            continue
        recent = [*(one for one in recent if at - one < WITHIN), at]
        if len(recent) >= WRONG_AT_MOST:
            until, pause = at + pause, min(pause * 2, LONGEST_PAUSE)
            recent = []
    return until if until is not None and until > now else None
