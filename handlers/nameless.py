"""What goes on from words that were said without a name: an edit of them, a further picture of their album."""

from datetime import datetime
from uuid import UUID

from handlers.turn import Business
from messaging import files, nameless
from messaging.local_time import local_date
from messaging.messages import IncomingMessage
from storage.store import Store


def goes_on(store: Store, event_id: UUID, incoming: IncomingMessage, business: Business, now: datetime) -> bool:
    """Whether it did, and was taken so: no flow and nobody else hears it."""
    key, day = business.card_key, local_date(now, business.zone)
    if incoming.edits:
        if not nameless.is_edit_of_nobodys(store, incoming, key):
            return False
        nameless.forget(store, event_id, incoming, key, day)
        return True
    before = nameless.album_of(store, incoming, key)
    if before is None:
        return False
    if before.item_id is not None:
        file = incoming.file and files.keep(store, incoming.chat.bot_id, incoming.file, None, now)
        store.feedback.add_to(before.item_id, incoming.text, [file] if file else [])
    nameless.forget(store, event_id, incoming, key, day, item_id=before.item_id)
    return True
