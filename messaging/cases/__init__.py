"""A case's life: opened when a human is needed, given out, answered in time, closed with a cause, opened again.

docs/cases.md tells the whole story. Each function is a unit's body; the files are its chapters.
"""

from messaging.cases.answering import correct, is_human_talking, mark_read, reply, take
from messaging.cases.ending import close, reopen
from messaging.cases.handing import give_back, give_out, transfer
from messaging.cases.marking import put_label, take_label_off, write_note
from messaging.cases.opening import hear, hear_edit, hear_part, open_case
from messaging.cases.outcomes import AlreadyTaken, Done, Gone, NeedsAction
from messaging.cases.watching import watch
from messaging.desk import TAKE, Desk

__all__ = [
    "TAKE",
    "AlreadyTaken",
    "Desk",
    "Done",
    "Gone",
    "NeedsAction",
    "close",
    "correct",
    "give_back",
    "give_out",
    "hear",
    "hear_edit",
    "hear_part",
    "is_human_talking",
    "mark_read",
    "open_case",
    "put_label",
    "reopen",
    "reply",
    "take",
    "take_label_off",
    "transfer",
    "watch",
    "write_note",
]
