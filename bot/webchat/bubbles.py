"""The conversation as bubbles, read from the committed rows: the page, the history and the stream all show these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from messaging.messages import Message
from storage.kinds import DeliveryState, FeedKind
from storage.models import FeedEntry, InboundEvent, OutboxMessage
from storage.store import Store

PAGE = 40
START = "/start"


@dataclass(frozen=True, slots=True)
class Bubble:
    """`order` sorts like the conversation; an edit keeps the id and the order of what it replaces."""

    id: str
    order: str
    at: datetime | None
    message: Message
    is_own: bool = False
    nonce: str = ""
    pressed: frozenset[str] = frozenset()


BLANK = Bubble("", "", None, Message(""), is_own=True)
"""What the page fills in while a message is on its way."""


@dataclass(frozen=True, slots=True)
class Chat:
    """One visitor's conversation. The customer behind it exists since the first message."""

    bot_id: str
    visitor_id: str
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    bubbles: list[Bubble]
    seq: int
    """Everything the feed tells after this is not on the page yet."""
    has_older: bool = False
    is_known: bool = False


def chat_of(store: Store, bot_id: str, visitor_id: str) -> Chat | None:
    identity = store.customers.identity(bot_id, visitor_id)
    return Chat(bot_id, visitor_id, identity.customer_id) if identity else None


def page_of(store: Store, bot_id: str, visitor_id: str, before: UUID | None = None) -> Page:
    """The newest bubbles older than `before`, oldest first."""
    seq = store.feed.last_seq()
    chat = chat_of(store, bot_id, visitor_id)
    if chat is None:
        return Page([], seq)
    where = (chat.customer_id, chat.bot_id, chat.visitor_id, before, PAGE + 1)
    said = store.inbox.said_in(*where)
    told = store.outbox.shown_in(*where)
    newest = sorted([event.id for event in said] + [row.id for row in told])[-PAGE:]
    wanted = set(newest)
    bubbles = _own([event for event in said if event.id in wanted])
    bubbles += _told(store, chat, [row for row in told if row.id in wanted])
    return Page(
        sorted(bubbles, key=lambda bubble: bubble.order),
        seq,
        has_older=len(said) + len(told) > len(newest),
        is_known=True,
    )


def bubbles_of(store: Store, chat: Chat, entries: Sequence[FeedEntry]) -> list[Bubble]:
    """What entries of the feed mean to this chat: own words, and messages that were delivered."""
    said = [entry.ref for entry in entries if entry.kind is FeedKind.MESSAGE_IN]
    told = [entry.ref for entry in entries if entry.kind is FeedKind.MESSAGE_OUT]
    events = [event for event in store.inbox.some(said) if _is_said_in(event, chat)] if said else []
    rows = [row for row in store.outbox.some(told) if _is_shown_in(row, chat)] if told else []
    edited = [UUID(row.body["edits"]) for row in rows if "edits" in row.body]
    originals = [row for row in store.outbox.some(edited) if _is_shown_in(row, chat)] if edited else []
    shown = {row.id: row for row in [*originals, *rows] if "edits" not in row.body}
    return sorted(_own(events) + _told(store, chat, list(shown.values())), key=lambda bubble: bubble.order)


def _is_said_in(event: InboundEvent, chat: Chat) -> bool:
    return event.bot_id == chat.bot_id and event.chat_id == chat.visitor_id and _is_said(event)


def _is_shown_in(row: OutboxMessage, chat: Chat) -> bool:
    is_here = row.bot_id == chat.bot_id and row.user_id == chat.visitor_id
    return is_here and row.state is DeliveryState.SENT


def _own(events: Sequence[InboundEvent]) -> list[Bubble]:
    """What the visitor wrote. The page's own hello is not theirs."""
    return [
        Bubble(
            id=f"in-{event.event_id.partition(':')[2]}",
            order=event.id.hex,
            at=event.received_at,
            message=Message(event.text),
            is_own=True,
        )
        for event in events
        if event.text != START and _is_said(event)
    ]


def _told(store: Store, chat: Chat, rows: Sequence[OutboxMessage]) -> list[Bubble]:
    """What was said to the visitor, each in its newest wording, with the buttons that were pressed."""
    if not rows:
        return []
    edits = store.outbox.edits_in(chat.customer_id, chat.bot_id, chat.visitor_id, [row.id for row in rows])
    newest = {UUID(edit.body["edits"]): edit for edit in edits}
    wordings = [(row, newest.get(row.id, row)) for row in rows]
    pressed = store.inbox.pressed([wording.nonce for _, wording in wordings if "buttons" in wording.body])
    return [
        Bubble(
            id=f"out-{row.id.hex}",
            order=row.id.hex,
            at=row.sent_at or row.created_at,
            message=Message.from_body(wording.body),
            nonce=wording.nonce,
            pressed=frozenset(value for nonce, value in pressed if nonce == wording.nonce),
        )
        for row, wording in wordings
    ]


def _is_said(event: InboundEvent) -> bool:
    """A pressed button is marked where it stands; only words are a bubble."""
    return event.text != "" and "pressed" not in event.incoming
