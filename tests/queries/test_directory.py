"""The list of customers: who is found by what, and what stands beside them."""

from datetime import UTC, datetime

import pytest

from storage.kinds import FlagKind, FlagState, Language
from storage.models import Bot, Customer, CustomerKey, Flag, Membership, Purchase
from tests.rows import overwrite

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOT = "telegram:1"


def meet(store, name: str, phone: str | None = None) -> Customer:
    store.bots.register(Bot(id=BOT, channel="telegram"))
    customer = store.customers.add(BOT, name, name, Language.RU, NOW)
    customer.phone = phone
    overwrite(store, customer)
    return customer


async def found(database, words: str, digits: str = "", **more) -> list[str]:
    listed = await database.read(lambda store: store.directory.page(words, digits, 10, **more))
    return [one.name for one in listed]


@pytest.mark.parametrize("words", ["ольга", "ОЛЬГА", "Ольг", "кузн ольга", "знецов"])
async def test_a_name_is_found_in_any_case_and_any_order_of_its_words(database, words):
    await database.write(lambda store: [meet(store, name) for name in ("Ольга Кузнецова", "Иван")])
    assert await found(database, words) == ["Ольга Кузнецова"]


async def test_signs_of_a_pattern_are_just_signs(database):
    await database.write(lambda store: [meet(store, name) for name in ("100% Anna", "Ivan_1")])
    assert await found(database, "%") == ["100% Anna"]
    assert await found(database, "_") == ["Ivan_1"]


async def test_a_phone_is_found_by_its_end_only_by_those_who_see_phones(database):
    await database.write(lambda store: meet(store, "Olga", "+79161234567"))
    assert await found(database, "4567", "4567") == ["Olga"]
    assert await found(database, "4567", "4567", sees_phones=False) == []


def import_key(store, kind: str) -> None:
    store.connection.execute(
        CustomerKey.__table__.insert().values(kind=kind, value="A-17", customer_id=meet(store, "Olga").id)
    )


async def test_a_key_of_another_system_finds_its_customer(database):
    await database.write(lambda store: import_key(store, "card"))
    assert await found(database, "A-17", sees_phones=False) == ["Olga"]


async def test_pages_go_on_below_the_last_one(database):
    people = await database.write(lambda store: [meet(store, str(number)) for number in range(5)])
    first = await database.read(lambda store: store.directory.page("", "", 2))
    rest = await database.read(lambda store: store.directory.page("", "", 9, before=first[-1].id))
    assert [one.id for one in [*first, *rest]] == [one.id for one in reversed(people)]


async def test_a_line_sums_purchases_and_points_apart(database):
    def live(store) -> None:
        olga = meet(store, "Olga")
        store.points.join(Membership(customer_id=olga.id, card_number="123456782", joined_at=NOW))
        for amount in (100, 250):
            store.purchases.add(Purchase(customer_id=olga.id, at=NOW, amount_minor=amount))
        flag = Flag(customer_id=olga.id, kind=FlagKind.TOXIC, state=FlagState.CONFIRMED, evidence=[], found_at=NOW)
        store.flags.add(flag)
        store.flags.add(Flag(customer_id=olga.id, kind=FlagKind.ADVOCATE, evidence=[], found_at=NOW))

    await database.write(live)
    (line,) = await database.read(lambda store: store.directory.page("", "", 9))
    assert (line.totals, line.balance, line.flags, line.bot_ids) == ([("RUB", 2, 350)], 0, [FlagKind.TOXIC], [BOT])
    assert await database.read(lambda store: store.directory.by_card("123456782")) == line.id
