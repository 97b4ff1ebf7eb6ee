"""Imports a text as the command does, page by page, into a database of a test; and reads back what came of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loyalty.importing import Taken, Terms, take_page
from loyalty.purchase_file import PurchaseFile, PurchaseRow, RefusedRow, Rules
from storage.columns import chunks
from storage.database import Database
from storage.kinds import Language
from storage.models import Customer, CustomerKey, Purchase

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
TERMS = Terms("RUB", Language.RU, ZoneInfo("Europe/Moscow"))


def read(text: str | bytes, zone: ZoneInfo = MOSCOW, currency: str = "RUB") -> list[PurchaseRow | RefusedRow]:
    """In pieces of one line: what holds for these holds for larger ones."""
    whole = text.encode() if isinstance(text, str) else text
    return list(PurchaseFile(whole.splitlines(keepends=True), Rules(zone, currency, NOW)))


def rows(text: str | bytes, **how: ZoneInfo) -> list[PurchaseRow]:
    """All of them, none refused."""
    found = read(text, **how)
    assert [row for row in found if not isinstance(row, PurchaseRow)] == []
    return [row for row in found if isinstance(row, PurchaseRow)]


async def carry(database: Database, found: Sequence[PurchaseRow | RefusedRow], page: int = 1000) -> Taken:
    taken = Taken()
    for some in chunks([row for row in found if isinstance(row, PurchaseRow)], page):
        taken += await database.write(lambda store, some=some: take_page(store, some, TERMS, NOW))  # type: ignore[misc]
    return taken


async def bring(database: Database, text: str | bytes, page: int = 1000) -> Taken:
    return await carry(database, read(text), page)


async def purchases(database: Database) -> list[Purchase]:
    return await database.read(lambda store: store.purchases._all(Purchase, Purchase.__table__.select()))  # type: ignore[attr-defined]


async def customers(database: Database) -> list[Customer]:
    return await database.read(lambda store: store.purchases._all(Customer, Customer.__table__.select()))  # type: ignore[attr-defined]


async def keys(database: Database) -> list[CustomerKey]:
    return await database.read(lambda store: store.purchases._all(CustomerKey, CustomerKey.__table__.select()))  # type: ignore[attr-defined]
