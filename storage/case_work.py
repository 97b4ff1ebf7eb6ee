"""Queries: who works on which case, what happened to it, and which of them wait for the clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from storage.columns import Queries, table_of
from storage.kinds import CaseEventKind, Role
from storage.models import (
    Case,
    CaseEvent,
    CaseLabel,
    Customer,
    CustomerStats,
    Purchase,
    Staff,
    StaffAccount,
    StaffSession,
)

_CASE = table_of(Case)
_EVENT = table_of(CaseEvent)
_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_PURCHASE = table_of(Purchase)
_STAFF = table_of(Staff)
_ACCOUNT = table_of(StaffAccount)
_SESSION = table_of(StaffSession)


class Subject(NamedTuple):
    """What a customer's case is likely about, and whether they are one of the key customers."""

    branch: str = ""
    service: str = ""
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may answer. `open_cases` are their work now; `given_at` when they got one last, of late."""

    id: UUID
    name: str
    role: Role
    branch: str
    is_online: bool
    open_cases: int
    given_at: datetime | None


class CaseWork(Queries):
    def subject(self, customer_id: UUID, purchase_id: UUID | None) -> Subject:
        """Of this purchase where there is one, else of the customer's last."""
        bought = and_(_PURCHASE.c.id == purchase_id, _PURCHASE.c.customer_id == customer_id)
        found = (
            select(
                func.coalesce(_PURCHASE.c.branch, _STATS.c.last_branch, ""),
                func.coalesce(_PURCHASE.c.product, _STATS.c.last_product, ""),
                func.coalesce(_STATS.c.is_key, False),
            )
            .select_from(_CUSTOMER)
            .outerjoin(_STATS, _STATS.c.customer_id == _CUSTOMER.c.id)
            .outerjoin(_PURCHASE, bought)
            .where(_CUSTOMER.c.id == customer_id)
        )
        row = self._connection.execute(found).first()
        return Subject(row[0], row[1], bool(row[2])) if row else Subject()

    def label(self, label: CaseLabel) -> None:
        """A label is on a case once."""
        self._insert_new(label)

    # --- what happened

    def note(self, *events: CaseEvent) -> None:
        self._insert(*events)

    def events(self, case_id: UUID) -> list[CaseEvent]:
        """Oldest first."""
        return self._all(CaseEvent, select(_EVENT).where(_EVENT.c.case_id == case_id).order_by(_EVENT.c.id))

    def told(self, case_ids: Collection[UUID]) -> dict[UUID, list[CaseEvent]]:
        """By case: the warnings, breaches and reopenings of these."""
        kinds = (CaseEventKind.WARNED, CaseEventKind.BREACHED, CaseEventKind.REOPENED)
        events = select(_EVENT).where(_EVENT.c.case_id.in_(case_ids), _EVENT.c.kind.in_(kinds)).order_by(_EVENT.c.id)
        found: dict[UUID, list[CaseEvent]] = {}
        for event in self._all(CaseEvent, events):
            found.setdefault(event.case_id, []).append(event)
        return found

    # --- whose work it is

    def lock_assignment(self) -> None:
        """One case is given out at a time, or two at once would both go to whoever has least. After the case itself."""
        self._lock("whose cases are whose")

    def colleagues(self, roles: Collection[Role], seen_since: datetime, given_since: datetime) -> list[Colleague]:
        """Active staff in these roles. Online: on duty in a messenger, or in the console since `seen_since`."""
        on_duty = exists().where(_ACCOUNT.c.staff_id == _STAFF.c.id, _ACCOUNT.c.is_on_duty)
        is_seen = exists().where(_SESSION.c.staff_id == _STAFF.c.id, _SESSION.c.seen_at >= seen_since)
        open_cases = (
            select(func.count())
            .where(_CASE.c.assigned_to == _STAFF.c.id, _CASE.c.closed_at.is_(None))
            .scalar_subquery()
        )
        given = (
            select(_EVENT.c.to_staff_id.label("staff_id"), func.max(_EVENT.c.at).label("at"))
            .where(_EVENT.c.kind == CaseEventKind.ASSIGNED, _EVENT.c.at >= given_since)
            .group_by(_EVENT.c.to_staff_id)
            .subquery()
        )
        staff = (
            select(
                _STAFF.c.id,
                _STAFF.c.name,
                _STAFF.c.role,
                _STAFF.c.branch,
                or_(on_duty, is_seen).label("is_online"),
                open_cases.label("open_cases"),
                given.c.at.label("given_at"),
            )
            .outerjoin(given, given.c.staff_id == _STAFF.c.id)
            .where(_STAFF.c.is_active, _STAFF.c.role.in_(roles))
            .order_by(_STAFF.c.id)
        )
        return [
            Colleague(row.id, row.name, row.role, row.branch, bool(row.is_online), row.open_cases, row.given_at)
            for row in self._connection.execute(staff)
        ]

    # --- what the clock looks at

    def pool(self, limit: int) -> list[Case]:
        """Open cases that are nobody's work while the customer waits, the longest wait first."""
        free = select(_CASE).where(
            _CASE.c.closed_at.is_(None),
            _CASE.c.assigned_to.is_(None),
            _CASE.c.taken_by.is_(None),
            _CASE.c.waiting_since.is_not(None),
        )
        return self._all(Case, free.order_by(_CASE.c.waiting_since, _CASE.c.id).limit(limit))

    def held(self, held_before: datetime, limit: int) -> list[Case]:
        """Open cases in which the customer waits for whoever has had it since `held_before`, the longest wait first."""
        waits = select(_CASE).where(
            _CASE.c.closed_at.is_(None),
            _CASE.c.assigned_to.is_not(None),
            _CASE.c.assigned_at <= held_before,
            _CASE.c.waiting_since <= held_before,
        )
        return self._all(Case, waits.order_by(_CASE.c.waiting_since, _CASE.c.id).limit(limit))

    def promised(self, after: UUID | None, limit: int) -> list[Case]:
        """One page of the open cases to which something is promised, by id."""
        open_ones = select(_CASE).where(
            _CASE.c.closed_at.is_(None), or_(_CASE.c.next_due_at.is_not(None), _CASE.c.resolve_due_at.is_not(None))
        )
        if after is not None:
            open_ones = open_ones.where(_CASE.c.id > after)
        return self._all(Case, open_ones.order_by(_CASE.c.id).limit(limit))
