"""What somebody likes: a screen for each group, changed in place by every press, from the profile or when asked."""

from handlers.turn import Turn
from messaging.menu import menu
from messaging.messages import Message
from storage.kinds import FieldOrigin
from surveys import likes
from surveys.likes import DONE, PRESS, SHOW


def wants_to_choose(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(SHOW)


def show(turn: Turn) -> list[Message]:
    """The group that the button names, instead of the message it stood under."""
    number = (turn.pressed or "").removeprefix(SHOW).removeprefix(":")
    return [turn.in_place(_screen(turn, int(number) if number.isdecimal() else 0))]


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(PRESS)


def choose(turn: Turn) -> list[Message]:
    """Marked or unmarked; what an import or staff have said stays theirs while the customer leaves it marked."""
    slug, _, state = (turn.pressed or "").removeprefix(PRESS).rpartition(":")
    groups = likes.groups_of(turn.store)
    number = next((n for n, group in enumerate(groups) if slug in {tag.slug for tag in group.tags}), None)
    if number is None or not likes.is_allowed(turn.consents):
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    if state == "on":
        turn.store.likes.like(turn.customer.id, slug, FieldOrigin.CUSTOMER, turn.now)
    else:
        turn.store.likes.unlike(turn.customer.id, [slug])
    return [turn.in_place(_screen(turn, number))]


def ends(turn: Turn) -> bool:
    return turn.pressed == DONE


def thank(turn: Turn) -> list[Message]:
    liked = likes.liked_by(turn.store, turn.customer.id)
    if not liked:
        return [turn.in_place(menu(turn.customer.language, turn.say("likes.nothing")))]
    words = likes.listed(liked, turn.customer.language)
    return [turn.in_place(menu(turn.customer.language, turn.say("likes.thanks", likes=words)))]


def _screen(turn: Turn, number: int) -> Message:
    groups = likes.groups_of(turn.store)
    if not groups or not likes.is_allowed(turn.consents):
        return menu(turn.customer.language, turn.say("likes.not_now"))
    return likes.screen(turn.store, turn.customer, groups, min(number, len(groups) - 1))
