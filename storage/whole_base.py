"""Queries: every purchase and every customer's numbers at once, for who counts and judges the whole base."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Float, String, cast, extract, func, select, type_coerce

from storage.columns import Queries, table_of
from storage.kinds import SurveyKind
from storage.models import Customer, CustomerStats, Purchase, SurveyRun

_PURCHASE = table_of(Purchase)
_STATS = table_of(CustomerStats)
_CUSTOMER = table_of(Customer)
_RUN = table_of(SurveyRun)
PAGE = 10_000


class LineRow(NamedTuple):
    """One line of an order. `at`: UTC seconds since 1970; texts may be empty."""

    customer_id: str
    at: int
    amount_minor: int
    returned_minor: int
    order_key: str
    product: str
    branch: str
    seller: str


class WholeBase(Queries):
    """Ids are their 32 hexadecimal digits: making each a UUID takes as long as reading its row."""

    def has_purchases(self) -> bool:
        return self._connection.execute(select(_PURCHASE.c.id).limit(1)).first() is not None

    def currency(self) -> str:
        """Of the newest purchase; roubles before the first."""
        newest = select(_PURCHASE.c.currency).order_by(_PURCHASE.c.at.desc()).limit(1)
        return self._connection.execute(newest).scalar_one_or_none() or "RUB"

    def lines(self) -> Iterator[Sequence[Any]]:
        """Every line there is, as the fields of a `LineRow`, in no order."""
        every = select(*self._line())
        if not self._is_postgres:  # as the driver gives them: wrapping a million rows doubles the time of reading them
            handle = self._connection.connection.driver_connection
            assert isinstance(handle, sqlite3.Connection)
            yield from handle.execute(str(every.compile(self._connection, compile_kwargs={"literal_binds": True})))
            return
        for page in self._connection.execution_options(yield_per=PAGE).execute(every).partitions():
            yield from page

    def lines_of(self, customer_ids: Sequence[UUID]) -> list[Sequence[Any]]:
        """The lines of some customers, each followed by its exact moment."""
        theirs = select(*self._line(), _PURCHASE.c.at.label("moment")).where(_PURCHASE.c.customer_id.in_(customer_ids))
        return list(self._connection.execute(theirs))

    def erased(self) -> set[str]:
        """Who asked to be forgotten: what they bought stays in the books, and nobody waits for them to come again."""
        gone = select(self._text_of(_CUSTOMER.c.id)).where(_CUSTOMER.c.erased_at.is_not(None))
        return set(self._connection.execute(gone).scalars())

    def known(self, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Of everybody who has a row of numbers: the id, whether it is stale, and these columns."""
        rows = select(self._text_of(_STATS.c.customer_id), _STATS.c.is_stale, *(_STATS.c[name] for name in columns))
        found = self._connection.execution_options(yield_per=PAGE).execute(rows)
        for page in found.partitions():
            yield from page

    def nps(self) -> dict[str, int]:
        """Everybody's latest answer, 0 to 10."""
        answered = select(self._text_of(_RUN.c.customer_id), _RUN.c.score).where(
            _RUN.c.kind == SurveyKind.NPS, _RUN.c.answered_at.is_not(None), _RUN.c.score.is_not(None)
        )
        return dict(self._connection.execute(answered.order_by(_RUN.c.answered_at)).all())

    def _line(self) -> tuple[ColumnElement[Any], ...]:
        return (
            self._text_of(_PURCHASE.c.customer_id),
            self._seconds(_PURCHASE.c.at),
            _PURCHASE.c.amount_minor,
            _PURCHASE.c.returned_minor,
            func.coalesce(_PURCHASE.c.order_key, ""),
            _PURCHASE.c.product,
            _PURCHASE.c.branch,
            _PURCHASE.c.seller,
        )

    def _text_of(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if self._is_postgres:
            return func.replace(cast(column, String), "-", "", type_=String)
        return type_coerce(column, String)

    def _seconds(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if self._is_postgres:
            return cast(func.floor(cast(extract("epoch", column), Float)), BigInteger)
        return cast(func.strftime("%s", column), BigInteger)
