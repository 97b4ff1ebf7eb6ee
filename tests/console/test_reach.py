"""The page that says what a closed channel would cost."""

import pytest

from storage.kinds import ReachStatus, Role
from storage.models import Purchase
from tests.console.test_pages import plain


async def look(shop, browse, role: Role = Role.ANALYST) -> str:
    async with browse() as browser:
        await shop.let_in(browser, role)
        return plain((await browser.get("/console/reach")).text)


async def test_who_is_reachable_in_telegram_alone_is_a_share_and_a_sum(shop, browse):
    customers = [await shop.customer(name) for name in ("Анна", "Борис", "Вера", "Глеб")]

    def live(store) -> None:
        for currency, minor in (("RUB", 1_200_000_00), ("EUR", 50_00)):
            bought = Purchase(customer_id=customers[0].id, at=shop.now, amount_minor=minor, currency=currency)
            store.purchases.add(bought)
        (place,) = store.customers.identities_of(customers[3].id)
        store.customers.set_reach(place.bot_id, place.user_id, ReachStatus.BLOCKED)

    await shop.database.write(live)
    page = await look(shop, browse)
    assert "Только в Telegram: 75 % (3 из 4 клиентов), их покупки за 12 месяцев: 50 € + 1 200 000 ₽." in page
    assert "Нигде" in page and "25 %" in page


async def test_an_empty_shop_has_nothing_to_lose(shop, browse):
    assert "из 0 клиентов" not in await look(shop, browse)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MARKETER, Role.ANALYST])
async def test_the_customers_lead_to_it(shop, browse, role):
    async with browse() as browser:
        await shop.let_in(browser, role)
        assert "/console/reach" in (await browser.get("/console/customers")).text


async def test_a_cashier_is_not_led_to_it(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        assert "/console/reach" not in (await browser.get("/console/customers")).text
