"""Say something: a row in the caller's unit, delivered after it commits."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from messaging.messages import Address, Message
from messaging.pacing import PRIORITY
from messaging.rendering import pieces
from storage.kinds import FeedKind, Journey, MessageKind, Priority
from storage.outbox import NewMessage
from storage.store import Store

CONVERSATION = frozenset({MessageKind.REPLY, MessageKind.OPERATOR_REPLY, MessageKind.SURVEY, MessageKind.RECEIPT})
"""These are part of a conversation that somebody may be watching."""


def piece_key(key: str, place: int) -> str:
    """The key of one piece of a message that is too long for its channel; the first has the message's own."""
    return f"{key}+{place}" if place else key


def enqueue(
    store: Store,
    to: Address,
    messages: Sequence[Message],
    now: datetime,
    *,
    customer_id: UUID | None = None,
    case_id: UUID | None = None,
    staff_id: UUID | None = None,
    priority: Priority | None = None,
    dedupe_key: str | None = None,
    not_before: datetime | None = None,
    journey: Journey | None = None,
) -> list[NewMessage]:
    """Queue messages to one chat, in this order (transition T1). Nothing leaves before the unit commits.

    A message too long for the channel becomes several rows. A dedupe key belongs to one message: a second row of the
    same key is an error, not a second message.
    """
    rows = [
        NewMessage(
            bot_id=to.bot_id,
            user_id=to.user_id,
            customer_id=customer_id,
            about_id=message.thread.customer_id if message.thread else None,
            kind=message.kind,
            priority=PRIORITY[message.kind] if priority is None else priority,
            body=message.body(),
            nonce=secrets.token_urlsafe(9),
            dedupe_key=piece_key(dedupe_key, place) if dedupe_key else None,
            not_before=not_before or now,
            survey_run_id=message.survey_run_id,
            case_id=case_id,
            staff_id=staff_id,
            journey=journey,
            created_at=now,
        )
        for whole in messages
        for place, message in enumerate(pieces(whole, to.channel))
    ]
    store.outbox.add(rows)
    for row in rows:
        # What the bot says is shown when it is sent; what an operator says, at once: they want to see that it goes.
        if customer_id is not None and row.kind is MessageKind.OPERATOR_REPLY:
            store.feed.tell(FeedKind.MESSAGE_OUT, row.id, customer_id, now)
    return rows
