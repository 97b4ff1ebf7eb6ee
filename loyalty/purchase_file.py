"""A file of purchases: its columns by their many names, and each row as a purchase or as a refusal. Pure.

A row's key is the same each time the same purchase is brought: that is what makes a repeated import change nothing.
"""

import hashlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from loyalty.cells import Moments, Problem, amount_minor
from loyalty.phones import normalised
from loyalty.spreadsheet import Record, Spreadsheet

K = TypeVar("K")
V = TypeVar("V")

LONGEST_CELL = 300
FUTURE_ALLOWED = timedelta(days=1)
ORDER_LINE = "order_line"

# What we call a column: what files call it. The first name that a header has wins, so the vaguest stand last.
NAMES: dict[str, tuple[str, ...]] = {
    "customer": (
        "id клиента", "код клиента", "клиент id", "номер клиента", "customer id", "client id", "customer", "client",
        "клиент", "покупатель", "контрагент", "user id", "customerid", "clientid", "id",
    ),
    "phone": ("телефон", "номер телефона", "телефон клиента", "моб телефон", "phone", "phone number", "mobile", "tel"),
    "card": (
        "карта", "номер карты", "бонусная карта", "карта лояльности", "дисконтная карта", "card", "card number",
        "loyalty card",
    ),
    "name": (
        "имя", "имя клиента", "фио", "имя покупателя", "наименование клиента", "name", "customer name", "client name",
        "full name",
    ),
    "date": (
        "дата", "дата покупки", "дата продажи", "дата и время", "дата время", "дата чека", "дата заказа", "date",
        "datetime", "date time", "purchase date", "order date", "created at", "timestamp", "время",
    ),
    "amount": (
        "сумма", "сумма покупки", "сумма чека", "сумма заказа", "сумма продажи", "итого", "стоимость", "amount", "sum",
        "total",
    ),
    "product": (
        "товар", "услуга", "наименование", "наименование товара", "номенклатура", "позиция", "product", "service",
        "item", "goods", "product name",
    ),
    "order": (
        # No receipt's number: tills begin anew with each shift, and February's receipt 17 would pass for January's.
        "заказ", "номер заказа", "id заказа", "order", "order id", "order number", "transaction id", "orderid",
    ),
    ORDER_LINE: ("строка заказа", "order line", "line number in order"),
}  # fmt: skip
WHO = ("customer", "phone", "card")
REQUIRED = ("date", "amount")


class MissingColumns(Exception):
    """A header without what every purchase needs. `missing`: ours names of columns; `who` stands for any of three."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the cells of this business are to be read."""

    zone: ZoneInfo
    currency: str
    now: datetime


class PurchaseRow(NamedTuple):
    """One row that can be taken. Of customer, phone and card at least one is not empty; `at` is UTC."""

    line: int
    customer: str
    phone: str
    card: str
    name: str
    at: datetime
    amount_minor: int
    product: str
    key: str


class RefusedRow(NamedTuple):
    """One row that cannot. `column` is the header over the `value` that is wrong; the row's cells go back as they came.

    `order_line` is its place in its order: repaired and brought alone, it must not be taken for the order's first line.
    """

    line: int
    column: str
    problem: Problem
    value: str
    cells: Sequence[str]
    order_line: int | None = None


class PurchaseFile:
    """Iterate to get the rows in the file's order. Raises NotATable and MissingColumns before the first."""

    def __init__(self, pieces: Iterable[bytes], rules: Rules) -> None:
        self._table = Spreadsheet(pieces, lambda header: len(_places(header)))
        self.header, self.delimiter = self._table.header, self._table.delimiter
        places = _places(self.header)
        if missing := _missing(places):
            raise MissingColumns(missing)
        self.has_order_lines = ORDER_LINE in places
        self._width = len(self.header)
        # A column that is not there is the one behind the last, and each row is made that long with empty cells.
        self._place = {role: places.get(role, self._width) for role in NAMES}
        self._moment_of = Moments(rules.zone)
        self._latest = rules.now + FUTURE_ALLOWED
        self._places = [
            self._place[role] for role in ("customer", "phone", "card", "name", "date", "amount", "product")
        ]
        self._people = _Remembered(_person)
        self._amounts: _Remembered[str, int | Problem] = _Remembered(lambda text: amount_minor(text, rules.currency))
        self._products = _Remembered(_tidy)
        self._seen = _Occurrences()

    @property
    def has_orders(self) -> bool:
        return self._place["order"] < self._width

    def __iter__(self) -> Iterator[PurchaseRow | RefusedRow]:
        return map(self._row, self._table)

    def _row(self, record: Record) -> PurchaseRow | RefusedRow:
        line, cells, problem = record
        place, width = self._place, self._width
        padded = cells + [""] * (width + 1 - len(cells))
        order = _tidy(padded[place["order"]])
        order_line = self._order_line(order, padded[place[ORDER_LINE]]) if order else None
        if len(cells) > width or len("".join(cells)) > LONGEST_CELL:
            problem = problem or _unusable(cells, width)
        read = _Wrong("", problem) if problem else self._read(line, padded, order, order_line)
        if isinstance(read, PurchaseRow):
            return read
        at = place[read.role] if read.role else width
        header = self.header[at] if at < width else ""
        return RefusedRow(line, header, read.problem, _tidy(padded[at]) if header else "", cells, order_line)

    def _read(self, line: int, cells: list[str], order: str, order_line: int | None) -> "PurchaseRow | _Wrong":
        customer_at, phone_at, card_at, name_at, date_at, amount_at, product_at = self._places
        person = self._people[cells[customer_at], cells[phone_at], cells[card_at], cells[name_at]]
        customer, phone, card, name, who = person
        if not who:
            return self._nobody(cells)
        at = self._moment_of(cells[date_at])
        if isinstance(at, Problem):
            return _Wrong("date", at)
        if at > self._latest:
            return _Wrong("date", Problem.FUTURE)
        amount = self._amounts[cells[amount_at]]
        if isinstance(amount, Problem):
            return _Wrong("amount", amount)
        product = self._products[cells[product_at]]
        key = _order_key(order, order_line) if order_line else self._content_key(who, at, amount, product)
        return PurchaseRow(line, customer, phone, card, name, at, amount, product, key)

    def _nobody(self, cells: list[str]) -> "_Wrong":
        """A phone that is none matters only where nothing else says who it was."""
        if cells[self._place["phone"]].strip():
            return _Wrong("phone", Problem.PHONE)
        return _Wrong(next(role for role in WHO if self._place[role] < self._width), Problem.NOBODY)

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


class _Wrong(NamedTuple):
    """Which of our columns, and what about it; no column when it is the whole row."""

    role: str
    problem: Problem


def _unusable(cells: Sequence[str], width: int) -> Problem | None:
    """A cell too many is a delimiter inside some cell: whatever stands behind it would be read in the wrong column."""
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return Problem.MANY_CELLS
    return Problem.LONG_CELL if max(map(len, cells)) > LONGEST_CELL else None


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _order_key(order: str, line: int) -> str:
    return f"import:order:{order}" if line == 1 else f"import:order-line:{line}:{order}"


# --- the header


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each of our columns stands."""
    named = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    found = {role: next((named[name] for name in names if name in named), None) for role, names in NAMES.items()}
    return {role: place for role, place in found.items() if place is not None}


def _plain(name: str) -> str:
    for sign in "_-.,:№#/()":
        name = name.replace(sign, " ")
    return " ".join(name.casefold().replace("ё", "е").split())


def _missing(places: dict[str, int]) -> list[str]:
    who = [] if places.keys() & set(WHO) else ["who"]
    return [role for role in REQUIRED if role not in places] + who


# --- the cells


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _person(cells: tuple[str, str, str, str]) -> tuple[str, str, str, str, str]:
    """From the four cells about the customer: number, phone, card and name, and what stands for them all in a key."""
    customer, card, name = _tidy(cells[0]), "".join(cells[2].split()), _tidy(cells[3])
    phone = normalised(cells[1]) or ""
    who = f"customer:{customer}" if customer else f"card:{card}" if card else f"phone:{phone}" if phone else ""
    return customer, phone, card, name, who


class _Remembered(dict[K, V], Generic[K, V]):
    """What a cell means, worked out once: the same customers, prices and products come again and again."""

    LARGEST = 50_000

    def __init__(self, work_out: Callable[[K], V]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, cell: K) -> V:
        if len(self) >= self.LARGEST:
            self.clear()
        meaning = self[cell] = self._work_out(cell)
        return meaning


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
