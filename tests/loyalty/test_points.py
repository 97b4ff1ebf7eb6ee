"""Points: five percent of what members buy, once a purchase, and the balance is the sum of what was written."""

import asyncio

from loyalty.card import card_of, join
from loyalty.purchases import KnownAlready, Recorded


async def _balance(day):
    customer = await day.customer()
    return await day.database.read(lambda store: store.points.balance(customer.id, day.now).available)


async def test_a_member_earns_five_percent_rounded_up(day):
    await day.comes()
    await day.joins()
    sold = await day.buys(35_010)
    assert sold.points == 18
    assert await _balance(day) == 18


async def test_they_hear_of_it(day):
    await day.comes()
    await day.joins()
    await day.buys(10_000)
    await day.buys(2_000)
    assert day.transport.texts(day.me)[-1] == "Начислено 1 балл. На карте 6 баллов."


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
    assert await _balance(day) == 0


async def test_the_same_request_sent_twice_is_one_purchase(day):
    await day.comes()
    await day.joins()
    first = await day.buys(10_000, key="form-1")
    again = await day.buys(10_000, key="form-1")
    assert isinstance(first, Recorded)
    assert isinstance(again, KnownAlready)
    assert again.purchase.id == first.purchase.id
    assert await _balance(day) == 5


async def test_a_double_click_is_one_purchase(day):
    await day.comes()
    await day.joins()
    sold = await asyncio.gather(*(day.buys(10_000, key="form-1") for _ in range(10)))
    assert sum(isinstance(one, Recorded) for one in sold) == 1
    assert await _balance(day) == 5


async def test_joining_twice_is_one_card(day):
    customer = await day.comes()
    cards = await asyncio.gather(
        *(day.database.write(lambda store: join(store, customer.id, day.now)) for _ in range(10))
    )
    assert len({card.number for card in cards}) == 1
    shown = await day.database.read(lambda store: card_of(store, customer.id, day.now))
    assert shown.number == cards[0].number
