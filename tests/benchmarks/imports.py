"""Purchases imported a second, from a CSV file to the last sync, against sqlite3's own executemany of the same rows."""

import random
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.import_doors import Alone
from bot.importing import Order, import_file
from bot.terminal import Terminal
from loyalty.table_file import Rules
from storage.database import open_database
from storage.kinds import ImportKind, Language
from storage.migrate import migrate

PURCHASES = 50_000
CUSTOMERS = 8000
FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)
COLUMNS = (
    "id, customer_id, at, amount_minor, currency, product, source, key, order_key, quantity_milli, branch, seller, "
    "returned_minor, import_id"
)


async def measure() -> tuple[float, float]:
    """(ours, the floor) in purchases a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder / "purchases.csv")
        rate = await _imported(folder)
        return rate, await _bare(folder)


def _write(file: Path) -> None:
    """As a till exports it: two years in the order of time, each customer several times, the prices of a list."""
    dice = random.Random(7)
    lines = ["Клиент;Телефон;Имя;Дата;Сумма;Товар"]
    for number in range(PURCHASES):
        customer = dice.randrange(CUSTOMERS)
        at = FIRST + timedelta(minutes=number * 20)
        product, pieces = dice.randrange(60), dice.choice((1, 1, 1, 2, 3))
        amount = f"{pieces * (90 + product * 7)},{product % 4 * 25:02d}"
        who = f"{customer};8 916 {customer // 100 % 1000:03d}-{customer % 100:02d}-00;Имя {customer}"
        lines.append(f"{who};{at:%d.%m.%Y %H:%M};{amount};Товар {product}")
    file.write_text("\n".join(lines), encoding="utf-8")


async def _imported(folder: Path) -> float:
    url = f"sqlite+aiosqlite:///{folder}/ours.db"
    await migrate(url)
    database = await open_database(url)
    rules = Rules(ZoneInfo("Europe/Moscow"), "RUB", datetime.now(UTC))
    order = Order(ImportKind.PURCHASES, folder / "purchases.csv", folder / "refused.csv", rules)
    door = Alone(database, Language.RU, lambda: datetime.now(UTC), serves_alone=True)
    started = time.perf_counter()
    await import_file(order, door, _Silent(Language.EN))
    rate = PURCHASES / (time.perf_counter() - started)
    await database.close()
    return rate


class _Silent(Terminal):
    def write(self, text: str) -> None:
        """A benchmark prints its own lines alone."""

    def note(self, key: str, **values: object) -> None:
        """Nor what is good to know."""


async def _bare(folder: Path) -> float:
    """The rows that we wrote, into the same tables, in one transaction that is synced to the disk."""
    with closing(sqlite3.connect(folder / "ours.db")) as ours:
        rows = ours.execute(f"SELECT {COLUMNS} FROM purchase ORDER BY id").fetchall()
    assert len(rows) == PURCHASES
    await migrate(f"sqlite+aiosqlite:///{folder}/bare.db")
    with closing(sqlite3.connect(folder / "bare.db")) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        marks = ", ".join("?" * len(rows[0]))
        started = time.perf_counter()
        with bare:
            bare.executemany(f"INSERT INTO purchase ({COLUMNS}) VALUES ({marks})", rows)
        return PURCHASES / (time.perf_counter() - started)
