"""«Как обычно?»: the customer's own usual order, one tap away from a person who takes it."""

from handlers.turn import Turn
from loyalty.usual import LINES, Usual, usual_order
from messaging import cases
from messaging.menu import USUAL, menu
from messaging.messages import Button, Message
from storage.kinds import CaseOrigin, ConsentPurpose, Urgency

_YES = "usual:yes"


def wants_the_usual(turn: Turn) -> bool:
    return turn.pressed == USUAL


def ask(turn: Turn) -> list[Message]:
    usual = _usual(turn)
    if usual is None:
        return [menu(turn.customer.language, turn.say("usual.none"))]
    buttons = (Button(turn.say("usual.yes"), _YES),)
    return [Message(turn.say("usual.question", order=", ".join(usual.products)), buttons)]


def confirms(turn: Turn) -> bool:
    return turn.pressed == _YES


def order(turn: Turn) -> list[Message]:
    """A case with the order: a person says when it is ready."""
    usual = _usual(turn)
    if usual is None:
        return [menu(turn.customer.language, turn.say("usual.none"))]
    words = turn.say("usual.order", order=", ".join(usual.products))
    cases.open_case(
        turn.store,
        turn.customer,
        turn.incoming.chat,
        Urgency.NOW,
        CaseOrigin.ORDER,
        words,
        turn.now,
        turn.business.desk,
    )
    return [Message(turn.say("usual.passed_on", order=", ".join(usual.products)))]


def _usual(turn: Turn) -> Usual | None:
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return None
    return usual_order(turn.store.purchases.of_customer(turn.customer.id, LINES))
