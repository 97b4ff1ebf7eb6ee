"""Ratios, the exact test and many questions at once, against textbooks and exact fractions (insights.comparisons)."""

from fractions import Fraction
from math import comb, inf, isinf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.comparisons import (
    Difference,
    Tally,
    compare_with_others,
    discoveries,
    fisher,
    rate_ratio,
    risk_ratio,
)

bounded = settings(max_examples=50, deadline=None)


@st.composite
def shares(draw: st.DrawFn, most: int = 40) -> tuple[int, int]:
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


# --- risk ratio


@pytest.mark.parametrize(
    ("table", "value", "low", "high", "rounded"),
    [
        # Agresti, An Introduction to Categorical Data Analysis, 2.2.3: heart attacks, placebo against aspirin
        ((189, 11034, 104, 11037), 1.82, 1.43, 2.30, 0.01),
        # Moore, McCabe & Craig, Introduction to the Practice of Statistics, example 8.18: aspirin and blood clots
        ((45, 411, 73, 411), 0.6164, 0.4364, 0.8707, 0.0001),
    ],
)
def test_a_risk_ratio_as_the_textbooks_have_it(
    table: tuple[int, int, int, int], value: float, low: float, high: float, rounded: float
) -> None:
    ratio = risk_ratio(*table)
    assert ratio is not None
    assert ratio == pytest.approx((value, low, high), abs=rounded)


def test_an_empty_cell_still_gives_a_ratio() -> None:
    ratio = risk_ratio(10, 20, 0, 20)
    assert ratio is not None
    assert ratio.value == pytest.approx(21)  # (10.5 / 21) / (0.5 / 21)
    assert ratio.low > 1


def test_everybody_on_both_sides_is_no_certainty_that_the_groups_are_alike() -> None:
    ratio = risk_ratio(20, 20, 20, 20)
    assert ratio is not None
    assert ratio.value == pytest.approx(1)
    assert ratio.low < 1 < ratio.high


@pytest.mark.parametrize("table", [(0, 0, 3, 10), (3, 10, 0, 0), (0, 10, 0, 10)])
def test_a_table_that_says_nothing_has_no_ratio(table: tuple[int, int, int, int]) -> None:
    assert risk_ratio(*table) is None


@pytest.mark.parametrize("table", [(3, 2, 1, 10), (1, 10, -1, 10)])
def test_a_share_above_one_or_below_nought_is_refused(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="is no share"):
        risk_ratio(*table)


@bounded
@given(one=shares(), other=shares())
def test_turning_a_risk_ratio_turns_its_interval(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = risk_ratio(*one, *other), risk_ratio(*other, *one)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.low <= there.value <= there.high
        assert (there.low, there.value, there.high) == pytest.approx((1 / back.high, 1 / back.value, 1 / back.low))


# --- rate ratio


def test_a_rate_ratio_near_the_textbook() -> None:
    """Rothman, Epidemiology: An Introduction: breast cancer with and without X-rays, 1.86 (log-normal 1.03 to 3.35).
    The score interval by hand: Wilson's of 41 in 56 is 0.6040 to 0.8304, its odds times 19017 / 28010."""
    ratio = rate_ratio(41, 28010, 15, 19017)
    assert ratio == pytest.approx((1.856, 1.036, 3.324), abs=0.002)


def test_a_service_that_stopped_selling_has_a_ratio_of_nought_with_an_upper_limit() -> None:
    ratio = rate_ratio(0, 30, 10, 30)
    assert ratio is not None
    assert ratio.value == ratio.low == 0
    assert ratio.high == pytest.approx(0.384, abs=0.001)  # Wilson's 3.8416 / 13.8416 = 0.2775 as odds


def test_a_service_that_just_began_has_no_upper_limit() -> None:
    ratio = rate_ratio(10, 30, 0, 30)
    assert ratio is not None
    assert isinf(ratio.value)
    assert ratio.high == inf
    assert ratio.low == pytest.approx(1 / 0.38416, abs=0.001)


def test_no_event_at_all_gives_no_rate_ratio() -> None:
    assert rate_ratio(0, 30, 0, 30) is None


def test_a_rate_without_time_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an exposure"):
        rate_ratio(1, 0, 1, 30)


# --- Fisher's exact test


@pytest.mark.parametrize(("table", "p_value"), [((3, 4, 1, 4), 2 * 17 / 70), ((4, 4, 0, 4), 2 / 70)])
def test_the_lady_tasting_tea(table: tuple[int, int, int, int], p_value: float) -> None:
    """Fisher, The Design of Experiments, 1935: eight cups, both tails."""
    assert fisher(*table) == pytest.approx(p_value)


def test_without_a_second_group_nothing_differs() -> None:
    assert fisher(3, 10, 0, 0) == 1


@bounded
@given(one=shares(), other=shares())
def test_fisher_equals_the_sum_of_exact_fractions(one: tuple[int, int], other: tuple[int, int]) -> None:
    (a, n1), (c, n2) = one, other
    drawn = a + c

    def tail(counts: range) -> Fraction:
        return sum((Fraction(comb(n1, k) * comb(n2, drawn - k), comb(n1 + n2, drawn)) for k in counts), Fraction(0))

    least, most = max(0, drawn - n2), min(n1, drawn)
    expected = min(Fraction(1), 2 * min(tail(range(least, a + 1)), tail(range(a, most + 1))))
    assert fisher(a, n1, c, n2) == pytest.approx(float(expected), abs=1e-9)


@bounded
@given(one=shares(5000), other=shares(5000))
def test_fisher_does_not_mind_who_is_named_first(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert fisher(*one, *other) == pytest.approx(fisher(*other, *one), rel=1e-6)


# --- many questions


PAPER = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.759,
    1,
]


def test_the_example_of_benjamini_and_hochberg_proves_four_of_fifteen() -> None:
    assert discoveries(PAPER) == [True] * 4 + [False] * 11


def test_questions_without_an_answer_worth_listing_count_too() -> None:
    assert discoveries(PAPER[:4], questions=15) == [True] * 4
    assert discoveries(PAPER[:4], questions=150) == [True, True, False, False]


def test_without_questions_nothing_is_proven() -> None:
    assert discoveries([]) == []


@bounded
@given(st.lists(st.floats(0, 1), max_size=30))
def test_the_order_of_questions_does_not_matter(p_values: list[float]) -> None:
    by_value = dict(zip(p_values, discoveries(p_values), strict=True))
    turned = p_values[::-1]
    assert [by_value[p] for p in turned] == discoveries(turned)


# --- groups against the others


def test_a_group_is_compared_with_who_is_outside_it() -> None:
    [one] = compare_with_others([Tally("hair", 30, 100)], Tally("", 130, 300))
    assert one.share.share == 0.3
    assert one.others is not None
    assert (one.others.share, one.others.n) == (0.5, 200)
    assert one.excess == pytest.approx(-20)
    assert one.difference is Difference.LOWER


@pytest.mark.parametrize(("n", "difference"), [(19, Difference.TOO_FEW), (20, Difference.LOWER)])
def test_fewer_than_twenty_people_are_shown_and_not_judged(n: int, difference: Difference) -> None:
    [one] = compare_with_others([Tally("hair", 0, n)], Tally("", 100, 100 + n))
    assert one.difference is difference
    assert (one.p_value is None) == (difference is Difference.TOO_FEW)


def test_without_anybody_outside_there_is_nothing_to_compare_with() -> None:
    [one] = compare_with_others([Tally("hair", 30, 100)], Tally("", 30, 100))
    assert (one.others, one.excess, one.difference) == (None, 0, Difference.TOO_FEW)


def test_a_group_of_nobody_has_no_share_to_show() -> None:
    assert compare_with_others([Tally("hair", 0, 0)], Tally("", 30, 100)) == []


def test_one_of_many_services_needs_more_proof_than_one_alone() -> None:
    everybody = Tally("", 1000, 2000)
    lone, same = Tally("a", 35, 100), [Tally(f"s{number}", 50, 100) for number in range(40)]
    [alone] = compare_with_others([lone], everybody)
    among = {one.name: one for one in compare_with_others([lone, *same], everybody)}
    assert alone.difference is Difference.LOWER
    assert among["a"].p_value == alone.p_value
    assert among["a"].difference is Difference.NOT_PROVEN
