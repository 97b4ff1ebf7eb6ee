"""Queries: who takes part in the programme, and the points ledger: operations, their transfers, batches and debts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update

from storage.columns import Queries, table_of
from storage.kinds import BatchState, ConsentAction, ConsentPurpose, PointsAccount, PointsKind
from storage.models import Consent, Membership, PointsBatch, PointsDebt, PointsOperation, PointsTransfer

_MEMBER = table_of(Membership)
_OPERATION = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)
_BATCH = table_of(PointsBatch)
_DEBT = table_of(PointsDebt)
_CONSENT = table_of(Consent)
_LAST_WORD = (
    select(_CONSENT.c.action)
    .where(_CONSENT.c.customer_id == _MEMBER.c.customer_id, _CONSENT.c.purpose == ConsentPurpose.PROGRAMME)
    .order_by(_CONSENT.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class Balance(NamedTuple):
    """Points that can be spent now, that open later, and that are owed to the business after a return."""

    available: int
    pending: int
    owed: int


class Moved(NamedTuple):
    """One transfer with the operation that made it."""

    operation: PointsOperation
    transfer: PointsTransfer


class Points(Queries):
    # --- members

    def join(self, membership: Membership) -> bool:
        """False when this customer is a member already, or the card number is taken."""
        return self._insert_new(membership) == 1

    def membership(self, customer_id: UUID) -> Membership | None:
        return self._one(Membership, select(_MEMBER).where(_MEMBER.c.customer_id == customer_id))

    def joined_at(self, customer_ids: Sequence[UUID]) -> dict[UUID, datetime]:
        """Since when each of these is a member; others are missing, and who takes part no more by their own word."""
        members = select(_MEMBER.c.customer_id, _MEMBER.c.joined_at).where(
            _MEMBER.c.customer_id.in_(customer_ids),
            func.coalesce(_LAST_WORD, ConsentAction.GIVEN) == ConsentAction.GIVEN,
        )
        return {row[0]: row[1] for row in self._connection.execute(members)}

    # --- the ledger

    def lock(self, customer_id: UUID) -> None:
        """Until this unit ends nobody else moves points of this customer."""
        self._lock(f"points {customer_id}")

    def begin(self, operation: PointsOperation) -> bool:
        """False when this cause has had its effect already."""
        return self._insert_new(operation) == 1

    def add_batches(self, batches: Sequence[PointsBatch]) -> None:
        self._insert(*batches)

    def add_debt(self, debt: PointsDebt) -> None:
        self._insert(debt)

    def move(self, transfers: Sequence[PointsTransfer]) -> None:
        self._insert(*transfers)

    def draw(self, batch_id: UUID, points: int) -> bool:
        """Take points out of a batch; False where that many are not left. Both engines decide it in the statement."""
        left = update(_BATCH).where(_BATCH.c.id == batch_id, _BATCH.c.points_left >= points)
        return self._connection.execute(left.values(points_left=_BATCH.c.points_left - points)).rowcount == 1

    def refill(self, batch_id: UUID, points: int) -> bool:
        """Put points back; False where the batch would hold more than it was granted."""
        room = update(_BATCH).where(_BATCH.c.id == batch_id, _BATCH.c.points_left + points <= _BATCH.c.granted)
        return self._connection.execute(room.values(points_left=_BATCH.c.points_left + points)).rowcount == 1

    def set_state(self, batch_id: UUID, state: BatchState) -> None:
        self._connection.execute(update(_BATCH).where(_BATCH.c.id == batch_id).values(state=state))

    def pay(self, debt_id: UUID, points: int) -> bool:
        owed = update(_DEBT).where(_DEBT.c.id == debt_id, _DEBT.c.points_left >= points)
        return self._connection.execute(owed.values(points_left=_DEBT.c.points_left - points)).rowcount == 1

    def forget_purchases(self, purchase_ids: Collection[UUID]) -> None:
        """These purchases are about to go; what they caused stays, without their name."""
        for table in (_OPERATION, _BATCH):
            named = update(table).where(table.c.purchase_id.in_(purchase_ids))
            self._connection.execute(named.values(purchase_id=None))

    # --- what is there

    def operation(self, key: str) -> PointsOperation | None:
        return self._one(PointsOperation, select(_OPERATION).where(_OPERATION.c.key == key))

    def open_batches(self, customer_id: UUID, now: datetime) -> list[PointsBatch]:
        """What can be spent at `now`, in the order of spending: nearest expiry first, then the oldest (feature LO2)."""
        usable = select(_BATCH).where(_BATCH.c.customer_id == customer_id, _is_usable(now))
        return self._all(PointsBatch, usable.order_by(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at, _BATCH.c.id))

    def batches_of_purchase(self, purchase_id: UUID) -> list[PointsBatch]:
        earned = select(_BATCH).where(_BATCH.c.purchase_id == purchase_id)
        return self._all(PointsBatch, earned.order_by(_BATCH.c.id))

    def batches(self, ids: Collection[UUID]) -> list[PointsBatch]:
        return self._all(PointsBatch, select(_BATCH).where(_BATCH.c.id.in_(ids)).order_by(_BATCH.c.id))

    def debts(self, customer_id: UUID) -> list[PointsDebt]:
        """What is still owed, the oldest first."""
        owed = select(_DEBT).where(_DEBT.c.customer_id == customer_id, _DEBT.c.points_left > 0)
        return self._all(PointsDebt, owed.order_by(_DEBT.c.id))

    def due_to_open(self, now: datetime, limit: int, customer_id: UUID | None = None) -> list[PointsBatch]:
        """Pending batches whose day has come, of everybody or of one."""
        due = select(_BATCH).where(_BATCH.c.state == BatchState.PENDING, _BATCH.c.opens_at <= now)
        return self._all(PointsBatch, _of(due, customer_id).order_by(_BATCH.c.opens_at, _BATCH.c.id).limit(limit))

    def due_to_expire(self, now: datetime, limit: int, customer_id: UUID | None = None) -> list[PointsBatch]:
        """Open batches with something left whose day has passed, of everybody or of one."""
        due = select(_BATCH).where(
            _BATCH.c.state == BatchState.OPEN, _BATCH.c.points_left > 0, _BATCH.c.expires_at <= now
        )
        return self._all(PointsBatch, _of(due, customer_id).order_by(_BATCH.c.expires_at, _BATCH.c.id).limit(limit))

    def balance(self, customer_id: UUID, now: datetime) -> Balance:
        return self.balances([customer_id], now).get(customer_id, Balance(0, 0, 0))

    def balances(self, customer_ids: Collection[UUID], now: datetime) -> dict[UUID, Balance]:
        """Of whoever has anything; a batch that is past its day counts no more, whether the job was there or not."""
        is_waiting = and_(_BATCH.c.state == BatchState.PENDING, _BATCH.c.opens_at > now)
        held = (
            select(
                _BATCH.c.customer_id,
                func.coalesce(func.sum(case((_is_usable(now), _BATCH.c.points_left), else_=0)), 0),
                func.coalesce(func.sum(case((is_waiting, _BATCH.c.points_left), else_=0)), 0),
            )
            .where(_BATCH.c.customer_id.in_(customer_ids), _BATCH.c.points_left > 0)
            .group_by(_BATCH.c.customer_id)
        )
        found = {row[0]: Balance(int(row[1]), int(row[2]), 0) for row in self._connection.execute(held)}
        owed = select(_DEBT.c.customer_id, func.sum(_DEBT.c.points_left)).where(
            _DEBT.c.customer_id.in_(customer_ids), _DEBT.c.points_left > 0
        )
        for customer_id, points in self._connection.execute(owed.group_by(_DEBT.c.customer_id)):
            found[customer_id] = found.get(customer_id, Balance(0, 0, 0))._replace(owed=int(points))
        return found

    def moved(self, customer_id: UUID, limit: int) -> list[Moved]:
        """The newest `limit` transfers of a customer with their operations, newest first."""
        theirs = (
            select(*_OPERATION.c, *(column.label(f"t_{column.name}") for column in _TRANSFER.c))
            .join(_TRANSFER, _TRANSFER.c.operation_id == _OPERATION.c.id)
            .where(_OPERATION.c.customer_id == customer_id)
            .order_by(_OPERATION.c.id.desc(), _TRANSFER.c.position)
            .limit(limit)
        )
        return self._moved(theirs)

    def moved_by_purchase(self, purchase_id: UUID, kind: PointsKind) -> list[Moved]:
        """The transfers that one purchase caused, oldest first."""
        theirs = (
            select(*_OPERATION.c, *(column.label(f"t_{column.name}") for column in _TRANSFER.c))
            .join(_TRANSFER, _TRANSFER.c.operation_id == _OPERATION.c.id)
            .where(_OPERATION.c.purchase_id == purchase_id, _OPERATION.c.kind == kind)
            .order_by(_OPERATION.c.id, _TRANSFER.c.position)
        )
        return self._moved(theirs)

    def _moved(self, statement: Select[Any]) -> list[Moved]:
        found = []
        for row in self._connection.execute(statement).mappings():
            operation = PointsOperation(**{name: row[name] for name in _OPERATION.c.keys()})  # noqa: SIM118
            transfer = PointsTransfer(**{name: row[f"t_{name}"] for name in _TRANSFER.c.keys()})  # noqa: SIM118
            found.append(Moved(operation, transfer))
        return found

    # --- whether it adds up

    def accounts(self) -> dict[PointsAccount, int]:
        """What each account holds by the transfers alone; together nothing, always (invariant I11)."""
        into = select(_TRANSFER.c.target, func.sum(_TRANSFER.c.points)).group_by(_TRANSFER.c.target)
        out_of = select(_TRANSFER.c.source, func.sum(_TRANSFER.c.points)).group_by(_TRANSFER.c.source)
        held: dict[PointsAccount, int] = {}
        for account, points in self._connection.execute(into):
            held[account] = held.get(account, 0) + int(points)
        for account, points in self._connection.execute(out_of):
            held[account] = held.get(account, 0) - int(points)
        return held


def _is_usable(now: datetime) -> ColumnElement[bool]:
    is_open = or_(
        _BATCH.c.state == BatchState.OPEN, and_(_BATCH.c.state == BatchState.PENDING, _BATCH.c.opens_at <= now)
    )
    return and_(is_open, _BATCH.c.points_left > 0, or_(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at > now))


def _of(due: Select[Any], customer_id: UUID | None) -> Select[Any]:
    return due if customer_id is None else due.where(_BATCH.c.customer_id == customer_id)
