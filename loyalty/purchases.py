"""Record a purchase as it happens: the points it earns, the code it uses, and what that ends."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.accrual import CAME_BY_THEMSELVES, accrue
from loyalty.promo_codes import Redeemed, Refusal, redeem
from loyalty.standing import after_purchase
from messaging.consent import Refusal as Silence
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import count, say
from messaging.reaching import address_for
from storage.kinds import Journey, MessageKind, PurchaseSource
from storage.models import Customer, Purchase
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Sale:
    """What staff enter. `key` names the request: the same one sent twice is one purchase. `code` may be empty."""

    key: str
    customer: Customer
    amount_minor: int
    source: PurchaseSource
    currency: str = "RUB"
    product: str = ""
    code: str = ""
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """It is written. `points`: what it earned (0 for who is no member)."""

    purchase: Purchase
    points: int
    redeemed: Redeemed | None = None


@dataclass(frozen=True, slots=True)
class KnownAlready:
    """This very request was carried out before."""

    purchase: Purchase


def record(store: Store, sale: Sale, now: datetime, zone: ZoneInfo) -> Recorded | KnownAlready | Refusal:
    """One purchase with everything that follows. A code that cannot be used refuses it all: nothing is written.

    `zone` is the business's own: a visit is one of its days.
    """
    purchase = Purchase(
        customer_id=sale.customer.id,
        at=now,
        amount_minor=sale.amount_minor,
        currency=sale.currency,
        product=sale.product,
        source=sale.source,
        key=sale.key,
        recorded_by=sale.staff_id,
    )
    store.purchases.lock(sale.customer.id)
    if known := store.purchases.by_key(sale.key):
        return KnownAlready(known)
    redeemed: Redeemed | None = None
    if sale.code.strip():
        used = redeem(store, sale.code, sale.key, now, customer_id=sale.customer.id, staff_id=sale.staff_id)
        if isinstance(used, Refusal):
            return used
        redeemed = used
    if not store.purchases.add(purchase):
        known = store.purchases.by_key(sale.key)
        assert known is not None
        return KnownAlready(known)
    if redeemed:
        store.promos.note_purchase(sale.key, purchase.id)
    after_purchase(store, purchase, zone)
    points = accrue(store, [purchase])
    store.outbox.cancel_journey([sale.customer.id], Journey.WIN_BACK, CAME_BY_THEMSELVES)
    if points:
        _tell(store, sale.customer, points, now)
    return Recorded(purchase, points, redeemed)


def _tell(store: Store, customer: Customer, points: int, now: datetime) -> None:
    """A receipt, unless they do not want to hear of points."""
    to = address_for(store, customer.id, MessageKind.RECEIPT, now)
    if isinstance(to, Silence):
        return
    balance = count(customer.language, "card.points", store.points.balance(customer.id, now).available)
    text = say(
        customer.language, "card.earned", points=count(customer.language, "card.points", points), balance=balance
    )
    enqueue(store, to, [Message(text, kind=MessageKind.RECEIPT)], now, customer_id=customer.id)
