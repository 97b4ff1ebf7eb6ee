"""The throw-away PostgreSQL keeps what it acknowledged, knows Cyrillic, and leaves nothing behind."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests import postgres

pytestmark = [pytest.mark.postgres]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    """A server of its own, because these tests pull the plug."""
    postgres.require()
    own = postgres.start()
    yield own
    own.stop()


@pytest.fixture
async def engine(server: postgres.Server) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(server.url)
    yield engine
    await engine.dispose()


async def answer(engine: AsyncEngine, question: str) -> object:
    async with engine.connect() as connection:
        return await connection.scalar(text(question))


async def test_it_writes_through_to_the_disk(engine: AsyncEngine):
    assert await answer(engine, "SHOW fsync") == "on"


async def test_it_changes_the_case_of_cyrillic(engine: AsyncEngine):
    assert await answer(engine, "SELECT lower('ОТКЛИК')") == "отклик"


async def test_what_was_committed_survives_a_pulled_plug(server: postgres.Server, engine: AsyncEngine):
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE kept AS SELECT 7 AS seven"))
    await engine.dispose()
    server.restart("immediate")
    assert await answer(engine, "SELECT seven FROM kept") == 7


async def test_databases_are_made_copied_and_dropped(server: postgres.Server):
    server.create_database("first")
    copy = create_async_engine(server.create_database("second", template="first"))
    assert await answer(copy, "SELECT current_database()") == "second"
    server.drop_database("second")
    await copy.dispose()


def test_a_stopped_server_leaves_no_files():
    postgres.require()
    short = postgres.start()
    short.stop()
    assert not short.home.exists()
