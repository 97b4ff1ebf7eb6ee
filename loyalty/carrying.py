"""A file from the disk into the tables, page by page: what the command line and the console do alike."""

import asyncio
import codecs
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import IO, Any, Final

from loyalty.cells import Problem
from loyalty.date_order import order_of
from loyalty.importing import Taken
from loyalty.refused_rows import RefusedRows
from loyalty.spreadsheet import NotATable
from loyalty.table_file import RefusedRow, Rules, TableFile

PIECE_BYTES: Final = 256 * 1024
LONGEST_LINE_BYTES: Final = 1024 * 1024
ORDER_PARTS: Final = 32
ORDER_PART_BYTES: Final = 32 * 1024

# A page is a sync of the disk, so alone they are large; but behind a page of the running program customers wait.
PAGE_ALONE: Final = 5000
PAGE_BESIDE_CHATS: Final = 500

Take = Callable[[Sequence[Any], int, float], Awaitable[Taken]]
"""(rows that can be taken, how many of the page cannot, which share of the file is read by then)"""


_UTF_16: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
"""What Excel's «Unicode text» begins with."""


class Pieces:
    """A file in parts of whole lines. A line longer than a mebibyte is no line, and must not fill the memory.

    A file in UTF-16 comes as UTF-8, so that whoever reads knows of one Unicode only.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._utf_16 = _UTF_16.get(file.read(2))
        self.size = os.fstat(file.fileno()).st_size
        self.bytes_read = 0

    @property
    def share(self) -> float:
        return self.bytes_read / max(self.size, 1)

    def __iter__(self) -> Iterator[bytes]:
        """From the beginning, each time."""
        self._file.seek(0)
        self.bytes_read = 0
        yield from self._translated() if self._utf_16 else self._as_it_is()

    def _as_it_is(self) -> Iterator[bytes]:
        while piece := self._file.read(PIECE_BYTES):
            if not piece.endswith(b"\n"):
                rest = self._file.readline(LONGEST_LINE_BYTES)
                if len(rest) == LONGEST_LINE_BYTES:
                    raise NotATable("binary")
                piece += rest
            self.bytes_read += len(piece)
            yield piece

    def _translated(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        rest = ""
        while piece := self._file.read(PIECE_BYTES):
            self.bytes_read += len(piece)
            lines, end, rest = (rest + decoder.decode(piece)).rpartition("\n")
            if len(rest) > LONGEST_LINE_BYTES:
                raise NotATable("binary")
            if end:
                yield (lines + end).encode()
        if rest := rest + decoder.decode(b"", final=True):
            yield rest.encode()

    def in_its_order(self, rules: Rules) -> Rules:
        """The rules with the order of day and month that parts from all over the file show, unless somebody gave it."""
        return rules if rules.slashed is not None else replace(rules, slashed=order_of(self._parts()))

    def _parts(self) -> Iterator[bytes]:
        for place in range(ORDER_PARTS):
            self._file.seek(self.size * place // ORDER_PARTS // 2 * 2)  # a sign of UTF-16 has two bytes
            part = self._file.read(ORDER_PART_BYTES)
            yield part.decode(self._utf_16, "ignore").encode() if self._utf_16 else part


async def carry(
    table: TableFile[Any],
    pieces: Pieces,
    take: Take,
    refused: RefusedRows,
    rows_a_page: int,
    progress: Callable[[float], None] = lambda share: None,
    *,
    reads_aside: bool = False,
) -> Taken:
    """All rows of a file; what came of them. `reads_aside`: on a thread of its own, because others use this loop."""
    taken, rows = Taken(), iter(table)
    refused.begin(table)
    while page := await _page(rows, rows_a_page, reads_aside):
        bad = [row for row in page if isinstance(row, RefusedRow)]
        for row in bad:
            refused.add(row)
        came = await take([row for row in page if not isinstance(row, RefusedRow)], len(bad), pieces.share)
        for line in came.erased:
            # Without its cells: what somebody wanted forgotten is not written into one more file.
            refused.add(RefusedRow(line, "", Problem.ERASED, "", ()))
        taken += came
        progress(pieces.share)
    return taken


async def _page(rows: Iterator[Any], size: int, is_aside: bool) -> list[Any]:
    if is_aside:
        return await asyncio.to_thread(lambda: list(islice(rows, size)))
    return list(islice(rows, size))
