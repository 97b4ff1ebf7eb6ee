"""Our messages as Telegram's calls, and what came of each."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile

from bot.telegram.errors import BAD_TOKEN, TROUBLE, ours
from bot.telegram.methods import EditText, Markup, SendPicture, SendText
from bot.telegram.topics import Topics, is_about_topic, is_closed
from messaging.capabilities import CAPABILITIES
from messaging.messages import Button, Message
from messaging.rendering import TooManyButtons, cut, keyboard_of
from messaging.transport import Delivery, LoadMedia, Undeliverable, bytes_of
from storage.kinds import Channel

CAN = CAPABILITIES[Channel.TELEGRAM]
MOST_DATA_BYTES = 64
SECONDS_BETWEEN_TOKEN_ERRORS = 60.0

_NO_LONGER_EDITABLE = (
    "message to edit not found",
    "message can't be edited",
    "no text in the message",
    "message_id_invalid",
)

_log = logging.getLogger(__name__)


class TelegramTransport:
    """Carries one message to one chat, and raises the four errors of `messaging.transport`."""

    def __init__(
        self,
        bot: Bot,
        load_media: LoadMedia,
        topics: Topics | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._load_media = load_media
        self._topics = topics
        self._clock = clock
        self._quiet_until = float("-inf")

    async def send(self, delivery: Delivery) -> str | None:
        """Telegram's id of the message. A message to be edited that no longer can be is said anew."""
        photo = delivery.message.photo
        picture = await bytes_of(self._load_media, photo) if photo else None
        markup = markup_of(delivery)
        try:
            if delivery.edits and can_replace(delivery.message) and await self._edit(delivery, markup):
                return delivery.edits
            return await self._send_to_topic(delivery, picture, markup)
        except TROUBLE as error:
            if isinstance(error, BAD_TOKEN):
                self._complain_about_the_token()
            outcome = ours(error)
        # Raised out here, it carries neither a cause nor a context that could hold an address with the token.
        raise outcome

    async def _send_to_topic(self, delivery: Delivery, picture: bytes | None, markup: Markup | None) -> str:
        """Into the customer's topic where the group has topics; a lost or closed one is healed, else General takes it.

        A refusal for the topic means that nothing was sent, so that sending again makes no second message.
        """
        thread = delivery.message.thread
        if thread is None or self._topics is None:
            return await self._send(delivery, picture, markup, None)
        topic = await self._topics.find(delivery.to.user_id, thread)
        for is_healed in (False, True):
            try:
                return await self._send(delivery, picture, markup, topic)
            except TelegramBadRequest as error:
                if topic is None or not is_about_topic(error):
                    raise
                was_closed = is_closed(error)
            topic = None if is_healed else await self._topics.heal(delivery.to.user_id, thread, topic, was_closed)
        return await self._send(delivery, picture, markup, None)

    async def _send(self, delivery: Delivery, picture: bytes | None, markup: Markup | None, topic: int | None) -> str:
        if picture:
            return await self._send_picture(delivery, picture, markup, topic)
        text = cut(delivery.message.text, CAN.text)
        chat_id = int(delivery.to.user_id)
        sent = await self._bot(SendText(chat_id=chat_id, text=text, message_thread_id=topic, reply_markup=markup))
        return str(sent.message_id)

    async def _send_picture(self, delivery: Delivery, picture: bytes, markup: Markup | None, topic: int | None) -> str:
        sent = await self._bot(
            SendPicture(
                chat_id=int(delivery.to.user_id),
                photo=BufferedInputFile(picture, "picture"),
                caption=cut(delivery.message.text, CAN.caption) or None,
                message_thread_id=topic,
                reply_markup=markup,
            )
        )
        return str(sent.message_id)

    async def _edit(self, delivery: Delivery, markup: Markup | None) -> bool:
        """Whether the message now says what it should; no markup takes its old buttons away."""
        assert delivery.edits is not None
        text = cut(delivery.message.text, CAN.text)
        try:
            await self._bot(
                EditText(
                    chat_id=int(delivery.to.user_id), message_id=int(delivery.edits), text=text, reply_markup=markup
                )
            )
        except TelegramBadRequest as error:
            said = error.message.lower()
            if "message is not modified" in said:
                return True
            if any(fragment in said for fragment in _NO_LONGER_EDITABLE):
                return False
            raise
        return True

    def _complain_about_the_token(self) -> None:
        """Once a minute: each message would say the same."""
        if self._clock() >= self._quiet_until:
            self._quiet_until = self._clock() + SECONDS_BETWEEN_TOKEN_ERRORS
            _log.error("Telegram does not accept the bot's token: nothing can be sent; look at OTKLIK_TELEGRAM_TOKEN")


def can_replace(message: Message) -> bool:
    """An edit can bring neither a picture nor the keyboard that asks for a phone number."""
    return not (message.photo or message.asks_contact)


def markup_of(delivery: Delivery) -> Markup | None:
    message = delivery.message
    if message.asks_contact:
        return _contact_keyboard(message.asks_contact, message.buttons)
    try:
        keyboard = keyboard_of(message, Channel.TELEGRAM)
    except TooManyButtons as error:
        raise Undeliverable(f"Telegram has no room for its buttons ({error})") from None
    if keyboard is None:
        return None
    return {"inline_keyboard": [[_key(button, delivery.nonce) for button in row] for row in keyboard.rows]}


def _contact_keyboard(label: str, others: Sequence[Button]) -> Markup:
    """Only a keyboard in place of the letters can ask for a number; other buttons become words to say."""
    rows: list[list[dict[str, Any]]] = [[{"text": label, "request_contact": True}]]
    rows += [[{"text": button.label}] for button in others]
    return {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}


def _key(button: Button, nonce: str) -> dict[str, str]:
    if button.url:
        return {"text": button.label, "url": button.url}
    data = f"{nonce}:{button.value}"
    if len(data.encode()) > MOST_DATA_BYTES:
        raise Undeliverable(f"a button carries more than {MOST_DATA_BYTES} bytes")
    return {"text": button.label, "callback_data": data}
