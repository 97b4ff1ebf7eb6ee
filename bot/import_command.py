"""`otklik import`: what is asked for, checked before anything is opened, and the door through which it is done."""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from bot.import_doors import Alone, HandedOver, NoDatabase
from bot.importing import Door, Order, import_file, show_file, undo_import
from bot.opening import through_a_door
from bot.terminal import Terminal
from bot.usage import UNDO, WRONG_USAGE
from loyalty.cells import DateOrder
from loyalty.table_file import Rules
from storage.kinds import ImportKind
from storage.look import look, sqlite_file
from storage.migrate import newest_revision

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database


def run_import(arguments: Namespace, settings: "Settings", terminal: Terminal) -> int:
    """Import a file, look at it, or take an import back; the exit code."""
    if arguments.what == UNDO:
        return _undo(str(arguments.file), settings, terminal)
    source: Path = arguments.file
    if trouble := unreadable(source):
        terminal.complain("import.unreadable", file=source, reason=trouble)
        return WRONG_USAGE
    refusals: Path = arguments.refused or source.with_name(source.name + ".refused.csv")
    if refusals.resolve() == source.resolve():
        terminal.complain("import.refused_is_source", file=refusals)
        return WRONG_USAGE
    slashed = DateOrder(arguments.dates) if arguments.dates else None
    rules = Rules(settings.time_zone, arguments.currency, datetime.now(UTC), slashed=slashed)
    order = Order(ImportKind(arguments.what), source, refusals, rules, dict(arguments.map), arguments.sheet)
    if arguments.dry_run:
        return asyncio.run(_show(order, settings, terminal))
    return asyncio.run(_through_a_door(settings, lambda door: import_file(order, door, terminal)))


def _undo(run_id: str, settings: "Settings", terminal: Terminal) -> int:
    try:
        wanted = UUID(run_id)
    except ValueError:
        terminal.complain("import.obstacle.gone", id=run_id)
        return WRONG_USAGE
    return asyncio.run(_through_a_door(settings, lambda door: undo_import(wanted, door, terminal)))


async def _show(order: Order, settings: "Settings", terminal: Terminal) -> int:
    """A look makes no database and migrates none: without one that can be asked, names of columns alone count."""
    if (await look(settings.database_url)).revision != newest_revision():
        return await show_file(order, NoDatabase(), terminal)
    return await _through_a_door(settings, lambda door: show_file(order, door, terminal))


async def _through_a_door(settings: "Settings", work: Callable[[Door], Awaitable[int]]) -> int:
    # A server may have others who change customers meanwhile.
    serves_alone = sqlite_file(settings.database_url) is not None

    def alone(database: "Database") -> Door:
        return Alone(database, settings.default_language, lambda: datetime.now(UTC), serves_alone=serves_alone)

    return await through_a_door(settings, alone, HandedOver, work)


def unreadable(file: Path) -> str | None:
    """Why it cannot be read."""
    try:
        with file.open("rb"):
            return None
    except OSError as error:
        return error.strerror or str(error)
