"""What follows from purchases, whoever recorded them: points for members, and nobody is missed who just came."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from loyalty import ledger
from loyalty.points import earned
from messaging.journeys import SILENT_AFTER
from storage.kinds import Journey, PointsKind
from storage.models import Purchase
from storage.store import Store

CAME_BY_THEMSELVES = "the customer came by themselves"


def accrue(store: Store, purchases: Sequence[Purchase]) -> int:
    """Write the points of members' purchases since they joined; how many. Done again, nothing is added.

    What was given back earns nothing, and a return that comes by itself takes no points away.
    """
    joined = store.points.joined_at(list({purchase.customer_id for purchase in purchases}))
    given = 0
    for purchase in purchases:
        if purchase.customer_id not in joined or purchase.at < joined[purchase.customer_id]:
            continue
        points = earned(max(purchase.amount_minor - purchase.returned_minor, 0))
        given += ledger.grant(store, _earning(purchase), points, purchase.at, opens_at=purchase.at, expires_at=None)
    return given


def withdraw(store: Store, purchase_ids: Sequence[UUID], now: datetime) -> int:
    """Take back what purchases earned that an undone import had brought; how many points."""
    taken = 0
    for purchase_id in purchase_ids:
        batches = store.points.batches_of_purchase(purchase_id)
        if not batches:
            continue
        cause = ledger.Cause(
            key=f"undone:{purchase_id.hex}", customer_id=batches[0].customer_id, kind=PointsKind.WITHDRAWAL
        )
        taken += ledger.take_back(store, cause, sum(batch.granted for batch in batches), batches, now)
    store.points.forget_purchases(purchase_ids)
    return taken


def _earning(purchase: Purchase) -> ledger.Cause:
    return ledger.Cause(
        key=f"purchase:{purchase.id.hex}",
        customer_id=purchase.customer_id,
        kind=PointsKind.ACCRUAL,
        purchase_id=purchase.id,
    )


def after_import(store: Store, purchases: Sequence[Purchase], now: datetime) -> None:
    """For purchases that were not known before."""
    accrue(store, purchases)
    # Only a visit of late ends a silence: last year's history, brought tonight, does not.
    came = list({one.customer_id for one in purchases if one.at > now - SILENT_AFTER and one.amount_minor >= 0})
    store.outbox.cancel_journey(came, Journey.WIN_BACK, CAME_BY_THEMSELVES)
