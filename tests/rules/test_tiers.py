"""Tiers: everybody has one, more never gets less, up at once, down only when the year is over, and why."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.rules import Rules, Tier, TierBasis
from loyalty.tiers import (
    LOWEST,
    PERIOD,
    Direction,
    Held,
    Progress,
    Step,
    Year,
    is_at_least,
    judge,
    progress,
    rank,
    reached,
)

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SILVER = Tier(slug="silver", name="Серебро", percent=7, from_minor=1_000_000, from_visits=10)
GOLD = Tier(slug="gold", name="Золото", percent=10, from_minor=3_000_000, from_visits=30)
BY_SUM = Rules(tiers=(SILVER, GOLD))
BY_VISITS = Rules(tiers=(SILVER, GOLD), tier_basis=TierBasis.VISITS)
rules = st.sampled_from([BY_SUM, BY_VISITS])
years = st.builds(Year, st.integers(-100_000, 5_000_000), st.integers(0, 50))
HELD_GOLD = Held("gold", NOW + timedelta(days=100))


@pytest.mark.parametrize(
    ("year", "slug"),
    [
        (Year(0, 0), LOWEST),
        (Year(999_999, 50), LOWEST),
        (Year(1_000_000, 0), "silver"),
        (Year(2_999_999, 0), "silver"),
        (Year(3_000_000, 0), "gold"),
    ],
)
def test_a_sum_reaches_a_tier(year, slug):
    assert reached(BY_SUM, year) == slug


def test_visits_reach_a_tier_where_the_rules_count_visits():
    assert [reached(BY_VISITS, Year(9_000_000, visits)) for visits in (9, 10, 30)] == [LOWEST, "silver", "gold"]


@settings(max_examples=50)
@given(rules, years, years)
def test_who_buys_more_is_never_lower(rules, one, other):
    more = Year(max(one.revenue_minor, other.revenue_minor), max(one.visits, other.visits))
    assert rank(rules, reached(rules, more)) >= max(rank(rules, reached(rules, year)) for year in (one, other))


@settings(max_examples=50)
@given(rules, st.lists(st.tuples(st.integers(0, 60), years), max_size=40))
def test_a_year_lies_between_two_steps_down_and_everybody_has_one_tier(rules, days):
    held, now, downs = Held(LOWEST, None), NOW, []
    for passed, year in days:
        now += timedelta(days=passed)
        before = held
        step = judge(rules, held, year, now)
        if step:
            held = step.held
            assert (rank(rules, held.slug) - rank(rules, before.slug) > 0) == (step.direction is Direction.UP)
            if step.direction is Direction.DOWN:
                downs.append(now)
        assert held.slug in {LOWEST, "silver", "gold"}
        assert rank(rules, held.slug) >= rank(rules, reached(rules, year))
        assert (held.until is None) == (held.slug == LOWEST)
        assert judge(rules, held, year, now) is None, "judged twice at one moment, nothing more happens"
    assert all(later - earlier >= PERIOD for earlier, later in pairwise(downs))


def test_up_at_once_and_for_a_year():
    assert judge(BY_SUM, Held("silver", NOW), Year(3_000_000, 1), NOW) == Step(Direction.UP, Held("gold", NOW + PERIOD))


def test_a_poor_month_lowers_nobody_before_the_year_is_over():
    assert judge(BY_SUM, HELD_GOLD, Year(0, 0), NOW) is None


def test_when_the_year_is_over_the_tier_is_what_the_year_says():
    ended = Held("gold", NOW)
    assert judge(BY_SUM, ended, Year(1_500_000, 3), NOW) == Step(Direction.DOWN, Held("silver", NOW + PERIOD))
    assert judge(BY_SUM, ended, Year(0, 0), NOW) == Step(Direction.DOWN, Held(LOWEST, None))
    assert judge(BY_SUM, ended, Year(3_000_000, 3), NOW) == Step(Direction.HELD, Held("gold", NOW + PERIOD))


def test_a_tier_that_was_taken_out_of_the_rules_is_the_lowest():
    held = Held("platinum", NOW + timedelta(days=100))
    assert judge(BY_SUM, held, Year(0, 0), NOW) == Step(Direction.DOWN, Held(LOWEST, None))
    assert judge(BY_SUM, held, Year(1_000_000, 1), NOW) == Step(Direction.UP, Held("silver", NOW + PERIOD))


def test_the_way_to_the_next_tier():
    assert progress(BY_SUM, LOWEST, Year(880_000, 3)) == Progress(SILVER, 120_000)
    assert progress(BY_VISITS, "silver", Year(0, 28)) == Progress(GOLD, 2)
    assert progress(BY_SUM, "gold", Year(0, 0)) is None
    assert progress(Rules(), LOWEST, Year(0, 0)) is None


@pytest.mark.parametrize(
    ("slug", "wanted", "is_enough"),
    [
        (LOWEST, "", True),
        (LOWEST, "silver", False),
        ("silver", "silver", True),
        ("gold", "silver", True),
        ("silver", "gold", False),
        ("gold", "platinum", False),
        ("platinum", "platinum", False),
    ],
)
def test_what_a_tier_opens_is_open_to_the_higher_ones(slug, wanted, is_enough):
    assert is_at_least(BY_SUM, slug, wanted) is is_enough
