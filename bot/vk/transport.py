"""Our messages as VK's calls, and what came of each."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from bot.vk.calls import Batcher, CallRefused, outcome_of
from bot.vk.client import VkClient
from messaging.capabilities import CAPABILITIES
from messaging.messages import Button
from messaging.pacing import PRIORITY
from messaging.rendering import TooManyButtons, cut, keyboard_of
from messaging.transport import Delivery, LoadMedia, NotSent, Undeliverable, bytes_of
from storage.kinds import Channel, Priority

CAN = CAPABILITIES[Channel.VK]
MOST_PAYLOAD = 255
REMEMBERED_PICTURES = 256
NO_KEYS = json.dumps({"one_time": True, "buttons": []})
"""Takes away buttons that stand in place of the letters, and does nothing where there are none."""

_NOT_EDITABLE = frozenset({15, 100, 909, 910, 920, 949})


class VkTransport:
    """Carries one message to one chat, together with others, and raises the four errors of `messaging.transport`."""

    def __init__(self, client: VkClient, load_media: LoadMedia) -> None:
        self._batcher = Batcher(client, Pictures(client, load_media).attachment)

    async def send(self, delivery: Delivery) -> str | None:
        """The message's number in its conversation. One to be edited that no longer can be is said anew."""
        assert delivery.random_id, "a send to VK has a key, and never 0: VK would not know its repetition"
        params, photo, rank = _params(delivery), delivery.message.photo, PRIORITY[delivery.message.kind]
        try:
            if delivery.edits and await self._edit(delivery, params):
                return delivery.edits
            sent = await self._batcher.send(int(delivery.to.user_id), delivery.random_id, params, photo, rank)
        except CallRefused as refused:
            outcome = outcome_of(refused)
        else:
            return str(sent["conversation_message_id"]) if "conversation_message_id" in sent else None
        raise outcome

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Any other call, in company of the sends. Raises the four errors of `messaging.transport`."""
        try:
            return await self._batcher.call(method, params, rank=Priority.REPLY)
        except CallRefused as refused:
            outcome = outcome_of(refused)
        raise outcome

    async def _edit(self, delivery: Delivery, params: dict[str, Any]) -> bool:
        """Whether the message now says what it should. An edit brings no plain keyboard: that is said anew."""
        keyboard = keyboard_of(delivery.message, Channel.VK)
        if keyboard is not None and not keyboard.is_inline:
            return False
        assert delivery.edits is not None
        edit = {**params, "peer_id": int(delivery.to.user_id), "cmid": int(delivery.edits)}
        if keyboard is None:
            edit["keyboard"] = json.dumps({"inline": True, "buttons": []})
        try:
            await self._batcher.call("messages.edit", edit, delivery.message.photo, PRIORITY[delivery.message.kind])
        except CallRefused as refused:
            if refused.code in _NOT_EDITABLE:
                return False
            raise
        return True


class Pictures:
    """Pictures as VK knows them: each is brought there once, and named in every message after that."""

    def __init__(self, client: VkClient, load_media: LoadMedia) -> None:
        self._client = client
        self._load_media = load_media
        self._known: OrderedDict[str, str] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}

    async def attachment(self, media_hash: str) -> str | None:
        """`photo-1_2_key`, or None when the picture is gone. Raises NotSent, TryLater or Undeliverable."""
        async with self._locks.setdefault(media_hash, asyncio.Lock()):
            if media_hash not in self._known:
                content = await bytes_of(self._load_media, media_hash)
                if content is None:
                    return None
                self._known[media_hash] = await self._bring(content)
            self._known.move_to_end(media_hash)
            while len(self._known) > REMEMBERED_PICTURES:
                gone, _ = self._known.popitem(last=False)
                self._locks.pop(gone, None)
            return self._known[media_hash]

    async def _bring(self, content: bytes) -> str:
        try:
            server = await self._client.call("photos.getMessagesUploadServer", {})
            brought = await self._client.upload(server["upload_url"], "photo", content)
            if brought.get("photo") in (None, "", "[]"):
                raise Undeliverable("the picture is not one VK can read")
            saved = {key: brought[key] for key in ("photo", "server", "hash")}
            photo = (await self._client.call("photos.saveMessagesPhoto", saved))[0]
            key = photo.get("access_key")
            return f"photo{photo['owner_id']}_{photo['id']}" + (f"_{key}" if key else "")
        except (LookupError, TypeError, AttributeError) as error:
            reason = f"VK's answer about the picture cannot be read ({type(error).__name__})"
        except Undeliverable:
            raise
        except Exception as error:
            # The message itself has not left, whatever became of the picture.
            reason = str(error)
        raise NotSent(reason)


def _params(delivery: Delivery) -> dict[str, Any]:
    """What is said; not to whom."""
    message = delivery.message
    return {
        "message": cut(CAN.escape(message.text), CAN.text),
        "keyboard": _keyboard(delivery),
        "disable_mentions": 1,
        "dont_parse_links": 1,
    }


def _keyboard(delivery: Delivery) -> str:
    try:
        keyboard = keyboard_of(delivery.message, Channel.VK)
    except TooManyButtons as error:
        raise Undeliverable(f"VK has no room for its buttons ({error})") from None
    if keyboard is None:
        return NO_KEYS
    rows = [[_key(button, delivery.nonce, is_inline=keyboard.is_inline) for button in row] for row in keyboard.rows]
    kind = {"inline": True} if keyboard.is_inline else {"one_time": True}
    return json.dumps({**kind, "buttons": rows}, ensure_ascii=False)


def _key(button: Button, nonce: str, *, is_inline: bool) -> dict[str, Any]:
    if button.url:
        return {"action": {"type": "open_link", "link": button.url, "label": button.label}}
    payload = json.dumps({"n": nonce, "v": button.value}, separators=(",", ":"))
    if len(payload) > MOST_PAYLOAD:
        raise Undeliverable(f"a button carries more than {MOST_PAYLOAD} characters")
    # Under a message a press is an event of its own; in place of the letters VK lets a button only say its words.
    action = {"type": "callback" if is_inline else "text", "label": button.label, "payload": payload}
    return {"action": action, "color": "secondary"}
