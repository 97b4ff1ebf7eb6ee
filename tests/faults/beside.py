"""Looks into the program's database: as its owner while it does not run, and from beside while it does."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import open_database
from storage.store import Store


def run(url: str, unit: Callable[[Store], Any]) -> Any:
    """A unit in this process, while the program does not run."""

    async def main() -> Any:
        database = await open_database(url)
        try:
            return await database.write(unit)
        finally:
            await database.close()

    return asyncio.run(main())


def look(url: str, unit: Callable[[Store], Any]) -> Any:
    """A look beside the running program."""

    async def main() -> Any:
        engine = create_async_engine(make_url(url))
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda plain: unit(Store(plain)))
        await engine.dispose()
        return found

    return asyncio.run(main())


def database_url(request: Any, engine: str) -> str:
    """An empty, migrated database of this engine."""
    if engine == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("new_postgres_url")())
