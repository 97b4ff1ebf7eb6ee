"""The real program and the fake Telegram as processes: started, talked to, killed, started again."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
TOKEN = "42424242:AAfake-token-of-the-fake-telegram-000"
SECRET_KEY = "a-key-that-only-the-tests-know-0123456789"
WEBHOOK_SECRET = "webhook-secret"
READY_WITHIN_SECONDS = 60
STEP_WITHIN_SECONDS = 20
GROUP = -1001000000001


def wait_for(probe: Callable[[], Any], what: str, seconds: float = STEP_WITHIN_SECONDS) -> Any:
    """What the probe finds, once it finds something; a condition with a deadline, not a pause."""
    until = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < until, f"nothing within {seconds} s: {what}"
        time.sleep(0.02)
    return found


def zone_of_noon() -> str:
    """A time zone in which it is about noon: quiet hours must not decide about a test."""
    ahead = 13 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Telegram:
    """The fake Telegram's control, from outside."""

    url: str
    control: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def person(self, user_id: int, name: str = "Анна", **traits: Any) -> None:
        self._post("/users", {"id": user_id, "first_name": name, "language_code": "ru", **traits})

    def group(self, *members: int, forum: bool = False) -> None:
        self._post("/groups", {"id": GROUP, "title": "Операторы", "members": list(members), "forum": forum})

    def does(self, user_id: int, action: str, **details: Any) -> None:
        self._post(f"/users/{user_id}/{action}", details)

    def in_group(self, user_id: int, action: str, **details: Any) -> None:
        self._post(f"/groups/{GROUP}/{action}", {"user": user_id, **details})

    def hears(self, chat_id: int, part: str, after: int = 0, seconds: float = STEP_WITHIN_SECONDS) -> dict[str, Any]:
        """The first message of the bot to this chat after `after` that holds these words."""

        def probe() -> dict[str, Any] | None:
            for message in self.chat(chat_id)["messages"]:
                words = message.get("text") or ""
                if message["message_id"] > after and message["from"]["is_bot"] and part in words:
                    return message
            return None

        return wait_for(probe, f"«{part}» in chat {chat_id}: {self.chat(chat_id)['received']}", seconds)

    def chat(self, chat_id: int) -> dict[str, Any]:
        return self.client.get(f"{self.control}/chats/{chat_id}").raise_for_status().json()

    def sends(self) -> list[tuple[int, str]]:
        """(chat, text) of every message the platform accepted."""
        return [(int(one[1]), one[2]) for one in self.client.get(f"{self.control}/sends").raise_for_status().json()]

    def fault(self, kind: str, **details: Any) -> None:
        self._post("/faults", {"kind": kind, **details})

    def traffic(self, says: list[list[Any]]) -> None:
        """Many messages in one call; their writers come to be as needed."""
        self._post("/traffic", {"says": says})

    def count_sends(self) -> int:
        return int(self._counters()["sends"])

    def calls(self) -> dict[str, int]:
        return self._counters()["calls"]

    def _counters(self) -> dict[str, Any]:
        return self.client.get(f"{self.control}/counters").raise_for_status().json()

    def violations(self) -> list[Any]:
        return self.client.get(f"{self.control}/violations").raise_for_status().json()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"{self.control}{path}", json=body).raise_for_status().json()


@contextmanager
def fake_telegram(*options: str) -> Iterator[Telegram]:
    command = [sys.executable, "-m", "tests.fakes.telegram_server", "--token", TOKEN, "--retry-scale", "0.01"]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield Telegram(told["url"], told["control"])
        finally:
            process.terminate()


@dataclass
class Program:
    """`otklik run`, again and again on the same database."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it, and wait until it says that it is well."""
        environment = {
            "PATH": os.environ["PATH"],  # a process needs its surroundings
            "HOME": str(self.folder),
            "OTKLIK_DATABASE_URL": f"sqlite:///{self.database}",
            "OTKLIK_SECRET_KEY": SECRET_KEY,
            "OTKLIK_PORT": str(self.port),
            "OTKLIK_LOG_LEVEL": "INFO",
            **self.environment,
        }
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "run"]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log
            )
        wait_for(self._is_well, f"a healthy start; see {self.log}", READY_WITHIN_SECONDS)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=20)

    @property
    def database(self) -> Path:
        return self.folder / "otklik.db"

    @property
    def log(self) -> Path:
        return self.folder / "otklik.log"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What stands in the database, read beside the running program."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as connection:
            return connection.execute(sql, values).fetchall()

    def execute(self, sql: str, *values: Any) -> None:
        """Prepare something before a start."""
        with sqlite3.connect(self.database) as connection:
            connection.execute(sql, values)

    def _is_well(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text()[-3000:]
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/healthz").status_code == 200
        return False


@contextmanager
def program(folder: Path, telegram: Telegram, mode: str, **more: str) -> Iterator[Program]:
    """The program connected to a fake Telegram by polling or webhook; killed at the end if it still runs."""
    environment = {
        "OTKLIK_TELEGRAM_TOKEN": TOKEN,
        "OTKLIK_TELEGRAM_API_URL": telegram.url,
        "OTKLIK_TELEGRAM_MODE": mode,
        "OTKLIK_OPERATORS_CHAT": str(GROUP),
        **more,
    }
    one = Program(folder, environment)
    if mode == "webhook":
        one.environment |= {
            "OTKLIK_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "OTKLIK_PUBLIC_URL": one.address,
        }
    try:
        yield one
    finally:
        if one.process is not None and one.process.poll() is None:
            one.kill()
