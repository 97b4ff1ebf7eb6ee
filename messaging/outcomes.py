"""What came of each send, written down: the transitions T5 to T8 of docs/delivery.md."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from messaging.failover import send_on
from messaging.messages import Address
from messaging.outbox import CONVERSATION
from messaging.pacing import AT_LEAST_ONCE, MARKETING, backoff_seconds, is_group
from messaging.transport import NotSent, TryLater, Undeliverable
from storage.kinds import Channel, FeedKind, MessageKind, ReachStatus
from storage.outbox import DueMessage, Sent
from storage.store import Store

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
RANDOM_ID_LIVES = timedelta(minutes=50)
"""VK forgets a random_id after an hour; a repeat is safe only before that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one send: `error` is nothing when it arrived."""

    row: DueMessage
    token: UUID
    provider_id: str | None
    error: Exception | None
    is_repeated: bool = False


def mark(store: Store, outcomes: Sequence[Outcome], now: datetime) -> None:
    """T5 for all that arrived in one statement; the others one by one."""
    arrived = [outcome for outcome in outcomes if outcome.error is None]
    sent = [Sent(outcome.row.id, outcome.token, outcome.provider_id) for outcome in arrived]
    taken = store.outbox.mark_sent(sent, now)
    if 0 <= taken < len(sent):
        log.warning("%d sends were marked by a later owner already", len(sent) - taken)
    for outcome in outcomes:
        if outcome.error is not None:
            _mark_error(store, outcome, outcome.error, now)
        tell(store, outcome.row, now)


def recover(store: Store, bot_id: str, epoch: int, now: datetime) -> None:
    """T3 and T8 for what an earlier owner, or a crash, left behind."""
    store.outbox.release_abandoned(bot_id, epoch, now)
    for row in store.outbox.abandoned(bot_id, epoch, now):
        assert row.token is not None
        _doubt(store, row, row.token, "the sender died in the middle of the request", now)
        tell(store, row, now)


def _mark_error(store: Store, outcome: Outcome, error: Exception, now: datetime) -> None:
    """What a refusal means for the row. One that may have arrived before keeps its key, and is never just «failed»."""
    row, token, was_made = outcome.row, outcome.token, outcome.is_repeated
    is_old = now - (row.first_attempt_at or now) >= GIVE_UP_AFTER
    match error:
        case TryLater(after_seconds=seconds) if not is_old:
            if error.is_chat_only or is_group(Address(row.bot_id, row.user_id)):  # the others need not wait for it
                store.outbox.rest_chats(row.bot_id, {row.user_id: now.timestamp() + seconds})
            else:
                store.leases.hold_back(row.bot_id, "all", seconds, now.timestamp())
            later = now + timedelta(seconds=seconds)
            store.outbox.requeue(row.id, token, later, uncounted=True, same_call=was_made)
        case NotSent() if not is_old:
            wait = backoff_seconds(row.attempts + 1) * (1 + secrets.randbelow(250) / 1000)
            store.outbox.requeue(row.id, token, now + timedelta(seconds=wait), same_call=was_made)
        case Undeliverable():
            is_mine = (store.outbox.park if was_made else store.outbox.fail)(row.id, token, str(error))
            if row.kind is MessageKind.OPERATOR_ALERT:
                log.error("the operators' group does not get its alerts: %s", error)
            elif not error.is_blocked:
                log.warning("%s does not take a message (%s): %s", row.bot_id, row.kind.value, error)
            if error.is_blocked:
                _note_blocked(store, row, now, is_mine=is_mine and not was_made)
        case TryLater() | NotSent():
            end = store.outbox.park if was_made else store.outbox.fail
            end(row.id, token, f"not delivered within a day: {error}")
        case _:
            _doubt(store, row, token, str(error) or type(error).__name__, now)


def _doubt(store: Store, row: DueMessage, token: UUID, reason: str, now: datetime) -> None:
    """T8: it may have arrived. VK knows the call's key; a reply is sent once more; anything else is parked."""
    if row.random_id is not None:
        if now - (row.random_id_at or now) < RANDOM_ID_LIVES:
            later = now + timedelta(seconds=backoff_seconds(row.attempts + 1))
            store.outbox.requeue(row.id, token, later, same_call=True)
            return
    elif row.kind in AT_LEAST_ONCE and not row.is_possible_duplicate:
        store.outbox.requeue(row.id, token, now, possible_duplicate=True)
        return
    store.outbox.park(row.id, token, reason)


def _note_blocked(store: Store, row: DueMessage, now: datetime, *, is_mine: bool) -> None:
    """`is_mine`: not marked by a later owner already, who then sent it on too."""
    store.customers.set_reach(row.bot_id, row.user_id, ReachStatus.BLOCKED)
    if row.customer_id:
        reason = "the customer blocked the bot"
        store.outbox.cancel_for(row.customer_id, MARKETING, reason, on_channel_of=row.bot_id)
    if is_mine:
        send_on(store, row, now)


def tell(store: Store, row: DueMessage, now: datetime) -> None:
    """The open pages: in the web chat a row that becomes sent is the delivery itself."""
    is_shown = row.kind in CONVERSATION or Address(row.bot_id, row.user_id).channel is Channel.WEBCHAT
    if row.customer_id and is_shown:
        store.feed.tell(FeedKind.MESSAGE_OUT, row.id, row.customer_id, now)
