"""Queries: dialogues drawn for review, and the marks they got."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, func, select

from storage.columns import Queries, table_of
from storage.models import Case, Customer, DialogueReview

_CASE = table_of(Case)
_CUSTOMER = table_of(Customer)
_REVIEW = table_of(DialogueReview)


class Drawn(NamedTuple):
    """One dialogue for review, with the case and its customer's name."""

    review: DialogueReview
    number: int
    customer_name: str


class Dialogues(Queries):
    def unreviewed(self, since: datetime, until: datetime) -> dict[UUID, Sequence[UUID]]:
        """By who answered last: cases closed in this time that were never drawn. Spam teaches nobody anything."""
        is_drawn = exists().where(_REVIEW.c.case_id == _CASE.c.id)
        closed = (
            select(_CASE.c.replied_by, _CASE.c.id)
            .where(_CASE.c.closed_at >= since, _CASE.c.closed_at < until)
            .where(_CASE.c.replied_by.is_not(None), ~_CASE.c.is_spam, ~is_drawn)
        )
        found: dict[UUID, list[UUID]] = {}
        for operator, case_id in self._connection.execute(closed.order_by(_CASE.c.id)):
            found.setdefault(operator, []).append(case_id)
        return dict(found)

    def drawn_since(self, at: datetime) -> dict[UUID, int]:
        """By operator."""
        counted = (
            select(_REVIEW.c.operator_id, func.count())
            .where(_REVIEW.c.sampled_at >= at)
            .group_by(_REVIEW.c.operator_id)
        )
        return {row[0]: row[1] for row in self._connection.execute(counted)}

    def add(self, case_id: UUID, operator_id: UUID, now: datetime) -> int:
        """1; 0 where it was drawn already."""
        case = self._one(Case, select(_CASE).where(_CASE.c.id == case_id))
        if case is None:
            return 0
        return self._insert_new(
            DialogueReview(case_id=case_id, customer_id=case.customer_id, operator_id=operator_id, sampled_at=now)
        )

    def get(self, review_id: UUID) -> DialogueReview | None:
        return self._one(DialogueReview, select(_REVIEW).where(_REVIEW.c.id == review_id))

    def save(self, review: DialogueReview) -> None:
        self._save(review)

    def listed(self, *, operator_id: UUID | None, is_reviewed: bool, since: datetime) -> list[Drawn]:
        """Drawn since then, the newest first; of one operator or of all."""
        reviews = (
            select(_REVIEW, _CASE.c.number.label("case_number"), _CUSTOMER.c.name.label("customer_name"))
            .join(_CASE, _CASE.c.id == _REVIEW.c.case_id)
            .join(_CUSTOMER, _CUSTOMER.c.id == _REVIEW.c.customer_id)
            .where(_REVIEW.c.sampled_at >= since)
            .where(_REVIEW.c.reviewed_at.is_not(None) if is_reviewed else _REVIEW.c.reviewed_at.is_(None))
            .order_by(_REVIEW.c.sampled_at.desc(), _REVIEW.c.id)
        )
        if operator_id is not None:
            reviews = reviews.where(_REVIEW.c.operator_id == operator_id)
        found = []
        for row in self._connection.execute(reviews).mappings():
            values = dict(row)
            number, name = values.pop("case_number"), values.pop("customer_name")
            found.append(Drawn(DialogueReview(**values), number, name))
        return found
