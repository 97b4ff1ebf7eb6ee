"""Queries: how much is known of the customers, and who of them lacks it (feature ID7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select

from storage.columns import Queries, table_of
from storage.contact import AGREED_TO_ADVERTISING, OPEN_CHATS
from storage.kinds import CLOSED_REACH
from storage.models import Customer, CustomerField, CustomerStats, Identity, ImportRun

_CUSTOMER = table_of(Customer)
_IDENTITY = table_of(Identity)
_FIELD = table_of(CustomerField)
_STATS = table_of(CustomerStats)
_IMPORT = table_of(ImportRun)

SEEN_WITHIN: Final = timedelta(days=90)
STALE_AFTER: Final = timedelta(days=365)
"""A field that nobody told or confirmed for so long is shown as old."""
USUAL_PHONE: Final = "+79_________"
"""A Russian mobile number: the one form that needs no closer look."""


class Mark(StrEnum):
    """What can be said of a customer. The first five are good to have, the others ask for a hand."""

    REACHABLE = "reachable"
    VERIFIED_PHONE = "verified_phone"
    BIRTHDAY = "birthday"
    ADVERTISING = "advertising"
    SEEN = "seen"
    BLOCKED = "blocked"
    NAMELESS = "nameless"
    STALE = "stale"


GOOD: Final = (Mark.REACHABLE, Mark.VERIFIED_PHONE, Mark.BIRTHDAY, Mark.ADVERTISING, Mark.SEEN)


class Side(StrEnum):
    """By what customers are told apart. The values are columns."""

    SOURCE = "source"
    BRANCH = "branch"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Counted:
    """Customers of one source, last branch and first import; empty or None where there is none."""

    source: str
    branch: str
    import_id: UUID | None
    customers: int
    marks: dict[Mark, int]
    """How many of them each can be said of."""

    def as_json(self) -> list[Any]:
        marks = {mark.value: count for mark, count in self.marks.items()}
        return [self.source, self.branch, self.import_id.hex if self.import_id else None, self.customers, marks]

    @classmethod
    def from_json(cls, cells: Sequence[Any]) -> Self:
        source, branch, file, customers, marks = cells
        counts = {Mark(name): int(count) for name, count in marks.items()}
        return cls(source, branch, UUID(file) if file else None, int(customers), counts)


class Quality(Queries):
    """Who was erased is in none of it."""

    def counted(self, now: datetime) -> list[Counted]:
        """All customers, by source, last branch and import at once: each other grouping is a sum of these."""
        sums = [func.sum(case((_is(mark, now), 1), else_=0)) for mark in Mark]
        columns = [_SIDES[Side.SOURCE], _SIDES[Side.BRANCH], _CUSTOMER.c.import_id]
        rows = (
            select(*columns, func.count(), *sums)
            .select_from(_PEOPLE)
            .where(_CUSTOMER.c.erased_at.is_(None))
            .group_by(*columns)
        )
        return [
            Counted(row[0], row[1], row[2], row[3], dict(zip(Mark, (int(count) for count in row[4:]), strict=True)))
            for row in self._connection.execute(rows)
        ]

    def page(
        self, mark: Mark, now: datetime, limit: int, *, of: tuple[Side, str] | None = None, before: UUID | None = None
    ) -> list[UUID]:
        """The newest customers who lack what is good to have, or of whom the other thing can be said.

        `of`: those of one group alone; an import by its id's hex, and "" for who is in none.
        """
        found = select(_CUSTOMER.c.id).select_from(_PEOPLE).where(_CUSTOMER.c.erased_at.is_(None))
        found = found.where(not_(_is(mark, now)) if mark in GOOD else _is(mark, now))
        if of is not None:
            found = found.where(_is_of(*of))
        if before is not None:
            found = found.where(_CUSTOMER.c.id < before)
        return list(self._connection.execute(found.order_by(_CUSTOMER.c.id.desc()).limit(limit)).scalars())

    def unusual_phones(self, limit: int) -> list[tuple[UUID, str]]:
        """(customer, phone) of the newest whose phone may be no phone at all."""
        odd = select(_CUSTOMER.c.id, _CUSTOMER.c.phone).where(
            _CUSTOMER.c.phone.is_not(None), _CUSTOMER.c.phone.not_like(USUAL_PHONE), _CUSTOMER.c.erased_at.is_(None)
        )
        rows = self._connection.execute(odd.order_by(_CUSTOMER.c.id.desc()).limit(limit))
        return [(row.id, row.phone) for row in rows]

    def imports(self, ids: Collection[UUID]) -> dict[UUID, tuple[str, datetime]]:
        """(file, when) of each of these."""
        runs = select(_IMPORT.c.id, _IMPORT.c.file_name, _IMPORT.c.started_at).where(_IMPORT.c.id.in_(ids))
        return {row.id: (row.file_name, row.started_at) for row in self._connection.execute(runs)}


_PEOPLE: Final = _CUSTOMER.outerjoin(_STATS, _STATS.c.customer_id == _CUSTOMER.c.id)
_SIDES: Final[dict[Side, ColumnElement[Any]]] = {
    Side.SOURCE: func.coalesce(_CUSTOMER.c.source, ""),
    Side.BRANCH: func.coalesce(_STATS.c.last_branch, ""),
    Side.IMPORT: _CUSTOMER.c.import_id,
}


def _is_of(side: Side, value: str) -> ColumnElement[bool]:
    if side is not Side.IMPORT:
        return _SIDES[side] == value
    return _CUSTOMER.c.import_id == UUID(value) if value else _CUSTOMER.c.import_id.is_(None)


def _is(mark: Mark, now: datetime) -> ColumnElement[bool]:
    match mark:
        case Mark.REACHABLE:
            return _of_those(OPEN_CHATS)
        case Mark.VERIFIED_PHONE:
            return and_(_CUSTOMER.c.phone.is_not(None), _CUSTOMER.c.is_phone_verified)
        case Mark.BIRTHDAY:
            return _CUSTOMER.c.birthday_day.is_not(None)
        case Mark.ADVERTISING:
            return _of_those(AGREED_TO_ADVERTISING)
        case Mark.SEEN:
            wrote = select(_IDENTITY.c.customer_id).where(_IDENTITY.c.seen_at >= now - SEEN_WITHIN)
            return or_(_of_those(wrote), func.coalesce(_STATS.c.last_at >= now - SEEN_WITHIN, False))
        case Mark.BLOCKED:
            chats = select(_IDENTITY.c.customer_id)
            return and_(_of_those(chats), not_(_of_those(chats.where(_IDENTITY.c.reach.not_in(CLOSED_REACH)))))
        case Mark.NAMELESS:
            return _CUSTOMER.c.name == ""
        case Mark.STALE:
            return _is_stale(now - STALE_AFTER)


def _of_those(owners: Select[Any]) -> ColumnElement[bool]:
    """Found once for all customers, and not asked of each again."""
    return _CUSTOMER.c.id.in_(owners)


def _is_stale(before: datetime) -> ColumnElement[bool]:
    """Something known was neither told nor confirmed since; of what nobody wrote down the customer's own age counts."""
    told = select(_FIELD.c.customer_id)
    is_untold = and_(_CUSTOMER.c.created_at < before, not_(_of_those(told)))
    knows_something = or_(
        _CUSTOMER.c.name != "",
        _CUSTOMER.c.phone.is_not(None),
        _CUSTOMER.c.birthday_day.is_not(None),
        _CUSTOMER.c.city.is_not(None),
    )
    return or_(_of_those(told.where(_FIELD.c.at < before)), and_(is_untold, knows_something))
