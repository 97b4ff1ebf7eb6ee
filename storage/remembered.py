"""Answers that cost a look at a whole ledger and change slowly: asked for once in a while, by one at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Remembered:
    """By name. Whoever shows one says of what moment it is, unless it is a minute old at most."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Any, datetime]] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(
        self, name: str, find: Callable[[], Awaitable[T]], now: datetime, lives: timedelta
    ) -> tuple[T, datetime]:
        """The answer and when it was found. However many ask at once, one of them looks, and the others wait."""
        async with self._asking[name]:
            known = self._known.get(name)
            if known is None or not timedelta(0) <= now - known[1] < lives:
                known = self._known[name] = (await find(), now)
            return cast("tuple[T, datetime]", known)
