"""The report on data quality: exact shares, each leading to those who lack something, and what to put right."""

from datetime import timedelta

import pytest

from console.words import Words
from storage.columns import new_id
from storage.kinds import (
    ConsentAction,
    ConsentPurpose,
    FieldOrigin,
    ImportKind,
    Language,
    ReachStatus,
    Role,
)
from storage.models import BaseReport, Consent, Customer, CustomerStats, ImportRun
from tests.console.shop import BOT
from tests.console.test_pages import plain
from tests.day import MOSCOW
from tests.rows import overwrite


@pytest.fixture
async def base(shop):
    """Four customers: Anna has everything, Boris blocked us, Vera came long ago, and a file brought a nameless one."""
    anna, boris, vera = [await shop.customer(name) for name in ("Анна", "Борис", "Вера")]
    file = ImportRun(kind=ImportKind.CUSTOMERS, file_name="clients.xlsx", mapping={}, started_at=shop.now)
    filed = Customer(id=new_id(), phone="+7916123456", import_id=file.id, created_at=shop.now - timedelta(days=500))

    def fill(store) -> None:
        anna.phone, anna.is_phone_verified, anna.source = "+79161234567", True, "Instagram"
        anna.birthday_month, anna.birthday_day = 3, 5
        overwrite(store, anna)
        store.consents.add(_yes(anna, shop.now))
        (place,) = store.customers.identities_of(boris.id)
        store.customers.set_reach(place.bot_id, place.user_id, ReachStatus.BLOCKED)
        (place,) = store.customers.identities_of(vera.id)
        store.customers.note_seen(place.bot_id, place.user_id, shop.now - timedelta(days=91))
        store.fields.note(vera.id, "name", FieldOrigin.CUSTOMER, shop.now - timedelta(days=366))
        store.bulk.insert(ImportRun, [file.model_dump()])
        store.bulk.insert(Customer, [filed.model_dump()])
        stats = CustomerStats(customer_id=filed.id, last_at=shop.now, last_branch="Центр")
        store.bulk.insert(CustomerStats, [stats.model_dump()])

    await shop.database.write(fill)
    return {"Анна": anna, "Борис": boris, "Вера": vera, "": filed}


def _yes(customer, at) -> Consent:
    return Consent(
        customer_id=customer.id,
        purpose=ConsentPurpose.ADVERTISING,
        action=ConsentAction.GIVEN,
        text_version="test",
        language=Language.RU,
        bot_id=BOT,
        evidence="test",
        at=at,
    )


async def look(shop, browser, path="/console/quality", role=Role.ANALYST, **query) -> str:
    await shop.let_in(browser, role)
    return plain((await browser.get(path, params=query)).text)


async def names(shop, browser, base, **query) -> set[str]:
    page = await look(shop, browser, "/console/customers", **query)
    return {name for name, one in base.items() if f'/console/customers/{one.id}"' in page}


async def test_each_share_is_of_all_customers_and_says_so(shop, browse, base):
    async with browse() as browser:
        page = await look(shop, browser)
    assert "4 клиента." in page and "доли точные" in page
    assert page.count("1 из 4") == 4  # verified, birthday, consent, blocked
    assert page.count("2 из 4") == 1 and page.count("3 из 4") == 1  # reachable; seen
    assert "50 %" in page and "75 %" in page


async def test_what_the_night_counted_is_shown_with_its_hour_until_somebody_asks_for_now(shop, browse, base):
    night = shop.now - timedelta(hours=9)
    counted = await shop.database.read(lambda store: store.quality.counted(night))
    data = {"quality": [one.as_json() for one in counted]}
    kept = BaseReport(made_at=night, data=data, prior={}, purchases=1, seconds=1, engine="plain")
    await shop.database.write(lambda store: store.reports.add(kept, 9))
    await shop.customer("Глеб")
    async with browse() as browser:
        page = await look(shop, browser)
        assert "4 клиента." in page and "2 из 4" in page
        assert f"Посчитано {plain(Words(Language.RU, MOSCOW).moment(night))}" in page
        assert 'href="/console/quality?now=yes"' in page
        page = await look(shop, browser, now="yes")
        assert "5 клиентов." in page and "3 из 5" in page and "now=yes" not in page


@pytest.mark.parametrize(
    ("lack", "who"),
    [
        ("reachable", {"Борис", ""}),
        ("verified_phone", {"Борис", "Вера", ""}),
        ("birthday", {"Борис", "Вера", ""}),
        ("advertising", {"Борис", "Вера", ""}),
        ("seen", {"Вера"}),
        ("blocked", {"Борис"}),
        ("nameless", {""}),
        ("stale", {"Вера", ""}),
        ("invalid_phone", {""}),
    ],
)
async def test_each_number_opens_the_list_of_those_who_lack_it(shop, browse, base, lack, who):
    async with browse() as browser:
        assert await names(shop, browser, base, lack=lack) == who


async def test_a_number_of_a_group_opens_the_list_of_that_group(shop, browse, base):
    file = base[""].import_id.hex
    async with browse() as browser:
        page = await look(shop, browser)
        for title in ("По источнику", "По филиалу", "По файлу", "clients.xlsx, 2 марта 2026"):
            assert title in page
        assert f"lack=birthday&amp;by=import&amp;of={file}" in page
        assert await names(shop, browser, base, lack="birthday", by="import", of=file) == {""}
        assert await names(shop, browser, base, lack="birthday", by="import") == {"Борис", "Вера"}
        assert await names(shop, browser, base, lack="birthday", by="branch", of="Центр") == {""}
        assert await names(shop, browser, base, lack="seen", by="source", of="Instagram") == set()
        assert "Файл: clients.xlsx" in plain(
            (await browser.get("/console/customers", params={"lack": "birthday", "by": "import", "of": file})).text
        ).replace("<bdi>", "")


async def test_the_list_goes_on_page_by_page(shop, browse, base, monkeypatch):
    monkeypatch.setattr("console.customers.ON_A_PAGE", 2)
    async with browse() as browser:
        first = await look(shop, browser, "/console/customers", lack="birthday")
        assert "lack=birthday" in first.split('rel="next"')[1][:200]
        assert await names(shop, browser, base, lack="birthday", before=str(base["Вера"].id)) == {"Борис"}


async def test_what_to_clean_is_listed_with_what_to_do(shop, browse, base):
    async with browse() as browser:
        page = await look(shop, browser, role=Role.OWNER)
    for chore in ("Телефон с ошибкой: 1", "Без имени: 1", "Сведения старше года: 2"):
        assert chore in page
    assert "Возможные дубли" not in page  # there are none, and nobody is sent to look for them


async def test_a_yes_that_was_withdrawn_anywhere_counts_no_more(shop, browse, base):
    no = _yes(base["Анна"], shop.now)
    no.action, no.bot_id = ConsentAction.WITHDRAWN, "vk:1"
    await shop.database.write(lambda store: store.consents.add(no))
    async with browse() as browser:
        assert "Анна" in await names(shop, browser, base, lack="advertising")


async def test_who_withdrew_their_data_cannot_be_written_to(shop, browse, base):
    no = _yes(base["Анна"], shop.now)
    no.purpose, no.action = ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN
    await shop.database.write(lambda store: store.consents.add(no))
    async with browse() as browser:
        assert "Анна" in await names(shop, browser, base, lack="reachable")


async def test_a_cashier_sees_no_such_lists(shop, browse, base):
    async with browse() as browser:
        page = await look(shop, browser, "/console/customers", Role.CASHIER, lack="blocked")
    assert "Анна" in page and "Закрыли чат" not in page and "/console/quality" not in page


@pytest.mark.parametrize("query", [{"lack": "x"}, {"lack": "birthday", "by": "import", "of": "x"}])
async def test_an_address_that_asks_for_no_list_of_ours_shows_all(shop, browse, base, query):
    async with browse() as browser:
        assert await names(shop, browser, base, **query) == set(base)


async def test_an_empty_shop_has_nothing_to_clean(shop, browse):
    async with browse() as browser:
        assert "Клиентов пока нет" in await look(shop, browser)
