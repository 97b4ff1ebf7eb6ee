"""Queries: the list of customers, found by a name, a phone or a card, with what the list shows of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from storage.columns import Queries, table_of
from storage.kinds import BatchState, FlagKind, FlagState, LifecycleStage, RfmSegment
from storage.models import (
    Customer,
    CustomerKey,
    CustomerStats,
    Flag,
    Identity,
    Membership,
    PointsBatch,
    Purchase,
)

_CUSTOMER = table_of(Customer)
_KEY = table_of(CustomerKey)
_IDENTITY = table_of(Identity)
_MEMBER = table_of(Membership)
_BATCH = table_of(PointsBatch)
_PURCHASE = table_of(Purchase)
_FLAG = table_of(Flag)
_STATS = table_of(CustomerStats)

PHONE_KEY = "phone"
CARD_KEY = "card"
SHORTEST_PHONE = 3


class Among(NamedTuple):
    """Only these customers; what is None is not asked."""

    stage: LifecycleStage | None = None
    rfm: RfmSegment | None = None
    recency: int | None = None
    frequency: int | None = None
    is_key: bool | None = None


EVERYBODY = Among()


@dataclass(slots=True)
class Listed:
    """One line. `totals` holds (currency, purchases, sum in minor units); `balance` is None for who has no card,
    `stage` for who never bought anything."""

    id: UUID
    name: str
    phone: str | None
    created_at: datetime
    bot_ids: list[str] = field(default_factory=list)
    totals: list[tuple[str, int, int]] = field(default_factory=list)
    balance: int | None = None
    flags: list[FlagKind] = field(default_factory=list)
    stage: LifecycleStage | None = None


class Directory(Queries):
    def page(
        self,
        words: str,
        digits: str,
        limit: int,
        *,
        before: UUID | None = None,
        sees_phones: bool = True,
        among: Among = EVERYBODY,
    ) -> list[Listed]:
        """The newest customers whose name holds all these words, or whose phone, card or imported key fits.

        `digits` are the phone's, without its country's prefix. Who may not see phones cannot find by them either:
        else they would be guessed digit by digit.
        """
        found = select(_CUSTOMER.c.id, _CUSTOMER.c.name, _CUSTOMER.c.phone, _CUSTOMER.c.created_at)
        found = found.where(_CUSTOMER.c.erased_at.is_(None), *_are(among))
        if words:
            found = found.where(or_(_is_named(words), _has_number(words, digits, sees_phones=sees_phones)))
        if before is not None:
            found = found.where(_CUSTOMER.c.id < before)
        return self._listed(found.order_by(_CUSTOMER.c.id.desc()).limit(limit))

    def count(self, among: Among) -> int:
        """How many there are of these."""
        counted = select(func.count()).select_from(_CUSTOMER).where(_CUSTOMER.c.erased_at.is_(None), *_are(among))
        return int(self._connection.execute(counted).scalar_one())

    def some(self, customer_ids: Sequence[UUID]) -> list[Listed]:
        """These, as the list shows them."""
        found = select(_CUSTOMER.c.id, _CUSTOMER.c.name, _CUSTOMER.c.phone, _CUSTOMER.c.created_at)
        return self._listed(found.where(_CUSTOMER.c.id.in_(customer_ids)).order_by(_CUSTOMER.c.id.desc()))

    def _listed(self, found: Select[Any]) -> list[Listed]:
        rows = self._connection.execute(found)
        listed = {row.id: Listed(row.id, row.name, row.phone, row.created_at) for row in rows}
        self._add_details(listed)
        return list(listed.values())

    def by_card(self, number: str) -> UUID | None:
        """Whose loyalty card this is: a member's, or one they had before two records were merged."""
        owner = select(_MEMBER.c.customer_id).where(_MEMBER.c.card_number == number)
        before = select(_KEY.c.customer_id).where(_KEY.c.kind == CARD_KEY, _KEY.c.value == number)
        found: UUID | None = self._connection.execute(owner.union_all(before).limit(1)).scalar_one_or_none()
        return found

    def keys_of(self, customer_id: UUID) -> list[CustomerKey]:
        """What other systems call a customer."""
        keys = select(_KEY).where(_KEY.c.customer_id == customer_id)
        return self._all(CustomerKey, keys.order_by(_KEY.c.kind, _KEY.c.value))

    def _add_details(self, listed: dict[UUID, Listed]) -> None:
        ids = list(listed)
        places = select(_IDENTITY.c.customer_id, _IDENTITY.c.bot_id).where(_IDENTITY.c.customer_id.in_(ids))
        for row in self._connection.execute(places.order_by(_IDENTITY.c.bot_id)):
            listed[row.customer_id].bot_ids.append(row.bot_id)
        for customer_id, currency, count, total in self._connection.execute(_totals(ids)):
            listed[customer_id].totals.append((currency, count, int(total)))
        for customer_id, balance in self._connection.execute(_balances(ids)):
            listed[customer_id].balance = int(balance)
        flags = select(_FLAG.c.customer_id, _FLAG.c.kind).where(
            _FLAG.c.customer_id.in_(ids), _FLAG.c.state == FlagState.CONFIRMED
        )
        for row in self._connection.execute(flags.order_by(_FLAG.c.kind)):
            listed[row.customer_id].flags.append(row.kind)
        stages = select(_STATS.c.customer_id, _STATS.c.stage).where(
            _STATS.c.customer_id.in_(ids), _STATS.c.stage_since.is_not(None), _STATS.c.visits > 0
        )
        for row in self._connection.execute(stages):
            listed[row.customer_id].stage = row.stage


def _are(among: Among) -> list[ColumnElement[bool]]:
    """Who has no row of numbers has never bought anything: they are prospects, and nothing else."""
    columns = {
        _STATS.c.stage: among.stage,
        _STATS.c.rfm: among.rfm,
        _STATS.c.recency_score: among.recency,
        _STATS.c.frequency_score: among.frequency,
        _STATS.c.is_key: among.is_key,
    }
    asked = [column == wanted for column, wanted in columns.items() if wanted is not None]
    if not asked:
        return []
    with_numbers = _CUSTOMER.c.id.in_(select(_STATS.c.customer_id).where(*asked))
    if among == Among(stage=LifecycleStage.POTENTIAL):
        return [or_(with_numbers, ~exists().where(_STATS.c.customer_id == _CUSTOMER.c.id))]
    return [with_numbers]


def _is_named(words: str) -> ColumnElement[bool]:
    """Each word is in the name, in any case. SQLite knows that of Latin letters only: it is offered the usual forms."""
    return and_(
        *(or_(*(_CUSTOMER.c.name.icontains(form, autoescape=True) for form in _cases(word))) for word in words.split())
    )


def _cases(word: str) -> list[str]:
    return sorted({word, word.lower(), word.upper(), word.capitalize()})


def _has_number(words: str, digits: str, *, sees_phones: bool) -> ColumnElement[bool]:
    is_key = and_(_KEY.c.customer_id == _CUSTOMER.c.id, _KEY.c.value == words)
    if not sees_phones:
        is_key = and_(is_key, _KEY.c.kind != PHONE_KEY)
    is_phone: ColumnElement[bool] = false()
    if sees_phones and len(digits) >= SHORTEST_PHONE:
        is_phone = _CUSTOMER.c.phone.contains(digits, autoescape=True)
    return or_(exists().where(is_key), is_phone)


def _totals(ids: Sequence[UUID]) -> Select[Any]:
    return (
        select(_PURCHASE.c.customer_id, _PURCHASE.c.currency, func.count(), func.sum(_PURCHASE.c.amount_minor))
        .where(_PURCHASE.c.customer_id.in_(ids))
        .group_by(_PURCHASE.c.customer_id, _PURCHASE.c.currency)
        .order_by(_PURCHASE.c.currency)
    )


def _balances(ids: Sequence[UUID]) -> Select[Any]:
    return (
        select(_MEMBER.c.customer_id, func.coalesce(func.sum(_BATCH.c.points_left), 0))
        .outerjoin(_BATCH, (_BATCH.c.customer_id == _MEMBER.c.customer_id) & (_BATCH.c.state == BatchState.OPEN))
        .where(_MEMBER.c.customer_id.in_(ids))
        .group_by(_MEMBER.c.customer_id)
    )
