"""The points ledger: give, spend, take back, open, expire. Each cause has its effect once; no batch is ever negative.

Points live in batches (feature LO1). Every movement is a transfer between two accounts, so all accounts together are
always nothing; a batch is the running total of its own transfers (decision D8). Callers hold one unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from storage.columns import new_id
from storage.kinds import BatchState, PointsAccount, PointsKind
from storage.models import PointsBatch, PointsDebt, PointsOperation, PointsTransfer
from storage.store import Store

AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why points move. `key` names it: the same cause has its effect once."""

    key: str
    customer_id: UUID
    kind: PointsKind
    reason: str = ""
    charity: str | None = None
    purchase_id: UUID | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NotEnough:
    """There are only `available` points."""

    available: int


class _Leg(NamedTuple):
    """Points that leave or enter one batch or debt."""

    source: PointsAccount
    target: PointsAccount
    points: int
    batch_id: UUID | None = None
    debt_id: UUID | None = None


def grant(
    store: Store, cause: Cause, points: int, now: datetime, *, opens_at: datetime, expires_at: datetime | None
) -> int:
    """Give points that open at `opens_at` and expire at `expires_at` (None: never); how many, 0 when done before.

    What opens at once pays debts first, as everything does when it opens.
    """
    if points <= 0:
        return 0
    store.points.lock(cause.customer_id)
    operation = _operation(cause, now)
    if not store.points.begin(operation):
        return 0
    is_open = opens_at <= now
    batch = PointsBatch(
        customer_id=cause.customer_id,
        operation_id=operation.id,
        purchase_id=cause.purchase_id,
        state=BatchState.OPEN if is_open else BatchState.PENDING,
        granted=points,
        points_left=points,
        opens_at=opens_at,
        expires_at=expires_at,
    )
    store.points.add_batches([batch])
    target = PointsAccount.AVAILABLE if is_open else PointsAccount.PENDING
    legs = [_Leg(PointsAccount.ISSUED, target, points, batch.id)]
    if is_open:
        legs += _pay_debts(store, batch, points)
    _write(store, operation, legs)
    return points


def spend(
    store: Store,
    cause: Cause,
    points: int,
    now: datetime,
    target: PointsAccount = PointsAccount.REDEEMED,
) -> int | NotEnough:
    """Take points that are open, the nearest expiry first; how many, 0 when it was done before. All or nothing."""
    if points <= 0:
        return 0
    store.points.lock(cause.customer_id)
    if store.points.operation(cause.key):
        return 0
    settle(store, cause.customer_id, now)
    batches = store.points.open_batches(cause.customer_id, now)
    available = sum(batch.points_left for batch in batches)
    if available < points:
        return NotEnough(available)
    operation = _operation(cause, now)
    if not store.points.begin(operation):
        return 0
    _write(store, operation, _drawn(store, batches, points, PointsAccount.AVAILABLE, target))
    return points


def take_back(store: Store, cause: Cause, points: int, first: Sequence[PointsBatch], now: datetime) -> int:
    """Take points back that were given, from these batches first, then from what expires last; the rest is owed.

    How many, 0 when it was done before. Whoever has spent them already owes them: nothing goes below nothing, and the
    next points pay (feature LO5).
    """
    if points <= 0:
        return 0
    store.points.lock(cause.customer_id)
    operation = _operation(cause, now)
    if not store.points.begin(operation):
        return 0
    own = [batch for batch in first if batch.points_left > 0]
    others = [
        batch
        for batch in reversed(store.points.open_batches(cause.customer_id, now))
        if batch.id not in {one.id for one in own} and batch.state is BatchState.OPEN
    ]
    legs: list[_Leg] = []
    left = points
    for batch in (*own, *others):
        taken = min(left, batch.points_left)
        if taken and store.points.draw(batch.id, taken):
            account = PointsAccount.PENDING if batch.state is BatchState.PENDING else PointsAccount.AVAILABLE
            legs.append(_Leg(account, PointsAccount.ISSUED, taken, batch.id))
            left -= taken
            if batch.state is BatchState.PENDING and taken == batch.points_left:
                store.points.set_state(batch.id, BatchState.CANCELLED)
    if left:
        debt = PointsDebt(customer_id=cause.customer_id, operation_id=operation.id, owed=left, points_left=left)
        store.points.add_debt(debt)
        legs.append(_Leg(PointsAccount.OWED, PointsAccount.ISSUED, left, debt_id=debt.id))
    _write(store, operation, legs)
    return points


def give_back(store: Store, cause: Cause, spent: Sequence[tuple[UUID, int]], now: datetime) -> int:
    """Put spent points back into the batches they came from, which keep their expiry (feature LO5); how many.

    `spent`: (batch, points). A batch that has expired meanwhile is open again until the next sweep expires it anew.
    """
    if not spent:
        return 0
    store.points.lock(cause.customer_id)
    operation = _operation(cause, now)
    if not store.points.begin(operation):
        return 0
    legs = []
    for batch_id, points in spent:
        if not store.points.refill(batch_id, points):
            raise ValueError("more points would come back than were granted")
        store.points.set_state(batch_id, BatchState.OPEN)
        legs.append(_Leg(PointsAccount.REDEEMED, PointsAccount.AVAILABLE, points, batch_id))
    _write(store, operation, legs)
    return sum(points for _, points in spent)


# --- what time does


def settle(store: Store, customer_id: UUID, now: datetime) -> None:
    """One customer's batches as they are at `now`, whether the clock's job was there or not."""
    for batch in store.points.due_to_open(now, AT_ONCE, customer_id):
        open_batch(store, batch, now)
    for batch in store.points.due_to_expire(now, AT_ONCE, customer_id):
        expire_batch(store, batch, now)


def open_batch(store: Store, batch: PointsBatch, now: datetime) -> int:
    """Pending points can be spent from now on, after debts are paid; how many, 0 when it was done before."""
    store.points.lock(batch.customer_id)
    cause = Cause(key=f"open:{batch.id.hex}", customer_id=batch.customer_id, kind=PointsKind.OPENING)
    operation = _operation(cause, now)
    (fresh,) = store.points.batches([batch.id])
    if fresh.state is not BatchState.PENDING or not store.points.begin(operation):
        return 0
    store.points.set_state(batch.id, BatchState.OPEN)
    if fresh.points_left:
        legs = [_Leg(PointsAccount.PENDING, PointsAccount.AVAILABLE, fresh.points_left, batch.id)]
        _write(store, operation, legs + _pay_debts(store, fresh, fresh.points_left))
    return fresh.points_left


def expire_batch(store: Store, batch: PointsBatch, now: datetime) -> int:
    """What is left of a batch is gone; how many points. A batch that was refilled after its day expires once more."""
    store.points.lock(batch.customer_id)
    (fresh,) = store.points.batches([batch.id])
    if fresh.state is not BatchState.OPEN or fresh.expires_at is None or fresh.expires_at > now:
        return 0
    store.points.set_state(batch.id, BatchState.EXPIRED)
    points = fresh.points_left
    if points and store.points.draw(batch.id, points):
        cause = Cause(key=f"expire:{new_id().hex}", customer_id=batch.customer_id, kind=PointsKind.EXPIRY)
        operation = _operation(cause, now)
        store.points.begin(operation)
        _write(store, operation, [_Leg(PointsAccount.AVAILABLE, PointsAccount.EXPIRED, points, batch.id)])
    return points


# --- small things


def _operation(cause: Cause, now: datetime) -> PointsOperation:
    return PointsOperation(
        key=cause.key,
        customer_id=cause.customer_id,
        kind=cause.kind,
        reason=cause.reason,
        charity=cause.charity,
        purchase_id=cause.purchase_id,
        staff_id=cause.staff_id,
        at=now,
    )


def _drawn(
    store: Store, batches: Sequence[PointsBatch], points: int, source: PointsAccount, target: PointsAccount
) -> list[_Leg]:
    legs = []
    left = points
    for batch in batches:
        taken = min(left, batch.points_left)
        if not taken:
            break
        if not store.points.draw(batch.id, taken):
            raise RuntimeError("a batch changed while its customer was held")
        legs.append(_Leg(source, target, taken, batch.id))
        left -= taken
    return legs


def _pay_debts(store: Store, batch: PointsBatch, points: int) -> list[_Leg]:
    """What the customer owes is taken out of points that have just opened."""
    legs = []
    for debt in store.points.debts(batch.customer_id):
        paid = min(points, debt.points_left)
        if not paid:
            break
        if store.points.draw(batch.id, paid) and store.points.pay(debt.id, paid):
            legs.append(_Leg(PointsAccount.AVAILABLE, PointsAccount.OWED, paid, batch.id, debt.id))
            points -= paid
    return legs


def _write(store: Store, operation: PointsOperation, legs: Sequence[_Leg]) -> None:
    store.points.move(
        [
            PointsTransfer(
                operation_id=operation.id,
                position=position,
                batch_id=leg.batch_id,
                debt_id=leg.debt_id,
                source=leg.source,
                target=leg.target,
                points=leg.points,
            )
            for position, leg in enumerate(legs)
        ]
    )
