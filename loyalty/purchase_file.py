"""A file of purchases: each row as one line of an order, or as a refusal. Pure.

A row's key is the same each time the same purchase is brought: that is what makes a repeated import change nothing.
"""

import hashlib
import re
from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from loyalty.cells import Moments, Problem, priced, quantity_milli, signed_minor, yes_no
from loyalty.headers import ORDER_LINE, PURCHASES, WHO, Columns, MissingColumns
from loyalty.spreadsheet import Record
from loyalty.table_file import RefusedRow, Remembered, Rules, TableFile, Wrong, tidy, unusable
from storage.kinds import ImportKind

__all__ = [
    "NAMES",
    "ORDER_LINE",
    "REQUIRED",
    "WHO",
    "MissingColumns",
    "PurchaseFile",
    "PurchaseRow",
    "RefusedRow",
    "Rules",
]

NAMES: Final = PURCHASES
REQUIRED: Final = ("date", "amount")
FUTURE_ALLOWED: Final = timedelta(days=1)
DETAILS: Final = ("quantity", "price", "branch", "seller", "returned", "operation")
"""Columns that many files do without."""

_CANCELLED_ORDER: Final = re.compile(r"[CС][0-9]+")
"""How some shops number the order that takes another one back: «C536379», with a Latin or a Russian letter."""
_RETURNS: Final = ("возврат", "сторно", "отмен", "аннулир", "return", "refund", "cancel", "reversal")


class PurchaseRow(NamedTuple):
    """One row that can be taken. Of customer, phone and card at least one is not empty; `at` is UTC.

    A negative amount is a return that came by itself; of a positive one `returned_minor` was given back. Lines of one
    order share `order`; an empty one is an order of its own. Quantities are in thousandths.
    """

    line: int
    customer: str
    phone: str
    card: str
    name: str
    at: datetime
    amount_minor: int
    product: str
    key: str
    order: str = ""
    quantity_milli: int = 1000
    branch: str = ""
    seller: str = ""
    returned_minor: int = 0


class _Sum(NamedTuple):
    """What a row is worth."""

    amount_minor: int
    quantity_milli: int
    returned_minor: int


class PurchaseFile(TableFile[PurchaseRow]):
    kind = ImportKind.PURCHASES

    def __init__(self, pieces: Iterable[bytes], rules: Rules, columns: Columns | None = None) -> None:
        super().__init__(pieces, rules, columns)
        self.has_orders, self.has_order_lines = self._has("order"), self._has(ORDER_LINE)
        self._moment_of = Moments(rules.zone, rules.slashed)
        self._latest = rules.now + FUTURE_ALLOWED
        self._places = [self._place[role] for role in ("customer", "phone", "card", "name", "date", "product")]
        self._has_details = any(self._has(role) for role in DETAILS)
        self._amounts: Remembered[str, int | Problem] = Remembered(lambda text: signed_minor(text, rules.currency))
        self._quantities = Remembered(quantity_milli)
        self._words = Remembered(tidy)
        self._seen = _Occurrences()

    def _row(self, record: Record) -> PurchaseRow | RefusedRow:
        line, cells, problem = record
        padded = self._padded(cells)
        order = tidy(padded[self._place["order"]])
        order_line = self._order_line(order, padded[self._place[ORDER_LINE]]) if order else None
        problem = problem or unusable(cells, self._width)
        read = Wrong("", problem) if problem else self._read(line, padded, order, order_line)
        return self._refusal(record, padded, read, order_line) if isinstance(read, Wrong) else read

    def _read(self, line: int, cells: list[str], order: str = "", order_line: int | None = None) -> PurchaseRow | Wrong:
        customer_at, phone_at, card_at, name_at, date_at, product_at = self._places
        told = cells[customer_at], cells[phone_at], cells[card_at], cells[name_at]
        customer, phone, card, name, who = self._people[told]
        if not who:
            return self._nobody(cells)
        at = self._moment_of(cells[date_at])
        if isinstance(at, Problem):
            return Wrong("date", at)
        if at > self._latest:
            return Wrong("date", Problem.FUTURE)
        read = self._worth(cells, order)
        if isinstance(read, Wrong):
            return read
        amount, quantity, returned = read
        product = self._words[cells[product_at]]
        key = _order_key(order, order_line) if order_line else self._content_key(who, at, amount, product)
        if not self._has_details:
            return PurchaseRow(line, customer, phone, card, name, at, amount, product, key, order)
        branch, seller = self._words[self._cell(cells, "branch")], self._words[self._cell(cells, "seller")]
        return PurchaseRow(
            line, customer, phone, card, name, at, amount, product, key, order, quantity, branch, seller, returned
        )

    # --- what it is worth

    def _worth(self, cells: list[str], order: str) -> _Sum | Wrong:
        if self._has_details:
            return self._sum(cells, order)
        return _plain_sum(self._amounts[self._cell(cells, "amount")], order)

    def _sum(self, cells: list[str], order: str) -> _Sum | Wrong:
        """The amount as told, or else quantity by price; below zero only where the row says that it is a return."""
        quantity = self._quantities[self._cell(cells, "quantity")]
        if isinstance(quantity, Problem):
            return Wrong("quantity", quantity)
        was_returned = yes_no(self._cell(cells, "returned"))
        if isinstance(was_returned, Problem):
            return Wrong("returned", was_returned)
        amount = self._amount(cells, quantity)
        if isinstance(amount, Wrong):
            return amount
        is_return = quantity < 0 or self._cell(cells, "operation").strip().casefold().startswith(_RETURNS)
        if is_return:
            return _Sum(-abs(amount), quantity, 0)
        if amount < 0:
            is_told = was_returned or _CANCELLED_ORDER.fullmatch(order)
            return _Sum(amount, quantity, 0) if is_told else Wrong("amount", Problem.NEGATIVE)
        return _Sum(amount, quantity, amount if was_returned else 0)

    def _amount(self, cells: list[str], quantity: int) -> int | Wrong:
        told, price_cell = self._cell(cells, "amount"), self._cell(cells, "price")
        if told.strip() or not price_cell.strip():
            amount = self._amounts[told]
            role = "amount" if self._has("amount") else "price"
            return Wrong(role, amount) if isinstance(amount, Problem) else amount
        price = self._amounts[price_cell]
        if isinstance(price, Problem):
            return Wrong("price", price)
        return Wrong("price", Problem.NEGATIVE) if price < 0 else priced(quantity, price)

    # --- keys

    def _order_line(self, order: str, told: str) -> int:
        """Refused lines count too: when they come again, repaired, the others must have kept their numbers."""
        told = told.strip()
        if told.isascii() and told.isdigit() and int(told[:9]):
            return int(told[:9])
        return self._seen.count(_digest(order))

    def _content_key(self, who: str, at: datetime, amount: int, product: str) -> str:
        """The moment stands in front: files are mostly in the order of time, and so the index grows at its end."""
        when = at.isoformat()[:19]
        digest = _digest("\x1f".join((who, when, str(amount), product)))
        times = self._seen.count(digest)
        return f"import:{when}:{digest.hex()}" + (f":{times}" if times > 1 else "")


def _plain_sum(amount: int | Problem, order: str) -> _Sum | Wrong:
    if isinstance(amount, Problem):
        return Wrong("amount", amount)
    if amount < 0 and not _CANCELLED_ORDER.fullmatch(order):
        return Wrong("amount", Problem.NEGATIVE)
    return _Sum(amount, 1000, 0)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _order_key(order: str, line: int) -> str:
    return f"import:order:{order}" if line == 1 else f"import:order-line:{line}:{order}"


class _Occurrences:
    """How many times each digest has come so far. A file may have millions: sixteen bytes for each, not a hundred."""

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 << 12))
        self._filled = 0
        self._again: dict[int, int] = {}

    def count(self, digest: bytes) -> int:
        """The number of this time, from 1."""
        short = int.from_bytes(digest[:8], "little") or 1
        table = self._table
        slot = _slot(table, short)
        if table[slot]:
            self._again[short] = times = self._again.get(short, 1) + 1
            return times
        table[slot] = short
        self._filled += 1
        if self._filled * 4 > len(table) * 3:
            self._grow()
        return 1

    def _grow(self) -> None:
        larger = array("Q", bytes(16 * len(self._table)))
        for short in self._table:
            if short:
                larger[_slot(larger, short)] = short
        self._table = larger


def _slot(table: "array[int]", short: int) -> int:
    """Where it stands, or the free place where it belongs."""
    mask = len(table) - 1
    slot = short & mask
    while table[slot] not in (0, short):
        slot = (slot + 1) & mask
    return slot
