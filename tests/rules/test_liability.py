"""How many points are spent in the end, and what the outstanding ones will cost."""

import pytest

from loyalty.liability import Expected, expected, redemption_rate


def test_the_rate_is_of_points_and_its_interval_of_customers():
    fates = [(80, 20)] * 20 + [(20, 80)] * 20
    rate = redemption_rate(fates)
    assert rate.value == pytest.approx(50)
    assert rate.n == 40
    # 30 points of standard deviation among 40 customers of 100 points each: ± 1.96 × 30.38 / √40.
    assert (rate.low, rate.high) == (pytest.approx(40.58, abs=0.01), pytest.approx(59.42, abs=0.01))


@pytest.mark.parametrize("fates", [[], [(1, 1)] * 29, [(5, 0)] * 100, [(0, 5)] * 100])
def test_too_few_ends_tell_no_rate(fates):
    assert redemption_rate(fates) is None


def test_who_neither_spent_nor_lost_anything_tells_nothing():
    assert redemption_rate([(1, 1)] * 29 + [(0, 0)] * 5) is None


def test_without_a_rate_everything_is_expected():
    assert expected(1000, None) == Expected(100_000, 100_000, 100_000)
    assert expected(-5, None) == Expected(0, 0, 0)


def test_the_cost_follows_the_rate_and_its_interval():
    rate = redemption_rate([(80, 20)] * 40)
    assert expected(1000, rate) == Expected(80_000, 80_000, 80_000)
