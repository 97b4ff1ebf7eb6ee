"""Queries: everything that happened with one customer, whatever table remembers it, newest first (feature ID6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, String, Uuid, and_, case, cast, func, literal, or_, select

from storage.columns import Queries, table_of
from storage.kinds import MessageKind, MoveKind, PointsAccount, PointsKind
from storage.models import (
    Case,
    Consent,
    Customer,
    Flag,
    InboundEvent,
    Membership,
    Occasion,
    OutboxMessage,
    PointsOperation,
    PointsTransfer,
    ProfileQuestion,
    PromoCampaign,
    PromoCode,
    Purchase,
    Redemption,
    StatusMove,
    SurveyRun,
    TopicChoice,
)


class Kind(StrEnum):
    """What a reader can ask for alone."""

    PURCHASE = "purchase"
    POINTS = "points"
    PROMO = "promo"
    MESSAGE = "message"
    SURVEY = "survey"
    CASE = "case"
    JOURNEY = "journey"
    FLAG = "flag"
    CONSENT = "consent"
    PROFILE = "profile"
    STATUS = "status"


class What(StrEnum):
    """What happened. Of two at one moment the one that stands lower here is the newer."""

    FIRST_SEEN = "first_seen"
    CONSENT = "consent"
    TOPIC = "topic"
    QUESTION = "question"
    BIRTHDAY = "birthday"
    CARD = "card"
    SAID = "said"
    CASE_OPENED = "case_opened"
    PURCHASE = "purchase"
    CODE_USED = "code_used"
    POINTS = "points"
    MOVED = "moved"
    OCCASION = "occasion"
    CODE_ISSUED = "code_issued"
    SURVEY_ASKED = "survey_asked"
    SURVEY_ANSWERED = "survey_answered"
    TOLD = "told"
    CASE_CLOSED = "case_closed"
    FLAG_FOUND = "flag_found"
    FLAG_DECIDED = "flag_decided"


_RANK: Final = {what: rank for rank, what in enumerate(What)}


class Place(NamedTuple):
    """Where a page of the timeline ended: the next one goes on below it. `str` of it goes into an address."""

    at: datetime
    what: What
    key: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}|{self.what.value}|{self.key}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `values` are columns of its row, named in `_SOURCES` below."""

    at: datetime
    kind: Kind
    what: What
    key: str
    values: dict[str, Any]

    @property
    def place(self) -> Place:
        return Place(self.at, self.what, self.key)


class _Source(NamedTuple):
    """One table as the timeline sees it."""

    kind: Kind
    what: What
    owner: ColumnElement[Any]
    at: ColumnElement[Any]
    key: ColumnElement[Any]
    values: dict[str, ColumnElement[Any]]
    rows: FromClause
    only: tuple[ColumnElement[bool], ...] = ()

    def page(self, customer_id: UUID, before: Place | None, limit: int) -> Select[Any]:
        columns = [column.label(name) for name, column in self.values.items()]
        rows = select(self.at.label("entry_at"), self.key.label("entry_key"), *columns).select_from(self.rows)
        rows = rows.where(self.owner == customer_id, self.at.is_not(None), *self.only)
        if before is not None:
            rows = rows.where(self._is_below(before))
        return rows.order_by(self.at.desc(), self.key.desc()).limit(limit)

    def _is_below(self, place: Place) -> ColumnElement[bool]:
        """Older than the place; of the same moment only what was not shown above it."""
        older = self.at < place.at
        if _RANK[self.what] > _RANK[place.what]:
            return older
        if _RANK[self.what] < _RANK[place.what]:
            return self.at <= place.at
        key = UUID(place.key) if isinstance(self.key.type, Uuid) else place.key
        return or_(older, and_(self.at == place.at, self.key < key))


_CUSTOMER = table_of(Customer)
_CONSENT = table_of(Consent)
_TOPIC = table_of(TopicChoice)
_QUESTION = table_of(ProfileQuestion)
_PURCHASE = table_of(Purchase)
_MEMBER = table_of(Membership)
_POINTS = table_of(PointsOperation)
_TRANSFER = table_of(PointsTransfer)
_OCCASION = table_of(Occasion)
_CAMPAIGN = table_of(PromoCampaign)
_CODE = table_of(PromoCode)
_USE = table_of(Redemption)
_EVENT = table_of(InboundEvent)
_OUT = table_of(OutboxMessage)
_RUN = table_of(SurveyRun)
_CASE = table_of(Case)
_FLAG = table_of(Flag)
_MOVE = table_of(StatusMove)

_ISSUED = _CODE.join(_CAMPAIGN, _CAMPAIGN.c.id == _CODE.c.campaign_id)
_USED = _USE.join(_CODE, _CODE.c.code == _USE.c.code).join(_CAMPAIGN, _CAMPAIGN.c.id == _CODE.c.campaign_id)
_OWN: Final = (PointsAccount.AVAILABLE, PointsAccount.PENDING, PointsAccount.OWED)
_NET: Final = (
    select(
        func.coalesce(
            func.sum(
                case((_TRANSFER.c.target.in_(_OWN), _TRANSFER.c.points), else_=0)
                - case((_TRANSFER.c.source.in_(_OWN), _TRANSFER.c.points), else_=0)
            ),
            0,
        )
    )
    .where(_TRANSFER.c.operation_id == _POINTS.c.id)
    .scalar_subquery()
)
_WORTH: Final = {
    "code": _CODE.c.code,
    "prefix": _CAMPAIGN.c.code_prefix,
    "campaign": _CAMPAIGN.c.name,
    "promo": _CAMPAIGN.c.kind,
    "value": _CAMPAIGN.c.value,
}


def _pick(table: FromClause, *names: str) -> dict[str, ColumnElement[Any]]:
    return {name: table.c[name] for name in names}


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    return cast(column, String)


def _of(
    what: What,
    kind: Kind,
    table: FromClause,
    at: str,
    key: str,
    *names: str,
    only: tuple[ColumnElement[bool], ...] = (),
) -> _Source:
    return _Source(kind, what, table.c.customer_id, table.c[at], table.c[key], _pick(table, *names), table, only)


_SOURCES: Final = (
    _Source(
        Kind.PROFILE,
        What.FIRST_SEEN,
        _CUSTOMER.c.id,
        _CUSTOMER.c.created_at,
        _CUSTOMER.c.id,
        {"entry": _CUSTOMER.c.source},
        _CUSTOMER,
    ),
    _Source(
        Kind.PROFILE,
        What.BIRTHDAY,
        _CUSTOMER.c.id,
        _CUSTOMER.c.birthday_set_at,
        _CUSTOMER.c.id,
        _pick(_CUSTOMER, "birthday_month", "birthday_day", "birth_year"),
        _CUSTOMER,
    ),
    _Source(
        Kind.PROFILE,
        What.QUESTION,
        _QUESTION.c.customer_id,
        func.coalesce(_QUESTION.c.answered_at, _QUESTION.c.asked_at),
        _text(_QUESTION.c.field),
        _pick(_QUESTION, "field", "answer"),
        _QUESTION,
    ),
    _Source(
        Kind.CONSENT,
        What.TOPIC,
        _TOPIC.c.customer_id,
        _TOPIC.c.changed_at,
        _text(_TOPIC.c.topic) + literal(":") + _text(_TOPIC.c.channel),
        _pick(_TOPIC, "topic", "channel", "is_on"),
        _TOPIC,
    ),
    _of(What.CONSENT, Kind.CONSENT, _CONSENT, "at", "id", "purpose", "action", "text_version", "language", "bot_id"),
    _of(What.CARD, Kind.POINTS, _MEMBER, "joined_at", "card_number", "card_number"),
    _Source(
        Kind.POINTS,
        What.POINTS,
        _POINTS.c.customer_id,
        _POINTS.c.at,
        _POINTS.c.id,
        {"points": _NET, **_pick(_POINTS, "kind", "reason", "staff_id")},
        _POINTS,
        (_POINTS.c.kind != PointsKind.OPENING,),
    ),
    _of(
        What.PURCHASE,
        Kind.PURCHASE,
        _PURCHASE,
        "at",
        "id",
        "amount_minor",
        "currency",
        "product",
        "source",
        "recorded_by",
    ),
    _Source(
        Kind.PROMO,
        What.CODE_ISSUED,
        _CODE.c.customer_id,
        _CODE.c.issued_at,
        _CODE.c.code,
        {**_WORTH, **_pick(_CODE, "expires_at", "used", "max_uses")},
        _ISSUED,
    ),
    _Source(
        Kind.PROMO,
        What.CODE_USED,
        _USE.c.customer_id,
        _USE.c.at,
        _USE.c.key,
        {**_WORTH, "staff_id": _USE.c.staff_id},
        _USED,
    ),
    _of(
        What.SAID,
        Kind.MESSAGE,
        _EVENT,
        "received_at",
        "id",
        *("text", "earlier", "bot_id", "file_id"),
        only=(or_(_EVENT.c.text != "", _EVENT.c.file_id.is_not(None)),),
    ),
    _of(
        What.TOLD,
        Kind.MESSAGE,
        _OUT,
        "created_at",
        "id",
        *("kind", "body", "state", "reason", "is_possible_duplicate", "not_before"),
        *("bot_id", "staff_id", "journey"),
        only=(_OUT.c.kind.not_in((MessageKind.OPERATOR_ALERT, MessageKind.NAMELESS)),),
    ),
    # Not what only waits for words of their own.
    _of(
        What.SURVEY_ASKED,
        Kind.SURVEY,
        _RUN,
        "asked_at",
        "id",
        *("kind", "bot_id", "score"),
        only=(_RUN.c.survey.not_like("menu.%"),),
    ),
    _of(
        What.SURVEY_ANSWERED,
        Kind.SURVEY,
        _RUN,
        "answered_at",
        "id",
        "kind",
        "score",
        "score_group",
        "comment",
        "bot_id",
    ),
    _of(What.CASE_OPENED, Kind.CASE, _CASE, "opened_at", "id", "origin", "urgency", "summary", "bot_id"),
    _of(What.CASE_CLOSED, Kind.CASE, _CASE, "closed_at", "id", "cause", "action", "closed_by"),
    _of(What.OCCASION, Kind.JOURNEY, _OCCASION, "at", "id", "journey", "outcome", "reason"),
    _of(What.FLAG_FOUND, Kind.FLAG, _FLAG, "found_at", "id", "kind", "evidence"),
    _of(What.FLAG_DECIDED, Kind.FLAG, _FLAG, "decided_at", "id", "kind", "state", "decided_by", "expires_at"),
    # Not from one RFM name to another: those are ranks, and change with what others buy.
    _of(
        What.MOVED,
        Kind.STATUS,
        _MOVE,
        "at",
        "id",
        *("kind", "before", "after", "reason"),
        only=(_MOVE.c.kind != MoveKind.RFM,),
    ),
)


_HAS_UUID: Final = frozenset(source.what for source in _SOURCES if isinstance(source.key.type, Uuid))


def place_of(text: str) -> Place | None:
    """The way back from `str(place)`; None when it is not one."""
    at, _, rest = text.partition("|")
    what, _, key = rest.partition("|")
    try:
        place = Place(datetime.fromisoformat(at), What(what), key)
        if place.what in _HAS_UUID:
            UUID(key)
    except ValueError:
        return None
    return place if place.at.tzinfo and key.isprintable() else None


class Timeline(Queries):
    def page(
        self, customer_id: UUID, limit: int, *, before: Place | None = None, kinds: Collection[Kind] = tuple(Kind)
    ) -> list[Entry]:
        """The newest `limit` entries below a place, newest first: so many of each table, put into one order."""
        pages = [self._read(source, customer_id, before, limit) for source in _SOURCES if source.kind in kinds]
        newest = merge(*pages, key=lambda entry: (entry.at, _RANK[entry.what]), reverse=True)
        return list(islice(newest, limit))

    def _read(self, source: _Source, customer_id: UUID, before: Place | None, limit: int) -> list[Entry]:
        rows = self._connection.execute(source.page(customer_id, before, limit)).mappings()
        return [
            Entry(
                row["entry_at"],
                source.kind,
                source.what,
                str(row["entry_key"]),
                {name: row[name] for name in source.values},
            )
            for row in rows
        ]
