"""The pages of numbers, goals and losses: what is shown, what is too little, and who may set a goal."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot import demo
from console.chart import Point, outlook
from console.numbers import cohort_rows
from console.words import Words
from insights.figures import Figure, Unit
from insights.number_report import told as as_stored
from scheduler.base_rating import gather, judged
from scheduler.night import write
from storage.kinds import Language, Role, ScoreGroup, SurveyKind, Touchpoint
from storage.models import BaseReport, Customer, Goal, Purchase, SurveyRun
from tests.console.shop import BOT, Shop
from tests.console.test_pages import plain
from tests.day import MOSCOW

NIGHT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def rated() -> Callable[[datetime], BaseReport]:
    """The café's report, made once; each call gives a row of its own."""
    sample = demo.sample(NIGHT, Language.RU, "hash")
    from insights.analysis import analyse
    from insights.base_report import Trade, sections
    from insights.plain_engine import PlainEngine
    from insights.tallies import LinesBuilder

    lines = LinesBuilder(MOSCOW)
    for one in sample.purchases:
        lines.add(one["customer_id"].hex, int(one["at"].timestamp()), one["amount_minor"], service=one["product"])
    today = NIGHT.astimezone(MOSCOW).date().toordinal()
    engine = PlainEngine(lines.lines(), today)
    data = json.dumps(sections(engine, analyse(engine, today), lines.names(), Trade("RUB", {}, {})))

    def report(made_at: datetime) -> BaseReport:
        return BaseReport(made_at=made_at, data=json.loads(data), prior={}, purchases=1, seconds=1.0, engine="plain")

    return report


async def keep(shop: Shop, *reports: BaseReport) -> None:
    for one in reports:
        await shop.database.write(lambda store, one=one: store.reports.add(one, 60))


async def look(shop, browse, path: str = "/numbers", role: Role = Role.ANALYST) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        answer = await browser.get("/console" + path)
        assert answer.status_code == 200
        return plain(answer.text)


def with_figure(report: BaseReport, key: str, figure: Figure) -> BaseReport:
    report.data["numbers"]["figures"][key] = as_stored(figure)
    return report


@pytest.mark.parametrize("path", ["/numbers", "/losses"])
async def test_before_the_first_night_the_page_says_so_and_whoever_manages_may_start_it(shop, browse, path):
    assert "Числа ещё не посчитаны" in await look(shop, browse, path)
    assert "Посчитать сейчас" not in await look(shop, browse, path)
    assert "Посчитать сейчас" in await look(shop, browse, path, Role.OWNER)
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        await browser.post("/console/status/rate")
    page = await look(shop, browse, path, Role.OWNER)
    assert "Посчитать сейчас" not in page
    assert "пересчёт вот-вот начнётся" in page


async def test_eight_numbers_stand_with_interval_sample_and_meaning(shop, browse, rated):
    retention = Figure(86.67, 83.7, 89.2, 600, Unit.PERCENT)
    await keep(shop, with_figure(rated(shop.now), "crr", retention))
    page = await look(shop, browse)
    for words in ("86,7 %", "от 84 до 89 %", "по 600 клиентам", "(клиенты в конце − новые) / клиенты в начале"):
        assert words in page
    assert page.count('<li class="tile figure"') == 8 + 5


async def test_answers_are_counted_as_they_are_now(shop, browse, rated):
    await keep(shop, rated(shop.now))
    assert "Есть 0, а нужно хотя бы 30" in await look(shop, browse)
    customer = await shop.customer("Ольга")

    def answer(store) -> None:
        for kind, score, group in ((SurveyKind.NPS, 10, ScoreGroup.PROMOTER), (SurveyKind.CSAT, 5, None)):
            for _ in range(30):
                run = SurveyRun(
                    customer_id=customer.id,
                    survey=kind.value,
                    kind=kind,
                    touchpoint=Touchpoint.MENU,
                    bot_id=BOT,
                    asked_at=shop.now,
                    expires_at=shop.now,
                )
                run.score, run.score_group, run.answered_at = score, group, shop.now - timedelta(hours=1)
                run.closed_at = shop.now
                store.surveys.add(run)

    await shop.database.write(answer)
    page = await look(shop, browse)
    assert "+100" in page
    assert page.count("по 30 ответам") == 2


async def test_too_small_a_sample_is_said_in_words_and_not_as_a_number(shop, browse, rated):
    await keep(shop, with_figure(rated(shop.now), "average_check", Figure(12_345_00, 1.0, 2.0, 29, Unit.MONEY)))
    page = await look(shop, browse)
    assert "12 3" not in page
    assert "Есть 29, а нужно хотя бы 30" in page


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (86.6, "без перемен за 4 недели"),
        (85.0, "+1,7 п. п. за 4 недели: в пределах погрешности"),
        (80.0, "+6,7 п. п. за 4 недели: лучше"),
        (95.0, "−8,3 п. п. за 4 недели: хуже"),
    ],
)
async def test_a_number_is_compared_with_that_of_four_weeks_ago(shop, browse, rated, before, says):
    now, then = Figure(86.67, 83.7, 89.2, 600, Unit.PERCENT), Figure(before, 70.0, 99.0, 600, Unit.PERCENT)
    four_weeks_ago, too_long_ago = shop.now - timedelta(days=26), shop.now - timedelta(days=40)
    await keep(
        shop,
        with_figure(rated(too_long_ago), "crr", Figure(1.0, 0.0, 2.0, 600, Unit.PERCENT)),
        with_figure(rated(four_weeks_ago), "crr", then),
        with_figure(rated(shop.now), "crr", now),
    )
    assert says in await look(shop, browse)


@pytest.mark.parametrize(
    ("key", "unit", "defined_by", "was"),
    [
        ("crr", Unit.PERCENT, "period_days", 91),
        ("lapse_churn", Unit.PERCENT, "period_days", 91),
        ("ltv", Unit.MONEY, "ltv_basis", "margin"),
        ("average_check", Unit.MONEY, "currency", "EUR"),
    ],
)
async def test_numbers_of_different_definitions_are_not_compared(shop, browse, rated, key, unit, defined_by, was):
    """The period grows with the history: the retention of a quarter says nothing beside that of a year."""
    four_weeks_ago = with_figure(rated(shop.now - timedelta(days=28)), key, Figure(90.0, 80.0, 99.0, 600, unit))
    four_weeks_ago.data["numbers"][defined_by] = was
    await keep(shop, four_weeks_ago, with_figure(rated(shop.now), key, Figure(5_000.0, 4_900.0, 5_100.0, 600, unit)))
    assert "лучше" not in (page := await look(shop, browse)) and "хуже" not in page


async def test_without_an_older_report_nothing_is_compared(shop, browse, rated):
    await keep(shop, rated(shop.now - timedelta(days=3)), rated(shop.now))
    assert "4 недели:" not in await look(shop, browse)


async def test_the_forecast_says_how_such_forecasts_did_and_english_says_the_same(shop, browse, rated):
    await keep(shop, rated(shop.now))
    assert "раз считали на четыре недели вперёд" in await look(shop, browse)
    english = await shop.hire("eve", Role.MARKETER, Language.EN)
    shop.staff[Role.MARKETER] = english
    page = await look(shop, browse, role=Role.MARKETER)
    assert "The next four weeks" in page
    assert "of the weeks fell into the range" in page


async def test_a_short_history_has_no_forecast(shop, browse, rated):
    report = rated(shop.now)
    report.data["numbers"]["forecasts"]["visits"] = {
        "n": 12,
        "is_enough": False,
        "confidence": 0.8,
        "weeks": [],
        "check": None,
    }
    await keep(shop, report)
    assert "есть 12 полных недель, а нужно полгода" in await look(shop, browse)


# --- goals


async def form(shop, browse, role: Role = Role.OWNER, path: str = "/numbers/goals", **fields: str):
    async with browse() as browser:
        await shop.let_in(browser, role)
        return await browser.post("/console" + path, data=fields)


async def goals(shop) -> list[Goal]:
    return await shop.database.read(lambda store: store.goals.open())


async def test_a_goal_is_set_shown_with_its_light_and_ended(shop, browse, rated):
    await keep(shop, with_figure(rated(shop.now), "crr", Figure(50.0, 46.0, 54.0, 600, Unit.PERCENT)))
    who = str(shop.staff[Role.MARKETER].id)
    await form(shop, browse, metric="crr", target="60 %", deadline="2026-12-31", responsible=who)
    [goal] = await goals(shop)
    assert (goal.metric, goal.started_from, goal.target) == ("crr", 50.0, 60.0)
    page = await look(shop, browse)
    assert "Удержание клиентов (CRR): с 50 % до 60 %" in page
    assert "до 31 декабря 2026" in page
    assert "Marketer" in page
    assert "Идём по плану" in page
    shop.pass_time(timedelta(days=60))
    assert "Отстаём: 50 %" in await look(shop, browse)
    shop.pass_time(timedelta(days=300))
    assert "Срок прошёл: 50 %" in await look(shop, browse)
    await form(shop, browse, path=f"/numbers/goals/{goal.id}/end")
    assert await goals(shop) == []
    assert "Целей пока нет" in await look(shop, browse)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": "50"},  # where it is already
        {"target": "101"},
        {"target": "half"},
        {"deadline": "2026-03-02"},  # today
        {"deadline": "soon"},
        {"metric": "nps"},  # too few answers
        {"metric": "luck"},
    ],
)
async def test_a_goal_that_cannot_be_is_not_set(shop, browse, rated, wrong):
    await keep(shop, with_figure(rated(shop.now), "crr", Figure(50.0, 46.0, 54.0, 600, Unit.PERCENT)))
    answer = await form(shop, browse, **{"metric": "crr", "target": "60", "deadline": "2026-12-31"} | wrong)
    assert "goal.wrong" in answer.headers["location"]
    assert await goals(shop) == []


async def test_a_goal_in_money_is_typed_in_roubles(shop, browse, rated):
    await keep(shop, rated(shop.now))
    await form(shop, browse, metric="average_check", target="1 200,50 ₽", deadline="2026-12-31")
    [goal] = await goals(shop)
    assert goal.target == 120_050


async def test_who_only_reads_numbers_is_offered_no_form(shop, browse, rated):
    await keep(shop, rated(shop.now))
    assert "Поставить цель" not in await look(shop, browse)
    assert "Поставить цель" in await look(shop, browse, role=Role.ADMIN)


# --- losses


async def test_the_losses_name_whom_to_call_and_lead_to_them_and_hide_phones_from_an_analyst(shop, browse, rated):
    report = rated(shop.now)
    calls = report.data["losses"]["calls"]
    known, gone = calls[0], calls[1]
    customer = Customer(name="Ольга Ким", phone="+79161234567", created_at=shop.now)
    await shop.database.write(lambda store: store.bulk.insert(Customer, [customer.model_dump()]))
    known["customer"] = customer.id.hex
    await keep(shop, report)
    page = await look(shop, browse, "/losses", Role.OWNER)
    assert f'href="/console/customers/{customer.id}"' in page
    assert "+7 916 123-45-67" in page
    assert gone["customer"] not in page
    analyst = await look(shop, browse, "/losses")
    assert "Ольга Ким" in analyst
    assert "123-45-67" not in analyst
    assert customer.phone not in analyst


async def test_the_night_itself_makes_what_the_pages_show(shop, browse):
    customer = await shop.customer("Ольга")
    bought = Purchase(
        customer_id=customer.id, at=shop.now - timedelta(days=400), amount_minor=50_000, product="Стрижка"
    )
    await shop.database.write(lambda store: store.purchases.add(bought))
    gathered = await shop.database.read(lambda store: gather(store, MOSCOW))
    told = json.loads(next(judged(gathered, MOSCOW, shop.now)))
    await keep(shop, BaseReport(made_at=shop.now, seconds=1.0, **told))
    assert "Мало данных" in await look(shop, browse)
    assert "Мало данных" in await look(shop, browse, "/losses")


async def test_the_losses_and_the_base_count_the_same_silent_people_and_lead_to_each_other(shop, browse):
    """One came once and is lost, one came often and is lost: the pages divide them by different things."""
    for name, days in (("Ольга", [900]), ("Вера", [900, 890, 880, 870])):
        customer = await shop.customer(name)
        for ago in days:
            bought = Purchase(customer_id=customer.id, at=shop.now - timedelta(days=ago), amount_minor=500_00)
            await shop.database.write(lambda store, bought=bought: store.purchases.add(bought))
    gathered = await shop.database.read(lambda store: gather(store, MOSCOW))
    report, *lines = [json.loads(line) for line in judged(gathered, MOSCOW, shop.now)]
    today = shop.now.astimezone(MOSCOW).date().toordinal()
    for page in lines:
        if isinstance(page, list):
            await shop.database.write(lambda store, page=page: write(store, page, shop.now, today))
    await keep(shop, BaseReport(made_at=shop.now, seconds=1.0, **report))
    losses, base = await look(shop, browse, "/losses"), await look(shop, browse, "/base")
    assert "Всего замолчали: 2 человека" in losses and 'href="/console/base">База</a>' in losses
    assert "Всего замолчали: 2 человека" in base and 'href="/console/losses">Потери</a>' in base
    assert "1 человек" in losses and "потеряны 2" in base


# --- small parts


def test_cohorts_too_small_for_a_share_show_people_and_all_together_show_the_share():
    words = Words(Language.RU, MOSCOW)
    table = [
        {"month": "2026-01", "size": 20, "cells": [[20, 20, 0], [10, 0, 0], [5, 0, 0]]},
        {"month": "2026-02", "size": 20, "cells": [[20, 20, 0], [6, 0, 0]]},
        {"month": "2026-03", "size": 9, "cells": [[9, 9, 0]]},
    ]
    together, january, february = cohort_rows(table, "share", words)
    assert [plain(cell.text) for cell in together.cells] == ["40 %", "5"]
    assert [cell.text for cell in january.cells] == ["10", "5"]
    assert [cell.shade for cell in february.cells] == [3]
    assert "10 клиентов из 20" in plain(january.cells[0].title)
    assert [cell.text for cell in cohort_rows(table, "people", words)[0].cells] == ["16", "5"]


def test_the_month_in_which_the_history_begins_holds_old_customers_too():
    table = [
        {"month": "2026-01", "size": 90, "cells": [[90, 90, 1], [60, 60, 1], [50, 50, 1]]},
        {"month": "2026-02", "size": 40, "cells": [[40, 40, 1], [10, 10, 1]]},
    ]
    words = Words(Language.RU, MOSCOW)
    together, january, february = cohort_rows(table, "people", words, begun="2026-01")
    assert (together.size, [cell.text for cell in together.cells]) == (40, ["10"])
    assert january.name.endswith("и те, кто ходил раньше")
    assert "раньше" not in february.name
    assert len(cohort_rows(table[:1], "people", words, begun="2026-01")) == 1


def test_the_chart_of_what_is_expected_is_drawn_from_nought_with_its_band():
    past, ahead = [Point("1", "a", 10.0), Point("2", "b", 12.0)], [Point("3", "<c>", 11.0, 8.0, 15.0)]
    svg = outlook(past, ahead, "label", str)
    assert svg.count('class="dot"') == 3
    assert 'class="line ahead"' in svg
    assert "&lt;c&gt;" in svg
    assert ">20<" in svg or ">20.0<" in svg


def test_a_chart_of_nothing_is_still_a_chart():
    assert outlook([], [], "label", str).startswith("<svg")
