"""Promo codes in the chat: one's own, and what becomes of one that is typed: points at once, the rest at the till."""

from handlers.turn import Turn
from loyalty import gifts, typed_codes
from loyalty.card import card_of
from loyalty.order_facts import minimum_for
from loyalty.promo_codes import Issued
from loyalty.promo_rules import looks_like_code, normalised
from messaging.menu import CODES, menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose


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
    turn.store.promos.note_seen([one.code.code for one in codes], turn.now)
    lines = [gifts.line(turn.customer.language, one, turn.zone, least_minor=_least(turn, one)) for one in codes]
    text = "\n".join([turn.say("promo.yours"), *lines, "", turn.say("promo.at_the_till")])
    return [menu(turn.customer.language, text)]


def types_a_code(turn: Turn) -> bool:
    """Where a survey waits for words, «касса2» is an answer: there a code counts only if there is such a one."""
    text = turn.incoming.text
    if turn.pressed is not None or not looks_like_code(text):
        return False
    return turn.survey is None or turn.store.promos.code(normalised(text)) is not None


def tell_about_code(turn: Turn) -> list[Message]:
    """How the code fares; of any that does nothing for them one and the same is said, whether it exists or not."""
    chat = turn.incoming.chat
    heard = typed_codes.hear(
        turn.store,
        turn.customer,
        chat.channel,
        turn.incoming.text,
        f"chat:{chat.bot_id}:{turn.incoming.event_id}",
        turn.now,
        turn.business.zone,
    )
    return [menu(turn.customer.language, typed_codes.words(turn.store, turn.customer, heard, turn.zone))]


def _least(turn: Turn, issued: Issued) -> int:
    return minimum_for(turn.store, issued.campaign, turn.customer.id)
