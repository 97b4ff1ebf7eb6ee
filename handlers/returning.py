"""Give something back in three taps: the card, the purchase, the reason; people decide the rest (task A8)."""

from typing import Final
from uuid import UUID

from handlers.turn import Turn
from loyalty.return_requests import WITHIN, NoWish, ask, askable
from messaging.local_time import local_date
from messaging.menu import CARD, GIVE_BACK, PERSON, menu
from messaging.messages import Button, Message
from messaging.phrases import day, money
from storage.models import Purchase

_PICK: Final = "ret:p:"
_REASON: Final = "ret:"
_REASONS: Final = {"q": "quality", "w": "wrong", "f": "unfit", "o": "other"}
"""A letter in the button (its value holds forty bytes, and a purchase takes thirty-two), and the phrase's last word."""
_SHOWN: Final = 6


def wants_to_return(turn: Turn) -> bool:
    return turn.pressed == GIVE_BACK or turn.incoming.text.partition(" ")[0] == "/return"


def show_purchases(turn: Turn) -> list[Message]:
    bought = turn.store.return_requests.returnable(turn.customer.id, turn.now - WITHIN, _SHOWN)
    if not bought:
        return [menu(turn.customer.language, turn.say("return.nothing"))]
    buttons = [Button(_label(turn, one), f"{_PICK}{one.id.hex}") for one in bought]
    buttons.append(Button(turn.say("return.ask_person"), PERSON))
    return [Message(turn.say("return.which"), tuple(buttons))]


def picks_purchase(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(_PICK)


def ask_reason(turn: Turn) -> list[Message]:
    purchase = _purchase(turn)
    if isinstance(purchase, NoWish):
        return _cannot(turn, purchase)
    buttons = [
        Button(turn.say(f"return.reason.{name}"), f"{_REASON}{letter}:{purchase.id.hex}")
        for letter, name in _REASONS.items()
    ]
    return [turn.in_place(Message(turn.say("return.why", what=_label(turn, purchase)), tuple(buttons), columns=2))]


def gives_reason(turn: Turn) -> bool:
    pressed = turn.pressed or ""
    return pressed.startswith(_REASON) and pressed[len(_REASON) : len(_REASON) + 1] in _REASONS


def take_reason(turn: Turn) -> list[Message]:
    """The wish is with the operators; what is bought stays bought until they say so."""
    purchase = _purchase(turn)
    if isinstance(purchase, NoWish):
        return _cannot(turn, purchase)
    words = turn.say(f"return.reason.{_REASONS[(turn.pressed or '')[len(_REASON)]]}")
    ask(turn.store, turn.customer, turn.incoming.chat, purchase, words, turn.now, turn.business.desk)
    return [turn.in_place(Message(turn.say("return.passed_on"), (Button(turn.say("menu.card"), CARD),)))]


def _purchase(turn: Turn) -> Purchase | NoWish:
    """Their own one that the button names: a button stays on the screen for longer than it is good."""
    wanted = (turn.pressed or "").rpartition(":")[2]
    return askable(turn.store, turn.customer.id, UUID(wanted), turn.now)


def _cannot(turn: Turn, why: NoWish) -> list[Message]:
    if why is NoWish.REFUSED_BEFORE:
        return [Message(turn.say("return.refused_before"), (Button(turn.say("return.ask_person"), PERSON),))]
    return [menu(turn.customer.language, turn.say("return.nothing"))]


def _label(turn: Turn, purchase: Purchase) -> str:
    """«450 ₽ · 12 марта · Капучино»."""
    price = money(turn.customer.language, purchase.amount_minor + purchase.points_minor, purchase.currency)
    when = day(turn.customer.language, local_date(purchase.at, turn.zone))
    return " · ".join(part for part in (price, when, purchase.product) if part)
