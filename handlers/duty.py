"""An operator on duty: alerts come to the private chat with the bot, and a reply to one there is an answer of staff."""

from typing import Final

from handlers.turn import Turn
from messaging.desk import MAY_ANSWER
from messaging.messages import Message
from storage.kinds import Channel

_ON: Final = frozenset({"дежурю", "на дежурстве", "on duty", "/duty", "/duty on"})
_OFF: Final = frozenset({"не дежурю", "off duty", "/duty off"})


def changes_duty(turn: Turn) -> bool:
    """The words of a linked operator; from anybody else they mean nothing here. The web chat has no replies."""
    if _words(turn) not in _ON | _OFF or turn.incoming.chat.channel is Channel.WEBCHAT:
        return False
    staff = turn.store.staff.by_account(turn.incoming.chat.bot_id, turn.incoming.author.user_id)
    return staff is not None and staff.role in MAY_ANSWER


def change_duty(turn: Turn) -> list[Message]:
    is_on = _words(turn) in _ON
    turn.store.staff.set_duty(turn.incoming.chat.bot_id, turn.incoming.author.user_id, is_on)
    return [Message(turn.say("duty.on") if is_on else turn.say("duty.off"))]


def _words(turn: Turn) -> str:
    return " ".join(turn.incoming.text.lower().split()).rstrip(".!")
