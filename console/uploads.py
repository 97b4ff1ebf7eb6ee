"""Files on their way into the tables, in a folder of ours: each is gone a day later, whatever became of it."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from starlette.datastructures import UploadFile

from loyalty.workbook import is_workbook, to_csv
from storage.kinds import ImportKind

LARGEST_UPLOAD: Final = 100 * 1024 * 1024
KEPT_FOR: Final = timedelta(days=1)
"""As long as an import can be taken back: a list of refused rows is of use till then."""
LONGEST_NAME: Final = 200


class TooLarge(Exception):
    """More bytes than we take."""


class Uploads:
    """One CSV and perhaps one list of refused rows for each import; named after it, never after what somebody sent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file(self, run_id: UUID) -> Path:
        return self._folder / f"{run_id.hex}.csv"

    def refusals(self, run_id: UUID) -> Path:
        return self._folder / f"{run_id.hex}.refused.csv"

    async def keep(self, upload: UploadFile, run_id: UUID, kind: ImportKind) -> bool:
        """Write what somebody sends, a workbook as the CSV of its sheet; whether it was one. Raises TooLarge,
        NotAWorkbook, OSError."""
        raw = self._folder / f"{run_id.hex}.part"
        try:
            await asyncio.to_thread(self._copy, upload, raw)
            is_book = await asyncio.to_thread(is_workbook, raw)
            if is_book:
                await to_csv(raw, self.file(run_id), kind)
            else:
                await asyncio.to_thread(raw.replace, self.file(run_id))
            return is_book
        except BaseException:
            await asyncio.to_thread(self.forget, run_id)
            raise
        finally:
            await asyncio.to_thread(raw.unlink, missing_ok=True)

    def _copy(self, upload: UploadFile, target: Path) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if upload.size is None or upload.size > LARGEST_UPLOAD:
            raise TooLarge
        with target.open("wb") as file:
            shutil.copyfileobj(upload.file, file)

    def forget(self, run_id: UUID) -> None:
        self.file(run_id).unlink(missing_ok=True)

    def sweep(self, now: float) -> None:
        """Delete what is older than a day. `now` in Unix seconds, by the clock of the file system."""
        if not self._folder.is_dir():
            return
        for file in self._folder.glob("*.*"):
            if now - file.stat().st_mtime > KEPT_FOR.total_seconds():
                file.unlink(missing_ok=True)


def plain_name(text: str | None) -> str:
    """What a file was called where it came from: no folders, nothing that is no letter to read."""
    name = (text or "").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME] or "file.csv"
