"""«I left a review»: the customer's own word about a public page. Nothing is given for it, and nothing is claimed."""

from uuid import UUID

from handlers.turn import Turn
from messaging.messages import Message
from surveys import reviews
from surveys.reviews import LEFT, LEFT_AT


def says_left(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((LEFT, LEFT_AT))


def take(turn: Turn) -> list[Message]:
    what, _, number = (turn.pressed or "").partition(":")
    try:
        meant = UUID(number)
    except ValueError:  # a button that somebody made up
        return [Message(turn.say("reviews.unknown"))]
    if f"{what}:" == LEFT:
        return [reviews.say_left(turn.store, turn.customer, meant, turn.now)]
    return [reviews.say_left_at(turn.store, turn.customer, meant, turn.now)]
