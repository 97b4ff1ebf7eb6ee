"""The models and the migrations say the same, in both directions."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from storage.migrate import migrate, newest_revision, revision
from storage.models import METADATA


async def _inspected(url, look):
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found


def _differences(connection):
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)


async def test_a_migrated_database_is_what_the_models_say(database_url):
    assert await _inspected(database_url, _differences) == []
    assert await revision(database_url) == newest_revision()


async def test_undoing_every_migration_leaves_nothing(database_url):
    await migrate(database_url, to="base")
    tables = await _inspected(database_url, lambda connection: inspect(connection).get_table_names())
    assert set(tables) <= {"alembic_version"}


async def test_migrating_twice_changes_nothing(database_url):
    await migrate(database_url)
    assert await _inspected(database_url, _differences) == []
