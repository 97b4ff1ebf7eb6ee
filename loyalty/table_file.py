"""A file of rows, whatever they are: its columns found, each row read, or refused with the reason. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from loyalty.cells import DateOrder, Problem
from loyalty.headers import NAMES, WHO, Columns, MissingColumns, guess, liking, missing, places
from loyalty.phones import DEFAULT_REGION, normalised
from loyalty.spreadsheet import Record, Spreadsheet
from storage.kinds import ImportKind

K = TypeVar("K")
V = TypeVar("V")
Row = TypeVar("Row")

LONGEST_CELL: Final = 300


@dataclass(frozen=True, slots=True)
class Rules:
    """How the cells of this business are to be read. `region`: where a phone without a plus is dialled."""

    zone: ZoneInfo
    currency: str
    now: datetime
    region: str = DEFAULT_REGION
    slashed: DateOrder | None = None


class RefusedRow(NamedTuple):
    """One row that cannot be taken. `column` is the header over the `value` that is wrong; the row's cells go back as
    they came.

    `order_line` is its place in its order: repaired and brought alone, it must not be taken for the order's first line.
    """

    line: int
    column: str
    problem: Problem
    value: str
    cells: Sequence[str]
    order_line: int | None = None


class Wrong(NamedTuple):
    """Which of our columns, and what about it; no column when it is the whole row."""

    role: str
    problem: Problem


class TableFile(ABC, Generic[Row]):
    """Iterate to get the rows in the file's order. Raises NotATable and MissingColumns before the first."""

    kind: ImportKind
    has_orders = False
    has_order_lines = False

    def __init__(self, pieces: Iterable[bytes], rules: Rules, columns: Columns | None = None) -> None:
        """`columns`: which is which, as somebody said; without it the header's names tell."""
        names = NAMES[self.kind]
        self._table = Spreadsheet(pieces, lambda header: liking(header, names))
        self.header, self.delimiter = self._table.header, self._table.delimiter
        self.columns = guess(self.header, names) if columns is None else dict(columns)
        found = places(self.header, self.columns)
        if lacks := missing(self.kind, found):
            raise MissingColumns(lacks)
        self._width = len(self.header)
        # A column that is not there is the one behind the last, and each row is made that long with empty cells.
        self._place: Mapping[str, int] = {role: found.get(role, self._width) for role in names}
        self._rules = rules
        self._people: Remembered[tuple[str, str, str, str], Person] = Remembered(
            lambda cells: person(cells, rules.region)
        )

    def __iter__(self) -> Iterator[Row | RefusedRow]:
        return map(self._row, self._table)

    def _row(self, record: Record) -> Row | RefusedRow:
        line, cells, problem = record
        padded = self._padded(cells)
        problem = problem or unusable(cells, self._width)
        read = Wrong("", problem) if problem else self._read(line, padded)
        return self._refusal(record, padded, read) if isinstance(read, Wrong) else read

    @abstractmethod
    def _read(self, line: int, cells: list[str]) -> Row | Wrong:
        """One row whose cells stand where they should."""

    def _padded(self, cells: list[str]) -> list[str]:
        return cells + [""] * (self._width + 1 - len(cells))

    def _refusal(self, record: Record, padded: list[str], wrong: Wrong, order_line: int | None = None) -> RefusedRow:
        at = self._place[wrong.role] if wrong.role else self._width
        header = self.header[at] if at < self._width else ""
        value = tidy(padded[at]) if header else ""
        return RefusedRow(record.line, header, wrong.problem, value, record.cells, order_line)

    def _has(self, role: str) -> bool:
        return self._place[role] < self._width

    def _cell(self, cells: list[str], role: str) -> str:
        return cells[self._place[role]]

    def _nobody(self, cells: list[str]) -> Wrong:
        """A phone that is none matters only where nothing else says who it was."""
        if self._cell(cells, "phone").strip():
            return Wrong("phone", Problem.PHONE)
        return Wrong(next(role for role in WHO if self._has(role)), Problem.NOBODY)


def unusable(cells: Sequence[str], width: int) -> Problem | None:
    """A cell too many is a delimiter inside some cell: whatever stands behind it would be read in the wrong column."""
    if len(cells) <= width and len("".join(cells)) <= LONGEST_CELL:
        return None
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return Problem.MANY_CELLS
    return Problem.LONG_CELL if max(map(len, cells)) > LONGEST_CELL else None


def tidy(text: str) -> str:
    """Single spaces; without the apostrophe by which a list of refused rows kept a spreadsheet from calculating."""
    text = " ".join(text.split())
    return text[1:] if text[:1] == "'" and text[1:2] in SIGNS else text


SIGNS: Final = ("=", "@", "+", "-")
"""What a spreadsheet takes for the beginning of a formula."""


class Person(NamedTuple):
    """Who a row speaks of; `who` stands for them in a purchase's key, and is empty for nobody."""

    customer: str
    phone: str
    card: str
    name: str
    who: str


def person(cells: tuple[str, str, str, str], region: str = DEFAULT_REGION) -> Person:
    """From the four cells about the customer: number, phone, card and name."""
    customer, card, name = tidy(cells[0]), "".join(cells[2].split()), tidy(cells[3])
    phone = normalised(cells[1].lstrip("'"), region) or "" if cells[1] else ""
    who = f"customer:{customer}" if customer else f"card:{card}" if card else f"phone:{phone}" if phone else ""
    return Person(customer, phone, card, name, who)


class Remembered(dict[K, V], Generic[K, V]):
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
