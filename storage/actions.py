"""Queries: who is worth a word today, who was chosen lately, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from storage.columns import Queries, table_of
from storage.kinds import ActionState, FlagKind, FlagState, Language, LifecycleStage, ScoreGroup, SurveyKind
from storage.models import Case, Customer, CustomerStats, Flag, SurveyRun, TodayAction

_ACTION = table_of(TodayAction)
_CUSTOMER = table_of(Customer)
_STATS = table_of(CustomerStats)
_RUN = table_of(SurveyRun)
_CASE = table_of(Case)
_FLAG = table_of(Flag)


class Person(NamedTuple):
    """One customer with what a choice needs. Days are ordinals; `score` is a detractor's answer, else None."""

    id: UUID
    visits: int
    orders: int
    revenue_minor: int
    year_orders: int
    last_day: int | None
    typical_days: float | None
    expected_at: datetime | None
    stage: LifecycleStage
    is_key: bool
    last_product: str
    birthday_month: int | None
    birthday_day: int | None
    score: int | None


class Shown(NamedTuple):
    """An action with whom it is about, as pages and messages tell it."""

    action: TodayAction
    name: str
    phone: str | None
    language: Language
    product: str


class Actions(Queries):
    def lock(self) -> None:
        """One process makes a morning."""
        self._lock("actions of today")

    def add(self, actions: Sequence[TodayAction]) -> int:
        """How many are new: one a customer and day."""
        return self._insert_new(*actions)

    def of_day(self, day: int) -> list[Shown]:
        """As they were chosen."""
        columns = [_CUSTOMER.c[name] for name in ("name", "phone", "language")]
        found = (
            select(*_ACTION.c, *columns, func.coalesce(_STATS.c.last_product, ""))
            .join(_CUSTOMER, _CUSTOMER.c.id == _ACTION.c.customer_id)
            .outerjoin(_STATS, _STATS.c.customer_id == _ACTION.c.customer_id)
            .where(_ACTION.c.day == day, _CUSTOMER.c.erased_at.is_(None))
            .order_by(_ACTION.c.id)
        )
        count = len(_ACTION.c)
        names = _ACTION.c.keys()
        return [
            Shown(TodayAction(**dict(zip(names, row[:count], strict=True))), *row[count:])
            for row in self._connection.execute(found)
        ]

    def decide(self, action_id: UUID, state: ActionState, staff_id: UUID, now: datetime) -> bool:
        """False when somebody was there before."""
        open_one = update(_ACTION).where(_ACTION.c.id == action_id, _ACTION.c.state == ActionState.OPEN)
        decided = open_one.values(state=state, decided_by=staff_id, decided_at=now)
        return self._connection.execute(decided).rowcount == 1

    # --- who could be chosen: nobody with an open case or a confirmed warning, nobody chosen a moment ago

    def late(self, today: int, limit: int) -> list[Person]:
        """Customers who came at least twice and are late, the key ones and those who brought most first."""
        late = and_(_STATS.c.stage == LifecycleStage.AT_RISK, _STATS.c.visits >= 2)
        return self._people(today, late, limit, _STATS.c.is_key.desc(), _STATS.c.revenue_minor.desc())

    def expected(self, today: int, since: datetime, until: datetime, limit: int) -> list[Person]:
        """Whose next visit is expected in this time and who came at least twice."""
        due = and_(
            _STATS.c.expected_at >= since,
            _STATS.c.expected_at < until,
            _STATS.c.visits >= 2,
            _STATS.c.stage.in_((LifecycleStage.REGULAR, LifecycleStage.LOYAL)),
        )
        return self._people(today, due, limit, _STATS.c.revenue_minor.desc())

    def once(self, today: int, since: datetime, until: datetime, limit: int) -> list[Person]:
        """Who came once, and would come again about now if at all."""
        window = and_(_STATS.c.visits == 1, _STATS.c.expected_at >= since, _STATS.c.expected_at < until)
        return self._people(today, window, limit, _STATS.c.revenue_minor.desc())

    def birthdays(self, today: int, days: Sequence[date], orders: int, limit: int) -> list[Person]:
        """Born on one of these days; key, or with so many orders within the year."""
        born = or_(*(and_(_CUSTOMER.c.birthday_month == d.month, _CUSTOMER.c.birthday_day == d.day) for d in days))
        good = or_(_STATS.c.is_key, _STATS.c.year_orders >= orders)
        return self._people(today, and_(born, good), limit, _STATS.c.revenue_minor.desc())

    def unhappy(self, today: int, since: datetime, limit: int) -> list[Person]:
        """Detractors of this time whom no case has answered since."""
        later = exists().where(_CASE.c.customer_id == _RUN.c.customer_id, _CASE.c.opened_at >= _RUN.c.answered_at)
        unhappy = and_(
            _RUN.c.kind == SurveyKind.NPS,
            _RUN.c.score_group == ScoreGroup.DETRACTOR,
            _RUN.c.answered_at >= since,
            ~later,
        )
        return self._people(today, unhappy, limit, _RUN.c.answered_at.desc(), score=_RUN.c.score)

    def _people(
        self,
        today: int,
        where: ColumnElement[bool],
        limit: int,
        *order: ColumnElement[Any],
        score: ColumnElement[Any] | None = None,
    ) -> list[Person]:
        lately = today - int(NOT_AGAIN_WITHIN / timedelta(days=1))
        was_chosen = exists().where(_ACTION.c.customer_id == _CUSTOMER.c.id, _ACTION.c.day > lately)
        has_case = exists().where(_CASE.c.customer_id == _CUSTOMER.c.id, _CASE.c.closed_at.is_(None))
        is_toxic = exists().where(
            _FLAG.c.customer_id == _CUSTOMER.c.id,
            _FLAG.c.kind == FlagKind.TOXIC,
            _FLAG.c.state == FlagState.CONFIRMED,
        )
        columns = [_CUSTOMER.c.id, *(_STATS.c[name] for name in _OF_STATS)]
        columns += [_CUSTOMER.c.birthday_month, _CUSTOMER.c.birthday_day]
        found = select(*columns, *([score] if score is not None else [])).join_from(
            _CUSTOMER, _STATS, _STATS.c.customer_id == _CUSTOMER.c.id
        )
        if score is not None:
            found = found.join(_RUN, _RUN.c.customer_id == _CUSTOMER.c.id)
        found = found.where(where, _CUSTOMER.c.erased_at.is_(None), ~was_chosen, ~has_case, ~is_toxic)
        rows = self._connection.execute(found.order_by(*order, _CUSTOMER.c.id).limit(limit))
        return [Person(*row, *(() if score is not None else (None,))) for row in rows]


NOT_AGAIN_WITHIN = timedelta(days=7)
_OF_STATS = tuple(name for name in Person._fields[1:] if name in _STATS.c)
