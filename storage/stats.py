"""Queries: each customer's purchases in sums, where they stand, and whose sums must be counted again."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Enum,
    Executable,
    Float,
    Integer,
    String,
    TableValuedAlias,
    Uuid,
    bindparam,
    cast,
    false,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, UtcDateTime, chunks, ids_as_rows, listed, listed_ids, portable, table_of
from storage.kinds import LifecycleStage, RfmSegment
from storage.models import CustomerStats

_STATS = table_of(CustomerStats)
AT_ONCE = 500

SUMS: Final = (
    "visits",
    "orders",
    "revenue_minor",
    "returned_minor",
    "first_day",
    "last_day",
    "sum_ln_gap",
    "sum_ln_gap_sq",
    "last_at",
    "last_product",
    "last_branch",
)
STANDING: Final = (
    "stage",
    "stage_reason",
    "stage_since",
    "typical_days",
    "expected_at",
    "late_at",
    "lost_at",
)
RATING: Final = (
    "year_visits",
    "year_orders",
    "year_revenue_minor",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "rfm",
    "key_score",
    "key_parts",
    "is_key",
)
"""What only the whole base together tells; the others follow from a customer's own purchases."""


class Seen(NamedTuple):
    """A row as it stands, as far as a writer must know it: whether it is the one that was counted, and what moves."""

    customer_id: UUID
    visits: int
    orders: int
    revenue_minor: int
    last_day: int | None
    is_stale: bool
    stage: LifecycleStage
    stage_since: datetime | None
    rfm: RfmSegment | None
    is_key: bool
    rated_at: datetime | None


class Stats(Queries):
    def of(self, customer_id: UUID) -> CustomerStats | None:
        """None for who never bought anything."""
        return self._one(CustomerStats, select(_STATS).where(_STATS.c.customer_id == customer_id))

    def held(self, customer_id: UUID) -> CustomerStats | None:
        """The same; until this unit ends nobody else changes it."""
        return self._one(CustomerStats, select(_STATS).where(_STATS.c.customer_id == customer_id).with_for_update())

    def mark_stale(self, customer_ids: Iterable[UUID]) -> None:
        """Their purchases changed otherwise than by one more: a job counts them again. Not for who has no row."""
        for some in chunks(customer_ids, AT_ONCE):
            self._connection.execute(update(_STATS).where(_STATS.c.customer_id.in_(some)).values(is_stale=True))

    def begin(self, customer_ids: Iterable[UUID]) -> None:
        """A row for each who has none, to be counted."""
        for some in chunks(customer_ids, AT_ONCE):
            self._insert_new(*(CustomerStats(customer_id=one, is_stale=True) for one in some))

    def has_stale(self) -> bool:
        return self._connection.execute(select(true()).where(_STATS.c.is_stale).limit(1)).first() is not None

    def stale(self, limit: int) -> list[UUID]:
        """So many who must be counted again."""
        return list(
            self._connection.execute(select(_STATS.c.customer_id).where(_STATS.c.is_stale).limit(limit)).scalars()
        )

    def take_stale(self, customer_ids: Collection[UUID]) -> list[Seen]:
        """Who of these must be counted again, held until this unit ends; those whom somebody else holds are left."""
        stale = select(*_SEEN).where(_STATS.c.customer_id.in_(customer_ids), _STATS.c.is_stale)
        return [Seen(*row) for row in self._connection.execute(stale.with_for_update(skip_locked=True))]

    def seen(self, customer_ids: Sequence[UUID]) -> dict[UUID, Seen]:
        """These rows, held until this unit ends."""
        found = self._connection.execute(_held(self.dialect), {"rows": ids_as_rows(customer_ids)})
        return {row.customer_id: row for row in (Seen(*row) for row in found)}

    def put(self, rows: Sequence[Sequence[Any]], columns: tuple[str, ...], now: datetime | None = None) -> None:
        """Write these columns of rows that are there. A row: the id, then its values."""
        dialect = self._connection.dialect.name
        self.put_fitted([[one.hex, *fitted(columns, values, dialect)] for one, *values in rows], columns, now)

    def put_fitted(self, rows: Sequence[Sequence[Any]], columns: tuple[str, ...], now: datetime | None = None) -> None:
        """The same in one statement, of the id's digits and what `fitted` made of the values, wherever it did.

        `now` is given by who rated the whole base. Sums that are written are not stale any more.
        """
        if rows:
            given: dict[str, Any] = {"rows": _JSON(rows)} if now is None else {"rows": _JSON(rows), "now": now}
            self._connection.execute(_put(self._connection.dialect.name, columns, now is not None), given)

    def add_fitted(self, rows: Sequence[Sequence[Any]], columns: tuple[str, ...], now: datetime) -> None:
        """A whole row for each who has none, rated `now`; one that came meanwhile knows more, and stays as it is."""
        if rows:
            self._connection.execute(_add(self._connection.dialect.name, columns), {"rows": _JSON(rows), "now": now})

    @property
    def dialect(self) -> str:
        """For who makes values fit elsewhere."""
        return self._connection.dialect.name


_SEEN = tuple(_STATS.c[name] for name in Seen._fields)


@cache
def _held(dialect: str) -> Executable:
    rows = select(*_SEEN).where(_STATS.c.customer_id.in_(listed_ids(dialect)))
    return rows.order_by(_STATS.c.customer_id).with_for_update()


_MOMENTS = frozenset(name for name, column in _STATS.c.items() if isinstance(column.type, UtcDateTime))
_DOCUMENTS = frozenset(name for name, column in _STATS.c.items() if isinstance(column.type, JSON))


_NOW = bindparam("now", type_=_STATS.c.rated_at.type)

_JSON = json.JSONEncoder(ensure_ascii=False).encode


def fitted(columns: tuple[str, ...], values: Sequence[Any], dialect: str) -> list[Any]:
    """As JSON carries them into this database: moments as it keeps them, documents as their text."""
    return [
        value if value is None or fit is None else fit(value)
        for fit, value in zip(_fits(columns, dialect), values, strict=True)
    ]


@cache
def _fits(columns: tuple[str, ...], dialect: str) -> tuple[Callable[[Any], Any] | None, ...]:
    """What makes a value of each column fit; None where JSON has it as it is."""
    return tuple(_fit(name, dialect) for name in columns)


def _fit(name: str, dialect: str) -> Callable[[Any], Any] | None:
    if name in _MOMENTS:
        return partial(_text, dialect=dialect)
    if name in _DOCUMENTS:
        return _JSON
    return portable if isinstance(_STATS.c[name].type, Enum) else None


@lru_cache(maxsize=10_000)
def _text(moment: datetime, dialect: str) -> str:
    """On SQLite as SQLAlchemy keeps it: naive, always with microseconds, for such texts compare letter by letter."""
    at = moment.astimezone(UTC)
    return at.isoformat(" ") if dialect == "postgresql" else at.replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _put(dialect: str, columns: tuple[str, ...], is_rating: bool) -> Executable:
    """One statement for the page: each further one would wait for the interpreter again, beside a busy event loop."""
    rows = listed(dialect)
    values = _values(rows, dialect, columns)
    if "visits" in columns:
        values["is_stale"] = false()
    if is_rating:
        values["rated_at"] = _NOW
    return update(_STATS).where(_STATS.c.customer_id == _owner(rows)).values(values)


@cache
def _add(dialect: str, columns: tuple[str, ...]) -> Executable:
    rows = listed(dialect)
    values = {"customer_id": _owner(rows), **_values(rows, dialect, columns), "is_stale": false(), "rated_at": _NOW}
    found = select(*values.values()).select_from(rows).where(true())  # else SQLite takes the ON for a join's
    insert_ = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_STATS)
    return insert_.from_select(list(values), found).on_conflict_do_nothing()


def _owner(rows: TableValuedAlias) -> ColumnElement[Any]:
    return cast(rows.c.value.op("->>")(0), Uuid)


def _values(rows: TableValuedAlias, dialect: str, columns: tuple[str, ...]) -> dict[str, ColumnElement[Any]]:
    """By name, of what stands behind the id."""
    fields = (rows.c.value.op("->>")(place) for place in range(1, len(columns) + 1))
    return {name: cast(field, _plain(name, dialect)) for name, field in zip(columns, fields, strict=True)}


def _plain(name: str, dialect: str) -> Any:
    kind = _STATS.c[name].type
    if name in _MOMENTS:
        return DateTime(timezone=True) if dialect == "postgresql" else String
    if name in _DOCUMENTS:
        return JSON if dialect == "postgresql" else String
    for plain in (BigInteger, Integer, Float, Boolean):
        if isinstance(kind, plain):
            return plain
    return String
