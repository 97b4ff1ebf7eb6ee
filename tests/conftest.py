"""What every test may ask for: an empty, migrated database on each engine, and a clean table after the one before.

`database` is one database for all tests of a process, emptied before each: to make and to open a new one, and to
compile each statement for it anew, took longer than most tests. For that all tests run in one event loop. A test that
changes the tables themselves, or opens a database its own way, asks for `database_url`: that one is always new.
"""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from storage.changes import Changes
from storage.database import Database, open_database
from storage.migrate import migrate
from tests import postgres
from tests.commands import Commands
from tests.emptying import empty

_numbers = itertools.count(1)

# How long an example takes depends on who else uses the machine: a property is no benchmark.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


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
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def database_url(request: pytest.FixtureRequest, engine: str) -> str:
    """A new database of its own."""
    if engine == "sqlite":
        return request.getfixturevalue("sqlite_url")
    return request.getfixturevalue("new_postgres_url")()


@pytest.fixture(scope="session")
async def _kept_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    path = tmp_path_factory.mktemp("kept") / "otklik.db"
    shutil.copy(sqlite_template, path)
    database = await open_database(f"sqlite+aiosqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def _kept_postgres(postgres_template: tuple[postgres.Server, str]) -> AsyncIterator[Database]:
    server, template = postgres_template
    database = await open_database(server.create_database("kept", template))
    yield database
    await database.close()


@pytest.fixture
def _kept(request: pytest.FixtureRequest, engine: str) -> Database:
    return request.getfixturevalue(f"_kept_{engine}")


@pytest.fixture
async def database(_kept: Database, _nothing_goes_on: None) -> Database:
    """An empty, migrated database, once on each engine."""
    return await _emptied(_kept)


@pytest.fixture
async def sqlite_database(_kept_sqlite: Database, _nothing_goes_on: None) -> Database:
    """The same on SQLite alone, for what is not about the database."""
    return await _emptied(_kept_sqlite)


async def _emptied(database: Database) -> Database:
    database.changes = Changes()  # nobody who listened in an earlier test hears of this one
    await database.write(empty)
    return database


@pytest.fixture
async def _nothing_goes_on() -> AsyncIterator[None]:
    """What a test left running ends with it, as if the loop were its own."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    commands = Commands()
    yield commands
    commands.stop()
