"""A customer's own codes: the first gift, those they can use, and what to say about each."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.campaigns import WELCOME, campaign, gives, is_on, worth
from loyalty.promo_codes import Issued, issue, issue_key
from messaging import phrases
from messaging.local_time import local_date
from messaging.phrases import say
from storage.kinds import Language
from storage.store import Store

JOINED = "joined"


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
    """The gift for joining: asked for again, the same code. None where the business gives none any more, or not to
    them."""
    offered = campaign(store, WELCOME, language, now)
    if known := store.promos.issued_for(issue_key(offered, customer_id, JOINED)):
        return Issued(known, offered) if is_on(offered) else None
    return issue(store, offered, customer_id, JOINED, now) if gives(offered, customer_id, now) is None else None


def usable(store: Store, customer_id: UUID, now: datetime) -> list[Issued]:
    """What the till takes today, the one that ends first before the others."""
    codes = store.promos.usable_by(customer_id, now)
    issued = [Issued(code, store.promos.campaign_of(code)) for code in codes]
    return [one for one in issued if is_on(one.campaign)]


def state_of(store: Store, issued: Issued, now: datetime) -> OwnCode:
    """How a customer's own code fares."""
    code = issued.code
    if code.used >= code.max_uses:
        used = store.promos.own_use(code.code, code.customer_id) if code.customer_id else None
        return OwnCode(issued, CodeState.USED, used.at if used else None)
    if code.expires_at is not None and code.expires_at <= now:
        return OwnCode(issued, CodeState.EXPIRED, code.expires_at)
    return OwnCode(issued, CodeState.VALID if is_on(issued.campaign) else CodeState.OVER, code.expires_at)


def line(language: Language, issued: Issued, zone: ZoneInfo, *, least_minor: int = 0) -> str:
    """«HELLO-7KM2QX — скидка 10 % при заказе от 1 200 ₽, до 31 марта». `least_minor`: the order it asks of them."""
    offer = worth(language, issued.campaign, least_minor)
    if issued.code.expires_at is None:
        return say(language, "promo.line_open", code=issued.text, worth=offer)
    return say(language, "promo.line", code=issued.text, worth=offer, until=day(language, issued.code.expires_at, zone))


def day(language: Language, at: datetime, zone: ZoneInfo) -> str:
    """«31 марта», on the customer's own calendar."""
    return phrases.day(language, local_date(at, zone))
