"""A return at the till in a messenger: which purchase, then why; a sum before the reason means a part of it."""

from typing import Final
from uuid import UUID

from handlers.turn import Turn
from loyalty import till
from loyalty.return_requests import EVER, take_back
from loyalty.returns import NoReturn
from loyalty.till_drafts import RETURN, RETURN_OF, Draft, Step, draft_of, keep
from loyalty.till_lines import is_cancel, read_return
from messaging.local_time import local_date
from messaging.menu import menu
from messaging.messages import Button, Message
from messaging.phrases import count, day, money
from storage.models import Purchase, Staff

_WHY: Final = {"backq:": "quality", "backw:": "wrong", "backm:": "mistake"}
"""How a reason's button begins, and the phrase's last word; the draft's tag follows."""
_SURE: Final = "backok:"
_SHOWN: Final = 6
_LONGEST_REASON: Final = 300


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith((RETURN, RETURN_OF, _SURE, *_WHY))


def press(turn: Turn) -> list[Message]:
    """«Return», then a purchase, then a reason. A button of another customer or of what was changed does nothing."""
    staff, draft, pressed = turn.seller(), draft_of(turn.till), turn.pressed or ""
    if staff is None or draft is None or turn.till is None or turn.till.customer_id is None:
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    if pressed.startswith(RETURN_OF):
        return _ask_why(turn, staff, draft, UUID(pressed.removeprefix(RETURN_OF)))
    begins, colon, tag = pressed.partition(":")
    begins += colon
    if tag.partition(":")[0] != draft.key:
        return [_over(turn)]
    if begins == RETURN:
        return _which(turn, turn.till.customer_id)
    if tag != draft.tag:
        return [Message(turn.say("till.changed"), (_end(turn),))]
    if begins == _SURE:
        return _give_back(turn, staff, draft, draft.part_minor, draft.reason)
    return _give_back(turn, staff, draft, None, turn.say(f"till.return.{_WHY[begins]}"))


def says_why(turn: Turn) -> bool:
    """The next line after the purchase was chosen, unless it leaves the return: by a word, or for the next customer."""
    text, business = turn.incoming.text, turn.business
    is_line = bool(text) and turn.pressed is None and not text.startswith("/") and not is_cancel(text)
    if turn.till is None or turn.till.step != Step.WHY or not is_line or turn.seller() is None:
        return False
    return not till.names_somebody(turn.store, text, business.card_key, business.region)


def take_reason(turn: Turn) -> list[Message]:
    staff, draft = turn.seller(), draft_of(turn.till)
    assert staff is not None and draft is not None
    return _make_sure(turn, staff, draft, turn.incoming.text)


def _which(turn: Turn, customer_id: UUID) -> list[Message]:
    bought = turn.store.return_requests.returnable(customer_id, EVER, _SHOWN)
    if not bought:
        return [Message(turn.say("till.return.nothing"), (_end(turn),))]
    buttons = [Button(_label(turn, one), f"{RETURN_OF}{one.id.hex}") for one in bought]
    return [Message(turn.say("till.return.which"), (*buttons, _end(turn)))]


def _ask_why(turn: Turn, staff: Staff, draft: Draft, purchase_id: UUID) -> list[Message]:
    purchase = turn.store.purchases.get(purchase_id)
    if purchase is None or turn.till is None or purchase.customer_id != turn.till.customer_id:
        return [Message(turn.say("till.return.nothing"), (_end(turn),))]
    draft = draft.revised(purchase=purchase.id.hex, part_minor=None, reason="")
    keep(turn.store, turn.incoming.chat, staff, turn.now, Step.WHY, draft, purchase.customer_id)
    buttons = [Button(turn.say(f"till.return.{reason}"), f"{begins}{draft.tag}") for begins, reason in _WHY.items()]
    left = money(turn.customer.language, _left(purchase), purchase.currency)
    return [turn.in_place(Message(turn.say("till.return.why", sum=left), (*buttons, _end(turn)), columns=2))]


def _make_sure(turn: Turn, staff: Staff, draft: Draft, words: str) -> list[Message]:
    """What was typed is shown as it was understood; a tap records it."""
    purchase = _purchase(turn, draft)
    if purchase is None:
        return [_over(turn)]
    part = read_return(words)
    if part.wrong is not None:
        return [Message(turn.say(f"till.sum.{part.wrong.value}"), (_end(turn),))]
    if not part.reason:
        return [Message(turn.say("till.return.needs_reason"), (_end(turn),))]
    left = _left(purchase)
    amount = part.amount_minor or left
    if amount > left:
        return [Message(turn.say(f"till.return.refused.{NoReturn.TOO_MUCH.value}"), (_end(turn),))]
    draft = draft.revised(part_minor=amount or None, reason=part.reason[:_LONGEST_REASON])
    keep(turn.store, turn.incoming.chat, staff, turn.now, Step.WHY, draft, purchase.customer_id)
    back = money(turn.customer.language, amount, purchase.currency)
    text = turn.say("till.return.sure", sum=back, why=draft.reason, what=_label(turn, purchase))
    return [Message(text, (Button(turn.say("till.return.yes", sum=back), f"{_SURE}{draft.tag}"), _end(turn)))]


def _give_back(turn: Turn, staff: Staff, draft: Draft, amount: int | None, reason: str) -> list[Message]:
    purchase = _purchase(turn, draft)
    if purchase is None:
        return [_over(turn)]
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


def _purchase(turn: Turn, draft: Draft) -> Purchase | None:
    return turn.store.purchases.get(UUID(draft.purchase)) if draft.purchase else None


def _left(purchase: Purchase) -> int:
    """What of it is still to give back, in minor units."""
    return purchase.amount_minor - purchase.returned_minor


def _label(turn: Turn, purchase: Purchase) -> str:
    """«450 ₽ · 12 марта · Капучино»."""
    left = money(turn.customer.language, _left(purchase), purchase.currency)
    when = day(turn.customer.language, local_date(purchase.at, turn.zone))
    return " · ".join(part for part in (left, when, purchase.product) if part)


def _over(turn: Turn) -> Message:
    return Message("\n".join([turn.say("till.over"), turn.say("till.next")]), (_end(turn),))


def _end(turn: Turn) -> Button:
    return Button(turn.say("till.end"), "till:end")
