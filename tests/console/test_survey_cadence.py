"""The page «whom and when» of a survey: its rules, whom they find today, and who was never heard."""

from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from storage.kinds import Language, Role, SurveyKind, Touchpoint
from storage.models import CustomerStats, Survey
from surveys.sampling import cadence_of
from tests.console.test_segments import said

NPS = "/console/surveys/nps/cadence"
RELATION = {
    "touchpoint": "relation",
    "is_on": "yes",
    "contact_days": "120",
    "cool_down_days": "7",
    "new_days": "14",
    "daily_limit": "20",
    "remind_days": "3",
    "expire_days": "14",
    "from_minute": "10:00",
    "until_minute": "13:30",
    "weekdays": "yes",
    "weekday_0": "yes",
    "weekday_2": "yes",
    "quotas": "Север: 5\nЮг 7",
}


@pytest.fixture
async def sign_in(shop, browse):
    """`page = await sign_in(role)`: a browser in which somebody of this role is signed in."""
    async with AsyncExitStack() as stack:

        async def enter(role: Role):
            browser = await stack.enter_async_context(browse())
            await shop.let_in(browser, role)
            return browser

        yield enter


async def rules(shop, slug: str):
    return (await shop.database.read(lambda store: cadence_of(store, slug))).rules


async def test_what_is_typed_becomes_the_rule(shop, sign_in):
    page = await sign_in(Role.MARKETER)
    answer = await page.post(f"{NPS}/save", data=RELATION)
    assert answer.status_code == 303
    rule = (await rules(shop, "nps"))[Touchpoint.RELATION]
    assert (rule.contact_days, rule.daily_limit, rule.remind_days) == (120, 20, 3)
    assert (rule.from_minute, rule.until_minute, rule.weekdays) == (600, 810, {0, 2})
    assert rule.quotas == {"Север": 5, "Юг": 7}
    shown = said(await page.get(NPS))
    assert "Утром, понемногу каждый день" in shown


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(shop, sign_in):
    page = await sign_in(Role.MARKETER)
    wrong = RELATION | {"contact_days": "часто", "until_minute": "09:00", "quotas": "Север"}
    answer = await page.post(f"{NPS}/save", data=wrong)
    assert answer.status_code == 422
    shown = said(answer)
    assert "Нужно целое число" in shown
    assert 'value="часто"' in answer.text
    assert (await rules(shop, "nps"))[Touchpoint.RELATION].contact_days == 90


async def test_a_survey_of_ones_own_keeps_its_rules_with_it(shop, sign_in):
    made = Survey(slug="cafe", kind=SurveyKind.OWN, title="О кафе", cadence={}, created_at=shop.now)
    await shop.database.write(lambda store: store.questionnaires.add(made))
    page = await sign_in(Role.OWNER)
    after_visit = {"touchpoint": "visit", "is_on": "yes", "contact_days": "60", "after_minutes": "45"}
    assert (await page.post("/console/surveys/cafe/cadence/save", data=after_visit)).status_code == 303
    kept = await shop.database.read(lambda store: store.questionnaires.get("cafe"))
    assert kept.cadence["visit"]["after_minutes"] == 45
    shown = said(await page.get("/console/surveys/cafe/cadence"))
    assert "О кафе" in shown
    delivery = {"touchpoint": "delivery", "is_on": "yes", "contact_days": "60"}
    refused = await page.post("/console/surveys/cafe/cadence/save", data=delivery)
    assert "Укажите филиал, продажи которого — доставка" in said(refused)


async def test_who_would_be_asked_today_is_counted_by_the_jobs_own_decision(shop, sign_in):
    old, new = await shop.customer("Анна"), await shop.customer("Борис")

    def age(store) -> None:
        old.created_at = shop.now - timedelta(days=60)
        new.created_at = shop.now - timedelta(days=2)
        store.customers.save(old, "created_at")
        store.customers.save(new, "created_at")

    await shop.database.write(age)
    shown = said(await (await sign_in(Role.ANALYST)).get(NPS))
    assert "Сегодня можно спросить: 1 клиент из 2. Спросим: 1 человек." in shown
    assert "новый клиент: даём освоиться 1 человек" in shown


async def test_key_customers_nobody_has_heard_from_for_a_year_are_listed(shop, sign_in):
    anna = await shop.customer("Анна")

    def key(store) -> None:
        anna.created_at = shop.now - timedelta(days=400)
        store.customers.save(anna, "created_at")
        store.bulk.insert(CustomerStats, [{"customer_id": anna.id, "is_key": True}])

    await shop.database.write(key)
    page = await sign_in(Role.OWNER)
    assert "Анна ни разу не спрашивали" in said(await page.get(NPS))


async def test_an_analyst_looks_and_cannot_change(sign_in):
    page = await sign_in(Role.ANALYST)
    shown = await page.get("/console/surveys/csat/cadence")
    assert shown.status_code == 200
    assert "Сохранить" not in shown.text
    assert (await page.post(f"{NPS}/save", data=RELATION)).status_code == 403


async def test_a_survey_that_is_not_there_is_no_page(sign_in):
    page = await sign_in(Role.OWNER)
    assert (await page.get("/console/surveys/none/cadence")).status_code == 404
    assert (await page.post("/console/surveys/nps/cadence/save", data={"touchpoint": "visit"})).status_code == 404


async def test_every_survey_has_its_page_in_english_too(shop, sign_in):
    page = await sign_in(Role.OWNER)
    owner = shop.staff[Role.OWNER]
    owner.language = Language.EN
    await shop.database.write(lambda store: store.staff.save(owner))
    for slug in ("nps", "csat", "ces"):
        assert "Whom and when" in said(await page.get(f"/console/surveys/{slug}/cadence"))
