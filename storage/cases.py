"""Queries: cases, and the inbox that lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, exists, func, or_, select

from storage.columns import Queries, table_of
from storage.models import Case, CaseLabel, Customer, Staff

_CASE = table_of(Case)
_LABEL = table_of(CaseLabel)
_CUSTOMER = table_of(Customer)
_STAFF = table_of(Staff)
_holder = func.coalesce(_CASE.c.taken_by, _CASE.c.assigned_to)
"""Who answers it, or is to: nobody has what is in the pool."""
_ROWS = (
    select(_CASE, _CUSTOMER.c.name.label("customer_name"), _STAFF.c.name.label("holder_name"))
    .join(_CUSTOMER, _CUSTOMER.c.id == _CASE.c.customer_id)
    .outerjoin(_STAFF, _STAFF.c.id == _holder)
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the inbox lists it."""

    case: Case
    customer_name: str
    holder_name: str | None


class Scope(NamedTuple):
    """What an operator of one branch sees: its cases, those of no branch, and what is their own work (feature ES14)."""

    branch: str
    staff_id: UUID


class Wanted(NamedTuple):
    """Which cases a list shows. `held_by`: whose work they are; `is_free`: nobody's."""

    is_open: bool = True
    held_by: UUID | None = None
    is_free: bool = False
    label: str = ""
    within: Scope | None = None


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """Open cases: all, one person's, nobody's; `waiting` are those of the two last with unread words."""

    all: int
    mine: int
    unassigned: int
    waiting: int


class Cases(Queries):
    def add(self, case: Case) -> None:
        """A new case, with the next number."""
        self._lock("the numbers of cases")
        case.number = self._count(select(func.coalesce(func.max(_CASE.c.number), 0))) + 1
        self._insert(case)

    def save(self, case: Case) -> None:
        self._save(case)

    def get(self, case_id: UUID) -> Case | None:
        return self._one(Case, select(_CASE).where(_CASE.c.id == case_id))

    def locked(self, case_id: UUID) -> Case | None:
        """The case, and nobody else decides about it until this unit ends.

        Its customer is held first, as merges and erasures do it: what is written about a case refers to them.
        """
        if self._is_postgres:
            whose = select(_CUSTOMER.c.id).join(_CASE, _CASE.c.customer_id == _CUSTOMER.c.id)
            held = whose.where(_CASE.c.id == case_id).with_for_update(of=_CUSTOMER, read=True, key_share=True)
            self._connection.execute(held)
        self._lock(f"case {case_id}")
        return self.get(case_id)

    def open_for(self, customer_id: UUID) -> Case | None:
        return self._one(Case, select(_CASE).where(_CASE.c.customer_id == customer_id, _CASE.c.closed_at.is_(None)))

    def of_customer(self, customer_id: UUID, limit: int) -> list[Case]:
        cases = select(_CASE).where(_CASE.c.customer_id == customer_id)
        return self._all(Case, cases.order_by(_CASE.c.opened_at.desc()).limit(limit))

    def count_open(self, *, taken_by: UUID | None = None) -> int:
        cases = select(func.count()).where(_CASE.c.closed_at.is_(None))
        return self._count(cases if taken_by is None else cases.where(_CASE.c.taken_by == taken_by))

    def count_late(self, now: datetime) -> int:
        """Open cases whose first human answer is overdue."""
        return self._count(
            select(func.count()).where(_CASE.c.closed_at.is_(None), _CASE.c.replied_at.is_(None), _CASE.c.due_at < now)
        )

    def inbox(self, wanted: Wanted, limit: int) -> list[CaseRow]:
        """Open cases: who waits for an answer first, by promise; closed ones: newest first."""
        rows = _ROWS.where(*_wanted(wanted)).limit(limit)
        if wanted.is_open:
            # A page finds a row's place by the same order: `Card.order` of the console.
            rows = rows.order_by(_CASE.c.next_due_at.is_(None), func.coalesce(_CASE.c.next_due_at, _CASE.c.due_at))
        else:
            rows = rows.order_by(_CASE.c.id.desc())
        return [_row(row) for row in self._connection.execute(rows).mappings()]

    def row(self, case_id: UUID) -> CaseRow | None:
        row = self._connection.execute(_ROWS.where(_CASE.c.id == case_id)).mappings().first()
        return None if row is None else _row(row)

    def open_counts(self, staff_id: UUID, within: Scope | None = None) -> OpenCounts:
        """How many open cases each of this person's lists holds, in one statement."""
        mine, free = _holder == staff_id, _holder.is_(None)
        counted = select(
            func.count(),
            func.count().filter(mine),
            func.count().filter(free),
            func.count().filter(_CASE.c.unread > 0, or_(mine, free)),
        ).where(*_wanted(Wanted(within=within)))
        row = self._connection.execute(counted).one()
        return OpenCounts(all=row[0], mine=row[1], unassigned=row[2], waiting=row[3])


def _wanted(wanted: Wanted) -> list[ColumnElement[bool]]:
    is_open: ColumnElement[bool] = _CASE.c.closed_at.is_(None)
    found = [is_open if wanted.is_open else ~is_open]
    if wanted.held_by is not None:
        found.append(_holder == wanted.held_by)
    if wanted.is_free:
        found.append(_holder.is_(None))
    if wanted.label:
        found.append(exists().where(_LABEL.c.case_id == _CASE.c.id, _LABEL.c.label == wanted.label))
    if wanted.within is not None:
        branch, staff_id = wanted.within
        mine = or_(_CASE.c.taken_by == staff_id, _CASE.c.assigned_to == staff_id)
        found.append(or_(_CASE.c.branch.in_(("", branch)), mine))
    return found


def _row(row: RowMapping) -> CaseRow:
    values: dict[str, Any] = dict(row)
    name, staff = values.pop("customer_name"), values.pop("holder_name")
    return CaseRow(Case(**values), name, staff)
