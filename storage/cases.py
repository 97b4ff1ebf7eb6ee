"""Queries: cases, and the inbox that lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select

from storage.columns import Queries, table_of
from storage.models import Case, Customer, Staff

_CASE = table_of(Case)
_CUSTOMER = table_of(Customer)
_STAFF = table_of(Staff)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as the inbox lists it."""

    case: Case
    customer_name: str
    taken_by_name: str | None


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

    def inbox(
        self, *, is_open: bool, taken_by: UUID | None = None, limit: int, after: UUID | None = None
    ) -> list[CaseRow]:
        """One page of cases. Open ones: unanswered first, by promise; closed ones (from `after` on): newest first."""
        rows = (
            select(_CASE, _CUSTOMER.c.name.label("customer_name"), _STAFF.c.name.label("staff_name"))
            .join(_CUSTOMER, _CUSTOMER.c.id == _CASE.c.customer_id)
            .outerjoin(_STAFF, _STAFF.c.id == _CASE.c.taken_by)
            .limit(limit)
        )
        if taken_by is not None:
            rows = rows.where(_CASE.c.taken_by == taken_by)
        if is_open:
            rows = rows.where(_CASE.c.closed_at.is_(None)).order_by(_CASE.c.replied_at.is_not(None), _CASE.c.due_at)
        else:
            rows = rows.where(_CASE.c.closed_at.is_not(None)).order_by(_CASE.c.id.desc())
            rows = rows if after is None else rows.where(_CASE.c.id < after)
        return [_row(row) for row in self._connection.execute(rows).mappings()]

    def row(self, case_id: UUID) -> CaseRow | None:
        found = (
            select(_CASE, _CUSTOMER.c.name.label("customer_name"), _STAFF.c.name.label("staff_name"))
            .join(_CUSTOMER, _CUSTOMER.c.id == _CASE.c.customer_id)
            .outerjoin(_STAFF, _STAFF.c.id == _CASE.c.taken_by)
            .where(_CASE.c.id == case_id)
        )
        row = self._connection.execute(found).mappings().first()
        return None if row is None else _row(row)

    def unassigned(self, limit: int) -> list[CaseRow]:
        """Open cases that nobody has taken, in the inbox's order."""
        rows = (
            select(_CASE, _CUSTOMER.c.name.label("customer_name"), _STAFF.c.name.label("staff_name"))
            .join(_CUSTOMER, _CUSTOMER.c.id == _CASE.c.customer_id)
            .outerjoin(_STAFF, _STAFF.c.id == _CASE.c.taken_by)
            .where(_CASE.c.closed_at.is_(None), _CASE.c.taken_by.is_(None))
            .order_by(_CASE.c.replied_at.is_not(None), _CASE.c.due_at)
            .limit(limit)
        )
        return [_row(row) for row in self._connection.execute(rows).mappings()]

    def open_counts(self, staff_id: UUID) -> OpenCounts:
        """How many open cases each of this person's lists holds, in one statement."""
        mine, free = _CASE.c.taken_by == staff_id, _CASE.c.taken_by.is_(None)
        counted = select(
            func.count(),
            func.count().filter(mine),
            func.count().filter(free),
            func.count().filter(_CASE.c.unread > 0, or_(mine, free)),
        ).where(_CASE.c.closed_at.is_(None))
        row = self._connection.execute(counted).one()
        return OpenCounts(all=row[0], mine=row[1], unassigned=row[2], waiting=row[3])


def _row(row: RowMapping) -> CaseRow:
    values: dict[str, Any] = dict(row)
    name, staff = values.pop("customer_name"), values.pop("staff_name")
    return CaseRow(Case(**values), name, staff)
