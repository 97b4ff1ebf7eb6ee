"""Queries: what was received, each event once, each button once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, new_id, table_of
from storage.models import ButtonPress, Customer, InboundEvent, NamelessMark

_EVENT = table_of(InboundEvent)
_CUSTOMER = table_of(Customer)
_PRESS = table_of(ButtonPress)
_MARK = table_of(NamelessMark)
_INSERT_EVENT = {
    True: postgresql.insert(_EVENT).on_conflict_do_nothing(index_elements=["bot_id", "event_id"]),
    False: sqlite.insert(_EVENT).on_conflict_do_nothing(index_elements=["bot_id", "event_id"]),
}
_INSERT_PRESS = {
    True: postgresql.insert(_PRESS).on_conflict_do_nothing(),
    False: sqlite.insert(_PRESS).on_conflict_do_nothing(),
}


@dataclass(slots=True)
class NewEvent:
    """An event to keep. Plain, because every turn makes one and a table model costs ten times as much to build."""

    bot_id: str
    event_id: str
    chat_id: str
    text: str
    incoming: dict[str, Any]
    classification: dict[str, Any] | None
    received_at: datetime
    due_at: datetime
    customer_id: UUID | None = None
    answered_at: datetime | None = None
    attempts: int = 0
    message_id: str | None = None
    album: str | None = None
    id: UUID = field(default_factory=new_id)


_SAYS = or_(_EVENT.c.text != "", _EVENT.c.file_id.is_not(None))
_EARLIER = _EVENT.alias("earlier")
_STANDING = select(
    exists().where(
        _EVENT.c.bot_id == bindparam("bot"), _EVENT.c.chat_id == bindparam("chat"), _EVENT.c.answered_at.is_(None)
    ),
    exists().where(_MARK.c.digest == bindparam("digest")),
)
_COLUMNS = [one.name for one in fields(NewEvent)]


class Inbox(Queries):
    def remember(self, event: NewEvent) -> bool:
        """Store an event; False when the same one was stored before."""
        row = {column: getattr(event, column) for column in _COLUMNS}
        return self._connection.execute(_INSERT_EVENT[self._is_postgres], row).rowcount == 1

    def press(self, nonce: str, value: str, now: datetime) -> datetime | None:
        """None the first time this button is pressed (it takes effect), then the moment of that time (I12)."""
        row = {"nonce": nonce, "value": value, "pressed_at": now}
        if self._connection.execute(_INSERT_PRESS[self._is_postgres], row).rowcount == 1:
            return None
        first = select(_PRESS.c.pressed_at).where(_PRESS.c.nonce == nonce, _PRESS.c.value == value)
        moment: datetime = self._connection.execute(first).scalar_one()
        return moment

    def find(self, bot_id: str, event_id: str) -> InboundEvent | None:
        return self._one(InboundEvent, select(_EVENT).where(_EVENT.c.bot_id == bot_id, _EVENT.c.event_id == event_id))

    def get(self, event_id: UUID) -> InboundEvent | None:
        return self._one(InboundEvent, select(_EVENT).where(_EVENT.c.id == event_id))

    def by_message(self, bot_id: str, chat_id: str, message_id: str) -> InboundEvent | None:
        """What was received as this message of the platform."""
        here = (_EVENT.c.bot_id == bot_id, _EVENT.c.chat_id == chat_id, _EVENT.c.message_id == message_id)
        return self._one(InboundEvent, select(_EVENT).where(*here).order_by(_EVENT.c.id).limit(1))

    def reword(self, event_id: UUID, text: str, earlier: Sequence[str], message_id: str | None) -> None:
        """The customer edited their message: its words now, and those before, oldest first."""
        changed = {"text": text, "earlier": list(earlier) or None, "message_id": message_id}
        self._connection.execute(update(_EVENT).where(_EVENT.c.id == event_id).values(changed))

    def delete(self, event_id: UUID) -> None:
        self._connection.execute(_EVENT.delete().where(_EVENT.c.id == event_id))

    def unpress(self, nonce: str, value: str) -> None:
        """As if this button was never pressed."""
        self._connection.execute(_PRESS.delete().where(_PRESS.c.nonce == nonce, _PRESS.c.value == value))

    def note_file(self, event_id: UUID, file_id: str) -> bool:
        """What came with it. False for what was said without a name: it is to have nothing."""
        here = update(_EVENT).where(_EVENT.c.id == event_id, _EVENT.c.customer_id.is_not(None))
        return self._connection.execute(here.values(file_id=file_id)).rowcount == 1

    def with_file(self, file_id: str) -> list[InboundEvent]:
        """The messages that this picture or voice came with."""
        return self._all(InboundEvent, select(_EVENT).where(_EVENT.c.file_id == file_id))

    def part_before(self, bot_id: str, chat_id: str, album: str, event_id: UUID) -> InboundEvent | None:
        """The newest part of the same album that was received before this event."""
        parts = select(_EVENT).where(
            _EVENT.c.bot_id == bot_id, _EVENT.c.chat_id == chat_id, _EVENT.c.album == album, _EVENT.c.id < event_id
        )
        return self._one(InboundEvent, parts.order_by(_EVENT.c.id.desc()).limit(1))

    def standing(self, bot_id: str, chat_id: str, digest: str) -> tuple[bool, bool]:
        """Whether an event of this chat was kept and still waits for its answer; and whether the event of this digest
        was taken before and is kept no more (`messaging.nameless`)."""
        row = self._connection.execute(_STANDING, {"bot": bot_id, "chat": chat_id, "digest": digest}).one()
        return bool(row[0]), bool(row[1])

    def unanswered(self, now: datetime, limit: int) -> list[InboundEvent]:
        """The first unanswered event of each chat, if its next try is due; oldest first."""
        is_behind = exists().where(
            _EARLIER.c.bot_id == _EVENT.c.bot_id,
            _EARLIER.c.chat_id == _EVENT.c.chat_id,
            _EARLIER.c.answered_at.is_(None),
            _EARLIER.c.id < _EVENT.c.id,
        )
        waiting = select(_EVENT).where(_EVENT.c.answered_at.is_(None), _EVENT.c.due_at <= now, ~is_behind)
        return self._all(InboundEvent, waiting.order_by(_EVENT.c.id).limit(limit))

    def count_unanswered(self) -> int:
        return self._count(select(func.count()).select_from(_EVENT).where(_EVENT.c.answered_at.is_(None)))

    def mark_answered(self, event_id: UUID, customer_id: UUID | None, now: datetime) -> bool:
        """False when somebody else answered it meanwhile."""
        mine = update(_EVENT).where(_EVENT.c.id == event_id, _EVENT.c.answered_at.is_(None))
        return self._connection.execute(mine.values(answered_at=now, customer_id=customer_id)).rowcount == 1

    def note_about(self, event_id: UUID, customer_id: UUID) -> None:
        """Whom the staff spoke of: the words go with that customer's data."""
        self._connection.execute(update(_EVENT).where(_EVENT.c.id == event_id).values(about_id=customer_id))

    def put_off(self, event_id: UUID, attempts: int, due_at: datetime) -> None:
        self._connection.execute(update(_EVENT).where(_EVENT.c.id == event_id).values(attempts=attempts, due_at=due_at))

    def of_customer(self, customer_id: UUID, limit: int) -> list[InboundEvent]:
        """The newest `limit` events of a customer that hold words, a picture or a voice, oldest first."""
        said = select(_EVENT).where(_EVENT.c.customer_id == customer_id, _SAYS)
        return self._all(InboundEvent, said.order_by(_EVENT.c.id.desc()).limit(limit))[::-1]

    def newest(self, customer_id: UUID, limit: int) -> list[InboundEvent]:
        """The newest `limit` events of a customer, with words or without, newest first."""
        events = select(_EVENT).where(_EVENT.c.customer_id == customer_id)
        return self._all(InboundEvent, events.order_by(_EVENT.c.id.desc()).limit(limit))

    def some(self, ids: Sequence[UUID]) -> list[InboundEvent]:
        """Those of them that hold words, a picture or a voice."""
        said = select(_EVENT).where(_EVENT.c.id.in_(ids), _SAYS)
        return self._all(InboundEvent, said.order_by(_EVENT.c.id))

    def said_in(
        self, customer_id: UUID, bot_id: str, chat_id: str, before: UUID | None, limit: int
    ) -> list[InboundEvent]:
        """The newest `limit` events of one chat that hold words, older than `before`, oldest first."""
        said = select(_EVENT).where(
            _EVENT.c.customer_id == customer_id,
            _EVENT.c.bot_id == bot_id,
            _EVENT.c.chat_id == chat_id,
            _EVENT.c.text != "",
        )
        if before is not None:
            said = said.where(_EVENT.c.id < before)
        return self._all(InboundEvent, said.order_by(_EVENT.c.id.desc()).limit(limit))[::-1]

    def pressed(self, nonces: Sequence[str]) -> set[tuple[str, str]]:
        """(nonce, value) of the buttons under these messages that were pressed."""
        taken = select(_PRESS.c.nonce, _PRESS.c.value).where(_PRESS.c.nonce.in_(nonces))
        return {(row[0], row[1]) for row in self._connection.execute(taken)}

    def newest_of(self, customer_ids: Sequence[UUID]) -> dict[UUID, InboundEvent]:
        """What each of these customers said or sent last; who never did is missing."""
        said = _EVENT.alias("said")
        newest = (
            select(said.c.id)
            .where(said.c.customer_id == _CUSTOMER.c.id, or_(said.c.text != "", said.c.file_id.is_not(None)))
            .order_by(said.c.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        ids = select(newest).where(_CUSTOMER.c.id.in_(customer_ids))
        events = self._all(InboundEvent, select(_EVENT).where(_EVENT.c.id.in_(ids)))
        return {event.customer_id: event for event in events if event.customer_id}
