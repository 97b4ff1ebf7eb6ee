"""Welch's interval against tables and by its own properties."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.mean_difference import Z_95, Z_99, mean_difference, student

AMOUNTS = st.lists(st.integers(1, 10**6), min_size=2, max_size=40)


@pytest.mark.parametrize(
    ("z", "freedom", "quantile"),
    [(Z_95, 10, 2.228), (Z_95, 20, 2.086), (Z_95, 100, 1.984), (Z_99, 20, 2.845), (Z_99, 100, 2.626)],
)
def test_student_s_quantiles_are_those_of_the_tables(z, freedom, quantile):
    assert student(z, freedom) == pytest.approx(quantile, abs=0.001)


@given(AMOUNTS, AMOUNTS)
@settings(max_examples=50)
def test_the_interval_holds_the_difference_and_turns_over_with_the_groups(values, base):
    found, turned = mean_difference(values, base), mean_difference(base, values)
    assert found.low <= found.value <= found.high
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_one_value_has_no_spread():
    assert mean_difference([1], [1, 2]) is None
