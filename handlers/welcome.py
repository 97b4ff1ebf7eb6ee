"""The first hello, also in the middle of anything: where they came from, the first consent, the menu."""

import logging

from handlers.turn import Turn
from messaging.menu import consent_question, menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose, SurveyKind
from surveys.asking import ask, question

log = logging.getLogger(__name__)


def greet(turn: Turn) -> list[Message]:
    kind = _note_the_link(turn)
    if ConsentPurpose.PERSONAL_DATA not in turn.consents:
        hello = turn.say("welcome.hello", business=turn.business.name)
        hello = f"{hello} {turn.business.greeting}".strip()
        asked = consent_question(
            turn.customer.language, ConsentPurpose.PERSONAL_DATA, hello=hello, business=turn.business.name
        )
        return [asked, *_survey(turn, kind)]
    return _survey(turn, kind) or [_back(turn)]


def _note_the_link(turn: Turn) -> SurveyKind | None:
    """Remember what brought a new customer; the survey that a link asks for."""
    if not turn.incoming.payload:
        return None
    link = turn.store.customers.entry_link(turn.incoming.payload)
    if link is None:
        log.info("an unknown entry link of %d characters", len(turn.incoming.payload))
        return None
    if turn.customer.source is None:
        turn.customer.source = link.source
        turn.store.customers.save(turn.customer)
    return link.survey


def _survey(turn: Turn, kind: SurveyKind | None) -> list[Message]:
    if kind is None:
        return []
    return [ask(turn.store, turn.customer, turn.incoming.chat.bot_id, kind, turn.now, business=turn.business.name)]


def _back(turn: Turn) -> Message:
    """/start in the middle of something: the menu, and an unfinished question is still there to be answered."""
    if turn.survey is not None and turn.survey.score is None:
        return question(turn.customer, turn.survey, "again", business=turn.business.name)
    return menu(turn.customer.language, turn.say("welcome.back", business=turn.business.name))
