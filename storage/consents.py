"""Queries: what customers agreed to, and the facts behind «may we write to them?»."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, exists, or_, select

from storage.columns import Queries, channel_prefix, table_of
from storage.kinds import ConsentAction, ConsentPurpose, FlagKind, FlagState, ReachStatus, Topic
from storage.models import Bot, Case, Consent, Customer, Flag, Identity, TopicChoice

_CONSENT = table_of(Consent)
_IDENTITY = table_of(Identity)
_CASE = table_of(Case)
_CUSTOMER = table_of(Customer)
_FLAG = table_of(Flag)
_CHOICE = table_of(TopicChoice)
_BOT = table_of(Bot)


@dataclass(frozen=True, slots=True)
class WriteRow:
    """What the storage knows about writing to one identity."""

    customer_id: UUID
    reach: ReachStatus
    personal_data: ConsentAction | None
    advertising: ConsentAction | None
    has_open_case: bool
    is_toxic: bool
    switched_off: frozenset[Topic]
    paused_until: datetime | None
    time_zone: str | None
    quiet_from: int | None
    quiet_until: int | None


class Consents(Queries):
    def add(self, consent: Consent) -> None:
        self._insert(consent)

    def latest(self, customer_id: UUID) -> dict[ConsentPurpose, ConsentAction]:
        """The newest decision about each purpose; a purpose never asked about is missing."""
        said = select(_CONSENT.c.purpose, _CONSENT.c.action).where(_CONSENT.c.customer_id == customer_id)
        return {row.purpose: row.action for row in self._connection.execute(said.order_by(_CONSENT.c.id))}

    def history(self, customer_id: UUID) -> list[Consent]:
        return self._all(Consent, select(_CONSENT).where(_CONSENT.c.customer_id == customer_id).order_by(_CONSENT.c.id))

    def facts(self, bot_id: str, user_ids: Sequence[str]) -> dict[str, WriteRow]:
        """For each of these identities: everything that decides whether we may write to them now."""
        asked = {"bot": bot_id, "channel": channel_prefix(bot_id), "users": user_ids}
        off = self._switched_off(asked)
        return {
            row.user_id: WriteRow(
                row.customer_id,
                row.reach,
                row.personal_data,
                row.advertising,
                bool(row.has_open_case),
                bool(row.is_toxic),
                off.get(row.user_id, frozenset()),
                row.paused_until,
                row.time_zone,
                row.quiet_from,
                row.quiet_until,
            )
            for row in self._connection.execute(_FACTS, asked)
        }

    def _switched_off(self, asked: Mapping[str, Any]) -> dict[str, frozenset[Topic]]:
        """The topics switched off on this bot's channel, by identity."""
        found: dict[str, frozenset[Topic]] = {}
        for user_id, topic in self._connection.execute(_SWITCHED_OFF, asked):
            found[user_id] = found.get(user_id, frozenset()) | {topic}
        return found


def _newest(purpose: ConsentPurpose, *which: ColumnElement[bool]) -> ScalarSelect[ConsentAction]:
    said = select(_CONSENT.c.action).where(
        _CONSENT.c.customer_id == _IDENTITY.c.customer_id, _CONSENT.c.purpose == purpose, *which
    )
    return said.order_by(_CONSENT.c.id.desc()).limit(1).scalar_subquery()


# Made once: nobody is written to without them, and to make them takes longer than to run them.

_IS_ASKED: Final = and_(
    _IDENTITY.c.bot_id == bindparam("bot"), _IDENTITY.c.user_id.in_(bindparam("users", expanding=True))
)
_COUNTS_HERE: Final = or_(
    _CONSENT.c.bot_id.startswith(bindparam("channel")), _CONSENT.c.action == ConsentAction.WITHDRAWN
)
"""A yes and a no count on the channel where they were said, a withdrawal everywhere (decision 8)."""
_HAS_CASE: Final = exists().where(_CASE.c.customer_id == _IDENTITY.c.customer_id, _CASE.c.closed_at.is_(None))
_IS_TOXIC: Final = exists().where(
    _FLAG.c.customer_id == _IDENTITY.c.customer_id,
    _FLAG.c.kind == FlagKind.TOXIC,
    _FLAG.c.state == FlagState.CONFIRMED,
)
_FACTS: Final = (
    select(
        _IDENTITY.c.user_id,
        _IDENTITY.c.customer_id,
        _IDENTITY.c.reach,
        _newest(ConsentPurpose.PERSONAL_DATA).label("personal_data"),
        _newest(ConsentPurpose.ADVERTISING, _COUNTS_HERE).label("advertising"),
        _HAS_CASE.label("has_open_case"),
        _IS_TOXIC.label("is_toxic"),
        _CUSTOMER.c.paused_until,
        _CUSTOMER.c.time_zone,
        _CUSTOMER.c.quiet_from,
        _CUSTOMER.c.quiet_until,
    )
    .join(_CUSTOMER, _CUSTOMER.c.id == _IDENTITY.c.customer_id)
    .where(_IS_ASKED)
)
_SWITCHED_OFF: Final = (
    select(_IDENTITY.c.user_id, _CHOICE.c.topic)
    .join(_CHOICE, _CHOICE.c.customer_id == _IDENTITY.c.customer_id)
    .join(_BOT, and_(_BOT.c.id == _IDENTITY.c.bot_id, _BOT.c.channel == _CHOICE.c.channel))
    .where(_IS_ASKED, _CHOICE.c.is_on.is_(False))
)
