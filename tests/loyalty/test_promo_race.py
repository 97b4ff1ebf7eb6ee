"""Fifty at once for a code of three uses (feature PR4), and each bug of others that broke such a limit (I11)."""

import asyncio

from loyalty.promo_codes import Order, Redeemed, confirm, redeem, reserve, roll_back
from loyalty.promo_refusals import Refusal
from loyalty.purchases import Recorded
from storage.kinds import PromoKind
from storage.models import PromoCampaign, PromoCode
from tests.redemptions import Race

ROUNDS = 20


async def test_fifty_through_two_chats_the_till_and_the_domain_get_exactly_three(database, tmp_path):
    race = Race(database, tmp_path / "uploads")
    await race.gather()
    for _ in range(ROUNDS):
        await race.run()


# --- how others' limits broke


async def _code(day, *, code_uses: int = 1000, **limits) -> PromoCampaign:
    campaign = PromoCampaign(
        slug="spring", name="Весна", kind=PromoKind.FIXED, value=1000, created_at=day.now, **limits
    )
    code = PromoCode(code="SPRING25", campaign_id=campaign.id, max_uses=code_uses, issued_at=day.now)
    await day.database.write(lambda store: (store.promos.add_campaign(campaign), store.promos.add_code(code)))
    return campaign


async def _at_once(day, number: int, customer_id=None):
    order = Order(customer_id, 10_000, day.now)
    return await asyncio.gather(
        *(
            day.database.write(lambda store, n=n: redeem(store, "SPRING25", f"k{n}", order, day.zone))
            for n in range(number)
        )
    )


def _taken(results) -> int:
    return sum(isinstance(one, Redeemed) for one in results)


async def test_saleor_544_two_checkouts_do_not_both_take_the_last_use(day):
    await _code(day, code_uses=1)
    assert _taken(await _at_once(day, 2)) == 1


async def test_saleor_pr_15855_once_for_each_customer_holds_for_orders_placed_together(day):
    await _code(day, max_per_customer=1)
    customer = await day.comes()
    assert _taken(await _at_once(day, 10, customer.id)) == 1


async def test_eventyay_1398_a_code_of_three_uses_is_not_used_five_times(day):
    await _code(day, code_uses=3)
    assert _taken(await _at_once(day, 5)) == 3


async def test_eventyay_pr_1399_a_refused_use_leaves_nothing_counted(day):
    campaign = await _code(day, max_uses=3)
    await _at_once(day, 8)
    code = await day.database.read(lambda store: store.promos.code("SPRING25"))
    counted = await day.database.read(lambda store: store.promos.counted(campaign.id, "all"))
    assert (code.used, counted) == (3, 3)


async def test_shopware_11245_a_limit_of_the_whole_campaign_holds_over_different_codes(day):
    campaign = await _code(day, max_uses=3)

    def more(store) -> None:
        for number in range(8):
            store.promos.add_code(PromoCode(code=f"S{number}A2B3C", campaign_id=campaign.id, issued_at=day.now))

    await day.database.write(more)
    order = Order(None, 10_000, day.now)
    results = await asyncio.gather(
        *(
            day.database.write(lambda store, n=n: redeem(store, f"S{n}A2B3C", f"k{n}", order, day.zone))
            for n in range(8)
        )
    )
    assert _taken(results) == 3


async def test_django_oscar_4612_a_voucher_for_one_order_is_not_taken_by_two_of_the_same_moment(day):
    await _code(day, code_uses=1)
    await day.comes()
    results = await asyncio.gather(*(day.buys(code="SPRING25", key=f"k{number}") for number in range(6)))
    assert sum(isinstance(one, Recorded) for one in results) == 1
    assert {one for one in results if isinstance(one, Refusal)} == {Refusal.USED_UP}


async def test_django_oscar_4622_a_sale_that_is_refused_for_its_code_is_not_written(day):
    await _code(day, code_uses=1)
    await day.comes()
    await day.buys(code="SPRING25", key="first")
    assert await day.buys(code="SPRING25", key="second") is Refusal.USED_UP
    customer = await day.customer()
    assert await day.database.read(lambda store: store.purchases.count_of(customer.id)) == 1


async def test_django_lfs_202_a_sale_that_fails_after_its_code_gives_the_use_back(day):
    campaign = await _code(day, code_uses=1)
    order = Order(None, 10_000, day.now)

    def breaks(store) -> None:
        assert isinstance(redeem(store, "SPRING25", "k", order, day.zone), Redeemed)
        raise ConnectionError("the till went away")

    (failed,) = await asyncio.gather(day.database.write(breaks), return_exceptions=True)
    assert isinstance(failed, ConnectionError)
    code = await day.database.read(lambda store: store.promos.code("SPRING25"))
    assert (code.used, await day.database.read(lambda store: store.promos.counted(campaign.id, "all"))) == (0, 0)


async def test_themoltnet_79_the_count_is_one_statement_and_no_look_before_it(day):
    """Whoever looked first and wrote then would write over what came between: both saw none."""
    await _code(day, max_uses=1)
    seen = await asyncio.gather(*(day.database.read(lambda store: store.promos.code("SPRING25")) for _ in range(2)))
    assert [one.used for one in seen] == [0, 0]
    assert _taken(await _at_once(day, 2)) == 1


async def test_a_code_that_is_confirmed_while_somebody_takes_it_back_leaves_both_their_turn(day):
    """One held the use and wanted the points, the other the points and then the use: PostgreSQL ended one of them."""
    campaign = PromoCampaign(slug="bonus", name="Бонус", kind=PromoKind.POINTS, value=200, created_at=day.now)
    code = PromoCode(code="BONUS222", campaign_id=campaign.id, max_uses=1000, issued_at=day.now)
    await day.database.write(lambda store: (store.promos.add_campaign(campaign), store.promos.add_code(code)))
    await day.comes()
    await day.joins()
    customer = await day.customer()
    order = Order(customer.id, 10_000, day.now)
    for number in range(ROUNDS):
        await day.database.write(lambda store, key=f"k{number}": reserve(store, "BONUS222", key, order, day.zone))
        await asyncio.gather(
            day.database.write(lambda store, key=f"k{number}": confirm(store, key, None, day.now)),
            day.database.write(lambda store, key=f"k{number}": roll_back(store, key, "ошибка", None, day.now)),
        )
        await day.database.write(lambda store, key=f"k{number}": roll_back(store, key, "ошибка", None, day.now))
        has = await day.database.read(lambda store: store.points.balance(customer.id, day.now).available)
        assert has == 0
