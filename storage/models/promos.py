"""Promo campaigns, their codes, each code's uses, and what keeps a limit when many come at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import Channel, GenerationState, Journey, PromoKind, RedemptionState
from storage.models.row import Row


class PromoCampaign(Row, table=True):
    """What a kind of code is worth, to whom, when, and how often. None as a limit: there is none (feature PR3)."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True, description="what jobs and buttons call it")
    name: str
    kind: PromoKind = Field(sa_type=stored(PromoKind))
    value: int = Field(description="percent, minor units, points; 0 for a gift or a free service")
    gift: str = Field(default="", description="what is given: a gift's or a service's name")
    max_discount_minor: int | None = Field(default=None, sa_type=BigInteger)
    code_prefix: str = ""
    code_pattern: str = Field(default="", description="«COFFEE-######»: see loyalty.promo_rules; empty: prefix and six")
    code_lives_days: int = 30
    is_active: bool = True
    starts_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    weekdays: int = Field(default=127, description="bit 0 is Monday, in the business's zone")
    from_minute: int | None = Field(default=None, description="of the day, in the business's zone")
    until_minute: int | None = None
    min_order_minor: int = Field(default=0, sa_type=BigInteger)
    min_order_percent: int | None = Field(
        default=None, description="of the customer's own median check: 115 asks for 15 % more (task B5)"
    )
    only_services: list[str] = Field(default_factory=list, sa_type=JSON, description="names or categories; none: all")
    not_services: list[str] = Field(default_factory=list, sa_type=JSON)
    branches: list[str] = Field(default_factory=list, sa_type=JSON, description="none: all of them")
    channel: Channel | None = Field(default=None, sa_type=stored(Channel), description="only who is known there")
    segment_id: UUID | None = Field(default=None, description="only who is in it at that moment")
    is_first_order_only: bool = False
    max_uses: int | None = None
    max_per_customer: int | None = None
    max_per_day: int | None = None
    max_per_branch: int | None = None
    exclusive_group: str = Field(default="", description="of one group one code an order (feature PR7)")
    holdout_percent: int = Field(default=0, description="who never gets it, to compare with: messaging.holdout")
    is_guarded: bool = Field(default=False, description="stops itself when it lowers the average check")
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_because: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="out of the list, for good")
    created_by: UUID | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)


class PromoCode(Row, table=True):
    """One code; `used` never passes `max_uses`, whoever comes at the same time (feature PR4)."""

    __table_args__ = (
        CheckConstraint("used <= max_uses", name="used_at_most"),
        CheckConstraint("used >= 0", name="used_at_least"),
        Index(None, "customer_id", "issued_at"),
    )
    code: str = Field(primary_key=True, description="normalised: see loyalty.promo_rules")
    campaign_id: UUID = Field(foreign_key="promo_campaign.id", index=True)
    customer_id: UUID | None = Field(
        default=None, foreign_key="customer.id", description="whose it is; none: anybody's"
    )
    issue_key: str | None = Field(default=None, unique=True, description="why it was issued; the same reason gives one")
    generation_id: UUID | None = Field(default=None, description="the code_generation that made it")
    journey: Journey | None = Field(default=None, sa_type=stored(Journey), description="what gave it (feature PR9)")
    advocate_id: UUID | None = Field(default=None, description="the customer who recommended us with it")
    max_uses: int = 1
    used: int = Field(default=0, description="taken: redeemed, or reserved right now")
    issued_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="when its owner was first shown it")
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CodeGeneration(Row, table=True):
    """Many unique codes made at once: how far it came; it goes on where it stopped."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    campaign_id: UUID = Field(foreign_key="promo_campaign.id", index=True)
    wanted: int
    made: int = 0
    state: GenerationState = Field(default=GenerationState.RUNNING, sa_type=stored(GenerationState))
    by: UUID | None = Field(default=None, foreign_key="staff.id", description="none: the command line")
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PromoCounter(Row, table=True):
    """How often a campaign was used within one of its limits: one conditional statement counts and refuses."""

    __table_args__ = (CheckConstraint("used >= 0", name="used_at_least"),)
    campaign_id: UUID = Field(primary_key=True, foreign_key="promo_campaign.id")
    scope: str = Field(primary_key=True, description="«all», «customer:<hex>», «day:2026-11-22», «branch:<name>»")
    used: int


class Redemption(Row, table=True):
    """One use of one code. The key is the request's own: a request repeated is one redemption."""

    __table_args__ = (
        Index(None, "customer_id", "at"),
        Index(None, "code"),
        Index(None, "purchase_id"),
        Index(None, "campaign_id", "at"),
        Index(
            "ix_redemption_reserved",
            "expires_at",
            sqlite_where=text("state = 'reserved'"),
            postgresql_where=text("state = 'reserved'"),
        ),
    )
    key: str = Field(primary_key=True)
    code: str = Field(foreign_key="promo_code.code")
    campaign_id: UUID = Field(foreign_key="promo_campaign.id")
    state: RedemptionState = Field(default=RedemptionState.REDEEMED, sa_type=stored(RedemptionState))
    scopes: list[str] = Field(default_factory=list, sa_type=JSON, description="the counters it took a use of")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id")
    purchase_id: UUID | None = Field(default=None, foreign_key="purchase.id")
    order_minor: int | None = Field(default=None, sa_type=BigInteger, description="before the discount")
    discount_minor: int = Field(default=0, sa_type=BigInteger)
    branch: str = ""
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="of a reservation (feature PR5)")


class PromoRollback(Row, table=True):
    """A use that was given back: the redemption stays, this says why (feature PR6)."""

    redemption_key: str = Field(primary_key=True, foreign_key="redemption.key")
    reason: str
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=UtcDateTime)


class CodeAttempt(Row, table=True):
    """A code that somebody typed and that was none of theirs; kept as long as it counts against who guesses (PR8)."""

    __table_args__ = (Index(None, "customer_id", "at"), Index(None, "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    channel: Channel = Field(sa_type=stored(Channel))
    at: datetime = Field(sa_type=UtcDateTime)
