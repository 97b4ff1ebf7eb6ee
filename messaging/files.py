"""Pictures and voices that customers send: known by an id at once, their bytes fetched a moment later."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from messaging import pictures
from storage.files import Awaited
from storage.kinds import FeedKind, FileTrouble
from storage.models import Media
from storage.store import Store

LARGEST: Final = 10_000_000
"""Bytes: what is larger is not kept."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=4)
MOST_ATTEMPTS: Final = 14
"""With the pauses between them a day."""

Fetch = Callable[[str], Awaitable[bytes]]
"""How a channel gives the bytes by their `source`, at most LARGEST. Raises Lost; whatever else it raises may be over
the next time."""


class Lost(Exception):
    """It will never be had."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is to be kept."""

    content: bytes
    kind: str


def keep(store: Store, bot_id: str, source: str, owner_id: UUID | None, now: datetime) -> str:
    """The id that the file will have for ever; the same one sent again has the same, but for one of nobody's, which
    must not meet the same file under a name, nor say when it was sent."""
    sent_at = now if owner_id else now.replace(hour=0, minute=0, second=0, microsecond=0)
    file_id = id_of(bot_id, source, owner_id or uuid4())
    store.files.expect(
        Media(
            hash=file_id,
            bot_id=bot_id,
            source=source,
            due_at=sent_at,
            content_type="",
            size=0,
            owner_id=owner_id,
            content=b"",
            created_at=sent_at,
        )
    )
    return file_id


def keep_of_event(store: Store, event_id: UUID, bot_id: str, source: str, owner_id: UUID, now: datetime) -> str | None:
    """The same, beside the words that it came with. None for what was said without a name."""
    is_named = store.inbox.note_file(event_id, id_of(bot_id, source, owner_id))
    return keep(store, bot_id, source, owner_id, now) if is_named else None


def id_of(bot_id: str, source: str, whose: UUID) -> str:
    return sha256(f"{bot_id}\n{source}\n{whose.hex}".encode()).hexdigest()


def checked(content: bytes, *, is_nameless: bool) -> Fetched | FileTrouble:
    """What was fetched, if it is what we keep; with nothing in it of where and when where nobody is to know who.
    Takes a moment for a large picture: not for the event loop."""
    kind = pictures.kind_of(content)
    if len(content) > LARGEST:
        return FileTrouble.TOO_LARGE
    if kind is None:
        return FileTrouble.WRONG_TYPE
    if not is_nameless:
        return Fetched(content, kind)
    try:
        return Fetched(pictures.without_traces(content, kind), kind)
    except pictures.Unreadable:
        return FileTrouble.WRONG_TYPE


def settle(store: Store, awaited: Awaited, outcome: Fetched | FileTrouble | None, now: datetime) -> bool:
    """Write down what came of one attempt; None: it may be over the next time. False when there is nothing to write:
    its owner was erased, or another process was faster."""
    match outcome:
        case Fetched(content, kind):
            is_news = store.files.put(awaited.id, content, kind)
            return is_news and _tell(store, awaited.id, now)
        case FileTrouble():
            return give_up(store, awaited.id, now, outcome)
    if awaited.attempts + 1 >= MOST_ATTEMPTS:
        return give_up(store, awaited.id, now)
    return store.files.put_off(awaited, now + min(FIRST_PAUSE * 2**awaited.attempts, LONGEST_PAUSE))


def give_up(store: Store, file_id: str, now: datetime, trouble: FileTrouble = FileTrouble.UNREACHABLE) -> bool:
    """It will never be here. False when nobody awaits it any more."""
    return store.files.give_up(file_id, trouble) and _tell(store, file_id, now)


def _tell(store: Store, file_id: str, now: datetime) -> bool:
    """Open pages show it, or why it will never be there, instead of that it is awaited."""
    for event in store.inbox.with_file(file_id):
        store.feed.tell(FeedKind.MESSAGE_IN, event.id, event.customer_id, now)
    return True
