"""«Pay with points?» at the till: the customer's yes or no, and what came of it."""

from uuid import UUID

from handlers.turn import Turn
from loyalty import spending
from loyalty.checkout import Sold
from loyalty.purchases import KnownAlready
from messaging.messages import Message
from messaging.phrases import count, money
from storage.kinds import SpendState


def answers(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((spending.YES, spending.NO))


def take_answer(turn: Turn) -> list[Message]:
    pressed = turn.pressed or ""
    is_yes = pressed.startswith(spending.YES)
    request_id = UUID(pressed.removeprefix(spending.YES if is_yes else spending.NO))
    outcome = spending.answer(turn.store, request_id, turn.customer, turn.now, turn.business.zone, is_yes=is_yes)
    return [turn.in_place(Message(_said(turn, outcome)))]


def _said(turn: Turn, outcome: Sold | KnownAlready | spending.Refused | spending.Failed | spending.TooLate) -> str:
    match outcome:
        case Sold(recorded=recorded):
            paid = money(turn.customer.language, recorded.purchase.amount_minor, recorded.purchase.currency)
            points = count(turn.customer.language, "card.points", recorded.spent)
            return turn.say("spend.done", points=points, sum=paid)
        case spending.Refused():
            return turn.say("spend.refused")
        case spending.Failed():
            return turn.say("spend.failed")
        case spending.TooLate(state=SpendState.EXPIRED):
            return turn.say("spend.expired")
        case _:
            return turn.say("spend.answered")
