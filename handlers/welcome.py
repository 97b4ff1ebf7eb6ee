"""The first hello, also in the middle of anything: what brought them, the first consent, the menu."""

import logging

from handlers.turn import Turn
from loyalty.arrivals import Arrival, arrive
from loyalty.card_codes import token_in
from loyalty.invitations import welcomed
from messaging.menu import consent_question, menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose, SurveyKind, Touchpoint
from surveys.asking import ask

log = logging.getLogger(__name__)


def greet(turn: Turn) -> list[Message]:
    arrival = _arrival(turn)
    told = _told(turn, arrival)
    if ConsentPurpose.PERSONAL_DATA not in turn.consents:
        hello = turn.say("welcome.hello", business=turn.business.name)
        hello = "\n\n".join([f"{hello} {turn.business.greeting}".strip(), *told])
        asked = consent_question(
            turn.customer.language, ConsentPurpose.PERSONAL_DATA, hello=hello, business=turn.business.name
        )
        return [asked, *_survey(turn, arrival.survey)]
    if told:
        return [menu(turn.customer.language, "\n\n".join(told)), *_survey(turn, arrival.survey)]
    return _survey(turn, arrival.survey) or [_back(turn)]


def _arrival(turn: Turn) -> Arrival:
    """What the link means that they came by; nothing for a word that means nothing here."""
    if not turn.incoming.payload or token_in(turn.incoming.payload):
        return Arrival()  # somebody else's screen, scanned by no cashier, is not a guess at a promo code
    found = arrive(turn.store, turn.visit(turn.incoming.payload))
    if found is None:
        log.info("an unknown entry link of %d characters", len(turn.incoming.payload))
    return found or Arrival()


def _told(turn: Turn, arrival: Arrival) -> list[str]:
    """Who invited them and what they get; the promo code that they came with."""
    told = []
    if arrival.friend is not None:
        told.append(welcomed(turn.store, arrival.friend, turn.customer.language))
    if arrival.offer is not None:
        told.append(arrival.offer)
    return told


def _survey(turn: Turn, kind: SurveyKind | None) -> list[Message]:
    if kind is None:
        return []
    bot_id, business = turn.incoming.chat.bot_id, turn.business.name
    return [ask(turn.store, turn.customer, bot_id, kind, turn.now, touchpoint=Touchpoint.VISIT, business=business)]


def _back(turn: Turn) -> Message:
    """/start in the middle of something: the menu, and an unfinished question is still there to be answered."""
    running = turn.running
    if running is not None and (question := running.waiting) is not None:
        return running.again(question)
    return menu(turn.customer.language, turn.say("welcome.back", business=turn.business.name))
