"""Giving goods back: a customer's wish becomes a case, staff confirm or refuse it, and a cashier does it at once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.checkout import CURRENCY, hold
from loyalty.returns import NoReturn, Returned, give_back
from loyalty.till_alerts import day_starts, note
from loyalty.till_rules import suspicion_of_returns
from messaging import cases
from messaging.desk import Desk
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.phrases import money, say
from messaging.reaching import address_for
from storage.kinds import CaseOrigin, DecisionState, Language, MessageKind, Urgency
from storage.models import Customer, Purchase, ReturnRequest, Staff
from storage.store import Store

WITHIN: Final = timedelta(days=90)
"""How long after a purchase a customer can start its return from the chat; staff can do it whenever they want."""

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when staff look for purchases that come back."""


class NoWish(StrEnum):
    """Why a customer cannot ask a purchase back from the chat."""

    NOTHING = "nothing"
    """Not theirs, of too long ago, or given back already."""
    REFUSED_BEFORE = "refused_before"
    """People said no; more is between people."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Somebody had decided it before."""


def askable(store: Store, customer_id: UUID, purchase_id: UUID, now: datetime) -> Purchase | NoWish:
    """The customer's own purchase while they may ask it back."""
    purchase = store.purchases.get(purchase_id)
    if purchase is None or purchase.customer_id != customer_id or purchase.at < now - WITHIN:
        return NoWish.NOTHING
    if not store.return_requests.is_returnable(purchase_id):
        return NoWish.NOTHING
    return NoWish.REFUSED_BEFORE if store.return_requests.was_refused(purchase_id) else purchase


def ask(
    store: Store, customer: Customer, chat: Address, purchase: Purchase, words: str, now: datetime, desk: Desk
) -> ReturnRequest:
    """The customer's wish, once for a purchase, with a case for the operators; points do not move yet (task A8)."""
    store.purchases.lock(customer.id)
    if known := store.return_requests.open_of_purchase(purchase.id):
        return known
    summary = say(desk.language, "return.summary", what=_what(purchase, desk.language), words=words)
    cases.open_case(store, customer, chat, Urgency.TODAY, CaseOrigin.RETURN, summary, now, desk)
    case = store.cases.open_for(customer.id)
    request = ReturnRequest(
        customer_id=customer.id,
        purchase_id=purchase.id,
        case_id=case.id if case else None,
        words=words,
        asked_at=now,
    )
    store.return_requests.add(request)
    return request


def confirm(
    store: Store, request: ReturnRequest, staff: Staff, amount_minor: int | None, now: datetime, zone: ZoneInfo
) -> Returned | NoReturn | Decided:
    """The goods are back: points adjust (`give_back` tells of them), and the customer hears it.

    `amount_minor` None: all of the purchase.
    Where nothing of the purchase is left (staff did it at the till meanwhile), the wish is settled by that; a sum that
    does not fit leaves it open.
    """
    hold(store, staff.id, request.customer_id)
    fresh = store.return_requests.get(request.id)
    if fresh is None or fresh.state is not DecisionState.OPEN:
        return Decided()
    outcome = _give(
        store, f"request:{request.id.hex}", request.purchase_id, amount_minor, request.words, staff, now, zone
    )
    if isinstance(outcome, Returned):
        store.return_requests.decide(request.id, DecisionState.CONFIRMED, staff.id, now)
        customer = store.customers.get(request.customer_id)
        if customer is not None:
            back = money(customer.language, outcome.given_back.amount_minor, CURRENCY)
            _tell(store, customer, say(customer.language, "return.confirmed", sum=back), now)
    elif outcome is NoReturn.NOTHING_LEFT:
        store.return_requests.decide(request.id, DecisionState.CONFIRMED, staff.id, now)
    return outcome


def refuse(store: Store, request: ReturnRequest, staff: Staff, why: str, now: datetime) -> bool:
    """Nothing comes back, and the customer hears why; False when somebody had decided it before."""
    if not store.return_requests.decide(request.id, DecisionState.REFUSED, staff.id, now):
        return False
    customer, purchase = store.customers.get(request.customer_id), store.purchases.get(request.purchase_id)
    if customer is not None and purchase is not None:
        what = _what(purchase, customer.language)
        key = "return.refused_because" if why else "return.refused"
        _tell(store, customer, say(customer.language, key, what=what, why=why), now)
    return True


def take_back(
    store: Store,
    key: str,
    purchase: Purchase,
    staff: Staff,
    amount_minor: int | None,
    reason: str,
    now: datetime,
    zone: ZoneInfo,
) -> Returned | NoReturn:
    """A cashier has the goods on the counter. `key` names the request: sent again, it is the same return.

    What the customer had asked for by themselves is settled by it, once nothing of the purchase is left.
    """
    hold(store, staff.id, purchase.customer_id)
    outcome = _give(store, key, purchase.id, amount_minor, reason, staff, now, zone)
    waiting = store.return_requests.open_of_purchase(purchase.id)
    if isinstance(outcome, Returned) and waiting and not store.return_requests.is_returnable(purchase.id):
        store.return_requests.decide(waiting.id, DecisionState.CONFIRMED, staff.id, now)
    return outcome


def _give(
    store: Store,
    key: str,
    purchase_id: UUID,
    amount_minor: int | None,
    reason: str,
    staff: Staff,
    now: datetime,
    zone: ZoneInfo,
) -> Returned | NoReturn:
    outcome = give_back(
        store,
        key=key,
        purchase_id=purchase_id,
        amount_minor=amount_minor,
        reason=reason,
        staff_id=staff.id,
        now=now,
        zone=zone,
    )
    if isinstance(outcome, Returned):
        suspicion = suspicion_of_returns(store.till.returns_by(staff.id, day_starts(now, zone)))
        if suspicion:
            note(store, suspicion, staff.id, None, now, zone)
    return outcome


def _tell(store: Store, customer: Customer, text: str, now: datetime) -> None:
    to = address_for(store, customer.id, MessageKind.REPLY, now)
    if isinstance(to, Address):
        enqueue(store, to, [Message(text)], now, customer_id=customer.id)


def _what(purchase: Purchase, language: Language) -> str:
    """«450 ₽, Капучино»."""
    price = money(language, purchase.amount_minor + purchase.points_minor, purchase.currency)
    return f"{price}, {purchase.product}" if purchase.product else price
