"""The list of customers: who is found, who sees phones, and the till's quick way by card and code."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from loyalty import campaigns, card
from storage.kinds import Language, Role
from storage.models import PromoCode
from tests.console.test_pages import plain
from tests.rows import overwrite


async def guest(shop, name: str, phone: str):
    customer = await shop.customer(name)
    customer.phone = phone
    await shop.database.write(lambda store: overwrite(store, customer))
    return customer


async def look(shop, browse, path: str, role: Role = Role.CASHIER, **query: str):
    async with browse() as browser:
        await shop.let_in(browser, role)
        return await browser.get(f"/console{path}", params=query or None)


async def find(shop, browse, words: str, **narrowed: str):
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        return await browser.post("/console/customers", data={"q": words, **narrowed})


async def test_an_empty_list_says_where_customers_come_from(shop, browse):
    page = await look(shop, browse, "/customers")
    assert "как только кто-нибудь напишет боту" in page.text


@pytest.mark.parametrize("words", ["ольга", "8 916 123-45-67", "+7916", "45-67", "4567", "8916"])
async def test_a_customer_is_found_by_name_or_phone_however_it_is_typed(shop, browse, words):
    await guest(shop, "Ольга", "+79161234567")
    await guest(shop, "Иван", "+79990000000")
    page = (await look(shop, browse, "/customers", q=words)).text
    assert "Ольга" in page
    assert "Иван" not in page
    assert "+7 916 123-45-67" in page


async def test_an_analyst_sees_no_phone_whole_and_cannot_find_by_one(shop, browse):
    olga = await guest(shop, "Ольга", "+79161234567")
    for path in ("/customers", f"/customers/{olga.id}"):
        page = (await look(shop, browse, path, Role.ANALYST)).text
        assert "+7 ••• ••• 67" in page
        assert "123-45" not in page
        assert "tel:" not in page
    page = (await look(shop, browse, "/customers", Role.ANALYST, q="+79161234567")).text
    assert "Никого не нашли" in page


async def test_fifty_stand_on_a_page_and_the_next_goes_on(shop, browse):
    def crowd(store) -> None:
        for number in range(60):
            store.customers.add("telegram:1", str(number), f"Гость {number:02}", Language.RU, shop.now)

    await shop.database.write(crowd)
    first = (await look(shop, browse, "/customers")).text
    assert "Гость 59" in first
    assert "Гость 09" not in first
    link = first.split('rel="next" href="/console')[1].split('"')[0].replace("&amp;", "&")
    second = (await look(shop, browse, link)).text
    assert "Гость 09" in second
    assert "Гость 10" not in second
    assert 'rel="next"' not in second


async def test_a_card_number_leads_straight_to_its_owner(shop, browse):
    olga = await shop.customer("Ольга")
    number = (await shop.database.write(lambda store: card.join(store, olga.id, shop.now))).number
    answer = await look(shop, browse, "/customers", q=f"{number[:3]} {number[3:]}")
    assert answer.headers["location"] == f"/console/customers/{olga.id}"


async def test_a_mistyped_card_number_is_noticed(shop, browse):
    page = (await look(shop, browse, "/customers", q="123456789")).text
    assert "номер карты с опечаткой" in page


async def test_a_promo_code_leads_to_its_owner_with_the_code_in_the_form(shop, browse):
    olga = await shop.customer("Ольга")
    code = await shop.welcome_code(olga)
    answer = await find(shop, browse, code.lower().replace("-", " "))
    assert answer.status_code == 200 and f'name="code" value="{code}"' in answer.text
    assert f"/console/customers/{olga.id}/purchases" in answer.text
    by_address = await look(shop, browse, "/customers", q=code)
    assert by_address.headers["location"] == f"/console/customers/{olga.id}"


async def test_the_search_keeps_names_and_cards_in_an_address_and_codes_out_of_it(shop, browse):
    olga = await shop.customer("Ольга")
    number = (await shop.database.write(lambda store: card.join(store, olga.id, shop.now))).number
    assert (await find(shop, browse, number)).headers["location"] == f"/console/customers/{olga.id}"
    named = await find(shop, browse, "Ольга", stage="lost")
    assert named.headers["location"] == f"/console/customers?q={quote('Ольга')}&stage=lost"
    unknown = await find(shop, browse, "SPRING-99")
    assert unknown.status_code == 200 and "location" not in unknown.headers


async def test_a_code_for_everybody_says_so(shop, browse):
    def issue(store) -> None:
        campaign = campaigns.campaign(store, "welcome", Language.RU, shop.now)
        until = shop.now + timedelta(days=1)
        store.promos.add_code(PromoCode(code="SPRING26", campaign_id=campaign.id, issued_at=shop.now, expires_at=until))

    await shop.database.write(issue)
    assert "общий промокод" in (await find(shop, browse, "spring-26")).text


@pytest.mark.parametrize("words", ["%", "\x00", "<script>", "а" * 500, "'; drop table customer"])
async def test_nothing_that_is_typed_breaks_the_search(shop, browse, words):
    page = await look(shop, browse, "/customers", q=words)
    assert page.status_code == 200
    assert "<script>" not in page.text


async def test_purchases_and_points_stand_in_the_list(shop, browse):
    olga = await shop.customer("Ольга")
    await shop.database.write(lambda store: card.join(store, olga.id, shop.now))
    page = plain((await look(shop, browse, "/customers")).text)
    assert "0 баллов" in page
    assert "покупок нет" in page
