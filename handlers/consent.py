"""Two consents, asked apart: personal data, then advertising. Refusing either takes nothing else away."""

from handlers.turn import Turn
from messaging.menu import AGREE, OFFERS, REFUSE, consent_question, menu, text_version
from messaging.messages import Message
from messaging.pacing import MARKETING
from storage.kinds import ConsentAction, ConsentPurpose
from storage.models import Consent

_ACTIONS = {AGREE: ConsentAction.GIVEN, REFUSE: ConsentAction.REFUSED}
_STOP_WORDS = frozenset(
    {"стоп", "stop", "/stop", "отписаться", "отписка", "отпишите меня", "не пишите мне", "unsubscribe"}
)


def is_decision(turn: Turn) -> bool:
    return (turn.pressed or "").partition(":")[0] in _ACTIONS


def decide(turn: Turn) -> list[Message]:
    action, _, purpose = (turn.pressed or "").partition(":")
    decided, about = _ACTIONS[action], ConsentPurpose(purpose)
    _remember(turn, about, decided)
    if decided is not ConsentAction.GIVEN and about is ConsentPurpose.ADVERTISING:
        turn.store.outbox.cancel_for(turn.customer.id, MARKETING, "the customer refused advertising")
    if about is ConsentPurpose.PERSONAL_DATA and ConsentPurpose.ADVERTISING not in turn.consents:
        lead = turn.say(f"consent.personal_data.{decided.value}")
        return [consent_question(turn.customer.language, ConsentPurpose.ADVERTISING, lead=lead)]
    return [menu(turn.customer.language, turn.say(f"consent.{about.value}.{decided.value}"))]


def wants_offers(turn: Turn) -> bool:
    return turn.pressed == OFFERS


def ask_about_offers(turn: Turn) -> list[Message]:
    """The way back for who once refused, and the way out for who agreed."""
    state = turn.consents.get(ConsentPurpose.ADVERTISING, ConsentAction.REFUSED)
    lead = turn.say("consent.advertising.is_on" if state is ConsentAction.GIVEN else "consent.advertising.is_off")
    return [consent_question(turn.customer.language, ConsentPurpose.ADVERTISING, lead=lead)]


def is_stop_word(turn: Turn) -> bool:
    return turn.incoming.text.strip(" .!\n").lower() in _STOP_WORDS


def stop(turn: Turn) -> list[Message]:
    """No advertising from this moment, queued rows included. Confirmed once; said again, it is simply so."""
    turn.store.outbox.cancel_for(turn.customer.id, MARKETING, "the customer said stop")
    if turn.consents.get(ConsentPurpose.ADVERTISING) is ConsentAction.WITHDRAWN:
        return []
    _remember(turn, ConsentPurpose.ADVERTISING, ConsentAction.WITHDRAWN)
    return [Message(turn.say("consent.stopped"))]


def _remember(turn: Turn, purpose: ConsentPurpose, action: ConsentAction) -> None:
    shown = turn.pressed_on.body["text"] if turn.pressed_on else turn.incoming.text
    turn.store.consents.add(
        Consent(
            customer_id=turn.customer.id,
            purpose=purpose,
            action=action,
            text_version=text_version(shown),
            language=turn.customer.language,
            bot_id=turn.incoming.chat.bot_id,
            evidence=turn.incoming.event_id,
            at=turn.now,
        )
    )
