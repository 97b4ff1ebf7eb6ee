"""A return at the till in a messenger: which purchase, then why; a sum before the reason means a part of it."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from handlers.turn import Turn
from loyalty.amounts import Wrong, minor_units
from loyalty.return_requests import EVER, take_back
from loyalty.returns import NoReturn
from loyalty.till_drafts import RETURN, Draft, Step, draft_of, keep
from messaging.local_time import local_date
from messaging.menu import menu
from messaging.messages import Button, Message
from messaging.phrases import count, day, money
from storage.models import Purchase, Staff

_PICK: Final = "backof:"
_WHY: Final = "backfor:"
_REASONS: Final = ("quality", "wrong", "mistake")
_SHOWN: Final = 6


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((RETURN, _PICK, _WHY))


def press(turn: Turn) -> list[Message]:
    """«Return», then a purchase, then a reason: the buttons of a till that was closed meanwhile do nothing."""
    staff, draft, pressed = turn.seller(), draft_of(turn.till), turn.pressed or ""
    if staff is None or draft is None or turn.till is None or turn.till.customer_id is None:
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    if pressed.startswith(_PICK):
        return _ask_why(turn, staff, draft, UUID(pressed.removeprefix(_PICK)))
    if pressed.startswith(_WHY):
        return _give_back(turn, staff, draft, turn.say(f"till.return.{pressed.removeprefix(_WHY)}"))
    return _which(turn, turn.till.customer_id)


def says_why(turn: Turn) -> bool:
    """The next line after the purchase was chosen."""
    is_line = bool(turn.incoming.text) and turn.pressed is None and not turn.incoming.text.startswith("/")
    return turn.till is not None and turn.till.step == Step.WHY and is_line and turn.seller() is not None


def take_reason(turn: Turn) -> list[Message]:
    staff, draft = turn.seller(), draft_of(turn.till)
    assert staff is not None and draft is not None
    return _give_back(turn, staff, draft, turn.incoming.text.strip())


def _which(turn: Turn, customer_id: UUID) -> list[Message]:
    bought = turn.store.return_requests.returnable(customer_id, EVER, _SHOWN)
    if not bought:
        return [Message(turn.say("till.return.nothing"), (_end(turn),))]
    buttons = [Button(_label(turn, one), f"{_PICK}{one.id.hex}") for one in bought]
    return [Message(turn.say("till.return.which"), (*buttons, _end(turn)))]


def _ask_why(turn: Turn, staff: Staff, draft: Draft, purchase_id: UUID) -> list[Message]:
    purchase = turn.store.purchases.get(purchase_id)
    if purchase is None or turn.till is None or purchase.customer_id != turn.till.customer_id:
        return [Message(turn.say("till.return.nothing"), (_end(turn),))]
    draft = replace(draft, purchase=purchase.id.hex)
    keep(turn.store, turn.incoming.chat, staff, turn.now, Step.WHY, draft, purchase.customer_id)
    buttons = [Button(turn.say(f"till.return.{reason}"), f"{_WHY}{reason}") for reason in _REASONS]
    left = money(turn.customer.language, purchase.amount_minor - purchase.returned_minor, purchase.currency)
    return [turn.in_place(Message(turn.say("till.return.why", sum=left), (*buttons, _end(turn)), columns=2))]


def _give_back(turn: Turn, staff: Staff, draft: Draft, words: str) -> list[Message]:
    purchase = turn.store.purchases.get(UUID(draft.purchase)) if draft.purchase else None
    if purchase is None:
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    amount, reason = _part(words)
    if not reason:
        return [Message(turn.say("till.return.needs_reason"), (_end(turn),))]
    outcome = take_back(turn.store, draft.request_key, purchase, staff, amount, reason, turn.now, turn.business.zone)
    if isinstance(outcome, NoReturn):
        return [Message(turn.say(f"till.return.refused.{outcome.value}"), (_end(turn),))]
    keep(turn.store, turn.incoming.chat, staff, turn.now, Step.WHO)
    language, back = turn.customer.language, outcome.given_back
    lines = [turn.say("till.return.done", sum=money(language, back.amount_minor, purchase.currency))]
    if back.points_back:
        lines.append(turn.say("till.return.points_back", points=count(language, "card.points", back.points_back)))
    if back.points_taken:
        lines.append(turn.say("till.return.points_taken", points=count(language, "card.points", back.points_taken)))
    return [turn.in_place(Message("\n".join([*lines, turn.say("till.next")]), (_end(turn),)))]


def _part(words: str) -> tuple[int | None, str]:
    """«150 остыл» gives back a part, «остыл» all of it."""
    first, _, rest = words.partition(" ")
    amount = minor_units(first)
    return (None, words) if isinstance(amount, Wrong) else (amount, rest.strip())


def _label(turn: Turn, purchase: Purchase) -> str:
    """«450 ₽ · 12 марта · Капучино»."""
    left = money(turn.customer.language, purchase.amount_minor - purchase.returned_minor, purchase.currency)
    when = day(turn.customer.language, local_date(purchase.at, turn.zone))
    return " · ".join(part for part in (left, when, purchase.product) if part)


def _end(turn: Turn) -> Button:
    return Button(turn.say("till.end"), "till:end")
