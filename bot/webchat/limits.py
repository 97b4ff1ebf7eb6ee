"""How much one visitor, and one address, may ask of us. Counted in this process: with several, each counts its own."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
MESSAGES_PER_VISITOR = 20
MESSAGES_PER_ADDRESS = 120
"""A café's guests share one address."""
STREAMS_PER_VISITOR = 6
STREAMS_PER_ADDRESS = 100
MOST_KEYS = 20_000


class RateLimit:
    """At most `most` in any minute for each key."""

    def __init__(self, most: int, clock: Callable[[], datetime]) -> None:
        self._most = most
        self._clock = clock
        self._moments: dict[str, deque[datetime]] = {}

    def wait_seconds(self, key: str) -> float:
        """0 and one more is counted, or how long to wait; a refusal is not counted."""
        now = self._clock()
        moments = self._moments.setdefault(key, deque())
        while moments and moments[0] <= now - WINDOW:
            moments.popleft()
        if len(moments) >= self._most:
            return (moments[0] + WINDOW - now).total_seconds()
        moments.append(now)
        if len(self._moments) > MOST_KEYS:
            self._forget_idle(now)
        return 0.0

    def _forget_idle(self, now: datetime) -> None:
        self._moments = {key: seen for key, seen in self._moments.items() if seen and seen[-1] > now - WINDOW}


class Places:
    """At most `most` things open at once for each key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def is_full(self, key: str) -> bool:
        return self._taken.get(key, 0) >= self._most

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        self._taken[key] = self._taken.get(key, 0) + 1
        try:
            yield
        finally:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
