"""Promo codes: redemptions against the bare driver with the same statements; a million codes against a raw insert."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.code_generation import PAGE_ALONE, begin, make_page
from loyalty.promo_codes import Order, Redeemed, redeem
from storage.database import Database, open_database
from storage.kinds import GenerationState, PromoKind
from storage.migrate import migrate
from storage.models import PromoCampaign, PromoCode

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REDEMPTIONS = 3000
SCOPES = '["all", "branch:", "day:2026-03-01"]'
AT_ONCE = 50
CODES = 1_000_000
PLAIN = (
    "code, campaign_id, customer_id, issue_key, generation_id, journey, advocate_id, max_uses, used, issued_at, "
    "seen_at, expires_at"
)


class Made(NamedTuple):
    """Seconds for all codes, ours and the bare insert's."""

    ours: float
    floor: float


def redemptions() -> tuple[float, float]:
    """(ours, the floor) in redemptions a second, on SQLite, fifty waiting at a time."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_redeemed(Path(name))), asyncio.run(_bare_redeemed(Path(name)))


def generation() -> Made:
    """A million codes made, checked for being unique and stored, against `executemany` of the same rows."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_made(Path(name)))


# --- redemptions


async def _opened(file: Path) -> tuple[Database, PromoCampaign]:
    url = f"sqlite+aiosqlite:///{file}"
    await migrate(url)
    database = await open_database(url)
    campaign = PromoCampaign(
        slug="spring", name="Весна", kind=PromoKind.PERCENT, value=10, code_prefix="SPRING", created_at=NOW
    )
    await database.write(lambda store: store.promos.add_campaign(campaign))
    return database, campaign


async def _redeemed(folder: Path) -> float:
    database, campaign = await _opened(folder / "ours.db")
    code = PromoCode(code="SPRING25", campaign_id=campaign.id, max_uses=REDEMPTIONS, issued_at=NOW)
    await database.write(lambda store: store.promos.add_code(code))
    order = Order(None, 100_000, NOW)

    async def use(first: int) -> None:
        for number in range(first, REDEMPTIONS, AT_ONCE):
            done = await database.write(lambda store, n=number: redeem(store, "SPRING25", f"k{n}", order, ZONE))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            assert isinstance(done, Redeemed)

    seconds = await _timed(lambda: _together(use))
    await database.close()
    return REDEMPTIONS / seconds


async def _bare_redeemed(folder: Path) -> float:
    """The same statements by sqlite3 alone: the code and its campaign read, the claim, the use,
    the three counters; as many in one synced transaction as ours carries at a time."""
    database, campaign = await _opened(folder / "bare.db")
    code = PromoCode(code="SPRING25", campaign_id=campaign.id, max_uses=REDEMPTIONS, issued_at=NOW)
    await database.write(lambda store: store.promos.add_code(code))
    await database.close()
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            bare.execute(f"PRAGMA {pragma}")
        started = time.perf_counter()
        for first in range(0, REDEMPTIONS, AT_ONCE):
            bare.execute("BEGIN IMMEDIATE")
            for number in range(first, first + AT_ONCE):
                _bare_use(bare, f"k{number}", campaign.id)
            bare.execute("COMMIT")
        seconds = time.perf_counter() - started
        assert bare.execute("SELECT used FROM promo_code").fetchone() == (REDEMPTIONS,)
    return REDEMPTIONS / seconds


def _bare_use(bare: sqlite3.Connection, key: str, campaign: UUID) -> None:
    bare.execute("SELECT * FROM promo_code WHERE code = 'SPRING25'").fetchone()
    bare.execute("SELECT * FROM promo_campaign WHERE id = ?", (campaign.hex,)).fetchone()
    claim = (
        "INSERT INTO redemption (key, code, campaign_id, state, scopes, order_minor, discount_minor, branch, at) "
        "VALUES (?, 'SPRING25', ?, 'redeemed', ?, 100000, 10000, '', '2026-03-01 12:00:00') ON CONFLICT DO NOTHING"
    )
    assert bare.execute(claim, (key, campaign.hex, SCOPES)).rowcount == 1
    use = "UPDATE promo_code SET used = used + 1 WHERE code = 'SPRING25' AND used < max_uses"
    assert bare.execute(use).rowcount == 1
    count = (
        "INSERT INTO promo_counter (campaign_id, scope, used) VALUES (?, ?, 1) "
        "ON CONFLICT (campaign_id, scope) DO UPDATE SET used = used + 1 WHERE used < 2147483647"
    )
    for scope in ("all", "branch:", "day:2026-03-01"):
        assert bare.execute(count, (campaign.hex, scope)).rowcount == 1


# --- a million codes


async def _made(folder: Path) -> Made:
    database, campaign = await _opened(folder / "ours.db")
    begun = await database.write(lambda store: begin(store, campaign, CODES, None, NOW))
    assert not isinstance(begun, str)

    async def make() -> None:
        state = GenerationState.RUNNING
        while state is GenerationState.RUNNING:
            state = (await database.write(lambda store: make_page(store, begun.id, PAGE_ALONE, NOW))).state

    ours = await _timed(make)
    await database.close()
    with closing(sqlite3.connect(folder / "ours.db")) as made:
        rows = made.execute(f"SELECT {PLAIN} FROM promo_code ORDER BY rowid").fetchall()
    assert len(rows) == CODES
    other, _ = await _opened(folder / "bare.db")
    await other.close()
    return Made(ours, _inserted(folder / "bare.db", rows))


def _inserted(file: Path, rows: list[tuple[object, ...]]) -> float:
    """The rows that we wrote, into the same table, in one transaction that is synced to the disk."""
    with closing(sqlite3.connect(file)) as bare:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            bare.execute(f"PRAGMA {pragma}")
        marks = ", ".join("?" * len(rows[0]))
        started = time.perf_counter()
        with bare:
            bare.executemany(f"INSERT INTO promo_code ({PLAIN}) VALUES ({marks})", rows)
        return time.perf_counter() - started


async def _together(work: Callable[[int], Awaitable[None]]) -> None:
    await asyncio.gather(*(work(number) for number in range(AT_ONCE)))


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started
