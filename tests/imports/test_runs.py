"""What a run says of itself is so, on both engines: who goes on with it, who has left it, and when it ended."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bot.importing import Order, import_file
from bot.terminal import Terminal
from loyalty.import_people import Terms
from loyalty.import_runs import NotRunning, begin, fail, finish, interrupt_left, take, terms_of
from loyalty.importing import Taken
from loyalty.table_file import Rules
from scheduler import jobs
from scheduler.work import Shop, Work
from storage.kinds import ImportKind, ImportState, Language
from tests.imports.carrying import MOSCOW, NOW, purchases, rows
from tests.imports.running import customers_file, purchases_file, undo

FILE = "номер клиента;дата;сумма\n7;01.02.2024;5\n"
LATER = NOW + timedelta(hours=1)


async def begun(database, now=NOW):
    return await database.write(lambda store: begin(store, ImportKind.PURCHASES, "file.csv", {}, now))


async def state_of(database, run) -> ImportState:
    return (await database.read(lambda store: store.imports.get(run.id))).state


async def takes(database, run, now=NOW) -> Taken:
    terms = terms_of(run, Terms("RUB", Language.RU, ZoneInfo("Europe/Moscow")))
    return await database.write(lambda store: take(store, ImportKind.PURCHASES, rows(FILE), terms, now))


async def test_a_run_that_has_ended_takes_no_rows(database):
    run = await begun(database)
    await database.write(lambda store: fail(store, run.id, "broken", NOW))
    with pytest.raises(NotRunning):
        await takes(database, run)
    assert await purchases(database) == []


async def test_rows_that_come_after_an_undoing_are_not_taken(database):
    run_id, _ = await purchases_file(database, text=FILE)
    run = await database.read(lambda store: store.imports.get(run_id))
    await undo(database, run_id)
    with pytest.raises(NotRunning):
        await takes(database, run)
    await database.write(lambda store: finish(store, run_id, LATER))
    assert await state_of(database, run) is ImportState.UNDONE


async def test_a_run_ends_once(database):
    run = await begun(database)
    await database.write(lambda store: finish(store, run.id, NOW))
    await database.write(lambda store: fail(store, run.id, "broken", LATER))
    ended = await database.read(lambda store: store.imports.get(run.id))
    assert (ended.state, ended.finished_at, ended.error) == (ImportState.DONE, NOW, "")


async def test_a_program_that_starts_ends_only_runs_that_are_silent_for_long(database):
    silent, alive, fresh = await begun(database), await begun(database), await begun(database, LATER)
    await takes(database, silent)
    await takes(database, alive, LATER - timedelta(minutes=1))
    assert await database.write(lambda store: interrupt_left(store, LATER)) == 1
    states = [await state_of(database, run) for run in (silent, alive, fresh)]
    assert states == [ImportState.FAILED, ImportState.RUNNING, ImportState.RUNNING]


async def test_a_program_that_is_alone_with_its_database_ends_all_of_them(database):
    run = await begun(database)
    assert await database.write(lambda store: interrupt_left(store, NOW, is_alone=True)) == 1
    assert await state_of(database, run) is ImportState.FAILED


class BrokenDoor:
    """Breaks at the first page, and writes down how the run was told to end."""

    rows_a_page = 10

    def __init__(self, trouble: BaseException, at_end: BaseException | None = None) -> None:
        self._trouble, self._at_end = trouble, at_end
        self.failed = 0

    async def region(self):
        return "RU"

    async def known_columns(self, kind, header):
        return None

    async def begin(self, order, header, columns):
        pass

    async def take(self, rows, refused, share):
        raise self._trouble

    async def finish(self):
        return uuid4()

    async def fail(self):
        self.failed += 1
        if self._at_end:
            raise self._at_end


def ordered(folder: Path) -> Order:
    (folder / "shop.csv").write_text(FILE, "utf-8")
    rules = Rules(MOSCOW, "RUB", NOW)
    return Order(ImportKind.PURCHASES, folder / "shop.csv", folder / "bad.csv", rules)


@pytest.mark.parametrize("trouble", [OSError("disk"), asyncio.CancelledError(), KeyboardInterrupt()])
def test_whatever_breaks_off_a_command_its_run_has_ended(tmp_path, trouble):
    door = BrokenDoor(trouble)
    with pytest.raises(type(trouble)):
        asyncio.run(import_file(ordered(tmp_path), door, Terminal(Language.RU)))
    assert door.failed == 1


def test_a_door_that_cannot_even_end_the_run_does_not_hide_what_broke(tmp_path):
    door = BrokenDoor(OSError("disk"), at_end=ConnectionError("gone"))
    with pytest.raises(OSError, match="disk"):
        asyncio.run(import_file(ordered(tmp_path), door, Terminal(Language.RU)))


async def test_the_job_forgets_all_that_is_old_and_ends_what_was_left(database, monkeypatch):
    monkeypatch.setattr("storage.imports.AT_ONCE", 2)
    text = "номер клиента;имя\n" + "".join(f"{number};Анна\n" for number in range(7))
    await customers_file(database, text=text)
    await customers_file(database, text=text.replace("Анна", "Инна"), now=LATER)
    left = await begun(database)
    shop, tomorrow = Shop("Корица", Language.RU, MOSCOW), NOW + timedelta(hours=26)

    async def nothing_kept() -> int:
        return 0

    assert await jobs.forget(Work(database, lambda: tomorrow, lambda: shop, nothing_kept, nothing_kept)) == 14
    assert await state_of(database, left) is ImportState.FAILED
