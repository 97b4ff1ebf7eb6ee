"""A Telegram update as an IncomingMessage, or None when it says nothing to us."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.enums import ContentType as Kind
from aiogram.types import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User

from bot.typed import read_command
from messaging.messages import FORWARDED, Address, Author, Contact, IncomingMessage, Press
from storage.kinds import Language, ReachStatus

Receive = Callable[[IncomingMessage], Awaitable[object]]
"""The door in, `Intake.receive`: when it returns, the event is safe."""

ATTACHMENTS = frozenset(
    {
        *(Kind.PHOTO, Kind.VOICE, Kind.STICKER, Kind.DOCUMENT, Kind.VIDEO, Kind.VIDEO_NOTE, Kind.AUDIO, Kind.ANIMATION),
        *(Kind.LOCATION, Kind.VENUE, Kind.POLL, Kind.DICE, Kind.STORY, Kind.LIVE_PHOTO, Kind.PAID_MEDIA),
        *(Kind.CHECKLIST, Kind.GAME, Kind.RICH_MESSAGE),
    }
)
"""What a person sends. Anything else without words is Telegram's own notice (somebody joined, a message was pinned)."""

_REACH = {ChatMemberStatus.MEMBER: ReachStatus.ACTIVE, ChatMemberStatus.KICKED: ReachStatus.BLOCKED}
_GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})

_log = logging.getLogger(__name__)


def read_update(update: Update, bot_id: str) -> IncomingMessage | None:
    """What an update says. Channel posts, a group's new number and all else: None."""
    incoming = None
    if update.message is not None:
        incoming = _message(update.update_id, update.message, bot_id)
    elif update.edited_message is not None:
        incoming = _edit(update.update_id, update.edited_message, bot_id)
    elif update.callback_query is not None:
        incoming = _press(update.update_id, update.callback_query, bot_id)
    elif update.my_chat_member is not None:
        incoming = _reach(update.update_id, update.my_chat_member, bot_id)
    if incoming is None and _log.isEnabledFor(logging.DEBUG):
        kinds = ", ".join(sorted(update.model_fields_set - {"update_id"}))
        _log.debug("Telegram update %s says nothing to us: %s", update.update_id, kinds)
    return incoming


def _message(update_id: int, message: Message, bot_id: str) -> IncomingMessage | None:
    if message.from_user is None:
        return None
    text = message.text or message.caption or ""
    attachment = None if message.text else _attachment(message)
    if not (text or attachment or message.contact):
        return None
    text, payload = read_command(text)
    return IncomingMessage(
        event_id=str(update_id),
        chat=Address(bot_id, str(message.chat.id)),
        author=_author(message.from_user),
        sent_at=message.date,
        text=text,
        payload=payload,
        contact=_contact(message),
        attachment=attachment,
        file=_file(message),
        reply_to=_reply_to(message),
        is_group=_is_group(message.chat),
        message_id=str(message.message_id),
        thread=str(message.message_thread_id) if message.is_topic_message else None,
        album=FORWARDED if message.forward_origin else message.media_group_id,
    )


def _edit(update_id: int, message: Message, bot_id: str) -> IncomingMessage | None:
    """The message as it is now. A picture that lost its words is an edit too."""
    incoming = _message(update_id, message, bot_id)
    return replace(incoming, edits=True, payload=None, contact=None) if incoming else None


def _reply_to(message: Message) -> str | None:
    """What the person answered. In a topic Telegram makes every message a reply to the one that opened it."""
    replied = message.reply_to_message
    if replied is None or (message.is_topic_message and replied.message_id == message.message_thread_id):
        return None
    return str(replied.message_id)


def _attachment(message: Message) -> str | None:
    kind = message.content_type
    return str(getattr(kind, "value", kind)) if kind in ATTACHMENTS else None


def _file(message: Message) -> str | None:
    """By what Telegram gives a picture, its largest, or a voice, to this bot, for ever."""
    if message.photo:
        return message.photo[-1].file_id
    return message.voice.file_id if message.voice else None


def _contact(message: Message) -> Contact | None:
    if message.contact is None or message.from_user is None:
        return None
    # Anybody's card can be sent on; only a card of the sender's own account has the sender's number.
    return Contact(message.contact.phone_number, is_own=message.contact.user_id == message.from_user.id)


def _press(update_id: int, query: CallbackQuery, bot_id: str) -> IncomingMessage | None:
    if query.message is None or query.data is None:
        return None  # a button of inline mode, or a game's: we make neither
    return IncomingMessage(
        event_id=str(update_id),
        chat=Address(bot_id, str(query.message.chat.id)),
        author=_author(query.from_user),
        sent_at=datetime.now(UTC),  # Telegram does not say when a button was pressed
        pressed=_pressed(query.data),
        is_group=_is_group(query.message.chat),
    )


def _pressed(data: str) -> Press:
    """Our buttons carry `nonce:value`; another bot that used this token before us left others."""
    nonce, colon, value = data.partition(":")
    return Press(nonce, value) if colon else Press("", data)


def _reach(update_id: int, change: ChatMemberUpdated, bot_id: str) -> IncomingMessage | None:
    reach = _REACH.get(ChatMemberStatus(change.new_chat_member.status))
    if reach is None or change.chat.type != ChatType.PRIVATE:
        return None
    return IncomingMessage(
        event_id=str(update_id),
        chat=Address(bot_id, str(change.chat.id)),
        author=_author(change.from_user),
        sent_at=change.date,
        reach=reach,
    )


def _author(user: User) -> Author:
    return Author(str(user.id), user.full_name, _language(user.language_code))


def _language(code: str | None) -> Language | None:
    """From an IETF tag such as ru or en-US."""
    try:
        return Language((code or "").partition("-")[0].lower())
    except ValueError:
        return None


def _is_group(chat: Chat) -> bool:
    return chat.type in _GROUPS
