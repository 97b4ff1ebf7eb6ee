"""A customer's own rhythm: the sums it is made of, how own gaps and the base's meet, and when late and lost begin."""

import json
from math import exp, log, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.purchase_interval import (
    DEFAULT,
    MOST_DAYS,
    Basis,
    GapSums,
    Prior,
    after_visit,
    as_normal,
    as_student,
    expected,
    own_weight,
    rhythm,
    sums_of,
    usual,
)
from tests.rules.rhythms import FIRST, customer, gap_lists, prior, priors


def test_the_sums_of_three_visits():
    sums = sums_of([100, 110, 130])
    assert sums is not None
    assert sums[:3] == (3, 100, 130)
    assert sums.sum_ln_gap == pytest.approx(log(10) + log(20))
    assert sums.sum_ln_gap_sq == pytest.approx(log(10) ** 2 + log(20) ** 2)


def test_a_first_visit_has_no_gap():
    assert after_visit(None, 100) == GapSums(1, 100, 100, 0.0, 0.0)


def test_two_purchases_of_one_day_are_one_visit():
    once = customer(10)
    assert after_visit(once, once.last_day) == once


def test_a_day_before_the_last_one_cannot_be_added():
    with pytest.raises(ValueError, match="anew"):
        after_visit(customer(10), FIRST + 5)


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=40))
@settings(max_examples=50)
def test_visits_one_by_one_make_the_same_sums_as_all_at_once(days: list[int]):
    one_by_one = None
    for day in sorted(days):
        one_by_one = after_visit(one_by_one, day)
    assert one_by_one == sums_of(days)


def test_nobody_has_no_sums():
    assert sums_of([]) is None


@pytest.mark.parametrize(("t", "freedom", "normal"), [(2.262, 9, 1.960), (1.383, 9, 1.282), (-1.697, 30, -1.645)])
def test_students_t_as_the_tables_have_it(t: float, freedom: float, normal: float):
    assert as_normal(t, freedom) == pytest.approx(normal, abs=0.005)
    assert as_student(normal, freedom) == pytest.approx(t, abs=0.005)


def test_who_never_came_is_expected_as_the_base_comes():
    told = rhythm(None, prior(30, between=0.3, within=0.4))  # spreads of 0.3 and 0.4 make one of 0.5
    assert told.typical_days == pytest.approx(30)
    assert told.high_days == pytest.approx(30 * exp(0.5 * 1.383), rel=0.005)  # t of nine degrees, one tenth above
    assert told.low_days == pytest.approx(30 * exp(-0.5 * 1.383), rel=0.005)
    assert (told.own_weight, told.basis) == (0, Basis.BASE)


def test_four_gaps_of_ten_days_meet_a_base_of_thirty_half_way():
    told = rhythm(customer(10, 10, 10, 10), prior(30, between=0.5, within=1))  # 4 / (4 + 1 / 0.25) is one half
    assert told.own_weight == 0.5
    assert told.typical_days == pytest.approx((10 * 30) ** 0.5)
    assert told.basis is Basis.OWN


def test_three_gaps_still_speak_for_the_base():
    assert rhythm(customer(10, 10, 10), prior(30, between=0.5, within=1)).basis is Basis.BASE


def test_a_regular_customer_is_late_sooner_than_one_who_comes_as_it_happens():
    regular, irregular = customer(*[30] * 12), customer(*[5, 30, 180] * 4)
    ours = prior(30, between=0.5, within=0.8)
    assert rhythm(regular, ours).late_after_days < rhythm(irregular, ours).late_after_days
    assert expected(regular, ours).mean == pytest.approx(expected(irregular, ours).mean)  # 5 x 30 x 180 is 30 cubed


def test_the_limits_of_a_base_where_one_in_five_stops():
    told = rhythm(None, prior(30, between=0.3, within=0.4, stop=1, stay=4))
    # Late, where 4 S / (1 + 4 S) is 1/2: S = 1/4, Student's t of nine degrees 0.703.
    assert told.late_after_days == pytest.approx(30 * exp(0.5 * 0.703), abs=1)
    # Lost, where it is 1/5: S = 1/16, t = 1.691.
    assert told.lost_after_days == pytest.approx(30 * exp(0.5 * 1.691), abs=1)


def test_where_nobody_stops_late_is_later_than_nine_of_ten_gaps():
    told = rhythm(None, prior(30, stop=1e-6))
    assert told.late_after_days == round(told.high_days)


def test_where_hardly_anybody_comes_twice_nobody_is_lost_before_three_of_four_have_come():
    law = prior(30, between=0.3, within=0.4, stop=20, stay=1)
    assert rhythm(None, law).lost_after_days == pytest.approx(30 * exp(0.5 * 0.703), abs=1)


def test_jo5_without_anything_known_ninety_days_are_a_loss():
    told = rhythm(customer(), DEFAULT)
    assert told.lost_after_days == pytest.approx(90, abs=1)
    assert told.basis is Basis.DEFAULT


def test_jo5_a_catalogues_interval_doubled_is_a_loss():
    told = rhythm(customer(), usual(30))
    assert (told.lost_after_days, told.basis) == (pytest.approx(60, abs=1), Basis.CATEGORY)


@pytest.mark.parametrize(("gaps", "basis"), [((), Basis.CATEGORY), ((14, 14), Basis.OWN)])
def test_jo5_three_visits_outweigh_a_catalogue(gaps: tuple[int, ...], basis: Basis):
    assert rhythm(customer(*gaps), usual(60)).basis is basis


@given(priors)
def test_a_prior_comes_back_from_json(kept: Prior):
    assert Prior.from_dict(json.loads(json.dumps(kept.as_dict()))) == kept


def test_a_prior_of_something_else_is_refused():
    with pytest.raises(KeyError):
        Prior.from_dict({"mean": 3.0})


@given(st.integers(0, 100), priors)
def test_more_gaps_of_their_own_weigh_more(gaps: int, ours: Prior):
    assert 0 <= own_weight(gaps, ours) < own_weight(gaps + 1, ours) < 1


@given(gap_lists.filter(bool), priors)
@settings(max_examples=50)
def test_the_rhythm_lies_between_the_customers_own_and_the_bases(gaps: list[int], ours: Prior):
    own = prod(gap ** (1 / len(gaps)) for gap in gaps)
    low, high = sorted((own, exp(ours.mean)))
    assert low * (1 - 1e-9) <= rhythm(customer(*gaps), ours).typical_days <= high * (1 + 1e-9)


@given(gap_lists, priors)
@settings(max_examples=50)
def test_low_typical_high_and_late_before_lost(gaps: list[int], ours: Prior):
    told = rhythm(customer(*gaps), ours)
    assert 0 < told.low_days < told.typical_days <= told.high_days <= MOST_DAYS
    assert 1 <= told.late_after_days < told.lost_after_days
    assert told.late_after_days <= max(told.high_days, told.typical_days) + 1
