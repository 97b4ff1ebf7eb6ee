"""Queries: who takes part in the programme, and the points ledger: operations, their transfers, batches and debts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.kinds import BatchState, ConsentAction, ConsentPurpose, PointsAccount, PointsKind
from storage.models import Consent, Identity, Membership, PointsBatch, PointsDebt, PointsOperation, PointsTransfer

_MEMBER = table_of(Membership)
_OPERATION = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)
_BATCH = table_of(PointsBatch)
_DEBT = table_of(PointsDebt)
_CONSENT = table_of(Consent)
_IDENTITY = table_of(Identity)
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


class Trail(NamedTuple):
    """What a purchase has moved so far: points that paid for it, those of them that came back, points it earned, those
    of them that a return took, and those that expired unspent."""

    spent: int
    back: int
    earned: int
    taken: int
    expired: int


class Elsewhere(NamedTuple):
    """What operations of one customer brought into an account (below nothing: took out) of another's batch or debt."""

    booked_with: UUID
    owner: UUID
    account: PointsAccount
    points: int
    batch_id: UUID | None
    debt_id: UUID | None


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

    def tiers(self, customer_ids: Collection[UUID]) -> dict[UUID, str]:
        """Of the members among these; empty: the lowest."""
        held = select(_MEMBER.c.customer_id, _MEMBER.c.tier).where(_MEMBER.c.customer_id.in_(customer_ids))
        return {row[0]: row[1] for row in self._connection.execute(held)}

    # --- the ledger

    def lock(self, *customer_ids: UUID) -> None:
        """Until this unit ends nobody else moves points of these customers."""
        self._lock(*(f"points {customer_id}" for customer_id in sorted(set(customer_ids))))

    def begin(self, operations: Sequence[PointsOperation]) -> set[str]:
        """Write those whose cause has not had its effect yet; their keys."""
        insert = postgresql.insert if self._is_postgres else sqlite.insert
        begun = insert(_OPERATION).on_conflict_do_nothing().returning(_OPERATION.c.key)
        rows = [row_of(operation) for operation in operations]
        return set(self._connection.execute(begun, rows).scalars()) if rows else set()

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
        """Put points back into a batch, which is open then; False where it would hold more than it was granted."""
        room = update(_BATCH).where(_BATCH.c.id == batch_id, _BATCH.c.points_left + points <= _BATCH.c.granted)
        filled = room.values(points_left=_BATCH.c.points_left + points, state=BatchState.OPEN)
        return self._connection.execute(filled).rowcount == 1

    def set_state(self, batch_ids: Collection[UUID], state: BatchState) -> None:
        if batch_ids:
            self._connection.execute(update(_BATCH).where(_BATCH.c.id.in_(batch_ids)).values(state=state))

    def expire(self, batch_ids: Collection[UUID]) -> None:
        """Nothing is left of these."""
        if batch_ids:
            gone = update(_BATCH).where(_BATCH.c.id.in_(batch_ids))
            self._connection.execute(gone.values(points_left=0, state=BatchState.EXPIRED))

    def cancel_empty(self, batch_ids: Collection[UUID]) -> None:
        """Pending ones of these that have nothing left will never open."""
        empty = update(_BATCH).where(
            _BATCH.c.id.in_(batch_ids), _BATCH.c.state == BatchState.PENDING, _BATCH.c.points_left == 0
        )
        if batch_ids:
            self._connection.execute(empty.values(state=BatchState.CANCELLED))

    def extend(self, customer_id: UUID, until: datetime) -> None:
        """What the customer has, or will have, lives until then or longer."""
        shorter = update(_BATCH).where(
            _BATCH.c.customer_id == customer_id,
            _BATCH.c.state.in_((BatchState.OPEN, BatchState.PENDING)),
            _BATCH.c.points_left > 0,
            _BATCH.c.expires_at < until,
        )
        self._connection.execute(shorter.values(expires_at=until))

    def pay(self, debt_id: UUID, points: int) -> None:
        owed = update(_DEBT).where(_DEBT.c.id == debt_id)
        self._connection.execute(owed.values(points_left=_DEBT.c.points_left - points))

    def forget_purchases(self, purchase_ids: Collection[UUID]) -> None:
        """These purchases are about to go; what they caused stays, without their name."""
        for table in (_OPERATION, _BATCH):
            named = update(table).where(table.c.purchase_id.in_(purchase_ids))
            self._connection.execute(named.values(purchase_id=None))

    # --- what is there

    def operation(self, key: str) -> PointsOperation | None:
        return self._one(PointsOperation, select(_OPERATION).where(_OPERATION.c.key == key))

    def open_batches(self, customer_id: UUID) -> list[PointsBatch]:
        """Open ones with something left, in the order of spending: nearest expiry first, then the oldest (LO2)."""
        usable = select(_BATCH).where(
            _BATCH.c.customer_id == customer_id, _BATCH.c.state == BatchState.OPEN, _BATCH.c.points_left > 0
        )
        return self._all(PointsBatch, usable.order_by(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at, _BATCH.c.id))

    def batches_of_purchase(self, purchase_id: UUID) -> list[PointsBatch]:
        """What a purchase has earned; gifts that came of it are no part of this."""
        return self._all(PointsBatch, _earned_by(purchase_id).order_by(_BATCH.c.id))

    def batches_of_operation(self, operation_id: UUID) -> list[PointsBatch]:
        return self._all(PointsBatch, select(_BATCH).where(_BATCH.c.operation_id == operation_id))

    def batches(self, ids: Collection[UUID]) -> list[PointsBatch]:
        """In the order of their ids; until this unit ends nobody else changes them."""
        if not ids:
            return []
        held = select(_BATCH).where(_BATCH.c.id.in_(ids)).order_by(_BATCH.c.id).with_for_update()
        return self._all(PointsBatch, held)

    def debts(self, customer_ids: Collection[UUID]) -> list[PointsDebt]:
        """What these still owe, the oldest first."""
        if not customer_ids:
            return []
        owed = select(_DEBT).where(_DEBT.c.customer_id.in_(customer_ids), _DEBT.c.points_left > 0)
        return self._all(PointsDebt, owed.order_by(_DEBT.c.id))

    def due_to_open(
        self, now: datetime, *, customer_id: UUID | None = None, limit: int | None = None
    ) -> list[PointsBatch]:
        """Pending batches with something left whose day has come, of everybody or of one."""
        due = select(_BATCH).where(
            _BATCH.c.state == BatchState.PENDING, _BATCH.c.points_left > 0, _BATCH.c.opens_at <= now
        )
        return self._all(PointsBatch, _of(due, customer_id).order_by(_BATCH.c.opens_at, _BATCH.c.id).limit(limit))

    def due_to_expire(
        self, now: datetime, *, customer_id: UUID | None = None, limit: int | None = None
    ) -> list[PointsBatch]:
        """Open batches with something left whose day has passed, of everybody or of one."""
        due = select(_BATCH).where(
            _BATCH.c.state == BatchState.OPEN, _BATCH.c.points_left > 0, _BATCH.c.expires_at <= now
        )
        return self._all(PointsBatch, _of(due, customer_id).order_by(_BATCH.c.expires_at, _BATCH.c.id).limit(limit))

    def next_opening(self, customer_id: UUID, now: datetime) -> datetime | None:
        """When the next of their pending points open."""
        waiting = select(func.min(_BATCH.c.opens_at)).where(
            _BATCH.c.customer_id == customer_id,
            _BATCH.c.state == BatchState.PENDING,
            _BATCH.c.points_left > 0,
            _BATCH.c.opens_at > now,
        )
        opening: datetime | None = self._connection.execute(waiting).scalar_one()
        return opening

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

    def trail(self, purchase_id: UUID) -> Trail:
        """What one purchase has moved until now."""
        moved = (
            select(_OPERATION.c.kind, _TRANSFER.c.source, _TRANSFER.c.target, func.sum(_TRANSFER.c.points))
            .join(_TRANSFER, _TRANSFER.c.operation_id == _OPERATION.c.id)
            .where(_OPERATION.c.purchase_id == purchase_id)
            .group_by(_OPERATION.c.kind, _TRANSFER.c.source, _TRANSFER.c.target)
        )
        expired = select(func.coalesce(func.sum(_TRANSFER.c.points), 0)).where(
            _TRANSFER.c.target == PointsAccount.EXPIRED,
            _TRANSFER.c.batch_id.in_(_earned_by(purchase_id).with_only_columns(_BATCH.c.id)),
        )
        found = Trail(0, 0, 0, 0, self._count(expired))
        for kind, source, target, points in self._connection.execute(moved):
            if kind is PointsKind.ACCRUAL and source is PointsAccount.ISSUED:
                found = found._replace(earned=found.earned + int(points))
            elif kind is PointsKind.RETURN and target is PointsAccount.ISSUED:
                found = found._replace(taken=found.taken + int(points))
            elif kind is PointsKind.RETURN_UNDONE and source is PointsAccount.ISSUED:
                found = found._replace(taken=found.taken - int(points))
            elif kind is PointsKind.RETURN_UNDONE and target is PointsAccount.REDEEMED:
                found = found._replace(back=found.back - int(points))
            elif target is PointsAccount.REDEEMED:
                found = found._replace(spent=found.spent + int(points))
            elif source is PointsAccount.REDEEMED:
                found = found._replace(back=found.back + int(points))
        return found

    def still_spent(self, purchase_id: UUID) -> list[tuple[UUID, int]]:
        """(batch, points) that paid for this purchase and did not come back; what expires last comes first."""
        net = func.sum(
            case((_TRANSFER.c.target == PointsAccount.REDEEMED, _TRANSFER.c.points), else_=0)
            - case((_TRANSFER.c.source == PointsAccount.REDEEMED, _TRANSFER.c.points), else_=0)
        )
        spent = (
            select(_BATCH.c.id, net)
            .join(_TRANSFER, _TRANSFER.c.batch_id == _BATCH.c.id)
            .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
            .where(_OPERATION.c.purchase_id == purchase_id)
            .group_by(_BATCH.c.id, _BATCH.c.expires_at)
            .having(net > 0)
            .order_by(_BATCH.c.expires_at.is_not(None), _BATCH.c.expires_at.desc(), _BATCH.c.id.desc())
        )
        return [(row[0], int(row[1])) for row in self._connection.execute(spent)]

    def _moved(self, statement: Select[Any]) -> list[Moved]:
        found = []
        for row in self._connection.execute(statement).mappings():
            operation = PointsOperation(**{name: row[name] for name in _OPERATION.c.keys()})  # noqa: SIM118  # not a dict
            transfer = PointsTransfer(**{name: row[f"t_{name}"] for name in _TRANSFER.c.keys()})  # noqa: SIM118  # not a dict
            found.append(Moved(operation, transfer))
        return found

    def expiring(
        self, since: datetime, until: datetime, limit: int, after: UUID | None = None
    ) -> list[tuple[UUID, datetime, int]]:
        """(customer, when, points) that expire between these moments, of so many customers with a chat, in order."""
        is_soon = and_(
            _BATCH.c.state == BatchState.OPEN,
            _BATCH.c.points_left > 0,
            _BATCH.c.expires_at > since,
            _BATCH.c.expires_at <= until,
        )
        has_chat = exists().where(_IDENTITY.c.customer_id == _BATCH.c.customer_id)
        owners = select(_BATCH.c.customer_id).where(is_soon, has_chat).distinct()
        if after is not None:
            owners = owners.where(_BATCH.c.customer_id > after)
        page = owners.order_by(_BATCH.c.customer_id).limit(limit)
        soon = (
            select(_BATCH.c.customer_id, _BATCH.c.expires_at, func.sum(_BATCH.c.points_left))
            .where(is_soon, _BATCH.c.customer_id.in_(page))
            .group_by(_BATCH.c.customer_id, _BATCH.c.expires_at)
            .order_by(_BATCH.c.customer_id, _BATCH.c.expires_at)
        )
        return [(row[0], row[1], int(row[2])) for row in self._connection.execute(soon)]

    def payers(self, purchase_ids: Collection[UUID]) -> set[UUID]:
        """Whose points paid for these: the buyers', and of whom they were one with while a merge stood."""
        owners = (
            select(_BATCH.c.customer_id)
            .join(_TRANSFER, _TRANSFER.c.batch_id == _BATCH.c.id)
            .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
            .where(_OPERATION.c.purchase_id.in_(purchase_ids))
        )
        return set(self._connection.execute(owners.distinct()).scalars())

    def booked_elsewhere(self, customer_ids: Collection[UUID]) -> list[Elsewhere]:
        """What operations of some of these customers have moved in sum of batches and debts of others of them."""
        found = []
        for table, name, accounts in (
            (_BATCH, "batch_id", (PointsAccount.AVAILABLE, PointsAccount.PENDING)),
            (_DEBT, "debt_id", (PointsAccount.OWED,)),
        ):
            for account in accounts:
                into = case((_TRANSFER.c.target == account, _TRANSFER.c.points), else_=0)
                out_of = case((_TRANSFER.c.source == account, _TRANSFER.c.points), else_=0)
                net = func.sum(into - out_of)
                moved = (
                    select(_OPERATION.c.customer_id, table.c.customer_id, table.c.id, net)
                    .select_from(table)
                    .join(_TRANSFER, _TRANSFER.c[name] == table.c.id)
                    .join(_OPERATION, _OPERATION.c.id == _TRANSFER.c.operation_id)
                    .where(
                        table.c.customer_id.in_(customer_ids),
                        _OPERATION.c.customer_id.in_(customer_ids),
                        _OPERATION.c.customer_id != table.c.customer_id,
                    )
                    .group_by(_OPERATION.c.customer_id, table.c.customer_id, table.c.id)
                    .having(net != 0)
                    .order_by(table.c.id, _OPERATION.c.customer_id)
                )
                for booked_with, owner, row_id, points in self._connection.execute(moved):
                    ids = {"batch_id": None, "debt_id": None, name: row_id}
                    found.append(Elsewhere(booked_with, owner, account, int(points), **ids))
        return found

    def expired_of(self, batch_ids: Collection[UUID]) -> int:
        """How many points of these batches have expired."""
        gone = select(func.coalesce(func.sum(_TRANSFER.c.points), 0)).where(
            _TRANSFER.c.batch_id.in_(batch_ids), _TRANSFER.c.target == PointsAccount.EXPIRED
        )
        return self._count(gone)

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

    def held(self) -> dict[PointsAccount, int]:
        """What the customers' accounts should hold by their batches and debts."""
        state = case((_BATCH.c.state == BatchState.PENDING, PointsAccount.PENDING), else_=PointsAccount.AVAILABLE)
        batches = select(state, func.sum(_BATCH.c.points_left)).group_by(state)
        found = {PointsAccount(row[0]): int(row[1]) for row in self._connection.execute(batches)}
        owed = select(func.coalesce(func.sum(_DEBT.c.points_left), 0))
        return {**found, PointsAccount.OWED: -self._count(owed)}

    def unequal(self) -> int:
        """How many batches and debts are not the sum of their own transfers."""
        own = (PointsAccount.PENDING, PointsAccount.AVAILABLE)
        into = case((_TRANSFER.c.target.in_(own), _TRANSFER.c.points), else_=0)
        out_of = case((_TRANSFER.c.source.in_(own), _TRANSFER.c.points), else_=0)
        lent = case((_TRANSFER.c.source == PointsAccount.OWED, _TRANSFER.c.points), else_=0)
        paid = case((_TRANSFER.c.target == PointsAccount.OWED, _TRANSFER.c.points), else_=0)
        return self._count(_unequal(_BATCH, "batch_id", into - out_of)) + self._count(
            _unequal(_DEBT, "debt_id", lent - paid)
        )


def _unequal(table: Table, name: str, net: ColumnElement[int]) -> Select[Any]:
    """How many rows of a table of running totals differ from what the transfers that name them add up to."""
    sums = (
        select(_TRANSFER.c[name].label("id"), func.sum(net).label("points"))
        .where(_TRANSFER.c[name].is_not(None))
        .group_by(_TRANSFER.c[name])
        .subquery()
    )
    both = table.outerjoin(sums, sums.c.id == table.c.id)
    return select(func.count()).select_from(both).where(table.c.points_left != func.coalesce(sums.c.points, 0))


def _is_usable(now: datetime) -> ColumnElement[bool]:
    is_open = or_(
        _BATCH.c.state == BatchState.OPEN, and_(_BATCH.c.state == BatchState.PENDING, _BATCH.c.opens_at <= now)
    )
    return and_(is_open, _BATCH.c.points_left > 0, or_(_BATCH.c.expires_at.is_(None), _BATCH.c.expires_at > now))


def _of(due: Select[Any], customer_id: UUID | None) -> Select[Any]:
    return due if customer_id is None else due.where(_BATCH.c.customer_id == customer_id)


def _earned_by(purchase_id: UUID) -> Select[Any]:
    """The batches of what a purchase has earned; a gift that came of it is none of them."""
    accrual = _OPERATION.join(_BATCH, _OPERATION.c.id == _BATCH.c.operation_id)
    return (
        select(_BATCH)
        .select_from(accrual)
        .where(_BATCH.c.purchase_id == purchase_id, _OPERATION.c.kind == PointsKind.ACCRUAL)
    )
