"""Everything that no flow reads goes to a human, or gets the menu when it is just a hello."""

from handlers.turn import Turn
from insights.case_rules import Call, Heard
from messaging import cases
from messaging.menu import PERSON, menu
from messaging.messages import Message
from storage.kinds import CaseOrigin, Sentiment, Urgency
from surveys import escalation

_A_FEW_WORDS = 3


def asks_for_person(turn: Turn) -> bool:
    wants = turn.classification is not None and turn.classification.wants_person
    return turn.pressed == PERSON or turn.incoming.text.startswith("/help") or wants


def call_a_person(turn: Turn) -> list[Message]:
    if _call(turn) is None:
        _open(turn, CaseOrigin.ASKED_FOR_PERSON)
    return [Message(turn.say("support.person_comes"))]


def is_human_talking(turn: Turn) -> bool:
    return cases.is_human_talking(turn.case)


def leave_to_human(turn: Turn) -> list[Message]:
    """While a human talks, the bot is silent (feature ES3)."""
    _hear(turn)
    return []


def answer(turn: Turn) -> list[Message]:
    """A person when one is needed; thanks and the menu for a kind word or a hello; a person for anything else."""
    called = _call(turn)
    if turn.case is not None:
        if called is None:
            _hear(turn)
        return []
    if called is not None:
        is_calm = called.origin is CaseOrigin.KEYWORD
        return [Message(turn.say("support.passed_on" if is_calm else "support.sorry"))]
    if turn.classification is not None and turn.classification.sentiment is Sentiment.POSITIVE:
        return [menu(turn.customer.language, turn.say("support.glad"))]
    if _is_a_hello(turn):
        return [menu(turn.customer.language, turn.say("menu.title"))]
    _open(turn, CaseOrigin.UNANSWERED_QUESTION)
    return [Message(turn.say("support.passed_on"))]


def _is_a_hello(turn: Turn) -> bool:
    text = turn.incoming.text
    is_short = len(text.split()) <= _A_FEW_WORDS and "?" not in text
    return is_short and turn.incoming.attachment is None


def _call(turn: Turn) -> Call | None:
    """A case, where the business's rules want one for these words."""
    heard = Heard(turn.incoming.text, turn.classification)
    chat, desk = turn.incoming.chat, turn.business.desk
    return escalation.call_a_person(turn.store, turn.customer, chat, heard, _words(turn), turn.now, desk)


def _open(turn: Turn, origin: CaseOrigin) -> None:
    chat, desk, urgency = turn.incoming.chat, turn.business.desk, Urgency.TODAY
    cases.open_case(turn.store, turn.customer, chat, urgency, origin, _words(turn), turn.now, desk)


def _hear(turn: Turn) -> None:
    assert turn.case is not None
    cases.hear(turn.store, turn.case, turn.customer, turn.incoming.chat, _words(turn), turn.now, turn.business.desk)


def _words(turn: Turn) -> str:
    return turn.incoming.text or turn.say("support.no_words")
