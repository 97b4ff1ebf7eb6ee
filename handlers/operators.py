"""The operators' group: take a case by its button, answer a customer by replying to the alert."""

from handlers.turn import StaffTurn
from messaging import cases
from messaging.messages import Message
from storage.kinds import MessageKind, Role
from storage.models import Staff

_MAY_ANSWER = frozenset({Role.OWNER, Role.ADMIN, Role.OPERATOR})


def is_about_a_case(turn: StaffTurn) -> bool:
    return turn.about is not None and turn.about.case_id is not None


def presses_take(turn: StaffTurn) -> bool:
    return is_about_a_case(turn) and turn.incoming.pressed is not None and turn.incoming.pressed.value == cases.TAKE


def take(turn: StaffTurn) -> list[Message]:
    staff = _entitled(turn)
    if staff is None:
        return [_note(turn, "staff.not_linked")]
    assert turn.about is not None and turn.about.case_id is not None
    match cases.take(turn.store, turn.about.case_id, staff, turn.now):
        case cases.Done():
            taken = turn.say("alert.taken", text=turn.about.body["text"], name=staff.name)
            return [Message(taken, edits=turn.about.id, kind=MessageKind.OPERATOR_ALERT)]
        case cases.AlreadyTaken(by=by):
            return [_note(turn, "alert.already_taken", name=by)]
        case cases.Gone():
            return [_note(turn, "alert.closed")]


def answers(turn: StaffTurn) -> bool:
    is_something = bool(turn.incoming.text) or turn.incoming.attachment is not None
    return is_about_a_case(turn) and is_something and turn.incoming.pressed is None


def answer(turn: StaffTurn) -> list[Message]:
    """What a linked operator replies to an alert goes to the customer; what anybody else replies does not."""
    staff = _entitled(turn)
    if staff is None:
        return [_note(turn, "staff.not_sent")]
    if turn.incoming.attachment is not None:
        return [_note(turn, "alert.not_sent_attachment")]
    assert turn.about is not None and turn.about.case_id is not None
    match cases.reply(turn.store, turn.about.case_id, staff, turn.incoming.text, turn.now):
        case cases.Done():
            return [_note(turn, "alert.answered")]
        case cases.AlreadyTaken(by=by):
            return [_note(turn, "alert.not_sent_taken", name=by)]
        case cases.Gone():
            return [_note(turn, "alert.not_sent_closed")]


def stay_silent(turn: StaffTurn) -> list[Message]:
    """People talk among themselves here."""
    return []


def _entitled(turn: StaffTurn) -> Staff | None:
    return turn.staff if turn.staff is not None and turn.staff.role in _MAY_ANSWER else None


def _note(turn: StaffTurn, key: str, **values: object) -> Message:
    return Message(turn.say(key, **values), kind=MessageKind.OPERATOR_ALERT)
