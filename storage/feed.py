"""Queries: the feed that open pages tail."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from storage.columns import Queries, table_of
from storage.kinds import FeedKind
from storage.models import FeedEntry

_FEED = table_of(FeedEntry)
_INSERT = insert(_FEED).inline()


class Feed(Queries):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._pending: list[dict[str, Any]] = []

    def tell(self, kind: FeedKind, ref: UUID, customer_id: UUID | None, at: datetime) -> None:
        """Let the open pages know; written as the unit's last statement."""
        self._pending.append({"kind": kind, "ref": ref, "customer_id": customer_id, "at": at})

    def write_pending(self) -> bool:
        """Number the entries in the order of commits: on PostgreSQL the lock is held from here to the commit."""
        if not self._pending:
            return False
        self._lock("feed")
        self._connection.execute(_INSERT, self._pending)
        self._pending = []
        return True

    def forget(self, customer_id: UUID) -> None:
        """Nobody is to hear of this customer from this unit, who was erased in it."""
        self._pending = [entry for entry in self._pending if entry["customer_id"] != customer_id]

    def unlink(self, refs: Collection[UUID]) -> None:
        """What these were, and whose, is not told, nor was it ever. Their numbers stay: a page that misses one would
        think it had slept."""
        self._pending = [entry for entry in self._pending if entry["ref"] not in refs]
        told = update(_FEED).where(_FEED.c.ref.in_(refs))
        self._connection.execute(told.values(customer_id=None, ref=uuid4()))

    def after(self, seq: int, limit: int = 500, customer_id: UUID | None = None) -> list[FeedEntry]:
        entries = select(_FEED).where(_FEED.c.seq > seq)
        if customer_id is not None:
            entries = entries.where(_FEED.c.customer_id == customer_id)
        return self._all(FeedEntry, entries.order_by(_FEED.c.seq).limit(limit))

    def last_seq(self) -> int:
        return self._count(select(func.coalesce(func.max(_FEED.c.seq), 0)))

    def delete_before(self, at: datetime) -> None:
        """A feed is only about now; the newest entry stays, so that numbers are never given twice."""
        self._connection.execute(_FEED.delete().where(_FEED.c.at < at, _FEED.c.seq < self.last_seq()))

    def first_seq(self) -> int:
        """The oldest entry that is still there; 0 for none. A page that saw less than the one before it missed some."""
        return self._count(select(func.coalesce(func.min(_FEED.c.seq), 0)))
