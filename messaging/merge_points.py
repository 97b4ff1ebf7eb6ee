"""Points that moved while two records were one: booked, once they are two again, with whoever's batches they were.

What a merged customer did stands in operations of the kept record, also where it moved batches or debts of the other
one. These go back with the undoing, and two statements would no more lead to two balances. The ledger is append-only,
so no operation changes hands: the one's statement gets the difference back, the other's shows it.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from storage.columns import new_id
from storage.kinds import PointsAccount, PointsKind
from storage.models import PointsOperation, PointsTransfer
from storage.store import Store


def clear(store: Store, customer_ids: Collection[UUID], now: datetime) -> None:
    """Book what operations of some of these have moved of others of these with whom it belongs to; then nothing is
    left to do. The caller holds the points of all of them."""
    operations: dict[UUID, PointsOperation] = {}
    transfers: list[PointsTransfer] = []
    for one in store.points.booked_elsewhere(customer_ids):
        for customer_id, points in ((one.booked_with, -one.points), (one.owner, one.points)):
            into, out_of = (one.account, PointsAccount.CLEARING)[:: 1 if points > 0 else -1]
            operation = operations.setdefault(customer_id, _operation(customer_id, now))
            transfers.append(
                PointsTransfer(
                    operation_id=operation.id,
                    position=sum(other.operation_id == operation.id for other in transfers),
                    batch_id=one.batch_id,
                    debt_id=one.debt_id,
                    source=out_of,
                    target=into,
                    points=abs(points),
                )
            )
    store.points.begin(list(operations.values()))
    store.points.move(transfers)


def _operation(customer_id: UUID, now: datetime) -> PointsOperation:
    own_id = new_id()
    return PointsOperation(
        id=own_id, key=f"unmerge:{own_id.hex}", customer_id=customer_id, kind=PointsKind.UNMERGE, at=now
    )
