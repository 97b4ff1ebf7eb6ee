"""Queries: whether complaints were repaired: who is to be asked, who said yes, and what those bought afterwards."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, select

from storage.columns import Queries, table_of
from storage.kinds import DeliveryState, Touchpoint
from storage.models import Case, OutboxMessage, Purchase, SurveyRun

_CASE = table_of(Case)
_RUN = table_of(SurveyRun)
_PURCHASE = table_of(Purchase)
_OUT = table_of(OutboxMessage)
_NEVER_LEFT = (DeliveryState.CANCELLED, DeliveryState.FAILED)


class Recovered(NamedTuple):
    """Of the customers asked in a time: how many, how many answered, how many say that all is well."""

    asked: int
    answered: int
    recovered: int


class BoughtAfter(NamedTuple):
    """What recovered customers bought after they said so, in minor units after returns; how many of how many bought."""

    customers: int
    buyers: int
    purchases: int
    amount_minor: int


class Recoveries(Queries):
    def due(self, now: datetime, limit: int) -> list[UUID]:
        """Closed cases whose customer is to be asked by now, the longest due first."""
        due = select(_CASE.c.id).where(_CASE.c.recovery_due_at <= now, _CASE.c.closed_at.is_not(None))
        return list(self._connection.execute(due.order_by(_CASE.c.recovery_due_at).limit(limit)).scalars())

    def asked_beside(self, case: Case) -> datetime | None:
        """When its customer was last asked anything of our own accord that neither is about it nor opened it."""
        never_left = exists().where(_OUT.c.id == _RUN.c.outbox_id, _OUT.c.state.in_(_NEVER_LEFT))
        asked = select(func.max(_RUN.c.asked_at, type_=_RUN.c.asked_at.type)).where(
            _RUN.c.customer_id == case.customer_id,
            _RUN.c.touchpoint != Touchpoint.MENU,
            _RUN.c.case_id.is_distinct_from(case.id),
            ~never_left,
        )
        if case.run_id is not None:
            asked = asked.where(_RUN.c.id != case.run_id)
        newest: datetime | None = self._connection.execute(asked).scalar_one()
        return newest

    def rate(self, since: datetime, until: datetime) -> Recovered:
        """By the moment of the question. A case counts once, by its newest question: a reopened one is asked again.

        Who was never reached was not asked.
        """
        never_left = exists().where(_OUT.c.id == _RUN.c.outbox_id, _OUT.c.state.in_(_NEVER_LEFT))
        last = (
            select(_RUN.c.case_id, func.max(_RUN.c.asked_at).label("asked_at"))
            .where(_RUN.c.touchpoint == Touchpoint.RECOVERY, _RUN.c.case_id.is_not(None))
            .where(_RUN.c.asked_at >= since, _RUN.c.asked_at < until, ~never_left)
            .group_by(_RUN.c.case_id)
            .subquery()
        )
        asked = (
            select(
                func.count(),
                func.count(_RUN.c.score),
                func.count().filter(_CASE.c.is_recovered, _RUN.c.score.is_not(None)),
            )
            .select_from(last)
            .join(_RUN, (_RUN.c.case_id == last.c.case_id) & (_RUN.c.asked_at == last.c.asked_at))
            .join(_CASE, _CASE.c.id == last.c.case_id)
            .where(_RUN.c.touchpoint == Touchpoint.RECOVERY)
        )
        row = self._connection.execute(asked).one()
        return Recovered(row[0], row[1], row[2])

    def bought_after(self, since: datetime, until: datetime) -> BoughtAfter:
        """Customers who said between the two moments that all is well, and their purchases from then until the second.

        Each customer counts from their first such word.
        """
        happy = (
            select(_RUN.c.customer_id, func.min(_RUN.c.answered_at).label("at"))
            .join(_CASE, _CASE.c.id == _RUN.c.case_id)
            .where(_RUN.c.touchpoint == Touchpoint.RECOVERY, _CASE.c.is_recovered)
            .where(_RUN.c.answered_at >= since, _RUN.c.answered_at < until)
            .group_by(_RUN.c.customer_id)
            .subquery()
        )
        kept = _PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor
        later = (_PURCHASE.c.customer_id == happy.c.customer_id) & (_PURCHASE.c.at > happy.c.at)
        bought = (
            select(
                func.count(happy.c.customer_id.distinct()),
                func.count(_PURCHASE.c.customer_id.distinct()),
                func.count(_PURCHASE.c.id),
                func.coalesce(func.sum(kept), 0),
            )
            .select_from(happy)
            .outerjoin(_PURCHASE, later & (_PURCHASE.c.at < until) & (kept > 0))
        )
        row = self._connection.execute(bought).one()
        return BoughtAfter(row[0], row[1], row[2], int(row[3]))
