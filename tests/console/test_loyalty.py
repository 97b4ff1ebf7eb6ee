"""The programme's pages: rules with their price on a past month, tiers, what is owed, and points by hand."""

import re
from datetime import timedelta

import pytest

from loyalty import ledger
from loyalty.card import join
from loyalty.programme import KEY, rules_now, rules_version
from loyalty.rules import Rules, Tier, as_json
from storage.columns import new_id
from storage.kinds import AuditAction, PointsKind, PurchaseSource, Role
from storage.models import CustomerStats, Purchase
from tests.console.test_pages import plain

LAST_MONTH = timedelta(days=20)
"""Before noon of 2 March 2026: the middle of February, the last whole month."""
SILVER = Tier(slug="silver", name="Серебро", percent=7, from_minor=1_000_000)


async def member(shop, name: str = "Анна", *, paid: int = 0, year: int = 0):
    """Somebody with a card for half a year, a purchase of last month, and what the night counted."""
    customer = await shop.customer(name)

    def unit(store) -> None:
        join(store, customer.id, shop.now - timedelta(days=180))
        if paid:
            store.purchases.add(
                Purchase(
                    customer_id=customer.id,
                    at=shop.now - LAST_MONTH,
                    amount_minor=paid,
                    product="Латте",
                    source=PurchaseSource.CONSOLE,
                    key=new_id().hex,
                )
            )
        store.bulk.insert(
            CustomerStats,
            [{"customer_id": customer.id, "year_revenue_minor": year, "last_day": shop.now.toordinal()}],
        )

    await shop.database.write(unit)
    return customer


async def has(shop, customer, points: int) -> None:
    cause = ledger.Cause(key=new_id().hex, customer_id=customer.id, kind=PointsKind.GIFT, reason="welcome")
    until = shop.now + timedelta(days=40)
    await shop.database.write(
        lambda store: ledger.grant(store, cause, points, shop.now, opens_at=shop.now, expires_at=until)
    )


async def rule(shop, rules: Rules) -> None:
    await shop.database.write(lambda store: store.business.change(KEY, as_json(rules), None, shop.now))


async def form_of(browser, path: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    page = (await browser.get(path)).text
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)" value="([^"]*)"', page))
    fields |= dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    areas = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    chosen = re.findall(r'<select[^>]*name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected', page, re.S)
    return fields | dict(areas) | dict(chosen)


async def test_every_page_opens_for_who_may_see_it(shop, browse):
    await member(shop, paid=100_000)
    for role in Role:
        async with browse() as browser:
            await shop.let_in(browser, role)
            sees = role in (Role.OWNER, Role.ADMIN, Role.MARKETER, Role.ANALYST)
            for path in ("/console/loyalty", "/console/loyalty/rules", "/console/loyalty/tiers"):
                assert (await browser.get(path)).status_code == (200 if sees else 403), (role, path)
            may = sees and role is not Role.ANALYST
            assert (await browser.get("/console/loyalty/points")).status_code == (200 if may else 403), role


async def test_an_analyst_reads_the_rules_and_changes_nothing(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        assert "Сохранить" not in (await browser.get("/console/loyalty/rules")).text
        for path in ("rules/save", "rules/check", "tiers/save", "tiers/check", "points"):
            assert (await browser.post(f"/console/loyalty/{path}", data={})).status_code == 403


async def test_the_page_saved_as_it_stands_changes_nothing(shop, browse):
    rules = Rules(
        percent=5.5,
        percent_of_service={"торт": 3.0},
        weekday_factor={0: 2.0},
        not_earning=frozenset({"доставка"}),
        min_order_minor=50_050,
        sum_per_day_minor=1_000_000,
        tiers=(SILVER,),
    )
    await rule(shop, rules)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        for path in ("/console/loyalty/rules", "/console/loyalty/tiers"):
            answer = await browser.post(f"{path}/save", data=await form_of(browser, path))
            assert answer.status_code == 303
    assert await shop.database.read(rules_now) == rules
    assert await shop.database.read(rules_version) == 1


async def test_a_change_is_priced_on_a_past_month_before_it_is_saved(shop, browse):
    await member(shop, paid=1_000_000)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/rules") | {"percent": "7,5"}
        page = plain((await browser.post("/console/loyalty/rules/check", data=form)).text)
        assert "Во что это обошлось бы: февраль 2026" in page
        assert "750 ₽" in page
        assert "по нынешним правилам — 500 ₽" in page
        assert "7,5 % от всей выручки" in page
        assert await shop.database.read(rules_now) == Rules(), "nothing is saved yet"
        assert (await browser.post("/console/loyalty/rules/save", data=form)).status_code == 303
    assert (await shop.database.read(rules_now)).percent == 7.5
    (entry,) = await shop.database.read(lambda store: store.audit.page(1))
    assert (entry.action, entry.details) == (AuditAction.RULES_CHANGED, {"changed": {"percent": [5.0, 7.5]}})


async def test_what_is_wrong_is_said_beside_its_field_and_stays_typed(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        wrong = {"percent": "много", "lives_months": "0", "percent_of_service": "Торты", "weekday_factor.2": "99"}
        form = await form_of(browser, "/console/loyalty/rules") | wrong
        answer = await browser.post("/console/loyalty/rules/save", data=form)
    page = plain(answer.text)
    assert answer.status_code == 422
    assert 'value="много"' in page
    assert "Нужно число" in page
    assert "Слишком мало" in page
    assert "«Торты»: Нужно число" in page
    assert "Слишком много" in page
    assert await shop.database.read(rules_version) == 0


async def test_who_is_overtaken_hears_of_it_and_overwrites_nothing(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/rules") | {"percent": "7"}
        await rule(shop, Rules(percent=3))
        answer = await browser.post("/console/loyalty/rules/save", data=form)
        assert answer.status_code == 409
        assert "изменил кто-то ещё" in answer.text
        assert (await shop.database.read(rules_now)).percent == 3


async def test_a_new_tier_says_how_many_it_would_hold(shop, browse):
    await member(shop, "Анна", paid=100_000, year=1_200_000)
    await member(shop, "Борис", paid=100_000)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/tiers")
        form |= {"name.0": "Серебро", "percent.0": "7", "threshold.0": "10 000", "privileges.0": "Кофе\nТорт"}
        page = plain((await browser.post("/console/loyalty/tiers/check", data=form)).text)
        assert re.search(r"Серебро</th><td>7 %</td><td>0</td><td>1</td>", page)
        assert "120 ₽" in page, "70 for Anna, 50 for Boris"
        assert (await browser.post("/console/loyalty/tiers/save", data=form)).status_code == 303
    (tier,) = (await shop.database.read(rules_now)).tiers
    assert (tier.name, tier.percent, tier.from_minor, tier.privileges) == ("Серебро", 7, 1_000_000, ("Кофе", "Торт"))


async def test_a_form_that_comes_twice_adds_one_tier(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/tiers")
        form |= {"name.0": "Серебро", "percent.0": "7", "threshold.0": "10 000"}
        answers = [await browser.post("/console/loyalty/tiers/save", data=form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
    assert len((await shop.database.read(rules_now)).tiers) == 1
    assert await shop.database.read(rules_version) == 1


async def test_a_tier_without_name_rate_and_threshold_is_gone(shop, browse):
    await rule(shop, Rules(tiers=(SILVER,)))
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/tiers")
        await browser.post(
            "/console/loyalty/tiers/save", data=form | {"name.0": "", "percent.0": "", "threshold.0": ""}
        )
    assert (await shop.database.read(rules_now)).tiers == ()


async def test_a_tier_that_pays_less_than_the_one_below_is_refused(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = await form_of(browser, "/console/loyalty/tiers")
        form |= {"name.0": "Серебро", "percent.0": "4", "threshold.0": "10000"}
        answer = await browser.post("/console/loyalty/tiers/save", data=form)
    assert answer.status_code == 422
    assert "Не меньше, чем у уровня ниже" in answer.text


async def test_the_overview_tells_what_is_owed_and_by_whom(shop, browse):
    anna = await member(shop, "Анна", paid=1_000_000)
    await has(shop, anna, 300)
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        page = plain((await browser.get("/console/loyalty")).text)
    assert "300 баллов" in page
    assert "Числа на " in page
    assert "Обойдётся не дороже 300 ₽" in page, "too few ends to tell a rate"
    assert "апрель 2026: 300" in page, "when they expire"
    assert re.search(r"март 2026</th><td>300</td><td>0</td><td>0</td>", page), "given this month"


async def test_points_by_hand_need_a_second_person_above_the_limit(shop, browse):
    anna = await member(shop)
    async with browse() as olga:
        await shop.let_in(olga, Role.MARKETER)
        form = {"customer": str(anna.id), "points": "700", "way": "give", "reason": "Долго ждали", "key": str(new_id())}
        answer = await olga.post("/console/loyalty/points", data=form)
        assert "adjust.waiting" in answer.headers["location"]
        page = (await olga.get("/console/loyalty/points")).text
        assert "Подтвердит кто-то другой" in page
        (wish,) = await shop.database.read(lambda store: store.adjustments.open())
        own = await olga.post(f"/console/loyalty/points/{wish.id}/confirm", data={})
        assert "adjust.own_wish" in own.headers["location"]
    async with browse() as boss:
        await shop.let_in(boss, Role.OWNER)
        assert "1 операция с баллами ждёт второго человека" in plain((await boss.get("/console/loyalty")).text)
        done = await boss.post(f"/console/loyalty/points/{wish.id}/confirm", data={})
        assert "adjust.done" in done.headers["location"]
        assert "Баллы изменены." in (await boss.get(done.headers["location"])).text
    assert (await shop.database.read(lambda store: store.points.balance(anna.id, shop.now))).available == 700


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"points": "много"}, "Сколько баллов?"),
        ({"reason": " "}, "Напишите, почему."),
        ({"way": "take"}, "Столько баллов на карте нет."),
        ({"customer": "", "card": "123"}, "Такой карты нет."),
    ],
)
async def test_what_cannot_be_done_by_hand_is_said(shop, browse, wrong, says):
    anna = await member(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        form = {"customer": str(anna.id), "points": "7", "way": "give", "reason": "так", "key": str(new_id())}
        answer = await browser.post("/console/loyalty/points", data=form | wrong)
    assert answer.status_code == 422
    assert says in plain(answer.text)
