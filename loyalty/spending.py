"""Points are spent by the customer's own yes: asked in their chat, answered once, and over after two minutes.

The yes and the sale are one unit: what was agreed to is recorded, or nothing is and both sides hear why.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.checkout import CURRENCY, QUESTION_LIVES, Basket, Sold, hold, price_after_code, sell
from loyalty.points import MINOR_PER_POINT
from loyalty.promo_refusals import Refusal
from loyalty.purchases import KnownAlready, NoPoints
from messaging.messages import Address, Button, Message
from messaging.outbox import enqueue
from messaging.phrases import count, money, say
from storage.kinds import Language, SpendState
from storage.models import Customer, SpendRequest, Staff
from storage.store import Store

WAITS: Final = timedelta(minutes=2)
YES: Final = "spend:y:"
NO: Final = "spend:n:"


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer has the question on their screen."""

    request: SpendRequest


@dataclass(frozen=True, slots=True)
class Failed:
    """They said yes, and it could not be: the points or the code were gone by then. Nothing was written."""

    why: Refusal | NoPoints


@dataclass(frozen=True, slots=True)
class TooLate:
    """The request had ended before, in this state."""

    state: SpendState


@dataclass(frozen=True, slots=True)
class Refused:
    """They said no."""


def ask(store: Store, basket: Basket, chat: Address, cashier: Address | None, now: datetime, zone: ZoneInfo) -> Asked:
    """Ask the customer, once for a sale; what this cashier asked them before is over.

    `cashier`: the chat that hears of it; None: a page of the console waits. The question tells the price, and what
    remains to pay in money.
    """
    request = SpendRequest(
        key=basket.key,
        customer_id=basket.customer.id,
        sale={
            "price_minor": basket.price_minor,
            "product": basket.product,
            "code": basket.code,
        },
        points=basket.points,
        staff_id=basket.staff.id,
        bot_id=cashier.bot_id if cashier else None,
        user_id=cashier.user_id if cashier else None,
        asked_at=now,
        expires_at=now + WAITS,
    )
    if not store.till.ask_to_spend(request):
        known = store.till.spend_request_of(basket.key)
        assert known is not None
        return Asked(known)
    store.till.drop_questions_but(request, now)
    price = price_after_code(store, basket, now, zone)
    if isinstance(price, Refusal):
        price = basket.price_minor
    language = basket.customer.language
    text = say(
        language,
        "spend.question",
        points=count(language, "card.points", basket.points),
        sum=money(language, basket.price_minor, basket.currency),
        rest=money(language, price - basket.points * MINOR_PER_POINT, basket.currency),
        minutes=int(WAITS.total_seconds() // 60),
    )
    buttons = (
        Button(say(language, "spend.yes"), f"{YES}{request.id.hex}"),
        Button(say(language, "spend.no"), f"{NO}{request.id.hex}"),
    )
    enqueue(store, chat, [Message(text, buttons, columns=2)], now, customer_id=basket.customer.id)
    return Asked(request)


def answer(
    store: Store, request_id: UUID, customer: Customer, now: datetime, zone: ZoneInfo, *, is_yes: bool
) -> Sold | KnownAlready | Refused | Failed | TooLate:
    """The customer's answer, and all that follows from it. Only the first one counts, and only in time."""
    request = store.till.spend_request(request_id)
    if request is None or request.customer_id != customer.id:
        return TooLate(SpendState.EXPIRED)
    hold(store, request.staff_id, customer.id)  # before the request's own row, as a sale takes them
    state = SpendState.CONFIRMED if is_yes else SpendState.REFUSED
    if not store.till.decide_to_spend(request_id, state, now, in_time=True):
        late = store.till.spend_request(request_id)
        return TooLate(late.state if late and late.state is not SpendState.ASKED else SpendState.EXPIRED)
    if not is_yes:
        _tell_cashier(store, request, customer, "till.spend.refused", now)
        return Refused()
    staff = store.staff.get(request.staff_id)
    assert staff is not None  # a foreign key says so
    basket = Basket(key=request.key, customer=customer, staff=staff, points=request.points, **request.sale)
    outcome = sell(store, basket, now, zone)
    if isinstance(outcome, Refusal | NoPoints):
        store.till.close_spend(request_id, SpendState.FAILED)
        _tell_cashier(store, request, customer, "till.spend.failed", now)
        return Failed(outcome)
    purchase = outcome.recorded.purchase if isinstance(outcome, Sold) else outcome.purchase
    store.till.close_spend(request_id, SpendState.CONFIRMED, purchase.id)
    _tell_cashier(store, request, customer, "till.spend.done", now, purchase.amount_minor)
    return outcome


def without_points(
    store: Store, key: str, staff: Staff, now: datetime, zone: ZoneInfo, *, keeps_code: bool = True
) -> Sold | KnownAlready | Refusal | NoPoints | TooLate:
    """The cashier waits no longer: the same sale, all of it in money. Whichever came first counts.

    It is theirs alone, for ten minutes, and while nothing else was sold instead. `keeps_code` False: the promo code
    stays out of it too, where it is of no use any more.
    """
    asked = store.till.spend_request_of(key)
    if asked is None:
        return TooLate(SpendState.FAILED)
    if asked.staff_id != staff.id:
        return TooLate(SpendState.EXPIRED)
    hold(store, staff.id, asked.customer_id)
    request = store.till.spend_request_of(key)  # as it is by now: the customer may have been quicker
    customer = store.customers.get(asked.customer_id)
    if request is None or customer is None or request.customer_id != customer.id:
        return TooLate(SpendState.FAILED)
    if request.state is SpendState.CONFIRMED:
        return TooLate(SpendState.CONFIRMED)
    if known := store.purchases.by_key(key):
        return KnownAlready(known)
    if request.purchase_id is not None or now - request.asked_at > QUESTION_LIVES:
        return TooLate(SpendState.EXPIRED)
    was_asked = store.till.decide_to_spend(request.id, SpendState.EXPIRED, now)
    basket = Basket(key=key, customer=customer, staff=staff, **request.sale)
    outcome = sell(store, basket if keeps_code else replace(basket, code=""), now, zone)
    if isinstance(outcome, Sold):
        state = SpendState.EXPIRED if was_asked else request.state
        store.till.close_spend(request.id, state, outcome.recorded.purchase.id)
    return outcome


def expire(store: Store, request: SpendRequest, now: datetime) -> bool:
    """Two minutes are over: both hear that nothing was taken. False when somebody decided meanwhile."""
    if not store.till.decide_to_spend(request.id, SpendState.EXPIRED, now):
        return False
    customer = store.customers.get(request.customer_id)
    if customer is not None:
        _tell_cashier(store, request, customer, "till.spend.expired", now)
    return True


def _tell_cashier(
    store: Store, request: SpendRequest, customer: Customer, key: str, now: datetime, paid_minor: int = 0
) -> None:
    """In the chat they wait in; a page of the console looks for itself."""
    if request.bot_id is None or request.user_id is None:
        return
    identity = store.customers.identity(request.bot_id, request.user_id)
    staff = store.staff.get(request.staff_id)
    language = staff.language if staff else Language.RU
    text = say(
        language,
        key,
        name=customer.name or say(language, "customer.nameless"),
        points=count(language, "card.points", request.points),
        sum=money(language, paid_minor, CURRENCY),
    )
    to = Address(request.bot_id, request.user_id)
    enqueue(store, to, [Message(text)], now, customer_id=identity.customer_id if identity else None)
