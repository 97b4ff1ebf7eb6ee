"""Consents, each asked apart: personal data, then advertising; the programme's own. Refusing one takes nothing else."""

from handlers.turn import Turn
from messaging.decisions import leave_programme, stop_processing
from messaging.menu import AGREE, JOIN, OFFERS, REFUSE, consent_question, menu
from messaging.messages import Message
from messaging.pacing import MARKETING
from storage.kinds import ConsentAction, ConsentPurpose, ProfileField, Topic
from storage.models import TopicChoice
from surveys.profile import ask_unasked

_ACTIONS = {AGREE: ConsentAction.GIVEN, REFUSE: ConsentAction.REFUSED}
_STOP_WORDS = frozenset(
    {"стоп", "stop", "/stop", "отписаться", "отписка", "отпишите меня", "не пишите мне", "unsubscribe"}
)


def is_decision(turn: Turn) -> bool:
    return (turn.pressed or "").partition(":")[0] in _ACTIONS


def decide(turn: Turn) -> list[Message]:
    action, _, rest = (turn.pressed or "").partition(":")
    purpose, _, then = rest.partition(":")
    about = ConsentPurpose(purpose)
    decided = _weighed(turn, about, _ACTIONS[action])
    turn.decide(about, decided)
    _carry_out(turn, about, decided)
    if about is ConsentPurpose.PERSONAL_DATA and (asked := _next_question(turn, decided, then)):
        return [asked]
    answer = menu(turn.customer.language, turn.say(f"consent.{about.value}.{decided.value}"))
    return [answer, *ask_unasked(turn.store, turn.customer, ProfileField.NAME, turn.consents, turn.now)]


def _weighed(turn: Turn, about: ConsentPurpose, decided: ConsentAction) -> ConsentAction:
    """«No» from somebody who once said yes takes the yes back: a withdrawal, and it stays one."""
    once_said_yes = turn.consents.get(about) in (ConsentAction.GIVEN, ConsentAction.WITHDRAWN)
    is_withdrawal = decided is ConsentAction.REFUSED and once_said_yes and about is not ConsentPurpose.ADVERTISING
    return ConsentAction.WITHDRAWN if is_withdrawal else decided


def _carry_out(turn: Turn, about: ConsentPurpose, decided: ConsentAction) -> None:
    is_given = decided is ConsentAction.GIVEN
    match about:
        case ConsentPurpose.ADVERTISING if is_given:
            _switch_offers_on(turn)
        case ConsentPurpose.ADVERTISING:
            reason, here = "the customer refused advertising", turn.incoming.chat.bot_id
            turn.store.outbox.cancel_for(turn.customer.id, MARKETING, reason, on_channel_of=here)
        case ConsentPurpose.PERSONAL_DATA if decided is ConsentAction.WITHDRAWN:
            stop_processing(turn.store, turn.customer.id, turn.now)
        case ConsentPurpose.PROGRAMME if not is_given:
            leave_programme(turn.store, turn.customer.id, turn.now)


def _switch_offers_on(turn: Turn) -> None:
    """Who says yes here wants them here, whatever they switched off before."""
    channel = turn.incoming.chat.channel
    if Topic.OFFERS in turn.store.preferences.switched_off(turn.customer.id, channel):
        turn.store.preferences.switch(
            TopicChoice(
                customer_id=turn.customer.id, topic=Topic.OFFERS, channel=channel, is_on=True, changed_at=turn.now
            )
        )


def _next_question(turn: Turn, decided: ConsentAction, then: str) -> Message | None:
    """What follows the consent to personal data: the programme, where it was asked for that; or advertising, once."""
    lead = turn.say(f"consent.personal_data.{decided.value}")
    if then == JOIN and decided is ConsentAction.GIVEN:
        business = turn.business.name
        return consent_question(turn.customer.language, ConsentPurpose.PROGRAMME, lead=lead, business=business)
    if ConsentPurpose.ADVERTISING not in turn.consents and decided is not ConsentAction.WITHDRAWN:
        return consent_question(turn.customer.language, ConsentPurpose.ADVERTISING, lead=lead)
    return None


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
    turn.decide(ConsentPurpose.ADVERTISING, ConsentAction.WITHDRAWN)
    return [Message(turn.say("consent.stopped"))]
