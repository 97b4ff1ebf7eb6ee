"""Join the programme, and the card that shows what one has."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from loyalty.points import CARD_DIGITS, card_number
from storage.models import Membership
from storage.store import Store

TRIES = 20


@dataclass(frozen=True, slots=True)
class Card:
    """A member's number and points: what can be spent now, what opens later, what is owed after a return."""

    number: str
    balance: int
    pending: int
    owed: int
    joined_at: datetime


def join(store: Store, customer_id: UUID, now: datetime) -> Card:
    """The customer's card: a new one, or the one they have. Earlier purchases earn nothing."""
    for _ in range(TRIES):
        if card := card_of(store, customer_id, now):
            return card
        number = card_number(secrets.randbelow(10**CARD_DIGITS))
        store.points.join(Membership(customer_id=customer_id, card_number=number, joined_at=now))
    raise RuntimeError("no free card number was found")


def card_of(store: Store, customer_id: UUID, now: datetime) -> Card | None:
    member = store.points.membership(customer_id)
    return Card(member.card_number, *store.points.balance(customer_id, now), member.joined_at) if member else None
