"""The points ledger: give, spend, take back, open, expire. Each cause has its effect once; no batch is ever negative.

Points live in batches (feature LO1). Every movement is a transfer between two accounts, so all accounts together are
always nothing; a batch is the running total of its own transfers (decision D8). Callers hold one unit.

Whoever moves a customer's points holds that customer first, and then reads: what was read before may be old. Who also
needs other things holds them in this order: the customer's purchases, their points, their sums.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from messaging import merge_points
from storage.columns import new_id
from storage.kinds import BatchState, PointsAccount, PointsKind
from storage.models import PointsBatch, PointsDebt, PointsOperation, PointsTransfer
from storage.store import Store

_ACCOUNT: Final = {BatchState.PENDING: PointsAccount.PENDING, BatchState.OPEN: PointsAccount.AVAILABLE}
"""The customer's account that a batch's points stand on."""


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


class Grant(NamedTuple):
    """Points to give, that open at `opens_at` and expire at `expires_at` (None: never)."""

    cause: Cause
    points: int
    opens_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotEnough:
    """There are only `available` points."""

    available: int


@dataclass(slots=True)
class _Entry:
    """An operation with its transfers, until they are written."""

    operation: PointsOperation
    transfers: list[PointsTransfer] = field(default_factory=list)

    def move(
        self,
        source: PointsAccount,
        target: PointsAccount,
        points: int,
        batch_id: UUID | None = None,
        debt_id: UUID | None = None,
    ) -> None:
        self.transfers.append(
            PointsTransfer(
                operation_id=self.operation.id,
                position=len(self.transfers),
                batch_id=batch_id,
                debt_id=debt_id,
                source=source,
                target=target,
                points=points,
            )
        )


# --- give


def grant(
    store: Store, cause: Cause, points: int, now: datetime, *, opens_at: datetime, expires_at: datetime | None
) -> int:
    """Give points; how many, 0 when it was done before. What opens at once pays debts first, as all that opens does."""
    return sum(one.points for one in grant_all(store, [Grant(cause, points, opens_at, expires_at)], now))


def grant_all(store: Store, grants: Iterable[Grant], now: datetime) -> list[Grant]:
    """Give to many in a handful of statements; those that had not been given before."""
    wanted = {one.cause.key: one for one in grants if one.points > 0}
    owners = {one.cause.customer_id for one in wanted.values()}
    store.points.lock(*owners)
    for owner in sorted({debt.customer_id for debt in store.points.debts(owners)}):
        settle(store, owner, now)  # what opened earlier pays earlier
    begun = _begin(store, [one.cause for one in wanted.values()], now)
    batches = [_batch(wanted[key], entry.operation, now) for key, entry in begun.items()]
    store.points.add_batches(batches)
    for entry, batch in zip(begun.values(), batches, strict=True):
        entry.move(PointsAccount.ISSUED, _ACCOUNT[batch.state], batch.granted, batch.id)
    _pay_debts(store, [pair for pair in zip(begun.values(), batches, strict=True) if pair[1].state is BatchState.OPEN])
    _write(store, begun.values())
    return [wanted[key] for key in begun]


def _batch(given: Grant, operation: PointsOperation, now: datetime) -> PointsBatch:
    return PointsBatch(
        customer_id=operation.customer_id,
        operation_id=operation.id,
        purchase_id=operation.purchase_id,
        state=BatchState.OPEN if given.opens_at <= now else BatchState.PENDING,
        granted=given.points,
        points_left=given.points,
        opens_at=given.opens_at,
        expires_at=given.expires_at,
    )


# --- spend, and back again


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
    batches = store.points.open_batches(cause.customer_id)
    available = sum(batch.points_left for batch in batches)
    if available < points:
        return NotEnough(available)
    (entry,) = _begin(store, [cause], now).values()
    _draw(store, entry, batches, points, target)
    _write(store, [entry])
    return points


def give_back(store: Store, cause: Cause, spent: Sequence[tuple[UUID, int]], now: datetime) -> int:
    """Put spent points back into the batches they came from, which keep their expiry (feature LO5); how many.

    `spent`: (batch, points). What would have expired meanwhile expires now; debts are paid first. Of a purchase that
    was made while two records were one, a part may be the other one's: the caller holds both.
    """
    store.points.lock(cause.customer_id)
    begun = _begin(store, [cause], now) if spent else {}
    if not begun:
        return 0
    settle(store, cause.customer_id, now)
    entry = begun[cause.key]
    for batch_id, points in spent:
        if not store.points.refill(batch_id, points):
            raise ValueError("more points would come back than were granted")
        entry.move(PointsAccount.REDEEMED, PointsAccount.AVAILABLE, points, batch_id)
    batches = store.points.batches([batch_id for batch_id, _ in spent])
    _pay_debts(store, [(entry, batch) for batch in batches if batch.expires_at is None or batch.expires_at > now])
    _write(store, [entry])
    owners = {cause.customer_id, *(batch.customer_id for batch in batches)}
    if len(owners) > 1:
        merge_points.clear(store, owners, now)
    for owner in sorted(owners):
        settle(store, owner, now)
    return sum(points for _, points in spent)


def take_back(
    store: Store,
    cause: Cause,
    points: int,
    first: Collection[UUID],
    now: datetime,
    target: PointsAccount = PointsAccount.ISSUED,
) -> int:
    """Take points back that were given: from these batches first, then from what expires last; the rest is owed.

    How many, 0 when it was done before. Whoever has spent them already owes them: nothing goes below nothing, and the
    next points pay (feature LO5).
    """
    if points <= 0:
        return 0
    store.points.lock(cause.customer_id)
    begun = _begin(store, [cause], now)
    if not begun:
        return 0
    entry = begun[cause.key]
    settle(store, cause.customer_id, now)
    own = [batch for batch in store.points.batches(first) if batch.state in _ACCOUNT]
    others = [batch for batch in reversed(store.points.open_batches(cause.customer_id)) if batch.id not in first]
    owed = points - _draw(store, entry, [*own, *others], points, target)
    if owed:
        debt = PointsDebt(customer_id=cause.customer_id, operation_id=entry.operation.id, owed=owed, points_left=owed)
        store.points.add_debt(debt)
        entry.move(PointsAccount.OWED, target, owed, debt_id=debt.id)
    _write(store, [entry])
    store.points.cancel_empty(first)
    return points


def take_gift_back(store: Store, cause: Cause, batches: Collection[PointsBatch], now: datetime) -> int:
    """Take back all that these batches of one customer were granted, but for what expired unspent: nobody has that."""
    settle(store, cause.customer_id, now)  # what is past its day has expired, swept or not
    ids = {batch.id for batch in batches}
    kept = sum(batch.granted for batch in batches) - store.points.expired_of(ids)
    return take_back(store, cause, kept, ids, now)


# --- what time does


def settle(store: Store, customer_id: UUID, now: datetime) -> None:
    """One customer's batches as they are at `now`, whether the clock's job was there or not."""
    store.points.lock(customer_id)
    open_due(store, store.points.due_to_open(now, customer_id=customer_id), now)
    expire_due(store, store.points.due_to_expire(now, customer_id=customer_id), now)
    _pay_late(store, customer_id, now)


def _pay_late(store: Store, customer_id: UUID, now: datetime) -> None:
    """Debts that stand beside open points, as when two records became one: nothing has to open for these."""
    if not store.points.debts([customer_id]):
        return
    batches = store.points.open_batches(customer_id)
    if batches:
        cause = Cause(key=f"debt:{new_id().hex}", customer_id=customer_id, kind=PointsKind.OPENING)
        entries = _begin(store, [cause], now)
        _pay_debts(store, [(entries[cause.key], batch) for batch in batches])
        _write(store, entries.values())


def renew(store: Store, customer_id: UUID, until: datetime, now: datetime) -> None:
    """The whole balance lives until then, unless it lives longer (feature LO7); what is gone by `now` stays gone."""
    settle(store, customer_id, now)
    store.points.extend(customer_id, until)


def open_due(store: Store, due: Sequence[PointsBatch], now: datetime) -> int:
    """Pending points of these batches can be spent from now on, after debts are paid; how many opened here."""
    batches = [batch for batch in _held(store, due) if batch.state is BatchState.PENDING and batch.opens_at <= now]
    batches.sort(key=lambda batch: batch.opens_at)  # whoever looks late: what opened earlier pays debts first
    causes = {f"open:{batch.id.hex}": batch for batch in batches}
    begun = _begin(
        store,
        [Cause(key=key, customer_id=one.customer_id, kind=PointsKind.OPENING) for key, one in causes.items()],
        now,
    )
    opened = [(entry, causes[key]) for key, entry in begun.items()]
    for entry, batch in opened:
        entry.move(PointsAccount.PENDING, PointsAccount.AVAILABLE, batch.points_left, batch.id)
    store.points.set_state([batch.id for _, batch in opened], BatchState.OPEN)
    total = sum(batch.points_left for _, batch in opened)
    _pay_debts(store, opened)
    _write(store, begun.values())
    return total


def expire_due(store: Store, due: Sequence[PointsBatch], now: datetime) -> int:
    """What is left of these batches is gone; how many points.

    One that is refilled after its day expires once more, so its state tells what was done, and a key could not.
    """
    batches = [
        batch
        for batch in _held(store, due)
        if batch.state is BatchState.OPEN and batch.expires_at and batch.expires_at <= now and batch.points_left
    ]
    causes = [
        Cause(key=f"expire:{new_id().hex}", customer_id=batch.customer_id, kind=PointsKind.EXPIRY) for batch in batches
    ]
    entries = list(_begin(store, causes, now).values())
    for entry, batch in zip(entries, batches, strict=True):
        entry.move(PointsAccount.AVAILABLE, PointsAccount.EXPIRED, batch.points_left, batch.id)
    store.points.expire([batch.id for batch in batches])
    _write(store, entries)
    return sum(batch.points_left for batch in batches)


def _held(store: Store, due: Sequence[PointsBatch]) -> list[PointsBatch]:
    """The same batches as they are now that their customers are held; who was merged meanwhile comes next time."""
    owners = {batch.customer_id for batch in due}
    store.points.lock(*owners)
    return [one for one in store.points.batches([batch.id for batch in due]) if one.customer_id in owners]


# --- small things


def _begin(store: Store, causes: Sequence[Cause], now: datetime) -> dict[str, _Entry]:
    """An entry for each cause that has not had its effect yet, by key, in the order given."""
    operations = [
        PointsOperation(
            key=cause.key,
            customer_id=cause.customer_id,
            kind=cause.kind,
            reason=cause.reason,
            charity=cause.charity,
            purchase_id=cause.purchase_id,
            staff_id=cause.staff_id,
            at=now,
        )
        for cause in causes
    ]
    begun = store.points.begin(operations)
    return {one.key: _Entry(one) for one in operations if one.key in begun}


def _draw(store: Store, entry: _Entry, batches: Iterable[PointsBatch], points: int, target: PointsAccount) -> int:
    """Take up to so many points out of these batches, in this order; how many there were."""
    left = points
    for batch in batches:
        taken = min(left, batch.points_left)
        if taken:
            _take(store, batch, taken)
            entry.move(_ACCOUNT[batch.state], target, taken, batch.id)
            left -= taken
    return points - left


def _take(store: Store, batch: PointsBatch, points: int) -> None:
    if not store.points.draw(batch.id, points):
        raise RuntimeError("a batch changed while its customer was held")


def _pay_debts(store: Store, opened: Sequence[tuple[_Entry, PointsBatch]]) -> None:
    """What the customers owe is taken out of points that have just opened: the oldest debt first."""
    debts: dict[UUID, list[PointsDebt]] = defaultdict(list)
    for debt in store.points.debts({batch.customer_id for _, batch in opened}):
        debts[debt.customer_id].append(debt)
    for entry, batch in opened:
        for debt in debts[batch.customer_id]:
            paid = min(batch.points_left, debt.points_left)
            if paid:
                _take(store, batch, paid)
                store.points.pay(debt.id, paid)
                entry.move(PointsAccount.AVAILABLE, PointsAccount.OWED, paid, batch.id, debt.id)
                batch.points_left -= paid
                debt.points_left -= paid


def _write(store: Store, entries: Iterable[_Entry]) -> None:
    store.points.move([transfer for entry in entries for transfer in entry.transfers])
