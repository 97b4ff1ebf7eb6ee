"""The operators' desk: take a case by its button, answer a customer by a reply to the alert or in their topic."""

import re
from typing import Final
from uuid import UUID

from handlers.turn import StaffTurn
from messaging import cases
from messaging.desk import MAY_ANSWER
from messaging.messages import IncomingMessage, Message
from messaging.ready_answers import written_out
from storage.kinds import MessageKind
from storage.models import Staff

_NOTE: Final = re.compile(r"/note(?:@\w+)?(?!\w)", re.IGNORECASE)


def corrects(turn: StaffTurn) -> bool:
    return turn.incoming.edits


def correct(turn: StaffTurn) -> list[Message]:
    """An edited answer is edited at the customer too. An edit of anything else was never sent, and is not now."""
    key, staff = _answer_key(turn.incoming), _entitled(turn)
    said = turn.store.outbox.by_dedupe_key(key) if key and turn.incoming.text else None
    if said is None or staff is None or said.staff_id != staff.id:
        return []
    cases.correct(
        turn.store,
        said,
        turn.incoming.text,
        turn.now,
        turn.business.desk,
        said_in=turn.incoming.chat,
        staff=staff,
    )
    return [_note(turn, "alert.corrected_there")]


def presses_take(turn: StaffTurn) -> bool:
    is_take = turn.incoming.pressed is not None and turn.incoming.pressed.value == cases.TAKE
    return turn.about is not None and turn.case_id is not None and is_take


def take(turn: StaffTurn) -> list[Message]:
    staff = _entitled(turn)
    if staff is None:
        return [_note(turn, "staff.not_linked")]
    assert turn.about is not None and turn.case_id is not None
    match cases.take(turn.store, turn.case_id, staff, turn.now, turn.business.desk, said_in=turn.incoming.chat):
        case cases.Done():
            taken = turn.say("alert.taken", text=turn.about.body["text"], name=staff.name)
            # What grew by an edit has a row of its own; what stands in the chat is the row it replaced.
            first = turn.about.body.get("edits")
            return [Message(taken, edits=UUID(first) if first else turn.about.id, kind=MessageKind.OPERATOR_ALERT)]
        case cases.AlreadyTaken(by=by):
            return [_note(turn, "alert.already_taken", name=by)]
        case cases.Gone():
            return [_note(turn, "alert.closed")]


def notes(turn: StaffTurn) -> bool:
    return _NOTE.match(turn.incoming.text) is not None and (turn.case_id is not None or turn.is_in_topic)


def write_note(turn: StaffTurn) -> list[Message]:
    """«/note …» is for colleagues: it goes into the case's history and never to the customer (feature ES10)."""
    staff, words = _entitled(turn), _NOTE.sub("", turn.incoming.text).strip()
    if staff is None:
        return [_note(turn, "staff.not_linked")]
    if turn.case_id is None:
        return [_note(turn, "alert.note_without_case")]
    if not words:
        return [_note(turn, "alert.note_empty")]
    match cases.write_note(turn.store, turn.case_id, staff, words, turn.now):
        case cases.Done():
            return [_note(turn, "alert.noted")]
        case cases.Gone():
            return [_note(turn, "alert.note_without_case")]


def answers(turn: StaffTurn) -> bool:
    is_something = bool(turn.incoming.text) or turn.incoming.attachment is not None
    is_to_a_customer = turn.case_id is not None or turn.is_in_topic
    return is_to_a_customer and is_something and turn.incoming.pressed is None


def answer(turn: StaffTurn) -> list[Message]:
    """What a linked operator replies to an alert, or writes in a topic, goes to the customer; others' words do not."""
    staff = _entitled(turn)
    if staff is None:
        return [_note(turn, "staff.not_sent")]
    if turn.incoming.attachment is not None:
        return [_note(turn, "alert.not_sent_attachment")]
    if turn.case_id is None:
        return [_note(turn, "alert.not_sent_closed")]
    match cases.reply(
        turn.store,
        turn.case_id,
        staff,
        written_out(turn.store, turn.case_id, staff, turn.business.name, turn.incoming.text),
        turn.now,
        turn.business.desk,
        said_in=turn.incoming.chat,
        key=_answer_key(turn.incoming),
    ):
        case cases.Done():
            return [_note(turn, "alert.answered")]
        case cases.AlreadyTaken(by=by):
            return [_note(turn, "alert.not_sent_taken", name=by)]
        case cases.Gone():
            return [_note(turn, "alert.not_sent_closed")]


def stay_silent(turn: StaffTurn) -> list[Message]:
    """People talk among themselves here."""
    return []


def _answer_key(incoming: IncomingMessage) -> str | None:
    """Under which an answer is found again when its author edits it."""
    if incoming.message_id is None:
        return None
    return f"desk:{incoming.chat.bot_id}:{incoming.chat.user_id}:{incoming.message_id}"


def _entitled(turn: StaffTurn) -> Staff | None:
    return turn.staff if turn.staff is not None and turn.staff.role in MAY_ANSWER else None


def _note(turn: StaffTurn, key: str, **values: object) -> Message:
    return Message(turn.say(key, **values), kind=MessageKind.OPERATOR_ALERT)
