"""The night in its own process: it finds what the same code finds here, ends with its parent, and fails in whole."""

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot import night as beside
from bot.night import RatingFailed, rated_beside
from scheduler.base_rating import gather, judged
from scheduler.night import rate_now
from storage.columns import new_id
from storage.database import open_database
from storage.models import Customer, Purchase
from tests.day import MOSCOW
from tests.program import ROOT

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def _shop(url):
    database = await open_database(url)
    people = [Customer(name=f"Гость {n}", created_at=NOW - timedelta(days=900)) for n in range(30)]
    rows = [
        {
            "id": new_id(),
            "customer_id": one.id,
            "at": NOW - timedelta(days=days * (n + 1)),
            "amount_minor": 1000 * n + 1,
        }
        for n, one in enumerate(people)
        for days in range(1, 6)
    ]

    def fill(store) -> None:
        store.bulk.insert(Customer, [one.model_dump() for one in people])
        store.bulk.insert(Purchase, rows)

    await database.write(fill)
    try:
        yield database
    finally:
        await database.close()


def told(said: list) -> list[str]:
    """All rows of all pages after the report, those of the past too, in an order of their own."""
    pages = [(page["told_afterwards"], "past") if isinstance(page, dict) else (page, "") for page in said[1:]]
    return sorted(json.dumps([kind, row]) for rows, kind in pages for row in rows)


async def test_it_finds_what_the_same_code_finds_here(database_url):
    async with _shop(database_url) as database:
        gathered = await database.read(lambda store: gather(store, MOSCOW))
        here = [json.loads(line) for line in judged(gathered, MOSCOW, NOW)]
        async with rated_beside(database_url)(MOSCOW, NOW) as lines:
            there = [json.loads(line) for line in lines]
        assert there[0] == here[0]
        assert there[0]["data"]["people"] == 30
        assert told(there) == told(here)
        assert await rate_now(database, rated_beside(database_url), MOSCOW, NOW) == 30
        assert await rate_now(database, rated_beside(database_url), MOSCOW, NOW) == 0


async def test_one_that_is_killed_leaves_everything_as_it_was(sqlite_url, monkeypatch):
    async with _shop(sqlite_url) as database:
        start = asyncio.create_subprocess_exec

        async def start_and_kill(*args, **more):
            process = await start(*args, **more)
            process.kill()
            return process

        monkeypatch.setattr(beside.asyncio, "create_subprocess_exec", start_and_kill)
        with pytest.raises(RatingFailed, match="ended by SIGKILL"):
            await rate_now(database, rated_beside(sqlite_url), MOSCOW, NOW)
        assert await database.read(lambda store: store.reports.newest()) is None
        assert list(await database.read(lambda store: list(store.whole_base.known(("visits",))))) == []


async def test_a_database_that_cannot_be_read_is_named_without_its_address(tmp_path):
    with pytest.raises(RatingFailed) as failed:
        async with rated_beside(f"sqlite+aiosqlite:///{tmp_path}/none.db")(MOSCOW, NOW):
            raise AssertionError
    assert "OperationalError" in str(failed.value)
    assert "none.db" not in str(failed.value)


def test_it_ends_when_its_parent_is_gone():
    """Its stdin ends with the parent, whatever the child is busy with."""
    code = "import threading, time; from bot.night import _end_with_parent; print(1, flush=True);"
    code += "threading.Thread(target=_end_with_parent, daemon=True).start(); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        assert child.stdout.read(1) == b"1"
        child.stdin.close()
        assert child.wait(timeout=30) == 1
