"""Queries: what a customer's card shows: codes that are scanned from the screen, and points that come and go next."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update

from storage.columns import Queries, table_of
from storage.kinds import BatchState
from storage.models import CardScan, PointsBatch

_SCAN = table_of(CardScan)
_BATCH = table_of(PointsBatch)


class Coming(NamedTuple):
    """Points that open, or are gone, at one moment."""

    at: datetime
    points: int


class Cards(Queries):
    # --- codes on screens

    def show_code(self, scan: CardScan) -> None:
        self._insert_new(scan)

    def scan(self, code_hash: str) -> CardScan | None:
        return self._one(CardScan, select(_SCAN).where(_SCAN.c.code_hash == code_hash))

    def use_code(self, code_hash: str, staff_id: UUID, shown_since: datetime, now: datetime) -> bool:
        """True for the one who comes first and in time. Both engines decide it in the statement."""
        fresh = update(_SCAN).where(_SCAN.c.code_hash == code_hash, _SCAN.c.used_at.is_(None), _SCAN.c.at > shown_since)
        return self._connection.execute(fresh.values(used_at=now, staff_id=staff_id)).rowcount == 1

    def spend_scan(self, code_hash: str, customer_id: UUID, staff_id: UUID, since: datetime, *, sale_key: str) -> bool:
        """What this cashier scanned since then is used up by one sale; False when it was not good for it."""
        own = update(_SCAN).where(
            _SCAN.c.code_hash == code_hash,
            _SCAN.c.customer_id == customer_id,
            _SCAN.c.staff_id == staff_id,
            _SCAN.c.used_at > since,
            _SCAN.c.sale_key.is_(None),
        )
        return self._connection.execute(own.values(sale_key=sale_key)).rowcount == 1

    def is_scan_good(self, code_hash: str, customer_id: UUID, staff_id: UUID, since: datetime) -> bool:
        """Whether a sale may still be paid by it."""
        scan = self.scan(code_hash)
        if scan is None or scan.used_at is None or scan.sale_key is not None:
            return False
        return scan.customer_id == customer_id and scan.staff_id == staff_id and scan.used_at > since

    def forget_codes(self, before: datetime) -> int:
        return self._connection.execute(delete(_SCAN).where(_SCAN.c.at < before)).rowcount

    # --- what comes next

    def next_opening(self, customer_id: UUID, now: datetime) -> Coming | None:
        """The pending points that open first."""
        waiting = (
            select(_BATCH.c.opens_at, func.sum(_BATCH.c.points_left))
            .where(
                _BATCH.c.customer_id == customer_id,
                _BATCH.c.state == BatchState.PENDING,
                _BATCH.c.points_left > 0,
                _BATCH.c.opens_at > now,
            )
            .group_by(_BATCH.c.opens_at)
        )
        return self._first(waiting.order_by(_BATCH.c.opens_at))

    def next_expiry(self, customer_id: UUID, now: datetime, until: datetime) -> Coming | None:
        """The open points that are gone first, where that is before `until`."""
        ending = (
            select(_BATCH.c.expires_at, func.sum(_BATCH.c.points_left))
            .where(
                _BATCH.c.customer_id == customer_id,
                _BATCH.c.state == BatchState.OPEN,
                _BATCH.c.points_left > 0,
                _BATCH.c.expires_at > now,
                _BATCH.c.expires_at <= until,
            )
            .group_by(_BATCH.c.expires_at)
        )
        return self._first(ending.order_by(_BATCH.c.expires_at))

    def _first(self, coming: Select[Any]) -> Coming | None:
        row = self._connection.execute(coming.limit(1)).first()
        return Coming(row[0], int(row[1])) if row else None
