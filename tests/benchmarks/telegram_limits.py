"""How much of a strict limit the relay uses: Telegram at 25 messages a second, not one answer 429."""

import asyncio
import tempfile

from messaging.pacing import Pace
from tests.benchmarks.sends import relayed
from tests.platforms import fake_telegram

LIMIT = 25
MESSAGES = 500
FIRST = 20_000


def measure() -> tuple[float, int]:
    """(messages a second, answers 429)."""
    with fake_telegram("--no-check") as telegram:
        telegram.person(FIRST, count=MESSAGES)
        telegram.limits(per_second=LIMIT)
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/otklik.db"
            rate = asyncio.run(relayed(url, telegram.url, Pace.telegram(LIMIT), MESSAGES))
        return rate, telegram.too_many()
