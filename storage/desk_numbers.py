"""Queries: what operators' statistics are counted from: each case with its moments, and its customer's word on it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from storage.columns import Queries, table_of
from storage.kinds import Touchpoint
from storage.models import Case, SurveyRun

_CASE = table_of(Case)
_RUN = table_of(SurveyRun)


class Worked(NamedTuple):
    """One case. `operator`: whose work it is, else who answered last (feature CS6); nobody's stays nobody's."""

    id: UUID
    operator: UUID | None
    branch: str
    is_key: bool
    opened_at: datetime
    due_at: datetime
    replied_at: datetime | None
    closed_at: datetime | None
    reopened: int
    is_recovered: bool | None


class DeskNumbers(Queries):
    def worked(self, since: datetime, until: datetime) -> list[Worked]:
        """Cases that were opened in this time, oldest first; spam is no work."""
        found = (
            select(
                _CASE.c.id,
                func.coalesce(_CASE.c.assigned_to, _CASE.c.replied_by),
                _CASE.c.branch,
                _CASE.c.is_key,
                _CASE.c.opened_at,
                _CASE.c.due_at,
                _CASE.c.replied_at,
                _CASE.c.closed_at,
                _CASE.c.reopened,
                _CASE.c.is_recovered,
            )
            .where(_CASE.c.opened_at >= since, _CASE.c.opened_at < until, ~_CASE.c.is_spam)
            .order_by(_CASE.c.opened_at, _CASE.c.id)
        )
        return [Worked._make(row) for row in self._connection.execute(found)]

    def scores(self, since: datetime, until: datetime) -> dict[UUID, int]:
        """By case of this time: the newest satisfaction that its customer gave after it was closed, 1 to 5."""
        answered = (
            select(_RUN.c.case_id, _RUN.c.score)
            .join(_CASE, _CASE.c.id == _RUN.c.case_id)
            .where(_CASE.c.opened_at >= since, _CASE.c.opened_at < until)
            .where(_RUN.c.touchpoint == Touchpoint.CASE, _RUN.c.score.is_not(None))
            .order_by(_RUN.c.answered_at, _RUN.c.id)
        )
        return {row[0]: row[1] for row in self._connection.execute(answered)}
