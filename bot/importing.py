"""`otklik import purchases`: a file read page by page, each page carried out, and the sum told in a few lines."""

import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from bot.refused_rows import RefusedRows
from bot.terminal import Progress, Terminal
from loyalty.cells import Problem
from loyalty.importing import Taken
from loyalty.purchase_file import NAMES, WHO, MissingColumns, PurchaseFile, PurchaseRow, RefusedRow, Rules
from loyalty.spreadsheet import NotATable

ALL_TAKEN, SOME_REFUSED, WRONG_FILE = 0, 1, 2
PIECE_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024 * 1024

# A page is a sync of the disk, so alone they are large; but behind a page of the running program customers wait.
PAGE_ALONE = 5000
PAGE_HANDED_OVER = 500
LARGEST_REQUEST = 100_000
"""Characters of cells in one request to the running program: the socket takes a mebibyte of JSON."""

Take = Callable[[Sequence[PurchaseRow]], Awaitable[Taken]]


async def import_purchases(
    source: Path, refusals: Path, rules: Rules, take: Take, rows_a_page: int, terminal: Terminal
) -> int:
    """Import a file; the exit code. `take` carries out one page. Raises OSError where a file cannot be used."""
    with source.open("rb") as file, RefusedRows(refusals, terminal) as refused:
        try:
            pieces = Pieces(file)
            table = PurchaseFile(pieces, rules)
            refused.begin(table)
            taken = await _carry(table, pieces, take, refused, rows_a_page, terminal)
        except NotATable as other:
            terminal.complain(f"import.not_a_table.{other}", file=source)
            return WRONG_FILE
        except MissingColumns as none:
            columns = "; ".join(described(role, terminal) for role in none.missing)
            terminal.complain("import.missing", columns=columns)
            return WRONG_FILE
    _tell(taken, refused, terminal)
    return SOME_REFUSED if refused.count else ALL_TAKEN


async def _carry(
    table: PurchaseFile, pieces: "Pieces", take: Take, refused: RefusedRows, rows_a_page: int, terminal: Terminal
) -> Taken:
    progress, taken, rows = Progress(terminal.text("import.reading")), Taken(), iter(table)
    while page := list(islice(rows, rows_a_page)):
        for row in page:
            if isinstance(row, RefusedRow):
                refused.add(row)
        if good := [row for row in page if isinstance(row, PurchaseRow)]:
            came = await take(good)
            for line in came.erased:
                # Without its cells: what somebody wanted forgotten is not written into one more file.
                refused.add(RefusedRow(line, "", Problem.ERASED, "", ()))
            taken += came
        progress(pieces.bytes_read, pieces.size)
    progress.end()
    return taken


class Pieces:
    """The file in parts of whole lines. A line longer than a mebibyte is no line, and must not fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size
        self.bytes_read = 0

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE_BYTES):
            if not piece.endswith(b"\n"):
                rest = self._file.readline(LONGEST_LINE_BYTES)
                if len(rest) == LONGEST_LINE_BYTES:
                    raise NotATable("binary")
                piece += rest
            self.bytes_read += len(piece)
            yield piece


def described(role: str, terminal: Terminal) -> str:
    """A missing column, with names it may have."""
    names = [name for each in (WHO if role == "who" else (role,)) for name in _examples(NAMES[each])]
    return f"{terminal.text(f'import.column.{role}')} ({', '.join(names)})"


def _examples(names: Sequence[str]) -> list[str]:
    english = [name for name in names if name.isascii()]
    return [*names[:2], *english[:2]]


def _tell(taken: Taken, refused: RefusedRows, terminal: Terminal) -> None:
    refused.tell_first()
    terminal.say("import.taken", new=taken.new, known=taken.known, customers=taken.customers)
    refused.tell_where()


# --- what goes over the socket to the running program


def requests(rows: Sequence[PurchaseRow]) -> Iterator[list[list[Any]]]:
    """Rows as JSON takes them, in parts that fit into one request."""
    part: list[list[Any]] = []
    size = 0
    for row in rows:
        length = sum(len(str(cell)) for cell in row)
        if part and size + length > LARGEST_REQUEST:
            yield part
            part, size = [], 0
        part.append(list(row._replace(at=row.at.isoformat())))  # type: ignore[arg-type]  # JSON has no moments
        size += length
    yield part


def handed_over(rows: Sequence[Sequence[Any]]) -> list[PurchaseRow]:
    """The same rows on the other side."""
    return [row._replace(at=datetime.fromisoformat(str(row.at))) for row in (PurchaseRow(*cells) for cells in rows)]
