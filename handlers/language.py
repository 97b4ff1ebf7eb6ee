"""The customer's language: as the channel says at first, then as they choose."""

from handlers.turn import Turn
from messaging.menu import LANGUAGE, menu
from messaging.messages import Button, Message
from storage.kinds import Language

_CHOICE = "lang:"
_NAMES = {Language.RU: "Русский", Language.EN: "English"}  # a language is named in itself, whatever is spoken now


def wants_to_choose(turn: Turn) -> bool:
    return turn.pressed == LANGUAGE or turn.incoming.text.startswith("/language")


def ask(turn: Turn) -> list[Message]:
    buttons = tuple(Button(name, f"{_CHOICE}{language.value}") for language, name in _NAMES.items())
    return [Message(turn.say("language.question"), buttons, columns=2)]


def is_choice(turn: Turn) -> bool:
    return turn.pressed in {f"{_CHOICE}{language.value}" for language in Language}


def choose(turn: Turn) -> list[Message]:
    turn.customer.language = Language((turn.pressed or "").removeprefix(_CHOICE))
    turn.store.customers.save(turn.customer, "language")
    return [menu(turn.customer.language, turn.say("language.chosen"))]
