"""The till in a messenger: a cashier names the customer and the sum in one line, and records it with one tap.

It takes over only after «касса» or a customer's code, and only for the account of somebody who may sell; ten minutes
after the last word it is closed, and the chat is a customer's again.
"""

import re
from typing import Final

from handlers.till.sale import keep_open, nobody_there, offer_points, ready, sell, use_own_code, without_points
from handlers.till.words import about, cancel_button, next_one, ways_out
from handlers.turn import Turn
from loyalty import till
from loyalty.amounts import Wrong as WrongSum
from loyalty.card_codes import WORD, token_in
from loyalty.card_codes import Wrong as WrongCode
from loyalty.promo_rules import looks_like_code
from loyalty.till_drafts import PRESS, Draft, Step, draft_of, new_draft
from loyalty.till_lines import is_cancel, read_line, read_sum
from messaging.menu import menu
from messaging.messages import Message
from storage.models import Staff

_CALLS: Final = ("касса", "till", "/till", "/касса")
_POINTS: Final = re.compile(r"([1-9]\d{0,6})\s*(?:б|балл\w*|points?)\.?", re.IGNORECASE)
"""A bare «p» is no point: who writes «500p» means roubles (`amounts.minor_units`)."""


# --- what is for the till


def calls_till(turn: Turn) -> bool:
    """The word, or a customer's code behind a link, from somebody who may sell; from others it means nothing here."""
    if turn.pressed is not None or not (_word(turn) in _CALLS or _token(turn)):
        return False
    return turn.seller() is not None


def presses(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(PRESS)


def types(turn: Turn) -> bool:
    """A line to the open till; commands and everything that is no text go where they always go."""
    text = turn.incoming.text
    is_line = bool(text) and not text.startswith("/") and turn.pressed is None and turn.incoming.contact is None
    return turn.till is not None and is_line and turn.seller() is not None


# --- what it answers


def open_till(turn: Turn) -> list[Message]:
    staff = turn.seller()
    assert staff is not None
    _, _, rest = turn.incoming.text.strip().partition(" ")
    if token := _token(turn):
        return _find(turn, staff, WORD + token)
    if rest.strip() and _word(turn) in _CALLS:
        return _find(turn, staff, rest)
    keep_open(turn, staff, Step.WHO)
    return [next_one(turn, turn.say("till.open", name=staff.name))]


def take_line(turn: Turn) -> list[Message]:
    staff, form, text = turn.seller(), turn.till, turn.incoming.text
    assert staff is not None and form is not None
    if is_cancel(text):
        keep_open(turn, staff, Step.WHO)
        return [next_one(turn, turn.say("till.cancelled"))]
    draft, step, business = draft_of(form), Step(form.step), turn.business
    is_next = till.names_somebody(turn.store, text, business.card_key, business.region)
    if draft is None or form.customer_id is None or step is Step.WHO or is_next:
        return _find(turn, staff, text)
    if step in (Step.READY, Step.CODE) and (points := _POINTS.fullmatch(text.strip())):
        return offer_points(turn, staff, draft, int(points[1]))
    line = read_sum(text)
    if step is Step.CODE and (line.amount_minor is None or line.code):
        return ready(turn, staff, draft.revised(code=text.strip()))
    if line.amount_minor is not None:
        return ready(turn, staff, draft.revised(price_minor=line.amount_minor, code=line.code or draft.code))
    if step is Step.READY and looks_like_code(text):
        return ready(turn, staff, draft.revised(code=text.strip()))
    return [Message(turn.say(f"till.sum.{(line.wrong or WrongSum.UNREADABLE).value}"), ways_out(turn, draft))]


def press(turn: Turn) -> list[Message]:
    """A button of the till. One of a sale that is over or was changed, or of who may sell no more, records nothing."""
    staff = turn.seller()
    if staff is None:
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    what, _, value = (turn.pressed or "").removeprefix(PRESS).partition(":")
    if what == "end":
        turn.store.till.drop_form(*_here(turn))
        return [turn.in_place(menu(turn.customer.language, turn.say("till.closed")))]
    if what in ("cash", "plain"):
        return without_points(turn, staff, value, keeps_code=what == "cash")
    draft = draft_of(turn.till)
    key, _, rest = value.partition(":")
    if draft is None or key != draft.key:
        return [turn.in_place(next_one(turn, turn.say("till.over")))]
    match what:
        case "ok" | "pay":
            revision, _, points = rest.partition(":")
            if revision != str(draft.revision):
                return [Message(turn.say("till.changed")), *ready(turn, staff, draft)]
            return sell(turn, staff, draft, int(points or 0))
        case "code":
            keep_open(turn, staff, Step.CODE, draft)
            return [Message(turn.say("till.which_code"), (cancel_button(turn, draft),))]
        case "use":
            return use_own_code(turn, staff, draft, int(rest))
        case _:
            keep_open(turn, staff, Step.WHO)
            return [turn.in_place(next_one(turn, turn.say("till.cancelled")))]


# --- whose purchase


def _find(turn: Turn, staff: Staff, text: str) -> list[Message]:
    line = read_line(text, turn.business.region)
    found = till.find(turn.store, line.who, staff, turn.business.card_key, turn.business.region, turn.now)
    match found:
        case till.Found():
            draft = new_draft(found.scan, line.code or found.promo, line.amount_minor or 0)
            keep_open(turn, staff, Step.SUM, draft, found.customer_id)
            if line.amount_minor:
                return ready(turn, staff, draft, found)
            wrong = turn.say(f"till.sum.{line.wrong.value}") if line.wrong else turn.say("till.sum")
            return _panel(turn, staff, draft, found, wrong)
        case till.Several(customers=customers):
            keep_open(turn, staff, Step.WHO)  # what comes next is not about who stood here before
            names = ", ".join(one.name or turn.say("customer.nameless") for one in customers)
            return [next_one(turn, turn.say("till.several", names=names))]
        case till.NotFound() | WrongCode():
            keep_open(turn, staff, Step.WHO)
            return [next_one(turn, turn.say(f"till.{found.value}"))]


def _panel(turn: Turn, staff: Staff, draft: Draft, found: till.Found, ask: str) -> list[Message]:
    at = till.look(turn.store, found.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return nobody_there(turn, staff)
    return [Message("\n".join([*about(turn, at), "", ask]), ways_out(turn, draft))]


# --- what it reads


def _word(turn: Turn) -> str:
    return turn.incoming.text.strip().partition(" ")[0].lower().rstrip(".!")


def _token(turn: Turn) -> str | None:
    """By a link's payload, or where a client shows it as text."""
    payload = turn.incoming.payload or ""
    return token_in(payload) or token_in(turn.incoming.text.strip().removeprefix("/start").strip())


def _here(turn: Turn) -> tuple[str, str]:
    return turn.incoming.chat.bot_id, turn.incoming.chat.user_id
