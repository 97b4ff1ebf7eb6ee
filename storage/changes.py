"""Who waits to hear that something was committed, in this process."""

import asyncio
from collections.abc import Iterable

FEED = "feed"
OUTBOX = "outbox"


class Changes:
    """Told after each commit; a waiter that missed a change in another process looks again after its timeout."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    def tell(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if event := self._waiting.pop(topic, None):
                event.set()

    def listen(self, topic: str) -> asyncio.Event:
        """An event that is set by the next commit that touches the topic. Ask for it before you look, then wait."""
        return self._waiting.setdefault(topic, asyncio.Event())

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event or the time, whichever is first."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
