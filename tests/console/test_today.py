"""Whom to write to today, on the first page: who, why, what to say by which way, and a decision that is made once."""

from storage.kinds import ActionState, Role
from storage.models import TodayAction


async def _chosen(shop, **more):
    customer = await shop.customer("Ирина")
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
