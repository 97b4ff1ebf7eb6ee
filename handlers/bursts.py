"""Albums and forwards: what a customer sent in one go is one group of messages, answered once (feature ES10)."""

from datetime import datetime, timedelta
from uuid import UUID

from messaging import cases
from messaging.desk import Desk
from messaging.messages import FORWARDED, IncomingMessage
from storage.facts import TurnFacts
from storage.store import Store

ONE_GO = timedelta(seconds=2)
"""Forwards that follow each other this soon were sent on together: no platform says which were."""


def is_later_part(store: Store, incoming: IncomingMessage, event_id: UUID) -> bool:
    """Whether an earlier part of the same album or forwarding was received before."""
    if incoming.album is None:
        return False
    before = store.inbox.part_before(incoming.chat.bot_id, incoming.chat.user_id, incoming.album, event_id)
    if before is None:
        return False
    gap = incoming.sent_at - IncomingMessage.from_json(before.incoming).sent_at
    return incoming.album != FORWARDED or gap <= ONE_GO


def is_taken_silently(incoming: IncomingMessage, facts: TurnFacts) -> bool:
    """A part without words adds nothing to its album; one with words belongs to the open case. Else it is a turn."""
    return not incoming.text or facts.case is not None


def take_part(store: Store, incoming: IncomingMessage, facts: TurnFacts, now: datetime, desk: Desk) -> None:
    """No answer, no new line in the group, not unread once more: its first part had all that."""
    if facts.case is not None:
        cases.hear_part(store, facts.case, facts.customer, incoming.text, now, desk)
