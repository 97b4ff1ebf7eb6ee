"""What is said without a name leaves nothing that leads to who said it (feature PV5).

Of the event nothing stays. What may come later must still be known for what it is: the platform delivers the event once
more, its words are edited, further pictures of its album arrive. For that a digest of each is kept a few days, under a
key that is not in the database.
"""

import hmac
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from messaging.messages import FORWARDED, IncomingMessage
from storage.models import NamelessMark
from storage.store import Store

KNOWN_FOR: Final = timedelta(days=3)
"""Longer than any platform repeats an event, or lets its words be edited."""
SHOWN_FOR: Final = timedelta(hours=1)
"""How long what we answered stays: the web chat shows it from our table."""
_ONE_GO: Final = 2
"""Seconds: what is forwarded this soon after was forwarded with it."""


def event_digest(key: str, incoming: IncomingMessage) -> str:
    return _digest(key, "event", incoming.chat.bot_id, incoming.event_id)


def forget(
    store: Store, event_id: UUID, incoming: IncomingMessage, key: str, day: date, *, item_id: UUID | None = None
) -> None:
    """The event was taken, and never was. `item_id`: what further parts of its album are added to."""
    known = [event_digest(key, incoming)]
    if incoming.message_id:
        known.append(_message_digest(key, incoming))
    store.nameless.add(known, day, None)
    if incoming.album:
        store.nameless.add(_album_digests(key, incoming), day, item_id)
    if incoming.pressed:
        store.inbox.unpress(incoming.pressed.nonce, incoming.pressed.value)
    store.inbox.delete(event_id)
    store.feed.unlink([event_id])


def is_edit_of_nobodys(store: Store, incoming: IncomingMessage, key: str) -> bool:
    return bool(incoming.message_id) and store.nameless.knows(_message_digest(key, incoming))


def album_of(store: Store, incoming: IncomingMessage, key: str) -> NamelessMark | None:
    """The mark of an earlier part of the same album, where that was nobody's."""
    return store.nameless.get(_album_digests(key, incoming)[0]) if incoming.album else None


def sweep(store: Store, now: datetime, today: date) -> int:
    """Forget for good what has been kept long enough."""
    gone = store.outbox.delete_nameless(now - SHOWN_FOR)
    if gone:
        store.feed.unlink(gone)
        store.feedback.write_anew(now - KNOWN_FOR)
    return len(gone) + store.nameless.forget(today - KNOWN_FOR)


def _message_digest(key: str, incoming: IncomingMessage) -> str:
    return _digest(key, "message", incoming.chat.bot_id, incoming.chat.user_id, incoming.message_id or "")


def _album_digests(key: str, incoming: IncomingMessage) -> list[str]:
    """The first is what this part is known by, all of them what later parts may be known by: no platform says what was
    forwarded together, so those are told by the second."""
    where = ("album", incoming.chat.bot_id, incoming.chat.user_id, incoming.album or "")
    if incoming.album != FORWARDED:
        return [_digest(key, *where)]
    second = int(incoming.sent_at.timestamp())
    return [_digest(key, *where, str(second + later)) for later in range(_ONE_GO + 1)]


def _digest(key: str, *parts: str) -> str:
    return hmac.new(key.encode(), "\x1f".join(parts).encode(), sha256).hexdigest()
