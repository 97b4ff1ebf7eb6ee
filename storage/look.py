"""Look at a database without opening it for work: what `doctor` and a start ask, also while another process writes."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

_REVISION = "SELECT version_num FROM alembic_version"


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands there. `revision` is None for an empty database; `trouble` says why it cannot be read."""

    engine_version: str = ""
    revision: str | None = None
    trouble: str | None = None


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address; None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


async def look(url: str) -> Seen:
    """Read engine version and revision; changes nothing, creates nothing, takes no lock."""
    file = sqlite_file(url)
    return await asyncio.to_thread(_look_at_file, file) if file else await _look_at_server(url)


def _look_at_file(file: Path) -> Seen:
    version = sqlite3.sqlite_version
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = connection.execute(_REVISION).fetchone() if tables else None
            return Seen(version, revision=row[0] if row else None)
    except sqlite3.Error as error:
        return Seen(version, trouble=str(error) if file.exists() else "there is no such file")


async def _look_at_server(url: str) -> Seen:
    engine = create_async_engine(url, connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            version = str((await connection.execute(text("SHOW server_version"))).scalar_one())
            has_table = await connection.run_sync(lambda plain: inspect(plain).has_table("alembic_version"))
            row = (await connection.execute(text(_REVISION))).first() if has_table else None
            return Seen(version, revision=row[0] if row else None)
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return Seen(trouble=type(error.__cause__ or error).__name__)  # its text may hold the address and its password
    finally:
        await engine.dispose()
