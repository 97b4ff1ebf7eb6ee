"""The statement: what became of one's points, line by line, the newest first."""

from uuid import UUID

from handlers.turn import Turn
from loyalty import ledger
from loyalty.receipts import points
from loyalty.statement import statement
from loyalty.statement_words import told
from messaging.menu import HISTORY, menu
from messaging.messages import Button, Message
from storage.kinds import ConsentPurpose

LINES = 10
_OLDER = f"{HISTORY}:"


def wants_statement(turn: Turn) -> bool:
    return turn.pressed == HISTORY or (turn.pressed or "").startswith(_OLDER) or turn.incoming.text == "/history"


def show(turn: Turn) -> list[Message]:
    """Ten lines, and a button to the ten before them."""
    language, customer_id = turn.customer.language, turn.customer.id
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        return [menu(language, turn.say("statement.none"))]
    ledger.settle(turn.store, customer_id, turn.now)
    found = statement(turn.store, customer_id, LINES, before=_before(turn))
    if not found.lines:
        return [menu(language, turn.say("statement.none"))]
    balance = turn.store.points.balance(customer_id, turn.now).available
    lines = [told(language, line, turn.zone) for line in found.lines]
    message = menu(language, "\n".join([turn.say("statement.title", balance=points(language, balance)), "", *lines]))
    older = [Button(turn.say("statement.older"), f"{_OLDER}{found.older.hex}")] if found.older else []
    return [Message(message.text, (*older, *message.buttons), columns=message.columns)]


def _before(turn: Turn) -> UUID | None:
    """The line that the button goes on from; who made one up starts at the newest."""
    try:
        return UUID((turn.pressed or "").removeprefix(_OLDER))
    except ValueError:
        return None
