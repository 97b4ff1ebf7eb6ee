"""Two records made one and two again, a copy of somebody's data, its deletion, and the audit of all that."""

import json

import pytest

from storage.kinds import AuditAction, Role
from storage.models import Membership
from tests.console.test_pages import plain
from tests.rows import overwrite


@pytest.fixture
async def both(shop):
    """Two records of one Olga: the second one has the card."""

    def fill(store) -> None:
        one.phone, two.phone, two.is_phone_verified = "+79161234567", "+79167654321", True
        overwrite(store, one)
        overwrite(store, two)
        store.points.join(Membership(customer_id=two.id, card_number="123456782", joined_at=shop.now))

    one, two = await shop.customer("Olga"), await shop.customer("Olga P.")
    await shop.database.write(fill)
    return one, two


async def open_as(shop, browser, role: Role = Role.ADMIN) -> None:
    await shop.let_in(browser, role)


def page_of(customer, what: str = "") -> str:
    return f"/console/customers/{customer.id}{what}"


async def test_the_other_record_is_found_by_name_phone_and_card(shop, browse, both):
    one, two = both
    async with browse() as browser:
        await open_as(shop, browser)
        for words in ("olga p", "8 916 765", "1234 56782"):
            page = (await browser.get(page_of(one, "/merge"), params={"q": words})).text
            assert f"with={two.id}" in page and f"with={one.id}" not in page
        assert "никого" in plain((await browser.get(page_of(one, "/merge"), params={"q": "Пётр"})).text).lower()


async def test_the_page_shows_both_and_what_would_come_of_it(shop, browse, both):
    one, two = both
    async with browse() as browser:
        await open_as(shop, browser)
        page = plain((await browser.get(page_of(one, "/merge"), params={"with": str(two.id)})).text)
    assert page.count("+7 916 765-43-21") == 2  # in its own column, and as the result: it is the proven one
    assert page.count("+7 916 123-45-67 (не подтверждён)") == 1
    assert "30 дней" in page and "Поменять местами" in page


async def test_two_become_one_and_two_again(shop, browse, both):
    one, two = both
    async with browse() as browser:
        await open_as(shop, browser)
        done = await browser.post(page_of(one, "/merge"), data={"with": str(two.id)})
        assert done.headers["location"] == f"/console/customers/{one.id}?notice=merged"
        page = plain((await browser.get(page_of(one))).text)
        assert "Отменить объединение" in page and "123456782" in page
        moved = await browser.get(page_of(two))
        assert moved.headers["location"] == f"/console/customers/{one.id}"
        (made,) = await shop.database.read(lambda store: store.people.merges_of(one.id))
        for notice in ("unmerged", "merge_stays"):
            undone = await browser.post(page_of(one, "/unmerge"), data={"merge": str(made.id)})
            assert undone.headers["location"].endswith(f"notice={notice}")
        assert (await browser.get(page_of(two))).status_code == 200
        assert "Отменить объединение" not in (await browser.get(page_of(one))).text


async def test_a_merge_is_undone_from_its_own_customers_page_only(shop, browse, both):
    one, two = both
    other = await shop.customer("Ivan")
    async with browse() as browser:
        await open_as(shop, browser)
        await browser.post(page_of(one, "/merge"), data={"with": str(two.id)})
        (made,) = await shop.database.read(lambda store: store.people.merges_of(one.id))
        answer = await browser.post(page_of(other, "/unmerge"), data={"merge": str(made.id)})
    assert answer.headers["location"].endswith("notice=merge_stays")
    assert await shop.database.read(lambda store: store.customers.get(two.id)) is None


async def test_different_people_are_shown_and_refused(shop, browse, both):
    one, two = both

    def number(store) -> None:
        keys = ((one, "17"), (two, "18"))
        store.purchase_import.add_keys((("customer", value), who.id.hex) for who, value in keys)

    await shop.database.write(number)
    async with browse() as browser:
        await open_as(shop, browser)
        page = plain((await browser.get(page_of(one, "/merge"), params={"with": str(two.id)})).text)
        assert "два разных клиента" in page and 'method="post" action="' + page_of(one, "/merge") not in page
        answer = await browser.post(page_of(one, "/merge"), data={"with": str(two.id)})
    assert answer.status_code == 409
    assert await shop.database.read(lambda store: store.customers.get(two.id)) is not None


async def test_somebody_is_not_merged_with_themselves_or_with_nobody(shop, browse, both):
    one, _ = both
    async with browse() as browser:
        await open_as(shop, browser)
        assert "одна и та же" in (await browser.get(page_of(one, "/merge"), params={"with": str(one.id)})).text
        assert (await browser.post(page_of(one, "/merge"), data={"with": str(one.id)})).status_code == 409
        assert (await browser.post(page_of(one, "/merge"), data={"with": "x"})).status_code == 200


# --- a copy, and the end


async def test_the_copy_is_a_file_and_somebody_took_it(shop, browse, both):
    one, _ = both
    await shop.says(one, "где мой кофе")
    async with browse() as browser:
        await open_as(shop, browser)
        answer = await browser.post(page_of(one, "/export"))
    assert answer.headers["content-disposition"].startswith('attachment; filename="customer-')
    told = json.loads(answer.text)
    assert told["customer"][0]["name"] == "Olga" and told["inbound_event"][0]["text"] == "где мой кофе"
    (entry,) = await shop.database.read(lambda store: store.audit.page(9))
    assert (entry.action, entry.staff_id, entry.subject_id) == (AuditAction.EXPORTED, shop.staff[Role.ADMIN].id, one.id)


async def test_without_the_typed_word_nothing_is_deleted(shop, browse, both):
    one, _ = both
    async with browse() as browser:
        await open_as(shop, browser)
        answer = await browser.post(page_of(one, "/erase"), data={"word": "да"})
    assert answer.status_code == 422 and "ничего не удалено" in answer.text
    assert (await shop.database.read(lambda store: store.customers.get(one.id))).erased_at is None


async def test_with_it_the_person_is_forgotten_and_the_page_says_so(shop, browse, both):
    one, _ = both
    async with browse() as browser:
        await open_as(shop, browser)
        assert "УДАЛИТЬ" in (await browser.get(page_of(one, "/erase"))).text
        answer = await browser.post(page_of(one, "/erase"), data={"word": " удалить "})
        assert answer.headers["location"].endswith("notice=erased")
        page = (await browser.get(page_of(one))).text
        assert "удалены" in page and "Olga" not in page and 'id="till"' not in page
        assert (await browser.get(page_of(one, "/erase"))).status_code == 404
        assert str(one.id) not in (await browser.get("/console/customers")).text


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OWNER, Role.ADMIN}))
async def test_others_see_no_door_to_it(shop, browse, both, role):
    async with browse() as browser:
        await open_as(shop, browser, role)
        page = (await browser.get(page_of(both[0]))).text
        assert "/merge" not in page and "/erase" not in page and "/export" not in page and "/audit" not in page


# --- the audit


async def test_the_audit_tells_who_did_what_newest_first_and_page_by_page(shop, browse, both):
    one, two = both
    async with browse() as browser:
        await open_as(shop, browser, Role.OWNER)
        assert "Пока пусто" in (await browser.get("/console/audit")).text
        for _ in range(51):
            await browser.post(page_of(one, "/export"))
        await browser.post(page_of(one, "/merge"), data={"with": str(two.id)})
        page = (await browser.get("/console/audit")).text
        assert page.index("Записи объединены") < page.index("Данные скачаны")
        assert page.count("Данные скачаны") == 49 and "Owner" in page
        older = page.split('rel="next" href="')[1].split('"')[0]
        assert (await browser.get(older)).text.count("Данные скачаны") == 2


async def test_the_audit_names_nobody_who_was_erased(shop, browse, both):
    one, _ = both
    async with browse() as browser:
        await open_as(shop, browser)
        await browser.post(page_of(one, "/export"))
        await browser.post(page_of(one, "/erase"), data={"word": "удалить"})
        page = (await browser.get("/console/audit")).text
    assert "Olga" not in page and "Данные удалены" in page
