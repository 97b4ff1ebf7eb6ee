"""Files of every kind, by their kind: opened, looked into, and their rows as JSON takes them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any, Final

from loyalty.cells import Birthday
from loyalty.customer_file import CustomerFile, CustomerRow
from loyalty.headers import NAMES, Columns, guess, liking, missing, places
from loyalty.purchase_file import PurchaseFile, PurchaseRow
from loyalty.service_file import ServiceFile, ServiceRow
from loyalty.spreadsheet import Spreadsheet
from loyalty.table_file import RefusedRow, Rules, TableFile
from storage.kinds import Gender, ImportKind

PREVIEWED: Final = 20

Row = PurchaseRow | CustomerRow | ServiceRow

_FILES: Final[Mapping[ImportKind, type[TableFile[Any]]]] = {
    ImportKind.PURCHASES: PurchaseFile,
    ImportKind.CUSTOMERS: CustomerFile,
    ImportKind.SERVICES: ServiceFile,
}


class UnknownColumn(Exception):
    """Somebody named a column that we or the file do not have; the text is the name."""


def open_file(
    kind: ImportKind, pieces: Iterable[bytes], rules: Rules, columns: Columns | None = None
) -> TableFile[Any]:
    """Raises NotATable and MissingColumns."""
    return _FILES[kind](pieces, rules, columns)


def header_of(kind: ImportKind, pieces: Iterable[bytes]) -> list[str]:
    """The titles of a file's columns, whatever they mean. Raises NotATable."""
    return Spreadsheet(pieces, lambda header: liking(header, NAMES[kind])).header


def columns_for(
    kind: ImportKind, header: Sequence[str], known: Columns | None, told: Columns | None = None
) -> dict[str, str]:
    """Which column is which: as somebody says now, else as somebody said for this header before, else by the names.

    `told`: our column -> the file's; an empty one is left out of the file. Raises UnknownColumn.
    """
    columns = dict(guess(header, NAMES[kind]) if known is None else known)
    titles = {" ".join(title.split()).casefold(): title for title in reversed(header)}
    for role, title in (told or {}).items():
        if role not in NAMES[kind]:
            raise UnknownColumn(role)
        columns.pop(role, None)
        if title:
            if (there := titles.get(" ".join(title.split()).casefold())) is None:
                raise UnknownColumn(title)
            columns[role] = there
    return columns


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as they will be understood. `missing`: our columns that have to be named before."""

    header: list[str]
    columns: dict[str, str]
    missing: list[str]
    rows: list[Row | RefusedRow]

    @property
    def is_empty(self) -> bool:
        """Nothing stands under the header."""
        return not self.missing and not self.rows


def preview(
    kind: ImportKind, pieces: Iterable[bytes], header: list[str], columns: dict[str, str], rules: Rules
) -> Preview:
    """Raises NotATable."""
    lacks = missing(kind, places(header, columns))
    rows = [] if lacks else list(islice(open_file(kind, pieces, rules, columns), PREVIEWED))
    return Preview(header, columns, lacks, rows)


# --- rows as JSON takes them


def as_json(row: Row) -> list[Any]:
    return [_plain(value) for value in row]


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case Birthday():
            return list(value)
    return value


def from_json(kind: ImportKind, cells: Sequence[Any]) -> Row:
    match kind:
        case ImportKind.PURCHASES:
            bought = PurchaseRow(*cells)
            return bought._replace(at=datetime.fromisoformat(str(bought.at)))
        case ImportKind.CUSTOMERS:
            said = CustomerRow(*cells)
            gender = Gender(said.gender) if said.gender else None
            return said._replace(gender=gender, birthday=Birthday(*said.birthday) if said.birthday else None)
        case ImportKind.SERVICES:
            return ServiceRow(*cells)
