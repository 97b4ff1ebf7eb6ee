"""Queries: segments and their versions; and of any rules how many they find, whom, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, case, func, select

from storage.columns import Queries, chunks, table_of
from storage.models import (
    BusinessSetting,
    Customer,
    CustomerStats,
    ImportRun,
    PreferenceTag,
    Purchase,
    Segment,
    Service,
)
from storage.segments.fields import FIELDS, Moment, Shown
from storage.segments.rules import Rules, condition, leaves

_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_SEGMENT = table_of(Segment)
_PURCHASE = table_of(Purchase)
_SERVICE = table_of(Service)
_IMPORT = table_of(ImportRun)
_TAG = table_of(PreferenceTag)
_SETTING = table_of(BusinessSetting)

_AT_ONCE: Final = 20
"""Sets counted in one statement."""
_RECENT_LINES: Final = 20_000
"""Where names of products, branches and sellers are looked up: all lines would take a second."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one condition found for one customer: whether it is met, and the value it saw."""

    is_met: bool
    value: Shown


class Segments(Queries):
    """Who was erased is in no segment."""

    # --- what is kept

    def add(self, segment: Segment) -> bool:
        """One more version; False when somebody else's has this number already."""
        return self._insert_new(segment) == 1

    def get(self, segment_id: UUID, version: int | None = None) -> Segment | None:
        """One version, or the newest."""
        found = select(_SEGMENT).where(_SEGMENT.c.id == segment_id)
        if version is not None:
            found = found.where(_SEGMENT.c.version == version)
        return self._one(Segment, found.order_by(_SEGMENT.c.version.desc()).limit(1))

    def versions(self, segment_id: UUID) -> list[Segment]:
        """The newest first."""
        found = select(_SEGMENT).where(_SEGMENT.c.id == segment_id)
        return self._all(Segment, found.order_by(_SEGMENT.c.version.desc()))

    def all(self) -> list[Segment]:
        """The newest version of each, by name."""
        newest = select(_SEGMENT.c.id, func.max(_SEGMENT.c.version).label("version")).group_by(_SEGMENT.c.id).subquery()
        is_newest = (newest.c.id == _SEGMENT.c.id) & (newest.c.version == _SEGMENT.c.version)
        return self._all(Segment, select(_SEGMENT).join(newest, is_newest).order_by(_SEGMENT.c.name, _SEGMENT.c.id))

    # --- whom rules find

    def count(self, rules: Rules, moment: Moment) -> int:
        return self._count(_found(func.count()).where(condition(rules, moment)))

    def everyone(self) -> int:
        return self._count(_found(func.count()))

    def counts(self, sets: Sequence[Rules], moment: Moment) -> list[int]:
        """Of each of these, in one go over the base for every twenty."""
        found: list[int] = []
        for some in chunks(sets, _AT_ONCE):
            sums = [func.count(case((condition(rules, moment), 1))) for rules in some]
            found += self._connection.execute(_found(*sums)).one()
        return found

    def page(self, rules: Rules, moment: Moment, limit: int, *, before: UUID | None = None) -> list[UUID]:
        """The newest customers in it, or the newest of those before one."""
        members = _found(_CUSTOMER.c.id).where(condition(rules, moment))
        if before is not None:
            members = members.where(_CUSTOMER.c.id < before)
        return list(self._connection.execute(members.order_by(_CUSTOMER.c.id.desc()).limit(limit)).scalars())

    def sample(self, rules: Rules, moment: Moment, count: int, size: int) -> list[UUID]:
        """At most `size` of its `count` members, evenly from the oldest to the newest: not those of one day."""
        place = func.row_number().over(order_by=_CUSTOMER.c.id).label("place")
        numbered = _found(_CUSTOMER.c.id, place).where(condition(rules, moment)).subquery()
        step = max(1, count // size)
        spread = select(numbered.c.id).where((numbered.c.place - 1) % step == 0).order_by(numbered.c.id)
        return list(self._connection.execute(spread.limit(size)).scalars())

    def is_in(self, customer_id: UUID, rules: Rules, moment: Moment) -> bool:
        mine = _found(func.count()).where(_CUSTOMER.c.id == customer_id, condition(rules, moment))
        return self._count(mine) == 1

    def facts(self, rules: Rules, customer_ids: Sequence[UUID], moment: Moment) -> dict[UUID, list[Fact]]:
        """What each condition of the rules, in the order of reading, found for these customers.

        It is asked by the very expressions that decide who is in, so a reason never tells another story.
        """
        asked = [(FIELDS[leaf["field"]], leaf) for leaf in leaves(rules)]
        columns: list[Any] = []
        for number, (source, leaf) in enumerate(asked):
            columns.append(case((source.meets(leaf, moment), 1), else_=0).label(f"met_{number}"))
            columns.append(source.shown(leaf, moment).label(f"value_{number}"))
        rows = _found(_CUSTOMER.c.id, *columns).where(_CUSTOMER.c.id.in_(customer_ids))
        return {
            row[0]: [
                Fact(row[1 + 2 * number] == 1, source.read(row[2 + 2 * number], moment))
                for number, (source, _) in enumerate(asked)
            ]
            for row in self._connection.execute(rows)
        }

    # --- what one can ask for

    def known_values(self, field: str, limit: int) -> list[tuple[str, str]]:
        """(value, name) of what the base holds, the commonest first; of purchases what their newest lines hold."""
        if field == "import":
            return self._imports(limit)
        if field == "likes":
            tags = select(_TAG.c.slug, _TAG.c.label).order_by(_TAG.c.is_archived, _TAG.c.position, _TAG.c.label)
            return [(row.slug, row.label) for row in self._connection.execute(tags.limit(limit))]
        if field == "tier":
            return self._tiers()
        if field == "category":
            names: Select[Any] = select(_SERVICE.c.category).where(_SERVICE.c.category != "").distinct()
            return [(name, name) for name in self._connection.execute(names.order_by(_SERVICE.c.category)).scalars()]
        column = _HELD_IN[field]
        held = select(column.label("value"))
        if column.table is _PURCHASE:
            held = held.order_by(_PURCHASE.c.at.desc()).limit(_RECENT_LINES)
        rows = held.subquery()
        common = select(rows.c.value).where(rows.c.value.is_not(None), rows.c.value != "").group_by(rows.c.value)
        names = common.order_by(func.count().desc(), rows.c.value).limit(limit)
        return [(name, name) for name in self._connection.execute(names).scalars()]

    def _tiers(self) -> list[tuple[str, str]]:
        """As the newest version of the programme's rules names them."""
        rules = select(_SETTING.c.value).where(_SETTING.c.key == RULES).order_by(_SETTING.c.version.desc()).limit(1)
        kept: Any = self._connection.execute(rules).scalar_one_or_none()
        return [(tier["slug"], tier["name"]) for tier in kept["tiers"]] if kept else []

    def _imports(self, limit: int) -> list[tuple[str, str]]:
        runs = select(_IMPORT.c.id, _IMPORT.c.file_name).order_by(_IMPORT.c.started_at.desc()).limit(limit)
        return [(row.id.hex, row.file_name) for row in self._connection.execute(runs)]


RULES: Final = "loyalty.rules"
"""The setting that `loyalty.programme` keeps."""
_HELD_IN: Final[dict[str, Column[Any]]] = {
    "city": _CUSTOMER.c.city,
    "source": _CUSTOMER.c.source,
    "product": _PURCHASE.c.product,
    "branch": _PURCHASE.c.branch,
    "seller": _PURCHASE.c.seller,
}


def _found(*columns: ColumnElement[Any]) -> Select[Any]:
    """These of every customer, with the sums of who has any."""
    both = _CUSTOMER.outerjoin(_STATS, _STATS.c.customer_id == _CUSTOMER.c.id)
    return select(*columns).select_from(both).where(_CUSTOMER.c.erased_at.is_(None))
