"""The database for a command: opened while it is needed, brought up to date with its file locked, or another's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database


Door = TypeVar("Door")


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


async def through_a_door(
    settings: "Settings",
    alone: "Callable[[Database], Door]",
    handed_over: Callable[[Path], Door],
    work: Callable[[Door], Awaitable[int]],
) -> int:
    """Work with the database open, or through the socket of the running program where that holds it.

    `alone` and `handed_over` make the one door and the other. Raises DatabaseBusy where somebody holds the file and
    does not listen.
    """
    from bot.socket import NobodyListens, socket_beside
    from storage.database import DatabaseBusy
    from storage.look import sqlite_file

    with suppress(DatabaseBusy):  # it runs, so it is migrated
        await bring_up_to_date(settings)
    try:
        async with opened(settings) as database:
            return await work(alone(database))
    except DatabaseBusy as busy:
        held = busy
    try:
        return await work(handed_over(socket_beside(sqlite_file(settings.database_url) or Path())))
    except NobodyListens:
        raise held from None
