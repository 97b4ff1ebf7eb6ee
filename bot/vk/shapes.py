"""What we read of VK's objects: these fields and no others, whatever else comes with them."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator


def clean(value: object) -> object:
    """Text without what a database cannot keep: NUL, and halves of a character (JSON may hold both)."""
    if value is None:
        return ""
    return value.replace("\0", "").encode(errors="replace").decode() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(clean)]


class Attachment(BaseModel):
    """Of what is sent along, its kind; of a picture and a voice also where they lie."""

    type: Text
    photo: Any = None
    audio_message: Any = None


class Replied(BaseModel):
    conversation_message_id: int | None = None


class Said(BaseModel):
    """What a message, a post and a comment have in common."""

    from_id: int
    date: AwareDatetime
    text: Text = ""
    attachments: list[Attachment] | None = None


class Message(Said):
    """`conversation_message_id` is the id we use: `id` is 0 in group chats."""

    peer_id: int
    conversation_message_id: int = 0
    out: int = 0
    payload: Any = None
    ref: Text = ""
    geo: Any = None
    fwd_messages: list[Any] | None = None
    reply_message: Replied | None = None


class Pressed(BaseModel):
    """A callback button. `event_id` is the press's own, good for one minute, and not the event's."""

    user_id: int
    peer_id: int
    event_id: Text
    payload: Any = None


class Allowed(BaseModel):
    """`key` is what a page of ours gave to VK's «Allow messages» button."""

    user_id: int
    key: Text = ""


class Gone(BaseModel):
    """What a deleted comment leaves. `thing_id` of `owner_id` is what was commented; each kind of event has its own
    names for the two."""

    id: int
    owner_id: int
    thing_id: int | None


class Comment(Said, Gone):
    """Or a post."""
