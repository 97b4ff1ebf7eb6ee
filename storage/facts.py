"""Queries: the facts of a turn in one statement: who writes, what was asked, who helps them, what they allowed."""

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, TypeVar

from sqlalchemy import Row, ScalarSelect, String, Table, and_, bindparam, case, exists, or_, select
from sqlmodel import SQLModel

from storage.columns import Queries, channel_prefix, table_of
from storage.kinds import CLOSED_REACH, ConsentAction, ConsentPurpose, ProfileAnswer
from storage.models import Case, Consent, Customer, Identity, ProfileQuestion, SurveyRun, SurveyVersion, TillForm

Model = TypeVar("Model", bound=SQLModel)

_CUSTOMER = table_of(Customer)
_IDENTITY = table_of(Identity)
_RUN = table_of(SurveyRun)
_VERSION = table_of(SurveyVersion)
_CASE = table_of(Case)
_CONSENT = table_of(Consent)
_QUESTION = table_of(ProfileQuestion)
_TILL = table_of(TillForm)


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What the storage knows about the customer of one chat at this moment."""

    customer: Customer
    survey: SurveyRun | None
    case: Case | None
    consents: dict[ConsentPurpose, ConsentAction]
    question: ProfileQuestion | None = None
    """What they were asked about themselves and did not answer yet."""
    till: TillForm | None = None
    """The till that a cashier has open in this chat."""
    definition: dict[str, Any] | None = None
    """What the open survey asks, as its run's version has it; nothing for those that are built in."""
    seen_at: datetime | None = None
    """When they last wrote from this chat, as far as it was noted; nothing for a chat that is new or must be noted."""


def _newest_decision(purpose: ConsentPurpose) -> ScalarSelect[ConsentAction]:
    decisions = select(_CONSENT.c.action).where(_CONSENT.c.customer_id == _CUSTOMER.c.id, _CONSENT.c.purpose == purpose)
    if purpose is ConsentPurpose.ADVERTISING:  # as it counts in the channel of this chat (decision 8)
        is_here = _CONSENT.c.bot_id.startswith(bindparam("channel", type_=String))
        decisions = decisions.where(or_(is_here, _CONSENT.c.action == ConsentAction.WITHDRAWN))
    return decisions.order_by(_CONSENT.c.id.desc()).limit(1).scalar_subquery()


_OPEN = _RUN.alias("open_run")
_OPEN_RUN = (
    select(_OPEN.c.id)
    .where(_OPEN.c.customer_id == _CUSTOMER.c.id, _OPEN.c.closed_at.is_(None), _OPEN.c.expires_at > bindparam("now"))
    .order_by(_OPEN.c.asked_at.desc(), _OPEN.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_OTHER = _IDENTITY.alias("other")
_WAS_ELSEWHERE = exists().where(
    _OTHER.c.customer_id == _IDENTITY.c.customer_id,
    _OTHER.c.seen_at >= _IDENTITY.c.seen_at,
    or_(_OTHER.c.bot_id != _IDENTITY.c.bot_id, _OTHER.c.user_id != _IDENTITY.c.user_id),
)
# NULL where the chat must be noted anew, whatever the minute: the customer was elsewhere since, or had closed it to us.
_NOTED = case(
    (or_(_WAS_ELSEWHERE, _IDENTITY.c.reach.in_(CLOSED_REACH)), None),
    else_=_IDENTITY.c.seen_at,
)
# The columns of the five tables stand one after another, so a row is cut into models by position.
_FACTS = (
    select(
        _CUSTOMER,
        _RUN,
        _CASE,
        _QUESTION,
        _TILL,
        _NOTED.label("seen_at"),
        _VERSION.c.definition.label("definition"),
        *(_newest_decision(purpose).label(f"consent_{purpose.value}") for purpose in ConsentPurpose),
    )
    .join(_IDENTITY, _IDENTITY.c.customer_id == _CUSTOMER.c.id)
    .outerjoin(_RUN, _RUN.c.id == _OPEN_RUN)
    .outerjoin(_VERSION, and_(_VERSION.c.slug == _RUN.c.survey, _VERSION.c.version == _RUN.c.version))
    .outerjoin(_CASE, and_(_CASE.c.customer_id == _CUSTOMER.c.id, _CASE.c.closed_at.is_(None)))
    .outerjoin(_QUESTION, and_(_QUESTION.c.customer_id == _CUSTOMER.c.id, _QUESTION.c.answer == ProfileAnswer.OPEN))
    .outerjoin(
        _TILL,
        and_(
            _TILL.c.bot_id == _IDENTITY.c.bot_id,
            _TILL.c.user_id == _IDENTITY.c.user_id,
            _TILL.c.expires_at > bindparam("now"),
        ),
    )
    .where(_IDENTITY.c.bot_id == bindparam("bot"), _IDENTITY.c.user_id == bindparam("user"))
)
_CUTS = tuple(accumulate((len(table.c) for table in (_CUSTOMER, _RUN, _CASE, _QUESTION, _TILL)), initial=0))


class Facts(Queries):
    def of_chat(self, bot_id: str, user_id: str, now: datetime) -> TurnFacts | None:
        """None for a stranger. Expired surveys and closed cases do not count."""
        asked = {"bot": bot_id, "user": user_id, "now": now, "channel": channel_prefix(bot_id)}
        row = self._connection.execute(_FACTS, asked).first()
        if row is None:
            return None
        customer = _cut(Customer, _CUSTOMER, row, _CUTS[0])
        assert customer is not None
        decisions = zip(ConsentPurpose, row[_CUTS[5] + 2 :], strict=True)
        return TurnFacts(
            customer,
            _cut(SurveyRun, _RUN, row, _CUTS[1]),
            _cut(Case, _CASE, row, _CUTS[2]),
            {purpose: action for purpose, action in decisions if action is not None},
            _cut(ProfileQuestion, _QUESTION, row, _CUTS[3]),
            _cut(TillForm, _TILL, row, _CUTS[4]),
            row.definition,
            row.seen_at,
        )


def _cut(model: type[Model], table: Table, row: Row[Any], start: int) -> Model | None:
    values = row[start : start + len(table.c)]
    if values[0] is None:
        return None
    return model(**dict(zip(table.c.keys(), values, strict=True)))
