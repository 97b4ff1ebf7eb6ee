"""One customer, several channels: a one-time link or code from one, «it is me» from the other, and one record."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messaging import people
from messaging.doors import Door
from messaging.messages import Address
from storage.columns import new_id
from storage.models import Customer, SecondChannel
from storage.staff import token_hash
from storage.store import Store

WORD: Final = "link_"
"""What a link's payload begins with."""
LIVES: Final = timedelta(minutes=10)
TRIES: Final = 5
"""Codes that one customer may type in that time, wrong ones and right ones (feature ID3)."""
TRIES_OF_ALL: Final = 50
"""Codes that all of them together may type: chats cost nothing, so a guesser has many. Links go on working."""
INVITED_EVERY: Final = timedelta(days=30)

_CODE: Final = re.compile(r"\d{3}[ -]?\d{3}", re.ASCII)
_DIGITS: Final = 6
_DRAWS: Final = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """What is shown once and kept nowhere but in the message: the link's word and the code."""

    word: str
    code: str


def code_in(text: str) -> str | None:
    """The six digits, where a text is nothing else."""
    text = text.strip()
    return re.sub(r"\D", "", text) if _CODE.fullmatch(text) else None


# --- in the channel that is known


def offer(store: Store, customer_id: UUID, chat: Address, now: datetime) -> Offer:
    """A new link and a new code of this customer; their earlier ones end."""
    token, code = secrets.token_urlsafe(24), _free_code(store, now)
    hashes = token_hash(token), token_hash(code)
    store.second_channels.offer(customer_id, new_id(), hashes, _key(chat), now + LIVES)
    return Offer(WORD + token, code)


def other_doors(store: Store, customer_id: UUID, doors: Iterable[Door]) -> list[Door]:
    """The channels of ours that this customer does not write from yet."""
    used = {Address(one.bot_id, "").channel for one in store.customers.identities_of(customer_id)}
    return [door for door in doors if door.channel not in used]


def invites(store: Store, customer_id: UUID, here: Address, doors: Sequence[Door], now: datetime) -> bool:
    """Whether this is a moment to mention a second channel: they have one, we have another, and not each time."""
    if all(door.channel is here.channel for door in doors):
        return False
    if len(store.customers.identities_of(customer_id)) > 1:
        return False
    before = store.second_channels.invited_at(customer_id)
    if before is not None and now - before < INVITED_EVERY:
        return False
    store.second_channels.note_invited(customer_id, now)
    return True


# --- in the other one


def by_word(store: Store, word: str, now: datetime) -> SecondChannel | None:
    """Whose unused link this is."""
    return store.second_channels.by_token(token_hash(word.removeprefix(WORD)), now)


def by_code(store: Store, code: str, now: datetime) -> SecondChannel | None:
    """Whose unused code this is."""
    return store.second_channels.by_code(token_hash(code), now)


def note_try(store: Store, customer_id: UUID, now: datetime) -> None:
    """A code is tried. Each one has to be noted before it is looked up, whatever comes of it."""
    store.second_channels.note_try(customer_id, now, now - LIVES)


def is_guessing(store: Store, customer_id: UUID, now: datetime) -> bool:
    """Too many codes were tried lately, by this customer or by all; the one that is looked at is among them."""
    since = now - LIVES
    if store.second_channels.tries_of(customer_id, since) > TRIES:
        return True
    return store.second_channels.tries_since(since) > TRIES_OF_ALL


def take(store: Store, way: SecondChannel, chat: Address, now: datetime) -> UUID | None:
    """Use the link or the code up for this chat: what its buttons carry; None when another one was quicker."""
    assert way.offer_id is not None
    taker = _taker(way.offer_id, chat)
    return way.offer_id if store.second_channels.take(way.offer_id, taker, now, now + LIVES) else None


def answered(store: Store, offer_id: UUID, chat: Address, now: datetime) -> SecondChannel | None:
    """The offer that this chat took and answers now; it ends here. None when it is too late, or not theirs."""
    way = store.second_channels.taken_by(offer_id, _taker(offer_id, chat), now)
    return way if way is not None and store.second_channels.end(offer_id) else None


# --- one record


def make_one(store: Store, a: Customer, b: Customer, now: datetime) -> Customer | None:
    """The customer that two records are from now on: the one known for longer, with all of the other.

    None where they contradict each other: then nothing is merged, and a person of the staff has to look (feature ID4).
    """
    kept, gone = sorted((a, b), key=lambda one: (one.created_at, one.id))
    result = people.merge(store, kept.id, gone.id, None, now)
    if isinstance(result, people.Refused):
        return None
    return result.kept


def join_by_phone(store: Store, customer: Customer, now: datetime) -> Customer | None:
    """A messenger vouched for this phone: whom we knew by it alone, from an import, is the same person.

    None when there is nobody, or several (a family gives one phone), or the records contradict each other.
    """
    assert customer.phone is not None and customer.is_phone_verified
    found = [one for one in store.customers.only_on_file(customer.phone, 2) if one.id != customer.id]
    return make_one(store, customer, found[0], now) if len(found) == 1 else None


def _free_code(store: Store, now: datetime) -> str:
    """Six digits that nobody else has at this moment; where luck fails twenty times, the code is nobody's."""
    for _ in range(_DRAWS):
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        if not store.second_channels.has_code(token_hash(code), now):
            break
    return code


def _taker(offer_id: UUID, chat: Address) -> str:
    """The chat that took an offer, so that it can be known again and not be read: the row belongs to somebody else."""
    return token_hash(f"{offer_id.hex} {chat.bot_id} {chat.user_id}")


def _key(chat: Address) -> tuple[str, str]:
    return chat.bot_id, chat.user_id
