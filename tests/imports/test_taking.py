"""Purchases in the tables, on both engines: whose they are, once and only once, all of a page or nothing."""

from datetime import UTC, datetime

import pytest

from loyalty.importing import People, Taken, take_page
from storage.kinds import Channel, Language, PurchaseSource
from storage.models import Bot, Customer, Identity, Membership
from tests.imports.carrying import NOW, TERMS, bring, carry, customers, keys, purchases, read, rows

HEADER = "клиент;телефон;карта;имя;дата;сумма;товар\n"
FILE = HEADER + "".join(f"{number % 7};;;;0{number % 9 + 1}.02.2024;{number};кофе\n" for number in range(100))


async def test_a_purchase_is_kept_as_it_was_told(database):
    assert await bring(database, HEADER + "7;8 916 123-45-67;;Анна;01.02.2024 10:15;1 234,50;Кофе\n") == Taken(1, 0, 1)
    (bought,), (anna,) = await purchases(database), await customers(database)
    assert (bought.amount_minor, bought.currency, bought.product) == (123450, "RUB", "Кофе")
    assert (bought.at, bought.source) == (datetime(2024, 2, 1, 7, 15, tzinfo=UTC), PurchaseSource.IMPORT)
    assert (bought.customer_id, anna.name, anna.language) == (anna.id, "Анна", Language.RU)
    assert (anna.phone, anna.is_phone_verified, anna.created_at) == ("+79161234567", False, NOW)
    assert {(key.kind, key.value) for key in await keys(database)} == {("customer", "7"), ("phone", "+79161234567")}


async def test_the_same_file_twice_changes_nothing(database):
    assert await bring(database, FILE) == Taken(100, 0, 7)
    before = await purchases(database), await customers(database), await keys(database)
    assert await bring(database, FILE) == Taken(0, 100, 0)
    assert (await purchases(database), await customers(database), await keys(database)) == before


async def test_a_longer_file_brings_what_is_new(database):
    await bring(database, FILE)
    assert await bring(database, FILE + "1;;;;09.02.2024;7,77;чай\n8;;;;09.02.2024;1;чай\n") == Taken(2, 100, 1)


async def test_the_pages_size_does_not_matter(database):
    assert await bring(database, FILE, page=7) == Taken(100, 0, 7)
    assert await bring(database, FILE, page=1000) == Taken(0, 100, 0)


async def test_killed_in_the_middle_and_run_again_it_is_complete(database):
    def break_in_the_third(store, page):
        taken = take_page(store, page, TERMS, NOW)
        if page[0].line > 40:
            raise OSError("killed")
        return taken

    found = rows(FILE)
    pages = [found[start : start + 20] for start in range(0, 100, 20)]
    with pytest.raises(OSError, match="killed"):
        for page in pages:
            await database.write(lambda store, page=page: break_in_the_third(store, page))
    assert len(await purchases(database)) == 40
    assert await bring(database, FILE, page=20) == Taken(60, 40, 0)
    assert len(await customers(database)) == 7


async def test_whom_the_pages_before_have_met_is_not_made_again(database):
    people = People()
    for page in (rows(FILE)[:50], rows(FILE)[50:]):
        await database.write(lambda store, page=page: take_page(store, page, TERMS, NOW, people))
    assert len(await customers(database)) == 7
    assert await bring(database, FILE) == Taken(0, 100, 0)


async def known(database, customer: Customer, **member: str) -> Customer:
    """Somebody who came by a chat."""

    def remember(store):
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        store.customers._insert(customer)
        store.customers._insert(
            Identity(bot_id="telegram:1", user_id=customer.id.hex, customer_id=customer.id, seen_at=NOW)
        )
        if member:
            store.points.join(Membership(customer_id=customer.id, joined_at=datetime(2024, 1, 1, tzinfo=UTC), **member))

    await database.write(remember)
    return customer


async def test_a_customer_with_a_verified_phone_is_met_again_and_keeps_the_name(database):
    anna = await known(database, Customer(name="Аня", phone="+79161234567", is_phone_verified=True, created_at=NOW))
    taken = await bring(database, HEADER + "7;8 916 123-45-67;;Анна Петрова;01.02.2024;5;\n7;;;;02.02.2024;5;\n")
    assert taken == Taken(2, 0, 0)
    assert {bought.customer_id for bought in await purchases(database)} == {anna.id}
    assert [customer.name for customer in await customers(database)] == ["Аня"]


async def test_a_phone_that_anybody_could_type_is_not_trusted(database):
    await known(database, Customer(name="Кто-то", phone="+79161234567", created_at=NOW))
    assert (await bring(database, HEADER + ";89161234567;;;01.02.2024;5;\n")).customers == 1


async def test_a_members_card_finds_its_member_and_the_purchase_earns_points(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    assert await bring(database, HEADER + ";;1234 5678 2;;01.02.2026;100;\n") == Taken(1, 0, 0)
    assert await database.read(lambda store: store.points.balance(anna.id, NOW).available) == 5
    await bring(database, HEADER + ";;123456782;;01.02.2026;100;\n")
    assert await database.read(lambda store: store.points.balance(anna.id, NOW).available) == 5


async def test_a_purchase_before_the_membership_earns_nothing(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, HEADER + ";;123456782;;01.02.2023;100;\n")
    assert await database.read(lambda store: store.points.balance(anna.id, NOW).available) == 0


async def test_two_numbers_with_one_phone_are_two_people(database):
    family = HEADER + "1;89161234567;;Анна;01.02.2024;5;\n2;89161234567;;Пётр;01.02.2024;5;\n"
    assert await bring(database, family) == Taken(2, 0, 2)
    assert await bring(database, HEADER + "3;89161234567;;Оля;02.02.2024;5;\n") == Taken(1, 0, 1)


async def test_one_person_by_number_then_phone_then_both_is_one(database):
    text = (
        HEADER
        + "1;89161234567;;;01.02.2024;5;\n;89161234567;;;02.02.2024;5;\n1;;55;;03.02.2024;5;\n;;55;;04.02.2024;5;\n"
    )
    assert await bring(database, text, page=1) == Taken(4, 0, 1)


async def test_a_name_that_comes_later_on_the_page_is_taken(database):
    await bring(database, HEADER + "1;;;;01.02.2024;5;\n1;;;Анна;02.02.2024;5;\n1;;;Другая;03.02.2024;5;\n")
    assert [customer.name for customer in await customers(database)] == ["Анна"]


async def test_a_page_where_some_are_known_tells_new_from_known(database):
    found = rows(FILE)
    await carry(database, found[::2])
    assert await carry(database, found) == Taken(50, 50, 0)


async def test_refused_rows_repaired_and_brought_alone_complete_the_file(database):
    header, good = "клиент;дата;сумма;заказ\n", "1;01.02.2024;6;A\n"
    await carry(database, read(header + "1;01.02.2024;пять;A\n" + good))
    repaired = "клиент;дата;сумма;заказ;строка заказа;причина\n1;01.02.2024;5;A;1;нет\n"
    assert await bring(database, repaired) == Taken(1, 0, 0)
    assert await bring(database, header + "1;01.02.2024;5;A\n" + good) == Taken(0, 2, 0)
