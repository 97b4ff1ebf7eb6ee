"""Who stands at the till: found by a card, a phone or the code on their screen, with what a cashier has to know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from loyalty import gifts
from loyalty.card import Card, card_of
from loyalty.card_codes import LIVES, Wrong, code_hash, could_be_typed, read_token, token_in, typed_of
from loyalty.phones import normalised as phone_of
from loyalty.points import is_card_number
from loyalty.programme import rules_now
from loyalty.promo_codes import Issued
from loyalty.promo_rules import normalised, shown
from loyalty.rules import Tier
from loyalty.till_lines import begins_with_number, is_mistyped_card
from messaging.messages import Address
from messaging.reaching import address_for
from storage.kinds import MessageKind, Role
from storage.models import Customer, Staff
from storage.store import Store

MAY_SELL: Final = frozenset(Role) - {Role.ANALYST}
"""Who records purchases."""
PROVEN_FOR: Final = timedelta(minutes=10)
"""How long after a scan the customer is taken to stand there: the time in which a sale is entered."""
OF_ONE_PHONE: Final = 5


class NotFound(StrEnum):
    """Why nobody was found. The values are phrases: `till.<value>`."""

    NOBODY = "nobody"
    CARD_TYPO = "card_typo"


class Proof(StrEnum):
    """What lets points be spent. The values are phrases: `till.proof.<value>`."""

    CHAT = "chat"
    """The customer is asked in their own chat, whatever else they showed."""
    SCREEN = "screen"
    """They have no chat, and the code on their screen was scanned."""
    NONE = "none"
    """Neither: a number that is printed or told is good for earning alone."""


@dataclass(frozen=True, slots=True)
class Found:
    """`scan`: the hash of the screen's code that found them; `promo`: their own code that did."""

    customer_id: UUID
    scan: str = ""
    promo: str = ""


@dataclass(frozen=True, slots=True)
class Several:
    """A family gives one phone: the cashier chooses."""

    customers: Sequence[Customer]


@dataclass(frozen=True, slots=True)
class AtTill:
    """All that a cashier has to know of who stands there. `card` is None for who takes no part."""

    customer: Customer
    card: Card | None
    tier: Tier | None
    codes: Sequence[Issued]
    proof: Proof
    has_wish: bool
    """They want to give something back, and nobody decided it yet."""


def find(
    store: Store, text: str, staff: Staff, card_key: str, region: str, now: datetime
) -> Found | Several | NotFound | Wrong:
    """Whose card, phone, screen code or own promo code a text is. A screen's code is used up by it."""
    if token := token_in(text):
        owner = read_token(card_key, token, now)
        return (
            owner
            if isinstance(owner, Wrong)
            else _scan(store, code_hash(card_key, typed_of(card_key, token)), staff, now)
        )
    digits = "".join(sign for sign in text if sign not in " -")
    if is_card_number(digits):
        holder = store.directory.by_card(digits)
        return Found(holder) if holder else NotFound.NOBODY
    if phone := phone_of(text, region):
        return _by_phone(store, phone)
    if could_be_typed(text) and store.cards.scan(hashed := code_hash(card_key, text)):
        return _scan(store, hashed, staff, now)
    code = store.promos.code(normalised(text))
    if code is not None and code.customer_id is not None:
        return Found(code.customer_id, promo=shown(code.code, store.promos.campaign_of(code).code_prefix))
    if could_be_typed(text):
        return Wrong.FORGED
    return NotFound.CARD_TYPO if is_mistyped_card(text) else NotFound.NOBODY


def names_somebody(store: Store, text: str, card_key: str, region: str) -> bool:
    """Whether a line is about a customer, where a sum or a promo code is awaited: the next one has come."""
    first = text.strip().partition(" ")[0]
    is_shown = could_be_typed(first) and store.cards.scan(code_hash(card_key, first)) is not None
    return is_shown or token_in(text) is not None or begins_with_number(text, region)


def look(store: Store, customer_id: UUID, scan: str, staff: Staff, now: datetime) -> AtTill | None:
    """The customer as the till shows them; None for who is not there any more. `scan` may be empty."""
    customer = store.customers.get(customer_id)
    if customer is None or customer.erased_at is not None:
        return None
    card, member = card_of(store, customer_id, now), store.points.membership(customer_id)
    return AtTill(
        customer,
        card,
        rules_now(store).tier(member.tier) if member else None,
        gifts.usable(store, customer_id, now),
        proof_of(store, customer_id, scan, staff, now),
        store.return_requests.has_open(customer_id),
    )


def proof_of(store: Store, customer_id: UUID, scan: str, staff: Staff, now: datetime) -> Proof:
    if chat_of(store, customer_id, now) is not None:
        return Proof.CHAT
    is_scanned = bool(scan) and store.cards.is_scan_good(scan, customer_id, staff.id, now - PROVEN_FOR)
    return Proof.SCREEN if is_scanned else Proof.NONE


def chat_of(store: Store, customer_id: UUID, now: datetime) -> Address | None:
    """Where the customer can be asked at this moment."""
    to = address_for(store, customer_id, MessageKind.REPLY, now)
    return to if isinstance(to, Address) else None


def _scan(store: Store, hashed: str, staff: Staff, now: datetime) -> Found | Wrong:
    """Use a code up. The same cashier's second look at it (a reloaded page, a repeated message) is the same scan."""
    scan = store.cards.scan(hashed)
    if scan is None:
        return Wrong.FORGED
    if store.cards.use_code(hashed, staff.id, now - LIVES, now):
        return Found(scan.customer_id, scan=hashed)
    scan = store.cards.scan(hashed)  # as it is now: somebody may have been quicker
    if scan is None or scan.used_at is None:
        return Wrong.OLD
    is_own = scan.staff_id == staff.id and scan.used_at > now - PROVEN_FOR
    return Found(scan.customer_id, scan=hashed) if is_own else Wrong.USED


def _by_phone(store: Store, phone: str) -> Found | Several | NotFound:
    found = store.customers.of_phone(phone, OF_ONE_PHONE)
    if not found:
        return NotFound.NOBODY
    return Found(found[0].id) if len(found) == 1 else Several(found)
