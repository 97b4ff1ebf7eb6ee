"""The answer to «is all correct?»: what was shown is confirmed. To correct it leads into the profile itself."""

from handlers.turn import Turn
from messaging.menu import menu
from messaging.messages import Message
from storage.kinds import ConsentPurpose
from surveys import review


def confirms(turn: Turn) -> bool:
    return turn.pressed == review.RIGHT


def take(turn: Turn) -> list[Message]:
    """Only what stood in that very message: a field that was changed since has been told more lately than this."""
    if turn.pressed_on is None or not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    fields = review.shown(turn.customer, turn.consents)
    turn.store.fields.confirm(turn.customer.id, fields, turn.pressed_on.created_at, turn.now)
    return [menu(turn.customer.language, turn.say("review.thanks"))]
