"""What we keep about a customer: taking back the consent to it, leaving the programme, the way back, and its end."""

from handlers.turn import Turn
from messaging.decisions import leave_programme, stop_processing
from messaging.menu import AGREE, PERSON, consent_question, menu
from messaging.messages import Button, Message
from messaging.outbox import enqueue
from messaging.people import erase
from messaging.settings import AGREE_AGAIN, DATA, DELETE, HOME, LEAVE, WITHDRAW
from storage.kinds import ConsentAction, ConsentPurpose, Priority
from storage.people import GOODBYE

_WITHDRAWS = "set:data:withdraw"
_LEAVES = "set:data:leave"
_DELETES = "set:data:delete"


def wants_to_see(turn: Turn) -> bool:
    return turn.pressed == DATA


def show(turn: Turn) -> list[Message]:
    buttons = []
    if turn.has_given(ConsentPurpose.PROGRAMME):
        buttons.append(Button(turn.say("data.leave"), LEAVE))
    if turn.has_given(ConsentPurpose.PERSONAL_DATA):
        buttons.append(Button(turn.say("data.withdraw"), WITHDRAW))
    else:
        buttons.append(Button(turn.say("data.agree"), AGREE_AGAIN))
    buttons += [Button(turn.say("data.delete"), DELETE), Button(turn.say("settings.back"), HOME)]
    return [turn.in_place(Message(turn.say("data.shown", business=turn.business.name), tuple(buttons)))]


def wants_to_go(turn: Turn) -> bool:
    return turn.pressed in (WITHDRAW, LEAVE)


def confirm(turn: Turn) -> list[Message]:
    """One question before it, which says what it means."""
    what, value = ("withdraw", _WITHDRAWS) if turn.pressed == WITHDRAW else ("leave", _LEAVES)
    buttons = (Button(turn.say(f"data.{what}.yes"), value), Button(turn.say("data.keep"), HOME))
    return [turn.in_place(Message(turn.say(f"data.{what}.question"), buttons))]


def withdraws(turn: Turn) -> bool:
    return turn.pressed == _WITHDRAWS


def withdraw(turn: Turn) -> list[Message]:
    """From this moment: nothing unasked, nothing open. One button takes it back, its words beside it."""
    if turn.consents.get(ConsentPurpose.PERSONAL_DATA) is not ConsentAction.WITHDRAWN:
        turn.decide(ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    stop_processing(turn.store, turn.customer.id, turn.now)
    buttons = (
        Button(turn.say("data.agree_again"), f"{AGREE}:{ConsentPurpose.PERSONAL_DATA.value}"),
        Button(turn.say("menu.person"), PERSON),
    )
    return [turn.in_place(Message(turn.say("data.withdrawn", business=turn.business.name), buttons))]


def leaves(turn: Turn) -> bool:
    return turn.pressed == _LEAVES


def leave(turn: Turn) -> list[Message]:
    if turn.has_given(ConsentPurpose.PROGRAMME):
        turn.decide(ConsentPurpose.PROGRAMME, ConsentAction.WITHDRAWN)
    leave_programme(turn.store, turn.customer.id, turn.now)
    return [menu(turn.customer.language, turn.say("consent.programme.withdrawn"))]


def wants_back(turn: Turn) -> bool:
    return turn.pressed == AGREE_AGAIN


def ask_again(turn: Turn) -> list[Message]:
    hello = turn.say("data.welcome_back")
    purpose = ConsentPurpose.PERSONAL_DATA
    return [consent_question(turn.customer.language, purpose, hello=hello, business=turn.business.name)]


def wants_to_be_forgotten(turn: Turn) -> bool:
    return turn.pressed == DELETE or turn.incoming.text.strip().lower() == "/delete_me"


def warn(turn: Turn) -> list[Message]:
    """It cannot be taken back, so it says what goes and what stays."""
    buttons = (Button(turn.say("data.delete.yes"), _DELETES), Button(turn.say("data.keep"), HOME))
    return [turn.in_place(Message(turn.say("data.delete.question", business=turn.business.name), buttons))]


def deletes(turn: Turn) -> bool:
    return turn.pressed == _DELETES


def delete(turn: Turn) -> list[Message]:
    """The last word goes to the address alone: it belongs to nobody we know any more."""
    goodbye = Message(turn.say("data.deleted"))
    erase(turn.store, turn.customer.id, None, turn.now)
    key = f"{GOODBYE}{turn.customer.id.hex}"
    enqueue(turn.store, turn.incoming.chat, [goodbye], turn.now, priority=Priority.REPLY, dedupe_key=key)
    return []
