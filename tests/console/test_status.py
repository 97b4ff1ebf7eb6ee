"""The state of the machine: late and failing jobs, silent parts, and what became of the messages."""

from dataclasses import replace
from datetime import timedelta

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import ConsoleParts, create_console
from console.status import job_lines
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.kinds import Role
from storage.models import JobRun
from tests.console.shop import BOT, NOON
from tests.console.test_pages import plain

TIMETABLE = (("greet_birthdays", 30.0), ("trim_feed", 600.0), ("win_back", 30.0))


def line(run: JobRun | None, every: float = 30.0):
    (found,) = job_lines([("win_back", every)], [run] if run else [], NOON)
    return found


def ran(ago: timedelta, **more) -> JobRun:
    return JobRun(job="win_back", ran_at=NOON - ago, succeeded_at=NOON - ago, **more)


def test_a_job_is_late_after_three_intervals_without_success():
    assert not line(ran(timedelta(seconds=90))).is_late
    assert line(ran(timedelta(seconds=91))).is_late
    assert not line(ran(timedelta(minutes=29)), every=600).is_late


def test_a_job_of_every_few_seconds_has_a_minute():
    assert not line(ran(timedelta(seconds=59)), every=5).is_late
    assert line(ran(timedelta(seconds=61)), every=5).is_late


def test_a_job_whose_last_run_failed_is_wrong_until_it_succeeds():
    assert line(ran(timedelta(seconds=9), failed_at=NOON, error="boom")).is_failing
    assert not line(ran(timedelta(0), failed_at=NOON - timedelta(hours=1), error="boom")).is_failing


def test_a_job_that_never_ran_is_not_yet_wrong_and_one_that_only_failed_is():
    assert not line(None).is_wrong
    assert line(JobRun(job="win_back", ran_at=NOON, failed_at=NOON, error="boom")).is_wrong


def test_a_job_that_the_timetable_no_longer_names_is_shown_but_cannot_be_late():
    (old,) = job_lines([], [ran(timedelta(days=300))], NOON)
    assert not old.is_wrong


async def look(shop) -> str:
    parts: ConsoleParts = create_parts(shop)
    app = Starlette(routes=[Mount("/console", create_console(parts))])
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        await shop.let_in(browser, Role.OWNER)
        return plain((await browser.get("/console/status")).text)


def create_parts(shop) -> ConsoleParts:
    console = shop.new_app().routes[0].app.state.console
    return replace(console.parts, jobs=TIMETABLE)


async def test_a_calm_machine_says_so(shop):
    def live(store) -> None:
        store.business.beat(("web", "relay"), shop.now)
        for job, _ in TIMETABLE:
            store.occasions.job_ran(job, shop.now, handled=7)

    await shop.database.write(live)
    page = await look(shop)
    assert "Всё работает." in page
    assert "Поздравить с днём рождения" in page
    assert "раз в 30 секунд" in page
    assert "Отправка сообщений" in page
    assert 'role="alert"' not in page


async def test_trouble_stands_in_red_at_the_top_with_its_error(shop):
    def live(store) -> None:
        store.business.beat(("relay",), shop.now - timedelta(minutes=5))
        store.occasions.job_ran("trim_feed", shop.now - timedelta(hours=2))
        store.occasions.job_ran("win_back", shop.now, error="Boom: <no> disk")

    await shop.database.write(live)
    page = await look(shop)
    assert "Не в порядке 3 места" in page
    assert "молчит" in page
    assert "опаздывает" in page
    assert "Boom: &lt;no&gt; disk" in page
    assert "Ещё не запускалась." in page  # the birthdays


async def test_messages_of_a_day_are_counted_by_bot_and_fate(shop):
    def live(store) -> None:
        for number, age in enumerate((timedelta(0), timedelta(hours=23), timedelta(hours=25))):
            rows = enqueue(store, Address(BOT, "1"), [Message("x")], shop.now - age)
            if number == 0:
                store.outbox.cancel([rows[0].id], "paused")

    await shop.database.write(live)
    page = await look(shop)
    cells = [cell.split("<")[0] for cell in page.split("<tbody>")[1].split(">") if cell[:1].isdigit()]
    assert cells[-5:] == ["0", "1", "0", "0", "1"]  # sent, on their way, failed, unknown, cancelled


async def test_before_anything_ran_the_page_says_so(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        page = (await browser.get("/console/status")).text
    for sentence in ("Задач пока нет.", "Ни одна часть", "За сутки ничего не отправляли."):
        assert sentence in page
