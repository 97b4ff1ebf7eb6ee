"""The Bot API methods of the fake: what each does to the chats, and how it refuses."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.fakes.telegram_chats import OLD_QUERY, Chat, Group, World, administrator, as_int, shown
from tests.fakes.telegram_faults import Limiter, Refusal
from tests.fakes.telegram_html import parse_html, utf16_length
from tests.fakes.telegram_updates import Json, Webhook

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
LARGEST_DOWNLOAD = 20_000_000
"""Bytes: Telegram gives no more of a file to a bot."""
CAPTION_TOO_LONG = "Bad Request: message caption is too long"


class Send(NamedTuple):
    """One message Telegram accepted."""

    at: float
    chat_id: int
    text: str
    message_id: int
    method: str


class Methods:
    """One function for each method, found by its lower-case name as Telegram does."""

    def __init__(self, world: World, limiter: Limiter, clock: Callable[[], float]) -> None:
        self.world = world
        self.sends: list[Send] = []
        self._limiter = limiter
        self._clock = clock
        self._files = 0
        methods: list[Callable[[Json, dict[str, bytes]], Any]] = [
            self.getMe,
            self.setWebhook,
            self.deleteWebhook,
            self.getWebhookInfo,
            self.sendMessage,
            self.sendPhoto,
            self.editMessageText,
            self.editMessageReplyMarkup,
            self.deleteMessage,
            self.answerCallbackQuery,
            self.sendChatAction,
            self.setMyCommands,
            self.getFile,
            self.getChat,
            self.getChatMember,
            self.createForumTopic,
            self.editForumTopic,
            self.closeForumTopic,
            self.reopenForumTopic,
            self.deleteForumTopic,
        ]
        self.by_name = {method.__name__.lower(): method for method in methods}

    # The bot itself

    def getMe(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        abilities = {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": any(chat.has_topics for chat in self.world.chats.values() if chat.id > 0),
        }
        return self.world.bot | abilities

    def setMyCommands(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        scope = unpacked(params.get("scope")) or {"type": "default"}
        key = f"{json.dumps(scope, sort_keys=True)} {params.get('language_code', '')}".strip()
        self.world.commands[key] = unpacked(params.get("commands")) or []
        return True

    def getFile(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        name = str(params.get("file_id", ""))
        if name not in self.world.files:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.world.files[name])
        if size > LARGEST_DOWNLOAD:
            raise Refusal(400, "Bad Request: file is too big")
        return {"file_id": name, "file_unique_id": f"u-{name}", "file_size": size, "file_path": f"photos/{name}"}

    # Webhook

    def setWebhook(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        url = params.get("url") or ""
        if not url:
            return self.deleteWebhook(params, files)
        parts = urlsplit(url)
        # Telegram itself takes https only; plain http is the fake's courtesy to tests on this machine.
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token") or None
        if secret and len(secret) > 256:
            raise Refusal(400, "Bad Request: secret token is too long")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]+", secret):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        mailbox = self.world.mailbox
        if truthy(params.get("drop_pending_updates")):
            mailbox.drop_pending()
        if "allowed_updates" in params:
            mailbox.allowed = unpacked(params["allowed_updates"]) or []
        most = min(max(as_int(params.get("max_connections")) or 40, 1), 100)
        now = mailbox.webhook
        # Setting the same webhook again changes nothing, so that a delivery under way is not cut.
        if now is None or (now.url, now.secret, now.max_connections) != (url, secret, most):
            mailbox.set_webhook(Webhook(url, secret, most))
        return True

    def deleteWebhook(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        if truthy(params.get("drop_pending_updates")):
            self.world.mailbox.drop_pending()
        self.world.mailbox.delete_webhook()
        return True

    def getWebhookInfo(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        mailbox = self.world.mailbox
        info: Json = {
            "url": mailbox.webhook.url if mailbox.webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(mailbox.pending),
        }
        if mailbox.webhook:
            info |= {"max_connections": mailbox.webhook.max_connections, **mailbox.webhook.last_error}
        return info | ({"allowed_updates": mailbox.allowed} if mailbox.allowed else {})

    # Messages

    def sendMessage(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        chat = self._writable(params)
        content = formatted(params, "text", 4096)
        return self._send("sendMessage", chat, params, content)

    def sendPhoto(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        chat = self._writable(params)
        content = formatted(params, "caption", 1024)
        content["photo"] = [self._photo(params, files)]
        return self._send("sendPhoto", chat, params, content)

    def editMessageText(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        message = self._own_message(params)
        new = formatted(params, "text", 4096)
        if "text" not in message:
            raise Refusal(400, "Bad Request: there is no text in the message to edit")
        if markup := inline_markup(params):
            new["reply_markup"] = markup
        return self._change(message, new, ("text", "entities", "reply_markup"))

    def editMessageReplyMarkup(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        message = self._own_message(params)
        markup = inline_markup(params)
        return self._change(message, {"reply_markup": markup} if markup else {}, ("reply_markup",))

    def deleteMessage(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        chat = self._writable(params)
        if chat.history.pop(as_int(params.get("message_id")), None) is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        self.world.signal.poke()
        return True

    def sendChatAction(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        self._writable(params).actions.append(str(params.get("action", "")))
        return True

    def answerCallbackQuery(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        query = self.world.queries.get(str(params.get("callback_query_id")))
        if query is None or query.stale:
            raise Refusal(400, OLD_QUERY)
        query.answer = dict(params)
        if text := params.get("text"):
            if len(text) > 200:
                raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
            query.user.toasts.append(text)
        self.world.signal.poke()
        return True

    # Chats

    def getChat(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        chat = self.world.chat(params.get("chat_id"))
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return chat.public | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }

    def getChatMember(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        chat, user_id = self.world.chat(params.get("chat_id")), as_int(params.get("user_id"))
        if user_id == self.world.bot["id"]:
            return {"user": self.world.bot, **(administrator() if isinstance(chat, Group) else {"status": "member"})}
        person = self.world.chats.get(user_id)
        profile = getattr(person, "profile", None)
        if profile is None:
            raise Refusal(400, "Bad Request: user not found")
        belongs = user_id in chat.members if isinstance(chat, Group) else user_id == chat.id
        status = getattr(chat, "statuses", {}).get(user_id, "member") if belongs else "left"
        if status == "administrator":
            return {"user": profile, **administrator()}
        return {"user": profile, "status": status} | ({"is_anonymous": False} if status == "creator" else {})

    def createForumTopic(self, params: Json, files: dict[str, bytes]) -> Json:  # noqa: N802
        chat = self._forum(params)
        name = topic_name(params)
        color = as_int(params.get("icon_color")) or 7322096
        created = chat.write(self.world.bot, forum_topic_created={"name": name, "icon_color": color})
        topic = created["message_id"]
        created |= {"message_thread_id": topic, "is_topic_message": True}
        chat.topics[topic] = name
        return {"message_thread_id": topic, "name": name, "icon_color": color}

    def editForumTopic(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        chat, topic = self._topic(params)
        chat.topics[topic] = topic_name(params)
        return True

    def closeForumTopic(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        chat, topic = self._topic(params)
        if topic in chat.closed_topics:
            raise Refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        chat.closed_topics.add(topic)
        return True

    def reopenForumTopic(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        chat, topic = self._topic(params)
        if topic not in chat.closed_topics:
            raise Refusal(400, "Bad Request: TOPIC_NOT_MODIFIED")
        chat.closed_topics.remove(topic)
        return True

    def deleteForumTopic(self, params: Json, files: dict[str, bytes]) -> bool:  # noqa: N802
        chat, topic = self._topic(params)
        assert isinstance(chat, Group)
        chat.deletes_topic(topic)
        return True

    # The parts they share

    def _forum(self, params: Json) -> Chat:
        chat = self._writable(params)
        if not chat.has_topics:
            raise Refusal(400, "Bad Request: the chat is not a forum")
        if isinstance(chat, Group) and not chat.lets_bot_manage_topics:
            raise Refusal(400, "Bad Request: not enough rights to create a topic")
        return chat

    def _topic(self, params: Json) -> tuple[Chat, int]:
        chat, topic = self._forum(params), as_int(params.get("message_thread_id"))
        if topic not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        return chat, topic

    def _writable(self, params: Json) -> Chat:
        chat = self.world.chat(params.get("chat_id"))
        if chat.refusal:
            raise Refusal(403, chat.refusal)
        return chat

    def _send(self, method: str, chat: Chat, params: Json, content: Json) -> Json:
        if raw := params.get("reply_markup"):
            content["reply_markup"] = checked_markup(unpacked(raw))
        if raw := params.get("reply_parameters"):
            self._reply(chat, unpacked(raw), content)
        if thread := as_int(params.get("message_thread_id")):
            if thread not in chat.topics:
                raise Refusal(400, "Bad Request: message thread not found")
            if thread in chat.closed_topics:
                raise Refusal(400, "Bad Request: TOPIC_CLOSED")
            content |= {"message_thread_id": thread, "is_topic_message": True}
        self._limiter.admit(chat.id)
        markup = content.get("reply_markup", {})
        if "keyboard" in markup or markup.get("remove_keyboard"):
            chat.keyboard = markup if "keyboard" in markup else None
        message = chat.write(self.world.bot, **content)
        text = content.get("text") or content.get("caption", "")
        self.sends.append(Send(self._clock(), chat.id, text, message["message_id"], method))
        self.world.signal.poke()
        return shown(message) if "reply_markup" in message else message

    def _reply(self, chat: Chat, reply: Json, content: Json) -> None:
        replied = chat.history.get(as_int(reply.get("message_id")))
        if replied is not None:
            content["reply_to_message"] = {k: v for k, v in shown(replied).items() if k != "reply_to_message"}
        elif not reply.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")

    def _own_message(self, params: Json) -> Json:
        chat = self._writable(params)
        message = chat.history.get(as_int(params.get("message_id")))
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message["from"] is not self.world.bot:
            raise Refusal(400, "Bad Request: message can't be edited")
        return message

    def _change(self, message: Json, new: Json, fields: tuple[str, ...]) -> Json:
        if all(message.get(field) == new.get(field) for field in fields):
            raise Refusal(400, NOT_MODIFIED)
        # A keyboard left out of an edit disappears, as in Telegram.
        for field in fields:
            message.pop(field, None)
        message |= {**new, "edit_date": int(time.time())}
        self.world.signal.poke()
        return shown(message)

    def _photo(self, params: Json, files: dict[str, bytes]) -> Json:
        name = str(params.get("photo", ""))
        body = files.get(name.removeprefix("attach://")) if name.startswith("attach://") else files.get("photo")
        if body is not None:
            if not body:
                raise Refusal(400, "Bad Request: file must be non-empty")
            self._files += 1
            name = f"photo-{self._files}"
            self.world.files[name] = body
        elif not name:
            raise Refusal(400, "Bad Request: there is no photo in the request")
        elif name not in self.world.files and not name.startswith(("http://", "https://")):
            raise Refusal(400, "Bad Request: wrong remote file identifier specified: Wrong string length")
        size = len(self.world.files.get(name, b""))
        return {"file_id": name, "file_unique_id": f"u-{name}", "width": 320, "height": 240, "file_size": size}


def formatted(params: Json, field: str, longest: int) -> Json:
    """The text or caption of a request with its entities, within Telegram's limits."""
    source = str(params.get(field) or "")
    entities: list[Json] = unpacked(params.get("entities" if field == "text" else "caption_entities")) or []
    text = source
    if source and str(params.get("parse_mode", "")).lower() == "html":
        text, entities = parse_html(source)
    if not entities:
        text = text.strip()
    if field == "text" and not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    # Code points or UTF-16 units: sources disagree, so the stricter count holds.
    if len(text) > longest // 2 and utf16_length(text) > longest:
        raise Refusal(400, "Bad Request: message is too long" if field == "text" else CAPTION_TOO_LONG)
    content: Json = {field: text} if text else {}
    if entities:
        content["entities" if field == "text" else "caption_entities"] = entities
    return content


def topic_name(params: Json) -> str:
    name = str(params.get("name", ""))
    if not 1 <= len(name) <= 128:
        raise Refusal(400, "Bad Request: TOPIC_TITLE_EMPTY")
    return name


def inline_markup(params: Json) -> Json | None:
    raw = params.get("reply_markup")
    if not raw:
        return None
    markup = checked_markup(unpacked(raw))
    if "inline_keyboard" not in markup:
        raise Refusal(400, "Bad Request: inline keyboard expected")
    return markup if markup["inline_keyboard"] else None


def checked_markup(markup: Json) -> Json:
    if not isinstance(markup, dict):
        raise Refusal(400, "Bad Request: object expected as reply markup")
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            data = button.get("callback_data")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup


def unpacked(value: Any) -> Any:
    """Objects and lists travel as JSON text in forms, and as they are in JSON bodies."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise Refusal(400, "Bad Request: can't parse JSON object") from None


def truthy(value: object) -> bool:
    return str(value).lower() in ("true", "1", "yes")
