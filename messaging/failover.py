"""When a channel closes on a service message, another channel of the same customer carries it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.reaching import address_for
from storage.kinds import MessageKind
from storage.outbox import DueMessage
from storage.store import Store

SENT_ON: Final = frozenset({MessageKind.OPERATOR_REPLY, MessageKind.RECEIPT})
"""What somebody waits for, wherever they are. Marketing needs the consent of each channel, a survey is no service, and
the bot's own answers belong to the chat in which they were asked for."""


def handed_on_key(row_id: UUID) -> str:
    """Under which the copy of a message stands that went by another channel."""
    return f"sent on {row_id.hex}"


def send_on(store: Store, row: DueMessage, now: datetime) -> Address | None:
    """Queue a message that just failed to the next open chat of its customer; where that is. None: there is none.

    In the unit that marks the failure, which happens to a row once; the dedupe key holds it whatever happens.
    """
    if row.kind not in SENT_ON or row.customer_id is None:
        return None
    to = address_for(store, row.customer_id, row.kind, now)
    failed = store.outbox.get(row.id)
    if not isinstance(to, Address) or failed is None:
        return None
    body = {key: value for key, value in row.body.items() if key != "edits"}  # what it replaced is in the other chat
    enqueue(
        store,
        to,
        [Message.from_body(body, row.kind)],
        now,
        customer_id=row.customer_id,
        case_id=failed.case_id,
        staff_id=failed.staff_id,
        dedupe_key=handed_on_key(row.id),
    )
    store.outbox.explain(row.id, f"sent on by {to.channel.value}")
    return to
