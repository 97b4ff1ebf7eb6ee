"""The API methods of the fake VK in one table, and the call that puts faults, checks and counters around each."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.vk_chats import World
from tests.fakes.vk_checks import SchemaCheck, Violation
from tests.fakes.vk_events import KINDS, VERSION, CallbackServer
from tests.fakes.vk_execute import Script
from tests.fakes.vk_faults import Broken, Fault, Refusal, wrong
from tests.fakes.vk_messages import Messages, Params, as_int, recipients
from tests.fakes.vk_people import User

Json = dict[str, Any]
# Every switch under `events` in the settings of Long Poll and Callback, whether or not the fake raises such an event.
SWITCHES = KINDS | {
    *(
        f"{thing}_comment_{verb}"
        for thing in ("photo", "video", "market")
        for verb in ("new", "edit", "delete", "restore")
    ),
    *("board_post_edit", "board_post_restore", "board_post_delete", "wall_reply_restore", "wall_repost"),
    *("wall_schedule_post_new", "wall_schedule_post_delete", "photo_new", "video_new", "audio_new", "poll_vote_new"),
    *("group_change_photo", "group_change_settings", "group_officers_edit", "lead_forms_new", "market_order_new"),
    *("market_order_edit", "message_read", "message_typing_state", "message_reaction_event", "like_add", "like_remove"),
    *(f"donut_subscription_{verb}" for verb in ("create", "prolonged", "cancelled", "expired", "price_changed")),
    *("donut_money_withdraw", "donut_money_withdraw_error"),
}
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")


@dataclass
class Exchange:
    """One HTTP request: what its calls, also those inside execute, have met so far."""

    delay: float = 0.0
    after: Fault | None = None  # what happens to the answer when everything is done
    execute_errors: list[Json] | None = None


class Methods:
    """All methods but execute's own language, which is in vk_execute.py."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base_url = ""  # known when the server listens
        self.calls: Counter[str] = Counter()
        self.errors: Counter[int] = Counter()
        self.requests: deque[tuple[str, Params]] = deque(maxlen=1000)
        self.violations: list[Violation] = []
        self.check: SchemaCheck | None = None
        self.captchas: set[str] = set()
        self.messages = Messages(world)
        self.messages.refused = self._count_error
        self.by_name: dict[str, Callable[[Params], Any]] = {
            **self.messages.by_name,
            "users.get": self.users_get,
            "groups.getById": self.group,
            "groups.getLongPollServer": self.long_poll_server,
            "groups.getLongPollSettings": self.long_poll_settings,
            "groups.setLongPollSettings": self.set_long_poll_settings,
            "groups.getCallbackConfirmationCode": self.confirmation_code,
            "groups.addCallbackServer": self.add_server,
            "groups.editCallbackServer": self.edit_server,
            "groups.deleteCallbackServer": self.delete_server,
            "groups.getCallbackServers": self.servers,
            "groups.getCallbackSettings": self.callback_settings,
            "groups.setCallbackSettings": self.set_callback_settings,
            "photos.getMessagesUploadServer": self.upload_server,
            "photos.saveMessagesPhoto": self.save_photo,
            "utils.getServerTime": lambda params: int(world.clock.now()),
        }

    # Calls

    def call(self, name: str, params: Params, exchange: Exchange, *, inside: bool = False) -> Any:
        """Does one call, or raises Refusal (an error of this call) or Broken (the end of the whole exchange)."""
        handler = self.by_name.get(name)
        if handler is None and (name != "execute" or inside):
            raise Refusal(3)
        self.calls[name] += 1
        self.requests.append((name, params))
        if self.world.faults.planned and params.get("captcha_sid") not in self.captchas:
            self._meet_faults(name, params, exchange)
        if self.check:
            self._note(name, self.check.problems(name, params), params)
        result = self._execute(params, exchange) if handler is None else handler(params)
        if self.check and handler:
            problems = self.check.answer_problems(name, result)
            self._note(name, [f"the fake's own answer: {problem}" for problem in problems], params)
        return result

    def _meet_faults(self, name: str, params: Params, exchange: Exchange) -> None:
        try:
            peers, several = recipients(params)
        except Refusal:
            peers, several = [], False
        delay, met = self.world.faults.for_call(name, peers, several=several and name == "messages.send")
        exchange.delay += delay
        if met is None:
            return
        if met.kind == "api_error":
            raise Refusal(met.code, **(self._captcha() if met.code == 14 else {}))
        if met.kind in ("error_before", "drop_before"):
            raise Broken(met)
        exchange.after = met

    def _captcha(self) -> Json:
        sid = f"{self.world.next_number():012d}"
        self.captchas.add(sid)
        return {"captcha_sid": sid, "captcha_img": f"{self.base_url}/captcha.php?sid={sid}"}

    def _execute(self, params: Params, exchange: Exchange) -> Any:
        errors: list[Json] = []

        def inner(name: str, values: Params) -> Any:
            try:
                return self.call(name, values, exchange, inside=True)
            except Refusal as refusal:
                self._count_error(refusal.code)
                errors.append({"method": name, "error_code": refusal.code, "error_msg": refusal.message})
                return False

        result = Script(params.get("code", "")).run(inner, params)
        if errors:
            # VK closes the list with the last error once more, as execute's own.
            exchange.execute_errors = [*errors, {**errors[-1], "method": "execute"}]
        return result

    def _count_error(self, code: int) -> None:
        self.errors[code] += 1

    def _note(self, name: str, problems: list[str], params: Any) -> None:
        self.violations += [Violation(name, problem, params) for problem in problems]

    # People and the community

    def users_get(self, params: Params) -> list[Json]:
        wanted = [name for name in params.get("user_ids", "").split(",") if name]
        if len(wanted) > 1000:
            raise Refusal(113)
        numbers = [int(number) for name in wanted if (number := name.removeprefix("id")).isdecimal()]
        found = [self.world.chats.get(number) for number in numbers]
        return [dict(person.profile) for person in found if isinstance(person, User)]

    def group(self, params: Params) -> Json:
        return {"groups": [dict(self.world.group)], "profiles": []}

    def _our_group(self, params: Params) -> None:
        if as_int(params.get("group_id", ""), "group_id") != self.world.group_id:
            raise Refusal(15, "group auth is for another group")

    # Long Poll

    def long_poll_server(self, params: Params) -> Json:
        self._our_group(params)
        return self.world.events.long_poll.server(f"{self.base_url}/longpoll/{self.world.group_id}")

    def long_poll_settings(self, params: Params) -> Json:
        self._our_group(params)
        long_poll = self.world.events.long_poll
        return {"is_enabled": long_poll.enabled, "api_version": VERSION, "events": self._switches(long_poll.kinds)}

    def set_long_poll_settings(self, params: Params) -> int:
        self._our_group(params)
        long_poll = self.world.events.long_poll
        if "enabled" in params:
            long_poll.enabled = truthy(params["enabled"])
        switch(long_poll.kinds, params)
        return 1

    @staticmethod
    def _switches(kinds: set[str]) -> Json:
        return {name: int(name in kinds) for name in sorted(SWITCHES)}

    # Callback

    def confirmation_code(self, params: Params) -> Json:
        self._our_group(params)
        return {"code": self.world.events.callbacks.code}

    def add_server(self, params: Params) -> Json:
        self._our_group(params)
        url, title = self._address(params)
        return {"server_id": self.world.events.callbacks.add(url, title, params.get("secret_key", "")).id}

    def edit_server(self, params: Params) -> int:
        server = self._server(params)
        server.url, server.title = self._address(params)
        server.secret = params.get("secret_key", "")
        self.world.events.callbacks.change(server)
        return 1

    def delete_server(self, params: Params) -> int:
        del self.world.events.callbacks.servers[self._server(params).id]
        return 1

    def servers(self, params: Params) -> Json:
        self._our_group(params)
        wanted = [int(number) for number in params.get("server_ids", "").split(",") if number]
        items = [
            {
                "id": server.id,
                "title": server.title,
                "creator_id": 1,
                "url": server.url,
                "secret_key": server.secret,
                "status": server.status,
            }
            for server in self.world.events.callbacks.servers.values()
            if not wanted or server.id in wanted
        ]
        return {"count": len(items), "items": items}

    def callback_settings(self, params: Params) -> Json:
        return {"api_version": VERSION, "events": self._switches(self._server(params).kinds)}

    def set_callback_settings(self, params: Params) -> int:
        switch(self._server(params).kinds, params)
        return 1

    def _server(self, params: Params) -> CallbackServer:
        self._our_group(params)
        return self.world.events.callbacks.server(as_int(params.get("server_id", ""), "server_id"))

    @staticmethod
    def _address(params: Params) -> tuple[str, str]:
        url, title = params.get("url", ""), params.get("title", "")
        if not url.startswith(("http://", "https://")):
            raise wrong("url is invalid")
        if not 1 <= len(title) <= 14:
            raise wrong("title is invalid")
        return url, title

    # Photos

    def upload_server(self, params: Params) -> Json:
        if (peer := as_int(params.get("peer_id") or "0", "peer_id")) and (refusal := self.world.chat(peer).refusal):
            raise Refusal(refusal)
        url = f"{self.base_url}/upload/{self.world.next_number()}"
        return {"album_id": -64, "upload_url": url, "user_id": 0, "group_id": self.world.group_id}

    def upload(self, files: dict[str, bytes]) -> Json:
        """What the upload address answers; a file that is no picture gives an empty list."""
        pictures = [body for body in files.values() if body.startswith(PICTURES)]
        keys = [hashlib.sha1(body, usedforsecurity=False).hexdigest() for body in pictures]
        self.world.files |= dict(zip(keys, pictures, strict=True))
        photo = json.dumps([{"photo": key, "sizes": []} for key in keys])
        return {"server": 605_000, "photo": photo, "hash": photo_hash(photo)}

    def save_photo(self, params: Params) -> list[Json]:
        try:
            keys = [item["photo"] for item in json.loads(params.get("photo", ""))]
        except (ValueError, TypeError, KeyError):
            keys = []
        if not keys or any(key not in self.world.files for key in keys):
            raise wrong("photo is undefined")
        if params.get("hash") != photo_hash(params["photo"]):
            raise Refusal(121)
        return [self._saved(self.world.files[key]) for key in keys]

    def _saved(self, body: bytes) -> Json:
        number, owner = self.world.next_number(), -self.world.group_id
        name = f"photo{owner}_{number}"
        size = {"type": "x", "width": 320, "height": 240, "url": f"{self.base_url}/files/{name}"}
        photo = {"album_id": -64, "date": int(self.world.clock.now()), "id": number, "owner_id": owner}
        photo |= {"access_key": f"key{number:x}", "sizes": [size], "text": "", "has_tags": False}
        self.world.photos[name], self.world.files[name] = photo, body
        return photo


def photo_hash(photo: str) -> str:
    return hashlib.sha1(f"salt{photo}".encode(), usedforsecurity=False).hexdigest()[:18]


def switch(kinds: set[str], params: Params) -> None:
    """Turns the named kinds of events on and off."""
    for name in params.keys() & KINDS:
        (kinds.add if truthy(params[name]) else kinds.discard)(name)


def truthy(value: str) -> bool:
    return value.lower() in ("1", "true")
