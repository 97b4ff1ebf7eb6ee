"""Column types and the small vocabulary that every query file speaks: rows in, models out."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, Final, TypeVar, cast
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Dialect,
    Executable,
    Insert,
    LargeBinary,
    Select,
    String,
    Table,
    TableValuedAlias,
    Update,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

Model = TypeVar("Model", bound=SQLModel)


def new_id() -> UUID:
    """A time-ordered UUID (version 7): rows made later sort later, also within one millisecond."""
    return uuid_utils.compat.uuid7()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite alone would hand it back naive. A naive value is refused: nobody knows its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def stored(enum: type[StrEnum]) -> EnumType:
    """A column for one of our enums: stores the value, not the Python name, and reads back the member."""
    return EnumType(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=32,
    )


def table_of(model: type[SQLModel]) -> Table:
    return cast(Table, model.__table__)  # type: ignore[attr-defined]  # SQLModel's types do not know their own table


def row_of(model: SQLModel) -> dict[str, Any]:
    """The row of a model, column by column. (`model_dump` would also copy nested JSON.)"""
    return {column: getattr(model, column) for column in table_of(type(model)).columns.keys()}  # noqa: SIM118  # not a dict


def portable(value: Any) -> Any:
    """A column's value as JSON has it: ids and moments as text, bytes in base64. JSON itself stays as it is."""
    match value:
        case UUID():
            return value.hex
        case datetime():
            return value.isoformat()
        case Enum():
            return value.value
        case bytes():
            return b64encode(value).decode()
    return value


def portable_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Columns by name, each as JSON has it."""
    return {name: portable(value) for name, value in row.items()}


def brought_back(column: Column[Any], value: Any) -> Any:
    """The way back from `portable` into this very column."""
    if value is None or isinstance(column.type, JSON):
        return value
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Uuid):
        return UUID(value)
    return b64decode(value) if isinstance(column.type, LargeBinary) else value


def channel_prefix(bot_id: str) -> str:
    """What the ids of all bots of the same channel begin with."""
    return bot_id.partition(":")[0] + ":"


_KEY: Final = "key_of_"


@cache
def _insert_into(table: Table) -> Insert:
    """Made once a table, as the next: to make it takes longer than to run it."""
    return insert(table).inline()  # the keys are ours already, so nothing is asked back


@cache
def _update_of(table: Table) -> Update:
    return update(table).where(*(column == bindparam(_KEY + column.key) for column in table.primary_key))


class Queries:
    """One noun's statements over one connection: whoever opened it ends the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def _is_postgres(self) -> bool:
        return self._connection.dialect.name == "postgresql"

    def _one(self, model: type[Model], statement: Executable, values: Mapping[str, Any] | None = None) -> Model | None:
        row = self._connection.execute(statement, values).mappings().first()
        return None if row is None else model(**row)

    def _all(self, model: type[Model], statement: Executable) -> list[Model]:
        return [model(**row) for row in self._connection.execute(statement).mappings()]

    def _insert(self, *models: SQLModel) -> None:
        """Insert models of one table, whole."""
        if models:
            self._connection.execute(_insert_into(table_of(type(models[0]))), [row_of(model) for model in models])

    def _insert_new(self, *models: SQLModel) -> int:
        """Insert models of one table; one whose key is taken already changes nothing. How many were new."""
        if not models:
            return 0
        insert_ = postgresql.insert if self._is_postgres else sqlite.insert
        rows = insert_(table_of(type(models[0]))).values([row_of(model) for model in models])
        return self._connection.execute(rows.on_conflict_do_nothing()).rowcount

    def _save(self, model: SQLModel) -> None:
        """Write a model's every column back to its row."""
        table, row = table_of(type(model)), row_of(model)
        keys = {_KEY + column.key: row[column.key] for column in table.primary_key}
        self._connection.execute(_update_of(table), row | keys)

    def _count(self, statement: Executable) -> int:
        return int(self._connection.execute(statement).scalar_one())

    def _lock(self, *names: str) -> None:
        """Until this transaction ends, nobody else holds these names, taken in this order. SQLite has one writer and
        needs none of it."""
        if self._is_postgres and names:
            name = func.unnest(cast_to(list(names), postgresql.ARRAY(String))).column_valued("name")
            self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def listed(dialect: str) -> TableValuedAlias:
    """The JSON list bound as `rows`, one row an item in `value`: `value ->> 0` is the item's first field, as text.

    Many rows in one statement. On SQLite's thread each further statement would wait for the interpreter again.
    """
    rows = bindparam("rows", type_=String)
    if dialect == "postgresql":
        return func.jsonb_array_elements(cast_to(rows, JSONB)).table_valued("value", name="listed")
    return func.json_each(rows).table_valued("value", name="listed")


def listed_ids(dialect: str) -> Select[tuple[UUID]]:
    """The ids bound as `rows` by `ids_as_rows`. For many: a list in an IN is put together anew each time, and a busy
    event loop waits for the interpreter meanwhile."""
    return select(cast_to(listed(dialect).c.value.op("->>")(0), Uuid))


def ids_as_rows(ids: Iterable[UUID]) -> str:
    """Ids as `listed_ids` reads them."""
    return json.dumps([[one.hex] for one in ids])


def chunks(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    """Lists of at most `size`, in order."""
    page: list[Any] = []
    for item in items:
        page.append(item)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
