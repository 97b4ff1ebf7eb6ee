"""How the desk works: first answers, promises kept, and what customers say after, by operator and for key customers."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.pages import Visit
from insights.desk_numbers import FEW, Handled, Report, report
from messaging.business_hours import Hours, open_seconds
from messaging.cases import terms
from storage.desk_numbers import Worked
from storage.store import Store

PERIODS: Final = (7, 30, 90)
USUAL: Final = 30


async def show(visit: Visit) -> Response:
    wished = visit.request.query_params.get("days", "")
    days = int(wished) if wished in map(str, PERIODS) else USUAL
    found, names = await visit.read(lambda store: (_report(store, visit, days), store.staff.names()))
    return visit.page("desk_numbers.html", found=found, rows=_rows(found, names), days=days, periods=PERIODS, few=FEW)


def _rows(found: Report, names: dict[UUID, str]) -> list[tuple[str, object]]:
    """Name and numbers of each operator; the last, without a name, is nobody's."""
    return [(names.get(who, "") if who else "", numbers) for who, numbers in found.operators.items()]


def _report(store: Store, visit: Visit, days: int) -> Report:
    since, zone = visit.now - timedelta(days=days), visit.console.zone
    scores = store.desk_numbers.scores(since, visit.now)
    worked = store.desk_numbers.worked(since, visit.now)
    hours = {branch: terms.hours(store, branch, zone) for branch in {one.branch for one in worked}}
    return report([_handled(one, hours[one.branch], scores.get(one.id), visit) for one in worked])


def _handled(one: Worked, hours: Hours, score: int | None, visit: Visit) -> Handled:
    was_closed = one.closed_at is not None or one.reopened > 0
    return Handled(
        one.operator,
        one.is_key,
        open_seconds(hours, one.opened_at, one.replied_at) if one.replied_at else None,
        _is_within(one, visit),
        one.reopened > 0 if was_closed else None,
        score,
        one.is_recovered,
    )


def _is_within(one: Worked, visit: Visit) -> bool | None:
    """Whether the first answer came in time. Nothing is known of a case that still has time, or that was over before
    its time without an answer in writing."""
    end = one.replied_at or one.closed_at or visit.now
    if one.replied_at is None and end <= one.due_at:
        return None
    return one.replied_at is not None and one.replied_at <= one.due_at
