"""The models and the migrations say the same, in both directions."""

from uuid import UUID

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Uuid, bindparam, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import open_database
from storage.kinds import RunEnding
from storage.migrate import migrate, newest_revision, revision
from storage.models import METADATA
from storage.promos import customer_scope


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


async def test_uses_of_before_the_limits_count_in_them(database_url):
    await migrate(database_url, to="base")
    await migrate(database_url, to="0008")
    campaign, anna, boris = (UUID(int=number) for number in (1, 2, 0xABC))
    ids = {"campaign": campaign, "anna": anna, "boris": boris}
    await _executed(
        database_url,
        ids,
        "INSERT INTO customer (id, name, language, is_phone_verified, created_at) VALUES "
        "(:anna, 'A', 'ru', false, '2026-01-01'), (:boris, 'B', 'ru', false, '2026-01-01')",
        "INSERT INTO promo_campaign (id, slug, name, kind, value, code_prefix, code_lives_days, is_active, created_at) "
        "VALUES (:campaign, 'spring', 'Весна', 'percent', 10, '', 0, true, '2026-01-01')",
        "INSERT INTO promo_code (code, campaign_id, max_uses, used, issued_at) "
        "VALUES ('SPRING', :campaign, 9, 4, '2026-01-01')",
        "INSERT INTO redemption (key, code, customer_id, at) VALUES ('1', 'SPRING', :anna, '2026-01-01'), "
        "('2', 'SPRING', :boris, '2026-01-01'), ('3', 'SPRING', :boris, '2026-01-01'), "
        "('4', 'SPRING', NULL, '2026-01-01')",
    )
    await migrate(database_url)
    database = await open_database(database_url)
    try:
        scopes = ["all", customer_scope(anna), customer_scope(boris)]
        counted = await database.read(lambda store: [store.promos.counted(campaign, scope) for scope in scopes])
        uses = await database.write(lambda store: store.promos.held_redemptions(["1", "2", "3", "4"]))
    finally:
        await database.close()
    assert counted == [4, 1, 2]
    assert {one.key: one.scopes for one in uses} == {
        "1": ["all", customer_scope(anna)],
        "2": ["all", customer_scope(boris)],
        "3": ["all", customer_scope(boris)],
        "4": ["all"],
    }


async def test_of_what_was_asked_before_one_question_goes_on_waiting_where_it_stood(database_url):
    """Also cases that were opened at one moment have a number each."""
    await migrate(database_url, to="base")
    await migrate(database_url, to="0009")
    ids = {
        "anna": UUID(int=1),
        "boris": UUID(int=2),
        **{f"run{n}": UUID(int=10 + n) for n in range(4)},
        **{f"case{n}": UUID(int=20 + n) for n in range(3)},
    }
    run = (
        "INSERT INTO survey_run (id, customer_id, kind, bot_id, asked_at, expires_at, score, score_group, answered_at) "
    )
    case = (
        "INSERT INTO support_case (id, customer_id, bot_id, chat_id, urgency, origin, "
        "summary, opened_at, due_at, unread, action"
    )
    await _executed(
        database_url,
        ids,
        "INSERT INTO customer (id, name, language, is_phone_verified, created_at) VALUES "
        "(:anna, 'A', 'ru', false, '2026-01-01'), (:boris, 'B', 'ru', false, '2026-01-01')",
        f"{run} VALUES (:run0, :anna, 'nps', 'vk:1', '2026-01-01', '2026-02-01', NULL, NULL, NULL)",
        f"{run} VALUES (:run1, :anna, 'csat', 'vk:1', '2026-01-02', '2026-02-02', 4, 'promoter', '2026-01-02')",
        f"{run} VALUES (:run2, :anna, 'nps', 'vk:1', '2026-01-02', '2026-02-02', 3, 'detractor', '2026-01-03')",
        f"{run} VALUES (:run3, :boris, 'nps', 'vk:1', '2026-01-02', '2026-02-02', NULL, NULL, NULL)",
        f"{case}) VALUES (:case0, :anna, 'vk:1', '1', 'now', 'low_score', '', '2026-01-05', '2026-01-05', 0, '')",
        f"{case}) VALUES (:case2, :boris, 'vk:1', '2', 'now', 'low_score', '', '2026-01-01', '2026-01-01', 0, '')",
        f"{case}, closed_at) "
        "VALUES (:case1, :anna, 'vk:1', '1', 'now', 'low_score', '', '2026-01-05', '2026-01-05', 0, '', '2026-01-06')",
    )
    await migrate(database_url)
    database = await open_database(database_url)
    try:
        runs = [await database.read(lambda store, n=n: store.surveys.get(ids[f"run{n}"])) for n in range(4)]
        numbers = [(await database.read(lambda store, n=n: store.cases.get(ids[f"case{n}"]))).number for n in range(3)]
    finally:
        await database.close()
    assert [one.ending for one in runs] == [RunEnding.REPLACED, RunEnding.FINISHED, None, None]
    assert [one.closed_at is None for one in runs] == [False, False, True, True]
    assert [one.step for one in runs] == ["", "", "detractor", ""]
    assert numbers == [2, 3, 1]


async def _executed(url, ids, *statements):
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements:
            wanted = [bindparam(name, type_=Uuid()) for name in ids if f":{name}" in statement]
            values = {one.key: ids[one.key] for one in wanted}
            await connection.execute(text(statement).bindparams(*wanted), values)
    await engine.dispose()
