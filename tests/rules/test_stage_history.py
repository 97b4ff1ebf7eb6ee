"""Moves told afterwards lead, day by day, to where the customer stands."""

from hypothesis import given, settings
from hypothesis import strategies as st

from insights.lifecycle import Held, stage
from insights.purchase_interval import rhythm, sums_of, usual
from insights.stage_history import moves
from storage.kinds import LifecycleStage
from tests.rules.rhythms import FIRST

MONTHLY = usual(30)
POTENTIAL, NEW, REGULAR = LifecycleStage.POTENTIAL, LifecycleStage.NEW, LifecycleStage.REGULAR
AT_RISK, LOST = LifecycleStage.AT_RISK, LifecycleStage.LOST


def path(days: list[int], today: int) -> list[tuple[LifecycleStage, LifecycleStage]]:
    return [(move.before, move.after) for move in moves(days, MONTHLY, today)]


def test_who_never_came_moved_nowhere():
    assert moves([], MONTHLY, FIRST) == []


def test_who_came_once_and_stayed_away_was_new_then_late_then_lost():
    found = moves([FIRST], MONTHLY, FIRST + 1000)
    limits = rhythm(sums_of([FIRST]), MONTHLY)
    assert [(move.before, move.after) for move in found] == [(POTENTIAL, NEW), (NEW, AT_RISK), (AT_RISK, LOST)]
    assert [move.day - FIRST for move in found] == [0, limits.late_after_days + 1, limits.lost_after_days + 1]


def test_who_comes_back_is_regular_again():
    assert path([FIRST, FIRST + 30, FIRST + 400], FIRST + 401) == [
        (POTENTIAL, NEW),
        (NEW, REGULAR),
        (REGULAR, AT_RISK),
        (AT_RISK, LOST),
        (LOST, REGULAR),
    ]


def test_a_limit_that_was_not_reached_made_no_move():
    late = rhythm(sums_of([FIRST]), MONTHLY).late_after_days
    assert path([FIRST], FIRST + late) == [(POTENTIAL, NEW)]
    assert path([FIRST], FIRST + late + 1) == [(POTENTIAL, NEW), (NEW, AT_RISK)]


@settings(max_examples=50)
@given(st.lists(st.integers(1, 200), max_size=8), st.integers(0, 600))
def test_the_last_move_leads_to_where_the_customer_stands(gaps: list[int], silence: int):
    days = [FIRST + sum(gaps[:count]) for count in range(len(gaps) + 1)]
    today, own = days[-1] + silence, sums_of(days)
    found = moves(days, MONTHLY, today)
    assert found[-1].after is stage(own, rhythm(own, MONTHLY), today, known_since=FIRST).name
    assert [move.before for move in found] == [POTENTIAL, *(move.after for move in found[:-1])]
    assert [move.day for move in found] == sorted(move.day for move in found)
    assert all(move.before is not move.after for move in found)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 200), max_size=8), st.integers(0, 600), st.integers(-50, 900))
def test_a_past_that_is_cut_short_has_the_same_moves_since_then(gaps: list[int], silence: int, cut: int):
    days = [FIRST + sum(gaps[:count]) for count in range(len(gaps) + 1)]
    today, since = days[-1] + silence, FIRST + cut
    assert moves(days, MONTHLY, today, since=since) == [
        move for move in moves(days, MONTHLY, today) if move.day >= since
    ]


@settings(max_examples=50)
@given(st.lists(st.integers(1, 120), min_size=1, max_size=12), st.integers(0, 300))
def test_each_day_between_would_have_told_the_same(gaps: list[int], silence: int):
    """Looked at every single day, with what was known on that day."""
    days = [FIRST + sum(gaps[:count]) for count in range(len(gaps) + 1)]
    today = days[-1] + silence
    names, held = [POTENTIAL], None
    for day in range(FIRST, today + 1):
        own = sums_of([one for one in days if one <= day])
        found = stage(own, rhythm(own, MONTHLY), day, known_since=FIRST, before=held)
        held = Held(found.name, found.since_day)
        if found.name is not names[-1]:
            names.append(found.name)
    assert [move.after for move in moves(days, MONTHLY, today)] == names[1:]
