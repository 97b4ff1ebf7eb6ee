"""Queries: customers' own codes for friends, who brought whom, and what each friend's first order came to."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, func, or_, select, union_all, update

from storage.columns import Queries, ids_as_rows, listed_ids, table_of
from storage.kinds import (
    CaseCause,
    CaseOrigin,
    FlagKind,
    FlagState,
    Journey,
    PairState,
    ReferralState,
    ScoreGroup,
    SurveyKind,
)
from storage.models import (
    Case,
    Customer,
    CustomerKey,
    CustomerStats,
    DuplicatePair,
    Flag,
    Identity,
    Occasion,
    PointsBatch,
    PointsOperation,
    PointsTransfer,
    Purchase,
    Referral,
    ReferralCode,
    StaffAccount,
    SurveyRun,
)

_CODE = table_of(ReferralCode)
_REFERRAL = table_of(Referral)
_CUSTOMER = table_of(Customer)
_KEY = table_of(CustomerKey)
_PURCHASE = table_of(Purchase)
_PAIR = table_of(DuplicatePair)
_IDENTITY = table_of(Identity)
_ACCOUNT = table_of(StaffAccount)
_STATS = table_of(CustomerStats)
_OPERATION = table_of(PointsOperation)
_BATCH = table_of(PointsBatch)
_TRANSFER = table_of(PointsTransfer)
_RUN = table_of(SurveyRun)
_CASE = table_of(Case)
_FLAG = table_of(Flag)
_OCCASION = table_of(Occasion)

KEY_KIND = "referral"
"""The kind of key that keeps a code whose owner was merged into somebody (`messaging.merge_programme`)."""
_SAME_PERSON = ("phone", "email", "card")
COUNTED: Final = (ReferralState.EARNED, ReferralState.HELD, ReferralState.REWARDED)
"""A first order made these count."""


class Satisfied(NamedTuple):
    """Somebody who was just glad of us, and the id of what says so: an answer, a solved complaint, a flag."""

    customer_id: UUID
    by: UUID


class Advocate(NamedTuple):
    """What became of one customer's friends; the revenue is what they paid and kept since they joined."""

    customer_id: UUID
    joined: int
    bought: int
    rewarded: int
    invalid: int
    revenue_minor: int


class Referrals(Queries):
    # --- codes

    def code_of(self, customer_id: UUID) -> ReferralCode | None:
        return self._one(ReferralCode, select(_CODE).where(_CODE.c.customer_id == customer_id))

    def add_code(self, code: ReferralCode) -> bool:
        """False when the customer has one already, or the code is taken."""
        return self._insert_new(code) == 1

    def owner_of(self, code: str) -> UUID | None:
        """Whose code this is, also where its owner has become part of another record."""
        own = select(_CODE.c.customer_id).where(_CODE.c.code == code)
        kept = select(_KEY.c.customer_id).where(_KEY.c.kind == KEY_KIND, _KEY.c.value == code)
        found = self._connection.execute(own).scalar_one_or_none()
        return found or self._connection.execute(kept).scalar_one_or_none()

    # --- one referral

    def get(self, friend_id: UUID) -> Referral | None:
        return self._one(Referral, select(_REFERRAL).where(_REFERRAL.c.friend_id == friend_id))

    def of_friends(self, friend_ids: Collection[UUID]) -> list[Referral]:
        """Of those among these whom somebody brought, by their ids."""
        asked = listed_ids(self._connection.dialect.name)
        brought = select(_REFERRAL).where(_REFERRAL.c.friend_id.in_(asked)).order_by(_REFERRAL.c.friend_id)
        rows = self._connection.execute(brought, {"rows": ids_as_rows(friend_ids)}).mappings()
        return [Referral(**row) for row in rows]

    def join(self, referral: Referral) -> bool:
        """False when somebody has brought this friend before."""
        return self._insert_new(referral) == 1

    def save(self, referral: Referral) -> None:
        self._save(referral)

    def forget_purchases(self, purchase_ids: Collection[UUID]) -> None:
        """These purchases are about to go; what they made count stays without their name."""
        named = update(_REFERRAL).where(_REFERRAL.c.purchase_id.in_(purchase_ids))
        self._connection.execute(named.values(purchase_id=None, due_at=None))

    def of_purchases(self, purchase_ids: Collection[UUID]) -> list[Referral]:
        """The referrals that one of these lines made count."""
        return self._all(Referral, select(_REFERRAL).where(_REFERRAL.c.purchase_id.in_(purchase_ids)))

    # --- what eligibility and signals ask

    def shared_names(self, one: UUID, other: UUID) -> set[str]:
        """By which of phone, e-mail and card these two are known alike."""
        return self._names(one) & self._names(other)

    def known_elsewhere(self, customer_id: UUID, before: datetime) -> bool:
        """Whether somebody else who bought before then has this customer's verified phone, e-mail or key."""
        names = [name.partition(" ")[::2] for name in self._names(customer_id)]
        phones = [value for kind, value in names if kind == "phone"]
        emails = [value for kind, value in names if kind == "email"]
        alike = or_(
            _CUSTOMER.c.phone.in_(phones),
            _CUSTOMER.c.email.in_(emails),
            _CUSTOMER.c.id.in_(
                select(_KEY.c.customer_id).where(
                    or_(
                        and_(_KEY.c.kind == "phone", _KEY.c.value.in_(phones)),
                        and_(_KEY.c.kind == "email", _KEY.c.value.in_(emails)),
                    )
                )
            ),
        )
        bought = exists().where(_PURCHASE.c.customer_id == _CUSTOMER.c.id, _PURCHASE.c.at < before)
        return self._is_there(select(_CUSTOMER.c.id).where(alike, _CUSTOMER.c.id != customer_id, bought))

    def _names(self, customer_id: UUID) -> set[str]:
        """«phone +7…»: what tells a person, as far as somebody vouches for it; a typed phone does not."""
        mine = select(_CUSTOMER.c.phone, _CUSTOMER.c.is_phone_verified, _CUSTOMER.c.email)
        row = self._connection.execute(mine.where(_CUSTOMER.c.id == customer_id)).first()
        names = set()
        if row is not None:
            names |= {f"phone {row.phone}"} if row.phone and row.is_phone_verified else set()
            names |= {f"email {row.email}"} if row.email else set()
        keys = select(_KEY.c.kind, _KEY.c.value).where(_KEY.c.customer_id == customer_id, _KEY.c.kind.in_(_SAME_PERSON))
        return names | {f"{kind} {value}" for kind, value in self._connection.execute(keys)}

    def may_be_one(self, one: UUID, other: UUID) -> bool:
        """Whether these two wait among the records that may be one person."""
        first, second = sorted((one, other))
        pair = select(_PAIR.c.first_id).where(
            _PAIR.c.first_id == first, _PAIR.c.second_id == second, _PAIR.c.state == PairState.OPEN
        )
        return self._is_there(pair)

    def is_staff_of(self, customer_id: UUID, staff_id: UUID) -> bool:
        """Whether a messenger account of this customer is that member of staff's own."""
        theirs = (
            select(_ACCOUNT.c.staff_id)
            .join(_IDENTITY, and_(_IDENTITY.c.bot_id == _ACCOUNT.c.bot_id, _IDENTITY.c.user_id == _ACCOUNT.c.user_id))
            .where(_IDENTITY.c.customer_id == customer_id, _ACCOUNT.c.staff_id == staff_id)
        )
        return self._is_there(theirs)

    def joins_between(self, advocate_id: UUID, since: datetime, until: datetime) -> int:
        joined = and_(
            _REFERRAL.c.advocate_id == advocate_id, _REFERRAL.c.joined_at > since, _REFERRAL.c.joined_at <= until
        )
        return self._number_of(joined)

    def in_state(self, advocate_id: UUID, *states: ReferralState, rewarded_since: datetime | None = None) -> int:
        """How many friends of one advocate stand there; of those whose advocate got points for them since a moment."""
        found = and_(_REFERRAL.c.advocate_id == advocate_id, _REFERRAL.c.state.in_(states))
        if rewarded_since is not None:
            found = and_(found, _REFERRAL.c.rewarded_at >= rewarded_since, _REFERRAL.c.reason == "")
        return self._number_of(found)

    def at_one_till(self, advocate_id: UUID, branch: str, staff_id: UUID) -> int:
        """How many first orders of this advocate's friends that cashier has recorded in that branch."""
        orders = (
            select(func.count())
            .select_from(_REFERRAL.join(_PURCHASE, _PURCHASE.c.id == _REFERRAL.c.purchase_id))
            .where(
                _REFERRAL.c.advocate_id == advocate_id,
                _PURCHASE.c.branch == branch,
                _PURCHASE.c.recorded_by == staff_id,
            )
        )
        return self._count(orders)

    # --- orders

    def bought_since(self, friend_id: UUID, since: datetime, limit: int) -> list[Purchase]:
        """The lines of what a friend bought from then on, the oldest first."""
        bought = select(_PURCHASE).where(_PURCHASE.c.customer_id == friend_id, _PURCHASE.c.at >= since)
        return self._all(Purchase, bought.order_by(_PURCHASE.c.at, _PURCHASE.c.id).limit(limit))

    # --- what is due

    def to_look_at(self, limit: int, after: UUID | None = None) -> list[UUID]:
        """Friends who joined and have bought something since, by id."""
        bought = exists().where(
            _PURCHASE.c.customer_id == _REFERRAL.c.friend_id,
            _PURCHASE.c.at >= _REFERRAL.c.joined_at,
            _PURCHASE.c.amount_minor > _PURCHASE.c.returned_minor,
        )
        return self._ids(and_(_REFERRAL.c.state == ReferralState.JOINED, bought), limit, after)

    def due(self, now: datetime, limit: int, after: UUID | None = None) -> list[UUID]:
        """Friends whose return window is over, by id."""
        return self._ids(and_(_REFERRAL.c.state == ReferralState.EARNED, _REFERRAL.c.due_at <= now), limit, after)

    def returned(self, limit: int, after: UUID | None = None) -> list[UUID]:
        """Friends of whose first order something was given back, by id; whoever looks decides whether it matters."""
        gave_back = exists().where(_PURCHASE.c.id == _REFERRAL.c.purchase_id, _PURCHASE.c.returned_minor > 0)
        return self._ids(and_(_REFERRAL.c.state.in_(COUNTED), gave_back), limit, after)

    def satisfied(self, since: datetime, until: datetime, limit: int) -> list[Satisfied]:
        """Who, between these moments, gave a 9 or 10, had a complaint solved, or was confirmed as an advocate, and was
        not asked because of it yet."""
        glad = select(_RUN.c.customer_id, _RUN.c.id, _RUN.c.answered_at.label("at")).where(
            _RUN.c.kind == SurveyKind.NPS, _RUN.c.score_group == ScoreGroup.PROMOTER
        )
        solved = select(_CASE.c.customer_id, _CASE.c.id, _CASE.c.closed_at).where(
            _CASE.c.origin.in_((CaseOrigin.ANGRY_MESSAGE, CaseOrigin.LOW_SCORE)),
            _CASE.c.replied_at.is_not(None),
            _CASE.c.cause != CaseCause.MISTAKE,
        )
        advocates = select(_FLAG.c.customer_id, _FLAG.c.id, _FLAG.c.decided_at).where(
            _FLAG.c.kind == FlagKind.ADVOCATE, _FLAG.c.state == FlagState.CONFIRMED
        )
        found = union_all(glad, solved, advocates).subquery()
        asked = exists().where(
            _OCCASION.c.journey == Journey.REFERRAL_ASK,
            _OCCASION.c.customer_id == found.c.customer_id,
            # An occasion is named by the id's 32 digits, as SQLite keeps ids too.
            _OCCASION.c.occurrence == func.replace(found.c.id.cast(String), "-", ""),
        )
        recent = select(found.c.customer_id, found.c.id).where(found.c.at > since, found.c.at <= until, ~asked)
        rows = self._connection.execute(recent.order_by(found.c.at, found.c.id).limit(limit))
        return [Satisfied(row[0], row[1]) for row in rows]

    def batches_of(self, operation_keys: Collection[str], at: datetime) -> list[PointsBatch]:
        """What those of these operations of the ledger gave that happened at that moment."""
        given = select(_BATCH).join(_OPERATION, _OPERATION.c.id == _BATCH.c.operation_id)
        theirs = given.where(_OPERATION.c.key.in_(operation_keys), _OPERATION.c.at == at)
        return self._all(PointsBatch, theirs.order_by(_BATCH.c.id))

    # --- for the pages

    def count(self, *states: ReferralState, since: datetime | None = None) -> int:
        found: ColumnElement[bool] = _REFERRAL.c.state.in_(states)
        return self._number_of(found if since is None else and_(found, _REFERRAL.c.joined_at >= since))

    def held(self, limit: int) -> list[Referral]:
        """What waits for a person, the oldest first."""
        waiting = select(_REFERRAL).where(_REFERRAL.c.state == ReferralState.HELD)
        return self._all(Referral, waiting.order_by(_REFERRAL.c.joined_at, _REFERRAL.c.friend_id).limit(limit))

    def of_advocate(self, advocate_id: UUID, limit: int) -> list[Referral]:
        """The newest first."""
        theirs = select(_REFERRAL).where(_REFERRAL.c.advocate_id == advocate_id)
        return self._all(Referral, theirs.order_by(_REFERRAL.c.joined_at.desc(), _REFERRAL.c.friend_id).limit(limit))

    def advocates(self, since: datetime, limit: int) -> list[Advocate]:
        """Whose friends came since then, those who brought most revenue first."""
        revenue = func.coalesce(func.sum(_revenue()), 0).label("revenue")
        totals = (
            select(
                _REFERRAL.c.advocate_id,
                func.count(),
                func.count(case((_REFERRAL.c.state.in_(COUNTED), 1))),
                func.count(case((_REFERRAL.c.state == ReferralState.REWARDED, 1))),
                func.count(case((_REFERRAL.c.state == ReferralState.INVALID, 1))),
                revenue,
            )
            .where(_REFERRAL.c.joined_at >= since)
            .group_by(_REFERRAL.c.advocate_id)
            .order_by(revenue.desc(), func.count().desc(), _REFERRAL.c.advocate_id)
            .limit(limit)
        )
        return [Advocate(row[0], *map(int, row[1:])) for row in self._connection.execute(totals)]

    def revenue(self, since: datetime) -> int:
        """Minor units that friends who came since then paid and kept."""
        total = select(func.coalesce(func.sum(_revenue()), 0)).where(
            _REFERRAL.c.joined_at >= since, _REFERRAL.c.state != ReferralState.INVALID
        )
        return int(self._connection.execute(total).scalar_one())

    def newcomers(self, since_day: int) -> tuple[int, int]:
        """(customers whose first visit was on that day or later, those of them whom a friend had brought)."""
        brought = exists().where(
            _REFERRAL.c.friend_id == _STATS.c.customer_id, _REFERRAL.c.state != ReferralState.INVALID
        )
        came = select(func.count(), func.count(case((brought, 1)))).where(_STATS.c.first_day >= since_day)
        row = self._connection.execute(came).one()
        return int(row[0]), int(row[1])

    # --- small things

    def _is_there(self, statement: Select[Any]) -> bool:
        return self._connection.execute(statement.limit(1)).first() is not None

    def _number_of(self, condition: ColumnElement[bool]) -> int:
        return self._count(select(func.count()).select_from(_REFERRAL).where(condition))

    def _ids(self, condition: ColumnElement[bool], limit: int, after: UUID | None) -> list[UUID]:
        found = select(_REFERRAL.c.friend_id).where(condition)
        if after is not None:
            found = found.where(_REFERRAL.c.friend_id > after)
        return list(self._connection.execute(found.order_by(_REFERRAL.c.friend_id).limit(limit)).scalars())


def _revenue() -> ColumnElement[Any]:
    """What one friend paid and kept since they joined."""
    paid = select(func.sum(_PURCHASE.c.amount_minor - _PURCHASE.c.returned_minor)).where(
        _PURCHASE.c.customer_id == _REFERRAL.c.friend_id, _PURCHASE.c.at >= _REFERRAL.c.joined_at
    )
    return func.coalesce(paid.correlate(_REFERRAL).scalar_subquery(), 0)
