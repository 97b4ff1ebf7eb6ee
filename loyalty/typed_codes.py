"""What a typed code is to its customer: what it is worth, points at once, no help for who guesses (PR8, PR10)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from loyalty import gifts
from loyalty.card import card_of
from loyalty.guessing import REMEMBERED_FOR, paused_until
from loyalty.order_facts import minimum_for, misfit_of
from loyalty.promo_codes import Issued, Order, Redeemed, redeem
from loyalty.promo_conditions import local
from loyalty.promo_refusals import Refusal
from loyalty.promo_rules import codes_in
from messaging.phrases import count, say
from storage.kinds import Channel, PromoKind
from storage.models import CodeAttempt, Customer
from storage.store import Store


class Answer(StrEnum):
    """What became of a typed code. The values are phrases: `promo.<value>`."""

    VALID = "valid"
    USED = "used"
    EXPIRED = "expired"
    OVER = "over"
    POINTS = "points"
    NEEDS_CARD = "needs_card"
    DOES_NOT_FIT = "does_not_fit"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Heard:
    """`issued`: the code, where it may be spoken of; `points`: given for it now; `until`: when one may try again."""

    answer: Answer
    issued: Issued | None = None
    at: datetime | None = None
    points: int = 0
    until: datetime | None = None


def hear(
    store: Store, customer: Customer, channel: Channel, text: str, key: str, now: datetime, zone: ZoneInfo
) -> Heard:
    """What a typed code does. Of every code that does nothing for this customer one and the same is said, whether it
    exists or not, and it counts against who guesses. `zone`: the business's own; `key`: the message's."""
    attempts = store.promos.attempts(customer.id, channel, now - REMEMBERED_FOR)
    if until := paused_until(attempts, now):
        return Heard(Answer.TOO_MANY, until=until)
    heard = _looked_up(store, customer, channel, text, key, now, zone)
    if heard.answer is Answer.DOES_NOT_FIT:
        store.promos.note_attempt(CodeAttempt(customer_id=customer.id, channel=channel, at=now))
    elif heard.issued is not None:
        store.promos.note_seen([heard.issued.code.code], now)
    return heard


def told(
    store: Store, customer: Customer, channel: Channel, payload: str, key: str, now: datetime, zone: ZoneInfo
) -> str | None:
    """What to say to somebody whom a link with a code brought, in their language; None where the payload is no code
    that does anything for them (feature PR10). Wrong ones count against who guesses as typed ones do."""
    if len(codes_in(payload)) != 1:
        return None
    heard = hear(store, customer, channel, payload, key, now, zone)
    return None if heard.issued is None else words(store, customer, heard, zone)


def words(store: Store, customer: Customer, heard: Heard, zone: ZoneInfo) -> str:
    """The answer, in the customer's language. `zone`: theirs."""
    language, values = customer.language, dict[str, str]()
    if heard.until is not None:
        values["until"] = f"{local(heard.until, zone):%H:%M}"
    if heard.issued is not None:
        values["code"] = heard.issued.text
        values["at"] = gifts.day(language, heard.at, zone) if heard.at else ""
        values["points"] = count(language, "card.points", heard.points)
        least = minimum_for(store, heard.issued.campaign, customer.id)
        values["line"] = gifts.line(language, heard.issued, zone, least_minor=least)
    return say(language, f"promo.{heard.answer.value}", **values).strip()


def _looked_up(
    store: Store, customer: Customer, channel: Channel, text: str, key: str, now: datetime, zone: ZoneInfo
) -> Heard:
    wanted = codes_in(text)
    code = store.promos.code(wanted[0]) if len(wanted) == 1 else None
    if code is None or code.customer_id not in (None, customer.id):
        return Heard(Answer.DOES_NOT_FIT)
    issued = Issued(code, store.promos.campaign_of(code))
    if used := store.promos.own_use(code.code, customer.id):
        is_used_up = code.customer_id is not None and code.used < code.max_uses
        if not is_used_up:
            return Heard(Answer.USED, issued, used.at)
    if issued.campaign.kind is PromoKind.POINTS:
        return _points(store, customer, channel, issued, key, now, zone)
    if code.customer_id is not None:
        own = gifts.state_of(store, issued, now)
        return Heard(Answer(own.state.value), issued, own.at)
    is_left = code.used < code.max_uses and (code.expires_at is None or code.expires_at > now)
    order = Order(customer.id, 0, now, channel=channel)
    reason = misfit_of(store, issued.campaign, order, zone)
    # Only what the next order may still have, or another hour, is left open: that is judged where it is used.
    if is_left and reason in (None, *_JUDGED_AT_THE_TILL):
        return Heard(Answer.VALID, issued, code.expires_at)
    return Heard(Answer.DOES_NOT_FIT)


_JUDGED_AT_THE_TILL = (
    Refusal.TOO_SMALL,
    Refusal.WRONG_SERVICE,
    Refusal.WRONG_BRANCH,
    Refusal.WRONG_DAY,
    Refusal.WRONG_HOUR,
    Refusal.NOT_YET,
)


def _points(
    store: Store, customer: Customer, channel: Channel, issued: Issued, key: str, now: datetime, zone: ZoneInfo
) -> Heard:
    """Points need no till: whoever has a card has them at once, each customer once."""
    order = Order(customer.id, 0, now, channel=channel)
    if card_of(store, customer.id, now) is None:
        is_over = misfit_of(store, issued.campaign, order, zone) is not None or issued.code.used >= issued.code.max_uses
        return Heard(Answer.DOES_NOT_FIT) if is_over else Heard(Answer.NEEDS_CARD, issued)
    done = redeem(store, issued.code.code, key, order, zone)
    if isinstance(done, Redeemed):
        return Heard(Answer.POINTS, issued, points=issued.campaign.value)
    return Heard(Answer.DOES_NOT_FIT)
