"""A sheet of a workbook (XLSX, XLS, ODS) as CSV, read in a process of its own.

A workbook is a compressed archive: a small one may want all memory there is. Whatever it does, it does it to that
process alone, which has limits on memory, time and what it writes.
"""

import asyncio
import csv
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound

from loyalty.headers import NAMES, liking
from storage.kinds import ImportKind

_SIGNATURES: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BOOK_ENDINGS: Final = ("xlsx", "xlsm", "xlsb", "xls", "ods")
_TEXT_ENDINGS: Final = ("csv", "tsv", "txt")
LARGEST_UNPACKED: Final = 1024**3
MOST_MEMORY: Final = 3 * 1024**3
MOST_SECONDS: Final = 120
HEADER_WITHIN: Final = 20
"""Rows among which the header stands: reports begin with a title and a period."""
FAMILIAR: Final = 2
"""Known names that make a row a header."""

TROUBLES: Final = ("broken", "locked", "large", "no_sheet", "empty")
_BROKEN, _LOCKED, _LARGE, _NO_SHEET, _EMPTY = range(10, 15)
"""Exit codes, in the order of the troubles."""

_ROOT: Final = Path(__file__).parents[1]


class NotAWorkbook(Exception):
    """It cannot be read. The text says why: broken, locked, large, no_sheet or empty."""


def is_workbook(file: Path) -> bool:
    """By its first bytes. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(4) in _SIGNATURES


def belies_its_name(name: str, is_book: bool) -> bool:
    """Whether a file's ending promises a workbook and it is a text, or the other way round. The content decides how it
    is read; whoever sent it is told."""
    ending = name.rpartition(".")[2].casefold()
    return ending in (_TEXT_ENDINGS if is_book else _BOOK_ENDINGS)


async def to_csv(source: Path, target: Path, kind: ImportKind, sheet: str = "") -> None:
    """Write the named sheet, or the first one with a header of this kind. Raises NotAWorkbook.

    A row of the sheet is a line of the file, so that lines are counted alike; what stands above the header is left out.
    """
    paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
    # A crafted workbook that takes this process over must find no tokens and no keys in it.
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("OTKLIK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "loyalty.workbook", str(source), str(target), kind.value, sheet,
        env=environment | {"PYTHONPATH": paths},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        process.kill()
        raise
    if code:
        # Ended by a limit: by a signal, or by Python's own MemoryError.
        raise NotAWorkbook(TROUBLES[code - _BROKEN] if code in range(_BROKEN, _EMPTY + 1) else "large")


# --- inside that process


def _main(source: str, target: str, kind: str, sheet: str) -> int:
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_UNPACKED, LARGEST_UNPACKED))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                    return _LARGE
        with CalamineWorkbook.from_path(source) as book:
            return _write(book, Path(target), ImportKind(kind), sheet)
    except PasswordError:
        return _LOCKED
    except WorksheetNotFound:
        return _NO_SHEET
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError):
        return _BROKEN


def _write(book: CalamineWorkbook, target: Path, kind: ImportKind, sheet: str) -> int:
    names = [sheet] if sheet else book.sheet_names
    found: tuple[int, str, int] | None = None
    for name in names:
        first = list(islice(_rows(book.get_sheet_by_name(name)), HEADER_WITHIN))
        for line, cells in enumerate(first):
            known = liking(cells, NAMES[kind])
            is_better = found is None or (known >= FAMILIAR and known > found[0])
            if any(cells) and is_better:
                found = (known, name, line)
    if found is None:
        return _EMPTY
    _, name, header = found
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for line, cells in enumerate(_rows(book.get_sheet_by_name(name))):
            if line < header or not any(cells):
                file.write("\n")
            else:
                writer.writerow(cells)
    return 0


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Every row from the sheet's first, also the empty ones above the data."""
    for row in sheet.iter_rows():
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    """As somebody would type it into a CSV. Numbers to fifteen digits, as spreadsheets show them."""
    match value:
        case bool():
            return "да" if value else "нет"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e18 else f"{value:.15g}"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
    return " ".join(str(value).split())


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
