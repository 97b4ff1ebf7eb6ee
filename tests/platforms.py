"""The fake messengers as processes of their own, driven and looked at from outside; a walk does not tell them apart."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx

ROOT = Path(__file__).parents[1]
TOKEN = "42424242:AAfake-token-of-the-fake-telegram-000"
WEBHOOK_SECRET = "webhook-secret"
GROUP = -1001000000001
STEP_WITHIN_SECONDS = 20
VK_CHATS = 2_000_000_000


def wait_for(probe: Callable[[], Any], what: str | Callable[[], str], seconds: float = STEP_WITHIN_SECONDS) -> Any:
    """What the probe finds, once it finds something; a condition with a deadline, not a pause."""
    until = time.monotonic() + seconds
    while not (found := probe()):
        if time.monotonic() >= until:
            raise AssertionError(f"nothing within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)
    return found


@dataclass
class Platform:
    """What every fake messenger's control can do."""

    url: str
    control: str
    modes: ClassVar[tuple[str, ...]] = ()
    bot_id: ClassVar[str] = ""
    desk: ClassVar[int] = 0
    """The operators' chat."""
    sends_by: ClassVar[str] = ""
    """The method that carries messages."""
    repeats_by: ClassVar[str] = ""
    """The fault by which an event comes twice."""
    in_flight: ClassVar[int] = 64
    """Messages that may be on their way when the program is killed."""
    knows_repetitions: ClassVar[bool] = False
    """Whether it throws a repeated call away."""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def settings(self, mode: str, address: str) -> dict[str, str]:
        """The program's settings with which it speaks to this messenger."""
        raise NotImplementedError

    def connect(self, mode: str, address: str) -> None:
        """What the owner does at the messenger when the program runs."""

    def person(self, user_id: int, name: str = "Анна", **traits: Any) -> None:
        raise NotImplementedError

    def group(self, *members: int) -> None:
        raise NotImplementedError

    def does(self, user_id: int, action: str, **details: Any) -> None:
        self._post(f"/users/{user_id}/{action}", details)

    def in_group(self, user_id: int, action: str, **details: Any) -> None:
        raise NotImplementedError

    def hears(self, chat_id: int, part: str, after: int = 0, seconds: float = STEP_WITHIN_SECONDS) -> dict[str, Any]:
        """The first message of the bot to this chat after `after` that holds these words."""

        def probe() -> dict[str, Any] | None:
            for message in self.chat(chat_id)["messages"]:
                number, is_ours, words = self.read(message)
                if number > after and is_ours and part in words:
                    return dict(message)
            return None

        return dict(wait_for(probe, lambda: f"«{part}» in chat {chat_id}: {self.chat(chat_id)['received']}", seconds))

    def read(self, message: dict[str, Any]) -> tuple[int, bool, str]:
        """(its number in the chat, whether the bot said it, its words)."""
        raise NotImplementedError

    def chat(self, chat_id: int) -> dict[str, Any]:
        return self._get(f"/chats/{chat_id}")

    def sends(self) -> list[tuple[int, str]]:
        """(chat, text) of every message the platform accepted."""
        return [(int(one[1]), one[2]) for one in self._get("/sends")]

    def fault(self, kind: str, **details: Any) -> None:
        self._post("/faults", {"kind": kind, **details})

    def refuses_for_haste(self, times: int, probability: float) -> None:
        raise NotImplementedError

    def limits(self, **limits: float | None) -> None:
        self._post("/limits", limits)

    def traffic(self, says: list[list[Any]]) -> None:
        """Many messages in one call; their writers come to be as needed."""
        self._post("/traffic", {"says": says})

    def count_sends(self) -> int:
        return int(self.counters()["sends"])

    def calls(self) -> dict[str, int]:
        return dict(self.counters()["calls"])

    def too_many(self) -> int:
        """How many requests were refused for coming too fast."""
        return int(self.counters()["too_many"])

    def violations(self) -> list[Any]:
        return self._get("/violations")

    def counters(self) -> dict[str, Any]:
        return self._get("/counters")

    def _get(self, path: str) -> Any:
        return self.client.get(f"{self.control}{path}").raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"{self.control}{path}", json=body).raise_for_status().json()


class Telegram(Platform):
    modes = ("polling", "webhook")
    bot_id = "telegram:42424242"
    desk = GROUP
    sends_by, repeats_by = "sendMessage", "duplicate_update"

    def settings(self, mode: str, address: str) -> dict[str, str]:
        settings = {
            "OTKLIK_TELEGRAM_TOKEN": TOKEN,
            "OTKLIK_TELEGRAM_API_URL": self.url,
            "OTKLIK_TELEGRAM_MODE": mode,
            "OTKLIK_OPERATORS_CHAT": str(GROUP),
        }
        if mode == "webhook":
            settings |= {"OTKLIK_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET, "OTKLIK_PUBLIC_URL": address}
        return settings

    def person(self, user_id: int, name: str = "Анна", **traits: Any) -> None:
        self._post("/users", {"id": user_id, "first_name": name, "language_code": "ru", **traits})

    def group(self, *members: int, forum: bool = False) -> None:
        self._post("/groups", {"id": GROUP, "title": "Операторы", "members": list(members), "forum": forum})

    def in_group(self, user_id: int, action: str, **details: Any) -> None:
        self._post(f"/groups/{GROUP}/{action}", {"user": user_id, **details})

    def refuses_for_haste(self, times: int, probability: float) -> None:
        self.fault("too_many_requests", times=times, probability=probability, seconds=1)

    def read(self, message: dict[str, Any]) -> tuple[int, bool, str]:
        return message["message_id"], message["from"]["is_bot"], message.get("text") or ""


class Vk(Platform):
    modes = ("longpoll", "callback")
    bot_id = "vk:4242"
    desk = VK_CHATS + 1
    sends_by, repeats_by = "execute", "duplicate_event"
    in_flight = 400
    knows_repetitions = True

    def settings(self, mode: str, address: str) -> dict[str, str]:
        settings = {
            "OTKLIK_VK_TOKEN": "vk1.a.otklik-fake-token",
            "OTKLIK_VK_GROUP_ID": "4242",
            "OTKLIK_VK_API_URL": self.url,
            "OTKLIK_VK_MODE": mode,
            "OTKLIK_VK_OPERATORS_CHAT": str(self.desk),
        }
        if mode == "callback":
            code = self._get("/callback")["code"]
            settings |= {"OTKLIK_VK_SECRET": WEBHOOK_SECRET, "OTKLIK_PUBLIC_URL": address}
            settings |= {"OTKLIK_VK_CONFIRMATION": code}
        return settings

    def connect(self, mode: str, address: str) -> None:
        if mode == "callback":
            self._post("/callback", {"url": f"{address}/vk/callback", "secret": WEBHOOK_SECRET})

    def person(self, user_id: int, name: str = "Анна", **traits: Any) -> None:
        self._post("/users", {"id": user_id, "first_name": name, **traits})

    def group(self, *members: int) -> None:
        self._post("/chats", {"number": 1, "title": "Операторы", "members": list(members)})

    def in_group(self, user_id: int, action: str, **details: Any) -> None:
        self._post(f"/chats/1/{action}", {"user": user_id, **details})

    def read(self, message: dict[str, Any]) -> tuple[int, bool, str]:
        return message["conversation_message_id"], message["from_id"] < 0, message["shown"]

    def refuses_for_haste(self, times: int, probability: float) -> None:
        """By its window, and now and then for nothing."""
        self.limits(per_second=20, latency_ms=30)
        self.fault("api_error", code=6, method=self.sends_by, times=times, probability=probability)


@contextmanager
def fake_telegram(*options: str) -> Iterator[Telegram]:
    more = ("--token", TOKEN, "--retry-scale", "0.01", *options)
    with _process("tests.fakes.telegram_server", *more) as told:
        yield Telegram(told["url"], told["control"])


@contextmanager
def fake_vk(*options: str) -> Iterator[Vk]:
    with _process("tests.fakes.vk_server", "--retry-scale", "0.01", *options) as told:
        yield Vk(told["url"], told["control"])


@contextmanager
def _process(module: str, *options: str) -> Iterator[dict[str, Any]]:
    with subprocess.Popen([sys.executable, "-m", module, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as one:
        try:
            assert one.stdout is not None
            yield json.loads(one.stdout.readline())
        finally:
            one.terminate()


FAKES = {"telegram": fake_telegram, "vk": fake_vk}
WAYS = [(name, mode) for name, platform in (("telegram", Telegram), ("vk", Vk)) for mode in platform.modes]
"""Every messenger, in each of the two ways in which it brings its events."""
