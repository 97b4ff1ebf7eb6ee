"""Invite a friend: one's own code and links; and a friend's code that somebody types."""

from handlers.turn import Turn
from loyalty.arrivals import arrive
from loyalty.invitations import invitation, welcomed
from loyalty.promo_rules import normalised
from loyalty.referral_rules import is_code
from messaging.menu import FRIENDS, JOIN, consent_question, menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose


def wants_to_invite(turn: Turn) -> bool:
    return turn.pressed == FRIENDS or turn.incoming.text.startswith("/invite")


def show(turn: Turn) -> list[Message]:
    """The code with what it brings; then, as a message of its own, the words to send on."""
    language = turn.customer.language
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        hello, business = turn.say("friends.needs_data"), turn.business.name
        return [consent_question(language, ConsentPurpose.PERSONAL_DATA, then=JOIN, hello=hello, business=business)]
    own, words = invitation(turn.store, turn.customer.id, language, turn.business.name, turn.business.doors, turn.now)
    return [Message(own), menu(language, words)]


def types_code(turn: Turn) -> bool:
    """Somebody's code and nothing else: another code of that shape is a promo code."""
    if turn.pressed is not None or not is_code(turn.incoming.text):
        return False
    return turn.store.referrals.owner_of(normalised(turn.incoming.text)) is not None


def take_code(turn: Turn) -> list[Message]:
    """As if they had come by the link."""
    arrival = arrive(turn.store, turn.visit(turn.incoming.text))
    if arrival is None or arrival.friend is None:  # whose code it was has been forgotten
        return [menu(turn.customer.language, turn.say("menu.title"))]
    text = welcomed(turn.store, arrival.friend, turn.customer.language)
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        business = turn.business.name
        question = consent_question(
            turn.customer.language, ConsentPurpose.PERSONAL_DATA, then=JOIN, hello=text, business=business
        )
        return [question]
    return [menu(turn.customer.language, text)]
