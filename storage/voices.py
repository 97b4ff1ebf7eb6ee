"""Queries: what customers said about a visit, by what they bought, and the words of those who left."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, select

from storage.columns import Queries, table_of
from storage.kinds import LifecycleStage, ScoreGroup, SurveyKind
from storage.models import Customer, CustomerStats, Purchase, SurveyRun

_RUN = table_of(SurveyRun)
_PURCHASE = table_of(Purchase)
_STATS = table_of(CustomerStats)
_CUSTOMER = table_of(Customer)
_IS_COMPLAINT = case((_RUN.c.score_group == ScoreGroup.DETRACTOR, 1), else_=0)


class Rated(NamedTuple):
    """Answers about the visits on which one thing was bought, and how many of them were a detractor's."""

    name: str
    answers: int
    complaints: int


class Comment(NamedTuple):
    """What somebody wrote with their score."""

    customer_id: UUID
    name: str
    kind: SurveyKind
    score: int | None
    text: str
    at: datetime


class Voices(Queries):
    def by_service(self, since: datetime, until: datetime) -> list[Rated]:
        """Each as its purchases write it."""
        return self._rated(_PURCHASE.c.product, since, until)

    def by_product(self, products: Sequence[str], since: datetime, until: datetime) -> list[Rated]:
        """Of these services, each as its purchases write it."""
        return self._rated(_PURCHASE.c.product, since, until, _PURCHASE.c.product.in_(products))

    def _rated(
        self, by: ColumnElement[str], since: datetime, until: datetime, *only: ColumnElement[bool]
    ) -> list[Rated]:
        """Only of visits that say who it was; in the order of the names."""
        rated = (
            select(by, func.count(), func.sum(_IS_COMPLAINT))
            .join_from(_RUN, _PURCHASE, _PURCHASE.c.id == _RUN.c.purchase_id)
            .where(by != "", *_answered(since, until), *only)
            .group_by(by)
            .order_by(by)
        )
        return [Rated(name, answers, int(complaints)) for name, answers, complaints in self._connection.execute(rated)]

    def of_leavers(self, products: Sequence[str], limit: int) -> list[Comment]:
        """Comments of those who are late or lost and bought one of these last (one service as its purchases write it),
        newest first."""
        said = (
            select(_CUSTOMER.c.id, _CUSTOMER.c.name, _RUN.c.kind, _RUN.c.score, _RUN.c.comment, _RUN.c.answered_at)
            .join_from(_RUN, _CUSTOMER, _CUSTOMER.c.id == _RUN.c.customer_id)
            .join(_STATS, _STATS.c.customer_id == _RUN.c.customer_id)
            .where(
                _STATS.c.last_product.in_(products),
                _STATS.c.stage.in_([LifecycleStage.AT_RISK, LifecycleStage.LOST]),
                _RUN.c.comment.is_not(None),
                _RUN.c.comment != "",
                _RUN.c.answered_at.is_not(None),
            )
            .order_by(_RUN.c.answered_at.desc(), _RUN.c.id)
            .limit(limit)
        )
        return [Comment(*row) for row in self._connection.execute(said)]

    def silent_branches(self, since: datetime, now: datetime, at_least: int) -> list[str]:
        """Branches with so many purchases since then, and not one answer about a visit there (feature A20)."""
        rated = _PURCHASE.alias("rated")
        is_heard = exists().where(
            and_(rated.c.id == _RUN.c.purchase_id, rated.c.branch == _PURCHASE.c.branch, *_answered(since, now))
        )
        busy = (
            select(_PURCHASE.c.branch)
            .where(_PURCHASE.c.at >= since, _PURCHASE.c.at < now, _PURCHASE.c.branch != "", ~is_heard)
            .group_by(_PURCHASE.c.branch)
            .having(func.count() >= at_least)
            .order_by(_PURCHASE.c.branch)
        )
        return list(self._connection.execute(busy).scalars())


def _answered(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return _RUN.c.answered_at >= since, _RUN.c.answered_at < until, _RUN.c.score.is_not(None)
