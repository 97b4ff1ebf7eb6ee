"""What happens twice at once at a till: one confirmation, one scan, one sale, on both databases."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from loyalty import ledger, spending, till
from loyalty.card import join
from loyalty.card_codes import Wrong, code_hash, screen_code
from loyalty.checkout import Basket, Sold, check_out, sell
from loyalty.programme import save_rules
from loyalty.return_requests import ask, confirm, take_back
from loyalty.returns import NoReturn, Returned
from loyalty.rules import Rules
from messaging.desk import Desk
from messaging.messages import Address
from storage.columns import new_id
from storage.kinds import Language, PointsKind, ReachStatus, Role, SpendState
from storage.models import Bot, CardScan, Customer, Staff

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")
KEY = "key"
AT_ONCE = 8


class Shop:
    """Two cashiers, a member with 300 points and a chat."""

    def __init__(self, database) -> None:
        self.database = database

    async def open(self) -> "Shop":
        self.vera, self.oleg = (
            Staff(login=name, name=name, role=Role.CASHIER, created_at=NOW) for name in ("vera", "oleg")
        )

        def unit(store) -> Customer:
            for staff in (self.vera, self.oleg):
                store.staff.add(staff)
            save_rules(store, Rules(pending_days=0), self.vera, NOW)
            store.bots.register(Bot(id="telegram:1", channel="telegram"))
            customer = store.customers.add("telegram:1", "42", "Анна", Language.RU, NOW)
            join(store, customer.id, NOW)
            cause = ledger.Cause(key="gift", customer_id=customer.id, kind=PointsKind.GIFT, reason="welcome")
            ledger.grant(store, cause, 300, NOW, opens_at=NOW, expires_at=None)
            return customer

        self.customer = await self.database.write(unit)
        return self

    def basket(self, *, points: int = 0, key: str = "", scan: str = "", staff: Staff | None = None) -> Basket:
        key, staff = key or new_id().hex, staff or self.vera
        return Basket(key=key, customer=self.customer, price_minor=50_000, staff=staff, points=points, scan=scan)

    async def at_once(self, *units) -> list:
        return await asyncio.gather(*(self.database.write(unit) for unit in units))

    async def balance(self) -> int:
        found = await self.database.read(lambda store: store.points.balance(self.customer.id, NOW))
        assert sum((await self.database.read(lambda store: store.points.accounts())).values()) == 0
        return found.available

    async def bought(self):
        return await self.database.read(lambda store: store.purchases.of_customer(self.customer.id, 100))


@pytest.fixture
async def shop(database) -> Shop:
    return await Shop(database).open()


async def test_a_yes_that_comes_eight_times_at_once_records_one_sale(shop):
    basket = shop.basket(points=150)
    chat = Address("telegram:1", "42")
    asked = await shop.database.write(lambda store: spending.ask(store, basket, chat, None, NOW, ZONE))

    def yes(store):
        return spending.answer(store, asked.request.id, shop.customer, NOW, ZONE, is_yes=True)

    outcomes = await shop.at_once(*[yes] * AT_ONCE)
    assert [type(one) for one in outcomes].count(Sold) == 1
    assert {one.state for one in outcomes if isinstance(one, spending.TooLate)} == {SpendState.CONFIRMED}
    assert len(await shop.bought()) == 1 and await shop.balance() == 150 + 18


async def test_a_yes_and_the_cashiers_impatience_are_one_sale_whoever_is_first(shop):
    basket = shop.basket(points=150)
    chat = Address("telegram:1", "42")
    asked = await shop.database.write(lambda store: spending.ask(store, basket, chat, None, NOW, ZONE))

    def yes(store):
        return spending.answer(store, asked.request.id, shop.customer, NOW, ZONE, is_yes=True)

    def in_money(store):
        return spending.without_points(store, basket.key, shop.vera, NOW, ZONE)

    await shop.at_once(*[yes, in_money] * 4)
    (purchase,) = await shop.bought()
    spent = purchase.points_minor // 100
    earned = -(-purchase.amount_minor * 5 // 10_000)
    assert spent in (0, 150) and await shop.balance() == 300 - spent + earned


async def test_a_yes_and_the_same_sale_entered_anew_are_one_sale_whoever_is_first(shop):
    basket, chat = shop.basket(points=150), Address("telegram:1", "42")
    asked = await shop.database.write(lambda store: spending.ask(store, basket, chat, None, NOW, ZONE))
    anew = shop.basket(key="anew")

    def yes(store):
        return spending.answer(store, asked.request.id, shop.customer, NOW, ZONE, is_yes=True)

    def in_money(store):
        return spending.without_points(store, basket.key, shop.vera, NOW, ZONE)

    await shop.at_once(*[lambda store: check_out(store, anew, NOW, ZONE), yes, in_money] * 2)
    asked_for = [one.id for one in await shop.bought() if one.key == basket.key]
    known = await shop.database.read(lambda store: store.till.spend_request(asked.request.id))
    instead = await shop.database.read(lambda store: store.purchases.by_key("anew"))
    # It was sold before the other one came, or never.
    assert asked_for == [known.purchase_id] or (asked_for == [] and known.purchase_id == instead.id)


async def test_of_two_cashiers_with_one_screen_code_one_has_the_customer(shop):
    code = screen_code(KEY, shop.customer.id, NOW)
    scan = CardScan(code_hash=code_hash(KEY, code.typed), customer_id=shop.customer.id, at=NOW)
    await shop.database.write(lambda store: store.cards.show_code(scan))

    def by(staff, text):
        return lambda store: till.find(store, text, staff, KEY, "RU", NOW)

    units = [by(shop.vera, code.typed), by(shop.oleg, f"c_{code.token}")] * 4
    outcomes = await shop.at_once(*units)
    found = {staff for staff, one in zip(["vera", "oleg"] * 4, outcomes, strict=True) if isinstance(one, till.Found)}
    assert len(found) == 1
    assert {one for one in outcomes if not isinstance(one, till.Found)} == {Wrong.USED}


async def test_one_scan_pays_for_one_of_many_sales(shop):
    code = screen_code(KEY, shop.customer.id, NOW)
    hashed = code_hash(KEY, code.typed)

    def scan(store):
        store.cards.show_code(CardScan(code_hash=hashed, customer_id=shop.customer.id, at=NOW))
        store.customers.set_reach("telegram:1", "42", ReachStatus.BLOCKED)  # whom nobody can ask, the scan speaks for
        return till.find(store, code.typed, shop.vera, KEY, "RU", NOW)

    await shop.database.write(scan)

    def pay(number: int):
        basket = shop.basket(points=10, scan=hashed, key=f"sale {number}")
        return lambda store: check_out(store, basket, NOW, ZONE)

    outcomes = await shop.at_once(*(pay(number) for number in range(AT_ONCE)))
    assert [type(one) for one in outcomes].count(Sold) == 1
    assert len(await shop.bought()) == 1


async def test_spending_while_a_return_runs_leaves_nothing_negative_and_nothing_twice(shop):
    first = await shop.database.write(lambda store: sell(store, shop.basket(points=100), NOW, ZONE))
    purchase = first.recorded.purchase

    def give_back(store):
        return take_back(store, "back", purchase, shop.oleg, None, "остыл", NOW, ZONE)

    def spend(number: int):
        basket = shop.basket(points=150, key=f"spend {number}")
        return lambda store: sell(store, basket, NOW, ZONE)

    outcomes = await shop.at_once(give_back, spend(1), give_back, spend(2), give_back, spend(3))
    returned = [one for one in outcomes if isinstance(one, Returned)]
    assert len(returned) == 3 and [one.is_repeat for one in returned].count(False) == 1
    sold = [one for one in outcomes if isinstance(one, Sold)]
    spent = 150 * len(sold)
    earned = sum(one.recorded.points for one in sold)
    assert await shop.balance() == 300 + earned - spent >= 0


async def test_two_people_who_confirm_one_wish_give_it_back_once(shop):
    sold = await shop.database.write(lambda store: sell(store, shop.basket(), NOW, ZONE))
    wish = await shop.database.write(
        lambda store: ask(
            store, shop.customer, Address("telegram:1", "42"), sold.recorded.purchase, "не то", NOW, Desk()
        )
    )

    def by(staff):
        return lambda store: confirm(store, wish, staff, None, NOW, ZONE)

    outcomes = await shop.at_once(*[by(shop.vera), by(shop.oleg)] * 4)
    assert [isinstance(one, Returned) for one in outcomes].count(True) == 1
    assert not any(isinstance(one, NoReturn) for one in outcomes)
    assert [one.returned_minor for one in await shop.bought()] == [50_000]


async def test_a_limit_holds_however_many_sales_come_at_once(shop):
    rules = Rules(pending_days=0, sales_per_day=3, sales_of_one_card_per_day=None)
    await shop.database.write(lambda store: save_rules(store, rules, shop.vera, NOW))

    def one(number: int):
        basket = shop.basket(key=f"sale {number}")
        return lambda store: sell(store, basket, NOW, ZONE)

    outcomes = await shop.at_once(*(one(number) for number in range(AT_ONCE)))
    assert [outcome.passed is None for outcome in outcomes].count(True) == 3
    assert len(await shop.bought()) == AT_ONCE


async def test_a_cards_limit_holds_whichever_cashiers_sell_to_it_at_once(shop):
    rules = Rules(pending_days=0, sales_per_day=None, sales_of_one_card_per_day=3)
    await shop.database.write(lambda store: save_rules(store, rules, shop.vera, NOW))

    def one(number: int):
        basket = shop.basket(key=f"sale {number}", staff=(shop.vera, shop.oleg)[number % 2])
        return lambda store: sell(store, basket, NOW, ZONE)

    outcomes = await shop.at_once(*(one(number) for number in range(AT_ONCE)))
    assert [outcome.passed for outcome in outcomes].count(None) == 3
    assert len(await shop.bought()) == AT_ONCE
