"""Limits of a campaign, reservations and roll-backs: exact, whoever comes at the same moment (features PR3 to PR7)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from loyalty import promo_codes
from loyalty.card import join
from loyalty.promo_codes import Order, Quote, Redeemed
from loyalty.promo_refusals import Refusal
from loyalty.purchases import Recorded
from messaging.messages import Address
from messaging.people import merge, undo
from messaging.saved_segments import create
from messaging.segments import parse
from storage.columns import table_of
from storage.kinds import AuditAction, ConsentPurpose, PromoKind, RedemptionState, Role
from storage.models import Membership, PromoCampaign, PromoCode
from storage.promos import customer_scope

PRICE = 100_000


@pytest.fixture
async def till(day):
    till = Till(day)
    await day.comes(ConsentPurpose.PROGRAMME)
    await day.joins()
    await day.has(codes_per_order=2)
    till.customer = await day.customer()
    return till


class Till:
    """A campaign with its codes, and orders that use them."""

    def __init__(self, day) -> None:
        self.day = day
        self.customer = None

    async def campaign(self, slug="spring", kind=PromoKind.PERCENT, value=10, **more) -> PromoCampaign:
        campaign = PromoCampaign(slug=slug, name=slug, kind=kind, value=value, created_at=self.day.now, **more)
        await self.write(lambda store: store.promos.add_campaign(campaign))
        return campaign

    async def code(self, text: str, campaign: PromoCampaign, max_uses=100, **more) -> None:
        code = PromoCode(code=text, campaign_id=campaign.id, max_uses=max_uses, issued_at=self.day.now, **more)
        await self.write(lambda store: store.promos.add_code(code))

    def order(self, price=PRICE, *, customer="me", **more) -> Order:
        who = self.customer.id if customer == "me" else customer
        return Order(who, price, self.day.now, **more)

    async def write(self, unit):
        return await self.day.database.write(unit)

    async def redeems(self, text: str, key: str, order: Order | None = None, **more):
        order = order or self.order()
        return await self.write(lambda store: promo_codes.redeem(store, text, key, order, self.day.zone, **more))

    async def reserves(self, text: str, key: str, order: Order | None = None):
        order = order or self.order()
        return await self.write(lambda store: promo_codes.reserve(store, text, key, order, self.day.zone))

    async def asks(self, text: str, order: Order | None = None):
        order = order or self.order()
        return await self.day.database.read(lambda store: promo_codes.quote(store, text, order, self.day.zone))

    async def used(self, code: str) -> int:
        return (await self.day.database.read(lambda store: store.promos.code(code))).used

    async def counted(self, campaign, scope: str) -> int:
        return await self.day.database.read(lambda store: store.promos.counted(campaign.id, scope))

    async def another(self, user_id: str):
        """One more customer."""
        other = type(self.day)(self.day.me.channel, self.day.database)
        other.me = Address(self.day.bot_id, user_id)
        await other.comes()
        return await other.customer()


# --- limits


@pytest.mark.parametrize(
    ("limits", "refusal"),
    [
        ({"max_uses": 2}, Refusal.CAMPAIGN_USED_UP),
        ({"max_per_day": 2}, Refusal.ENOUGH_TODAY),
        ({"max_per_branch": 2}, Refusal.ENOUGH_HERE),
        ({"max_per_customer": 2}, Refusal.ENOUGH_FOR_CUSTOMER),
    ],
)
async def test_each_limit_gives_exactly_as_many_uses_and_leaves_nothing_taken(till, limits, refusal):
    campaign = await till.campaign(**limits)
    await till.code("SPRING25", campaign)
    results = await asyncio.gather(*(till.redeems("SPRING25", f"k{number}") for number in range(8)))
    assert [type(one) for one in results].count(Redeemed) == 2
    assert {one for one in results if isinstance(one, Refusal)} == {refusal}
    assert await till.used("SPRING25") == 2
    assert await till.counted(campaign, "all") == 2
    assert await till.asks("SPRING25") is refusal


async def test_a_limit_of_a_day_is_the_business_s_day_and_another_branch_has_its_own(till):
    campaign = await till.campaign(max_per_day=1)
    await till.code("SPRING25", campaign)
    till.day.now = till.day.now.replace(hour=20)  # 23:00 in Moscow
    assert isinstance(await till.redeems("SPRING25", "a"), Redeemed)
    till.day.passes(minutes=59)
    assert await till.redeems("SPRING25", "b") is Refusal.ENOUGH_TODAY
    till.day.passes(minutes=1)
    assert isinstance(await till.redeems("SPRING25", "c"), Redeemed)
    here = await till.campaign("here", max_per_branch=1)
    await till.code("HERE2222", here)
    assert isinstance(await till.redeems("HERE2222", "d", till.order(branch="Центр")), Redeemed)
    assert await till.redeems("HERE2222", "e", till.order(branch="центр")) is Refusal.ENOUGH_HERE
    assert isinstance(await till.redeems("HERE2222", "f", till.order(branch="Север")), Redeemed)


async def test_a_limit_that_is_set_later_knows_what_was_used_before(till):
    campaign = await till.campaign()
    await till.code("SPRING25", campaign)
    await till.redeems("SPRING25", "a")
    campaign.max_uses = 1
    await till.write(lambda store: store.promos.save_campaign(campaign))
    assert await till.redeems("SPRING25", "b") is Refusal.CAMPAIGN_USED_UP


async def test_a_code_for_each_customer_once_asks_who_buys(till):
    await till.code("SPRING25", await till.campaign(max_per_customer=1))
    assert await till.redeems("SPRING25", "a", till.order(customer=None)) is Refusal.NEEDS_CUSTOMER


async def test_a_saved_segment_decides_at_that_moment(till):
    staff = await till.day.hire(Role.MARKETER)
    rule = parse({"field": "orders", "is": "at_least", "value": 1})
    segment = await till.write(lambda store: create(store, "Покупали", rule, staff, till.day.now))
    await till.code("SPRING25", await till.campaign(segment_id=segment.id))
    assert await till.redeems("SPRING25", "a") is Refusal.NOT_IN_SEGMENT
    await till.day.buys()
    assert isinstance(await till.redeems("SPRING25", "b"), Redeemed)


async def test_a_campaign_for_a_tier_is_one_for_a_segment(till):
    staff = await till.day.hire(Role.MARKETER)
    rule = parse({"field": "tier", "is": "any_of", "value": ["gold"]})
    segment = await till.write(lambda store: create(store, "Золото", rule, staff, till.day.now))
    await till.code("SPRING25", await till.campaign(segment_id=segment.id))
    assert await till.redeems("SPRING25", "a") is Refusal.NOT_IN_SEGMENT

    def rise(store) -> None:
        card = table_of(Membership)
        store.connection.execute(update(card).where(card.c.customer_id == till.customer.id).values(tier="gold"))

    await till.write(rise)
    assert isinstance(await till.redeems("SPRING25", "b"), Redeemed)


async def test_a_first_order_is_refused_once_they_have_bought(till):
    await till.code("FIRST222", await till.campaign(is_first_order_only=True))
    assert isinstance(await till.day.buys(PRICE, code="FIRST222", key="first"), Recorded)
    assert await till.day.buys(PRICE, code="FIRST222", key="second") is Refusal.NOT_FIRST_ORDER


async def test_two_first_orders_at_the_same_moment_are_one_first_order(till):
    await till.code("FIRST222", await till.campaign(is_first_order_only=True))
    results = await asyncio.gather(*(till.day.buys(PRICE, code="FIRST222", key=f"k{number}") for number in range(5)))
    assert [type(one) for one in results].count(Recorded) == 1


async def test_a_discount_is_taken_off_and_points_are_for_what_was_paid(till):
    await till.code("SPRING25", await till.campaign(value=10, max_discount_minor=5000))
    sold = await till.day.buys(PRICE, code="SPRING25")
    assert (sold.purchase.amount_minor, sold.purchase.discount_minor) == (95_000, 5000)
    use = await till.day.database.read(lambda store: store.promos.of_purchase(sold.purchase.id))
    assert [(one.order_minor, one.discount_minor) for one in use] == [(PRICE, 5000)]


# --- several codes


async def test_several_codes_of_one_order_are_percents_first_and_all_or_none(till):
    await till.code("TEN22222", await till.campaign("ten", value=10))
    await till.code("SUM22222", await till.campaign("sum", PromoKind.FIXED, 5000))
    done = await till.redeems("sum22222, ten22222", "a")
    assert {use.campaign.slug: use.discount_minor for use in done.uses} == {"ten": 10_000, "sum": 5000}
    assert (await till.redeems("SUM22222, TEN22222", "a")).is_repeat
    assert (await till.used("TEN22222"), await till.used("SUM22222")) == (1, 1)


async def test_an_order_takes_as_many_codes_as_the_rules_say(till):
    await till.code("TEN22222", await till.campaign("ten"))
    await till.code("SUM22222", await till.campaign("sum", PromoKind.FIXED, 5000))
    await till.day.has(codes_per_order=1)
    assert await till.asks("TEN22222,SUM22222") is Refusal.TOO_MANY
    assert isinstance(await till.asks("TEN22222"), Quote)


async def test_when_one_of_several_codes_is_refused_none_is_used(till):
    await till.code("TEN22222", await till.campaign("ten"))
    await till.code("LAST2222", await till.campaign("last", max_uses=1), max_uses=5)
    await till.redeems("LAST2222", "before")
    assert await till.redeems("TEN22222,LAST2222", "a") is Refusal.CAMPAIGN_USED_UP
    assert await till.used("TEN22222") == 0
    assert isinstance(await till.redeems("TEN22222", "a"), Redeemed)


async def test_two_of_an_exclusive_group_do_not_go_together(till):
    await till.code("ONE22222", await till.campaign("one", exclusive_group="весна"))
    await till.code("TWO22222", await till.campaign("two", exclusive_group="весна"))
    assert await till.asks("ONE22222,TWO22222") is Refusal.NOT_TOGETHER
    assert isinstance(await till.asks("ONE22222"), Quote)


async def test_orders_with_the_same_codes_the_other_way_round_do_not_wait_for_each_other_for_ever(till):
    ones, twos = await till.campaign("one"), await till.campaign("two")
    for text, campaign in (("AAA22222", ones), ("BBB22222", twos), ("CCC22222", twos), ("DDD22222", ones)):
        await till.code(text, campaign)
    pairs = ("AAA22222,BBB22222", "CCC22222,DDD22222")
    results = await asyncio.gather(
        *(till.redeems(pairs[number % 2], f"k{number}", till.order(customer=None)) for number in range(20))
    )
    assert all(isinstance(one, Redeemed) for one in results)


# --- reservations


async def test_a_reservation_holds_the_last_use_until_it_is_let_go(till):
    await till.code("LAST2222", await till.campaign(), max_uses=1)
    assert isinstance(await till.reserves("LAST2222", "a"), Redeemed)
    assert await till.redeems("LAST2222", "b") is Refusal.USED_UP
    assert await till.write(lambda store: promo_codes.release(store, "a", till.day.now))
    assert not await till.write(lambda store: promo_codes.release(store, "a", till.day.now))
    assert isinstance(await till.redeems("LAST2222", "b"), Redeemed)
    assert await till.write(lambda store: promo_codes.confirm(store, "a", None, till.day.now)) is Refusal.EXPIRED


async def test_a_reservation_becomes_a_redemption_once_by_confirming_or_redeeming_it(till):
    campaign = await till.campaign("bonus", PromoKind.POINTS, 200)
    await till.code("BONUS222", campaign)
    await till.reserves("BONUS222", "a")
    assert await balance(till) == 0
    done = await till.write(lambda store: promo_codes.confirm(store, "a", None, till.day.now))
    assert (done.points, done.is_repeat) == (200, False)
    assert (await till.redeems("BONUS222", "a")).is_repeat
    assert (await balance(till), await till.used("BONUS222"), await till.counted(campaign, "all")) == (200, 1, 1)


async def test_the_clock_lets_reservations_go_after_ten_minutes(till):
    await till.code("LAST2222", await till.campaign(max_uses=1), max_uses=1)
    await till.reserves("LAST2222", "a")
    till.day.passes(minutes=9)
    await till.day.tick()
    assert await till.used("LAST2222") == 1
    till.day.passes(minutes=1)
    await till.day.tick()
    assert await till.used("LAST2222") == 0
    assert isinstance(await till.reserves("LAST2222", "a"), Redeemed)  # the request may try once more


# --- rolled back


async def test_a_roll_back_returns_the_use_and_keeps_both_records_and_the_reason(till):
    staff = await till.day.hire(Role.CASHIER)
    campaign = await till.campaign(max_per_customer=1)
    await till.code("SPRING25", campaign)
    await till.redeems("SPRING25", "a")
    back = lambda store: promo_codes.roll_back(store, "a", "не тот клиент", staff.id, till.day.now)  # noqa: E731
    assert await till.write(back) == 1
    assert await till.write(back) == 0
    kept = await till.day.database.read(lambda store: store.promos.redemption("a"))
    why = await till.day.database.read(lambda store: store.promos.rollbacks(["a"]))
    audit = await till.day.database.read(lambda store: store.audit.page(1))
    assert (kept.state, why["a"].reason) == (RedemptionState.ROLLED_BACK, "не тот клиент")
    assert (audit[0].action, audit[0].staff_id) == (AuditAction.CODE_ROLLED_BACK, staff.id)
    assert (await till.used("SPRING25"), await till.counted(campaign, "all")) == (0, 0)
    assert await till.redeems("SPRING25", "a") is Refusal.ROLLED_BACK
    assert isinstance(await till.redeems("SPRING25", "b"), Redeemed)


async def test_points_of_a_code_are_taken_back_with_it(till):
    await till.code("BONUS222", await till.campaign("bonus", PromoKind.POINTS, 200))
    await till.redeems("BONUS222", "a")
    assert await balance(till) == 200
    await till.write(lambda store: promo_codes.roll_back(store, "a", "ошибка", None, till.day.now))
    assert await balance(till) == 0


async def test_a_code_of_points_is_refused_to_who_takes_no_part_and_loses_no_use(till):
    campaign = await till.campaign("bonus", PromoKind.POINTS, 200)
    await till.code("BONUS222", campaign, max_uses=1)
    other = await till.another("77")
    order = till.order(customer=other.id)
    assert await till.redeems("BONUS222", "a", order) is Refusal.NEEDS_CARD
    assert await till.reserves("BONUS222", "b", order) is Refusal.NEEDS_CARD
    quoted = await till.day.database.read(lambda store: promo_codes.quote(store, "BONUS222", order, till.day.zone))
    assert quoted is Refusal.NEEDS_CARD
    assert (await till.used("BONUS222"), await till.counted(campaign, "all")) == (0, 0)
    await till.day.database.write(lambda store: join(store, other.id, till.day.now))
    assert (await till.redeems("BONUS222", "a", order)).points == 200


# --- two records become one


async def test_what_a_customer_has_used_follows_them_through_a_merge_and_back(till):
    other = await till.another("77")
    campaign = await till.campaign(max_per_customer=2)
    await till.code("SPRING25", campaign)
    await till.redeems("SPRING25", "a")
    await till.redeems("SPRING25", "b", till.order(customer=other.id))
    staff = await till.day.hire(Role.OWNER)
    merged = await till.write(lambda store: merge(store, till.customer.id, other.id, staff, till.day.now))
    assert await till.redeems("SPRING25", "c") is Refusal.ENOUGH_FOR_CUSTOMER
    await till.write(lambda store: promo_codes.roll_back(store, "b", "вернули", None, till.day.now))
    assert await till.counted(campaign, customer_scope(till.customer.id)) == 1
    await till.write(lambda store: undo(store, merged.merge_id, staff, till.day.now + timedelta(hours=1)))
    counted = {one: await till.counted(campaign, customer_scope(one)) for one in (till.customer.id, other.id)}
    assert counted == {till.customer.id: 1, other.id: 0}


async def balance(till) -> int:
    return await till.day.database.read(lambda store: store.points.balance(till.customer.id, till.day.now).available)
