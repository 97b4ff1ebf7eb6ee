"""Stages: each customer has one, with why and since when; only a visit ends a silence; one visit is never loyal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.lifecycle import LOYAL_VISITS, Held, ReasonCode, Stage, stage
from insights.purchase_interval import Basis, GapSums, Prior, Rhythm, after_visit, rhythm
from storage.kinds import LifecycleStage
from tests.rules.rhythms import FIRST, customer, gap_lists, prior, priors

MONTHLY = Rhythm(30, 20, 45, 45, 60, 0.8, Basis.OWN)
AT_RISK, LOST, REGULAR = LifecycleStage.AT_RISK, LifecycleStage.LOST, LifecycleStage.REGULAR


def on(own: GapSums | None, silence: int, rhythm: Rhythm = MONTHLY, before: Held | None = None) -> Stage:
    today = (own.last_day if own else FIRST) + silence
    return stage(own, rhythm, today, known_since=FIRST - 7, before=before)


def test_who_is_known_and_never_came_is_potential_since_they_are_known():
    told = on(None, 3)
    assert (told.name, told.since_day) == (LifecycleStage.POTENTIAL, FIRST - 7)
    assert told.reason == (ReasonCode.NO_VISIT, 0, 0, 30, None, "own")


def test_a_first_visit_makes_new_since_that_day():
    told = on(customer(), 10)
    assert (told.name, told.since_day) == (LifecycleStage.NEW, FIRST)
    assert told.reason == (ReasonCode.FIRST_VISIT, 1, 10, 30, None, "own")


@pytest.mark.parametrize(("visits", "name"), [(2, REGULAR), (4, REGULAR), (5, LifecycleStage.LOYAL)])
def test_the_second_visit_makes_regular_and_the_fifth_loyal(visits: int, name: LifecycleStage):
    own = customer(*[30] * (visits - 1))
    assert (on(own, 45).name, on(own, 45).since_day) == (name, own.last_day)


def test_late_from_the_day_after_the_limit():
    own = customer(30, 30)
    assert on(own, 45).name is REGULAR
    told = on(own, 50)
    assert (told.name, told.since_day) == (AT_RISK, own.last_day + 46)
    assert told.reason == (ReasonCode.LATE, 3, 50, 30, 45, "own")


def test_lost_from_the_day_after_the_limit():
    own = customer(30, 30)
    assert on(own, 60).name is AT_RISK
    told = on(own, 100)
    assert (told.name, told.since_day) == (LOST, own.last_day + 61)
    assert told.reason == (ReasonCode.SILENT_TOO_LONG, 3, 100, 30, 60, "own")


def test_one_visit_can_be_late_and_lost_too():
    assert [on(customer(), silence).name for silence in (46, 61)] == [AT_RISK, LOST]


def test_a_visit_brings_the_lost_back():
    assert on(customer(30, 30, 200), 0, before=Held(LOST, FIRST + 121)).name is REGULAR


def test_a_stage_that_lasts_keeps_its_day():
    own = customer(30, 30, 30)
    assert on(own, 5, before=Held(REGULAR, FIRST + 30)).since_day == FIRST + 30
    assert on(None, 5, before=Held(LifecycleStage.POTENTIAL, FIRST - 99)).since_day == FIRST - 99


def test_late_again_after_a_visit_is_a_new_silence():
    own = customer(30, 50)
    assert on(own, 50, before=Held(AT_RISK, FIRST + 76)).since_day == own.last_day + 46


def test_a_limit_that_moves_a_little_in_the_night_moves_nobody_to_and_fro():
    own = customer(30, 30)
    before = Held(LOST, own.last_day + 61)
    told = on(own, 62, MONTHLY._replace(lost_after_days=70), before)
    assert (told.name, told.since_day, told.reason.limit_days) == (LOST, before.since_day, 60)


def test_a_limit_that_moves_far_calls_back_who_was_called_lost_too_soon():
    own = customer(30, 30)
    before = Held(LOST, own.last_day + 61)
    slower = MONTHLY._replace(late_after_days=90, lost_after_days=120)
    told = on(own, 65, slower, before)
    assert (told.name, told.since_day) == (REGULAR, own.last_day + 65)


def test_a_limit_that_shortens_leaves_the_day_that_was_told():
    own = customer(30, 30)
    before = Held(AT_RISK, own.last_day + 46)
    assert on(own, 50, MONTHLY._replace(late_after_days=40), before).since_day == before.since_day


customers = st.one_of(st.none(), gap_lists.map(lambda gaps: customer(*gaps)))


@given(customers, priors, st.integers(0, 2000))
@settings(max_examples=50)
def test_one_visit_is_never_regular_nor_loyal_and_four_are_not_loyal(own: GapSums | None, ours: Prior, silence: int):
    told = on(own, silence, rhythm(own, ours))
    visits = own.visits if own else 0
    assert (told.name is LifecycleStage.POTENTIAL) is (visits == 0)
    if visits == 1:
        assert told.name in {LifecycleStage.NEW, AT_RISK, LOST}
    if told.name is LifecycleStage.LOYAL:
        assert visits >= LOYAL_VISITS


@given(gap_lists, priors, st.lists(st.integers(0, 3000), min_size=2).map(sorted))
@settings(max_examples=50)
def test_without_a_visit_nobody_ever_comes_back_from_late_or_lost(gaps: list[int], ours: Prior, silences: list[int]):
    own = customer(*gaps)
    worse = {AT_RISK: 1, LOST: 2}
    ranks, before = [], None
    for silence in silences:
        told = on(own, silence, rhythm(own, ours), before)
        assert told.since_day <= own.last_day + silence
        ranks.append(worse.get(told.name, 0))
        before = Held(told.name, told.since_day)
    assert ranks == sorted(ranks)


@given(gap_lists, priors, st.integers(0, 3000))
@settings(max_examples=50)
def test_looked_at_twice_on_a_day_nothing_changes(gaps: list[int], ours: Prior, silence: int):
    own = customer(*gaps)
    once = on(own, silence, rhythm(own, ours))
    assert on(own, silence, rhythm(own, ours), Held(once.name, once.since_day)) == once


def test_a_customers_whole_way():
    """Every 30 days four times, silent for half a year, back again."""
    ours = prior(30, between=0.3, within=0.3, stop=1, stay=8)
    way: list[LifecycleStage] = []
    own = None
    for day in range(400):
        if day in {0, 30, 60, 90, 270, 300}:
            own = after_visit(own, day)
        name = stage(own, rhythm(own, ours), day, known_since=0).name
        if not way or way[-1] is not name:
            way.append(name)
    assert [name.value for name in way] == ["new", "regular", "at_risk", "lost", "loyal", "at_risk"]
