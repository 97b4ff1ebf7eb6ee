"""Queries: what was given back of purchases."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, func, select, update

from storage.columns import Queries, table_of
from storage.models import Purchase, PurchaseReturn, ReturnRequest

_RETURN = table_of(PurchaseReturn)
_REQUEST = table_of(ReturnRequest)
_PURCHASE = table_of(Purchase)


class Returns(Queries):
    def add(self, given_back: PurchaseReturn) -> None:
        self._insert(given_back)

    def by_key(self, key: str) -> PurchaseReturn | None:
        return self._one(PurchaseReturn, select(_RETURN).where(_RETURN.c.key == key))

    def of_purchase(self, purchase_id: UUID) -> list[PurchaseReturn]:
        """Oldest first."""
        theirs = select(_RETURN).where(_RETURN.c.purchase_id == purchase_id)
        return self._all(PurchaseReturn, theirs.order_by(_RETURN.c.at, _RETURN.c.key))

    def told(self, purchase_id: UUID) -> int:
        """How much of its amount returns that have a row here gave back; files may have told of more."""
        total = select(func.coalesce(func.sum(_RETURN.c.amount_minor), 0)).where(_RETURN.c.purchase_id == purchase_id)
        return self._count(total)

    def note(self, purchase_id: UUID, amount_minor: int) -> bool:
        """So much more of the amount was given back; False where that much is not left. The statement decides it."""
        left = update(_PURCHASE).where(
            _PURCHASE.c.id == purchase_id, _PURCHASE.c.returned_minor + amount_minor <= _PURCHASE.c.amount_minor
        )
        more = left.values(returned_minor=_PURCHASE.c.returned_minor + amount_minor)
        return self._connection.execute(more).rowcount == 1

    def drop(self, given_back: PurchaseReturn) -> None:
        """This one never was: so much less of its purchase was given back."""
        bought = update(_PURCHASE).where(_PURCHASE.c.id == given_back.purchase_id)
        less = bought.values(returned_minor=_PURCHASE.c.returned_minor - given_back.amount_minor)
        self._connection.execute(less)
        self._connection.execute(delete(_RETURN).where(_RETURN.c.key == given_back.key))

    def forget_purchases(self, purchase_ids: Collection[UUID]) -> None:
        """These purchases never were: nothing of them was given back."""
        for table in (_RETURN, _REQUEST):
            self._connection.execute(delete(table).where(table.c.purchase_id.in_(purchase_ids)))
