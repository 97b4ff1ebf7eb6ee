"""The people and groups behind the fake Telegram: what they see, and what they do to the bot."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from tests.fakes.telegram_faults import Faults, Refusal
from tests.fakes.telegram_html import utf16_length
from tests.fakes.telegram_updates import Json, Mailbox, Signal

BLOCKED = "Forbidden: bot was blocked by the user"
DEACTIVATED = "Forbidden: user is deactivated"
NEVER_STARTED = "Forbidden: bot can't initiate conversation with a user"
KICKED = "Forbidden: bot was kicked from the supergroup chat"
CHAT_NOT_FOUND = "Bad Request: chat not found"
OLD_QUERY = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@dataclass
class Query:
    """A pressed inline button that waits for answerCallbackQuery."""

    user: User
    answer: Json | None = None
    stale: bool = False


class World:
    """Everything Telegram remembers: chats, files, queries, and the updates on their way to the bot."""

    def __init__(self, bot_id: int, username: str, seed: int, retry_scale: float) -> None:
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "Отклик", "username": username}
        self.signal = Signal()
        self.faults = Faults(seed)
        self.mailbox = Mailbox(self.faults, self.signal, retry_scale)
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.files: dict[str, bytes] = {}
        self.file_bodies: dict[str, bytes] = {}  # what a file's address gives in place of the file, by its id
        self.moved_files: dict[str, str] = {}  # where a file's address leads instead, by its id
        self.commands: dict[str, list[Json]] = {}
        self._message_ids: Counter[int] = Counter()
        self._last_query = 4_000_000_000

    def chat(self, chat_id: object) -> Chat:
        """The chat the bot means, by number or @username, whether or not it may write there."""
        if chat_id is None or chat_id == "":
            raise Refusal(400, "Bad Request: chat_id is empty")
        if isinstance(chat_id, str) and chat_id.startswith("@"):
            found = next((chat for chat in self.chats.values() if chat.public.get("username") == chat_id[1:]), None)
        else:
            found = self.chats.get(as_int(chat_id))
        if found is None:
            raise Refusal(400, CHAT_NOT_FOUND)
        return found

    def next_message_id(self, chat_id: int) -> int:
        # Supergroups count on their own; private chats and small groups share the bot's one counter.
        counter = chat_id if chat_id < -1_000_000_000_000 else 0
        self._message_ids[counter] += 1
        return self._message_ids[counter]

    def press(self, user: User, message: Json, data: str, chat: Chat) -> Json:
        self._last_query += 1
        query_id = str(self._last_query)
        self.queries[query_id] = Query(user)
        query = {
            "id": query_id,
            "from": user.profile,
            "message": shown(message),
            "chat_instance": str(chat.id * 31),
            "data": data,
        }
        self.mailbox.post("callback_query", query, chat.id)
        return query


class Chat:
    """A conversation with the bot in it."""

    def __init__(self, world: World, chat_id: int, public: Json) -> None:
        self.world = world
        self.id = chat_id
        self.public = public  # the Chat object inside messages
        self.refusal: str | None = None  # why the bot may not write here
        self.keyboard: Json | None = None  # the reply keyboard on the screen
        self.actions: list[str] = []  # "typing" and the like
        self.topics: dict[int, str] = {}
        self.closed_topics: set[int] = set()
        self.has_topics = False
        self.history: dict[int, Json] = {}

    @property
    def messages(self) -> list[Json]:
        """All messages still in the chat, oldest first, edits applied, with their keyboards."""
        return list(self.history.values())

    @property
    def from_bot(self) -> list[Json]:
        return [message for message in self.history.values() if message.get("from") is self.world.bot]

    @property
    def received(self) -> list[str]:
        """The texts (or captions) the bot has written here."""
        return [message.get("text") or message.get("caption", "") for message in self.from_bot]

    @property
    def last(self) -> Json:
        """The bot's newest message."""
        found = self.from_bot
        assert found, f"the bot has written nothing in chat {self.id}"
        return found[-1]

    async def hears(self, part: str = "", *, after: int = 0, timeout: float = 5.0) -> Json:  # noqa: ASYNC109
        """Waits for a message of the bot that contains `part` and is newer than message `after`."""

        def probe() -> Json | None:
            found = (
                m for m in self.from_bot if m["message_id"] > after and part in (m.get("text") or m.get("caption", ""))
            )
            return next(found, None)

        return cast(Json, await self.world.signal.until(probe, timeout, f"a message with {part!r} in chat {self.id}"))

    def write(self, sender: Json, **content: Any) -> Json:
        """Puts a message into the chat."""
        message_id = self.world.next_message_id(self.id)
        message = {
            "message_id": message_id,
            "date": int(time.time()),
            "chat": self.public,
            "from": sender,
            **content,
        }
        self.history[message_id] = message
        return message

    def buttons(self) -> list[str]:
        """The labels a person could press now, newest message first."""
        inline = [button["text"] for _, button in self._inline_buttons()]
        return inline + [button["text"] for button in self._reply_buttons()]

    def _inline_buttons(self) -> list[tuple[Json, Json]]:
        return [
            (message, button)
            for message in reversed(self.history.values())
            for row in message.get("reply_markup", {}).get("inline_keyboard", ())
            for button in row
        ]

    def _reply_buttons(self) -> list[Json]:
        rows = self.keyboard["keyboard"] if self.keyboard else []
        return [{"text": button} if isinstance(button, str) else button for row in rows for button in row]

    def _say(self, user: User, text: str, reply_to: int | None, thread_id: int | None) -> Json:
        content: Json = {"text": text}
        if text.startswith("/"):
            length = utf16_length(text.split(maxsplit=1)[0])
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        if reply_to is not None:
            content["reply_to_message"] = {
                key: value for key, value in shown(self.history[reply_to]).items() if key != "reply_to_message"
            }
        if thread_id is not None:
            assert thread_id in self.topics, f"there is no topic {thread_id} in chat {self.id}"
            content |= {"message_thread_id": thread_id, "is_topic_message": True}
            # As in Telegram: what answers nothing in a topic answers the message that opened it.
            content.setdefault("reply_to_message", self.history[thread_id])
        return self._arrive(user, content)

    def _arrive(self, user: User, content: Json) -> Json:
        message = self.write(user.profile, **content)
        self.world.mailbox.post("message", dict(message), self.id)
        return message

    def _press(self, user: User, wanted: str, taps: int) -> Json:
        for message, button in self._inline_buttons():
            if wanted not in (button["text"], button.get("callback_data")):
                continue
            assert "callback_data" in button, f"the button {wanted!r} sends nothing to the bot: {button}"
            if self.world.faults.strikes("retap", self.id):
                taps += 1
            return [self.world.press(user, message, button["callback_data"], self) for _ in range(taps)][-1]
        for button in self._reply_buttons():
            if button["text"] == wanted:
                if button.get("request_contact"):
                    return self._arrive(user, {"contact": user.contact()})
                return self._say(user, wanted, None, None)
        raise AssertionError(f"no button {wanted!r} in chat {self.id}; there are {self.buttons()}")

    def _edit(self, message_id: int, text: str) -> Json:
        message = self.history[message_id]
        message |= {"text": text, "edit_date": int(time.time())}
        self.world.mailbox.post("edited_message", dict(message), self.id)
        return message

    def _bot_becomes(self, user: User, old: Json, new: Json) -> None:
        change = {
            "chat": self.public,
            "from": user.profile,
            "date": int(time.time()),
            "old_chat_member": {"user": self.world.bot, **old},
            "new_chat_member": {"user": self.world.bot, **new},
        }
        self.world.mailbox.post("my_chat_member", change, self.id)


class User(Chat):
    """A person, and the private chat between this person and the bot."""

    def __init__(
        self,
        world: World,
        user_id: int,
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
        phone: str = "+79990000000",
        started: bool = True,
    ) -> None:
        names = {"first_name": first_name, "last_name": last_name, "username": username}
        names = {key: value for key, value in names.items() if value}
        super().__init__(world, user_id, {"id": user_id, "type": "private", **names})
        self.profile: Json = {"id": user_id, "is_bot": False, **names}
        if language_code:
            self.profile["language_code"] = language_code
        self.phone = phone
        self.refusal = None if started else NEVER_STARTED
        self.toasts: list[str] = []  # what answerCallbackQuery showed

    async def says(self, text: str, *, reply_to: int | None = None, thread_id: int | None = None) -> Json:
        assert self.refusal in (None, NEVER_STARTED), f"user {self.id} cannot write: {self.refusal}"
        self.refusal = None
        return self._say(self, text, reply_to, thread_id)

    async def starts(self, payload: str = "") -> Json:
        """Presses START, with the payload of a deep link; whoever had blocked the bot comes back."""
        if self.refusal == BLOCKED:
            await self.unblocks()
        return await self.says(f"/start {payload}".strip())

    async def presses(self, button: str, *, taps: int = 1) -> Json:
        """Presses the newest button with this label or callback data: the query or the message it caused."""
        return self._press(self, button, taps)

    async def shares_contact(self, phone: str | None = None, user_id: int | None = None) -> Json:
        """Shares the own number; a `user_id` makes it someone else's card, 0 one of nobody in Telegram."""
        return self._arrive(self, {"contact": self.contact(phone, user_id)})

    async def edits(self, message_id: int, text: str) -> Json:
        return self._edit(message_id, text)

    async def sends_album(self, *captions: str) -> list[Json]:
        """Pictures sent in one go: an update for each, with one number for all."""
        album = str(self.world.next_message_id(self.id) * 1_000_003)
        picture = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
        said = [{"caption": caption} if caption else {} for caption in captions]
        return [self._arrive(self, {"photo": [picture], "media_group_id": album, **one}) for one in said]

    async def sends_photo(self, content: bytes, caption: str = "") -> Json:
        """A picture; its bytes can be fetched by the file_id of its largest size."""
        photo = {**self._file(content), "width": 1280, "height": 960}
        small = {"file_id": f"small-{photo['file_id']}", "file_unique_id": "s", "width": 90, "height": 67}
        return self._arrive(self, {"photo": [small, photo], **({"caption": caption} if caption else {})})

    async def sends_voice(self, content: bytes, seconds: int = 3) -> Json:
        return self._arrive(self, {"voice": {**self._file(content), "duration": seconds, "mime_type": "audio/ogg"}})

    def _file(self, content: bytes) -> Json:
        name = f"sent-{len(self.world.files) + 1}"
        self.world.files[name] = content
        return {"file_id": name, "file_unique_id": f"u-{name}", "file_size": len(content)}

    async def forwards(self, *texts: str) -> list[Json]:
        """Messages of somebody else's, sent on in one go."""
        origin = {"type": "hidden_user", "date": int(time.time()), "sender_user_name": "Кто-то"}
        return [self._arrive(self, {"text": text, "forward_origin": origin}) for text in texts]

    async def blocks(self) -> None:
        self.refusal = BLOCKED
        self._bot_becomes(self, {"status": "member"}, {"status": "kicked", "until_date": 0})

    async def unblocks(self) -> None:
        self.refusal = None
        self._bot_becomes(self, {"status": "kicked", "until_date": 0}, {"status": "member"})

    def leaves_telegram(self) -> None:
        """The account is gone; Telegram tells the bot only when it writes."""
        self.refusal = DEACTIVATED

    def contact(self, phone: str | None = None, user_id: int | None = None) -> Json:
        owner = self.id if user_id is None else user_id
        card = {"phone_number": phone or self.phone, "first_name": self.profile["first_name"]}
        return card | ({"user_id": owner} if owner else {})


class Group(Chat):
    """A group or, with a -100… number, a supergroup; the bot is its administrator."""

    def __init__(
        self, world: World, group_id: int, title: str, members: list[User], username: str | None, forum: bool
    ) -> None:
        kind = "supergroup" if group_id < -1_000_000_000_000 else "group"
        public: Json = {"id": group_id, "type": kind, "title": title}
        if username:
            public["username"] = username
        if forum:
            public["is_forum"] = True
        super().__init__(world, group_id, public)
        self.has_topics = forum
        self.members = {user.id: user for user in members}
        self.statuses: dict[int, str] = {}  # "creator", "administrator"; a member otherwise
        self.lets_bot_manage_topics = True

    async def says(self, user: User, text: str, *, reply_to: int | None = None, thread_id: int | None = None) -> Json:
        self.members.setdefault(user.id, user)
        return self._say(user, text, reply_to, thread_id)

    async def presses(self, user: User, button: str, *, taps: int = 1) -> Json:
        return self._press(user, button, taps)

    async def edits(self, message_id: int, text: str) -> Json:
        return self._edit(message_id, text)

    def opens_topic(self, name: str) -> int:
        """The number of a new topic, made by the bot."""
        opened = self.write(self.world.bot, forum_topic_created={"name": name, "icon_color": 7322096})
        topic = int(opened["message_id"])
        opened |= {"message_thread_id": topic, "is_topic_message": True}
        self.topics[topic] = name
        return topic

    def in_topic(self, thread_id: int) -> list[str]:
        """What the bot has written in one topic; 0 is General."""
        found = [
            m for m in self.from_bot if m.get("message_thread_id", 0) == thread_id and m["message_id"] != thread_id
        ]
        return [message.get("text") or message.get("caption", "") for message in found]

    def deletes_topic(self, thread_id: int) -> None:
        """With all its messages, as Telegram does. The bot hears nothing of it."""
        del self.topics[thread_id]
        self.closed_topics.discard(thread_id)
        for number in [n for n, m in self.history.items() if m.get("message_thread_id") == thread_id]:
            del self.history[number]

    def closes_topic(self, thread_id: int) -> None:
        self.closed_topics.add(thread_id)

    def becomes_forum(self, is_forum: bool = True) -> None:
        self.has_topics = is_forum
        self.public.pop("is_forum", None)
        self.public |= {"is_forum": True} if is_forum else {}

    async def removes_bot(self, user: User) -> None:
        self.refusal = KICKED
        self._bot_becomes(user, administrator(), {"status": "kicked", "until_date": 0})

    async def adds_bot(self, user: User) -> None:
        self.refusal = None
        self._bot_becomes(user, {"status": "left"}, administrator())


def administrator() -> Json:
    """What a ChatMemberAdministrator must carry."""
    rights = (
        "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members "
        "can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
    )
    return {"status": "administrator", **dict.fromkeys(rights.split(), False), "can_manage_topics": True}


def shown(message: Json) -> Json:
    """A message as the bot sees it: of the keyboards only inline ones come back."""
    markup = message.get("reply_markup")
    if markup is None or "inline_keyboard" in markup:
        return dict(message)
    return {key: value for key, value in message.items() if key != "reply_markup"}


def as_int(value: object) -> int:
    """Forms carry numbers as text."""
    try:
        return int(cast(Any, value))
    except (TypeError, ValueError):
        return 0
