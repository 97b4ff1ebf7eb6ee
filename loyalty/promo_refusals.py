"""Why a promo code is not taken. Pure."""

from enum import StrEnum


class Refusal(StrEnum):
    """Why a code is not taken. Strangers hear one and the same sentence for all of them (feature PR8)."""

    UNKNOWN = "unknown"
    SOMEBODY_ELSES = "somebody_elses"
    EXPIRED = "expired"
    USED_UP = "used_up"
    CAMPAIGN_OVER = "campaign_over"
    NOT_YET = "not_yet"
    WRONG_DAY = "wrong_day"
    WRONG_HOUR = "wrong_hour"
    TOO_SMALL = "too_small"
    WRONG_SERVICE = "wrong_service"
    WRONG_BRANCH = "wrong_branch"
    WRONG_CHANNEL = "wrong_channel"
    NOT_FIRST_ORDER = "not_first_order"
    NOT_IN_SEGMENT = "not_in_segment"
    NEEDS_CUSTOMER = "needs_customer"
    NEEDS_CARD = "needs_card"
    CAMPAIGN_USED_UP = "campaign_used_up"
    ENOUGH_TODAY = "enough_today"
    ENOUGH_HERE = "enough_here"
    ENOUGH_FOR_CUSTOMER = "enough_for_customer"
    NOT_TOGETHER = "not_together"
    TOO_MANY = "too_many"
    ROLLED_BACK = "rolled_back"
