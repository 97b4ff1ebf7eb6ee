"""A VK event, from Callback or Long Poll, as an IncomingMessage, or None when it says nothing to us."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from bot.typed import read_command
from bot.vk import public, shapes
from messaging.messages import Address, Author, IncomingMessage, Press
from messaging.pacing import is_group
from storage.kinds import Language, ReachStatus

Receive = Callable[[IncomingMessage], Awaitable[object]]
"""The door in, `Intake.receive`: when it returns, the event is safe."""

LONGEST_FOREIGN_VALUE = 64
_START = frozenset({"начать", "старт", "start"})
_CALL = re.compile(r"\s*\[(?:club|public|event)(?P<group>\d+)\|[^\]]*\][\s,:]*")
_MENTION = re.compile(r"\[(?:id|club|public|event)\d+\|([^\[\]|]+)\]")

_log = logging.getLogger(__name__)


class Unreadable(Exception):
    """An event of a type we know, in a shape we do not. The text names its type and id, and quotes nothing."""


_LANGUAGES: dict[Any, Language] = {0: Language.RU, 3: Language.EN}  # VK's numbers of languages


def read_event(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
    """What an event says. Types that are not in LISTENS_TO: None. Raises Unreadable.

    VK's user ids stand for the person in the private chat with us, too, so a chat's id is its peer's.
    """
    kind = raw.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        _log.debug("a VK event says nothing to us: %.64s", kind)
        return None
    try:
        return read(raw, bot_id)
    except (ValidationError, AttributeError, LookupError, TypeError, RecursionError) as error:
        reason = type(error).__name__
    raise Unreadable(f"{kind} {str(raw.get('event_id', ''))[:64]} ({reason})")


def event_id_of(raw: Mapping[str, Any], *otherwise: object) -> str:
    """VK's own id, the same over its retries; an event without one is named by what it is about."""
    given = shapes.clean(raw.get("event_id"))
    return given if isinstance(given, str) and given else ":".join(map(str, (raw["type"], *otherwise)))


def spinner_of(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """What messages.sendMessageEventAnswer wants of a pressed callback button; None for all other events."""
    if raw.get("type") != "message_event":
        return None
    try:
        pressed = shapes.Pressed.model_validate(raw.get("object"))
    except ValidationError:
        return None
    return {"event_id": pressed.event_id, "user_id": pressed.user_id, "peer_id": pressed.peer_id}


def _message(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
    holder = raw["object"]
    message = shapes.Message.model_validate(holder.get("message", holder))  # before 5.103 it was not wrapped
    chat = Address(bot_id, str(message.peer_id))
    in_group = is_group(chat)
    if message.from_id <= 0 or message.out or not (in_group or message.peer_id == message.from_id):
        return None
    text, payload, pressed = _words(message, bot_id, is_group=in_group)
    attachment = _attachment(message)
    if not (text or pressed or attachment):
        return None  # somebody joined the chat, its title changed
    replied = message.reply_message.conversation_message_id if message.reply_message else None
    return IncomingMessage(
        event_id=event_id_of(raw, message.peer_id, message.conversation_message_id),
        chat=chat,
        author=Author(str(message.from_id), language=_language(holder.get("client_info"))),
        sent_at=message.date,
        text=text,
        pressed=pressed,
        payload=payload,
        attachment=attachment,
        file=_file(message),
        reply_to=str(replied) if replied else None,
        is_group=in_group,
        message_id=str(message.conversation_message_id),
    )


def _edited(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
    """What a person changed in words they had sent; nothing else of it counts a second time."""
    message = raw["object"]
    incoming = _message({**raw, "object": {"message": message}}, bot_id)
    if incoming is None or incoming.message_id == "0":
        return None
    moment = message.get("update_time") or message.get("date")
    event_id = event_id_of(raw, message["peer_id"], incoming.message_id, moment)
    return replace(incoming, event_id=event_id, edits=True, payload=None, pressed=None)


def _words(message: shapes.Message, bot_id: str, *, is_group: bool) -> tuple[str, str | None, Press | None]:
    """Text, payload and press of a message: a text button of VK's is a message with a payload of ours.

    Who follows an entry link into a conversation that has begun sees no «Начать»: they say something, and the link
    comes with their words. Both are kept.
    """
    carried = _json(message.payload)
    if pressed := _our_press(carried):
        return "", None, pressed
    text = _readable(_without_call(message.text, bot_id) if is_group else message.text)
    text, payload = read_command(text.strip() if text.lstrip().startswith("/") else text)
    is_start = isinstance(carried, dict) and carried.get("command") == "start"
    if is_start or (not is_group and text.strip().casefold() in _START):
        text = "/start"
    if message.ref and not (text or _attachment(message)):
        text = "/start"
    return text, payload or message.ref or None, None


def _without_call(text: str, bot_id: str) -> str:
    """In a chat of many people call us by our name first: `[club123|@cafe] беру`."""
    found = _CALL.match(text)
    return text[found.end() :] if found and found["group"] == bot_id.partition(":")[2] else text


def _readable(text: str) -> str:
    """Mentions as people see them: `[id7|Анна]` is Анна."""
    return _MENTION.sub(r"\1", text)


def _language(client: object) -> Language | None:
    """The language of the person's own VK, where it is one of ours."""
    return _LANGUAGES.get(client.get("lang_id")) if isinstance(client, Mapping) else None


def _attachment(said: shapes.Said) -> str | None:
    """The kind of the first thing sent along. A link in the text brings its preview, which says nothing more."""
    kinds = [one.type for one in said.attachments or () if not (one.type == "link" and said.text)]
    if isinstance(said, shapes.Message):
        kinds += ["geo"] if said.geo else []
        kinds += ["forward"] if said.fwd_messages and not said.text else []
    return kinds[0] if kinds else None


def _file(said: shapes.Said) -> str | None:
    """The address of the first picture, in its largest size, or of the first voice."""
    for one in said.attachments or ():
        if isinstance(one.photo, Mapping):
            sizes = [size for size in one.photo.get("sizes") or () if isinstance(size, Mapping)]
            largest = max(sizes, key=lambda size: _number(size.get("width")) * _number(size.get("height")), default={})
            return _address(largest.get("url"))
        if isinstance(one.audio_message, Mapping):
            return _address(one.audio_message.get("link_ogg"))
    return None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _address(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith("https://") else None


def _pressed(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
    pressed = shapes.Pressed.model_validate(raw["object"])
    if pressed.user_id <= 0:
        return None
    carried = _json(pressed.payload)
    return IncomingMessage(
        event_id=event_id_of(raw, pressed.event_id),
        chat=Address(bot_id, str(pressed.peer_id)),
        author=Author(str(pressed.user_id)),
        sent_at=datetime.now(UTC),  # VK does not say when a button was pressed
        pressed=_our_press(carried) or _foreign_press(carried),
        is_group=is_group(Address(bot_id, str(pressed.peer_id))),
    )


def _json(payload: object) -> object:
    """VK hands payloads on as JSON text, or opened."""
    if not isinstance(payload, str):
        return payload
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return payload


def _our_press(carried: object) -> Press | None:
    """Our buttons carry `{"n": nonce, "v": value}`."""
    if not isinstance(carried, dict):
        return None
    nonce, value = shapes.clean(carried.get("n")), shapes.clean(carried.get("v", ""))
    return Press(nonce, value) if nonce and isinstance(nonce, str) and isinstance(value, str) else None


def _foreign_press(carried: object) -> Press:
    """A callback button of another bot that served this community before us."""
    return Press("", json.dumps(carried)[:LONGEST_FOREIGN_VALUE])


def _reach(reach: ReachStatus) -> Callable[[Mapping[str, Any], str], IncomingMessage | None]:
    def read(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
        allowed = shapes.Allowed.model_validate(raw["object"])
        if allowed.user_id <= 0:
            return None
        now = datetime.now(UTC)
        return IncomingMessage(
            # Allowing, denying and allowing again are three events: without an id of VK's, each counts.
            event_id=event_id_of(raw, allowed.user_id, now.isoformat()),
            chat=Address(bot_id, str(allowed.user_id)),
            author=Author(str(allowed.user_id)),
            sent_at=now,
            payload=allowed.key or None,
            reach=reach,
        )

    return read


def _public(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage | None:
    community = public.community_of(bot_id)
    said, where = public.read(raw, community)
    attachment = _attachment(said)
    if said.from_id == community or not (said.text or attachment):
        return None
    return IncomingMessage(
        event_id=event_id_of(raw, where.thing, said.id, int(said.date.timestamp())),
        chat=Address(bot_id, str(said.from_id)),
        author=Author(str(said.from_id)),
        sent_at=said.date,
        text=_readable(said.text),
        attachment=attachment,
        public=where,
        edits=raw["type"] in public.CHANGED,
    )


def _gone(raw: Mapping[str, Any], bot_id: str) -> IncomingMessage:
    """The author is not always told, and does not matter: the words are found by their key."""
    community = public.community_of(bot_id)
    where = public.read_gone(raw, community)
    return IncomingMessage(
        event_id=event_id_of(raw, where.key),
        chat=Address(bot_id, str(community)),
        author=Author(str(community)),
        sent_at=datetime.now(UTC),  # VK does not say when it was deleted
        public=where,
    )


_READERS: dict[str, Callable[[Mapping[str, Any], str], IncomingMessage | None]] = {
    "message_new": _message,
    "message_edit": _edited,
    "message_event": _pressed,
    "message_allow": _reach(ReachStatus.ACTIVE),
    "message_deny": _reach(ReachStatus.BLOCKED),
    **dict.fromkeys([*public.KINDS, *public.CHANGED], _public),
    **dict.fromkeys(public.GONE, _gone),
}
LISTENS_TO = tuple(_READERS)
"""The events we want switched on, on either way in. Whoever reads another one adds a line above."""
