"""The real program as a process: started, killed, started again, beside a fake messenger."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.platforms import (
    FAKES,
    GROUP,
    ROOT,
    TOKEN,
    WAYS,
    WEBHOOK_SECRET,
    Platform,
    Telegram,
    fake_telegram,
    fake_vk,
    wait_for,
)

__all__ = [
    "FAKES",
    "GROUP",
    "ROOT",
    "TOKEN",
    "WAYS",
    "WEBHOOK_SECRET",
    "Program",
    "Telegram",
    "fake_telegram",
    "fake_vk",
    "program",
    "wait_for",
]

SECRET_KEY = "a-key-that-only-the-tests-know-0123456789"
READY_WITHIN_SECONDS = 60


def zone_of_noon() -> str:
    """A time zone in which it is about noon: quiet hours must not decide about a test."""
    ahead = 13 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
def program(folder: Path, platform: Platform, mode: str, **more: str) -> Iterator[Program]:
    """The program connected to a fake messenger, which pushes its events or is asked for them; killed at the end."""
    one = Program(folder, {})
    one.environment = {**platform.settings(mode, one.address), **more}
    try:
        yield one
    finally:
        if one.process is not None and one.process.poll() is None:
            one.kill()
