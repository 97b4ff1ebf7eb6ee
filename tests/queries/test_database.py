"""The writer: units that share a commit stand or fall alone, and nobody waits for a database that is closed."""

import asyncio

import pytest

from storage.database import DatabaseBusy, DatabaseClosed, open_database
from storage.kinds import Channel
from storage.models import Bot


def _register(bot_id):
    return lambda store: store.bots.register(Bot(id=bot_id, channel=Channel.TELEGRAM))


async def test_a_unit_that_fails_takes_no_other_with_it(database):
    def broken(store):
        _register("telegram:broken")(store)
        raise LookupError("no")

    units = [_register("telegram:1"), broken, _register("telegram:2")]
    outcomes = await asyncio.gather(*map(database.write, units), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None)]
    kept = await database.read(lambda store: [bot.id for bot in store.bots.all()])
    assert kept == ["telegram:1", "telegram:2"]


async def test_a_reader_can_change_nothing(database):
    with pytest.raises(Exception, match=r"(?i)read-?only|readonly"):
        await database.read(_register("telegram:1"))


async def test_a_second_process_on_the_same_file_is_refused_with_a_sentence(sqlite_url):
    first = await open_database(sqlite_url)
    with pytest.raises(DatabaseBusy, match="stop that one first"):
        await open_database(sqlite_url)
    await first.close()


async def test_nobody_waits_for_a_closed_database(sqlite_url):
    database = await open_database(sqlite_url)
    await database.close()
    with pytest.raises(DatabaseClosed):
        await asyncio.wait_for(database.write(_register("telegram:1")), 5)
