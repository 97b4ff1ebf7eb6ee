"""The till in a messenger: a cashier names the customer and the sum in one line, and records it with one tap.

It takes over only after «касса» or a customer's code, and only for the account of somebody who may sell; ten minutes
after the last word it is closed, and the chat is a customer's again.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.turn import Turn
from loyalty import spending, till
from loyalty.amounts import Wrong as WrongSum
from loyalty.card_codes import WORD, token_in
from loyalty.card_codes import Wrong as WrongCode
from loyalty.checkout import CURRENCY, Basket, Sold, Unproven, check_out, most_points, order_of
from loyalty.promo_codes import quote
from loyalty.promo_refusals import Refusal
from loyalty.promo_rules import looks_like_code
from loyalty.purchases import KnownAlready, NoPoints
from loyalty.till_drafts import PRESS, RETURN, Draft, Step, draft_of, keep, new_draft
from loyalty.till_lines import is_cancel, read_line, read_sum
from messaging.local_time import local_date
from messaging.menu import menu
from messaging.messages import Button, Message
from messaging.phrases import count, day, money
from storage.kinds import SpendState
from storage.models import Purchase, Staff

_CALLS: Final = ("касса", "till", "/till", "/касса")
_POINTS: Final = re.compile(r"([1-9]\d{0,6})\s*(?:б|балл\w*|points?)\.?", re.IGNORECASE)
"""A bare «p» is no point: who writes «500p» means roubles (`amounts.minor_units`)."""
_CODES_SHOWN: Final = 2


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
    _keep(turn, staff, Step.WHO)
    return [_next(turn, turn.say("till.open", name=staff.name))]


def take_line(turn: Turn) -> list[Message]:
    staff, form, text = turn.seller(), turn.till, turn.incoming.text
    assert staff is not None and form is not None
    if is_cancel(text):
        _keep(turn, staff, Step.WHO)
        return [_next(turn, turn.say("till.cancelled"))]
    draft, step, business = draft_of(form), Step(form.step), turn.business
    is_next = till.names_somebody(turn.store, text, business.card_key, business.region)
    if draft is None or form.customer_id is None or step is Step.WHO or is_next:
        return _find(turn, staff, text)
    if step in (Step.READY, Step.CODE) and (points := _POINTS.fullmatch(text.strip())):
        return _offer_points(turn, staff, draft, int(points[1]))
    line = read_sum(text)
    if step is Step.CODE and (line.amount_minor is None or line.code):
        return _ready(turn, staff, draft.revised(code=text.strip()))
    if line.amount_minor is not None:
        return _ready(turn, staff, draft.revised(price_minor=line.amount_minor, code=line.code or draft.code))
    if step is Step.READY and looks_like_code(text):
        return _ready(turn, staff, draft.revised(code=text.strip()))
    return [Message(turn.say(f"till.sum.{(line.wrong or WrongSum.UNREADABLE).value}"), _way_out(turn, draft))]


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
        return _without_points(turn, staff, value, keeps_code=what == "cash")
    draft = draft_of(turn.till)
    key, _, rest = value.partition(":")
    if draft is None or key != draft.key:
        return [turn.in_place(_next(turn, turn.say("till.over")))]
    match what:
        case "ok" | "pay":
            revision, _, points = rest.partition(":")
            if revision != str(draft.revision):
                return [Message(turn.say("till.changed")), *_ready(turn, staff, draft)]
            return _sell(turn, staff, draft, int(points or 0))
        case "code":
            _keep(turn, staff, Step.CODE, draft)
            return [Message(turn.say("till.which_code"), (_cancel(turn, draft),))]
        case "use":
            return _use_own_code(turn, staff, draft, int(rest))
        case _:
            _keep(turn, staff, Step.WHO)
            return [turn.in_place(_next(turn, turn.say("till.cancelled")))]


# --- whose purchase


def _find(turn: Turn, staff: Staff, text: str) -> list[Message]:
    line = read_line(text, turn.business.region)
    found = till.find(turn.store, line.who, staff, turn.business.card_key, turn.business.region, turn.now)
    match found:
        case till.Found():
            draft = new_draft(found.scan, line.code or found.promo, line.amount_minor or 0)
            _keep(turn, staff, Step.SUM, draft, found.customer_id)
            if line.amount_minor:
                return _ready(turn, staff, draft, found)
            wrong = turn.say(f"till.sum.{line.wrong.value}") if line.wrong else turn.say("till.sum")
            return _panel(turn, staff, draft, found, wrong)
        case till.Several(customers=customers):
            _keep(turn, staff, Step.WHO)  # what comes next is not about who stood here before
            names = ", ".join(one.name or turn.say("customer.nameless") for one in customers)
            return [_next(turn, turn.say("till.several", names=names))]
        case till.NotFound() | WrongCode():
            _keep(turn, staff, Step.WHO)
            return [_next(turn, turn.say(f"till.{found.value}"))]


def _panel(turn: Turn, staff: Staff, draft: Draft, found: till.Found, ask: str) -> list[Message]:
    at = till.look(turn.store, found.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return _nobody(turn, staff)
    return [Message("\n".join([*_about(turn, at), "", ask]), _way_out(turn, draft))]


def _about(turn: Turn, at: till.AtTill) -> list[str]:
    """A few lines: who it is, what the card has, what their tier brings, what they have to use."""
    language = turn.customer.language
    head = [at.customer.name or turn.say("customer.nameless")]
    head += [at.tier.name] if at.tier else []
    lines = ["👤 " + " · ".join(head)]
    if at.card is None:
        lines.append(turn.say("till.no_card"))
    else:
        balance = count(language, "card.points", at.card.balance)
        lines.append(turn.say(f"till.proof.{at.proof.value}", points=balance) if at.card.balance else balance)
    lines += [f"• {privilege}" for privilege in (at.tier.privileges if at.tier else ())]
    lines += [f"🎟 {code.text}" for code in at.codes[:_CODES_SHOWN]]
    if at.has_wish:
        lines.append(turn.say("till.has_wish"))
    return lines


# --- the sale


def _ready(turn: Turn, staff: Staff, draft: Draft, found: till.Found | None = None) -> list[Message]:
    """The sum and what it becomes, with one button for each way to record it."""
    form = turn.till
    customer_id = found.customer_id if found else form.customer_id if form else None
    at = till.look(turn.store, customer_id, draft.scan, staff, turn.now) if customer_id else None
    if at is None:
        return _nobody(turn, staff)
    language, basket = turn.customer.language, _basket(at, staff, draft)
    lines = [*_about(turn, at), "", turn.say("till.price", sum=money(language, draft.price_minor, CURRENCY))]
    if draft.code:
        offer = quote(turn.store, draft.code, order_of(basket, turn.now), turn.business.zone)
        if isinstance(offer, Refusal):
            lines.append(turn.say("till.code_refused", code=draft.code, why=turn.say(f"till.code.{offer.value}")))
            draft = draft.revised(code="")
            basket = _basket(at, staff, draft)
        else:
            discount = money(language, offer.discount_minor, CURRENCY)
            to_pay = money(language, draft.price_minor - offer.discount_minor, CURRENCY)
            lines.append(turn.say("till.code_taken", code=draft.code, discount=discount, sum=to_pay))
    _keep(turn, staff, Step.READY, draft, at.customer.id)
    most = most_points(turn.store, basket, turn.now, turn.business.zone)
    return [Message("\n".join(lines), _ways_to_record(turn, at, draft, most))]


def _ways_to_record(turn: Turn, at: till.AtTill, draft: Draft, most: int) -> tuple[Button, ...]:
    language = turn.customer.language
    price = money(language, draft.price_minor, CURRENCY)
    buttons = [Button(turn.say("till.record", sum=price), f"{PRESS}ok:{draft.tag}")]
    if most and at.proof is not till.Proof.NONE:
        buttons.append(_pay(turn, draft, most))
    if not draft.code:
        buttons += [
            Button(turn.say("till.use", code=code.text), f"{PRESS}use:{draft.key}:{place}")
            for place, code in enumerate(at.codes[:_CODES_SHOWN])
        ]
        buttons.append(Button(turn.say("till.code_button"), f"{PRESS}code:{draft.key}"))
    return (*buttons, *_way_out(turn, draft))


def _use_own_code(turn: Turn, staff: Staff, draft: Draft, place: int) -> list[Message]:
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    codes = at.codes if at else ()
    return _ready(turn, staff, draft.revised(code=codes[place].text) if place < len(codes) else draft)


def _offer_points(turn: Turn, staff: Staff, draft: Draft, points: int) -> list[Message]:
    """So many as the cashier typed: one tap more, because a slip of the finger would be a sale."""
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return _nobody(turn, staff)
    language = turn.customer.language
    if at.proof is till.Proof.NONE:
        return [Message(turn.say("till.no_chat"), _ways_to_record(turn, at, draft, 0))]
    most = most_points(turn.store, _basket(at, staff, draft), turn.now, turn.business.zone)
    if points > most:
        why = _why_not(at, points, most)
        text = turn.say(f"till.no_points.{why.value}", points=count(language, "card.points", most))
        return [Message(text, _ways_to_record(turn, at, draft, most))]
    price = money(language, draft.price_minor, CURRENCY)
    text = turn.say("till.pay_sure", points=count(language, "card.points", points), sum=price)
    return [Message(text, (_pay(turn, draft, points), _cancel(turn, draft)))]


def _why_not(at: till.AtTill, points: int, most: int) -> NoPoints:
    if at.card is None:
        return NoPoints.NO_CARD
    if points > at.card.balance:
        return NoPoints.NOT_ENOUGH
    return NoPoints.TOO_MUCH if most else NoPoints.NOT_HERE


def _sell(turn: Turn, staff: Staff, draft: Draft, points: int) -> list[Message]:
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return _nobody(turn, staff)
    if not draft.price_minor:
        return [Message(turn.say("till.sum"), _way_out(turn, draft))]
    basket = replace(_basket(at, staff, draft), points=points)
    outcome = check_out(turn.store, basket, turn.now, turn.business.zone)
    name = at.customer.name or turn.say("customer.nameless")
    match outcome:
        case Sold() | KnownAlready():
            _keep(turn, staff, Step.WHO)
            return [turn.in_place(_next(turn, _receipt(turn, name, outcome)))]
        case Unproven(chat=None):
            return [Message(turn.say("till.no_chat"), _ways_to_record(turn, at, draft, 0))]
        case Unproven(chat=chat):
            assert chat is not None
            spending.ask(turn.store, basket, chat, turn.incoming.chat, turn.now, turn.business.zone)
            _keep(turn, staff, Step.WHO)
            asked = turn.say("till.asked", name=name, points=count(turn.customer.language, "card.points", points))
            without = Button(turn.say("till.without_points"), f"{PRESS}cash:{draft.key}")
            return [turn.in_place(Message(asked, (without, _end(turn))))]
        case NoPoints():
            most = most_points(turn.store, replace(basket, points=0), turn.now, turn.business.zone)
            allowed = count(turn.customer.language, "card.points", most)
            text = turn.say(f"till.no_points.{outcome.value}", points=allowed)
            return [Message(text, _ways_to_record(turn, at, draft, most))]
        case Refusal():
            text = turn.say("till.code_refused", code=draft.code, why=turn.say(f"till.code.{outcome.value}"))
            draft = draft.revised(code="")
            _keep(turn, staff, Step.READY, draft, at.customer.id)
            return [Message(text, _ways_to_record(turn, at, draft, 0))]


def _without_points(turn: Turn, staff: Staff, key: str, *, keeps_code: bool) -> list[Message]:
    """The customer does not answer: the same sale, all of it in money. Whichever came first counts."""
    sale, zone = Draft(key).request_key, turn.business.zone
    outcome = spending.without_points(turn.store, sale, staff, turn.now, zone, keeps_code=keeps_code)
    match outcome:
        case Sold() | KnownAlready():
            text = _receipt(turn, "", outcome)
        case spending.TooLate(state=SpendState.CONFIRMED):
            text = turn.say("till.paid_already")
        case spending.TooLate():
            text = turn.say("till.over")
        case NoPoints():
            text = turn.say(f"till.no_points.{outcome.value}", points="")
        case Refusal():
            request = turn.store.till.spend_request_of(sale)
            code = request.sale["code"] if request else ""
            text = turn.say("till.code_refused", code=code, why=turn.say(f"till.code.{outcome.value}"))
            without = Button(turn.say("till.without_code"), f"{PRESS}plain:{key}")
            return [turn.in_place(Message(text, (without, _end(turn))))]
    return [turn.in_place(_next(turn, text))]


def _receipt(turn: Turn, name: str, outcome: Sold | KnownAlready) -> str:
    language = turn.customer.language
    if isinstance(outcome, KnownAlready):
        return turn.say("till.known", sum=_paid(turn, outcome.purchase))
    done = outcome.recorded
    lines = [turn.say("till.done", sum=_paid(turn, done.purchase), name=name) if name else _paid(turn, done.purchase)]
    if done.purchase.discount_minor:
        lines.append(turn.say("till.discount", sum=money(language, done.purchase.discount_minor, CURRENCY)))
    if done.spent:
        lines.append(turn.say("till.spent", points=count(language, "card.points", done.spent)))
    if outcome.passed:
        lines.append(turn.say(f"till.beyond.{outcome.passed.value}"))
    elif done.points:
        lines.append(_earned(turn, done.points, done.opens_at))
    return "\n".join(lines)


def _earned(turn: Turn, points: int, opens_at: datetime | None) -> str:
    language = turn.customer.language
    earned = count(language, "card.points", points)
    if opens_at is None or opens_at <= turn.now:
        return turn.say("till.earned", points=earned)
    return turn.say("till.earned_later", points=earned, opens=day(language, local_date(opens_at, turn.zone)))


def _paid(turn: Turn, purchase: Purchase) -> str:
    return money(turn.customer.language, purchase.amount_minor, purchase.currency)


# --- small things


def _basket(at: till.AtTill, staff: Staff, draft: Draft) -> Basket:
    return Basket(
        key=draft.request_key,
        customer=at.customer,
        price_minor=draft.price_minor,
        staff=staff,
        code=draft.code,
        scan=draft.scan,
    )


def _keep(turn: Turn, staff: Staff, step: Step, draft: Draft | None = None, customer_id: UUID | None = None) -> None:
    if draft is not None and customer_id is None and turn.till is not None:
        customer_id = turn.till.customer_id
    keep(turn.store, turn.incoming.chat, staff, turn.now, step, draft, customer_id)


def _nobody(turn: Turn, staff: Staff) -> list[Message]:
    """They are gone meanwhile: nothing of them stays open."""
    _keep(turn, staff, Step.WHO)
    return [_next(turn, turn.say("till.nobody"))]


def _next(turn: Turn, text: str) -> Message:
    """A result, with the question for the next customer under it."""
    return Message("\n".join([text, turn.say("till.next")]) if text else turn.say("till.next"), (_end(turn),))


def _end(turn: Turn) -> Button:
    return Button(turn.say("till.end"), f"{PRESS}end")


def _cancel(turn: Turn, draft: Draft) -> Button:
    return Button(turn.say("till.cancel"), f"{PRESS}no:{draft.key}")


def _pay(turn: Turn, draft: Draft, points: int) -> Button:
    label = turn.say("till.pay", points=count(turn.customer.language, "card.points", points))
    return Button(label, f"{PRESS}pay:{draft.tag}:{points}")


def _way_out(turn: Turn, draft: Draft) -> tuple[Button, ...]:
    return (Button(turn.say("till.return"), f"{RETURN}{draft.key}"), _cancel(turn, draft))


def _word(turn: Turn) -> str:
    return turn.incoming.text.strip().partition(" ")[0].lower().rstrip(".!")


def _token(turn: Turn) -> str | None:
    """By a link's payload, or where a client shows it as text."""
    payload = turn.incoming.payload or ""
    return token_in(payload) or token_in(turn.incoming.text.strip().removeprefix("/start").strip())


def _here(turn: Turn) -> tuple[str, str]:
    return turn.incoming.chat.bot_id, turn.incoming.chat.user_id
