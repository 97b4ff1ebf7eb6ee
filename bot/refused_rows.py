"""The rows an import did not take: the first ones to show, and all of them in a file to put right and import again."""

import csv
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO

from bot.terminal import Terminal
from loyalty.purchase_file import NAMES, ORDER_LINE, PurchaseFile, RefusedRow

SHOWN = 20


class RefusedRows(AbstractContextManager["RefusedRows"]):
    """`shown` are sentences. The file is made with the first row: where nothing is refused, there is none."""

    def __init__(self, path: Path, terminal: Terminal) -> None:
        self._path = path
        self._terminal = terminal
        self._file: IO[str] | None = None
        self._write: Callable[[Sequence[object]], object] | None = None
        self.count = 0
        self.shown: list[str] = []

    def begin(self, table: PurchaseFile) -> None:
        self._header, self._delimiter = table.header, table.delimiter
        self._adds_order_line = table.has_orders and not table.has_order_lines

    def add(self, row: RefusedRow) -> None:
        """Raises OSError."""
        self.count += 1
        reason = self._terminal.text(f"import.problem.{row.problem}", value=row.value)
        if len(self.shown) < SHOWN:
            column = f", {row.column}" if row.column else ""
            self.shown.append(self._terminal.text("import.line", line=row.line, column=column, reason=reason))
        self._write = self._write or self._begun()
        order_line = [row.order_line or ""] if self._adds_order_line else []
        self._write([*_as_wide(row.cells, len(self._header)), *order_line, reason])

    def tell_first(self) -> None:
        for sentence in self.shown:
            self._terminal.write(sentence)
        if self.count > len(self.shown):
            self._terminal.say("import.and_more", count=self.count - len(self.shown))

    def tell_where(self) -> None:
        if self.count:
            self._terminal.say("import.refused", count=self.count, file=self._path)

    def _begun(self) -> Callable[[Sequence[object]], object]:
        """With a BOM, or spreadsheets would show signs in place of Russian letters."""
        self._file = self._path.open("w", encoding="utf-8-sig", newline="")
        write: Callable[[Sequence[object]], object] = csv.writer(self._file, delimiter=self._delimiter).writerow
        order_line = [NAMES[ORDER_LINE][0]] if self._adds_order_line else []
        write([*self._header, *order_line, self._terminal.text("import.reason")])
        return write

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def _as_wide(cells: Sequence[str], width: int) -> list[str]:
    """Short rows are filled, and the cells of long ones go together into the last: the reason has its own column."""
    filled = [*cells, *[""] * (width - len(cells))]
    return [*filled[: width - 1], " ".join(filled[width - 1 :])]
