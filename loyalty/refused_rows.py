"""The rows an import did not take: the first ones to show, and all of them in a file to put right and import again."""

import csv
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from loyalty.purchase_file import NAMES, ORDER_LINE
from loyalty.table_file import RefusedRow, TableFile

SHOWN: Final = 20
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?![\d\s().,-]*$)")


class RefusedRows(AbstractContextManager["RefusedRows"]):
    """`shown` are the first of them. The file is made with the first row: where nothing is refused, there is none."""

    def __init__(self, path: Path, reason_title: str, reason: Callable[[RefusedRow], str]) -> None:
        """`reason` is the sentence that stands beside a row, under `reason_title`."""
        self._path = path
        self._reason_title = reason_title
        self._reason = reason
        self._file: IO[str] | None = None
        self._write: Callable[[Sequence[object]], object] | None = None
        self.count = 0
        self.shown: list[RefusedRow] = []

    def begin(self, table: TableFile[Any]) -> None:
        self._header, self._delimiter = table.header, table.delimiter
        self._adds_order_line = table.has_orders and not table.has_order_lines

    def add(self, row: RefusedRow) -> None:
        """Raises OSError."""
        self.count += 1
        if len(self.shown) < SHOWN:
            self.shown.append(row)
        self._write = self._write or self._begun()
        order_line = [row.order_line or ""] if self._adds_order_line else []
        cells = [harmless(cell) for cell in _as_wide(row.cells, len(self._header))]
        self._write([*cells, *order_line, self._reason(row)])

    def _begun(self) -> Callable[[Sequence[object]], object]:
        """With a BOM, or spreadsheets would show signs in place of Russian letters."""
        self._file = self._path.open("w", encoding="utf-8-sig", newline="")
        write: Callable[[Sequence[object]], object] = csv.writer(self._file, delimiter=self._delimiter).writerow
        order_line = [NAMES[ORDER_LINE][0]] if self._adds_order_line else []
        write([*map(harmless, self._header), *order_line, self._reason_title])
        return write

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula; phones and negative amounts stay as they are. Read again,
    the apostrophe is left out."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _as_wide(cells: Sequence[str], width: int) -> list[str]:
    """Short rows are filled, and the cells of long ones go together into the last: the reason has its own column."""
    filled = [*cells, *[""] * (width - len(cells))]
    return [*filled[: width - 1], " ".join(filled[width - 1 :])]
