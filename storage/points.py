"""Queries: who takes part in the programme, and the points ledger: append-only, one row a cause."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from storage.columns import Queries, table_of
from storage.kinds import ConsentAction, ConsentPurpose
from storage.models import Consent, Membership, PointsEntry

_MEMBER = table_of(Membership)
_ENTRY = table_of(PointsEntry)
_CONSENT = table_of(Consent)
_LAST_WORD = (
    select(_CONSENT.c.action)
    .where(_CONSENT.c.customer_id == _MEMBER.c.customer_id, _CONSENT.c.purpose == ConsentPurpose.PROGRAMME)
    .order_by(_CONSENT.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class Points(Queries):
    def join(self, membership: Membership) -> bool:
        """False when this customer is a member already, or the card number is taken."""
        return self._insert_new(membership) == 1

    def membership(self, customer_id: UUID) -> Membership | None:
        return self._one(Membership, select(_MEMBER).where(_MEMBER.c.customer_id == customer_id))

    def joined_at(self, customer_ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """Since when each of these is a member; others are missing, and who takes part no more by their own word."""
        members = select(_MEMBER.c.customer_id, _MEMBER.c.joined_at).where(
            _MEMBER.c.customer_id.in_(customer_ids),
            func.coalesce(_LAST_WORD, ConsentAction.GIVEN) == ConsentAction.GIVEN,
        )
        return {row[0]: row[1] for row in self._connection.execute(members)}

    def add(self, entries: Sequence[PointsEntry]) -> int:
        """Write entries; how many were new. One of a known key has had its effect already."""
        return self._insert_new(*entries)

    def balance(self, customer_id: UUID) -> int:
        return self._count(
            select(func.coalesce(func.sum(_ENTRY.c.points), 0)).where(_ENTRY.c.customer_id == customer_id)
        )

    def of_customer(self, customer_id: UUID, limit: int) -> list[PointsEntry]:
        """The newest `limit`, newest first."""
        entries = select(_ENTRY).where(_ENTRY.c.customer_id == customer_id)
        return self._all(PointsEntry, entries.order_by(_ENTRY.c.id.desc()).limit(limit))
