"""A CSV file as people's programs write it: which encoding, which delimiter, where each record begins and ends. Pure.

Nothing is held but a piece at a time, so a file may be larger than the memory.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from loyalty.cells import Problem

DELIMITERS = (";", "\t", ",")
LONGEST_RECORD_LINES = 20
_BOM = b"\xef\xbb\xbf"
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what .xlsx and .xls begin with


class NotATable(Exception):
    """This file is no CSV. The text says which other thing it is: workbook, binary or empty."""


class Record(NamedTuple):
    """One record and the line where it begins, from 1. With a problem, the cells are what could be made out."""

    line: int
    cells: list[str]
    problem: Problem | None = None


class PlainLines(NamedTuple):
    """Lines in a row, `first` being the number of the first: each is a record whose cells the delimiter parts, or
    blank."""

    first: int
    texts: Sequence[str]


class Spreadsheet:
    """The header, and then the records after it.

    `pieces` are parts of the file, each of whole lines. Raises NotATable at once, not in the middle.
    """

    def __init__(self, pieces: Iterable[bytes], liking: Callable[[list[str]], int]) -> None:
        """`liking` tells how many cells of a header look familiar: the delimiter that makes most of them is it."""
        pieces = iter(pieces)
        first = next(pieces, b"")
        _refuse_strangers(first)
        encoding = "utf-8" if first.startswith(_BOM) else _encoding_of(first)
        self._lines = _Lines(chain([first.removeprefix(_BOM)], pieces), _Decoder(encoding))
        header = self._header_line()
        self.delimiter = max(DELIMITERS, key=lambda delimiter: liking(_split(header, delimiter)[0]))
        self.header = [" ".join(cell.split()) for cell in _split(header, self.delimiter)[0]]

    def __iter__(self) -> Iterator[Record]:
        delimiter = self.delimiter
        for batch in self.batches():
            if isinstance(batch, Record):
                yield batch
                continue
            for line, text in enumerate(batch.texts, batch.first):
                if text and not text.isspace():
                    yield Record(line, text.split(delimiter))

    def batches(self) -> "Iterator[PlainLines | Record]":
        """The same, but lines that need no care come many at a time, and not yet split."""
        delimiter, lines = self.delimiter, self._lines
        while lines.has_more():
            first, texts = lines.plain_ones()
            if texts:
                yield PlainLines(first, texts)
            for one in lines.this_piece():
                if not one.is_readable:
                    yield Record(one.number, _split(one.text, delimiter)[0], Problem.ENCODING)
                elif one.text.strip():
                    yield self._quoted(one)

    def _header_line(self) -> str:
        for _, text, _ in self._lines:
            if text.strip() and not text.lower().startswith("sep="):  # Excel's own hint about the delimiter
                return text
        raise NotATable("empty")

    def _quoted(self, first: "_Line") -> Record:
        """A record with quotes goes on over line ends inside them. One that finds no end is a stray quote: that line
        alone is refused, or it would swallow all that follow."""
        text = first.text
        cells, is_open = _split(text, self.delimiter)
        if not is_open:
            return Record(first.number, cells)
        taken: list[_Line] = []
        for following in self._lines:
            taken.append(following)
            if len(taken) >= LONGEST_RECORD_LINES or not following.is_readable:
                break
            text += "\n" + following.text
            whole, is_open = _split(text, self.delimiter)
            if not is_open:
                return Record(first.number, whole)
        self._lines.put_back(taken)
        return Record(first.number, cells, Problem.QUOTES)


class _Line(NamedTuple):
    number: int
    text: str
    is_readable: bool


class _Lines:
    """Decoded lines with their numbers, a piece at a time; some may be put back."""

    def __init__(self, pieces: Iterable[bytes], decoder: "_Decoder") -> None:
        self._pieces = iter(pieces)
        self._decoder = decoder
        self._number = 1
        self._waiting: deque[_Line] = deque()
        self._plain: Sequence[str] = ()

    def __iter__(self) -> Iterator[_Line]:
        return self

    def __next__(self) -> _Line:
        if not self.has_more():
            raise StopIteration
        first, texts = self.plain_ones()
        self._waiting.extend(_Line(number, text, True) for number, text in enumerate(texts, first))
        return self._waiting.popleft()

    def has_more(self) -> bool:
        while not self._waiting and not self._plain:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self._take(piece)
        return True

    def plain_ones(self) -> tuple[int, Sequence[str]]:
        """The number of the first line of this piece and its lines, if none of them needs care: most pieces of most
        files."""
        plain, self._plain = self._plain, ()
        first, self._number = self._number, self._number + len(plain)
        return first, plain

    def this_piece(self) -> Iterator[_Line]:
        while self._waiting:
            yield self._waiting.popleft()

    def put_back(self, lines: Sequence[_Line]) -> None:
        self._waiting.extendleft(reversed(lines))

    def _take(self, piece: bytes) -> None:
        text = self._decoder.whole(piece)
        if text is not None and '"' not in text:
            self._plain = text.removesuffix("\n").replace("\r\n", "\n").removesuffix("\r").split("\n")
            return
        for number, line in enumerate(piece.removesuffix(b"\n").split(b"\n"), self._number):
            self._waiting.append(_Line(number, *self._decoder(line.rstrip(b"\r"))))
        self._number += len(self._waiting)


class _Decoder:
    """Lines to text. While only ASCII was seen either encoding may come: the first line that tells decides."""

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding

    def whole(self, piece: bytes) -> str | None:
        """All lines at once; None when one of them cannot be read."""
        if b"\0" in piece:
            return None
        self._encoding = self._encoding or _encoding_of(piece)
        try:
            return piece.decode(self._encoding or "ascii")
        except UnicodeDecodeError:
            return None

    def __call__(self, line: bytes) -> tuple[str, bool]:
        """(text, whether it could be read). A NUL is no text, and PostgreSQL would not keep it."""
        encoding = self._encoding or "utf-8"
        if b"\0" in line:
            return line.replace(b"\0", b"?").decode(encoding, "replace"), False
        try:
            return line.decode(encoding), True
        except UnicodeDecodeError:
            return line.decode(encoding, "replace"), False


def _encoding_of(piece: bytes) -> str | None:
    """What the first line with letters beyond ASCII says, which is the header where it is Russian; none without such a
    line. Russian words in Windows-1251 are never UTF-8."""
    if piece.isascii():
        return None
    telling = next(line for line in piece.split(b"\n") if not line.isascii())
    return "utf-8" if _is_utf_8(telling) else "cp1251"


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _split(text: str, delimiter: str) -> tuple[list[str], bool]:
    """(cells, whether a quote is still open at the end)."""
    reader = csv.reader([text, ""], delimiter=delimiter)
    try:
        return next(reader), reader.line_num > 1
    except csv.Error:  # a cell larger than csv takes
        return [text[:100]], True


def _refuse_strangers(first: bytes) -> None:
    if not first:
        raise NotATable("empty")
    if first.startswith(_WORKBOOKS):
        raise NotATable("workbook")
    if b"\0" in first.partition(b"\n")[0]:
        raise NotATable("binary")
