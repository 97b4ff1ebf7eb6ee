"""Queries: promo campaigns, their codes, and each code's uses: never more than any limit allows (feature PR4)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult, Integer, bindparam, delete, func, insert, literal, or_, select, text, update

from storage.columns import Queries, row_of, table_of
from storage.kinds import Channel, RedemptionState
from storage.models import CodeAttempt, PromoCampaign, PromoCode, PromoCounter, PromoRollback, Redemption

_CAMPAIGN = table_of(PromoCampaign)
_CODE = table_of(PromoCode)
_REDEMPTION = table_of(Redemption)
_COUNTER = table_of(PromoCounter)
_ATTEMPT = table_of(CodeAttempt)
_ROLLBACK = table_of(PromoRollback)
_TAKES_A_USE = (RedemptionState.RESERVED, RedemptionState.REDEEMED)
_UNLIMITED = 2**31 - 1

# What every redemption asks, built once: to build and compile a statement takes longer than to run it.
_CODE_OF = select(_CODE).where(_CODE.c.code == bindparam("wanted"))
_CAMPAIGN_OF = select(_CAMPAIGN).where(_CAMPAIGN.c.id == bindparam("wanted"))
_USE = (
    update(_CODE)
    .where(
        _CODE.c.code == bindparam("wanted"),
        _CODE.c.used < _CODE.c.max_uses,
        or_(_CODE.c.expires_at.is_(None), _CODE.c.expires_at > bindparam("moment")),
    )
    .values(used=_CODE.c.used + 1)
)
# In words, because an upsert of a dialect is compiled anew each time; these are the same on both engines.
_NAMES = list(_REDEMPTION.columns.keys())
_CLAIM = text(
    f"INSERT INTO redemption ({', '.join(_NAMES)}) VALUES (:{', :'.join(_NAMES)}) ON CONFLICT (key) DO NOTHING"  # noqa: S608  # names of our own columns
).bindparams(*(bindparam(column.key, type_=column.type) for column in _REDEMPTION.columns))
_COUNT = text(
    "INSERT INTO promo_counter (campaign_id, scope, used) VALUES (:campaign_id, :scope, 1) "
    "ON CONFLICT (campaign_id, scope) DO UPDATE SET used = promo_counter.used + 1 "
    "WHERE promo_counter.used < :most"
).bindparams(bindparam("campaign_id", type_=_COUNTER.c.campaign_id.type), bindparam("most", type_=Integer))
CUSTOMER = "customer:"
"""What the scope of a customer's own uses begins with."""


def customer_scope(customer_id: UUID) -> str:
    """The counter of a customer's own uses; it follows them when two records become one."""
    return f"{CUSTOMER}{customer_id.hex}"


class Promos(Queries):
    def add_campaign(self, campaign: PromoCampaign) -> bool:
        """False when there is one of this slug."""
        return self._insert_new(campaign) == 1

    def save_campaign(self, campaign: PromoCampaign) -> None:
        self._save(campaign)

    def campaign(self, slug: str) -> PromoCampaign | None:
        return self._one(PromoCampaign, select(_CAMPAIGN).where(_CAMPAIGN.c.slug == slug))

    def campaign_by_id(self, campaign_id: UUID) -> PromoCampaign | None:
        row = self._connection.execute(_CAMPAIGN_OF, {"wanted": campaign_id}).mappings().first()
        return None if row is None else PromoCampaign(**row)

    def held_campaign(self, campaign_id: UUID) -> PromoCampaign | None:
        """The campaign as it is now; until this unit ends nobody else changes it."""
        return self._one(PromoCampaign, select(_CAMPAIGN).where(_CAMPAIGN.c.id == campaign_id).with_for_update())

    def campaigns(self) -> list[PromoCampaign]:
        """All of them, the newest first."""
        return self._all(PromoCampaign, select(_CAMPAIGN).order_by(_CAMPAIGN.c.created_at.desc(), _CAMPAIGN.c.slug))

    def campaign_of(self, code: PromoCode) -> PromoCampaign:
        found = self.campaign_by_id(code.campaign_id)
        assert found is not None  # a foreign key says so
        return found

    def add_code(self, code: PromoCode) -> bool:
        """False when the code exists, or one was issued for the same reason."""
        return self._insert_new(code) == 1

    def code(self, code: str) -> PromoCode | None:
        row = self._connection.execute(_CODE_OF, {"wanted": code}).mappings().first()
        return None if row is None else PromoCode(**row)

    def issued_for(self, issue_key: str) -> PromoCode | None:
        return self._one(PromoCode, select(_CODE).where(_CODE.c.issue_key == issue_key))

    def usable_by(self, customer_id: UUID, now: datetime) -> list[PromoCode]:
        """A customer's own codes that can still be used, the one that ends first before the others."""
        own = select(_CODE).where(
            _CODE.c.customer_id == customer_id,
            _CODE.c.used < _CODE.c.max_uses,
            or_(_CODE.c.expires_at.is_(None), _CODE.c.expires_at > now),
        )
        return self._all(PromoCode, own.order_by(_CODE.c.expires_at, _CODE.c.code))

    def of_customer(self, customer_id: UUID, limit: int) -> list[PromoCode]:
        own = select(_CODE).where(_CODE.c.customer_id == customer_id)
        return self._all(PromoCode, own.order_by(_CODE.c.issued_at.desc()).limit(limit))

    def note_seen(self, codes: Sequence[str], now: datetime) -> None:
        """Their owner was shown these codes; the first time counts (feature PR9)."""
        if codes:
            fresh = update(_CODE).where(_CODE.c.code.in_(codes), _CODE.c.seen_at.is_(None))
            self._connection.execute(fresh.values(seen_at=now))

    # --- a use

    def claim(self, redemption: Redemption) -> bool:
        """Write the use under its request's key; False when this request was carried out before."""
        return self._connection.execute(_CLAIM, row_of(redemption)).rowcount == 1

    def use(self, code: str, now: datetime) -> bool:
        """Take one use of a code, if there is one left at this moment. Both engines decide it in the statement."""
        return self._connection.execute(_USE, {"wanted": code, "moment": now}).rowcount == 1

    def give_use_back(self, code: str) -> None:
        given = update(_CODE).where(_CODE.c.code == code, _CODE.c.used > 0)
        self._connection.execute(given.values(used=_CODE.c.used - 1))

    def count_use(self, campaign_id: UUID, scope: str, limit: int | None) -> bool:
        """Count one use within a limit, if the limit has one left at this moment; both engines decide it in the one
        statement, whoever comes at the same time. Without a limit it is counted all the same: one that is set
        tomorrow knows what was used today."""
        if limit is not None and limit < 1:
            return False
        most = _UNLIMITED if limit is None else limit
        values = {"campaign_id": campaign_id, "scope": scope, "most": most}
        return self._connection.execute(_COUNT, values).rowcount == 1

    def uncount_use(self, campaign_id: UUID, scope: str) -> None:
        mine = (_COUNTER.c.campaign_id == campaign_id, _COUNTER.c.scope == scope, _COUNTER.c.used > 0)
        self._connection.execute(update(_COUNTER).where(*mine).values(used=_COUNTER.c.used - 1))

    def counted(self, campaign_id: UUID, scope: str) -> int:
        used = select(_COUNTER.c.used).where(_COUNTER.c.campaign_id == campaign_id, _COUNTER.c.scope == scope)
        return self._connection.execute(used).scalar_one_or_none() or 0

    def recount_customers(self, customer_ids: Sequence[UUID]) -> None:
        """Count these customers' own uses anew from their redemptions: two became one, or one became two again."""
        scopes = [customer_scope(one) for one in customer_ids]
        self._connection.execute(delete(_COUNTER).where(_COUNTER.c.scope.in_(scopes)))
        for customer_id, scope in zip(customer_ids, scopes, strict=True):
            uses = (
                select(_REDEMPTION.c.campaign_id, literal(scope), func.count())
                .where(_REDEMPTION.c.customer_id == customer_id, _REDEMPTION.c.state.in_(_TAKES_A_USE))
                .group_by(_REDEMPTION.c.campaign_id)
            )
            self._connection.execute(insert(_COUNTER).from_select(["campaign_id", "scope", "used"], uses))

    def unclaim(self, key: str) -> None:
        """Take back a claim that found no use left: it never was a redemption."""
        self._connection.execute(_REDEMPTION.delete().where(_REDEMPTION.c.key == key))

    def move_to(self, key: str, before: RedemptionState, after: RedemptionState, **values: object) -> bool:
        """Another state, if it is still in this one: of two who try at once one does it."""
        still = update(_REDEMPTION).where(_REDEMPTION.c.key == key, _REDEMPTION.c.state == before)
        done: CursorResult[object] = self._connection.execute(still.values(state=after, **values))
        return done.rowcount == 1

    def note_purchase(self, keys: Sequence[str], purchase_id: UUID) -> None:
        """Which purchase these uses belonged to."""
        mine = update(_REDEMPTION).where(_REDEMPTION.c.key.in_(keys))
        self._connection.execute(mine.values(purchase_id=purchase_id))

    def redemption(self, key: str) -> Redemption | None:
        return self._one(Redemption, select(_REDEMPTION).where(_REDEMPTION.c.key == key))

    def held_redemptions(self, keys: Sequence[str]) -> list[Redemption]:
        """By key; until this unit ends nobody else changes their state."""
        found = select(_REDEMPTION).where(_REDEMPTION.c.key.in_(keys)).order_by(_REDEMPTION.c.key)
        return self._all(Redemption, found.with_for_update())

    def of_purchase(self, purchase_id: UUID) -> list[Redemption]:
        return self._all(Redemption, select(_REDEMPTION).where(_REDEMPTION.c.purchase_id == purchase_id))

    def own_use(self, code: str, customer_id: UUID) -> Redemption | None:
        """The newest use of a code by this customer that still counts."""
        theirs = (_REDEMPTION.c.code == code, _REDEMPTION.c.customer_id == customer_id)
        counts = _REDEMPTION.c.state.in_(_TAKES_A_USE)
        return self._one(
            Redemption, select(_REDEMPTION).where(*theirs, counts).order_by(_REDEMPTION.c.at.desc()).limit(1)
        )

    def newest_redemptions(self, campaign_id: UUID, limit: int) -> list[Redemption]:
        uses = select(_REDEMPTION).where(_REDEMPTION.c.campaign_id == campaign_id)
        return self._all(Redemption, uses.order_by(_REDEMPTION.c.at.desc()).limit(limit))

    def left_reservations(self, now: datetime, limit: int) -> list[str]:
        """Keys of reservations whose time is over, the oldest first."""
        over = select(_REDEMPTION.c.key).where(
            _REDEMPTION.c.state == RedemptionState.RESERVED, _REDEMPTION.c.expires_at <= now
        )
        return list(self._connection.execute(over.order_by(_REDEMPTION.c.expires_at).limit(limit)).scalars())

    def add_rollback(self, rollback: PromoRollback) -> bool:
        """False when it was rolled back before."""
        return self._insert_new(rollback) == 1

    def rollbacks(self, keys: Sequence[str]) -> dict[str, PromoRollback]:
        found = self._all(PromoRollback, select(_ROLLBACK).where(_ROLLBACK.c.redemption_key.in_(keys)))
        return {one.redemption_key: one for one in found}

    # --- wrong codes

    def note_attempt(self, attempt: CodeAttempt) -> None:
        self._insert(attempt)

    def attempts(self, customer_id: UUID, channel: Channel, since: datetime) -> list[datetime]:
        """When this customer typed wrong codes there, in order."""
        wrong = (_ATTEMPT.c.customer_id == customer_id, _ATTEMPT.c.channel == channel, _ATTEMPT.c.at > since)
        return list(self._connection.execute(select(_ATTEMPT.c.at).where(*wrong).order_by(_ATTEMPT.c.at)).scalars())

    def forget_attempts(self, before: datetime) -> int:
        return self._connection.execute(delete(_ATTEMPT).where(_ATTEMPT.c.at <= before)).rowcount
