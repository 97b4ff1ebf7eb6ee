"""The enums we store. To change a member here is to write a migration; to add a `Channel` is not."""

from enum import IntEnum, StrEnum
from typing import Final


class Channel(StrEnum):
    TELEGRAM = "telegram"
    VK = "vk"
    WEBCHAT = "webchat"


class Language(StrEnum):
    RU = "ru"
    EN = "en"


class ReachStatus(StrEnum):
    """What one channel lets us do with one identity (feature ON6)."""

    ACTIVE = "active"
    MUTED_MARKETING = "muted_marketing"
    BLOCKED = "blocked"
    NEVER_ALLOWED = "never_allowed"


CLOSED_REACH: Final = (ReachStatus.BLOCKED, ReachStatus.NEVER_ALLOWED)
"""A chat that lets nothing of ours through."""


class ConsentPurpose(StrEnum):
    """`PROGRAMME` came later than the others: purchases, points and what the profile asks for."""

    PERSONAL_DATA = "personal_data"
    ADVERTISING = "advertising"
    PROGRAMME = "programme"


class Topic(StrEnum):
    """What a customer can switch off, channel by channel (feature ON8)."""

    OFFERS = "offers"
    POINTS = "points"
    SURVEYS = "surveys"


class ConsentAction(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class SurveyKind(StrEnum):
    """What its score means: a recommendation 0-10, a satisfaction 1-5, an effort 1-7; or a list of own questions."""

    NPS = "nps"
    CSAT = "csat"
    CES = "ces"
    OWN = "own"


class Touchpoint(StrEnum):
    """What a survey asks about."""

    RELATION = "relation"
    VISIT = "visit"
    DELIVERY = "delivery"
    CASE = "case"
    RECOVERY = "recovery"
    MENU = "menu"


class RunEnding(StrEnum):
    """How a run ended. `CANCELLED`: what it asked about is no longer so. `REPLACED`: by another question."""

    FINISHED = "finished"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


class TallyDimension(StrEnum):
    """Along what the answers to a survey are added up. `WHOLE`: all of a branch."""

    WHOLE = "whole"
    SELLER = "seller"
    CHANNEL = "channel"
    TOUCHPOINT = "touchpoint"
    LANGUAGE = "language"
    VERSION = "version"
    TOPIC = "topic"


class ScoreGroup(StrEnum):
    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


class Sentiment(StrEnum):
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    MIXED = "mixed"


class Urgency(StrEnum):
    NOW = "now"
    TODAY = "today"


class CaseOrigin(StrEnum):
    """Why a case was opened."""

    ANGRY_MESSAGE = "angry_message"
    LOW_SCORE = "low_score"
    ASKED_FOR_PERSON = "asked_for_person"
    UNANSWERED_QUESTION = "unanswered_question"
    TWO_RECORDS = "two_records"
    RETURN = "return"
    ORDER = "order"
    KEYWORD = "keyword"
    COMPLAINT = "complaint"
    PUBLIC = "public"
    NOT_RECOVERED = "not_recovered"


class CaseEventKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    REPLIED = "replied"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    WARNED = "warned"
    BREACHED = "breached"
    NOTE = "note"
    CLOSED = "closed"
    REOPENED = "reopened"


class FileTrouble(StrEnum):
    """Why what a customer sent will never be here."""

    GONE = "gone"
    """The messenger no longer has it."""
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    """Neither a picture nor a voice, or a nameless picture from which nothing could be taken out."""
    UNREACHABLE = "unreachable"
    """It was tried for a day."""


class FeedbackSource(StrEnum):
    """Where something was said of us."""

    MENU = "menu"
    ANONYMOUS = "anonymous"
    WALL = "wall"
    BOARD = "board"
    MENTION = "mention"
    REVIEW = "review"


class FeedbackKind(StrEnum):
    """What somebody says; `REVIEW` where it is neither of the others alone."""

    COMPLAINT = "complaint"
    PRAISE = "praise"
    QUESTION = "question"
    REVIEW = "review"


class ReviewPlace(StrEnum):
    """Where people read reviews before they come."""

    YANDEX = "yandex"
    TWO_GIS = "two_gis"
    GOOGLE = "google"
    VK = "vk"
    OTHER = "other"


class CaseCause(StrEnum):
    """What was behind it: chosen when a case is closed (feature ES8)."""

    STAFF = "staff"
    PRODUCT = "product"
    WAITING = "waiting"
    PRICE = "price"
    DELIVERY = "delivery"
    CLEANLINESS = "cleanliness"
    PROGRAMME = "programme"
    QUESTION = "question"
    MISTAKE = "mistake"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MARKETER = "marketer"
    OPERATOR = "operator"
    CASHIER = "cashier"
    ANALYST = "analyst"


class MessageKind(StrEnum):
    """What a message is for. Its delivery class and priority follow from it (`messaging.pacing`)."""

    OPERATOR_REPLY = "operator_reply"
    OPERATOR_ALERT = "operator_alert"
    REPLY = "reply"
    NAMELESS = "nameless"
    """What is said to somebody who speaks without a name: on no page, and gone soon after it was delivered."""
    RECEIPT = "receipt"
    NOTICE = "notice"
    SURVEY = "survey"
    JOURNEY = "journey"
    BROADCAST = "broadcast"


class Priority(IntEnum):
    """Lower goes first."""

    OPERATOR = 0
    REPLY = 1
    JOURNEY = 2
    BROADCAST = 3


class DeliveryState(StrEnum):
    """One row of the outbox; the arrows are T1 to T10 of docs/delivery.md."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class FeedKind(StrEnum):
    """What changed, for the pages that are open right now."""

    MESSAGE_IN = "message_in"
    MESSAGE_OUT = "message_out"
    CASE = "case"


class ProfileField(StrEnum):
    """What the bot asks of itself, one at a time (feature ON9)."""

    NAME = "name"
    BIRTHDAY = "birthday"
    PHONE = "phone"
    CITY = "city"


class ProfileAnswer(StrEnum):
    """What became of the question."""

    OPEN = "open"
    GIVEN = "given"
    SKIPPED = "skipped"


class PurchaseSource(StrEnum):
    IMPORT = "import"
    CONSOLE = "console"
    DEMO = "demo"


class PointsKind(StrEnum):
    """Why points moved: the statement has a sentence for each."""

    ACCRUAL = "accrual"
    GIFT = "gift"
    PROMO = "promo"
    REFERRAL = "referral"
    ADJUSTMENT = "adjustment"
    OPENING = "opening"
    REDEMPTION = "redemption"
    RETURN = "return"
    EXPIRY = "expiry"
    DONATION = "donation"
    WITHDRAWAL = "withdrawal"
    RETURN_UNDONE = "return_undone"
    UNMERGE = "unmerge"


class PointsAccount(StrEnum):
    """The accounts of the ledger. The first three are each customer's, the others the business's own.

    `CLEARING` holds nothing between two units: by way of it what was booked with one customer is another's
    (`messaging.merge_points`).
    """

    AVAILABLE = "available"
    PENDING = "pending"
    OWED = "owed"
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CHARITY = "charity"
    CLEARING = "clearing"


class BatchState(StrEnum):
    """`CANCELLED`: taken back whole before it opened."""

    PENDING = "pending"
    OPEN = "open"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class DecisionState(StrEnum):
    """Something that waits for a person to decide."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class SpendState(StrEnum):
    """What a customer answered to «pay with points?»."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"


class AlertKind(StrEnum):
    """What looks wrong at a till."""

    MANY_SALES = "many_sales"
    MUCH_MONEY = "much_money"
    SAME_CARD = "same_card"
    MANY_RETURNS = "many_returns"


class PromoKind(StrEnum):
    """What a code is worth: `value` percent off, `value` minor units off, `value` points, a gift, a free service."""

    PERCENT = "percent"
    FIXED = "fixed"
    GIFT = "gift"
    POINTS = "points"
    SERVICE = "service"


class GenerationState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RedemptionState(StrEnum):
    """A reservation takes a use for some minutes; a released or rolled back one gave it back (features PR5, PR6)."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    ROLLED_BACK = "rolled_back"


class EntryPurpose(StrEnum):
    """What a QR code is printed for (feature ON2)."""

    JOIN = "join"
    FEEDBACK = "feedback"
    PROMO = "promo"


class ReferralState(StrEnum):
    """`HELD`: something looks wrong, a person decides. `EARNED`: the first order is paid, the return window runs."""

    JOINED = "joined"
    INVALID = "invalid"
    EARNED = "earned"
    HELD = "held"
    REWARDED = "rewarded"
    REVERSED = "reversed"


class Journey(StrEnum):
    """A programme that the clock starts for one customer at a time."""

    CSAT_AFTER_PURCHASE = "csat_after_purchase"
    BIRTHDAY = "birthday"
    WIN_BACK = "win_back"
    POINTS_EXPIRE = "points_expire"
    TIER = "tier"
    REFERRAL_ASK = "referral_ask"
    LIKES = "likes"
    SURVEY = "survey"
    RECOVERY_CHECK = "recovery_check"
    REVIEW_ASK = "review_ask"


class OccasionOutcome(StrEnum):
    QUEUED = "queued"
    SKIPPED = "skipped"


class FlagKind(StrEnum):
    ADVOCATE = "advocate"
    TOXIC = "toxic"


class FlagState(StrEnum):
    """A candidate has no effect; only a person confirms."""

    CANDIDATE = "candidate"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    FIRST_OWNER = "first_owner"
    INVITATION = "invitation"
    LINK_MESSENGER = "link_messenger"


class Gender(StrEnum):
    """As a business's own file says it; how somebody is spoken to."""

    FEMALE = "female"
    MALE = "male"


class FieldOrigin(StrEnum):
    """Who told us something about a customer (task D1)."""

    CUSTOMER = "customer"
    STAFF = "staff"
    IMPORT = "import"
    MESSENGER = "messenger"


class ImportKind(StrEnum):
    """What a file holds."""

    PURCHASES = "purchases"
    CUSTOMERS = "customers"
    SERVICES = "services"


class ImportState(StrEnum):
    """`PREPARED`: the file is here, and somebody looks at what its columns mean."""

    PREPARED = "prepared"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class PairState(StrEnum):
    """Two records that may be one person; only somebody who looks at them decides."""

    OPEN = "open"
    DIFFERENT = "different"


class ActionState(StrEnum):
    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class MoveKind(StrEnum):
    """What a customer moved within."""

    STAGE = "stage"
    RFM = "rfm"
    KEY = "key"
    TIER = "tier"


class AuditActor(StrEnum):
    """Who did it: a member of staff, the customer themselves, or the program."""

    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


class AuditAction(StrEnum):
    """What is written into the audit (feature AD2)."""

    MERGED = "merged"
    UNMERGED = "unmerged"
    ERASED = "erased"
    EXPORTED = "exported"
    FLAG_CONFIRMED = "flag_confirmed"
    FLAG_DISMISSED = "flag_dismissed"
    POINTS_ADJUSTED = "points_adjusted"
    RETURNED = "returned"
    CODE_ROLLED_BACK = "code_rolled_back"
    CAMPAIGN_CHANGED = "campaign_changed"
    RULES_CHANGED = "rules_changed"
    REFERRAL_DECIDED = "referral_decided"
    IMPORTED = "imported"
    IMPORT_UNDONE = "import_undone"


# --- the base


class LifecycleStage(StrEnum):
    """Where a customer stands (feature RF3); each has exactly one."""

    POTENTIAL = "potential"
    NEW = "new"
    REGULAR = "regular"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LOST = "lost"


class RfmSegment(StrEnum):
    """The ten names of the 125 cells (feature RF2)."""

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYALIST = "potential_loyalist"
    NEW = "new"
    PROMISING = "promising"
    NEED_ATTENTION = "need_attention"
    ABOUT_TO_SLEEP = "about_to_sleep"
    AT_RISK = "at_risk"
    CANT_LOSE = "cant_lose"
    LOST = "lost"


FROM_FILE: Final = "import"
"""Where a withdrawal that a file tells of was said: in no chat of ours."""
