"""Metrics of the customer base against values computed by hand or taken from textbooks (features AN1-AN6, C13)."""

from collections.abc import Sequence
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.base_metrics import (
    Basis,
    Idleness,
    checks,
    churn,
    crr,
    forward_ltv,
    historic_ltv,
    lapse_churn,
    median_gap,
    repeat_rate,
    returned_money,
    returns,
    visit_period,
)
from insights.figures import (
    EIGHT,
    METRICS,
    Figure,
    MetricKey,
    Unit,
    csat_figure,
    mean_figure,
    median_figure,
    nps_figure,
    ratio_figure,
    share_figure,
)

amounts = st.lists(st.integers(min_value=1, max_value=10_000_000), min_size=2, max_size=80)
few_examples = settings(max_examples=50)


def assert_contains_its_value(figure: Figure) -> None:
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    # The bounds are sums and quotients of floats: equal ones may differ in the last digit.
    room = 1e-9 * max(1.0, abs(figure.value))
    assert figure.low - room <= figure.value <= figure.high + room


def assert_is_nothing(figure: Figure, n: int) -> None:
    assert figure[:4] == (None, None, None, n)
    assert not figure.is_enough


# --- retention


def test_an1_the_oracle() -> None:
    figure = crr(start=600, end=620, new=100)
    assert figure.value == pytest.approx(86.67, abs=0.005)
    assert (figure.n, figure.unit, figure.is_enough) == (600, Unit.PERCENT, True)
    # The ends solve |p - 520/600| = 1.96 sqrt(p (1 - p) / 600), which is what Wilson's interval is.
    for bound in (figure.low, figure.high):
        assert bound is not None
        p = bound / 100
        assert abs(p - 520 / 600) == pytest.approx(1.96 * sqrt(p * (1 - p) / 600))


def test_an1_churn_is_the_rest_of_the_same_group() -> None:
    kept, gone = crr(600, 620, 100), churn(600, 620, 100)
    assert gone.value == pytest.approx(13.33, abs=0.005)
    assert (kept.low, kept.high) == pytest.approx((100 - (gone.high or 0), 100 - (gone.low or 0)))
    assert gone.n == 600


@pytest.mark.parametrize(("start", "end", "new"), [(10, 5, 6), (10, 12, 1), (10, 5, -1)])
def test_an1_counts_that_contradict_each_other_are_refused(start: int, end: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        crr(start, end, new)


def test_an1_a_business_that_only_began_has_no_retention() -> None:
    assert_is_nothing(crr(0, 5, 5), 0)
    assert_is_nothing(churn(0, 5, 5), 0)


def test_an2_gone_is_who_is_past_their_own_window() -> None:
    people = [
        Idleness(at_start=5, at_end=35, window=30),  # gone: past 30 days
        Idleness(at_start=5, at_end=35, window=60),  # rare guest, still within 60
        Idleness(at_start=30, at_end=30, window=30),  # the last day of the window still counts
        Idleness(at_start=31, at_end=61, window=30),  # had gone before the period
    ]
    result = lapse_churn(people)
    assert result.share.value == pytest.approx(100 / 3)
    assert result.share.n == 3
    assert result.median_window == 30


def test_an2_without_active_people_there_is_no_churn() -> None:
    result = lapse_churn([Idleness(at_start=90, at_end=120, window=30)])
    assert_is_nothing(result.share, 0)
    assert result.median_window is None


def test_an3_repeat_buyers_of_all_buyers() -> None:
    figure = repeat_rate(buyers=200, repeat_buyers=50)
    assert (figure.value, figure.n) == (25, 200)


# --- visits


@pytest.mark.parametrize(
    ("days", "gap"),
    [
        ([100], None),
        ([100, 100], None),  # twice on one day is one visit
        ([100, 107], 7),
        ([120, 100, 107], 10),  # gaps 7 and 13, in any order
        ([1, 2, 3, 50], 1),
    ],
)
def test_an5_the_usual_gap_of_one_person(days: list[int], gap: float | None) -> None:
    assert median_gap(days) == gap


def test_an5_the_median_of_medians_leaves_single_visits_out_and_counts_them() -> None:
    period = visit_period([7, None, 30, 8, None])
    assert (period.days.value, period.days.n, period.one_visit) == (8, 3, 2)
    assert period.days.unit is Unit.DAYS


# --- money


def test_an4_the_average_and_the_median_check() -> None:
    result = checks([100_00, 200_00, 900_00], [0, 50_00, 10_00])
    assert (result.average.value, result.median.value) == (400_00, 200_00)
    assert result.points_part.value == pytest.approx(5)
    assert {result.average.n, result.median.n, result.points_part.n} == {3}


def test_an6_ltv_is_margin_where_it_is_known_and_says_so() -> None:
    assert historic_ltv([1_000, 3_000], [100, 500]) == (mean_figure([100, 500], Unit.MONEY), Basis.MARGIN)
    assert historic_ltv([1_000, 3_000], None) == (mean_figure([1_000, 3_000], Unit.MONEY), Basis.REVENUE)


def test_an6_a_forward_ltv_without_enough_people_is_not_given_at_all() -> None:
    assert_is_nothing(forward_ltv([500] * 29, Basis.REVENUE).amount, 29)
    assert forward_ltv([500] * 30, Basis.REVENUE).amount.value == 500


def test_returns_by_orders_and_by_money() -> None:
    assert returns(orders=50, with_return=5).value == 10
    assert returned_money([0, 0, 300], [1_000, 1_000, 1_000]).value == pytest.approx(10)


# --- intervals


def test_the_interval_of_a_mean_by_hand() -> None:
    # Mean 5, squared deviations 9+1+1+1+0+0+4+16 = 32, s = sqrt(32 / 7) = 2.138, 1.96 s / sqrt(8) = 1.482.
    figure = mean_figure([2, 4, 4, 4, 5, 5, 7, 9], Unit.DAYS)
    assert figure[:4] == pytest.approx((5, 3.518, 6.482, 8), abs=0.001)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (57, 22, 36),  # Bland, An Introduction to Medical Statistics, 3rd ed. 2000, section 15.5: FEV of 57 students
        (30, 10, 21),
        (3, 1, 3),  # as wide as the sample, where no narrower pair reaches 95 %
    ],
)
def test_the_interval_of_a_median_is_made_of_two_ranks(n: int, low: int, high: int) -> None:
    figure = median_figure(list(range(n, 0, -1)), Unit.DAYS)
    assert (figure.value, figure.low, figure.high) == ((n + 1) / 2, low, high)


def test_the_interval_of_a_ratio_by_hand() -> None:
    # Ratio 0.3; residuals 3 - 0.3 * 10, 0 - 0.3 * 10 ... = 0, -3, 3, 0; s^2 = 18 / 3, SE = sqrt(6 / 4) / 10 = 0.1225.
    figure = ratio_figure([3, 0, 6, 3], [10, 10, 10, 10])
    assert figure[:4] == pytest.approx((30, 30 - 24.005, 30 + 24.005, 4), abs=0.001)


def test_a_ratio_stays_between_0_and_100_percent() -> None:
    figure = ratio_figure([0, 10], [10, 10])
    assert (figure.low, figure.high) == (0, 100)


@given(amounts, st.data())
@few_examples
def test_every_interval_contains_its_value(values: list[int], data: st.DataObject) -> None:
    parts = [data.draw(st.integers(min_value=0, max_value=value)) for value in values]
    successes = data.draw(st.integers(min_value=0, max_value=len(values)))
    for figure in (
        *checks(values, parts),
        returned_money(parts, values),
        share_figure(successes, len(values)),
        nps_figure(successes, 3, len(values)),
        csat_figure({1: successes, 5: len(values)}),
    ):
        assert_contains_its_value(figure)
        assert figure.n >= len(values)


@given(amounts)
@few_examples
def test_more_of_the_same_makes_the_interval_no_wider(values: list[int]) -> None:
    def width(sample: Sequence[int]) -> float:
        figure = mean_figure(sample, Unit.MONEY)
        return (figure.high or 0) - (figure.low or 0)

    assert width(values * 4) <= width(values) + 1e-6


@pytest.mark.parametrize(
    ("figure", "n"),
    [
        (mean_figure([], Unit.MONEY), 0),
        (mean_figure([5], Unit.MONEY), 1),
        (median_figure([], Unit.DAYS), 0),
        (ratio_figure([0, 0], [0, 0]), 2),
        (share_figure(0, 0), 0),
        (nps_figure(0, 0, 0), 0),
        (csat_figure({}), 0),
    ],
)
def test_a_formula_with_nothing_to_work_on_gives_no_number(figure: Figure, n: int) -> None:
    assert_is_nothing(figure, n)


@pytest.mark.parametrize(("n", "is_enough"), [(29, False), (30, True)])
def test_below_thirty_a_number_is_not_shown(n: int, is_enough: bool) -> None:
    assert share_figure(n, n).is_enough is is_enough


# --- the page


def test_c13_the_eight_and_their_units() -> None:
    money = [100] * 30
    page = {
        MetricKey.CRR: crr(600, 620, 100),
        MetricKey.CHURN: churn(600, 620, 100),
        MetricKey.LTV: historic_ltv(money, None).amount,
        MetricKey.REPEAT_RATE: repeat_rate(100, 40),
        MetricKey.AVERAGE_CHECK: checks(money, money).average,
        MetricKey.NPS: nps_figure(20, 10, 5),
        MetricKey.CSAT: csat_figure({5: 30, 2: 3}),
        MetricKey.RETURNS: returns(100, 3),
    }
    assert tuple(page) == EIGHT
    assert {key: figure.unit for key, figure in page.items()} == {key: METRICS[key].unit for key in EIGHT}
    assert all(figure.is_enough for figure in page.values())


def test_c13_nps_and_csat_are_those_of_the_dashboard() -> None:
    assert nps_figure(50, 30, 20)[:4] == pytest.approx((30, 30 - 15.31, 30 + 15.31, 100), abs=0.005)
    assert csat_figure({5: 6, 4: 2, 1: 2}).value == 80


def test_every_metric_is_known() -> None:
    assert set(METRICS) == set(MetricKey)
