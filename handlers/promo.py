"""Promo codes in the chat: one's own, and what becomes of a code that somebody types. Only the till redeems."""

from datetime import timedelta

from handlers.turn import Turn
from loyalty import gifts
from loyalty.card import card_of
from loyalty.promo_rules import looks_like_code
from messaging.menu import CODES, menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose

WRONG_AT_MOST = 5
WRONG_WITHIN = timedelta(minutes=15)
"""Feature PR8: after five wrong codes in a quarter of an hour codes are not looked up for a while."""


def wants_codes(turn: Turn) -> bool:
    return turn.pressed == CODES


def show_codes(turn: Turn) -> list[Message]:
    """Every code that can be used, the first gift of a member among them."""
    is_member = turn.has_given(ConsentPurpose.PROGRAMME) and card_of(turn.store, turn.customer.id, turn.now) is not None
    if is_member:
        gifts.welcome(turn.store, turn.customer.id, turn.business.desk.language, turn.now)
    codes = gifts.usable(turn.store, turn.customer.id, turn.now)
    if not codes:
        return [menu(turn.customer.language, turn.say("promo.none" if is_member else "promo.none_yet"))]
    lines = [gifts.line(turn.customer.language, one, turn.zone) for one in codes]
    text = "\n".join([turn.say("promo.yours"), *lines, "", turn.say("promo.at_the_till")])
    return [menu(turn.customer.language, text)]


def types_a_code(turn: Turn) -> bool:
    return turn.pressed is None and looks_like_code(turn.incoming.text)


def tell_about_code(turn: Turn) -> list[Message]:
    """How an own code fares. Of any other code one and the same is said, whether it exists or not."""
    since = turn.now - WRONG_WITHIN
    wrong = gifts.wrong_codes_since(turn.store, turn.customer.id, since, but_for=turn.incoming.event_id)
    if wrong >= WRONG_AT_MOST:
        return [menu(turn.customer.language, turn.say("promo.too_many"))]
    own = gifts.own_code(turn.store, turn.customer.id, turn.incoming.text, turn.now)
    return [menu(turn.customer.language, turn.say("promo.does_not_fit") if own is None else _about(turn, own))]


def _about(turn: Turn, own: gifts.OwnCode) -> str:
    if own.state is gifts.CodeState.VALID:
        known = gifts.line(turn.customer.language, own.issued, turn.zone)
        return turn.say("promo.valid", line=known)
    at = gifts.day(turn.customer.language, own.at, turn.zone) if own.at else ""
    return turn.say(f"promo.{own.state.value}", code=own.issued.text, at=at).strip()
