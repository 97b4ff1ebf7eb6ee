"""What every test may ask for: an empty, migrated database on each engine."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.migrate import migrate
from tests import postgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: a migration takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "otklik.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template() -> tuple[postgres.Server, str]:
    server = postgres.require()
    asyncio.run(migrate(server.create_database("template")))
    return server, "template"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "otklik.db")
    return f"sqlite+aiosqlite:///{tmp_path}/otklik.db"


@pytest.fixture
def new_postgres_url(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Each call is a fresh, migrated database."""
    server, template = request.getfixturevalue("postgres_template")

    def make() -> str:
        return server.create_database(f"test{next(_numbers)}", template)

    return make


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("new_postgres_url")()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    yield database
    await database.close()
