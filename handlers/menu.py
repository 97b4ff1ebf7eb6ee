"""The menu itself, and the buttons that no longer do anything."""

from typing import Final

from handlers.turn import Turn
from loyalty.till_drafts import SHOWS
from messaging.menu import menu
from messaging.messages import Message
from surveys.asking import PRESS

_OFTEN: Final = ("go:", PRESS, *SHOWS)
"""How the buttons begin that only show something, or give a score, which may be changed and changed back."""


def is_asked_for(turn: Turn) -> bool:
    return turn.incoming.text.startswith("/menu")


def show(turn: Turn) -> list[Message]:
    """With nothing else open, this is also the moment to ask whether all we know is right."""
    return [menu(turn.customer.language, turn.say("menu.title")), *turn.ask_whether_right()]


def is_pressed_again(turn: Turn) -> bool:
    """The same button of the same message once more. Some may be pressed for ever."""
    return turn.is_repeat and not (turn.pressed or "").startswith(_OFTEN)


def say_it_worked(turn: Turn) -> list[Message]:
    """No second effect. A tap that the app repeated on its own is not answered; one of a human, later, is."""
    return [menu(turn.customer.language, turn.say("menu.pressed_again"))] if turn.is_late_repeat else []


def is_pressed(turn: Turn) -> bool:
    return turn.pressed is not None


def say_it_is_old(turn: Turn) -> list[Message]:
    return [menu(turn.customer.language, turn.say("menu.old_button"))]
