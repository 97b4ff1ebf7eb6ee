"""Queries: who went from one stage, segment or list to another, and when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, func, select

from storage.columns import Queries, ids_as_rows, listed_ids, table_of
from storage.kinds import MoveKind
from storage.models import Customer, StatusMove

_MOVE = table_of(StatusMove)
_CUSTOMER = table_of(Customer)


class Moves(Queries):
    def add(self, moves: Iterable[StatusMove]) -> None:
        self._insert_new(*moves)

    def movers(self, customer_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these ever went from one stage to another."""
        movers = _movers(self._connection.dialect.name)
        return set(self._connection.execute(movers, {"rows": ids_as_rows(customer_ids)}).scalars())

    def of_customer(self, customer_id: UUID, limit: int) -> list[StatusMove]:
        """The newest `limit`, newest first."""
        moves = select(_MOVE).where(_MOVE.c.customer_id == customer_id)
        return self._all(StatusMove, moves.order_by(_MOVE.c.at.desc(), _MOVE.c.id.desc()).limit(limit))

    def last_of(self, customer_id: UUID, kind: MoveKind) -> StatusMove | None:
        """The newest of one kind."""
        moves = select(_MOVE).where(_MOVE.c.customer_id == customer_id, _MOVE.c.kind == kind)
        return self._one(StatusMove, moves.order_by(_MOVE.c.at.desc(), _MOVE.c.id.desc()).limit(1))

    def since(self, kind: MoveKind, since: datetime, limit: int) -> list[StatusMove]:
        """The newest `limit` of one kind at or after `since`, newest first."""
        moves = select(_MOVE).where(_MOVE.c.kind == kind, _MOVE.c.at >= since)
        return self._all(StatusMove, moves.order_by(_MOVE.c.at.desc(), _MOVE.c.id.desc()).limit(limit))

    def counts(self, kind: MoveKind, since: datetime, until: datetime) -> dict[tuple[str, str], int]:
        """How many went from one to the other in this time (feature RF5), by (before, after).

        Who asked to be forgotten is left out: nobody can do anything about their silence.
        """
        moves = (
            select(_MOVE.c.before, _MOVE.c.after, func.count())
            .join(_CUSTOMER, _CUSTOMER.c.id == _MOVE.c.customer_id)
            .where(_MOVE.c.kind == kind, _MOVE.c.at >= since, _MOVE.c.at < until, _CUSTOMER.c.erased_at.is_(None))
            .group_by(_MOVE.c.before, _MOVE.c.after)
        )
        return {(before, after): count for before, after, count in self._connection.execute(moves)}


@cache
def _movers(dialect: str) -> Executable:
    theirs = _MOVE.c.customer_id.in_(listed_ids(dialect))
    return select(_MOVE.c.customer_id).where(theirs, _MOVE.c.kind == MoveKind.STAGE).distinct()
