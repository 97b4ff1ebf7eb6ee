"""Complaints of branches and staff between the limits of a funnel (feature AN12)."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.funnel import ComplaintCount, Position, binomial_limits, funnel


def tail_above(count: int, n: int, rate: Fraction) -> Fraction:
    """P(R >= count)."""
    return sum((comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(count, n + 1)), Fraction(0))


@pytest.mark.parametrize(
    ("level", "high"),
    [
        # P(3) = 0.0512, P(4) = 0.0064, P(5) = 0.00032, so P(R >= 3) = 0.05792 and P(R >= 4) = 0.00672
        (0.95, (3 + (0.05792 - 0.025) / 0.0512) / 5),
        (0.998, (4 + (0.00672 - 0.001) / 0.0064) / 5),
    ],
)
def test_limits_by_hand_of_five_orders_with_a_fifth_complaining(level: float, high: float) -> None:
    assert binomial_limits(5, 0.2, level) == pytest.approx((0, high))


def test_the_lower_limit_by_hand_of_twenty_coin_throws() -> None:
    """F(5) = 21700 / 2^20 = 0.020695, P(6) = 38760 / 2^20: from 5 on F reaches 0.025 within the sixth."""
    high_first = 6 - ((21700 + 38760) / 2**20 - 0.025) / (38760 / 2**20)
    limits = binomial_limits(20, 0.5, 0.95)
    assert limits == pytest.approx((high_first / 20, 1 - high_first / 20))


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_where_nobody_or_everybody_complains_the_funnel_is_a_line(rate: float) -> None:
    assert binomial_limits(50, rate, 0.95) == (rate, rate)


def test_limits_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no limits"):
        binomial_limits(0, 0.1, 0.95)


@settings(max_examples=50, deadline=None)
@given(n=st.integers(1, 60), hundredths=st.integers(1, 99), level=st.sampled_from(["0.95", "0.998"]))
def test_a_count_is_outside_exactly_when_chance_reaches_so_far_less_often_than_allowed(
    n: int, hundredths: int, level: str
) -> None:
    rate, tail = Fraction(hundredths, 100), (1 - Fraction(level)) / 2
    limits = binomial_limits(n, hundredths / 100, float(level))
    for count in range(n + 1):
        above, below = tail_above(count, n, rate), 1 - tail_above(count + 1, n, rate)
        assert (count / n > limits.high + 1e-12) == (above < tail)
        assert (count / n < limits.low - 1e-12) == (below < tail)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 3000), rate=st.floats(0.01, 0.99))
def test_the_outer_limits_enclose_the_inner_ones_and_the_rate(n: int, rate: float) -> None:
    inner, outer = binomial_limits(n, rate, 0.95), binomial_limits(n, rate, 0.998)
    assert 0 <= outer.low <= inner.low <= inner.high <= outer.high <= 1
    assert outer.low <= rate + 1 / n
    assert outer.high >= rate - 1 / n


def test_a_branch_that_draws_far_more_complaints_than_the_others_is_an_alarm() -> None:
    found = funnel([ComplaintCount("usual", 5, 100), ComplaintCount("bad", 20, 100), ComplaintCount("fine", 25, 800)])
    assert found is not None
    assert (found.overall.share, found.overall.n) == (0.05, 1000)
    assert [(point.name, point.position) for point in found.points] == [
        ("bad", Position.ALARM),
        ("usual", Position.USUAL),
        ("fine", Position.GOOD),
    ]


@pytest.mark.parametrize(("orders", "position"), [(4, Position.TOO_FEW), (5, Position.ALARM)])
def test_fewer_than_five_orders_are_not_judged(orders: int, position: Position) -> None:
    found = funnel([ComplaintCount("new", orders, orders), ComplaintCount("old", 5, 1000)])
    assert found is not None
    assert next(point for point in found.points if point.name == "new").position is position


def test_a_nobody_without_orders_has_no_point() -> None:
    found = funnel([ComplaintCount("closed", 0, 0), ComplaintCount("open", 1, 50)])
    assert found is not None
    assert [point.name for point in found.points] == ["open"]


def test_without_orders_there_is_no_funnel() -> None:
    assert funnel([]) is None
    assert funnel([ComplaintCount("closed", 0, 0)]) is None
