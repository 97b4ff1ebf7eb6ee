"""What follows from purchases, whoever recorded them: points for members, and nobody is missed who just came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger, referrals
from loyalty.points import earned, life, renewed_until
from loyalty.programme import rules_now
from loyalty.rules import Expiry
from loyalty.services import service_key
from messaging.journeys import SILENT_AFTER
from messaging.local_time import local_date
from storage.kinds import Journey, PointsKind
from storage.models import Purchase
from storage.store import Store

CAME_BY_THEMSELVES: Final = "the customer came by themselves"


def accrue(store: Store, purchases: Sequence[Purchase], zone: ZoneInfo, now: datetime) -> list[ledger.Grant]:
    """Write the points of members' purchases since they joined; those that are new. Done again, nothing is added.

    What was given back by then earns nothing, and what would have expired by now is not written. The rules, tiers and
    categories are those of now; the weekday and the expiry count in the business's own zone.
    """
    joined = store.points.joined_at(list({purchase.customer_id for purchase in purchases}))
    theirs = [one for one in purchases if one.customer_id in joined and one.at >= joined[one.customer_id]]
    if not theirs:
        return []
    rules = rules_now(store)
    tiers = store.points.tiers({purchase.customer_id for purchase in theirs})
    categories = store.services.categories({service_key(purchase.product) for purchase in theirs})
    renewed = {one.customer_id: renewed_until(rules, one.at, zone) for one in sorted(theirs, key=lambda one: one.at)}
    grants = []
    for purchase in theirs:
        points = earned(
            rules,
            purchase.amount_minor - purchase.returned_minor,
            service=purchase.product,
            category=categories.get(service_key(purchase.product), ""),
            tier=tiers[purchase.customer_id],
            weekday=local_date(purchase.at, zone).weekday(),
        )
        opens_at, expires_at = life(rules, purchase.at, zone)
        if rules.expiry is Expiry.RENEWAL:
            expires_at = max(expires_at, renewed[purchase.customer_id])
        if expires_at > now:
            grants.append(ledger.Grant(_earning(purchase), points, opens_at, expires_at))
    if rules.expiry is Expiry.RENEWAL:
        for customer_id in sorted(renewed):
            ledger.renew(store, customer_id, renewed[customer_id], now)
    return ledger.grant_all(store, grants, now)


def withdraw(store: Store, purchase_ids: Sequence[UUID], now: datetime) -> int:
    """Take back what purchases earned that an undone import had brought, and still have; how many points.

    The caller holds the import: nobody merges their customers meanwhile.
    """
    earned_by = {one: store.points.batches_of_purchase(one) for one in purchase_ids}
    owners = {batch.customer_id for batches in earned_by.values() for batch in batches}
    buyers = {purchase.customer_id for purchase in store.purchases.some(list(purchase_ids))}
    friends = {one.friend_id for one in store.referrals.of_purchases(purchase_ids)}
    # All at once: two who hold the same people one by one may wait for each other.
    store.points.lock(*referrals.owners(store, owners | buyers | friends))
    for customer_id in sorted(owners):
        ledger.settle(store, customer_id, now)  # what has expired by now is not there to be taken
    taken = 0
    for purchase_id, batches in earned_by.items():
        if not batches:
            continue
        customer_id = batches[0].customer_id
        trail = store.points.trail(purchase_id)
        cause = ledger.Cause(key=f"undone:{purchase_id.hex}", customer_id=customer_id, kind=PointsKind.WITHDRAWAL)
        kept = trail.earned - trail.taken - trail.expired
        taken += ledger.take_back(store, cause, kept, {batch.id for batch in batches}, now)
    referrals.forget_purchases(store, purchase_ids, now)
    store.points.forget_purchases(purchase_ids)
    return taken


def _earning(purchase: Purchase) -> ledger.Cause:
    return ledger.Cause(
        key=f"purchase:{purchase.id.hex}",
        customer_id=purchase.customer_id,
        kind=PointsKind.ACCRUAL,
        purchase_id=purchase.id,
    )


def after_import(store: Store, purchases: Sequence[Purchase], zone: ZoneInfo, now: datetime) -> None:
    """For purchases that were not known before."""
    accrue(store, purchases, zone, now)
    # Only a visit of late ends a silence: last year's history, brought tonight, does not.
    came = list({one.customer_id for one in purchases if one.at > now - SILENT_AFTER and one.amount_minor >= 0})
    store.outbox.cancel_journey(came, Journey.WIN_BACK, CAME_BY_THEMSELVES)
