"""The database for a command: opened as long as it needs it, and brought up to date with its file locked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database


class Unreachable(Exception):
    """The database does not answer; the text says why, without its address."""


class TooNew(Exception):
    """A newer version of this program made the database; the text is its revision."""


@asynccontextmanager
async def opened(settings: "Settings") -> "AsyncIterator[Database]":
    """The database for as long as the body runs. Raises DatabaseBusy, Unreachable."""
    from storage.database import open_database
    from storage.look import look, sqlite_file

    # A SQLite file is made when it is missing; a server must be there.
    if sqlite_file(settings.database_url) is None and (trouble := (await look(settings.database_url)).trouble):
        raise Unreachable(trouble)
    database = await open_database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()


async def bring_up_to_date(settings: "Settings") -> bool:
    """Migrate with the SQLite file locked. False when there was nothing to do."""
    from storage.look import look
    from storage.migrate import is_known, migrate, newest_revision

    async with opened(settings):
        revision = (await look(settings.database_url)).revision
        if revision == newest_revision():
            return False
        if revision is not None and not is_known(revision):
            raise TooNew(revision)
        await migrate(settings.database_url)
        return True
