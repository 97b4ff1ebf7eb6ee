"""The clock goes on whatever a job does, says how each fares, and does not die in silence."""

import asyncio

import pytest

from scheduler.jobs import Incomplete, Sweep, for_each
from scheduler.ticker import Ticker, run
from scheduler.timetable import Entry
from storage.database import open_database
from storage.kinds import Channel
from storage.models import Bot
from tests.day import Day


@pytest.fixture
async def shop(database):
    day = Day(Channel.WEBCHAT, database)
    await day.register_bots()
    return day


async def _jobs(day):
    return {job.job: job for job in await day.database.read(lambda store: store.occasions.jobs())}


async def test_a_job_that_fails_is_noted_and_tried_again(shop):
    attempts = []

    async def stumbles(work):
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("private words")
        return 3

    entry = Entry(15, stumbles)
    await run(entry, shop.work)
    failed = (await _jobs(shop))["stumbles"]
    assert failed.failed_at == shop.now
    assert "ValueError" in failed.error
    assert "private words" not in failed.error
    shop.passes(seconds=15)
    await run(entry, shop.work)
    mended = (await _jobs(shop))["stumbles"]
    assert (mended.error, mended.handled, mended.succeeded_at) == ("", 3, shop.now)


async def test_one_who_breaks_a_job_holds_up_nobody_else(shop):
    """They share a unit with the others at first: it is undone, and each gets one of their own."""

    def register(store, name):
        if name == "webchat:broken":
            raise LookupError
        store.bots.register(Bot(id=name, channel=Channel.WEBCHAT))
        return True

    with pytest.raises(Incomplete, match="1 of 3"):
        await for_each(shop.work, ["webchat:a", "webchat:broken", "webchat:b"], register)
    assert {"webchat:a", "webchat:b"} <= {bot.id for bot in await shop.database.read(lambda store: store.bots.all())}


async def test_a_page_in_which_somebody_fails_holds_up_no_later_page(shop):
    def register(store, name):
        if name == "webchat:broken":
            raise LookupError
        store.bots.register(Bot(id=name, channel=Channel.WEBCHAT))
        return True

    sweep = Sweep(shop.work)
    await sweep.page(["webchat:broken", "webchat:a"], register)
    await sweep.page(["webchat:b"], register, in_one_unit=1)
    with pytest.raises(Incomplete, match="1 of 2"):
        sweep.handled()
    assert {"webchat:a", "webchat:b"} <= {bot.id for bot in await shop.database.read(lambda store: store.bots.all())}


async def test_the_running_clock_runs_each_job_by_itself(shop):
    done = asyncio.Event()

    async def strikes(work):
        done.set()
        return 1

    ticker = Ticker(shop.work, [Entry(1, strikes)])
    ticker.start()
    try:
        await asyncio.wait_for(done.wait(), 10)
    finally:
        ticker.stop()


async def test_a_failing_job_does_not_stop_the_clock(shop):
    strikes = []
    twice = asyncio.Event()

    async def breaks(work):
        strikes.append(1)
        if len(strikes) == 2:
            twice.set()
        raise RuntimeError

    ticker = Ticker(shop.work, [Entry(0.05, breaks)])
    ticker.start()
    try:
        await asyncio.wait_for(twice.wait(), 10)
    finally:
        ticker.stop()


async def test_a_clock_that_stands_still_is_found_out(shop):
    seconds = [0.0]

    async def idle(work):
        return 0

    ticker = Ticker(shop.work, [Entry(5, idle)], monotonic=lambda: seconds[0])
    assert ticker.is_alive()
    seconds[0] = 16
    assert not ticker.is_alive()


async def test_a_database_that_is_gone_ends_no_run_with_an_error(sqlite_url):
    database = await open_database(sqlite_url)
    day = Day(Channel.WEBCHAT, database)
    await database.close()

    async def idle(work):
        return 0

    await run(Entry(5, idle), day.work)
