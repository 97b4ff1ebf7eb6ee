"""Records that may be one person wait for somebody to look; nobody is merged, and nobody is asked twice."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from messaging import duplicates
from messaging.likeness import SHARED_AT_MOST
from messaging.people import erase, merge
from scheduler import jobs
from scheduler.work import Shop, Work
from storage.columns import new_id
from storage.kinds import Language, PairState, Role
from storage.models import Bot, Customer, CustomerKey, Staff
from tests.rows import overwrite
from tests.talk import NOON

PHONE = "+79161234567"


async def nothing_kept() -> int:
    return 0


@asynccontextmanager
async def nobody_rates(zone: ZoneInfo, now: datetime) -> AsyncIterator[Iterator[str]]:
    raise AssertionError("a look for twins judges nobody")
    yield iter(())


class Base:
    """Customers, and the job that looks at them."""

    def __init__(self, database) -> None:
        self.database = database
        self.now = NOON
        self.owner = Staff(login="owner", name="Olga", role=Role.OWNER, created_at=NOON)

    async def add(self, name: str = "", keys=(), **more) -> Customer:
        customer = Customer(name=name, created_at=more.pop("created_at", NOON), **more)
        named = [CustomerKey(kind=kind, value=value, customer_id=customer.id) for kind, value in keys]

        def unit(store) -> None:
            store.bulk.insert(Customer, [customer.model_dump()])
            store.bulk.insert(CustomerKey, [key.model_dump() for key in named])

        await self.database.write(unit)
        return customer

    async def look(self) -> int:
        shop = Shop("Корица", Language.RU, ZoneInfo("UTC"))
        work = Work(self.database, lambda: self.now, lambda: shop, nothing_kept, nobody_rates)
        return await jobs.find_duplicates(work)

    async def pairs(self, state: PairState = PairState.OPEN) -> dict:
        found = await self.database.read(lambda store: store.duplicates.in_state(state, 99))
        return {frozenset((one.first_id, one.second_id)): one.reasons for one in found}

    async def decide(self, one: Customer, other: Customer, state: PairState = PairState.DIFFERENT) -> bool:
        return await self.database.write(
            lambda store: duplicates.decide(store, one.id, other.id, state, self.owner, self.now)
        )


@pytest.fixture
async def base(database) -> Base:
    base = Base(database)
    await database.write(lambda store: store.staff.add(base.owner))
    await database.write(lambda store: store.bots.register(Bot(id="telegram:1", channel="telegram")))
    return base


def both(one: Customer, other: Customer) -> frozenset:
    return frozenset((one.id, other.id))


BORN = {"birthday_month": 5, "birthday_day": 3}


async def test_a_phone_an_address_and_a_name_with_a_birthday_are_each_a_reason(base):
    one = await base.add("Анна Фёдорова", phone=PHONE, email="anna@example.com", **BORN)
    by_phone = await base.add("Пётр", phone=PHONE)
    by_mail = await base.add("", email="anna@example.com")
    by_name = await base.add("федорова АННА", **BORN)
    await base.add("Анна Фёдорова", birthday_month=5, birthday_day=4)
    assert await base.look() == 3
    assert await base.pairs() == {
        both(one, by_phone): ["phone"],
        both(one, by_mail): ["email"],
        both(one, by_name): ["name_and_birthday"],
    }
    assert await base.look() == 0


async def test_all_reasons_of_one_pair_stand_together_and_the_file_is_asked_too(base):
    one = await base.add("Анна Фёдорова", phone=PHONE, **BORN)
    other = await base.add("Анна Фёдорова", keys=[("phone", PHONE)], **BORN)
    await base.look()
    assert await base.pairs() == {both(one, other): ["phone", "name_and_birthday"]}


async def test_a_phone_of_half_the_town_names_nobody(base):
    for _ in range(SHARED_AT_MOST + 1):
        await base.add(phone=PHONE)
    assert await base.look() == 0


async def test_somebody_erased_resembles_nobody(base, database):
    one, other = await base.add("Анна", phone=PHONE), await base.add("Анна", phone=PHONE)
    await base.look()
    await database.write(lambda store: erase(store, other.id, None, NOON))
    assert await base.pairs() == {}
    assert await base.look() == 0
    assert await database.read(lambda store: store.customers.get(one.id)) is not None


async def test_what_is_not_alike_any_more_leaves_the_queue(base, database):
    await base.add(phone=PHONE)
    other = await base.add(phone=PHONE)
    await base.look()
    other.phone = "+79160000000"
    await database.write(lambda store: overwrite(store, other))
    assert await base.look() == 1
    assert await base.pairs() == {}


async def test_different_people_are_not_asked_about_again(base):
    one, other = await base.add("Анна", phone=PHONE), await base.add("Пётр", phone=PHONE)
    await base.look()
    assert await base.decide(other, one)
    base.now += timedelta(days=1)
    assert await base.look() == 0
    assert await base.pairs() == {}
    assert list(await base.pairs(PairState.DIFFERENT)) == [both(one, other)]


async def test_a_new_reason_brings_them_back(base, database):
    one = await base.add("Анна Фёдорова", **BORN)
    other = await base.add("Анна Фёдорова", **BORN)
    await base.look()
    await base.decide(one, other)
    for who in (one, other):
        who.phone = PHONE
        await database.write(lambda store, who=who: overwrite(store, who))
    assert await base.look() == 1
    assert await base.pairs() == {both(one, other): ["phone", "name_and_birthday"]}


async def test_a_decision_can_be_taken_back(base):
    one, other = await base.add(phone=PHONE), await base.add(phone=PHONE)
    await base.look()
    await base.decide(one, other)
    assert await base.decide(one, other, PairState.OPEN)
    assert list(await base.pairs()) == [both(one, other)]
    assert not await base.decide(one, await base.add())


async def test_a_decision_made_while_the_job_ran_stands(base, database):
    """The job saw nothing decided, and comes to write when somebody has."""
    one, other = await base.add(phone=PHONE), await base.add(phone=PHONE)
    await base.look()
    found = await database.read(lambda store: store.duplicates.in_state(PairState.OPEN, 9))
    reasons = frozenset(duplicates.Reason(reason) for reason in found[0].reasons)
    await base.decide(one, other)
    pair = (found[0].first_id, found[0].second_id)
    assert await database.write(lambda store: duplicates.put(store, [(pair, reasons)], NOON)) == 0
    assert await database.write(lambda store: duplicates.drop(store, [pair])) == 0
    assert list(await base.pairs(PairState.DIFFERENT)) == [both(one, other)]


async def test_somebody_who_was_merged_meanwhile_is_not_queued(base, database):
    one, other, third = [await base.add(phone=PHONE) for _ in range(3)]
    pairs = [((one.id, other.id), frozenset({duplicates.Reason.PHONE}))]
    await database.write(lambda store: merge(store, third.id, other.id, None, NOON))
    assert await database.write(lambda store: duplicates.put(store, pairs, NOON)) == 0


async def test_a_merge_takes_the_pair_out_and_the_rest_is_found_for_the_one_record(base, database):
    one, other, third = [await base.add(phone=PHONE) for _ in range(3)]
    await base.look()
    assert len(await base.pairs()) == 3
    await database.write(lambda store: merge(store, one.id, other.id, None, NOON))
    assert list(await base.pairs()) == [both(one, third)]
    assert await base.look() == 0


async def test_namesakes_who_cannot_be_one_person_are_not_shown(base):
    """Two verified phones, or two numbers in the till's own system: nobody could merge them anyway."""
    for phone in ("+79160000001", "+79160000002"):
        await base.add("Анна Фёдорова", phone=phone, is_phone_verified=True, **BORN)
    for number in ("17", "18"):
        await base.add("Пётр Кац", keys=[("customer", number)], **BORN)
    assert await base.look() == 0


async def test_one_phone_under_two_numbers_of_the_till_is_shown_though_it_cannot_be_merged(base):
    one = await base.add("Анна", phone=PHONE, keys=[("customer", "17")])
    other = await base.add("Анна", phone=PHONE, keys=[("customer", "18")])
    await base.look()
    assert list(await base.pairs()) == [both(one, other)]


async def test_whom_to_keep_is_who_can_be_written_to_then_who_is_proven_then_who_was_first(base):
    old = Customer(id=new_id(), created_at=NOON - timedelta(days=9))
    proven = Customer(id=new_id(), created_at=NOON, is_phone_verified=True)
    chatting = Customer(id=new_id(), created_at=NOON)
    assert duplicates.suggested([old, chatting], {chatting.id})[0] is chatting
    assert duplicates.suggested([old, proven], set())[0] is proven
    assert duplicates.suggested([chatting, old], set())[0] is old


async def test_more_than_a_page_of_birthdays_is_read(base, database, monkeypatch):
    monkeypatch.setattr(jobs, "FOUND_AT_ONCE", 2)
    people = [await base.add(f"Имя Номер{'абвгд'[number]}", **BORN) for number in range(5)]
    twin = await base.add("номерд имя", **BORN)
    await base.look()
    assert list(await base.pairs()) == [both(people[4], twin)]
