"""Everything that can be received or sent, whatever the channel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import TypeAdapter

from storage.kinds import Channel, Language, MessageKind, ReachStatus


@dataclass(frozen=True, slots=True)
class Address:
    """A chat as one bot knows it. A bot's id is `channel:account`."""

    bot_id: str
    user_id: str

    @property
    def channel(self) -> Channel:
        return Channel(self.bot_id.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote, as the platform says it. In a private chat `user_id` is the chat's own."""

    user_id: str
    name: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: `nonce` names the message it stood under, `value` is what it means."""

    nonce: str
    value: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared phone number; `is_own` when the platform vouches that it is the sender's."""

    phone: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Public:
    """Where something was said in front of everybody: a post, or a comment under one. The program answers nobody there.

    `kind` is a post or what was commented (`wall_post`, `wall_comment`, `photo_comment`, …), `thing` the platform's id
    of that post, photo or topic, `link` the page where the words can be read. `key` names the words themselves within
    the bot: what changes them, or takes them back, has the same.
    """

    kind: str
    thing: str
    link: str
    key: str = ""
    is_mention: bool = False
    """The words call us by name."""
    is_gone: bool = False
    """They were deleted; nothing of them comes with the event."""


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """One event from a channel. `event_id` is the platform's, unique within the bot; `message_id` names the message in
    its chat, so that a later edit can be put to it."""

    event_id: str
    chat: Address
    author: Author
    sent_at: datetime
    text: str = ""
    pressed: Press | None = None
    payload: str | None = None
    contact: Contact | None = None
    attachment: str | None = None
    file: str | None = None
    """By what the channel gives the picture or voice: an id of Telegram's, an address of VK's."""
    reply_to: str | None = None
    reach: ReachStatus | None = None
    is_group: bool = False
    public: Public | None = None
    """Not said to us alone: `chat` is then the author's own, where nothing was said."""
    message_id: str | None = None
    edits: bool = False
    """The message `message_id` was received before and says something else now."""
    thread: str | None = None
    """The topic of a forum it was written in."""
    album: str | None = None
    """What the parts of one album share, or FORWARDED for what was sent on from elsewhere."""

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = _INCOMING.dump_python(self, mode="json", exclude_defaults=True)
        return body

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "IncomingMessage":
        return _INCOMING.validate_python(body)


_INCOMING = TypeAdapter(IncomingMessage)

FORWARDED = "forwarded"
"""Platforms do not say which messages were forwarded together; those that came within a moment were."""


@dataclass(frozen=True, slots=True)
class Button:
    """`value` comes back when it is pressed; it may be 40 bytes long. `url` opens a page instead."""

    label: str
    value: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """Whose topic of an operators' forum a message belongs to. Where there are no topics it means nothing."""

    customer_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to say. `columns` is how its buttons like to stand where the channel can do it."""

    text: str
    buttons: tuple[Button, ...] = ()
    columns: int = 1
    asks_contact: str | None = None
    """The label of a button with which the customer shares a phone number."""
    photo: str | None = None
    """The hash of a picture in the media table."""
    edits: UUID | None = None
    """The outbox message of ours that this one replaces."""
    kind: MessageKind = MessageKind.REPLY
    survey_run_id: UUID | None = None
    thread: Thread | None = None

    def body(self) -> dict[str, Any]:
        """What the channel must know of it, as stored."""
        body: dict[str, Any] = {"text": self.text}
        if self.buttons:
            body["buttons"] = [
                [button.label, button.value, button.url] if button.url else [button.label, button.value]
                for button in self.buttons
            ]
            body["columns"] = self.columns
        if self.asks_contact:
            body["asks_contact"] = self.asks_contact
        if self.photo:
            body["photo"] = self.photo
        if self.edits:
            body["edits"] = str(self.edits)
        if self.thread:
            body["thread"] = [str(self.thread.customer_id), self.thread.title]
        return body

    @classmethod
    def from_body(cls, body: dict[str, Any], kind: MessageKind = MessageKind.REPLY) -> Self:
        edits, thread = body.get("edits"), body.get("thread")
        return cls(
            text=body["text"],
            buttons=tuple(Button(*button) for button in body.get("buttons", ())),
            columns=body.get("columns", 1),
            asks_contact=body.get("asks_contact"),
            photo=body.get("photo"),
            edits=UUID(edits) if edits else None,
            thread=Thread(UUID(thread[0]), thread[1]) if thread else None,
            kind=kind,
        )
