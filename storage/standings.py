"""Queries: how many customers stand where, what they brought in a year, and who went from one stage to another."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, String, Subquery, and_, case, false, func, or_, select, type_coerce

from storage.columns import Queries, table_of
from storage.kinds import LifecycleStage, MoveKind, RfmSegment
from storage.models import Customer, CustomerStats, StatusMove

_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_MOVE = table_of(StatusMove)

_ALIVE: Final = _CUSTOMER.outerjoin(_STATS, _STATS.c.customer_id == _CUSTOMER.c.id)
_STAGE: Final = func.coalesce(type_coerce(_STATS.c.stage, String), LifecycleStage.POTENTIAL.value)
"""Who has no row of numbers never bought anything."""
ABSENT: Final = ""
"""The stage of who was not there yet."""


class Group(NamedTuple):
    """Some customers and what they brought in the last 365 days, minor units."""

    people: int
    year_revenue_minor: int


class Cell(NamedTuple):
    """Customers of one name in one cell of recency and frequency, with the last days of visit (ordinals) and the
    yearly orders that the cell spans."""

    recency: int
    frequency: int
    segment: RfmSegment
    people: int
    year_revenue_minor: int
    first_day: int
    last_day: int
    fewest_orders: int
    most_orders: int


class KeyCustomer(NamedTuple):
    """A customer of the top. `parts`: part -> (value, weight), each 0 to 1; `entry_parts` are those of the night on
    which they became one, None where nobody noted it."""

    id: UUID
    name: str
    stage: LifecycleStage
    year_revenue_minor: int
    score: float
    parts: dict[str, list[float]]
    entry_parts: dict[str, list[float]] | None


class FormerKey(NamedTuple):
    """A customer who was of the top until `at`."""

    id: UUID
    name: str
    at: datetime


class Moment(NamedTuple):
    """An instant, and the business's day (an ordinal) that it falls on."""

    at: datetime
    day: int


class Standings(Queries):
    """Of customers who were not erased; each stands in one stage."""

    def stages(self) -> dict[LifecycleStage, Group]:
        """Only stages that somebody has."""
        counted = (
            select(_STAGE, func.count(), func.coalesce(func.sum(_STATS.c.year_revenue_minor), 0))
            .select_from(_ALIVE)
            .where(_CUSTOMER.c.erased_at.is_(None))
            .group_by(_STAGE)
        )
        rows = self._connection.execute(counted)
        return {LifecycleStage(stage): Group(people, int(revenue)) for stage, people, revenue in rows}

    def shifts(self, since: Moment, until: Moment | None = None) -> dict[tuple[str, str], int]:
        """Customers by (where they stood, where they stand), `until` None being now; `ABSENT` for who came later.

        Each customer of the end is counted once, whether they moved or not and however often.
        """
        moved = _moved(since.at, until.at if until else None)
        current = [_CUSTOMER.c.erased_at.is_(None), *([_was_there(until)] if until else [])]
        was_there = _was_there(since)
        movers = (
            select(
                case((was_there, moved.c.stood), else_=ABSENT).label("stood"),
                func.coalesce(moved.c.stands, _STAGE).label("stands"),
            )
            .select_from(moved.join(_ALIVE, moved.c.customer_id == _CUSTOMER.c.id))
            .where(*current)
        )
        stayed = (
            select(case((was_there, _STAGE), else_=ABSENT).label("stood"), _STAGE.label("stands"))
            .select_from(_ALIVE)
            .where(*current, _CUSTOMER.c.id.not_in(select(_MOVE.c.customer_id).where(*_between_stages(since.at))))
        )
        each = movers.union_all(stayed).subquery()
        counted = select(each.c.stood, each.c.stands, func.count()).group_by(each.c.stood, each.c.stands)
        return {(stood, stands): people for stood, stands, people in self._connection.execute(counted)}

    def cells(self) -> list[Cell]:
        """The customers who have RFM scores."""
        scores = (_STATS.c.recency_score, _STATS.c.frequency_score, _STATS.c.rfm)
        counted = (
            select(
                *scores,
                func.count(),
                func.sum(_STATS.c.year_revenue_minor),
                func.min(_STATS.c.last_day),
                func.max(_STATS.c.last_day),
                func.min(_STATS.c.year_orders),
                func.max(_STATS.c.year_orders),
            )
            .select_from(_ALIVE)
            .where(_CUSTOMER.c.erased_at.is_(None), _STATS.c.rfm.is_not(None))
            .group_by(*scores)
            .order_by(*scores)
        )
        rows = self._connection.execute(counted)
        return [Cell(*row)._replace(year_revenue_minor=int(row[4])) for row in rows]

    def key_customers(self, limit: int) -> list[KeyCustomer]:
        """The best first."""
        entry = (
            select(_MOVE.c.reason)
            .where(_MOVE.c.customer_id == _CUSTOMER.c.id, _MOVE.c.kind == MoveKind.KEY, _MOVE.c.after != "")
            .order_by(_MOVE.c.at.desc(), _MOVE.c.id.desc())
            .limit(1)
            .correlate(_CUSTOMER)
            .scalar_subquery()
        )
        top = (
            select(
                _CUSTOMER.c.id,
                _CUSTOMER.c.name,
                _STATS.c.stage,
                _STATS.c.year_revenue_minor,
                _STATS.c.key_score,
                _STATS.c.key_parts,
                entry,
            )
            .select_from(_ALIVE)
            .where(_CUSTOMER.c.erased_at.is_(None), _STATS.c.is_key)
            .order_by(_STATS.c.key_score.desc(), _CUSTOMER.c.id)
            .limit(limit)
        )
        return [KeyCustomer(*row) for row in self._connection.execute(top)]

    def count_key(self) -> int:
        counted = select(func.count()).select_from(_ALIVE).where(_CUSTOMER.c.erased_at.is_(None), _STATS.c.is_key)
        return int(self._connection.execute(counted).scalar_one())

    def left_the_top(self, since: datetime, limit: int) -> list[FormerKey]:
        """Who was a key customer and is one no more, the latest first."""
        left = func.max(_MOVE.c.at)
        former = (
            select(_CUSTOMER.c.id, _CUSTOMER.c.name, left)
            .select_from(_ALIVE.join(_MOVE, _MOVE.c.customer_id == _CUSTOMER.c.id))
            .where(_CUSTOMER.c.erased_at.is_(None), _STATS.c.is_key.is_(False))
            .where(_MOVE.c.kind == MoveKind.KEY, _MOVE.c.after == "", _MOVE.c.at >= since)
            .group_by(_CUSTOMER.c.id, _CUSTOMER.c.name)
            .order_by(left.desc(), _CUSTOMER.c.id)
            .limit(limit)
        )
        return [FormerKey(*row) for row in self._connection.execute(former)]


def _moved(since: datetime, until: datetime | None) -> Subquery:
    """Who moved between stages from `since` on: where they stood then, and where at `until` (NULL: where they stand).

    One row a customer, made in one pass: SQLite joins two such tables row by row.
    """
    is_later = false() if until is None else _MOVE.c.at >= until
    order = (_MOVE.c.at, _MOVE.c.id)
    moves = (
        select(
            _MOVE.c.customer_id,
            _MOVE.c.before,
            is_later.label("is_later"),
            func.row_number().over(partition_by=_MOVE.c.customer_id, order_by=order).label("place"),
            func.row_number().over(partition_by=(_MOVE.c.customer_id, is_later), order_by=order).label("place_since"),
        )
        .where(*_between_stages(since))
        .subquery()
    )
    stood = case((moves.c.place == 1, moves.c.before))
    stands = case((and_(moves.c.is_later, moves.c.place_since == 1), moves.c.before))
    found = select(moves.c.customer_id, func.max(stood).label("stood"), func.max(stands).label("stands"))
    return found.group_by(moves.c.customer_id).subquery("moved")


def _between_stages(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return _MOVE.c.kind == MoveKind.STAGE, _MOVE.c.at >= since


def _was_there(moment: Moment) -> ColumnElement[bool]:
    """Met by then, or (what a file tells) had bought by then."""
    return or_(_CUSTOMER.c.created_at < moment.at, func.coalesce(_STATS.c.first_day < moment.day, False))
