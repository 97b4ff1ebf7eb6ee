"""Results of a survey with 1,000,000 answers, on both databases, against the driver's one GROUP BY over the runs."""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from scheduler.answers import add_up
from scheduler.work import Shop, Work
from storage.database import Database, open_database
from storage.kinds import Language, SurveyKind
from storage.migrate import migrate
from storage.models import Bot
from storage.store import Store
from surveys import scales
from surveys.reports import Period, read_report
from tests import postgres

ANSWERS: Final = 1_000_000
RUNS: Final = ANSWERS * 3 // 2
ZONE: Final = ZoneInfo("Europe/Moscow")
BEGUN: Final = datetime(2025, 3, 1, tzinfo=UTC)
YEAR: Final = Period(date(2025, 3, 1), date(2026, 3, 2))
SELLERS: Final = [(f"Филиал {branch}", f"Мастер {branch}-{number}") for branch in range(20) for number in range(5)]
SCORES: Final = (0, 3, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10, 10)
# fmt: off
COLUMNS: Final = [
    "id", "customer_id", "survey", "version", "kind", "touchpoint", "bot_id", "language", "branch", "seller",
    "asked_at", "expires_at", "step", "score", "score_group", "comment", "topics", "answered_at", "closed_at",
    "ending",
]
# fmt: on
GROUP_BY: Final = "SELECT seller, score, count(*) FROM survey_run WHERE survey = 'nps' GROUP BY seller, score"
SURVEY: Final = "nps"
LOOKS: Final = 5


class Measured(NamedTuple):
    """Seconds: of the page's whole look (the middle one of LOOKS), of the bare GROUP BY, and of adding a day up."""

    engine: str
    page: float
    floor: float
    day: float


def sqlite_results() -> Measured:
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_on_sqlite(Path(name) / "results.db"))


def postgres_results() -> Measured:
    server = postgres.require()
    return asyncio.run(_on_postgres(server.create_database("results")))


async def _on_sqlite(file: Path) -> Measured:
    url = f"sqlite+aiosqlite:///{file}"
    await migrate(url)
    database = await open_database(url)
    try:
        owner = await _asked_customer(database)
        await asyncio.to_thread(_insert, file, owner)
        day, page = await _added_up(database), await _looked(database)
    finally:
        await database.close()
    with closing(sqlite3.connect(file)) as bare:
        bare.execute("PRAGMA cache_size=-65536")
        started = time.perf_counter()
        assert sum(row[2] for row in bare.execute(GROUP_BY)) == RUNS
        return Measured("SQLite", page, time.perf_counter() - started, day)


async def _on_postgres(url: str) -> Measured:
    await migrate(url)
    database = await open_database(url)
    bare = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        owner = await _asked_customer(database)
        await bare.copy_records_to_table("survey_run", records=_rows(owner), columns=COLUMNS)
        await bare.execute("VACUUM ANALYZE survey_run")
        day = await _added_up(database)
        await bare.execute("VACUUM ANALYZE survey_tally")  # as the server itself does after a while
        page = await _looked(database)
        started = time.perf_counter()
        assert sum(row[2] for row in await bare.fetch(GROUP_BY)) == RUNS
        return Measured("PostgreSQL", page, time.perf_counter() - started, day)
    finally:
        await bare.close()
        await database.close()


async def _asked_customer(database: Database) -> UUID:
    """All are asked of one: whose an answer is makes no difference to the sums."""

    def unit(store: Store) -> UUID:
        store.bots.register(Bot(id="telegram:1", channel="telegram"))
        return store.customers.add("telegram:1", "1", "", Language.RU, BEGUN).id

    return await database.write(unit)


def _insert(file: Path, owner: UUID) -> None:
    """Without the table's indexes, which are made when all is there."""
    with closing(sqlite3.connect(file, isolation_level=None)) as bare:
        for pragma in ("synchronous=OFF", "cache_size=-200000"):
            bare.execute(f"PRAGMA {pragma}")
        made = bare.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'survey_run' AND type = 'index'")
        indexes = [row for row in made.fetchall() if row[1]]
        bare.execute("BEGIN IMMEDIATE")
        for name, _ in indexes:
            bare.execute(f"DROP INDEX {name}")
        row = f"INSERT INTO survey_run ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
        bare.executemany(row, (tuple(map(_for_sqlite, one)) for one in _rows(owner)))
        for _, sql in indexes:
            bare.execute(sql)
        bare.execute("COMMIT")


def _for_sqlite(value: object) -> object:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


def _rows(owner: UUID) -> Iterator[tuple[Any, ...]]:
    """Two of three questions are answered, evenly over a year; every tenth says why."""
    dice = random.Random(7)
    for number in range(RUNS):
        asked = BEGUN + number * timedelta(days=365) / RUNS
        branch, seller = dice.choice(SELLERS)
        answered = asked + timedelta(seconds=dice.randrange(5, 80_000)) if number % 3 else None
        score = dice.choice(SCORES) if answered else None
        group = None if score is None else scales.group_of(SurveyKind.NPS, score).value
        comment = (
            ("Долго ждали, но вкусно", '["product", "waiting"]') if answered and number % 10 == 1 else (None, None)
        )
        over = answered or asked + timedelta(days=14)
        yield (
            *(UUID(int=number + 1), owner, SURVEY, 1 + (number > RUNS // 2), SURVEY),
            *(dice.choice(("visit", "relation", "delivery")), dice.choice(("telegram:1", "vk:2", "webchat:3"))),
            *("ru" if dice.random() < 0.9 else "en", branch, seller, asked, asked + timedelta(days=14), ""),
            *(score, group, *comment, answered, over, "finished" if answered else "expired"),
        )


async def _added_up(database: Database) -> float:
    """Seconds for each of the 366 days."""
    shop = Shop("", Language.RU, ZONE)
    work = Work(database, lambda: BEGUN, lambda: shop, _nothing, _nobody)
    days = [YEAR.since + timedelta(days=number) for number in range((YEAR.until - YEAR.since).days)]
    started = time.perf_counter()
    for day in days:
        await add_up(work, SURVEY, day, ZONE)
    return (time.perf_counter() - started) / len(days)


async def _looked(database: Database) -> float:
    seconds = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        report = await database.read(
            lambda store: read_report(store, SURVEY, YEAR, ZONE, with_comments=True, with_traces=True)
        )
        seconds.append(time.perf_counter() - started)
        assert report.results.score is not None
        assert report.results.score.n == ANSWERS
    return statistics.median(seconds)


async def _nothing() -> int:
    return 0


@asynccontextmanager
async def _nobody(zone: ZoneInfo, now: datetime) -> AsyncIterator[Iterator[str]]:
    yield iter(())
