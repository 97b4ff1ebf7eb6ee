"""Points after a merge that was undone: each statement leads to its own balance, whatever was done in between (I11)."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import ledger
from loyalty.ledger_check import check
from loyalty.purchases import Recorded, Sale, record
from loyalty.returns import Returned, give_back
from loyalty.statement import statement
from loyalty.statement_words import told
from messaging.people import Merged, Undone, merge, undo
from storage.columns import new_id
from storage.database import open_database
from storage.kinds import Language, PointsKind, PurchaseSource
from storage.models import Customer, Membership
from storage.store import Store
from tests.day import MOSCOW
from tests.emptying import empty

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
CARDS = ("123456782", "876543219")


def customers(store: Store) -> list[UUID]:
    """Two members."""
    found = []
    for card in CARDS:
        customer = Customer(name="", language=Language.RU, created_at=NOON)
        store.bulk.insert(Customer, [customer.model_dump()])
        store.points.join(Membership(customer_id=customer.id, card_number=card, joined_at=NOON))
        found.append(customer.id)
    return found


def gives(store: Store, owner: UUID, points: int, now: datetime, *, waits: int = 0, lives: int = 9) -> None:
    cause = ledger.Cause(key=new_id().hex, customer_id=owner, kind=PointsKind.GIFT)
    opens = now + timedelta(days=waits)
    ledger.grant(store, cause, points, now, opens_at=opens, expires_at=opens + timedelta(days=lives))


def takes(store: Store, owner: UUID, points: int, now: datetime) -> None:
    cause = ledger.Cause(key=new_id().hex, customer_id=owner, kind=PointsKind.ADJUSTMENT)
    ledger.take_back(store, cause, points, (), now)


def sells(store: Store, owner: UUID, points: int, now: datetime) -> UUID:
    """An order of 1000 that so many points pay a part of."""
    customer = store.customers.get(owner)
    assert customer is not None
    sale = Sale(new_id().hex, customer, 100_000, PurchaseSource.CONSOLE, points=points)
    sold = record(store, sale, now, MOSCOW)
    assert isinstance(sold, Recorded)
    return sold.purchase.id


def comes_back(store: Store, purchase_id: UUID, now: datetime) -> None:
    done = give_back(store, key=new_id().hex, purchase_id=purchase_id, amount_minor=None, now=now, zone=MOSCOW)
    assert isinstance(done, Returned)


def balances(store: Store, people: list[UUID], now: datetime) -> list[tuple[int, int, int]]:
    """Of each, once it is sure that their statement leads there and that the ledger adds up."""
    found = []
    for one in people:
        ledger.settle(store, one, now)
        balance, lines = store.points.balance(one, now), statement(store, one, 1000).lines
        assert tuple(map(sum, zip(*(line.change for line in lines), strict=True))) in {tuple(balance), ()}
        assert balance == (0, 0, 0) or lines[0].after == balance
        found.append(tuple(balance))
    check(store)
    return found


@pytest.fixture
async def apart(database):
    """Two members with 100 points each, the second one's nearer their end; merged, and 150 spent."""

    def unit(store: Store):
        kept, gone = customers(store)
        gives(store, kept, 100, NOON)
        gives(store, gone, 100, NOON, lives=5)
        merged = merge(store, kept, gone, None, NOON)
        assert isinstance(merged, Merged)
        sold = sells(store, kept, 150, NOON)
        assert isinstance(undo(store, merged.merge_id, None, NOON), Undone)
        return [kept, gone], sold

    return await database.write(unit)


async def test_what_was_spent_while_two_were_one_is_told_to_whoever_paid(database, apart):
    people, _ = apart
    kept, gone = await database.write(lambda store: balances(store, people, NOON))
    assert (kept[0], gone[0]) == (50, 0)
    line = (await database.read(lambda store: statement(store, people[1], 9))).lines[0]
    assert (line.kind, line.change.available) == (PointsKind.UNMERGE, -100)
    assert told(Language.RU, line, MOSCOW) == "2 марта: −100 — пока две карты были объединены. Стало 0 баллов."


async def test_what_comes_back_afterwards_comes_back_to_whoever_paid(database, apart):
    people, sold = apart
    await database.write(lambda store: comes_back(store, sold, NOON))
    kept, gone = await database.write(lambda store: balances(store, people, NOON))
    assert (kept[0], gone[0]) == (100, 100)


STEPS = st.one_of(
    st.tuples(st.just("give"), st.integers(1, 40), st.integers(0, 6)),
    st.tuples(st.just("sell"), st.integers(1, 40), st.just(0)),
    st.tuples(st.just("take"), st.integers(1, 60), st.just(0)),
    st.tuples(st.just("back"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("days"), st.integers(1, 6), st.just(0)),
)


class Shop:
    """A few days of two members: what happens, happens to whom the step is for."""

    def __init__(self, store: Store) -> None:
        empty(store)
        self.store, self.now, self.sold = store, NOON, list[UUID]()
        self.people = customers(store)

    def does(self, owner: UUID, what: str, number: int, more: int) -> None:
        match what:
            case "give":
                gives(self.store, owner, number, self.now, waits=more)
            case "take":
                takes(self.store, owner, number, self.now)
            case "days":
                self.now += timedelta(days=number)
            case "back" if self.sold:
                comes_back(self.store, self.sold.pop(number % len(self.sold)), self.now)
            case "sell":
                ledger.settle(self.store, owner, self.now)
                points = min(number, self.store.points.balance(owner, self.now).available)
                self.sold.append(sells(self.store, owner, points, self.now))


def test_two_statements_lead_to_two_balances_whatever_was_done_while_they_were_one(database_url):
    some = st.lists(STEPS, max_size=8)

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(some, some, some, some)
    def holds(first, second, together, afterwards):
        def unit(store: Store) -> None:
            shop = Shop(store)
            kept, gone = shop.people
            for owner, steps in ((kept, first), (gone, second)):
                for step in steps:
                    shop.does(owner, *step)
            for _ in range(2):
                merged = merge(store, kept, gone, None, shop.now)
                assert isinstance(merged, Merged)
                for step in together:
                    shop.does(kept, *step)
                assert isinstance(undo(store, merged.merge_id, None, shop.now), Undone)
                balances(store, shop.people, shop.now)
            for place, step in enumerate(afterwards):
                shop.does(shop.people[place % 2], *step)
            balances(store, shop.people, shop.now)

        runner.run(database.write(unit))

    with asyncio.Runner() as runner:
        database = runner.run(open_database(database_url))
        try:
            holds()
        finally:
            runner.run(database.close())
