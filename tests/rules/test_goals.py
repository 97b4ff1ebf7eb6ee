"""Whether a number is on its way to the target (feature AN15)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.goals import Goal, GoalState, light_of

UP = Goal(start=40, target=60, since=date(2026, 1, 1), deadline=date(2026, 1, 21))
DOWN = UP._replace(start=60, target=40)


@pytest.mark.parametrize(
    ("goal", "now", "day", "state"),
    [
        (UP, 50, 11, GoalState.ON_TRACK),
        (UP, 49.9, 11, GoalState.BEHIND),
        (UP, 60, 11, GoalState.REACHED),
        (UP, 40, 1, GoalState.ON_TRACK),
        (UP, 59.9, 21, GoalState.BEHIND),  # the deadline itself is still a day to reach it
        (UP, 59.9, 22, GoalState.MISSED),
        (UP, 61, 22, GoalState.REACHED),
        (DOWN, 50, 11, GoalState.ON_TRACK),
        (DOWN, 50.1, 11, GoalState.BEHIND),
        (DOWN, 39, 11, GoalState.REACHED),
        (DOWN, 41, 22, GoalState.MISSED),
    ],
)
def test_an15_the_light(goal: Goal, now: float, day: int, state: GoalState) -> None:
    assert light_of(goal, now, date(2026, 1, day)).state is state


def test_an15_the_reason_stands_beside_the_light() -> None:
    light = light_of(UP, 45, date(2026, 1, 11))
    assert light == (GoalState.BEHIND, 45, pytest.approx(50), pytest.approx(0.25), 10)


def test_an15_a_step_backwards_is_progress_below_zero() -> None:
    assert light_of(DOWN, 70, date(2026, 1, 11)).progress == pytest.approx(-0.5)


@pytest.mark.parametrize("goal", [UP._replace(target=40), UP._replace(deadline=UP.since)])
def test_an15_a_goal_without_a_way_to_go_is_refused(goal: Goal) -> None:
    with pytest.raises(ValueError, match="a goal needs"):
        light_of(goal, 50, date(2026, 1, 11))


@given(st.floats(min_value=0, max_value=100), st.dates(date(2025, 12, 1), date(2026, 3, 1)))
@settings(max_examples=50)
def test_an15_turning_the_scale_over_changes_no_light(now: float, today: date) -> None:
    mirrored = UP._replace(start=-UP.start, target=-UP.target)
    assert light_of(UP, now, today).state is light_of(mirrored, -now, today).state
