"""Goals: is a number on its way to the target (feature AN15)."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Goal(NamedTuple):
    """Bring a metric from `start` (its value on `since`) to `target` by the end of `deadline`."""

    start: float
    target: float
    since: date
    deadline: date


class GoalState(StrEnum):
    """Reached and on track are green, behind is amber, missed is red."""

    REACHED = "reached"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    MISSED = "missed"


class Light(NamedTuple):
    """The state and its reason: `now` against `expected`, the straight line's value for today, and the way so far.

    `progress` is the share of the way from start to target, below 0 when it went backwards; `days_left` 0 on the
    deadline itself, negative after it.
    """

    state: GoalState
    now: float
    expected: float
    progress: float
    days_left: int


def light_of(goal: Goal, now: float, today: date) -> Light:
    """Traffic light against the straight line from start to target.

    Whether more or less is wanted follows from the two ends. Raises ValueError for a goal without a distance or
    without a day to go.
    """
    if goal.target == goal.start or goal.deadline <= goal.since:
        raise ValueError("a goal needs a distance and at least a day to go")
    elapsed = (today - goal.since).days / (goal.deadline - goal.since).days
    line = min(max(elapsed, 0.0), 1.0)
    progress = (now - goal.start) / (goal.target - goal.start)
    expected = goal.start + (goal.target - goal.start) * line
    return Light(_state(progress, line, elapsed), now, expected, progress, (goal.deadline - today).days)


def _state(progress: float, line: float, elapsed: float) -> GoalState:
    if progress >= 1:
        return GoalState.REACHED
    if elapsed > 1:
        return GoalState.MISSED
    return GoalState.ON_TRACK if progress >= line else GoalState.BEHIND
