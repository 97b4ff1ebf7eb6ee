"""The nightly job over 100,000 customers and 1,000,000 purchases on SQLite: seconds, memory, and what a reply waits."""

import asyncio
import random
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from bot.night import rated_beside
from scheduler.night import rate_now
from storage.columns import new_id
from storage.database import open_database
from storage.kinds import Channel
from storage.migrate import migrate
from tests.day import MOSCOW, Day

CUSTOMERS, PURCHASES = 100_000, 1_000_000
IDLE_TURNS = 1000
GAP_SECONDS = 0.02
YEARS_DAYS = 900


class Night(NamedTuple):
    """`seconds` from the start to the last row; of the child its peak in MB and its seconds of a core; of a turn the
    99th percentile in milliseconds."""

    name: str
    seconds: float
    rows: int
    child_mb: float
    child_cpu: float
    idle_p99: float
    night_p99: float
    turns: int


async def measure(tell: Callable[[Night], None], customers: int = CUSTOMERS, purchases: int = PURCHASES) -> None:
    """The first night, which writes everybody, and the next one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "otklik.db"
        url = f"sqlite+aiosqlite:///{file}"
        await migrate(url)
        fill(file, customers, purchases)
        database = await open_database(url)
        day = Day(Channel.WEBCHAT, database)
        day.now = datetime.now(UTC)
        await day.register_bots()
        await _turns(day, 30)
        spent = 0.0
        for name in ("the first night", "the next one"):
            idle = await _turns(day, IDLE_TURNS)
            beside = asyncio.create_task(_turns_until_cancelled(day))
            started = time.perf_counter()
            rows = await rate_now(database, rated_beside(url), MOSCOW, day.now)
            seconds = time.perf_counter() - started
            beside.cancel()
            busy = await beside
            child = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu, spent = child.ru_utime + child.ru_stime - spent, child.ru_utime + child.ru_stime
            tell(Night(name, seconds, rows or 0, child.ru_maxrss / 1024, cpu, _p99(idle), _p99(busy), len(busy)))
            day.passes(days=1)
        await database.close()


def fill(file: Path, customers: int, purchases: int) -> None:
    """Some come every week, many once; two and a half years, a hundred services."""
    dice, now = random.Random(5), datetime.now(UTC)
    ids = [new_id().hex for _ in range(customers)]
    pace = [dice.lognormvariate(0, 1.2) for _ in ids]
    owners = dice.choices(ids, pace, k=purchases)
    with closing(sqlite3.connect(file)) as database, database:
        database.executemany(
            "INSERT INTO customer (id, name, language, is_phone_verified, birthday_changes, created_at) "
            "VALUES (?, 'Гость', 'ru', 0, 0, ?)",
            ((one, _text(now - timedelta(days=YEARS_DAYS))) for one in ids),
        )
        database.executemany(
            "INSERT INTO purchase (id, customer_id, at, amount_minor, currency, returned_minor, product, "
            "quantity_milli, order_key, branch, seller, source) "
            "VALUES (?, ?, ?, ?, 'RUB', 0, ?, 1000, NULL, ?, '', 'import')",
            (
                (
                    uuid4().hex,
                    owner,
                    _text(now - timedelta(minutes=dice.randrange(1, YEARS_DAYS * 1440))),
                    dice.randrange(10_000, 500_000),
                    f"Услуга {dice.randrange(100)}",
                    f"Филиал {dice.randrange(4)}",
                )
                for owner in owners
            ),
        )


def _text(moment: datetime) -> str:
    """As SQLite keeps it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


async def _turns(day: Day, count: int) -> list[float]:
    """Seconds from a message to its delivered answer, one after another."""
    took = []
    for _ in range(count):
        started = time.perf_counter()
        await day.say("привет")
        took.append(time.perf_counter() - started)
        await asyncio.sleep(GAP_SECONDS)
    return took


async def _turns_until_cancelled(day: Day) -> list[float]:
    took = list[float]()
    try:
        while True:
            took += await _turns(day, 1)
    except asyncio.CancelledError:
        return took


def _p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000
