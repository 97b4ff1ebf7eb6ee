"""Where a customer is written to unasked, and whether they are: an address, or the reason why not."""

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
    refusal = Refusal.UNREACHABLE
    for identity in store.customers.reachable(customer_id):
        row = store.consents.facts(identity.bot_id, [identity.user_id])[identity.user_id]
        why_not = may_write(facts_of(row), kind, now)
        if why_not is None:
            return Address(identity.bot_id, identity.user_id)
        refusal = why_not
    return refusal


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
