"""Queries: what a number shall be by a day (feature AN15)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from storage.columns import Queries, table_of
from storage.models import Goal

_GOAL = table_of(Goal)


class Goals(Queries):
    def add(self, goal: Goal) -> None:
        self._insert(goal)

    def open(self) -> list[Goal]:
        """Those nobody ended, the nearest deadline first."""
        goals = select(_GOAL).where(_GOAL.c.ended_at.is_(None))
        return self._all(Goal, goals.order_by(_GOAL.c.deadline, _GOAL.c.id))

    def end(self, goal_id: UUID, now: datetime) -> bool:
        """False when there is no such goal, or somebody ended it before."""
        wanted = update(_GOAL).where(_GOAL.c.id == goal_id, _GOAL.c.ended_at.is_(None))
        return self._connection.execute(wanted.values(ended_at=now)).rowcount == 1
