"""Everything that is remembered, on one page. Times are aware UTC, money is minor units, ids are time-ordered."""

import re
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import (
    ActionState,
    AuditAction,
    AuditActor,
    CaseCause,
    CaseOrigin,
    Channel,
    ConsentAction,
    ConsentPurpose,
    DeliveryState,
    FeedKind,
    FieldOrigin,
    FlagKind,
    FlagState,
    Gender,
    ImportKind,
    ImportState,
    Journey,
    Language,
    LifecycleStage,
    LinkPurpose,
    MessageKind,
    MoveKind,
    OccasionOutcome,
    PairState,
    PointsKind,
    ProfileAnswer,
    ProfileField,
    PromoKind,
    PurchaseSource,
    ReachStatus,
    RfmSegment,
    Role,
    ScoreGroup,
    SurveyKind,
    Topic,
    Urgency,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
METADATA: MetaData = SQLModel.metadata

# SQLite only counts up a column that is exactly INTEGER; PostgreSQL wants the full width.
_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


class Row(SQLModel):
    """A table named after its class, in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # SQLAlchemy hands the class over
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


# --- who writes to us


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


class EntryLink(Row, table=True):
    """What a deep link's payload means (feature ON1)."""

    code: str = Field(primary_key=True)
    source: str
    survey: SurveyKind | None = Field(default=None, sa_type=stored(SurveyKind))


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


class Purchase(Row, table=True):
    """One line of an order; lines of one order share `order_key`. A negative amount is a return that came by itself."""

    __table_args__ = (
        Index(None, "customer_id", "at"),
        Index(None, "at"),
        # Who bought this, who bought there: segments ask it of the whole base, eight times faster so.
        *(
            Index(
                f"ix_purchase_kept_{column}",
                column,
                "customer_id",
                "at",
                sqlite_where=text("amount_minor > returned_minor"),
                postgresql_where=text("amount_minor > returned_minor"),
            )
            for column in ("product", "branch")
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    at: datetime = Field(sa_type=UtcDateTime)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = "RUB"
    returned_minor: int = Field(default=0, sa_type=BigInteger, description="how much of the amount was given back")
    product: str = ""
    quantity_milli: int = Field(default=1000, sa_type=BigInteger, description="thousandths: 1500 is one and a half")
    order_key: str | None = Field(default=None, description="none: the line is an order of its own")
    branch: str = ""
    seller: str = Field(default="", description="who served, as the till or the file calls them")
    source: PurchaseSource = Field(default=PurchaseSource.IMPORT, sa_type=stored(PurchaseSource))
    import_id: UUID | None = None
    key: str | None = Field(default=None, unique=True, description="the same purchase brought again changes nothing")
    recorded_by: UUID | None = Field(default=None, foreign_key="staff.id")


class Service(Row, table=True):
    """What the business sells: a purchase's `product` names it."""

    key: str = Field(primary_key=True, description="the name as names are compared: see loyalty.services")
    name: str
    category: str = ""
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    margin_percent: float | None = Field(default=None, description="of the price")
    usual_interval_days: int | None = Field(default=None, description="after which people need it again")
    import_id: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)


# --- what follows from it


class CustomerStats(Row, table=True):
    """A customer's purchases in sums, and what the night made of them (decision D9).

    The sums change with each purchase, in its transaction; an import marks them stale and they are counted again. A
    visit is a day, in the business's zone, with something bought. Gaps are days between visits.
    """

    __tablename__: ClassVar[str] = "customer_stats"
    __table_args__ = (
        Index(
            "ix_customer_stats_stale",
            "customer_id",
            sqlite_where=text("is_stale"),
            postgresql_where=text("is_stale"),
        ),
        Index(None, "stage", "late_at"),
    )
    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    visits: int = 0
    orders: int = 0
    revenue_minor: int = Field(default=0, sa_type=BigInteger, description="after returns")
    returned_minor: int = Field(default=0, sa_type=BigInteger)
    first_day: int | None = Field(default=None, description="days are proleptic ordinals: date.toordinal()")
    last_day: int | None = None
    last_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    sum_ln_gap: float = 0.0
    sum_ln_gap_sq: float = 0.0
    last_product: str = ""
    last_branch: str = ""
    is_stale: bool = False
    year_visits: int = Field(default=0, description="in the last 365 days, as of rated_at")
    year_orders: int = 0
    year_revenue_minor: int = Field(default=0, sa_type=BigInteger)
    stage: LifecycleStage = Field(default=LifecycleStage.POTENTIAL, sa_type=stored(LifecycleStage))
    stage_reason: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, description="insights.lifecycle.Reason without its days, which grow nightly"
    )
    stage_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    typical_days: float | None = Field(default=None, description="own rhythm: see insights.purchase_interval")
    expected_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    late_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="from then on at risk")
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recency_score: int | None = Field(default=None, description="1 to 5, as the other two")
    frequency_score: int | None = None
    monetary_score: int | None = None
    rfm: RfmSegment | None = Field(default=None, sa_type=stored(RfmSegment), index=True)
    key_score: float | None = Field(default=None, description="0 to 1: see insights.key_customers")
    key_parts: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="by part: [0 to 1, its weight]"
    )
    is_key: bool = False
    rated_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="when a night last changed anything here"
    )


class StatusMove(Row, table=True):
    """A customer went from one stage, RFM segment or list to another."""

    __table_args__ = (Index(None, "customer_id", "at"), Index(None, "kind", "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: MoveKind = Field(sa_type=stored(MoveKind))
    before: str = ""
    after: str
    reason: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime)


class BaseReport(Row, table=True):
    """What one night found in the whole base; pages show the newest."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    data: dict[str, Any] = Field(sa_type=JSON, description="insights.audit and its sisters, as JSON; ids, no names")
    prior: dict[str, Any] = Field(sa_type=JSON, description="of the rhythm: insights.purchase_interval.Prior")
    purchases: int
    seconds: float
    engine: str


class TodayAction(Row, table=True):
    """One customer worth a word today, and why (feature A19)."""

    __table_args__ = (UniqueConstraint("customer_id", "day"), Index(None, "day"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    day: int = Field(description="date.toordinal() in the business's zone")
    kind: str
    reason: dict[str, Any] = Field(sa_type=JSON)
    worth_minor: int = Field(default=0, sa_type=BigInteger)
    state: ActionState = Field(default=ActionState.OPEN, sa_type=stored(ActionState))
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Segment(Row, table=True):
    """One version of a named set of customers; the highest counts."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    rules: dict[str, Any] = Field(sa_type=JSON, description="see messaging.segments")
    is_archived: bool = False
    changed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Goal(Row, table=True):
    """What a number shall be by a day, and who sees to it (feature AN15)."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    metric: str = Field(description="a key of insights.base_metrics")
    started_from: float
    target: float
    since: datetime = Field(sa_type=UtcDateTime)
    deadline: datetime = Field(sa_type=UtcDateTime)
    responsible_id: UUID | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


# --- what files brought


class ImportRun(Row, table=True):
    """One file taken in: how far it came, and until when it can be taken back."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: ImportKind = Field(sa_type=stored(ImportKind))
    file_name: str
    mapping: dict[str, Any] = Field(sa_type=JSON, description="our column -> the file's")
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="how its cells are read: currency…")
    state: ImportState = Field(default=ImportState.RUNNING, sa_type=stored(ImportState))
    by: UUID | None = Field(default=None, foreign_key="staff.id", description="none: the command line")
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rows: int = Field(default=0, description="read so far")
    new: int = 0
    changed: int = 0
    known: int = 0
    kept: int = Field(default=0, description="fields that stayed as the customer or the staff said them")
    customers: int = Field(default=0, description="nobody knew before")
    refused: int = 0
    share: float = Field(default=0.0, description="of the file, read so far")
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="its last page; none: no page yet")
    error: str = ""
    undo_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="what was taken back, and what stays"
    )


class ImportChange(Row, table=True):
    """A row that an import changed or made, as it was before; a purchase and a new customer know their import."""

    __table_args__ = (Index(None, "import_id", "id"), Index(None, "customer_id"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    import_id: UUID = Field(foreign_key="import_run.id")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", description="whose row, for erasure")
    changed_table: str
    row_key: dict[str, Any] = Field(sa_type=JSON)
    before: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="none: it was not there"
    )
    after: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="what was changed since is not undone"
    )


class ColumnMapping(Row, table=True):
    """Which column is which in files with this header, as somebody decided last."""

    kind: ImportKind = Field(primary_key=True, sa_type=stored(ImportKind))
    header_hash: str = Field(primary_key=True)
    mapping: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime = Field(sa_type=UtcDateTime)


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


# --- what we give


class Membership(Row, table=True):
    """A customer in the loyalty programme."""

    customer_id: UUID = Field(primary_key=True, foreign_key="customer.id")
    card_number: str = Field(unique=True)
    joined_at: datetime = Field(sa_type=UtcDateTime)


class PointsEntry(Row, table=True):
    """Points given or taken: append-only, one row a cause. The balance is their sum."""

    __table_args__ = (Index(None, "customer_id", "id"), Index(None, "purchase_id"))
    key: str = Field(primary_key=True, description="the cause; the same one has its effect once (decision D8)")
    id: UUID = Field(default_factory=new_id, unique=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: PointsKind = Field(sa_type=stored(PointsKind))
    points: int = Field(sa_type=BigInteger)
    purchase_id: UUID | None = Field(default=None, foreign_key="purchase.id")
    at: datetime = Field(sa_type=UtcDateTime)


class PromoCampaign(Row, table=True):
    """What a kind of code is worth, and for how long."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(unique=True, description="what jobs and buttons call it")
    name: str
    kind: PromoKind = Field(sa_type=stored(PromoKind))
    value: int = Field(description="percent, minor units, or 0 for a gift")
    code_prefix: str = ""
    code_lives_days: int = 30
    is_active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class PromoCode(Row, table=True):
    """One code; `used` never passes `max_uses`, whoever comes at the same time (feature PR4)."""

    __table_args__ = (
        CheckConstraint("used <= max_uses", name="used_at_most"),
        Index(None, "customer_id", "issued_at"),
    )
    code: str = Field(primary_key=True, description="normalised: see loyalty.promo_rules")
    campaign_id: UUID = Field(foreign_key="promo_campaign.id", index=True)
    customer_id: UUID | None = Field(
        default=None, foreign_key="customer.id", description="whose it is; none: anybody's"
    )
    issue_key: str | None = Field(default=None, unique=True, description="why it was issued; the same reason gives one")
    max_uses: int = 1
    used: int = 0
    issued_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Redemption(Row, table=True):
    """One use of one code. The key is the request's own: a request repeated is one redemption."""

    __table_args__ = (Index(None, "customer_id", "at"), Index(None, "code"), Index(None, "purchase_id"))
    key: str = Field(primary_key=True)
    code: str = Field(foreign_key="promo_code.code")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id")
    purchase_id: UUID | None = Field(default=None, foreign_key="purchase.id")
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    at: datetime = Field(sa_type=UtcDateTime)


# --- what the clock does


class Occasion(Row, table=True):
    """One due moment of a journey for one customer, with what came of it and why; there is never a second (I10)."""

    __table_args__ = (UniqueConstraint("journey", "customer_id", "occurrence"), Index(None, "customer_id", "at"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    journey: Journey = Field(sa_type=stored(Journey))
    customer_id: UUID = Field(foreign_key="customer.id")
    occurrence: str = Field(description="«2026» for a birthday, «after:<purchase>» for a win-back")
    outcome: OccasionOutcome = Field(sa_type=stored(OccasionOutcome))
    reason: str = Field(description="why it is due, or why it was skipped")
    outbox_id: UUID | None = None
    at: datetime = Field(sa_type=UtcDateTime)


class JobRun(Row, table=True):
    """How one job of the timetable fares: its last run, its last success and its last failure."""

    job: str = Field(primary_key=True)
    ran_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    succeeded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str = ""
    handled: int = Field(default=0, description="what its last run dealt with")
    seconds: float = Field(default=0.0, description="that the last run took")
    failures: int = Field(default=0, description="runs in a row that failed")


# --- who stands out


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


# --- the door in


class InboundEvent(Row, table=True):
    """One incoming event, stored before the platform hears that we have it; unanswered until its unit ran."""

    __table_args__ = (
        UniqueConstraint("bot_id", "event_id"),
        Index(None, "customer_id", "id"),
        Index(
            "ix_inbound_event_unanswered",
            "due_at",
            sqlite_where=text("answered_at IS NULL"),
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("ix_inbound_event_message", "bot_id", "chat_id", "message_id"),
        Index(
            "ix_inbound_event_album",
            "bot_id",
            "chat_id",
            "album",
            sqlite_where=text("album IS NOT NULL"),
            postgresql_where=text("album IS NOT NULL"),
        ),
        Index(
            "ix_inbound_event_about",
            "about_id",
            sqlite_where=text("about_id IS NOT NULL"),
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    bot_id: str
    event_id: str
    chat_id: str
    message_id: str | None = Field(default=None, description="the platform's id of it, by which an edit names it")
    album: str | None = Field(default=None, description="what the parts of one album, or of one forwarding, share")
    customer_id: UUID | None = None
    about_id: UUID | None = Field(default=None, description="the customer whom the staff spoke of here, for erasure")
    text: str = Field(description="what the customer said, or the label they pressed; after an edit the new words")
    earlier: list[str] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="its words before each edit, oldest first"
    )
    incoming: dict[str, Any] = Field(sa_type=JSON, description="the whole event, to answer it later")
    classification: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    received_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="when the sweep may try it again")
    attempts: int = 0


class ButtonPress(Row, table=True):
    """One button takes effect once, however often the platform repeats the tap (invariant I12)."""

    nonce: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    pressed_at: datetime = Field(sa_type=UtcDateTime)


# --- what we ask


class SurveyRun(Row, table=True):
    """One question put to one customer. Open until `closed_at`: first the score, then perhaps a comment."""

    __table_args__ = (
        Index(None, "customer_id", "asked_at"),
        Index(None, "kind", "answered_at"),
        Index(
            "ix_survey_run_open",
            "customer_id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    kind: SurveyKind = Field(sa_type=stored(SurveyKind))
    bot_id: str
    purchase_id: UUID | None = Field(default=None, description="the visit it asks about")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    score: int | None = None
    score_group: ScoreGroup | None = Field(default=None, sa_type=stored(ScoreGroup))
    comment: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


# --- when a human is needed


class Case(Row, table=True):
    """An escalation, from opening to resolution; a customer has one open case at the most."""

    __tablename__: ClassVar[str] = "support_case"  # "case" is a word of SQL
    __table_args__ = (
        Index(
            "uq_support_case_open",
            "customer_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "closed_at", "due_at"),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    bot_id: str = Field(description="where the customer wrote last; answers go there")
    chat_id: str
    urgency: Urgency = Field(sa_type=stored(Urgency))
    origin: CaseOrigin = Field(sa_type=stored(CaseOrigin))
    summary: str = Field(description="the words that opened it")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime, description="the first human answer is promised by then")
    taken_by: UUID | None = Field(default=None, foreign_key="staff.id")
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replied_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="the first human answer")
    unread: int = Field(default=1, description="messages of the customer since staff last looked")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    cause: CaseCause | None = Field(default=None, sa_type=stored(CaseCause))
    action: str = Field(default="", description="what was done about it")


# --- the door out


class OutboxMessage(Row, table=True):
    """One message to deliver; its states and transitions are in docs/delivery.md."""

    __table_args__ = (
        Index(
            "ix_outbox_message_due",
            "bot_id",
            "priority",
            "not_before",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_outbox_message_chat",
            "bot_id",
            "user_id",
            "id",
            sqlite_where=text("state IN ('queued', 'claimed', 'sending')"),
            postgresql_where=text("state IN ('queued', 'claimed', 'sending')"),
        ),
        Index(
            "ix_outbox_message_leased",
            "lease_until",
            sqlite_where=text("state IN ('claimed', 'sending')"),
            postgresql_where=text("state IN ('claimed', 'sending')"),
        ),
        Index(None, "customer_id", "id"),
        Index("ix_outbox_message_provider", "bot_id", "user_id", "provider_id"),
        Index(
            "ix_outbox_message_call",
            "bot_id",
            "random_id",
            sqlite_where=text("state = 'queued' AND random_id IS NOT NULL"),
            postgresql_where=text("state = 'queued' AND random_id IS NOT NULL"),
        ),
        Index(
            "ix_outbox_message_about",
            "about_id",
            sqlite_where=text("about_id IS NOT NULL"),
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    bot_id: str
    user_id: str = Field(description="the chat it goes to")
    customer_id: UUID | None = None
    about_id: UUID | None = Field(default=None, description="whom the operators' desk reads about here, for erasure")
    kind: MessageKind = Field(sa_type=stored(MessageKind))
    priority: int
    body: dict[str, Any] = Field(sa_type=JSON)
    nonce: str = Field(unique=True, description="what its buttons carry back")
    dedupe_key: str | None = Field(default=None, unique=True)
    state: DeliveryState = Field(default=DeliveryState.QUEUED, sa_type=stored(DeliveryState))
    not_before: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    first_attempt_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    token: UUID | None = Field(default=None, description="of the claim that holds it")
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_epoch: int | None = None
    random_id: int | None = Field(default=None, description="VK's idempotency key; rows of one call share it")
    random_id_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="VK forgets it an hour later")
    provider_id: str | None = Field(default=None, description="the platform's id of the delivered message")
    is_possible_duplicate: bool = False
    reason: str | None = Field(default=None, description="why it failed, was cancelled, or is unknown")
    survey_run_id: UUID | None = None
    case_id: UUID | None = None
    staff_id: UUID | None = None
    journey: Journey | None = Field(default=None, sa_type=stored(Journey))
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ChatPace(Row, table=True):
    """When one chat may be written to again."""

    bot_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    next_at: float = Field(description="Unix seconds")


class RateLimit(Row, table=True):
    """A GCRA row: the moment the next send of one bucket may begin (decision D7)."""

    bot_id: str = Field(primary_key=True)
    bucket: str = Field(primary_key=True)
    next_at: float = Field(description="Unix seconds")


class BotLease(Row, table=True):
    """Who delivers for one bot. A new owner gets a higher epoch, and the old one's writes no longer match."""

    bot_id: str = Field(primary_key=True)
    owner: str
    epoch: int
    until: float = Field(description="Unix seconds")


class Media(Row, table=True):
    """A picture or a file of at most 10 MB, kept once by its SHA-256."""

    hash: str = Field(primary_key=True)
    content_type: str
    size: int
    owner_id: UUID | None = Field(default=None, index=True, description="the customer it is about, for erasure")
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


# --- the staff


class Staff(Row, table=True):
    id: UUID = Field(default_factory=new_id, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: Role = Field(sa_type=stored(Role))
    language: Language = Field(default=Language.RU, sa_type=stored(Language))
    password_hash: str | None = None
    is_active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class StaffSession(Row, table=True):
    """A signed-in browser; only the hash of its cookie is kept."""

    id_hash: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class StaffAccount(Row, table=True):
    """A staff member's own account in a messenger."""

    bot_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    staff_id: UUID = Field(foreign_key="staff.id", index=True)
    display_name: str = ""
    linked_at: datetime = Field(sa_type=UtcDateTime)
    is_on_duty: bool = Field(default=False, description="alerts come to the private chat with this account")


class DeskTopic(Row, table=True):
    """A customer's topic in an operators' forum. One is written to; a lost one stays known, for who writes there."""

    __table_args__ = (
        Index(
            "uq_desk_topic_current",
            "bot_id",
            "chat_id",
            "customer_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )
    bot_id: str = Field(primary_key=True)
    chat_id: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True, description="the platform's number of the topic")
    customer_id: UUID = Field(foreign_key="customer.id", index=True)
    title: str
    is_current: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class OneTimeLink(Row, table=True):
    """A link that works once; only the hash of its token is kept."""

    token_hash: str = Field(primary_key=True)
    purpose: LinkPurpose = Field(sa_type=stored(LinkPurpose))
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInFailure(Row, table=True):
    """A wrong password; too many from one place or for one login close the door for a while."""

    __table_args__ = (Index(None, "key", "at"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str
    at: datetime = Field(sa_type=UtcDateTime)


class BusinessSetting(Row, table=True):
    """One version of one business setting; the highest version counts."""

    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    value: Any = Field(sa_type=JSON)
    changed_by: UUID | None = Field(default=None, foreign_key="staff.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)


# --- who is who, and what was done about it


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


class AuditEntry(Row, table=True):
    """Who did what to whom. Append-only: the database itself refuses to change or delete a row."""

    __table_args__ = (Index(None, "subject_id", "id"),)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: AuditActor = Field(sa_type=stored(AuditActor))
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    action: AuditAction = Field(sa_type=stored(AuditAction))
    subject_id: UUID | None = Field(default=None, description="the customer, who may be gone or nameless by now")
    details: dict[str, Any] = Field(sa_type=JSON, description="ids and numbers, never a person's data")


# --- what is happening right now


class FeedEntry(Row, table=True):
    """Something an open page may want to show; `seq` grows in the order of commits, so a page can tail it."""

    __tablename__: ClassVar[str] = "feed"
    __table_args__ = (Index(None, "customer_id", "seq"), {"sqlite_autoincrement": True})
    seq: int | None = Field(default=None, sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=True))
    customer_id: UUID | None = None
    kind: FeedKind = Field(sa_type=stored(FeedKind))
    ref: UUID = Field(description="the id of the event, outbox message or case")
    at: datetime = Field(sa_type=UtcDateTime)


class Heartbeat(Row, table=True):
    """When a part of the program last said that it is alive."""

    role: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
