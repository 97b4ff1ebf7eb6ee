"""Who our customers are: what we know of them, how each channel knows them, what they allowed, what stands out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import (
    Channel,
    ConsentAction,
    ConsentPurpose,
    FieldOrigin,
    FlagKind,
    FlagState,
    Gender,
    Language,
    PairState,
    ProfileAnswer,
    ProfileField,
    ReachStatus,
    Topic,
)
from storage.models.row import Row


class Bot(Row, table=True):
    """One account on one channel; the id is `channel:account`. `cursor` is where its long poll goes on."""

    id: str = Field(primary_key=True)
    channel: Channel = Field(sa_type=stored(Channel))
    username: str = ""
    cursor: str | None = None
    random_ids: int = Field(default=0, sa_type=BigInteger, description="how many keys of sends it has used (VK)")


class Customer(Row, table=True):
    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = ""
    language: Language = Field(default=Language.RU, sa_type=stored(Language))
    source: str | None = Field(default=None, description="the entry link they came by")
    phone: str | None = Field(default=None, index=True)
    is_phone_verified: bool = False
    email: str | None = Field(default=None, index=True, description="lower-case")
    gender: Gender | None = Field(default=None, sa_type=stored(Gender))
    birthday_month: int | None = None
    birthday_day: int | None = None
    birth_year: int | None = Field(default=None, description="many people prefer not to say")
    birthday_set_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    birthday_changes: int = Field(default=0, description="a customer may change it once, then the staff")
    city: str | None = None
    time_zone: str | None = Field(default=None, description="an IANA name; without one the business's own counts")
    quiet_from: int | None = Field(default=None, description="own quiet hours, minutes after local midnight")
    quiet_until: int | None = None
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    review_asked_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="when they were last asked whether all this is right"
    )
    created_at: datetime = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="since then a nameless owner of purchases and points"
    )
    import_id: UUID | None = Field(default=None, description="the import that brought them first")


class CustomerField(Row, table=True):
    """Who told us one field of a customer, and when; old ones are shown as such (tasks D1, D9)."""

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    field: str = Field(primary_key=True, description="a column of customer; a birthday is `birthday`")
    origin: FieldOrigin = Field(sa_type=stored(FieldOrigin))
    at: datetime = Field(sa_type=UtcDateTime, description="said, or confirmed since")


class CustomerKey(Row, table=True):
    """What another system calls a customer: `kind` is the column of an import («customer», «phone», «card»)."""

    kind: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)


class Identity(Row, table=True):
    """A customer as one bot knows them."""

    bot_id: str = Field(primary_key=True, foreign_key="bot.id")
    user_id: str = Field(primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    reach: ReachStatus = Field(default=ReachStatus.ACTIVE, sa_type=stored(ReachStatus))
    display_name: str = ""
    seen_at: datetime = Field(sa_type=UtcDateTime)


class SecondChannel(Row, table=True):
    """A customer's way into another channel: the newest one-time link with its code, and when they were invited last.

    The secrets are kept as hashes. `taken_by`: the chat that used the link or the code and still has to say «it is me»,
    as a hash too.
    """

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    invited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    offer_id: UUID | None = Field(default=None, unique=True, description="what the buttons «it is me» carry")
    token_hash: str | None = Field(default=None, unique=True)
    code_hash: str | None = Field(default=None, index=True)
    bot_id: str | None = Field(default=None, description="the chat that showed them")
    user_id: str | None = None
    taken_by: str | None = None
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkAttempt(Row, table=True):
    """Six digits that were tried as somebody's code; kept for as long as they count against who guesses."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class Consent(Row, table=True):
    """One decision of one customer about one purpose; the newest counts. Never changed, never deleted."""

    __table_args__ = (Index(None, "customer_id", "purpose", "id"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    purpose: ConsentPurpose = Field(sa_type=stored(ConsentPurpose))
    action: ConsentAction = Field(sa_type=stored(ConsentAction))
    text_version: str = Field(description="hash of the very text that was shown")
    language: Language = Field(sa_type=stored(Language))
    bot_id: str
    evidence: str = Field(description="the platform's id of the event that said so")
    at: datetime = Field(sa_type=UtcDateTime)


class TopicChoice(Row, table=True):
    """A topic switched off or on again by a customer on one channel. No row: it is on."""

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    topic: Topic = Field(primary_key=True, sa_type=stored(Topic))
    channel: Channel = Field(primary_key=True, sa_type=stored(Channel))
    is_on: bool
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ProfileQuestion(Row, table=True):
    """A question about the customer themselves, asked once; one at a time is open."""

    __table_args__ = (
        Index(
            "uq_profile_question_open",
            "customer_id",
            unique=True,
            sqlite_where=text("answer = 'open'"),
            postgresql_where=text("answer = 'open'"),
        ),
    )
    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    field: ProfileField = Field(primary_key=True, sa_type=stored(ProfileField))
    answer: ProfileAnswer = Field(default=ProfileAnswer.OPEN, sa_type=stored(ProfileAnswer))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Flag(Row, table=True):
    """An advocate or a toxic customer, or a candidate for it, with the words that speak for it and a way back."""

    __table_args__ = (
        Index(
            "uq_flag_open",
            "customer_id",
            "kind",
            unique=True,
            sqlite_where=text("state <> 'dismissed'"),
            postgresql_where=text("state <> 'dismissed'"),
        ),
        Index(None, "state", "kind"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    kind: FlagKind = Field(sa_type=stored(FlagKind))
    state: FlagState = Field(default=FlagState.CANDIDATE, sa_type=stored(FlagState))
    evidence: list[dict[str, Any]] = Field(sa_type=JSON, description="what was said and when, newest last")
    found_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="a confirmed flag is looked at again"
    )


class DuplicatePair(Row, table=True):
    """Two records that may be one person, with what speaks for it (feature ID5). `first_id` is the smaller id."""

    __table_args__ = (Index(None, "state"), Index(None, "second_id"))
    first_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    second_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    reasons: list[str] = Field(sa_type=JSON, description="phone, email, name_and_birthday")
    state: PairState = Field(default=PairState.OPEN, sa_type=stored(PairState))
    found_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CustomerMerge(Row, table=True):
    """Two records that were one person: what became of each row, so that it can be undone. The gone one has no row."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kept_id: UUID = Field(index=True)
    gone_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: UUID | None = Field(default=None, foreign_key="staff.id", description="none: the customer themselves")
    undo_until: datetime = Field(sa_type=UtcDateTime, index=True)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    moved: list[Any] = Field(sa_type=JSON, description="steps, see storage.people; empty: it cannot be undone any more")


class Tombstone(Row, table=True):
    """A phone, a card, a number or an account of somebody who was erased, as a keyed hash: no import brings it back."""

    hash: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
