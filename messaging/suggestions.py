"""What one could say to a customer today, why, and by which way: for the owner's messenger and for the console."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from messaging.consent import Refusal
from messaging.phrases import say
from messaging.reaching import address_for
from storage.kinds import ConsentAction, ConsentPurpose, Language, MessageKind
from storage.store import Store

WITH_THE_USUAL: Final = frozenset({"late", "late_key", "expected"})
"""Whoever came once has no usual thing, and whoever complains does not want to hear of it."""


class Way(StrEnum):
    """`CALL`: no chat is open to us, and they never asked to be left in peace. `NONE`: they have, or wait for an answer
    to something else."""

    CHAT = "chat"
    CALL = "call"
    NONE = "none"


def way_to(store: Store, customer_id: UUID, why: str, now: datetime) -> Way:
    """A «no» to advertising holds for the telephone too, and outlives the chat in which it was said."""
    kind = MessageKind.OPERATOR_REPLY if asks_back(why) else MessageKind.JOURNEY
    refusal = address_for(store, customer_id, kind, now)
    if not isinstance(refusal, Refusal):
        return Way.CHAT
    if refusal is not Refusal.UNREACHABLE:
        return Way.NONE
    said = store.consents.latest(customer_id)
    purposes = [ConsentPurpose.PERSONAL_DATA, *([] if asks_back(why) else [ConsentPurpose.ADVERTISING])]
    refused = any(said.get(purpose, ConsentAction.GIVEN) is not ConsentAction.GIVEN for purpose in purposes)
    return Way.NONE if refused else Way.CALL


def reason(language: Language, why: str, values: Mapping[str, object]) -> str:
    """Why this customer, today: «не был 40 дн., обычно приходит раз в 14 дн.»."""
    return say(language, f"today.why.{why}", **values)


def asks_back(why: str) -> bool:
    """An answer to what somebody said to us; anything else advertises, and needs their consent."""
    return why == "unhappy"


def suggestion(language: Language, why: str, *, name: str, business: str, usual: str = "") -> str:
    """A message to the customer, in their language; `usual` is what they take each time, if there is such a thing."""
    hello = say(language, "today.hello", name=name) if name else say(language, "today.hello.nameless")
    text = say(language, f"today.write.{why}", hello=hello, business=business)
    return " ".join((text, say(language, "today.usual", product=usual))) if usual and why in WITH_THE_USUAL else text
