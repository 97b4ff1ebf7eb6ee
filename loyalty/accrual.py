"""What follows from purchases, whoever recorded them: points for members, and nobody is missed who just came."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.points import earned
from messaging.journeys import SILENT_AFTER
from storage.kinds import Journey, PointsKind
from storage.models import PointsEntry, Purchase
from storage.store import Store

CAME_BY_THEMSELVES = "the customer came by themselves"


def accrue(store: Store, purchases: Sequence[Purchase]) -> int:
    """Write the points of members' purchases since they joined; how many. Done again, nothing is added.

    What was given back earns nothing, and a return that comes by itself takes no points away.
    """
    joined = store.points.joined_at(list({purchase.customer_id for purchase in purchases}))
    entries = [
        PointsEntry(
            key=f"purchase:{purchase.id.hex}",
            customer_id=purchase.customer_id,
            kind=PointsKind.ACCRUAL,
            points=points,
            purchase_id=purchase.id,
            at=purchase.at,
        )
        for purchase in purchases
        if purchase.customer_id in joined
        and purchase.at >= joined[purchase.customer_id]
        and (points := earned(max(purchase.amount_minor - purchase.returned_minor, 0)))
    ]
    store.points.add(entries)
    return sum(entry.points for entry in entries)


def after_import(store: Store, purchases: Sequence[Purchase], now: datetime) -> None:
    """For purchases that were not known before."""
    accrue(store, purchases)
    # Only a visit of late ends a silence: last year's history, brought tonight, does not.
    came = list({one.customer_id for one in purchases if one.at > now - SILENT_AFTER and one.amount_minor >= 0})
    store.outbox.cancel_journey(came, Journey.WIN_BACK, CAME_BY_THEMSELVES)
