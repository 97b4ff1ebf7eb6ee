"""The messages.* methods of the fake VK: what each does to the dialogs, and how it refuses."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from tests.fakes.vk_chats import CHATS, Chat, Message, World
from tests.fakes.vk_faults import Refusal, wrong
from tests.fakes.vk_text import Text, bad, parse_keyboard, parse_text

Json = dict[str, Any]
Params = dict[str, str]
LONGEST = 9000
EDITABLE = 24 * 3600.0  # seconds
PRESS_LIVES = 60.0
# A random_id is remembered for an hour, and among the newest hundred messages of the dialog.
REMEMBERED, REMEMBERED_MESSAGES = 3600.0, 100
ATTACHMENT = re.compile(r"(photo|video|audio|doc|wall|market|poll|graffiti|story)(-?\d+)_(\d+)(?:_(\w+))?")
NO_PEER = "you should specify peer_id, user_id, domain, chat_id or user_ids param"


class Send(NamedTuple):
    """One message VK accepted."""

    at: float
    peer_id: int
    text: str
    cmid: int
    method: str
    random_id: int


class Content(NamedTuple):
    """What of a message is the same for all recipients."""

    raw: str
    text: Text
    keyboard: Json | None
    attachments: list[Json]
    payload: str | None


class Messages:
    """One function for each method; parameters come as text, as a form carries them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sends: list[Send] = []
        self.deduplicated = 0
        self.refused = lambda code: None  # counts an error that stands inside an answer
        self.by_name = {
            "messages.send": self.send,
            "messages.edit": self.edit,
            "messages.delete": self.delete,
            "messages.sendMessageEventAnswer": self.answer_press,
            "messages.isMessagesFromGroupAllowed": self.is_allowed,
            "messages.getConversationsById": self.conversations,
            "messages.setActivity": self.set_activity,
            "messages.markAsRead": self.mark_as_read,
        }

    def send(self, params: Params) -> Any:
        if "random_id" not in params:
            raise wrong("random_id is a required parameter")
        random_id = as_int(params["random_id"], "random_id")
        peers, several = recipients(params)
        content = self._content(params)
        if not several:
            return self._deliver(peers[0], content, random_id, params).id
        answers: list[Json] = []
        for peer in peers:
            try:
                if self.world.faults.planned and (met := self.world.faults.for_recipient("messages.send", peer)):
                    raise met
                message = self._deliver(peer, content, random_id, params)
                answers.append({"peer_id": peer, "message_id": message.id, "conversation_message_id": message.cmid})
            except Refusal as refusal:
                self.refused(refusal.code)
                error = {"code": refusal.code, "description": refusal.message}
                answers.append({"peer_id": peer, "message_id": 0, "conversation_message_id": 0, "error": error})
        return answers

    def _content(self, params: Params) -> Content:
        raw = params.get("message", "")
        if len(raw) > LONGEST:
            raise Refusal(914)
        keyboard = parse_keyboard(params["keyboard"]) if params.get("keyboard") else None
        attachments = [self._attachment(name) for name in params.get("attachment", "").split(",") if name.strip()]
        text = parse_text(raw)
        others = ("sticker_id", "forward", "forward_messages", "template", "lat")
        if not text.shown.strip() and not attachments and not any(params.get(name) for name in others):
            raise wrong("message is empty or invalid")
        payload = params.get("payload") or None
        if payload and len(payload) > 1000:
            raise wrong("payload is too long")
        return Content(raw, text, keyboard, attachments, payload)

    def _attachment(self, name: str) -> Json:
        found = ATTACHMENT.fullmatch(name.strip())
        if not found:
            raise wrong(f"attachment {name.strip()} is invalid")
        kind, owner, number, key = found.groups()
        if kind != "photo":
            return {"type": kind, kind: {"owner_id": int(owner), "id": int(number)}}
        photo = self.world.photos.get(f"photo{owner}_{number}")
        if photo is None or key not in (None, photo["access_key"]):
            raise wrong(f"attachment {name.strip()} is not found")
        return {"type": "photo", "photo": photo}

    def _deliver(self, peer_id: int, content: Content, random_id: int, params: Params) -> Message:
        chat = self._writable(peer_id)
        now = self.world.clock.now()
        if random_id and (known := chat.sent.get(random_id)):
            newest = max(chat.history, default=0)
            if now - known[0] < REMEMBERED and newest - known[1].cmid < REMEMBERED_MESSAGES:
                self.deduplicated += 1
                return known[1]
        reply, forwards = self._quoted(chat, params)
        message = chat.write(
            -self.world.group_id,
            content.raw,
            content.text,
            random_id=random_id,
            keyboard=content.keyboard,
            attachments=content.attachments,
            payload=content.payload,
            reply=reply,
            forwards=forwards,
        )
        if random_id:
            chat.sent[random_id] = (now, message)
        if content.keyboard is not None and not message.inline:
            chat.keyboard = content.keyboard if content.keyboard["buttons"] else None
        self.sends.append(Send(now, peer_id, content.text.shown, message.cmid, "messages.send", random_id))
        self._echo("message_reply", message)
        return message

    def _echo(self, kind: str, message: Message) -> None:
        """The community hears of its own messages only when it asked for that; skipped early because sends are many."""
        events = self.world.events
        wanted = [events.long_poll.kinds, *(server.kinds for server in events.callbacks.servers.values())]
        if any(kind in kinds for kinds in wanted):
            events.post(kind, message.public(), message.peer_id)
        else:
            self.world.signal.poke()

    def _quoted(self, chat: Chat, params: Params) -> tuple[Message | None, list[Message]]:
        """The message replied to, and those forwarded."""
        if number := params.get("reply_to"):
            return self._by_id(chat, as_int(number, "reply_to")), []
        if not params.get("forward"):
            return None, []
        forward = as_json(params["forward"], "forward")
        source = self.world.chat(int(forward.get("peer_id", chat.id)))
        numbers = forward.get("conversation_message_ids") or forward.get("cmids") or []
        found = [source.history[number] for number in numbers if number in source.history]
        found += [self._by_id(source, number) for number in forward.get("message_ids", [])]
        if len(found) != len(numbers) + len(forward.get("message_ids", [])) or not found:
            raise Refusal(921)
        return (found[0], []) if forward.get("is_reply") else (None, found)

    def _by_id(self, chat: Chat, number: int) -> Message:
        found = next((message for message in chat.history.values() if message.id == number and number), None)
        if found is None:
            raise wrong("reply_to is invalid")
        return found

    def _writable(self, peer_id: int) -> Chat:
        chat = self.world.chat(peer_id)
        if chat.refusal:
            raise Refusal(chat.refusal)
        return chat

    def edit(self, params: Params) -> int:
        chat = self._writable(as_int(params.get("peer_id", ""), "peer_id"))
        message = self._own(chat, params)
        if self.world.clock.now() - message.date >= EDITABLE:
            raise Refusal(909)
        content = self._content(params)
        keep = params.get("keep_snippets") in ("1", "true")
        message.raw, message.text = content.raw, content.text
        message.attachments = content.attachments or (message.attachments if keep else [])
        # A keyboard left out of an edit disappears.
        message.keyboard = content.keyboard if content.keyboard and content.keyboard["buttons"] else None
        if message.keyboard and not message.inline:
            raise bad("only inline keyboard can be edited")
        message.edited = int(self.world.clock.now())
        self._echo("message_edit", message)
        return 1

    def _own(self, chat: Chat, params: Params) -> Message:
        cmid = params.get("conversation_message_id") or params.get("cmid")
        if cmid:
            message = chat.history.get(as_int(cmid, "cmid"))
        elif params.get("message_id"):
            number = as_int(params["message_id"], "message_id")
            message = next((m for m in chat.history.values() if m.id == number and number), None)
        else:
            raise wrong("message_id is undefined")
        if message is None or message.from_id != -self.world.group_id:
            raise Refusal(909)
        return message

    def delete(self, params: Params) -> list[Json]:
        answers: list[Json] = []
        if params.get("cmids"):
            chat = self.world.chat(as_int(params.get("peer_id", ""), "peer_id"))
            found = [(chat, chat.history.get(as_int(number, "cmids"))) for number in params["cmids"].split(",")]
        else:
            wanted = {as_int(number, "message_ids") for number in params.get("message_ids", "").split(",")}
            every = [(chat, message) for chat in self.world.chats.values() for message in chat.history.values()]
            found = [(chat, message) for chat, message in every if message.id in wanted and message.id]
        for chat, message in found:
            own = message is not None and message.from_id == -self.world.group_id
            if message is None or (params.get("delete_for_all") in ("1", "true") and not own):
                answers.append({"peer_id": chat.id, "error": {"code": 924, "description": Refusal(924).message}})
                continue
            del chat.history[message.cmid]
            answers.append(
                {"peer_id": chat.id, "message_id": message.id, "conversation_message_id": message.cmid, "response": 1}
            )
        self.world.signal.poke()
        return answers

    def answer_press(self, params: Params) -> int:
        press = self.world.presses.get(params.get("event_id", ""))
        user_id, peer_id = as_int(params.get("user_id", ""), "user_id"), as_int(params.get("peer_id", ""), "peer_id")
        if press is None or press.answer is not None or (press.user.id, press.peer_id) != (user_id, peer_id):
            raise wrong("event_id is invalid")
        if self.world.clock.now() - press.at >= PRESS_LIVES:
            raise wrong("event_id is invalid")
        answer: Json = {}
        if raw := params.get("event_data"):
            answer = as_json(raw, "event_data")
            if len(raw) > 1000 or answer.get("type") not in ("show_snackbar", "open_link", "open_app"):
                raise wrong("event_data is invalid")
            if answer["type"] == "show_snackbar" and not 1 <= len(str(answer.get("text", ""))) <= 90:
                raise wrong("event_data is invalid")
            press.user.toasts.append(answer)
        press.answer = answer
        self.world.signal.poke()
        return 1

    def is_allowed(self, params: Params) -> Json:
        chat = self.world.chats.get(as_int(params.get("user_id", ""), "user_id"))
        return {"is_allowed": int(chat is not None and chat.refusal is None)}

    def conversations(self, params: Params) -> Json:
        wanted = [as_int(number, "peer_ids") for number in params.get("peer_ids", "").split(",")]
        items = [conversation(self.world.chats[peer]) for peer in wanted if peer in self.world.chats]
        return {"count": len(items), "items": items}

    def set_activity(self, params: Params) -> int:
        self._writable(as_int(params.get("peer_id") or params.get("user_id") or "", "peer_id")).actions.append(
            params.get("type", "typing")
        )
        return 1

    def mark_as_read(self, params: Params) -> int:
        self.world.chat(as_int(params.get("peer_id", ""), "peer_id"))
        return 1


def conversation(chat: Chat) -> Json:
    newest = chat.messages[-1] if chat.history else None
    found: Json = {
        "peer": {"id": chat.id, "type": "chat" if chat.id > CHATS else "user", "local_id": chat.id % CHATS},
        "last_message_id": newest.id if newest else 0,
        "last_conversation_message_id": newest.cmid if newest else 0,
        "in_read": 0,
        "out_read": 0,
        "version": 10_000_000,
        "can_write": {"allowed": chat.refusal is None},
    }
    if chat.refusal:
        found["can_write"]["reason"] = chat.refusal
    if chat.keyboard:
        found["current_keyboard"] = chat.keyboard
    if chat.id > CHATS:
        members: dict[int, Any] = getattr(chat, "members", {})
        rights = (
            "can_change_info can_change_invite_link can_change_pin can_invite can_promote_users can_see_invite_link "
            "can_moderate can_copy_chat can_call can_use_mass_mentions"
        )
        found["chat_settings"] = {
            "owner_id": next(iter(members), 1),
            "title": getattr(chat, "title", ""),
            "members_count": len(members) + 1,
            "state": "kicked" if chat.refusal else "in",
            "acl": dict.fromkeys(rights.split(), False),
        }
    return found


def recipients(params: Params) -> tuple[list[int], bool]:
    """The peers of a call, and whether it names several and so answers with a list."""
    if peer_ids := params.get("peer_ids"):
        peers = [as_int(number, "peer_ids") for number in peer_ids.split(",")]
        if len(peers) > 100:
            raise wrong("peer_ids should have no more than 100 items")
        return peers, True
    for name in ("peer_id", "user_id", "chat_id"):
        if value := params.get(name):
            number = as_int(value, name)
            return [number + CHATS if name == "chat_id" else number], False
    raise wrong(NO_PEER)


def as_int(value: str, name: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise wrong(f"{name} not integer" if value else f"{name} is undefined") from None


def as_json(value: str, name: str) -> Json:
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise wrong(f"{name} is invalid")
    return found
