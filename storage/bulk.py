"""Queries: many rows of any table at once, as a sample or an import brings them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel

from storage.columns import Queries, chunks, table_of

PAGE = 2000

Row = Mapping[str, Any]
"""Column by column; one left out has its model's default. An object a row would cost five times as much."""


class Bulk(Queries):
    def insert(self, model: type[SQLModel], rows: Iterable[Row]) -> None:
        """Insert rows of one table in the order given. The ids are the caller's."""
        statement, defaults = insert(table_of(model)).inline(), _defaults(model)
        for page in chunks(rows, PAGE):
            self._connection.execute(statement, [{**defaults, **row} for row in page])


@cache
def _defaults(model: type[SQLModel]) -> Row:
    fields = model.model_fields.items()
    return {name: field.default for name, field in fields if not field.is_required() and field.default_factory is None}
