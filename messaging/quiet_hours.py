"""Quiet hours as people say them: «22-8», «с 22:30 до 8», «23–10»."""

import re
from typing import Final

from messaging.local_time import DAY_MINUTES, QuietHours

PRESETS: Final = (QuietHours(21 * 60, 9 * 60), QuietHours(22 * 60, 8 * 60), QuietHours(23 * 60, 10 * 60))
NEVER: Final = QuietHours(0, 0)

_TIME: Final = r"([0-9]{1,2})(?:[:.]([0-9]{2}))?(?:\s*(?:ч(?:ас(?:а|ов)?)?\.?|h))?"
_SPAN: Final = re.compile(rf"(?:с\s+|from\s+)?{_TIME}\s*(?:[-–—]|до|to|till|until)\s*{_TIME}[.!]?", re.IGNORECASE)


def parse(text: str) -> QuietHours | None:
    """None for what is no pair of hours. «24» is midnight; two equal hours are no time at all, not the whole day."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    start, end = _minute(match[1], match[2]), _minute(match[3], match[4])
    return None if start is None or end is None else QuietHours(start, end)


def shown(hours: QuietHours) -> str:
    """`22:00–8:00`; for hours that never hold there is nothing to show."""
    return f"{_clock(hours.start)}–{_clock(hours.end)}"


def _minute(hour: str, minute: str | None) -> int | None:
    total = int(hour) * 60 + int(minute or 0)
    is_time = int(minute or 0) < 60 and total <= DAY_MINUTES
    return total % DAY_MINUTES if is_time else None


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
