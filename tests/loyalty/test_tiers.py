"""Members and their tiers: up with the purchase that reached it, down when the year is over, and told why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from loyalty import tier_moves
from loyalty.programme import KEY
from loyalty.rules import Rules, Tier, TierBasis, as_json
from storage.columns import new_id, table_of
from storage.kinds import (
    Channel,
    ConsentAction,
    ConsentPurpose,
    Journey,
    MoveKind,
    OccasionOutcome,
    PurchaseSource,
    Topic,
)
from storage.models import Purchase, TopicChoice

SILVER = Tier(slug="silver", name="Серебро", percent=7, from_minor=1_000_000, from_visits=2, gift_points=50)
GOLD = Tier(slug="gold", name="Золото", percent=10, from_minor=3_000_000, from_visits=3, privileges=("Кофе в подарок",))
RULES = Rules(tiers=(SILVER, GOLD), pending_days=14)
BY_VISITS = Rules(tiers=(SILVER, GOLD), tier_basis=TierBasis.VISITS)


class Shop:
    """A member and what they buy, with these rules."""

    def __init__(self, day, rules: Rules) -> None:
        self.day, self.rules = day, rules

    async def paid(self, amount_minor: int, *, days_ago: int = 0) -> Purchase:
        customer = await self.day.customer()
        at = self.day.now - timedelta(days=days_ago)
        purchase = Purchase(
            customer_id=customer.id, at=at, amount_minor=amount_minor, source=PurchaseSource.CONSOLE, key=new_id().hex
        )
        await self.day.database.write(lambda store: store.purchases.add(purchase))
        return purchase

    async def buys(self, amount_minor: int, *, days_ago: int = 0) -> list[str]:
        """What the customer hears of their tier."""
        await self.paid(amount_minor, days_ago=days_ago)
        customer = await self.day.customer()
        before = len(self.day.transport.carried)
        await self.day.database.write(
            lambda store: tier_moves.after_purchase(store, customer.id, self.rules, self.day.now, self.day.zone)
        )
        await self.day.relay.deliver_due()
        return [one.message.text for one in self.day.transport.carried[before:]]

    async def looks(self) -> list[str]:
        """The daily look, and what the customer hears when they are awake."""
        customer = await self.day.customer()
        before = len(self.day.transport.carried)

        def look(store) -> None:
            for member in store.members.page(None, 10):
                if member.customer_id == customer.id:
                    tier_moves.review(store, member, self.rules, self.day.now, self.day.zone)

        await self.day.database.write(look)
        await self.day.relay.deliver_due()
        return [one.message.text for one in self.day.transport.carried[before:]]

    async def tier(self) -> str:
        customer = await self.day.customer()
        return (await self.day.database.read(lambda store: store.points.membership(customer.id))).tier

    async def moves(self) -> list[tuple[str, str, str]]:
        customer = await self.day.customer()
        found = await self.day.database.read(lambda store: store.moves.of_customer(customer.id, 20))
        return [(one.before, one.after, one.reason["code"]) for one in reversed(found) if one.kind is MoveKind.TIER]

    async def points(self) -> int:
        customer = await self.day.customer()
        return await self.day.database.read(lambda store: store.points.balance(customer.id, self.day.now).available)


@pytest.fixture
async def shop(day) -> Shop:
    await day.comes(ConsentPurpose.PROGRAMME)
    await day.joins()
    return Shop(day, RULES)


async def test_the_purchase_that_reaches_a_tier_brings_it_at_once_with_its_gift(shop):
    assert await shop.buys(999_900) == []
    told = await shop.buys(100)
    assert told == [
        "🎉 Ваш уровень теперь — «Серебро»: за покупки возвращается 7\xa0%.\nИ подарок: 50 баллов на карту."
    ]
    assert await shop.tier() == "silver"
    assert await shop.points() == 50
    assert await shop.moves() == [("", "silver", "reached")]


async def test_privileges_are_named(shop):
    assert await shop.buys(3_000_000) == [
        "🎉 Ваш уровень теперь — «Золото»: за покупки возвращается 10\xa0%.\n• Кофе в подарок"
    ]


async def test_what_was_bought_more_than_a_year_ago_counts_no_more(shop):
    await shop.buys(3_000_000, days_ago=365)
    assert await shop.tier() == ""
    await shop.buys(1_000_000, days_ago=364)
    assert await shop.tier() == "silver"


async def test_who_takes_no_part_has_no_tier(shop):
    await shop.day.decides(ConsentPurpose.PROGRAMME, ConsentAction.WITHDRAWN)
    assert await shop.buys(3_000_000) == []
    assert await shop.tier() == ""


async def test_who_wants_to_hear_nothing_of_points_goes_up_in_silence(shop):
    customer = await shop.day.customer()
    await shop.day.database.write(
        lambda store: store.preferences.switch(
            TopicChoice(
                customer_id=customer.id,
                channel=Channel.WEBCHAT,
                topic=Topic.POINTS,
                is_on=False,
                changed_at=shop.day.now,
            )
        )
    )
    assert await shop.buys(1_000_000) == []
    assert await shop.tier() == "silver"
    (occasion,) = await shop.day.occasions(Journey.TIER)
    assert occasion.outcome is OccasionOutcome.SKIPPED


async def test_the_tier_stays_for_a_year_and_then_is_what_the_year_says(shop):
    await shop.buys(1_000_000)
    shop.day.passes(days=364)
    assert await shop.looks() == []
    assert await shop.tier() == "silver"
    await shop.paid(880_000)
    shop.day.passes(days=1)
    assert await shop.looks() == [
        "Уровень «Серебро» держится, пока за 12 месяцев набирается 10\xa0000\xa0₽. "
        "У вас за последний год — 8\xa0800\xa0₽.\n"
        "Теперь ваш уровень — «базовый», за покупки возвращается 5\xa0%.\n"
        "До уровня «Серебро» осталось 1\xa0200\xa0₽."
    ]
    assert await shop.tier() == ""
    assert await shop.moves() == [("", "silver", "reached"), ("silver", "", "year_over")]


async def test_who_reached_it_again_keeps_it_for_another_year_and_hears_nothing(shop):
    await shop.buys(1_000_000)
    shop.day.passes(days=300)
    await shop.paid(1_000_000)
    shop.day.passes(days=65)
    assert await shop.looks() == []
    shop.day.passes(days=364)
    assert await shop.looks() == []
    assert await shop.tier() == "silver"


async def test_a_gift_of_a_tier_is_given_once_in_a_life(shop):
    await shop.buys(1_000_000)
    shop.day.passes(days=365)
    await shop.looks()
    await shop.buys(1_000_000)
    assert await shop.tier() == "silver"
    assert await shop.moves() == [("", "silver", "reached"), ("silver", "", "year_over"), ("", "silver", "reached")]
    customer = await shop.day.customer()
    moved = await shop.day.database.read(lambda store: store.points.moved(customer.id, 20))
    assert len([one for one in moved if one.operation.reason == "tier"]) == 1


async def test_a_tier_that_was_bought_and_given_back_is_gone_with_the_next_look(shop):
    await shop.buys(1_000_000, days_ago=300)
    big = await shop.paid(2_500_000)
    await shop.buys(1)
    assert await shop.tier() == "gold"
    await _give_back(shop, big)
    shop.day.passes(days=3)
    (told,) = await shop.looks()
    assert "Покупку вернули, поэтому ваш уровень снова «Серебро»" in told
    assert await shop.moves() == [
        ("", "silver", "reached"),
        ("silver", "gold", "reached"),
        ("gold", "silver", "returned"),
    ]


async def test_a_tier_that_the_rules_ask_more_for_stays_for_its_year(shop):
    await shop.buys(1_000_000)
    shop.rules = replace(RULES, tiers=(replace(SILVER, from_minor=1_500_000), GOLD))
    shop.day.passes(days=3)
    assert await shop.looks() == []
    assert await shop.tier() == "silver"
    shop.day.passes(days=362)
    (told,) = await shop.looks()
    assert "вернули" not in told
    assert await shop.moves() == [("", "silver", "reached"), ("silver", "", "year_over")]


async def test_a_tier_by_visits(shop):
    shop.rules = BY_VISITS
    await shop.buys(10_000)
    await shop.buys(10_000)
    assert await shop.tier() == "", "two purchases of one day are one visit"
    shop.day.passes(days=1)
    await shop.buys(10_000)
    assert await shop.tier() == "silver"


async def test_a_tier_that_the_rules_know_no_more_is_taken_with_a_word(shop):
    await shop.buys(1_000_000)
    shop.rules = Rules(tiers=(GOLD,))
    (told,) = await shop.looks()
    assert told.startswith("Правила программы изменились. Теперь ваш уровень — «базовый»")


async def test_the_daily_job_judges_everybody_once_after_the_night(shop):
    await shop.paid(1_000_000)
    await shop.day.database.write(lambda store: store.business.change(KEY, as_json(RULES), None, shop.day.now))
    shop.day.passes(days=1)
    heard = await shop.day.tick()
    assert any("Серебро" in text for text in heard)
    assert await shop.tier() == "silver"
    assert not any("Серебро" in text for text in await shop.day.tick())


async def _give_back(shop, purchase) -> None:
    table = table_of(Purchase)
    await shop.day.database.write(
        lambda store: store.connection.execute(
            update(table).where(table.c.id == purchase.id).values(returned_minor=purchase.amount_minor)
        )
    )


async def test_the_sale_that_reaches_a_tier_earns_at_the_old_rate_and_the_next_one_at_the_new(shop):
    rules = Rules(tiers=(SILVER,), pending_days=0)
    await shop.day.database.write(lambda store: store.business.change(KEY, as_json(rules), None, shop.day.now))
    assert (await shop.day.buys(1_000_000)).points == 500
    assert await shop.tier() == "silver"
    assert "Ваш уровень теперь — «Серебро»" in shop.day.transport.texts(shop.day.me)[-1]
    assert (await shop.day.buys(100_000)).points == 70
