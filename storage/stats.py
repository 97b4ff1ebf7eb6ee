"""Queries: each customer's purchases in sums, and whose sums must be counted again."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, update

from storage.columns import Queries, chunks, table_of
from storage.models import CustomerStats

_STATS = table_of(CustomerStats)
AT_ONCE = 500


class Stats(Queries):
    def of(self, customer_id: UUID) -> CustomerStats | None:
        """None for who never bought anything."""
        return self._one(CustomerStats, select(_STATS).where(_STATS.c.customer_id == customer_id))

    def mark_stale(self, customer_ids: Iterable[UUID]) -> None:
        """Their purchases changed otherwise than by one more: a job counts them again. Not for who has no row."""
        for some in chunks(customer_ids, AT_ONCE):
            self._connection.execute(update(_STATS).where(_STATS.c.customer_id.in_(some)).values(is_stale=True))

    def begin(self, customer_ids: Iterable[UUID]) -> None:
        """A row for each who has none, to be counted."""
        for some in chunks(customer_ids, AT_ONCE):
            self._insert_new(*(CustomerStats(customer_id=one, is_stale=True) for one in some))

    def stale(self, limit: int) -> list[UUID]:
        rows = self._connection.execute(select(_STATS.c.customer_id).where(_STATS.c.is_stale).limit(limit))
        return list(rows.scalars())
