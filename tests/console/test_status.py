"""The state of the machine: late and failing jobs, silent parts, and what became of the messages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from console.app import ConsoleParts, create_console
from console.parts import Timed
from console.status import job_lines
from loyalty.standing import asked_to_rate
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.kinds import Role
from storage.models import BaseReport, JobRun
from tests.console.shop import BOT, NOON
from tests.console.test_pages import plain

UTC = ZoneInfo("UTC")
TIMETABLE = (Timed("greet_birthdays", 30.0), Timed("trim_feed", 600.0), Timed("win_back", 30.0))


def line(run: JobRun | None, every: float = 30.0):
    (found,) = job_lines([Timed("win_back", every)], [run] if run else [], NOON, UTC)
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
    (old,) = job_lines([], [ran(timedelta(days=300))], NOON, UTC)
    assert not old.is_wrong


async def look(shop, *jobs: Timed) -> str:
    parts: ConsoleParts = create_parts(shop, jobs or TIMETABLE)
    app = Starlette(routes=[Mount("/console", create_console(parts))])
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        await shop.let_in(browser, Role.OWNER)
        return plain((await browser.get("/console/status")).text)


def create_parts(shop, jobs: Sequence[Timed]) -> ConsoleParts:
    console = shop.new_app().routes[0].app.state.console
    return replace(console.parts, jobs=jobs)


async def test_a_calm_machine_says_so(shop):
    def live(store) -> None:
        store.business.beat(("web", "relay"), shop.now)
        for job, *_ in TIMETABLE:
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


async def test_the_night_says_what_it_counted_and_what_differed_and_when_it_comes_again(shop):
    def live(store) -> None:
        store.occasions.job_ran("rate_the_base", shop.now - timedelta(hours=9), handled=12)
        store.occasions.job_ran("rate_the_base", shop.now, error="Boom at night.py:7", seconds=4.2)
        store.occasions.job_ran("rate_the_base", shop.now, error="Boom at night.py:7", seconds=4.2)
        data = {"differences": 3}
        store.reports.add(
            BaseReport(
                made_at=shop.now - timedelta(hours=9), data=data, prior={}, purchases=1_204, seconds=7.5, engine="plain"
            ),
            keep=60,
        )

    await shop.database.write(live)
    page = await look(shop, Timed("rate_the_base", 30.0, 3 * 60))
    assert "каждый день после 03:00" in page
    assert "покупки за 7,5 с" in page
    assert "у 3 клиентов суммы разошлись" in page
    assert "сбоев подряд: 2" in page
    assert "новый пересчёт не удался" in page
    assert "4,2 с" in page


async def test_a_daily_job_has_six_hours_after_its_day(shop):
    def is_late(ago: timedelta) -> bool:
        run = JobRun(job="rate_the_base", ran_at=NOON - ago, succeeded_at=NOON - ago)
        [line] = job_lines([Timed("rate_the_base", 30.0, 180)], [run], NOON, UTC)
        assert line.next_at == NOON.replace(hour=3) + timedelta(days=1)
        return line.is_late

    assert not is_late(timedelta(hours=30))
    assert is_late(timedelta(hours=30, minutes=1))


async def test_whoever_manages_the_shop_may_ask_for_the_night_now(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        answer = await browser.post("/console/status/rate", headers={"origin": "http://localhost"})
        assert answer.status_code == 303
    asked = await shop.database.read(asked_to_rate)
    assert asked == shop.now
