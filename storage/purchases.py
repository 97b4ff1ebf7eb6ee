"""Queries: what was bought, and whose purchases the clock must look at."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Exists, String, cast, exists, func, select

from storage.columns import Queries, table_of
from storage.kinds import Journey
from storage.models import Identity, Occasion, Purchase

_PURCHASE = table_of(Purchase)
_LATER = _PURCHASE.alias("later")
_OCCASION = table_of(Occasion)
_HAS_CHAT = exists().where(table_of(Identity).c.customer_id == _PURCHASE.c.customer_id)


class Purchases(Queries):
    def add(self, purchase: Purchase) -> bool:
        """False when a purchase of this key is there already."""
        return self._insert_new(purchase) == 1

    def lock(self, customer_id: UUID) -> None:
        """Until this unit ends nobody records a purchase of this customer: «you were not here» must be true."""
        self._lock(f"purchases {customer_id}")

    def by_key(self, key: str) -> Purchase | None:
        return self._one(Purchase, select(_PURCHASE).where(_PURCHASE.c.key == key))

    def get(self, purchase_id: UUID) -> Purchase | None:
        return self._one(Purchase, select(_PURCHASE).where(_PURCHASE.c.id == purchase_id))

    def some(self, purchase_ids: Sequence[UUID]) -> list[Purchase]:
        """In the order of their ids."""
        return self._all(Purchase, select(_PURCHASE).where(_PURCHASE.c.id.in_(purchase_ids)).order_by(_PURCHASE.c.id))

    def lines_of(self, purchase: Purchase) -> list[Purchase]:
        """All lines of the order that this one belongs to, as they are now."""
        is_line = _PURCHASE.c.order_key == purchase.order_key
        if purchase.order_key is None:
            is_line = _PURCHASE.c.id == purchase.id
        lines = select(_PURCHASE).where(_PURCHASE.c.customer_id == purchase.customer_id, is_line)
        return self._all(Purchase, lines.order_by(_PURCHASE.c.id))

    def last_of(self, customer_id: UUID) -> Purchase | None:
        bought = select(_PURCHASE).where(_PURCHASE.c.customer_id == customer_id)
        return self._one(Purchase, bought.order_by(_PURCHASE.c.at.desc(), _PURCHASE.c.id.desc()).limit(1))

    def of_customer(self, customer_id: UUID, limit: int) -> list[Purchase]:
        """The newest `limit`, newest first."""
        bought = select(_PURCHASE).where(_PURCHASE.c.customer_id == customer_id)
        return self._all(Purchase, bought.order_by(_PURCHASE.c.at.desc()).limit(limit))

    def count_of(self, customer_id: UUID) -> int:
        return self._count(select(func.count()).where(_PURCHASE.c.customer_id == customer_id))

    def last_before_silence(self, since: datetime, until: datetime, limit: int) -> list[Purchase]:
        """Last purchases that lie in this time, of customers with a chat whose silence was not spoken to yet."""
        is_followed = exists().where(
            _LATER.c.customer_id == _PURCHASE.c.customer_id,
            (_LATER.c.at > _PURCHASE.c.at) | ((_LATER.c.at == _PURCHASE.c.at) & (_LATER.c.id > _PURCHASE.c.id)),
        )
        silent = select(_PURCHASE).where(
            _PURCHASE.c.at >= since,
            _PURCHASE.c.at <= until,
            _HAS_CHAT,
            ~is_followed,
            ~_has_occasion(Journey.WIN_BACK),
        )
        return self._all(Purchase, silent.order_by(_PURCHASE.c.at, _PURCHASE.c.id).limit(limit))


def _has_occasion(journey: Journey) -> Exists:
    """Whether this purchase was its occasion already: the occurrence is the purchase's id without dashes."""
    return exists().where(
        _OCCASION.c.journey == journey,
        _OCCASION.c.customer_id == _PURCHASE.c.customer_id,
        _OCCASION.c.occurrence == func.replace(cast(_PURCHASE.c.id, String), "-", ""),
    )
