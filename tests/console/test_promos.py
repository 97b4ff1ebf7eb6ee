"""Promo campaigns in the console: made, changed, paused, their codes made and loaded, a use rolled back, who may."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from loyalty.code_generation import make_page
from loyalty.promo_codes import Order, redeem
from storage.columns import table_of
from storage.kinds import AuditAction, PromoKind, RedemptionState, Role
from storage.models import PromoCampaign, PromoCode
from tests.console.shop import Shop

MOSCOW = ZoneInfo("Europe/Moscow")
DAYS = {f"weekday_{day}": "yes" for day in range(7)}
SPRING = {"name": "Весна", "kind": "percent", "value": "15", "code_prefix": "SPRING", "code_lives_days": "30", **DAYS}


@pytest.fixture
async def desk(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        yield Desk(shop, browser)


class Desk:
    """A marketer at the console."""

    def __init__(self, shop: Shop, browser) -> None:
        self.shop = shop
        self.browser = browser

    async def posts(self, path: str, **form: str):
        return await self.browser.post(f"/console/promos{path}", data=form)

    async def sees(self, path: str = "") -> str:
        answer = await self.browser.get(f"/console/promos{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    async def makes(self, **more: str) -> UUID:
        answer = await self.posts("", **{**SPRING, **more})
        assert answer.status_code == 303, answer.text
        return UUID(answer.headers["location"].partition("?")[0].rpartition("/")[2])

    async def campaign(self, campaign_id: UUID) -> PromoCampaign:
        return await self.shop.database.read(lambda store: store.promos.campaign_by_id(campaign_id))


async def test_a_campaign_is_made_and_stands_in_the_list(desk):
    await desk.makes()
    page = await desk.sees()
    assert "Весна" in page
    assert "скидка 15 %" in page
    assert "выдано 0, использовано 0" in page


async def test_a_form_that_comes_twice_makes_one_campaign(desk):
    key = re.search(r'name="key" value="([\w-]+)"', await desk.sees("/new"))[1]
    assert await desk.makes(key=key) == await desk.makes(key=key)
    assert await desk.makes() != await desk.makes()
    notes = await desk.shop.database.read(lambda store: store.audit.page(10))
    assert [one.action for one in notes].count(AuditAction.CAMPAIGN_CHANGED) == 3


async def test_every_condition_of_the_form_is_kept_and_comes_back(desk):
    wished = {
        "max_discount": "500",
        "starts_at": "2026-03-01T10:00",
        "ends_at": "2026-04-01T00:00",
        "from": "22:00",
        "until": "02:00",
        "min_order": "1 000",
        "min_order_percent": "115",
        "only_services": "Раф\nКофе",
        "not_services": "Доставка",
        "branches": "Центр",
        "channel": "vk",
        "is_first_order_only": "yes",
        "max_uses": "100",
        "max_per_customer": "1",
        "max_per_day": "10",
        "max_per_branch": "50",
        "exclusive_group": "весна",
        "holdout_percent": "10",
        "is_guarded": "yes",
        "code_pattern": "SPRING-########",
    }
    campaign_id = await desk.makes(**wished)
    kept = await desk.campaign(campaign_id)
    assert (kept.starts_at.hour, kept.from_minute, kept.until_minute) == (7, 22 * 60, 120)
    assert (kept.min_order_minor, kept.max_discount_minor, kept.only_services) == (100_000, 50_000, ["Раф", "Кофе"])
    page = await desk.sees(f"/{campaign_id}/edit")
    for name, value in wished.items():
        if value not in ("yes", "1 000") and "\n" not in value:
            assert value in page, name
    again = {**SPRING, **wished}
    assert (await desk.posts(f"/{campaign_id}", **again)).status_code == 303
    assert await desk.campaign(campaign_id) == kept


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "Заполните это поле"),
        ({"value": "150"}, "Нужно целое число"),
        ({"value": ""}, "Заполните это поле"),
        ({"kind": "gift", "value": ""}, "Заполните это поле"),
        ({"code_prefix": "ФЫВА"}, "Нужны латинские буквы"),
        ({"code_pattern": "БЕЗМЕСТ"}, "Нужны латинские буквы"),
        ({"starts_at": "2026-03-02T00:00", "ends_at": "2026-03-01T00:00"}, "Конец раньше начала"),
        ({"from": "10:00"}, "Нужны оба часа"),
        ({"from": "25:00", "until": "26:00"}, "время не разобрать"),
        ({"min_order": "сто"}, "Сумму не разобрать"),
        ({"is_guarded": "yes"}, "нужна контрольная группа"),
        ({f"weekday_{day}": "" for day in range(7)}, "Заполните это поле"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(desk, wrong, told):
    answer = await desk.posts("", **{**SPRING, **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert await desk.shop.database.read(lambda store: store.promos.campaigns()) == []


async def test_its_kind_stays_and_other_conditions_change_with_a_line_in_the_audit(desk):
    campaign_id = await desk.makes()
    await desk.posts(f"/{campaign_id}", **{**SPRING, "kind": "fixed", "value": "20"})
    kept = await desk.campaign(campaign_id)
    assert (kept.kind, kept.value) == (PromoKind.PERCENT, 20)
    audit = await desk.shop.database.read(lambda store: store.audit.page(9))
    assert [one.details["what"] for one in audit] == ["changed", "created"]
    assert {one.action for one in audit} == {AuditAction.CAMPAIGN_CHANGED}
    assert audit[0].details["columns"] == ["value"]


async def test_it_is_paused_resumed_stopped_and_archived(desk):
    campaign_id = await desk.makes()
    for step, state in (
        ("pause", "на паузе"),
        ("resume", "идёт"),
        ("stop", "остановлена"),
        ("resume", "идёт"),
        ("archive", "в архиве"),
        ("restore", "идёт"),
    ):
        assert (await desk.posts(f"/{campaign_id}/step", step=step)).status_code == 303
        assert f">{state}</span>" in await desk.sees(f"/{campaign_id}")
    assert (await desk.posts(f"/{campaign_id}/step", step="explode")).status_code == 404


async def test_codes_are_asked_for_made_and_loaded(desk):
    campaign_id = await desk.makes()
    assert (await desk.posts(f"/{campaign_id}/codes", count="2 500")).status_code == 303
    (generation,) = await desk.shop.database.read(lambda store: store.code_generations.running())
    await desk.shop.database.write(lambda store: make_page(store, generation.id, 1000, desk.shop.now))
    page = await desk.sees(f"/{campaign_id}")
    assert "1 000 из 2 500".replace(" ", "\xa0", 1).replace("2 500", "2\xa0500") in page
    assert 'http-equiv="refresh"' in page
    await desk.shop.database.write(lambda store: make_page(store, generation.id, 5000, desk.shop.now))
    page = await desk.sees(f"/{campaign_id}")
    assert 'http-equiv="refresh"' not in page
    loaded = await desk.browser.get(f"/console/promos/{campaign_id}/codes/{generation.id}")
    title, *codes = loaded.text.split()
    assert (title, len(codes), len(set(codes))) == ("code", 2500, 2500)
    assert all(code.startswith("SPRING-") for code in codes)


async def test_codes_that_could_be_guessed_are_not_made(desk):
    campaign_id = await desk.makes(code_pattern="SPRING-####")
    answer = await desk.posts(f"/{campaign_id}/codes", count="1000")
    assert answer.status_code == 422
    assert "их можно подобрать" in answer.text
    assert "Поставьте 5 знаков" in answer.text


async def test_a_use_is_rolled_back_with_its_reason_and_not_without(desk):
    campaign_id = await desk.makes()
    order = Order(None, 100_000, desk.shop.now)

    def use(store) -> None:
        store.promos.add_code(PromoCode(code="SPRING77", campaign_id=campaign_id, issued_at=desk.shop.now))
        redeem(store, "SPRING77", "k", order, MOSCOW)

    await desk.shop.database.write(use)
    await desk.posts(f"/{campaign_id}/undo", key="k", reason=" ")
    assert (await _use(desk)).state is RedemptionState.REDEEMED
    await desk.posts(f"/{campaign_id}/undo", key="k", reason="ошиблись клиентом")
    assert (await _use(desk)).state is RedemptionState.ROLLED_BACK
    assert "отменён: ошиблись клиентом" in await desk.sees(f"/{campaign_id}")


async def _use(desk):
    return await desk.shop.database.read(lambda store: store.promos.redemption("k"))


async def test_a_customer_s_view_is_shown_in_both_languages(desk):
    campaign_id = await desk.makes(min_order="1000")
    page = await desk.sees(f"/{campaign_id}")
    assert "SPRING-7K2MQX — скидка 15 % при заказе от 1\xa0000 ₽, до 1 апреля" in page
    assert "15% off on orders from 1,000 ₽" in page


@pytest.mark.parametrize("role", [Role.CASHIER, Role.OPERATOR, Role.ANALYST])
async def test_others_have_no_business_here(shop, browse, role):
    async with browse() as browser:
        await shop.let_in(browser, role)
        assert (await browser.get("/console/promos")).status_code == 403
        assert (await browser.post("/console/promos", data=SPRING)).status_code == 403
    rows = await shop.database.read(lambda store: store.connection.execute(select(table_of(PromoCampaign))).all())
    assert rows == []


async def test_a_campaign_that_is_not_there_is_missing(desk):
    nobody = "00000000-0000-0000-0000-000000000001"
    assert (await desk.browser.get(f"/console/promos/{nobody}")).status_code == 404
    assert (await desk.posts(f"/{nobody}", **SPRING)).status_code == 404
    assert (await desk.posts(f"/{nobody}/codes", count="5")).status_code == 404
