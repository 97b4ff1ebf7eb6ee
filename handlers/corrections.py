"""What a customer changes in words they said before (feature ES11).

No flow hears it: a score or a code that was given is not given again by an edit.
"""

from datetime import datetime
from uuid import UUID

from messaging import cases
from messaging.desk import Desk
from messaging.messages import IncomingMessage
from storage.facts import TurnFacts
from storage.kinds import FeedKind
from storage.store import Store


def note_edit(
    store: Store, event_id: UUID, incoming: IncomingMessage, facts: TurnFacts, now: datetime, desk: Desk
) -> None:
    """Put the new words to the message they belong to, the old ones behind them; the operators hear of it."""
    assert incoming.message_id is not None
    chat, text = incoming.chat, incoming.text
    original = store.inbox.by_message(chat.bot_id, chat.user_id, incoming.message_id)
    if original is None:
        # Said before we listened: the edit is all we have of it.
        shown = event_id
        store.inbox.reword(event_id, text, [], incoming.message_id)
    elif original.text == text:
        return  # platforms also call it an edit when a link gets its preview, or a live place moves
    else:
        shown = original.id
        earlier = [*(original.earlier or []), *([original.text] if original.text else [])]
        store.inbox.reword(original.id, text, earlier, incoming.message_id)
    store.feed.tell(FeedKind.MESSAGE_IN, shown, facts.customer.id, now)
    if facts.case is not None:
        cases.hear_edit(store, facts.case, facts.customer, text, now, desk)
