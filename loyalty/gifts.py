"""A customer's own codes: the first gift, those they can use, and what to say about each."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.campaigns import WELCOME, campaign, worth
from loyalty.promo_codes import Issued, issue
from loyalty.promo_rules import looks_like_code, normalised
from messaging import phrases
from messaging.local_time import local_date
from storage.kinds import Language
from storage.store import Store

JOINED = "joined"
_MOST_CODES = 200
_MOST_WORDS = 200


class CodeState(StrEnum):
    """How an own code fares. The values are phrases: `promo.<value>`."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"
    OVER = "over"


class OwnCode(NamedTuple):
    """`at`: when it was used or ends; None when that never comes."""

    issued: Issued
    state: CodeState
    at: datetime | None


def welcome(store: Store, customer_id: UUID, language: Language, now: datetime) -> Issued | None:
    """The gift for joining: asked for again, the same code. None where the business gives none any more."""
    offered = campaign(store, WELCOME, language, now)
    return issue(store, offered, customer_id, JOINED, now) if offered.is_active else None


def usable(store: Store, customer_id: UUID, now: datetime) -> list[Issued]:
    """What the till takes today, the one that ends first before the others."""
    codes = store.promos.usable_by(customer_id, now)
    issued = [Issued(code, store.promos.campaign_of(code)) for code in codes]
    return [one for one in issued if one.campaign.is_active]


def own_code(store: Store, customer_id: UUID, text: str, now: datetime) -> OwnCode | None:
    """The state of a customer's own code; None for anything else, whatever it is (feature PR8)."""
    code = store.promos.code(normalised(text))
    if code is None or code.customer_id != customer_id:
        return None
    issued = Issued(code, store.promos.campaign_of(code))
    if code.used >= code.max_uses:
        uses = store.promos.redemptions_of(customer_id, _MOST_CODES)
        return OwnCode(issued, CodeState.USED, next((use.at for use in uses if use.code == code.code), None))
    if code.expires_at is not None and code.expires_at <= now:
        return OwnCode(issued, CodeState.EXPIRED, code.expires_at)
    return OwnCode(issued, CodeState.VALID if issued.campaign.is_active else CodeState.OVER, code.expires_at)


def wrong_codes_since(store: Store, customer_id: UUID, since: datetime, but_for: str) -> int:
    """How many codes that are not theirs this customer typed since then; the event `but_for` does not count."""
    own = {code.code for code in store.promos.of_customer(customer_id, _MOST_CODES)}
    said = store.inbox.of_customer(customer_id, _MOST_WORDS)
    typed = [event.text for event in said if event.received_at >= since and event.event_id != but_for]
    return sum(looks_like_code(text) and normalised(text) not in own for text in typed)


def line(language: Language, issued: Issued, zone: ZoneInfo) -> str:
    """«HELLO-7KM2QX — скидка 10 %, до 31 марта»."""
    offer = worth(language, issued.campaign)
    if issued.code.expires_at is None:
        return phrases.say(language, "promo.line_open", code=issued.text, worth=offer)
    return phrases.say(
        language, "promo.line", code=issued.text, worth=offer, until=day(language, issued.code.expires_at, zone)
    )


def day(language: Language, at: datetime, zone: ZoneInfo) -> str:
    """«31 марта», on the customer's own calendar."""
    return phrases.day(language, local_date(at, zone))
