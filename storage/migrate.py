"""Bring a database to the newest migration, or back."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine

_SCRIPTS = Path(__file__).with_name("migrations")


async def migrate(url: str, to: str = "head") -> None:
    """Run the migrations between the database's revision and `to` (`base` undoes them all)."""
    await _on_database(url, lambda connection: _run(connection, to))


async def revision(url: str) -> str | None:
    """The revision a database stands at; None for an empty one."""
    found: list[str | None] = []
    await _on_database(
        url, lambda connection: found.append(MigrationContext.configure(connection).get_current_revision())
    )
    return found[0]


def newest_revision() -> str | None:
    return ScriptDirectory(str(_SCRIPTS)).get_current_head()


def is_known(wanted: str) -> bool:
    """Whether this program has a migration to that revision: a newer program's database has one we never heard of."""
    return any(script.revision == wanted for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions())


async def _on_database(url: str, work: Callable[[Connection], None]) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        await asyncio.to_thread(Path(parsed.database).parent.mkdir, parents=True, exist_ok=True)
    engine = create_async_engine(parsed)
    async with engine.begin() as connection:
        await connection.run_sync(work)
    await engine.dispose()


def _run(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    if to == "base":
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)
