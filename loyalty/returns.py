"""Give a purchase back, whole or in part: points that paid for it return, points it earned are taken, pro rata.

Every return counts from the sum of all returns so far, so that n of them move together what one would (feature LO5).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty import ledger, referrals
from loyalty.points import share
from loyalty.promo_codes import roll_back_purchase
from loyalty.receipts import tell_of_return
from storage.columns import table_of
from storage.imports import Change
from storage.kinds import AuditAction, PointsAccount, PointsKind
from storage.models import Purchase, PurchaseReturn
from storage.store import Store

TABLE: Final = table_of(PurchaseReturn).name
ALL_CAME_BACK: Final = "the whole order came back"


class NoReturn(StrEnum):
    """Why nothing is given back."""

    UNKNOWN = "unknown"
    NOTHING_LEFT = "nothing_left"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True)
class Returned:
    """It is written, with what the ledger moved. `is_whole`: nothing of the order is left; `is_repeat`: done before."""

    given_back: PurchaseReturn
    is_whole: bool = False
    is_repeat: bool = False


def give_back(
    store: Store,
    *,
    key: str,
    purchase_id: UUID,
    amount_minor: int | None = None,
    reason: str = "",
    staff_id: UUID | None = None,
    now: datetime,
    zone: ZoneInfo,
) -> Returned | NoReturn:
    """Money of one purchase goes back to the customer, and its points with it; None: all that is left of it.

    `amount_minor` is of the money that was paid; the same part of the points goes with it. `key` names the request:
    the same one sent twice is one return.
    """
    purchase = _held(store, purchase_id)
    if purchase is None:
        return NoReturn.UNKNOWN
    if known := store.returns.by_key(key):
        return Returned(known, is_repeat=True)
    left = purchase.amount_minor - purchase.returned_minor
    if left <= 0 and not store.points.still_spent(purchase_id):
        return NoReturn.NOTHING_LEFT
    amount = max(left, 0) if amount_minor is None else amount_minor
    if amount < 0 or amount > left or (amount == 0 and left > 0):
        return NoReturn.TOO_MUCH
    given_back = reverse(store, purchase, amount, key=key, reason=reason, staff_id=staff_id, now=now)
    store.stats.mark_stale([purchase.customer_id])
    if staff_id is not None:
        _note(store, given_back, staff_id, now)
    referrals.after_return(store, purchase, now)
    customer = store.customers.get(purchase.customer_id)
    if customer is not None:
        tell_of_return(store, customer, given_back.points_back, given_back.points_taken, now, zone)
    is_whole = _is_whole(store, purchase)
    if is_whole:
        for line in store.purchases.lines_of(purchase):
            roll_back_purchase(store, line.id, reason or ALL_CAME_BACK, staff_id, now)
    return Returned(given_back, is_whole)


def reverse(
    store: Store,
    purchase: Purchase,
    amount_minor: int,
    *,
    key: str,
    reason: str = "",
    staff_id: UUID | None = None,
    now: datetime,
) -> PurchaseReturn:
    """What a return does to the purchase and the points; the caller holds their customer, and knows that so much is
    left. What had expired unspent is not taken: nobody has it.
    """
    told = store.returns.told(purchase.id)
    # What a file had told of before is no part of what was earned on, and so of no share of it.
    whole, part = purchase.amount_minor - (purchase.returned_minor - told), told + amount_minor
    if not store.returns.note(purchase.id, amount_minor):
        raise RuntimeError("a purchase was given back while its customer was held")
    ledger.settle(store, purchase.customer_id, now)
    trail = store.points.trail(purchase.id)
    back = share(trail.spent, part, whole) - trail.back
    taken = min(share(trail.earned, part, whole), trail.earned - trail.expired) - trail.taken
    causes = [
        ledger.Cause(
            key=f"{what}:{key}",
            customer_id=purchase.customer_id,
            kind=PointsKind.RETURN,
            purchase_id=purchase.id,
            staff_id=staff_id,
        )
        for what in ("back", "taken")
    ]
    batches = {batch.id for batch in store.points.batches_of_purchase(purchase.id)}
    given_back = PurchaseReturn(
        key=key,
        purchase_id=purchase.id,
        customer_id=purchase.customer_id,
        amount_minor=amount_minor,
        points_back=ledger.give_back(store, causes[0], _parts(store.points.still_spent(purchase.id), back), now),
        points_taken=ledger.take_back(store, causes[1], taken, batches, now),
        reason=reason,
        staff_id=staff_id,
        at=now,
    )
    store.returns.add(given_back)
    return given_back


def told_by_file(store: Store, grown: Mapping[UUID, int], now: datetime, import_id: UUID | None = None) -> int:
    """Purchases of which a later file says that more was given back, with how much in all; how many there were.

    The caller holds the import: nobody merges these customers meanwhile. `import_id`: the run that takes it back when
    it is undone.
    """
    run, made = import_id.hex if import_id else "file", []
    purchases = store.purchases.some(list(grown))
    store.points.lock(*owners(store, purchases))
    done = 0
    for purchase in store.purchases.some(list(grown)):
        more = min(grown[purchase.id], purchase.amount_minor) - purchase.returned_minor
        if more > 0:
            key = f"{run}:{purchase.id.hex}:{grown[purchase.id]}"
            reverse(store, purchase, more, key=key, now=now)
            made.append(Change(TABLE, {"key": key}, None, {"amount_minor": more}))
            referrals.after_return(store, purchase, now)
            done += 1
    if import_id:
        store.imports.note_changes(import_id, made)
    store.stats.mark_stale({purchase.customer_id for purchase in purchases})
    return done


def taken_back(store: Store, keys: Collection[str], now: datetime) -> int:
    """Returns that a file told of, and whose import is undone, never were: the purchases and their points are as they
    would be without. How many were still there. What has come back otherwise stays so.

    The caller holds the import: nobody merges these customers meanwhile.
    """
    theirs = [one for one in map(store.returns.by_key, keys) if one is not None]
    purchases = {one.id: one for one in store.purchases.some([one.purchase_id for one in theirs])}
    store.points.lock(*owners(store, purchases.values()))
    for one in theirs:
        store.returns.drop(one)
        _undo_points(store, one, now)
    buyers = {purchase.customer_id for purchase in purchases.values()}
    store.stats.mark_stale(buyers)
    referrals.after_import(store, buyers, now)
    return len(theirs)


def _undo_points(store: Store, one: PurchaseReturn, now: datetime) -> None:
    """What came back was spent all the same; what was taken is given again, for as long as it would have lived."""
    spent, given = (
        ledger.Cause(
            key=f"undone:{what}:{one.key}",
            customer_id=one.customer_id,
            kind=PointsKind.RETURN_UNDONE,
            purchase_id=one.purchase_id,
        )
        for what in ("back", "taken")
    )
    ledger.take_back(store, spent, one.points_back, (), now, PointsAccount.REDEEMED)
    earned = store.points.batches_of_purchase(one.purchase_id)
    expires_at = earned[0].expires_at if earned else None
    if earned and (expires_at is None or expires_at > now):
        opens_at = earned[0].opens_at
        ledger.grant(store, given, one.points_taken, now, opens_at=opens_at, expires_at=expires_at)


def owners(store: Store, purchases: Collection[Purchase]) -> set[UUID]:
    """Whose points may move when these are given back: the buyers', of whoever brought them, and of whoever paid."""
    buyers = {purchase.customer_id for purchase in purchases}
    return referrals.owners(store, buyers) | store.points.payers([purchase.id for purchase in purchases])


def _held(store: Store, purchase_id: UUID) -> Purchase | None:
    """As it is while nobody else sells to its customer or moves their points; a merge may change whose it is."""
    purchase = store.purchases.get(purchase_id)
    while purchase is not None:
        store.purchases.lock(purchase.customer_id)
        store.points.lock(*owners(store, [purchase]))
        fresh = store.purchases.get(purchase_id)
        if fresh is None or fresh.customer_id == purchase.customer_id:
            return fresh
        purchase = fresh
    return None


def _parts(spent: Sequence[tuple[UUID, int]], points: int) -> list[tuple[UUID, int]]:
    """So many of the points that were spent, by batch."""
    parts = []
    for batch_id, held in spent:
        taken = min(points, held)
        if taken > 0:
            parts.append((batch_id, taken))
            points -= taken
    return parts


def _is_whole(store: Store, purchase: Purchase) -> bool:
    """Whether the whole order came back."""
    lines = store.purchases.lines_of(purchase)
    return all(line.returned_minor >= line.amount_minor for line in lines)


def _note(store: Store, given_back: PurchaseReturn, staff_id: UUID, now: datetime) -> None:
    staff = store.staff.get(staff_id)
    assert staff is not None  # a foreign key says so
    store.audit.note(
        AuditAction.RETURNED,
        staff,
        now,
        given_back.customer_id,
        purchase=given_back.purchase_id.hex,
        amount_minor=given_back.amount_minor,
        points_back=given_back.points_back,
        points_taken=given_back.points_taken,
    )
