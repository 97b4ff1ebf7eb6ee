"""Whom to write to today, on the first page: who, why, what to say by which way, and a decision that is made once."""

from datetime import timedelta

import pytest

from loyalty.offers import NOT_OFFERED
from storage.columns import new_id
from storage.kinds import ActionState, ConsentAction, ConsentPurpose, Language, Role
from storage.models import BaseReport, Consent, Customer, CustomerStats, Purchase, TodayAction
from tests.console.shop import BOT

PHONE = "+79160000001"


async def _decides(shop, customer, action):
    consent = Consent(
        customer_id=customer.id,
        purpose=ConsentPurpose.ADVERTISING,
        action=action,
        text_version="test",
        language=Language.RU,
        bot_id=BOT,
        evidence="test",
        at=shop.now,
    )
    await shop.database.write(lambda store: store.consents.add(consent))


async def _on_file(shop, *days_ago):
    """Known by a phone alone, with coffee bought so many days ago."""
    customer = Customer(id=new_id(), name="Ирина", phone=PHONE, created_at=shop.now)
    rows = [
        {
            "id": new_id(),
            "customer_id": customer.id,
            "at": shop.now - timedelta(days=one),
            "amount_minor": 100,
            "product": "Раф",
        }
        for one in days_ago
    ]

    def unit(store):
        store.bulk.insert(Customer, [customer.model_dump()])
        store.bulk.insert(Purchase, rows)
        store.bulk.insert(CustomerStats, [{"customer_id": customer.id, "last_product": "Раф"}])

    await shop.database.write(unit)
    return customer


async def _page(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        return (await browser.get("/console/")).text


async def _chosen(shop, customer=None, **more):
    if customer is None:
        customer = await shop.customer("Ирина")
        await _decides(shop, customer, ConsentAction.GIVEN)
    reason = {"days": 41, "typical_days": 14, "visits": 6, "currency": "RUB"}
    today = shop.now.date().toordinal()
    values = {"day": today, "kind": "late_key", "reason": reason, "worth_minor": 4_012_300, **more}
    action = TodayAction(customer_id=customer.id, **values)
    await shop.database.write(lambda store: store.actions.add([action]))
    return action


async def test_the_first_page_says_whom_to_write_to_and_why_and_what(shop, browse):
    action = await _chosen(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get("/console/")).text.replace("\u00a0", " ").replace("\u202f", " ")
        assert "Кому написать сегодня" in page
        assert "ключевой клиент, не был 41 дн., обычно приходит раз в 14 дн." in page
        assert "за год приносит около 40 100 ₽" in page
        assert "Ирина, здравствуйте! Это" in page
        assert f"/console/customers/{action.customer_id}" in page
        answer = await browser.post(f"/console/today/{action.id}/done", headers={"origin": "http://localhost"})
        assert answer.headers["location"].endswith("notice=action.done")
        again = await browser.post(f"/console/today/{action.id}/dismiss", headers={"origin": "http://localhost"})
        assert again.headers["location"].endswith("notice=gone")
        assert "Сделано" in (await browser.get("/console/")).text
    [shown] = await shop.database.read(lambda store: store.actions.of_day(action.day))
    assert shown.action.state is ActionState.DONE


async def test_yesterdays_list_is_gone_and_a_cashier_sees_none(shop, browse):
    await _chosen(shop, day=shop.now.date().toordinal() - 1)
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        assert "Кому написать сегодня" not in (await browser.get("/console/")).text
    await _chosen(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        assert "Кому написать сегодня" not in (await browser.get("/console/")).text


async def test_the_first_page_says_what_is_being_lost_and_how_sure_that_is(shop, browse):
    losses = {
        "is_enough": True,
        "currency": "RUB",
        "loss": {"money": {"value": 91_500_000, "low": 80_000_000, "high": 104_000_000}},
    }
    report = BaseReport(made_at=shop.now, data={"losses": losses}, prior={}, purchases=1, seconds=1.0, engine="plain")
    await shop.database.write(lambda store: store.reports.add(report, 9))
    page = (await _page(shop, browse)).replace("\u00a0", " ")
    assert "Недополучено за 12 месяцев" in page and "915 000 ₽" in page and "800 000" in page
    too_few = BaseReport(**{**report.model_dump(), "id": new_id(), "data": {"losses": {**losses, "is_enough": False}}})
    await shop.database.write(lambda store: store.reports.add(too_few, 9))
    assert "Недополучено" not in await _page(shop, browse)


async def test_who_has_no_chat_may_be_called(shop, browse):
    await _chosen(shop, await _on_file(shop, 50))
    page = await _page(shop, browse)
    assert f"tel:{PHONE}" in page
    assert "Давно вас не видели" in page


@pytest.mark.parametrize("action", [ConsentAction.REFUSED, ConsentAction.WITHDRAWN])
async def test_who_wants_no_advertising_is_not_to_be_called_with_it_either(shop, browse, action):
    customer = await _on_file(shop, 50)
    await _chosen(shop, customer)
    await _decides(shop, customer, action)
    page = await _page(shop, browse)
    assert "Писать и звонить с рекламой нельзя" in page
    assert "tel:" not in page
    assert "Давно вас не видели" not in page


@pytest.mark.parametrize(
    ("why", "days", "barred", "is_said"),
    [
        ("late", (50, 80), [], True),
        ("late", (50,), [], False),
        ("late", (50, 80), ["раф"], False),
        ("unhappy", (50, 80), [], False),
        ("once", (50, 80), [], False),
        ("birthday", (50, 80), [], False),
    ],
    ids=["theirs", "bought once", "not offered", "a complaint", "a newcomer", "a birthday"],
)
async def test_the_usual_is_named_to_whom_it_is_usual(shop, browse, why, days, barred, is_said):
    await shop.database.write(lambda store: store.business.change(NOT_OFFERED, barred, None, shop.now))
    reason = {"days": 41, "typical_days": 14, "visits": 6, "currency": "RUB", "score": 3}
    await _chosen(shop, await _on_file(shop, *days), kind=why, reason=reason)
    assert ("Для вас всё как обычно: Раф." in await _page(shop, browse)) is is_said


async def test_an_action_of_an_older_shape_is_shown_too(shop, browse):
    await _chosen(shop, reason={"days": 41, "typical_days": 14, "visits": 6})
    assert "Кому написать сегодня" in await _page(shop, browse)
