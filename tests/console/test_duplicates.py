"""The queue of records that may be one person: both sides, what speaks for it, and what somebody decides."""

import pytest

from storage.columns import new_id
from storage.kinds import Role
from storage.models import Customer, CustomerKey, DuplicatePair
from tests.console.test_pages import plain
from tests.rows import overwrite


@pytest.fixture
async def twins(shop):
    """Olga with a chat, and a nameless record of her phone that a file brought earlier."""
    olga = await shop.customer("Ольга")
    twin = Customer(id=new_id(), name="", phone="+79161234567", created_at=shop.now)
    first, second = sorted((olga.id, twin.id))

    def fill(store) -> None:
        olga.phone = twin.phone
        overwrite(store, olga)
        store.bulk.insert(Customer, [twin.model_dump()])
        store.duplicates.put([DuplicatePair(first_id=first, second_id=second, reasons=["phone"], found_at=shop.now)])

    await shop.database.write(fill)
    return olga, twin


async def look(shop, browser, path="/console/duplicates", role=Role.ADMIN) -> str:
    await shop.let_in(browser, role)
    return plain((await browser.get(path)).text)


async def decide(browser, one, other, state="different"):
    form = {"one": str(one.id), "other": str(other.id), "state": state}
    return await browser.post("/console/duplicates", data=form)


async def test_a_pair_is_shown_with_its_reason_and_leads_to_the_preview_of_its_merge(shop, browse, twins):
    olga, twin = twins
    async with browse() as browser:
        page = await look(shop, browser)
        assert "1 пара похожих записей" in page and "Один телефон" in page
        assert page.count("+7 916 123-45-67 (не подтверждён)") == 2
        address = f"/console/customers/{olga.id}/merge?with={twin.id}"  # who can be written to is kept
        assert address in page
        assert "Две записи рядом" in (await browser.get(address)).text


async def test_different_people_leave_the_queue_and_can_be_brought_back(shop, browse, twins):
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        answer = await decide(browser, *twins)
        assert answer.headers["location"].endswith("notice=pair.different")
        page = await look(shop, browser)
        assert "Возможных дублей нет" in page and "Недавно решили" in page and "Admin" in page
        await decide(browser, *reversed(twins), state="open")
        assert "1 пара похожих записей" in await look(shop, browser)


async def test_a_merge_empties_the_queue(shop, browse, twins):
    olga, twin = twins
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        await browser.post(f"/console/customers/{olga.id}/merge", data={"with": str(twin.id)})
        assert "Возможных дублей нет" in await look(shop, browser)


async def test_two_numbers_of_another_system_are_shown_with_the_conflict_and_without_a_merge(shop, browse, twins):
    keys = [CustomerKey(kind="customer", value=str(who.id.int % 97), customer_id=who.id) for who in twins]
    await shop.database.write(lambda store: store.bulk.insert(CustomerKey, [key.model_dump() for key in keys]))
    async with browse() as browser:
        page = await look(shop, browser)
    assert "два разных клиента" in page and "объедините его сначала там" in page
    assert "Сравнить и объединить" not in page and "Это разные люди" in page


async def test_what_is_not_a_pair_is_not_decided(shop, browse, twins):
    olga, _ = twins
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        for other in (str(olga.id), "x", ""):
            form = {"one": str(olga.id), "other": other, "state": "different"}
            answer = await browser.post("/console/duplicates", data=form)
            assert answer.headers["location"].endswith("notice=pair.gone")


async def test_managers_see_how_many_wait_and_others_do_not(shop, browse, twins):
    async with browse() as browser:
        assert "1 возможный дубль" in await look(shop, browser, "/console/customers")
        page = await look(shop, browser, "/console/customers", Role.CASHIER)
    assert "возможный дубль" not in page and "/console/duplicates" not in page
