"""A sale at the till in a messenger: its sum, what a code and points make of it, and the tap that records it."""

from dataclasses import replace
from uuid import UUID

from handlers.till.words import (
    CODES_SHOWN,
    about,
    cancel_button,
    end_button,
    next_one,
    pay_button,
    receipt,
    ways_out,
)
from handlers.turn import Turn
from loyalty import spending, till
from loyalty.checkout import CURRENCY, Basket, Sold, Unproven, check_out, most_points, order_of
from loyalty.promo_codes import quote
from loyalty.promo_refusals import Refusal
from loyalty.purchases import KnownAlready, NoPoints
from loyalty.till_drafts import PRESS, Draft, Step, keep
from messaging.messages import Button, Message
from messaging.phrases import count, money
from storage.kinds import SpendState
from storage.models import Staff


def ready(turn: Turn, staff: Staff, draft: Draft, found: till.Found | None = None) -> list[Message]:
    """The sum and what it becomes, with one button for each way to record it."""
    form = turn.till
    customer_id = found.customer_id if found else form.customer_id if form else None
    at = till.look(turn.store, customer_id, draft.scan, staff, turn.now) if customer_id else None
    if at is None:
        return nobody_there(turn, staff)
    language, basket = turn.customer.language, _basket(at, staff, draft)
    lines = [*about(turn, at), "", turn.say("till.price", sum=money(language, draft.price_minor, CURRENCY))]
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
    keep_open(turn, staff, Step.READY, draft, at.customer.id)
    most = most_points(turn.store, basket, turn.now, turn.business.zone)
    return [Message("\n".join(lines), _ways_to_record(turn, at, draft, most))]


def _ways_to_record(turn: Turn, at: till.AtTill, draft: Draft, most: int) -> tuple[Button, ...]:
    language = turn.customer.language
    price = money(language, draft.price_minor, CURRENCY)
    buttons = [Button(turn.say("till.record", sum=price), f"{PRESS}ok:{draft.tag}")]
    if most and at.proof is not till.Proof.NONE:
        buttons.append(pay_button(turn, draft, most))
    if not draft.code:
        buttons += [
            Button(turn.say("till.use", code=code.text), f"{PRESS}use:{draft.key}:{place}")
            for place, code in enumerate(at.codes[:CODES_SHOWN])
        ]
        buttons.append(Button(turn.say("till.code_button"), f"{PRESS}code:{draft.key}"))
    return (*buttons, *ways_out(turn, draft))


def use_own_code(turn: Turn, staff: Staff, draft: Draft, place: int) -> list[Message]:
    """The sale with the customer's own code that stands in this place; as it was where that one has gone."""
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    codes = at.codes if at else ()
    return ready(turn, staff, draft.revised(code=codes[place].text) if place < len(codes) else draft)


def offer_points(turn: Turn, staff: Staff, draft: Draft, points: int) -> list[Message]:
    """So many as the cashier typed: one tap more, because a slip of the finger would be a sale."""
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return nobody_there(turn, staff)
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
    return [Message(text, (pay_button(turn, draft, points), cancel_button(turn, draft)))]


def _why_not(at: till.AtTill, points: int, most: int) -> NoPoints:
    if at.card is None:
        return NoPoints.NO_CARD
    if points > at.card.balance:
        return NoPoints.NOT_ENOUGH
    return NoPoints.TOO_MUCH if most else NoPoints.NOT_HERE


def sell(turn: Turn, staff: Staff, draft: Draft, points: int) -> list[Message]:
    """The tap: it is recorded, or the customer is asked about so many points, or why neither can be."""
    assert turn.till is not None and turn.till.customer_id is not None
    at = till.look(turn.store, turn.till.customer_id, draft.scan, staff, turn.now)
    if at is None:
        return nobody_there(turn, staff)
    if not draft.price_minor:
        return [Message(turn.say("till.sum"), ways_out(turn, draft))]
    basket = replace(_basket(at, staff, draft), points=points)
    outcome = check_out(turn.store, basket, turn.now, turn.business.zone)
    name = at.customer.name or turn.say("customer.nameless")
    match outcome:
        case Sold() | KnownAlready():
            keep_open(turn, staff, Step.WHO)
            return [turn.in_place(next_one(turn, receipt(turn, name, outcome)))]
        case Unproven(chat=None):
            return [Message(turn.say("till.no_chat"), _ways_to_record(turn, at, draft, 0))]
        case Unproven(chat=chat):
            assert chat is not None
            spending.ask(turn.store, basket, chat, turn.incoming.chat, turn.now, turn.business.zone)
            keep_open(turn, staff, Step.WHO)
            asked = turn.say("till.asked", name=name, points=count(turn.customer.language, "card.points", points))
            without = Button(turn.say("till.without_points"), f"{PRESS}cash:{draft.key}")
            return [turn.in_place(Message(asked, (without, end_button(turn))))]
        case NoPoints():
            most = most_points(turn.store, replace(basket, points=0), turn.now, turn.business.zone)
            allowed = count(turn.customer.language, "card.points", most)
            text = turn.say(f"till.no_points.{outcome.value}", points=allowed)
            return [Message(text, _ways_to_record(turn, at, draft, most))]
        case Refusal():
            text = turn.say("till.code_refused", code=draft.code, why=turn.say(f"till.code.{outcome.value}"))
            draft = draft.revised(code="")
            keep_open(turn, staff, Step.READY, draft, at.customer.id)
            return [Message(text, _ways_to_record(turn, at, draft, 0))]


def without_points(turn: Turn, staff: Staff, key: str, *, keeps_code: bool) -> list[Message]:
    """The customer does not answer: the same sale, all of it in money. Whichever came first counts."""
    sale, zone = Draft(key).request_key, turn.business.zone
    outcome = spending.without_points(turn.store, sale, staff, turn.now, zone, keeps_code=keeps_code)
    match outcome:
        case Sold() | KnownAlready():
            text = receipt(turn, "", outcome)
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
            return [turn.in_place(Message(text, (without, end_button(turn))))]
    return [turn.in_place(next_one(turn, text))]


# --- the draft


def _basket(at: till.AtTill, staff: Staff, draft: Draft) -> Basket:
    return Basket(
        key=draft.request_key,
        customer=at.customer,
        price_minor=draft.price_minor,
        staff=staff,
        code=draft.code,
        scan=draft.scan,
    )


def keep_open(
    turn: Turn, staff: Staff, step: Step, draft: Draft | None = None, customer_id: UUID | None = None
) -> None:
    if draft is not None and customer_id is None and turn.till is not None:
        customer_id = turn.till.customer_id
    keep(turn.store, turn.incoming.chat, staff, turn.now, step, draft, customer_id)


def nobody_there(turn: Turn, staff: Staff) -> list[Message]:
    """They are gone meanwhile: nothing of them stays open."""
    keep_open(turn, staff, Step.WHO)
    return [next_one(turn, turn.say("till.nobody"))]
