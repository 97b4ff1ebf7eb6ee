"""Goals: which number shall be where by when, and how it goes; set and ended by managers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.customers import uuid_of
from console.figures import amount, answered, figures_of
from console.pages import Visit
from insights.figures import EIGHT, METRICS, Figure, MetricKey, Unit
from insights.goals import Goal as Course
from insights.goals import GoalState, light_of
from messaging.local_time import at_local
from storage.models import Goal, Staff
from storage.store import Store

LIMITS: Final = {
    Unit.PERCENT: (0.0, 100.0),
    Unit.POINTS: (-100.0, 100.0),
    Unit.MONEY: (0.0, 1e12),
    Unit.DAYS: (0.0, 3650.0),
}
"""What a target may be; money in minor units."""
LAST_DAY: Final = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal as the page shows it; `state` is None while the number is too small a sample to tell."""

    id: UUID
    title: str
    deadline: datetime
    responsible: str
    state: GoalState | None
    says: str
    progress: float


def lines_of(
    goals: Sequence[Goal], figures: Mapping[MetricKey, Figure], staff: Sequence[Staff], currency: str, visit: Visit
) -> list[GoalLine]:
    names = {one.id: one.name for one in staff}
    return [
        _line(goal, figures.get(MetricKey(goal.metric)), names.get(goal.responsible_id, ""), currency, visit)  # type: ignore[arg-type]  # None is nobody's id
        for goal in goals
        if goal.metric in METRICS
    ]


def _line(goal: Goal, figure: Figure | None, responsible: str, currency: str, visit: Visit) -> GoalLine:
    words, unit = visit.words, METRICS[MetricKey(goal.metric)].unit

    def says(value: float) -> str:
        return amount(value, unit, currency, words)

    title = words.t(
        "goals.title_of",
        metric=words.t(f"metric.{goal.metric}.title"),
        start=says(goal.started_from),
        target=says(goal.target),
    )
    if figure is None or not figure.is_enough or figure.value is None:
        return GoalLine(goal.id, title, goal.deadline, responsible, None, words.t("goals.unknown"), 0.0)
    course = Course(goal.started_from, goal.target, words.local(goal.since).date(), words.local(goal.deadline).date())
    light = light_of(course, figure.value, visit.today)
    text = words.t(
        f"goal.{light.state.value}", now=says(light.now), expected=says(light.expected), target=says(goal.target)
    )
    return GoalLine(goal.id, title, goal.deadline, responsible, light.state, text, min(max(light.progress, 0.0), 1.0))


async def add(visit: Visit) -> Response:
    """A goal starts from where the number is today."""
    form = await visit.form()
    metric = MetricKey(form["metric"]) if form.get("metric") in set(EIGHT) else None
    deadline = _day(form.get("deadline", ""))
    today = visit.today
    if metric is None or deadline is None or not today < deadline < LAST_DAY:
        return visit.go("/numbers", notice="goal.wrong")
    target = _target(form.get("target", ""), METRICS[metric].unit)
    responsible = uuid_of(form.get("responsible", ""))

    def unit(store: Store) -> bool:
        report = store.reports.newest()
        now = figures_of(report, answered(store, visit.now)).get(metric)
        if target is None or now is None or now.value is None or not now.is_enough or target == now.value:
            return False
        known = {one.id for one in store.staff.all() if one.is_active}
        zone = visit.words.zone
        goal = Goal(
            metric=metric.value,
            started_from=now.value,
            target=target,
            since=at_local(today, 0, zone),
            deadline=at_local(deadline, 0, zone),
            responsible_id=responsible if responsible in known else None,
        )
        store.goals.add(goal)
        return True

    return visit.go("/numbers", notice="goal.set" if await visit.write(unit) else "goal.wrong")


async def end(visit: Visit) -> Response:
    """A goal that nobody pursues any more: it leaves the page, its row stays."""
    goal_id = visit.path_id("goal_id")
    await visit.write(lambda store: store.goals.end(goal_id, visit.now))
    return visit.go("/numbers", notice="goal.ended")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _target(text: str, unit: Unit) -> float | None:
    """A target as a person types it: «60», «60 %», «1 200,50 ₽»; None for what it cannot be."""
    bare = "".join(sign for sign in text if sign.isdecimal() or sign in ",.-−+").replace("−", "-").replace(",", ".")
    try:
        value = float(bare) * (100 if unit is Unit.MONEY else 1)
    except ValueError:
        return None
    low, high = LIMITS[unit]
    return value if low <= value <= high else None
