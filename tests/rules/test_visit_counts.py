"""Expected and missed visits: clockwork counted by hand, chance against a simulation, and ranges that hold."""

import random
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.purchase_interval import Prior
from insights.visit_counts import active, expected_visits, missed_visits
from tests.rules.rhythms import customer, gap_lists, prior, priors

CLOCKWORK = prior(30, between=0.01, within=0.05, stop=1e-6)
COIN = prior(30, between=0.01, within=0.05, stop=1e6, stay=1e6)  # one in two stops, whoever it is


def test_clockwork_of_thirty_days_comes_three_times_in_a_hundred():
    own = customer()
    told = expected_visits(own, CLOCKWORK, own.last_day, 100)
    assert (told.mean, told.low, told.high) == (pytest.approx(3, abs=0.05), 3, 3)
    assert (told.any, told.active) == (pytest.approx(1), pytest.approx(1))


def test_who_is_due_tomorrow_comes_once_more_in_the_same_time():
    own = customer()
    assert expected_visits(own, CLOCKWORK, own.last_day + 27, 100).mean == pytest.approx(4, abs=0.1)


def test_who_stops_at_the_toss_of_a_coin_comes_once_more():
    own = customer()
    told = expected_visits(own, COIN, own.last_day, 3000)  # 1/2 + 1/4 + 1/8 + ...
    assert told.mean == pytest.approx(1, abs=0.01)
    assert told.variance == pytest.approx(2, abs=0.05)  # of a geometric count: (1 - p) / p squared
    assert (told.low, told.high) == (0, 3)  # four visits or more: one in sixteen


def test_half_of_the_gaps_over_three_of_five_are_still_active():
    own = customer()
    law = prior(30.5, stop=1, stay=3)  # silent for 30 whole days: S is 1/2, 3 S / (1 + 3 S) is 3/5
    assert active(own, law, own.last_day + 30) == pytest.approx(0.6)


def test_each_return_makes_the_next_one_likelier():
    assert active(customer(30), prior(), customer(30).last_day) > active(customer(), prior(), customer().last_day)


def test_who_never_came_counts_as_one_who_came_today():
    own = customer()
    assert expected_visits(None, CLOCKWORK, own.last_day + 50, 100).mean == pytest.approx(3, abs=0.05)


def test_there_are_no_more_visits_than_days():
    own = customer(*[1] * 30)
    told = expected_visits(own, prior(1, stop=1e-6), own.last_day, 10)
    assert 5 < told.mean <= 10
    assert told.high <= 10


def test_no_days_no_visits():
    own = customer()
    assert expected_visits(own, CLOCKWORK, own.last_day, 0)[:5] == (0, 0, 0, 0, 0)


def test_who_came_every_thirty_days_and_is_silent_for_a_hundred_missed_three():
    own = customer(30, 30, 30)
    told = missed_visits(own, CLOCKWORK, own.last_day + 100)
    assert (told.mean, told.low, told.high) == (pytest.approx(3, abs=0.05), 3, 3)
    assert told.if_kept == pytest.approx(3, abs=0.05)


def test_of_two_years_of_silence_the_last_years_visits_count():
    own = customer(30, 30, 30)
    told = missed_visits(own, CLOCKWORK, own.last_day + 730)
    assert told.mean == pytest.approx(365 / 30, abs=0.5)
    assert 11 <= told.low <= told.mean <= told.high <= 14
    assert told.variance < 1


def test_of_one_who_might_have_stopped_anyway_less_is_missed_than_the_rhythm_says():
    own = customer()
    told = missed_visits(own, COIN, own.last_day + 365)
    assert told.mean == pytest.approx(1, abs=0.01)
    assert told.low == 0
    assert told.if_kept == pytest.approx(12, abs=0.5)


BY_CHANCE = prior(60, between=1.0, within=1.1, stop=0.6, stay=0.6)
REGULAR = prior(30, between=0.2, within=0.2, stop=1, stay=9)
FREQUENT = prior(7, between=0.7, within=0.7, stop=0.1, stay=5)


def simulated(law: Prior, days: int, dice: random.Random) -> list[float]:
    """The days after a first visit on which one customer of this law comes."""
    own, stop = dice.gauss(law.mean, law.between), dice.betavariate(law.stop, law.stay)
    visits: list[float] = []
    day = -0.5  # whole days round: a gap of more than half a day is one
    while dice.random() > stop and day <= days:
        day += exp(dice.gauss(own, law.within))
        visits.append(day)
    return visits


@pytest.mark.parametrize(("law", "silence", "days"), [(BY_CHANCE, 0, 270), (REGULAR, 20, 365), (FREQUENT, 10, 90)])
def test_as_many_come_as_in_a_simulation(law: Prior, silence: int, days: int):
    dice = random.Random(8)
    lives = (simulated(law, silence + days, dice) for _ in range(6000))
    counts = [sum(day <= silence + days for day in life) for life in lives if not life or life[0] > silence]
    own = customer()
    told = expected_visits(own, law, own.last_day + silence, days)
    mean = sum(counts) / len(counts)
    assert told.mean == pytest.approx(mean, rel=0.08)
    assert told.variance == pytest.approx(sum((count - mean) ** 2 for count in counts) / len(counts), rel=0.25)
    assert sum(told.low <= count <= told.high for count in counts) / len(counts) >= 0.79


@pytest.mark.parametrize("law", [BY_CHANCE, REGULAR, FREQUENT])
def test_as_many_are_missed_in_the_last_days_as_come_in_a_simulation(law: Prior):
    dice = random.Random(9)
    counts = [sum(180 < day <= 270 for day in simulated(law, 270, dice)) for _ in range(6000)]
    own = customer()
    told = missed_visits(own, law, own.last_day + 270, within_days=90)
    mean = sum(counts) / len(counts)
    assert told.mean == pytest.approx(mean, rel=0.12)
    assert told.variance == pytest.approx(sum((count - mean) ** 2 for count in counts) / len(counts), rel=0.5)
    assert sum(told.low <= count <= told.high for count in counts) / len(counts) >= 0.75


@given(gap_lists, priors, st.integers(0, 2000), st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_longer_days_bring_more_visits_and_chances_are_chances(
    gaps: list[int], ours: Prior, silence: int, days: int, more: int
):
    own = customer(*gaps)
    short, long = (expected_visits(own, ours, own.last_day + silence, n) for n in (days, days + more))
    assert short.mean <= long.mean * 1.05 + 1e-2  # both are approximate
    for told in (short, long):
        assert 0 <= told.any <= told.active <= 1
        assert told.any <= told.mean + 1e-9
        assert 0 <= told.low <= told.high
        assert told.variance >= 0


@given(gap_lists, priors, st.integers(0, 2000), st.integers(0, 500))
@settings(max_examples=40)
def test_the_longer_the_silence_the_fewer_are_active(gaps: list[int], ours: Prior, silence: int, longer: int):
    own = customer(*gaps)
    assert active(own, ours, own.last_day + silence + longer) <= active(own, ours, own.last_day + silence)


@given(gap_lists, priors, st.integers(0, 3000), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_nobody_missed_more_than_their_rhythm(gaps: list[int], ours: Prior, silence: int, window: int):
    own = customer(*gaps)
    told = missed_visits(own, ours, own.last_day + silence, window)
    assert 0 <= told.mean <= told.if_kept * 1.05 + 1e-2
    assert 0 <= told.low <= told.high
    assert told.variance >= 0
