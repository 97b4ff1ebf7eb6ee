"""A POST of the page as an IncomingMessage, or the reason why not."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request

from bot.webchat.bubbles import START
from messaging.messages import Address, Author, Contact, IncomingMessage, Message, Press
from storage.kinds import DeliveryState, Language
from storage.store import Store

LONGEST_TEXT = 4000
LARGEST_BODY = 16 * 1024
_PHONE = re.compile(r"\+?\d{7,15}")

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Body = TypeVar("Body", bound=BaseModel)


class Refused(Exception):
    """Not taken: the HTTP status, and the name of the reason, which the catalogue has a sentence for."""

    def __init__(self, status: int, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.wait_seconds = wait_seconds


class _Press(BaseModel):
    model_config = ConfigDict(extra="forbid")
    nonce: Annotated[str, Field(min_length=1, max_length=64)]
    value: Annotated[str, Field(max_length=64)]


class Said(BaseModel):
    """What the page posts. `id` is made by the page, so that it may send the same again until it is taken."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    kind: Literal["text", "press", "start", "contact"]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    press: _Press | None = None
    payload: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""
    phone: Annotated[str, Field(max_length=40)] = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who posts, and when."""

    bot_id: str
    visitor_id: str
    language: Language
    now: datetime


def require_own_page(request: Request) -> None:
    """Only our own page may post: a browser says where a request comes from, and a page cannot lie about it."""
    origin = request.headers.get("origin", "")
    is_own = urlsplit(origin).netloc == request.headers.get("host") and request.headers.get("sec-fetch-site") in (
        None,
        "same-origin",
    )
    if not is_own:
        raise Refused(403, "origin")


async def read_body(request: Request, shape: type[Body]) -> Body:
    """What the page posted. Raises Refused."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise Refused(415, "format")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Refused(413, "too_long")
    except ClientDisconnect:
        raise Refused(400, "format") from None
    try:
        return shape.model_validate_json(bytes(body))
    except ValidationError as error:
        is_long = any(
            problem["type"] == "string_too_long" and problem["loc"] == ("text",) for problem in error.errors()
        )
        raise Refused(413 if is_long else 422, "too_long" if is_long else "format") from None


def understood(said: Said, writer: Writer) -> IncomingMessage:
    """Raises Refused for what is empty or no phone number. The visitor is in the event's id, so that nobody can take
    up an id of somebody else's."""
    text, pressed, contact = "", None, None
    match said.kind:
        case "text":
            text = said.text.strip()
        case "start":
            text = START
        case "press":
            pressed = Press(said.press.nonce, said.press.value) if said.press else None
        case "contact":
            contact = _contact(said.phone)
            text = contact.phone
    if not text and pressed is None:
        raise Refused(422, "empty")
    return IncomingMessage(
        event_id=f"{writer.visitor_id}:{said.id}",
        chat=Address(writer.bot_id, writer.visitor_id),
        author=Author(writer.visitor_id, language=writer.language),
        sent_at=writer.now,
        text=text,
        pressed=pressed,
        payload=(said.payload or None) if said.kind == "start" else None,
        contact=contact,
    )


def has_button(store: Store, incoming: IncomingMessage) -> bool:
    """Whether the pressed button stands under a message that this very visitor got."""
    press = incoming.pressed
    if press is None:
        return True
    row = store.outbox.by_nonce(press.nonce)
    if row is None or (row.bot_id, row.user_id) != (incoming.chat.bot_id, incoming.chat.user_id):
        return False
    is_there = any(button.value == press.value and not button.url for button in Message.from_body(row.body).buttons)
    return is_there and row.state is DeliveryState.SENT


def _contact(phone: str) -> Contact:
    """A number that was typed: nobody vouches that it is the writer's own."""
    number = re.sub(r"[\s().-]", "", phone)
    if not _PHONE.fullmatch(number):
        raise Refused(422, "phone")
    return Contact(number, is_own=False)
