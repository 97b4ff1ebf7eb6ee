"""What a customer hears when their points move: a receipt, unless they do not want to hear of points."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from messaging.consent import Refusal as Silence
from messaging.local_time import local_date, zone_of
from messaging.messages import Message
from messaging.outbox import enqueue
from messaging.phrases import count, day, say
from messaging.reaching import address_for
from storage.kinds import Language, MessageKind
from storage.models import Customer
from storage.store import Store


def tell_of_sale(
    store: Store,
    customer: Customer,
    earned: int,
    spent: int,
    opens_at: datetime | None,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """What was spent, what was earned and when it opens, and what the card has now."""
    lines = []
    if spent:
        lines.append(say(customer.language, "card.spent", points=points(customer.language, spent)))
    if earned and opens_at is not None and opens_at > now:
        told = {"points": points(customer.language, earned), "opens": _day(customer, opens_at, zone)}
        lines.append(say(customer.language, "card.earned_for_later", **told))
    elif earned:
        lines.append(say(customer.language, "card.earned", points=points(customer.language, earned)))
    _tell(store, customer, lines, now, zone)


def tell_of_return(store: Store, customer: Customer, back: int, taken: int, now: datetime, zone: ZoneInfo) -> None:
    """What a return has moved."""
    moved = (("card.points_back", back), ("card.points_taken", taken))
    lines = [say(customer.language, key, points=points(customer.language, many)) for key, many in moved if many]
    _tell(store, customer, lines, now, zone)


def points(language: Language, many: int) -> str:
    """«5 баллов»."""
    return count(language, "card.points", many)


def _tell(store: Store, customer: Customer, lines: Sequence[str], now: datetime, zone: ZoneInfo) -> None:
    """The lines, and the balance after them."""
    if not lines:
        return
    to = address_for(store, customer.id, MessageKind.RECEIPT, now)
    if isinstance(to, Silence):
        return
    balance = store.points.balance(customer.id, now)
    last = [say(customer.language, "card.has", balance=points(customer.language, balance.available))]
    if opening := store.points.next_opening(customer.id, now):
        told = {"points": points(customer.language, balance.pending), "opens": _day(customer, opening, zone)}
        last.append(say(customer.language, "card.has_pending", **told))
    if balance.owed:
        last.append(say(customer.language, "card.has_debt", points=points(customer.language, balance.owed)))
    text = "\n".join([*lines, " ".join(last)])
    enqueue(store, to, [Message(text, kind=MessageKind.RECEIPT)], now, customer_id=customer.id)


def _day(customer: Customer, at: datetime, zone: ZoneInfo) -> str:
    """By the customer's own calendar."""
    return day(customer.language, local_date(at, zone_of(customer.time_zone, zone)))
