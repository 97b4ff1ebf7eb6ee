"""Goods that come back: points move with them, pro rata and once, and nothing is won by buying and giving back.

Every bug of feature I12 that returns have had elsewhere is a test here.
"""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty import campaigns, promo_codes
from loyalty.points import share
from loyalty.promo_refusals import Refusal
from loyalty.purchases import NoPoints, Recorded
from loyalty.returns import NoReturn, Returned
from storage.kinds import Language, PurchaseSource
from tests.loyalty.test_points import balance, member


async def bought_with_points(day):
    """A purchase of 1000, 300 by points; it earned 35."""
    await member(day, pending_days=0)
    await day.buys(600_000)
    return await day.buys(100_000, points=300)


async def test_a_whole_return_undoes_all_of_it(day):
    sold = await bought_with_points(day)
    assert await balance(day) == (35, 0, 0)
    back = await day.returns(sold)
    assert (back.given_back.amount_minor, back.given_back.points_back, back.given_back.points_taken) == (
        70_000,
        300,
        35,
    )
    assert back.is_whole
    assert await balance(day) == (300, 0, 0)


async def test_buying_and_giving_back_again_and_again_wins_nothing(day):
    """odoo#257854: a refund left the earned points, so a cycle of buying and refunding farmed them."""
    await member(day, pending_days=0)
    await day.buys(600_000)
    before = await balance(day)
    for _ in range(5):
        await day.returns(await day.buys(100_000, points=300))
    assert await balance(day) == before


async def test_a_return_takes_points_once(day):
    """odoo#238806, odoo#212922: a refund took the points twice, once by the refund and once by its order."""
    sold = await bought_with_points(day)
    again = [await day.returns(sold, key="return-1") for _ in range(3)]
    assert [one.is_repeat for one in again] == [False, True, True]
    assert await day.returns(sold, key="return-2") is NoReturn.NOTHING_LEFT
    assert await balance(day) == (300, 0, 0)


async def test_ten_returns_at_once_are_one(day):
    sold = await bought_with_points(day)
    back = await asyncio.gather(*(day.returns(sold, key=f"return-{number}") for number in range(10)))
    assert sum(isinstance(one, Returned) for one in back) == 1
    assert await balance(day) == (300, 0, 0)


async def test_points_spent_meanwhile_are_owed_and_the_balance_never_goes_below_nothing(day):
    """erpnext#32951: a return wrote no negative entry, so points of returned goods stayed; the other mistake would be
    a balance below nothing."""
    await member(day, pending_days=0)
    first = await day.buys(600_000)
    await day.buys(100_000, points=300)
    await day.returns(first)
    assert await balance(day) == (0, 0, 265)
    assert "Спишем из следующих начислений: 265 баллов." in day.transport.texts(day.me)[-1]
    await day.buys(600_000)
    assert await balance(day) == (35, 0, 0)


async def test_a_return_before_they_open_takes_points_that_wait(day):
    """Feature LO4: cancelled when the order comes back before activation."""
    await member(day)
    sold = await day.buys(100_000)
    await day.returns(sold)
    assert await balance(day) == (0, 0, 0)
    day.passes(days=15)
    assert await balance(day) == (0, 0, 0)


async def test_half_of_it_takes_half_of_what_waits_and_the_rest_opens(day):
    await member(day)
    sold = await day.buys(100_000)
    await day.returns(sold, 50_000)
    assert await balance(day) == (0, 25, 0)
    day.passes(days=15)
    await day.buys(100, points=0)
    assert (await balance(day)).available == 25


async def test_returned_points_keep_their_last_day(day):
    """Feature LO5: into the same batches; what expires meanwhile is not made young again by a return."""
    await member(day, pending_days=0, lives_months=1)
    await day.buys(600_000)
    sold = await day.buys(100_000, points=300)
    day.passes(days=40)
    back = await day.returns(sold)
    assert back.given_back.points_back == 300
    assert await balance(day) == (0, 0, 0)


async def test_who_lets_points_expire_owes_nothing_for_them_when_the_goods_come_back(day):
    await member(day, pending_days=0, lives_months=1)
    sold = await day.buys(100_000)
    day.passes(days=40)
    await day.tick()
    back = await day.returns(sold)
    assert back.given_back.points_taken == 0
    assert await balance(day) == (0, 0, 0)


@pytest.mark.parametrize("parts", [[1] * 7 + [69_993], [23_333, 23_333, 23_334], [69_999, 1]])
async def test_many_small_returns_move_together_what_one_does(day, parts):
    """No rounding is lost or won on the way."""
    sold = await bought_with_points(day)
    done = [await day.returns(sold, part) for part in parts]
    assert sum(one.given_back.points_back for one in done) == 300
    assert sum(one.given_back.points_taken for one in done) == 35
    assert [one.is_whole for one in done] == [False] * (len(parts) - 1) + [True]
    assert await balance(day) == (300, 0, 0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(1, 10_000), min_size=1, max_size=8))
def test_shares_of_any_parts_add_up_to_the_whole(points, parts):
    whole, done, moved = sum(parts), 0, []
    for part in parts:
        before = share(points, done, whole)
        done += part
        moved.append(share(points, done, whole) - before)
    assert sum(moved) == points
    assert min(moved) >= 0


@pytest.mark.parametrize(
    ("amount", "why"), [(70_001, NoReturn.TOO_MUCH), (0, NoReturn.TOO_MUCH), (-1, NoReturn.TOO_MUCH)]
)
async def test_more_than_was_paid_cannot_come_back(day, amount, why):
    sold = await bought_with_points(day)
    assert await day.returns(sold, amount) is why
    assert await balance(day) == (35, 0, 0)


async def test_what_points_paid_whole_comes_back_as_points(day):
    await member(day, pending_days=0, max_share_percent=100)
    await day.buys(600_000)
    sold = await day.buys(10_000, points=100)
    assert sold.purchase.amount_minor == 0
    assert (await day.returns(sold)).given_back.points_back == 100
    assert await day.returns(sold) is NoReturn.NOTHING_LEFT
    assert await balance(day) == (300, 0, 0)


async def test_gift_cards_and_points_earn_nothing_and_their_return_takes_nothing(day):
    """RepairDesk#1050: points were earned on gift cards and on points themselves."""
    await member(day, pending_days=0, not_earning=frozenset({"подарочная карта"}))
    sold = await day.buys(100_000, product="Подарочная карта")
    assert sold.points == 0
    assert (await day.returns(sold)).given_back.points_taken == 0


async def test_sums_are_counted_again(day):
    customer_id = (await day.comes()).id
    sold = await day.buys(100_000)
    await day.buys(50_000)
    await day.returns(sold)
    await day.tick()
    held = await day.database.write(lambda store: store.stats.held(customer_id))
    assert (held.revenue_minor, held.returned_minor, held.is_stale) == (50_000, 100_000, False)


async def test_a_return_of_a_purchase_that_nobody_knows_is_refused(day):
    await day.comes()
    sold = await day.buys(100_000, source=PurchaseSource.CONSOLE)
    sold.purchase.id = sold.purchase.customer_id
    assert await day.returns(sold) is NoReturn.UNKNOWN


async def test_a_code_takes_its_part_first_then_points_pay_a_share_of_the_rest(day):
    await member(day, pending_days=0)
    await day.buys(1_000_000)
    code = await code_for(day)
    assert await day.buys(100_000, code=code, points=271) is NoPoints.TOO_MUCH  # 30 % of what the code has left
    sold = await day.buys(100_000, code=code, points=270)
    bought = sold.purchase
    assert (bought.discount_minor, bought.points_minor, bought.amount_minor) == (10_000, 27_000, 63_000)
    assert (sold.points, sold.redeemed.discount_minor) == (32, 10_000)


async def test_a_code_can_be_used_again_when_the_whole_order_came_back(day):
    await member(day, pending_days=0)
    code = await code_for(day)
    sold = await day.buys(100_000, code=code)
    await day.returns(sold, 10_000)
    assert await day.buys(100_000, code=code) is Refusal.USED_UP
    await day.returns(sold)
    assert isinstance(await day.buys(100_000, code=code), Recorded)


async def code_for(day) -> str:
    """Ten percent off, once."""
    customer = await day.customer()

    def issued(store) -> str:
        campaign = campaigns.campaign(store, campaigns.WELCOME, Language.RU, day.now)
        return promo_codes.issue(store, campaign, customer.id, "a test", day.now).text

    return await day.database.write(issued)
