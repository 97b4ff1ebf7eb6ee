"""Points as gifts: each once, only for who takes part, and gone when their own time is over."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty import point_gifts
from loyalty.programme import KEY
from loyalty.rules import Rules, as_json
from storage.kinds import ConsentAction, ConsentPurpose, PointsKind
from tests.conversations.walks import joins

RULES = Rules(welcome_points=100, birthday_points=200, review_points=30, gift_lives_days=90)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
async def member(day):
    customer = await day.comes(ConsentPurpose.PROGRAMME, ConsentPurpose.ADVERTISING)
    await day.joins()
    await _set(day, RULES)
    return customer


async def _set(day, rules: Rules) -> None:
    await day.database.write(lambda store: store.business.change(KEY, as_json(rules), None, day.now))


async def _gives(day, give, *more) -> int:
    customer = await day.customer()
    return await day.database.write(lambda store: give(store, customer.id, *more, RULES, day.now, day.zone))


async def _balance(day) -> int:
    customer = await day.customer()
    return await day.database.read(lambda store: store.points.balance(customer.id, day.now).available)


async def test_each_gift_comes_once(day, member):
    assert [await _gives(day, point_gifts.for_joining) for _ in range(2)] == [100, 0]
    assert [await _gives(day, point_gifts.for_birthday, year) for year in (2026, 2026, 2027)] == [200, 0, 200]
    assert [await _gives(day, point_gifts.for_review, run) for run in ("a", "a", "b")] == [30, 0, 30]
    assert await _balance(day) == 560


async def test_gifts_open_at_once_and_have_their_own_end(day, member):
    await _gives(day, point_gifts.for_joining)
    assert await _balance(day) == 100
    day.passes(days=90)
    assert await _balance(day) == 100, "the ninetieth day counts whole"
    day.passes(days=1)
    assert await _balance(day) == 0


async def test_who_left_the_programme_is_given_nothing(day, member):
    await day.decides(ConsentPurpose.PROGRAMME, ConsentAction.WITHDRAWN)
    assert await _gives(day, point_gifts.for_joining) == 0


async def test_the_statement_knows_what_a_gift_was_for(day, member):
    await _gives(day, point_gifts.for_review, "a")
    (moved,) = await day.database.read(lambda store: store.points.moved(member.id, 10))
    assert (moved.operation.kind, moved.operation.reason) == (PointsKind.GIFT, "review")


async def test_a_birthday_brings_points_beside_the_code(day, member):
    await day.changes(birthday_month=3, birthday_day=1, birthday_set_at=LONG_AGO)
    [greeting] = await day.tick()
    assert greeting.endswith("🎁 И от нас — 200 баллов на карту.")
    assert await _balance(day) == 200


async def test_a_birthday_that_was_told_too_late_brings_none(day, member):
    await day.changes(birthday_month=3, birthday_day=1, birthday_set_at=day.now - timedelta(days=6))
    [greeting] = await day.tick()
    assert "баллов" not in greeting
    assert await _balance(day) == 0


async def test_who_may_not_be_written_to_finds_the_points_on_the_card(day, member):
    await day.decides(ConsentPurpose.ADVERTISING, ConsentAction.WITHDRAWN)
    await day.changes(birthday_month=3, birthday_day=1, birthday_set_at=LONG_AGO)
    assert await day.tick() == []
    assert await _balance(day) == 200


async def test_joining_is_welcomed_with_points(day):
    await _set(day, RULES)
    card, _ = await joins(day)
    assert "🎁 На карте уже 100 баллов: это подарок за знакомство." in card
    assert await _balance(day) == 100
