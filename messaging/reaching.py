"""Where a customer is written to unasked, and whether they are: an address, or the reason why not."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging.consent import Refusal, WriteFacts, may_write
from messaging.local_time import undisturbed_at
from messaging.messages import Address
from messaging.pacing import AT_ANY_HOUR
from storage.consents import WriteRow
from storage.kinds import MessageKind
from storage.store import Store


def address_for(store: Store, customer_id: UUID, kind: MessageKind, now: datetime) -> Address | Refusal:
    """The place they were seen at last of those where this kind of message is welcome."""
    return addresses_for(store, [customer_id], kind, now)[customer_id]


def addresses_for(
    store: Store, customer_ids: Collection[UUID], kind: MessageKind, now: datetime
) -> dict[UUID, Address | Refusal]:
    """The same of many customers, in a few statements for each bot."""
    found: dict[UUID, Address | Refusal] = dict.fromkeys(customer_ids, Refusal.UNREACHABLE)
    places = store.customers.places(customer_ids)
    by_bot: dict[str, list[str]] = {}
    for identity in places:
        by_bot.setdefault(identity.bot_id, []).append(identity.user_id)
    rows = {bot_id: store.consents.facts(bot_id, user_ids) for bot_id, user_ids in by_bot.items()}
    for identity in places:  # the last place first: one that is open stays
        if not isinstance(found[identity.customer_id], Address):
            why_not = may_write(facts_of(rows[identity.bot_id][identity.user_id]), kind, now)
            found[identity.customer_id] = why_not or Address(identity.bot_id, identity.user_id)
    return found


def facts_of(row: WriteRow) -> WriteFacts:
    return WriteFacts(
        row.customer_id,
        row.reach,
        row.personal_data,
        row.advertising,
        row.has_open_case,
        row.is_toxic,
        row.switched_off,
        row.paused_until,
    )


def welcome_at(row: WriteRow, kind: MessageKind, now: datetime, default: ZoneInfo) -> datetime:
    """`now`, or the end of the customer's quiet hours when this kind of message keeps them."""
    return now if kind in AT_ANY_HOUR else undisturbed_at(row, now, default)
