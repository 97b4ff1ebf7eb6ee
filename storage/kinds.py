"""The enums we store. To change a member here is to write a migration."""

from enum import IntEnum, StrEnum


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


class ConsentPurpose(StrEnum):
    PERSONAL_DATA = "personal_data"
    ADVERTISING = "advertising"


class ConsentAction(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class SurveyKind(StrEnum):
    NPS = "nps"
    CSAT = "csat"


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
    RECEIPT = "receipt"
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


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    FIRST_OWNER = "first_owner"
    INVITATION = "invitation"
    LINK_MESSENGER = "link_messenger"
