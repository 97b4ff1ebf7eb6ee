"""The dialogs behind the fake VK: messages, keyboards, and what can be seen and pressed in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tests.fakes.telegram_updates import Signal
from tests.fakes.vk_events import Events
from tests.fakes.vk_faults import Clock, Faults, Refusal
from tests.fakes.vk_text import Text, parse_text, payload_text

if TYPE_CHECKING:
    from tests.fakes.vk_people import User

Json = dict[str, Any]
CHATS = 2_000_000_000  # a group chat's peer_id is this and its number
DENIED, BLACKLISTED, PRIVATE, DELETED, NO_ACCESS = 901, 900, 902, 18, 917
EXTRA = ("ref", "ref_source", "geo", "action", "is_hidden")
CLIENT = {
    "button_actions": ["text", "vkpay", "open_app", "location", "open_link", "open_photo", "callback"],
    "keyboard": True,
    "inline_keyboard": True,
    "carousel": True,
    "lang_id": 0,
}


@dataclass(slots=True)
class Message:
    """A message as VK keeps it; `shown` is what a person sees, `raw` what was sent, `text.stored` what events carry."""

    cmid: int
    id: int
    peer_id: int
    from_id: int
    date: int
    raw: str
    text: Text
    random_id: int = 0
    keyboard: Json | None = None
    attachments: list[Json] = field(default_factory=list)
    payload: str | None = None
    reply: Message | None = None
    forwards: list[Message] = field(default_factory=list)
    extra: Json = field(default_factory=dict)  # ref, ref_source, geo, action, is_hidden
    edited: int = 0

    @property
    def shown(self) -> str:
        return self.text.shown

    @property
    def mentions(self) -> tuple[int, ...]:
        return self.text.mentions

    @property
    def inline(self) -> bool:
        return self.keyboard is not None and bool(self.keyboard.get("inline"))

    def public(self) -> Json:
        """The message object of an event."""
        found: Json = {
            "date": self.date,
            "from_id": self.from_id,
            "id": self.id,
            "version": 10_000_000 + self.cmid,
            "out": int(self.from_id < 0),
            "fwd_messages": [message.foreign() for message in self.forwards],
            "important": False,
            "is_hidden": False,
            "attachments": self.attachments,
            "conversation_message_id": self.cmid,
            "text": self.text.stored,
            "peer_id": self.peer_id,
            "random_id": self.random_id,
        }
        for name, value in (("payload", self.payload), ("keyboard", self.keyboard), ("update_time", self.edited)):
            if value:
                found[name] = value
        if self.reply:
            found["reply_message"] = self.reply.foreign()
        return found | self.extra

    def foreign(self) -> Json:
        """The shorter object inside a reply or a forward."""
        found = {
            "date": self.date,
            "from_id": self.from_id,
            "id": self.id,
            "peer_id": self.peer_id,
            "text": self.text.stored,
            "attachments": self.attachments,
            "conversation_message_id": self.cmid,
        }
        return found | ({"payload": self.payload} if self.payload else {})

    def view(self) -> Json:
        """Everything, for a test in another process."""
        return self.public() | {"shown": self.shown, "raw": self.raw, "mentions": self.mentions}


@dataclass
class Press:
    """A pressed callback button that waits for messages.sendMessageEventAnswer."""

    user: User
    peer_id: int
    at: float
    answer: Json | None = None


class World:
    """Everything VK remembers: people, chats, photos, presses, and the events on their way to the bot."""

    def __init__(self, group_id: int, name: str, screen_name: str, seed: int, retry_scale: float) -> None:
        self.group: Json = {"id": group_id, "name": name, "screen_name": screen_name, "is_closed": 0, "type": "group"}
        self.group_id = group_id
        self.signal = Signal()
        self.clock = Clock()
        self.faults = Faults(seed)
        self.events = Events(group_id, self.faults, self.signal, self.clock, retry_scale)
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.photos: dict[str, Json] = {}  # by "photo{owner}_{id}"
        self.files: dict[str, bytes] = {}  # what was uploaded, by the same name
        # What VK's file servers give, by address: bytes, an error's status, or where else to look.
        self.served: dict[str, bytes | int | str] = {}
        self._last_message = 0
        self._last_number = 1000

    def chat(self, peer_id: int) -> Chat:
        """The dialog the bot means; a person the fake does not know has never written to the community."""
        found = self.chats.get(peer_id)
        if found is None:
            raise Refusal(NO_ACCESS if peer_id > CHATS else DENIED if peer_id > 0 else 936)
        return found

    @property
    def mention(self) -> str:
        """The community's name as a mention."""
        return f"[club{self.group_id}|@{self.group['screen_name']}]"

    def next_message(self) -> int:
        self._last_message += 1
        return self._last_message

    def next_number(self) -> int:
        """For posts, comments and photos."""
        self._last_number += 1
        return self._last_number


class Chat:
    """A dialog with the community in it."""

    def __init__(self, world: World, peer_id: int) -> None:
        self.world = world
        self.id = peer_id
        self.refusal: int | None = None  # the error code, when the bot may not write here
        self.keyboard: Json | None = None  # the plain keyboard under the input field
        self.actions: list[str] = []  # "typing"
        self.history: dict[int, Message] = {}  # by conversation_message_id
        self.sent: dict[int, tuple[float, Message]] = {}  # what the bot sent, by random_id
        self._last = 0

    @property
    def messages(self) -> list[Message]:
        """All messages still in the chat, oldest first, edits applied, with their keyboards."""
        return list(self.history.values())

    @property
    def from_bot(self) -> list[Message]:
        return [message for message in self.history.values() if message.from_id < 0]

    @property
    def received(self) -> list[str]:
        """The texts of the bot as people see them."""
        return [message.shown for message in self.from_bot]

    @property
    def last(self) -> Message:
        """The bot's newest message."""
        found = self.from_bot
        assert found, f"the bot has written nothing in {self.id}"
        return found[-1]

    async def hears(self, part: str = "", *, after: int = 0, timeout: float = 5.0) -> Message:  # noqa: ASYNC109
        """Waits for a message of the bot that shows `part` and is newer than message `after` of this dialog."""

        def probe() -> Message | None:
            return next((m for m in self.from_bot if m.cmid > after and part in m.shown), None)

        return cast(Message, await self.world.signal.until(probe, timeout, f"a message with {part!r} in {self.id}"))

    def write(self, from_id: int, raw: str, text: Text, **content: Any) -> Message:
        """Puts a message into the dialog. In a group chat a community sees no message ids, only those of the chat."""
        self._last += 1
        number = 0 if self.id > CHATS else self.world.next_message()
        message = Message(self._last, number, self.id, from_id, int(self.world.clock.now()), raw, text, **content)
        self.history[self._last] = message
        return message

    def buttons(self) -> list[str]:
        """The labels a person could press now, newest message first, the plain keyboard last."""
        return [label(button) for _, button in self._all_buttons()]

    def _all_buttons(self) -> list[tuple[Message | None, Json]]:
        found: list[tuple[Message | None, Json]] = []
        for message in reversed(self.history.values()):
            if message.keyboard and message.inline:
                found += [(message, button) for row in message.keyboard["buttons"] for button in row]
        rows = self.keyboard["buttons"] if self.keyboard else []
        return found + [(None, button) for row in rows for button in row]

    def _say(self, user: User, text: str, reply_to: int | None = None, **content: Any) -> Message:
        if reply_to is not None:
            content["reply"] = self.history[reply_to]
        content["forwards"] = [self.history[cmid] for cmid in content.pop("forwards", ())]
        files = content.pop("attachments", ())
        content["attachments"] = [sample(user.id, file) if isinstance(file, str) else file for file in files]
        extra = {name: content.pop(name) for name in EXTRA if name in content}
        payload = content.pop("payload", None)
        if payload is not None and not isinstance(payload, str):
            payload = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        message = self.write(user.id, text, parse_text(text), payload=payload, extra=extra, **content)
        self.world.events.post("message_new", {"message": message.public(), "client_info": CLIENT}, self.id)
        return message

    def _press(self, user: User, wanted: str, taps: int) -> Json:
        for message, button in self._all_buttons():
            if wanted not in (label(button), payload_text(button)):
                continue
            kind = button["action"]["type"]
            assert kind in ("text", "callback", "location"), f"the button {wanted!r} sends nothing to the bot: {button}"
            if self.world.faults.strikes("retap", self.id):
                taps += 1
            return [self._tap(user, message, button) for _ in range(taps)][-1]
        raise AssertionError(f"no button {wanted!r} in {self.id}; there are {self.buttons()}")

    def _tap(self, user: User, message: Message | None, button: Json) -> Json:
        payload, kind = payload_text(button), button["action"]["type"]
        if kind == "callback":
            return self._event(user, message, json.loads(payload) if payload else {})
        if message is None and self.keyboard and self.keyboard.get("one_time"):
            self.keyboard = None
        if kind == "location":
            place = {"type": "point", "coordinates": {"latitude": 59.93, "longitude": 30.32}}
            return self._say(user, "", payload=payload, geo=place).public()
        text = button["action"]["label"]
        if self.id > CHATS:  # in a group chat a press is a message that calls the community by name
            text = f"{self.world.mention} {text}"
        return self._say(user, text, payload=payload).public()

    def _event(self, user: User, message: Message | None, payload: Any) -> Json:
        press_id = f"{self.world.next_number():012x}"
        self.world.presses[press_id] = Press(user, self.id, self.world.clock.now())
        event: Json = {"user_id": user.id, "peer_id": self.id, "event_id": press_id, "payload": payload}
        if message is not None:
            event["conversation_message_id"] = message.cmid
        self.world.events.post("message_event", event, self.id)
        return event

    def _edit(self, cmid: int, text: str) -> Message:
        message = self.history[cmid]
        message.raw, message.text, message.edited = text, parse_text(text), int(self.world.clock.now())
        self.world.events.post("message_edit", message.public(), self.id)
        return message


VOICES = "https://psv4.userapi.com/audiomsg/"


def sample(owner_id: int, kind: str) -> Json:
    """What a person may attach: a photo, sticker, doc or audio_message as VK describes it."""
    thing: Json = {"id": 456_239_017, "owner_id": owner_id, "access_key": "a1b2"}
    size = {"type": "x", "width": 604, "height": 403, "url": "https://sun9-1.userapi.com/x.jpg"}
    more: dict[str, Json] = {
        "photo": thing | {"album_id": -3, "date": 1_700_000_000, "sizes": [size], "text": "", "has_tags": False},
        "sticker": {"inner_type": "base_sticker_new", "product_id": 1, "sticker_id": 12, "is_allowed": True},
        "doc": thing
        | {
            "title": "чек.pdf",
            "size": 1024,
            "ext": "pdf",
            "date": 1_700_000_000,
            "type": 1,
            "url": "https://vk.com/doc",
        },
        "audio_message": thing
        | {"duration": 3, "link_mp3": f"{VOICES}a.mp3", "link_ogg": f"{VOICES}a.ogg", "waveform": [0, 7, 3]},
    }
    assert kind in more, f"no sample of {kind!r}; there are {sorted(more)}"
    return {"type": kind, kind: more[kind]}


def label(button: Json) -> str:
    return cast(str, button["action"].get("label", button["action"]["type"]))
