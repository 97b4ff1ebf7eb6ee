"""Points that members earn: by the rules of the day, once a purchase, open when the return window is over."""

import asyncio
from datetime import timedelta

import pytest

from loyalty.card import card_of, join
from loyalty.points import MINOR_PER_POINT
from loyalty.purchases import KnownAlready, NoPoints, Recorded
from loyalty.rules import Expiry, Rules, Tier
from storage.models import Service


async def balance(day):
    customer = await day.customer()
    return await day.database.read(lambda store: store.points.balance(customer.id, day.now))


async def member(day, **rules):
    await day.comes()
    await day.joins()
    await day.has(**rules)


async def test_a_member_earns_five_percent_rounded_up_that_open_in_two_weeks(day):
    await member(day)
    sold = await day.buys(35_010)
    assert (sold.points, sold.opens_at) == (18, day.now + timedelta(days=14))
    assert await balance(day) == (0, 18, 0)
    day.passes(days=14)
    assert await balance(day) == (18, 0, 0)


async def test_they_hear_what_it_earned_and_when_it_opens(day):
    await member(day)
    await day.buys(10_000)
    opens = day.now + timedelta(days=14)
    assert day.transport.texts(day.me)[-1] == (
        f"Начислено 5 баллов: откроются {opens.day} марта.\n"
        f"На карте 0 баллов. Ещё не открылись: 5 баллов, ближайшие — {opens.day} марта."
    )


async def test_they_hear_what_was_spent(day):
    await member(day, pending_days=0)
    await day.buys(1_000_000)
    await day.buys(100_000, points=300)
    assert day.transport.texts(day.me)[-1] == "Списано 300 баллов.\nНачислено 35 баллов.\nНа карте 235 баллов."


async def test_nothing_is_earned_on_what_points_paid(day):
    """Feature LO3: of 1000, 300 by points, five percent are 35."""
    await member(day, pending_days=0)
    await day.buys(1_000_000)
    sold = await day.buys(100_000, points=300)
    assert sold.points == 35
    assert (sold.purchase.amount_minor, sold.purchase.points_minor) == (70_000, 300 * MINOR_PER_POINT)
    assert (await balance(day)).available == 500 - 300 + 35


@pytest.mark.parametrize(
    ("rules", "points", "why"),
    [
        ({}, 301, NoPoints.TOO_MUCH),
        ({"max_share_percent": 100}, 501, NoPoints.NOT_ENOUGH),
        ({"min_order_minor": 100_001}, 1, NoPoints.NOT_HERE),
        ({"not_payable": frozenset({"доставка"})}, 1, NoPoints.NOT_HERE),
        ({}, -1, NoPoints.TOO_MUCH),
    ],
    ids=["above the share", "more than there are", "small order", "excluded", "below nothing"],
)
async def test_a_refused_payment_leaves_nothing_behind(day, rules, points, why):
    """Feature LO6."""
    await member(day, pending_days=0, **rules)
    await day.buys(1_000_000)
    before = await balance(day)
    assert await day.buys(100_000, points=points, product="Доставка", key="refused") is why
    assert await day.database.read(lambda store: store.purchases.by_key("refused")) is None
    assert await balance(day) == before


async def test_who_has_no_card_cannot_pay_with_points(day):
    await day.comes()
    assert await day.buys(100_000, points=1) is NoPoints.NO_CARD


async def test_points_that_wait_cannot_be_spent(day):
    await member(day)
    await day.buys(1_000_000)
    assert await day.buys(100_000, points=1) is NoPoints.NOT_ENOUGH
    day.passes(days=14)
    assert isinstance(await day.buys(100_000, points=1), Recorded)


async def test_two_tills_at_once_spend_points_once(day):
    await member(day, pending_days=0)
    await day.buys(600_000)
    sold = await asyncio.gather(*(day.buys(100_000, points=300) for _ in range(5)))
    assert sum(isinstance(one, Recorded) for one in sold) == 1
    assert {one for one in sold if not isinstance(one, Recorded)} <= {NoPoints.NOT_ENOUGH}


async def test_service_category_tier_and_weekday_make_the_rate(day):
    silver = Tier(slug="silver", name="Silver", percent=7, from_minor=1)
    rules = Rules(
        percent_of_service={"кофе": 10.0, "завтраки": 1.0},
        weekday_factor={day.now.weekday(): 2.0},
        not_earning=frozenset({"доставка"}),
        tiers=(silver,),
        pending_days=0,
    )
    await day.comes()
    await day.joins()
    await day.has(rules)
    breakfast = Service(key="каша", name="Каша", category="Завтраки", changed_at=day.now)
    await day.database.write(lambda store: store.services.add([breakfast]))
    earned = [(await day.buys(100_000, product=product)).points for product in ("Кофе", "каша", "", "доставка")]
    assert earned == [200, 20, 140, 0]  # silver by the first purchase: seven percent, twice on this weekday


async def test_a_purchase_renews_the_whole_balance_where_the_rules_say_so(day):
    """Feature LO7."""
    await member(day, expiry=Expiry.RENEWAL, pending_days=0, lives_months=1)
    await day.buys(100_000)
    day.passes(days=20)
    await day.buys(100)
    day.passes(days=20)
    assert (await balance(day)).available == 51
    day.passes(days=20)
    assert (await balance(day)).available == 0
    await day.buys(100)
    assert (await balance(day)).available == 1  # what is gone stays gone


async def test_each_batch_has_its_own_last_day_otherwise(day):
    await member(day, pending_days=0, lives_months=1)
    await day.buys(100_000)
    day.passes(days=20)
    await day.buys(100)
    day.passes(days=20)
    assert (await balance(day)).available == 1


async def test_who_is_no_member_earns_nothing_and_hears_nothing(day):
    await day.comes()
    before = len(day.transport.carried)
    sold = await day.buys()
    assert sold.points == 0
    assert len(day.transport.carried) == before


async def test_what_was_bought_before_joining_earns_nothing(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=1)
    await day.joins()
    assert await balance(day) == (0, 0, 0)


async def test_the_same_request_sent_twice_is_one_purchase(day):
    await member(day, pending_days=0)
    await day.buys(600_000)
    first = await day.buys(10_000, key="form-1", points=30)
    again = await day.buys(10_000, key="form-1", points=30)
    assert isinstance(first, Recorded)
    assert isinstance(again, KnownAlready)
    assert again.purchase.id == first.purchase.id
    assert (await balance(day)).available == 300 - 30 + 4


async def test_a_double_click_is_one_purchase(day):
    await member(day, pending_days=0)
    sold = await asyncio.gather(*(day.buys(10_000, key="form-1") for _ in range(10)))
    assert sum(isinstance(one, Recorded) for one in sold) == 1
    assert (await balance(day)).available == 5


async def test_joining_twice_is_one_card(day):
    customer = await day.comes()
    cards = await asyncio.gather(
        *(day.database.write(lambda store: join(store, customer.id, day.now)) for _ in range(10))
    )
    assert len({card.number for card in cards}) == 1
    shown = await day.database.read(lambda store: card_of(store, customer.id, day.now))
    assert shown.number == cards[0].number
