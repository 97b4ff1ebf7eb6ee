"""Queries: whom a survey may be put to, what was asked already, whose time is over, and who was never heard."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from storage.columns import Queries, table_of
from storage.kinds import DeliveryState, Journey, OccasionOutcome, PurchaseSource, RunEnding, SurveyKind, Touchpoint
from storage.models import (
    Case,
    Customer,
    CustomerStats,
    Identity,
    InboundEvent,
    Occasion,
    OutboxMessage,
    Purchase,
    SurveyRun,
)

_CASE = table_of(Case)
_CUSTOMER = table_of(Customer)
_EVENT = table_of(InboundEvent)
_IDENTITY = table_of(Identity)
_OCCASION = table_of(Occasion)
_OUT = table_of(OutboxMessage)
_PURCHASE = table_of(Purchase)
_RUN = table_of(SurveyRun)
_STATS = table_of(CustomerStats)

_NEVER_LEFT: Final = (DeliveryState.FAILED, DeliveryState.CANCELLED)


class Known(NamedTuple):
    """What decides whether one customer is asked, but for the channels: `asked_at` is of this survey at this kind of
    moment (or when they came to it by themselves), `surveyed_at` of any that we put to them, `heard_at` of their words.
    """

    customer_id: UUID
    known_since: datetime
    time_zone: str | None
    quiet_from: int | None
    quiet_until: int | None
    branch: str
    is_key: bool
    asked_at: datetime | None
    surveyed_at: datetime | None
    heard_at: datetime | None


class Turn(NamedTuple):
    """Somebody whose turn it may be."""

    customer_id: UUID
    time_zone: str | None
    branch: str
    is_key: bool
    asked_at: datetime | None


class Missed(NamedTuple):
    """A key customer who has told us nothing for long."""

    customer_id: UUID
    name: str
    asked_at: datetime | None
    answered_at: datetime | None


class Sampling(Queries):
    # --- the limit of a day

    def lock_limit(self, survey: str, touchpoint: Touchpoint) -> None:
        """Until this unit ends nobody else asks this: two who count at once would both see room."""
        self._lock(f"asking {survey} {touchpoint.value}")

    def asked_since(self, survey: str, touchpoint: Touchpoint, since: datetime) -> dict[str, int]:
        """How many were asked since then, by branch."""
        asked = select(_RUN.c.branch, func.count()).where(
            _RUN.c.survey == survey, _RUN.c.asked_at >= since, _RUN.c.touchpoint == touchpoint
        )
        return {row[0]: row[1] for row in self._connection.execute(asked.group_by(_RUN.c.branch))}

    # --- whom

    def zones(self) -> list[str | None]:
        """The time zones of all customers; None is the business's own."""
        return list(self._connection.execute(select(_CUSTOMER.c.time_zone).distinct()).scalars())

    def turns(
        self,
        survey: str,
        kind: SurveyKind,
        asked_before: datetime,
        known_before: datetime,
        occurrence: str,
        *,
        after: UUID | None = None,
        only: Collection[UUID] | None = None,
        limit: int,
    ) -> list[Turn]:
        """Customers with a chat, known for long enough, whom nobody asked this since `asked_before`, and who were not
        refused today (`occurrence` names the day); by id. `only`: of these."""
        mine = (_same(survey, kind), _RUN.c.customer_id == _CUSTOMER.c.id)
        was_refused = exists().where(
            _OCCASION.c.journey == Journey.SURVEY,
            _OCCASION.c.customer_id == _CUSTOMER.c.id,
            _OCCASION.c.occurrence == occurrence,
        )
        found = (
            _with_stats(*_TURN, _last(_RUN.c.asked_at, *mine, _counts()).label("asked_at"))
            .where(_CUSTOMER.c.created_at <= known_before)
            .where(~exists().where(*mine, _RUN.c.asked_at > asked_before, _counts()), ~was_refused)
            .where(_HAS_CHAT)
        )
        if only is not None:
            found = found.where(_CUSTOMER.c.id.in_(only))
        if after is not None:
            found = found.where(_CUSTOMER.c.id > after)
        rows = self._connection.execute(found.order_by(_CUSTOMER.c.id).limit(limit))
        return [Turn(*row) for row in rows]

    def known(
        self, survey: str, kind: SurveyKind, touchpoint: Touchpoint, customer_ids: Collection[UUID]
    ) -> dict[UUID, Known]:
        """Of each of these who is there, in one statement."""
        asked = {
            "survey": survey,
            "kind": kind,
            "touchpoints": [touchpoint, Touchpoint.MENU],
            "ids": list(customer_ids),
        }
        rows = self._connection.execute(_KNOWN[kind is SurveyKind.NPS], asked)
        return {row[0]: Known(*row) for row in rows}

    def count(self) -> int:
        """Customers with a chat."""
        return self._count(_with_stats(func.count()).where(_HAS_CHAT))

    def sample(self, count: int, size: int) -> list[UUID]:
        """At most `size` of the `count` customers with a chat, evenly from the oldest to the newest."""
        place = func.row_number().over(order_by=_CUSTOMER.c.id).label("place")
        numbered = _with_stats(_CUSTOMER.c.id, place).where(_HAS_CHAT).subquery()
        step = max(1, -(-count // size))
        spread = select(numbered.c.id).where((numbered.c.place - 1) % step == 0)
        return list(self._connection.execute(spread.order_by(numbered.c.id)).scalars())

    # --- after what

    def visits(self, since: datetime, until: datetime, after: Purchase | None, limit: int) -> list[Purchase]:
        """Orders of this time that nobody was asked about yet, of customers with a chat: of each its first line; oldest
        first. What was given back is no visit, and what an import brings lies in the past."""
        other = _PURCHASE.alias("other")
        is_further_line = exists().where(
            other.c.customer_id == _PURCHASE.c.customer_id,
            other.c.order_key == _PURCHASE.c.order_key,
            other.c.id < _PURCHASE.c.id,
        )
        due = select(_PURCHASE).where(
            _PURCHASE.c.at >= since,
            _PURCHASE.c.at <= until,
            _PURCHASE.c.source != PurchaseSource.IMPORT,
            _PURCHASE.c.amount_minor > _PURCHASE.c.returned_minor,
            exists().where(_IDENTITY.c.customer_id == _PURCHASE.c.customer_id),
            ~is_further_line,
            ~_is_occasion(Journey.CSAT_AFTER_PURCHASE, _PURCHASE.c.customer_id, _hex(_PURCHASE.c.id)),
        )
        if after is not None:
            is_later = and_(_PURCHASE.c.at == after.at, _PURCHASE.c.id > after.id)
            due = due.where(or_(_PURCHASE.c.at > after.at, is_later))
        return self._all(Purchase, due.order_by(_PURCHASE.c.at, _PURCHASE.c.id).limit(limit))

    def closed_cases(self, since: datetime, until: datetime, after: Case | None, limit: int) -> list[Case]:
        """Cases closed in this time that nobody was asked about since, of customers with a chat; oldest first."""
        occurrence = literal("case:", String) + _hex(_CASE.c.id) + ":" + cast(_CASE.c.reopened, String)
        due = select(_CASE).where(
            _CASE.c.closed_at >= since,
            _CASE.c.closed_at <= until,
            exists().where(_IDENTITY.c.customer_id == _CASE.c.customer_id),
            ~_is_occasion(Journey.SURVEY, _CASE.c.customer_id, occurrence),
        )
        if after is not None:
            is_later = and_(_CASE.c.closed_at == after.closed_at, _CASE.c.id > after.id)
            due = due.where(or_(_CASE.c.closed_at > after.closed_at, is_later))
        return self._all(Case, due.order_by(_CASE.c.closed_at, _CASE.c.id).limit(limit))

    def was_asked_about(self, case_id: UUID) -> bool:
        """Whether somebody was asked how this case was solved, and it was not taken back."""
        about = and_(_RUN.c.case_id == case_id, _RUN.c.touchpoint == Touchpoint.CASE)
        stands = or_(_RUN.c.ending.is_(None), _RUN.c.ending != RunEnding.CANCELLED)
        return self._count(select(func.count()).where(about, stands, _counts())) > 0

    # --- a run's life

    def note_asked(
        self, customer_id: UUID, outbox_id: UUID, asked_at: datetime, expires_at: datetime, staff_id: UUID | None
    ) -> None:
        """Of the run that was just opened: its message, when it ends, and whose work it is about."""
        just_now = and_(_RUN.c.customer_id == customer_id, _RUN.c.closed_at.is_(None), _RUN.c.asked_at == asked_at)
        told = {"outbox_id": outbox_id, "expires_at": expires_at, "staff_id": staff_id}
        self._connection.execute(update(_RUN).where(just_now).values(told))

    def to_remind(
        self, survey: str, touchpoint: Touchpoint, since: datetime, until: datetime, now: datetime, limit: int
    ) -> list[SurveyRun]:
        """Runs asked in this time whose question arrived and got no word and no reminder; oldest first."""
        silent = (
            select(_RUN)
            .join(_OUT, _OUT.c.id == _RUN.c.outbox_id)
            .where(_RUN.c.survey == survey, _RUN.c.touchpoint == touchpoint)
            .where(_RUN.c.asked_at >= since, _RUN.c.asked_at <= until, _RUN.c.expires_at > now)
            .where(_OUT.c.state == DeliveryState.SENT, *_IS_SILENT)
        )
        return self._all(SurveyRun, silent.order_by(_RUN.c.asked_at, _RUN.c.id).limit(limit))

    def note_reminded(self, run_id: UUID, now: datetime) -> bool:
        """False when it was answered, closed or reminded of meanwhile."""
        silent = update(_RUN).where(_RUN.c.id == run_id, *_IS_SILENT)
        return self._connection.execute(silent.values(reminded_at=now)).rowcount == 1

    def close_over(self, now: datetime, unfinished_since: datetime, menu: str, limit: int) -> int:
        """End the runs whose time is over, with what was said; how many. One that is answered this very moment is not
        over when its turn comes: nothing but the end is written.

        Those whose name begins with `menu` only waited for words that never came: nothing is left of them."""
        is_over = or_(
            and_(_RUN.c.answered_at.is_(None), _RUN.c.expires_at <= now), _RUN.c.answered_at <= unfinished_since
        )
        is_of_menu = _RUN.c.survey.startswith(menu, autoescape=True)
        over = and_(_RUN.c.closed_at.is_(None), is_over)
        dropped = self._connection.execute(delete(_RUN).where(over, is_of_menu)).rowcount
        return dropped + self._end(select(_RUN.c.id).where(over).limit(limit), is_over, now)

    def close_undelivered(self, now: datetime, limit: int) -> int:
        """End the runs whose question never left: other words of theirs are no answer to it (feature CS7)."""
        never_left = exists().where(_OUT.c.id == _RUN.c.outbox_id, _OUT.c.state.in_(_NEVER_LEFT))
        unheard = and_(_RUN.c.answered_at.is_(None), never_left)
        return self._end(select(_RUN.c.id).where(_RUN.c.closed_at.is_(None), unheard).limit(limit), unheard, now)

    def _end(self, which: Select[tuple[UUID]], because: ColumnElement[bool], now: datetime) -> int:
        ids = list(self._connection.execute(which).scalars())
        ended = update(_RUN).where(_RUN.c.id.in_(ids), _RUN.c.closed_at.is_(None), because)
        done = self._connection.execute(ended.values(closed_at=now, ending=RunEnding.EXPIRED))
        return done.rowcount if ids else 0

    # --- what came of it

    def outcomes(self, journey: Journey, since: datetime, begins: str = "") -> dict[tuple[OccasionOutcome, str], int]:
        """How often each outcome and reason was, of the occasions whose name begins so."""
        counted = select(_OCCASION.c.outcome, _OCCASION.c.reason, func.count()).where(
            _OCCASION.c.journey == journey,
            _OCCASION.c.at >= since,
            _OCCASION.c.occurrence.startswith(begins, autoescape=True),
        )
        rows = self._connection.execute(counted.group_by(_OCCASION.c.outcome, _OCCASION.c.reason))
        return {(row[0], row[1]): row[2] for row in rows}

    def undelivered(self, survey: str, touchpoint: Touchpoint, since: datetime) -> dict[str, int]:
        """How many questions never left, by the reason that the delivery gave."""
        never_left = (
            select(_OUT.c.reason, func.count())
            .join_from(_RUN, _OUT, _OUT.c.id == _RUN.c.outbox_id)
            .where(_RUN.c.survey == survey, _RUN.c.asked_at >= since, _RUN.c.touchpoint == touchpoint)
            .where(_OUT.c.state.in_(_NEVER_LEFT))
            .group_by(_OUT.c.reason)
        )
        return {row[0] or "": row[1] for row in self._connection.execute(never_left)}

    def missed(self, since: datetime, known_before: datetime, limit: int) -> list[Missed]:
        """Key customers, known for long enough, who have answered nothing since then; who waits longest first."""
        mine = _RUN.c.customer_id == _CUSTOMER.c.id
        answered = _last(_RUN.c.answered_at, mine)
        rows = (
            _with_stats(_CUSTOMER.c.id, _CUSTOMER.c.name, _last(_RUN.c.asked_at, mine, _counts()), answered)
            .where(_STATS.c.is_key.is_(True), _CUSTOMER.c.created_at <= known_before)
            .where(or_(answered.is_(None), answered < since))
            .order_by(answered.is_not(None), answered, _CUSTOMER.c.id)
        )
        return [Missed(*row) for row in self._connection.execute(rows.limit(limit))]

    def branches(self, since: datetime, limit: int) -> list[str]:
        """Where something was sold since then, by name."""
        named = select(_PURCHASE.c.branch).where(_PURCHASE.c.at >= since, _PURCHASE.c.branch != "").distinct()
        return list(self._connection.execute(named.order_by(_PURCHASE.c.branch).limit(limit)).scalars())


_BRANCH: Final = func.coalesce(_STATS.c.last_branch, "").label("branch")
_IS_KEY: Final = func.coalesce(_STATS.c.is_key, False).label("is_key")
_TURN: Final = (_CUSTOMER.c.id, _CUSTOMER.c.time_zone, _BRANCH, _IS_KEY)
_HAS_CHAT: Final = exists().where(_IDENTITY.c.customer_id == _CUSTOMER.c.id)
_IS_SILENT: Final = (
    _RUN.c.closed_at.is_(None),
    _RUN.c.answered_at.is_(None),
    _RUN.c.comment.is_(None),
    _RUN.c.reminded_at.is_(None),
)


def _same(survey: str, kind: SurveyKind) -> ColumnElement[bool]:
    """The same question: a recommendation is one, whatever its survey is called (feature NP5)."""
    return _RUN.c.kind == kind if kind is SurveyKind.NPS else _RUN.c.survey == survey


def _with_stats(*columns: Any) -> Select[Any]:
    both = _CUSTOMER.outerjoin(_STATS, _STATS.c.customer_id == _CUSTOMER.c.id)
    return select(*columns).select_from(both).where(_CUSTOMER.c.erased_at.is_(None))


def _last(column: Any, *which: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The newest such moment among a customer's runs."""
    return select(func.max(column, type_=column.type)).where(*which).correlate(_CUSTOMER).scalar_subquery()


def _counts() -> ColumnElement[bool]:
    """A question that never left was never asked, unless they answered it all the same."""
    out = _OUT.alias("question")
    never_left = exists().where(out.c.id == _RUN.c.outbox_id, out.c.state.in_(_NEVER_LEFT))
    return or_(_RUN.c.answered_at.is_not(None), ~never_left)


def _is_occasion(
    journey: Journey, customer_id: ColumnElement[UUID], occurrence: ColumnElement[Any]
) -> ColumnElement[bool]:
    return exists().where(
        _OCCASION.c.journey == journey,
        _OCCASION.c.customer_id == customer_id,
        _OCCASION.c.occurrence == occurrence,
    )


def _hex(column: ColumnElement[UUID]) -> ColumnElement[Any]:
    """An id without dashes, as an occasion's name has it."""
    return func.replace(cast(column, String), "-", "")


def _known(is_same: ColumnElement[bool]) -> Select[Any]:
    mine = _RUN.c.customer_id == _CUSTOMER.c.id
    at_such_moments = _RUN.c.touchpoint.in_(bindparam("touchpoints", expanding=True))
    said = (
        select(_EVENT.c.received_at)
        .where(_EVENT.c.customer_id == _CUSTOMER.c.id, _EVENT.c.text != "")
        .order_by(_EVENT.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return _with_stats(
        _CUSTOMER.c.id,
        _CUSTOMER.c.created_at,
        _CUSTOMER.c.time_zone,
        _CUSTOMER.c.quiet_from,
        _CUSTOMER.c.quiet_until,
        _BRANCH,
        _IS_KEY,
        _last(_RUN.c.asked_at, mine, is_same, at_such_moments, _counts()),
        _last(_RUN.c.asked_at, mine, _RUN.c.touchpoint != Touchpoint.MENU),
        said,
    ).where(_CUSTOMER.c.id.in_(bindparam("ids", expanding=True)))


_KNOWN: Final = {
    is_relation: _known(_RUN.c.kind == bindparam("kind") if is_relation else _RUN.c.survey == bindparam("survey"))
    for is_relation in (True, False)
}
"""Made once, by whether it is about the recommendation: to make it takes longer than to run it."""
