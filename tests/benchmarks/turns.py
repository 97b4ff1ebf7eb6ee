"""Turns a second through the webhook (stored, classified, answered, sent) against a bare aiogram echo."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.program import ROOT, TOKEN, WEBHOOK_SECRET, Telegram, fake_telegram, free_port, program, wait_for

CUSTOMERS = 500
WARM_UP = 200
TURNS = 2000


def measure() -> tuple[float, float]:
    """(ours, the floor) in turns a second."""
    with fake_telegram("--no-check") as telegram, _floor(telegram):
        floor = _rate(telegram)
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_telegram("--no-check") as telegram,
        # The rate limit is out of the way: it is the machine that is measured, not the patience.
        program(Path(folder), telegram, "webhook", OTKLIK_TELEGRAM_RATE="1000") as otklik,
    ):
        otklik.start()
        ours = _rate(telegram)
        left = otklik.rows("SELECT count(*) FROM inbound_event WHERE answered_at IS NULL")[0][0]
        assert left == 0, f"{left} events are not answered"
    return ours, floor


def _rate(telegram: Telegram) -> float:
    _talk(telegram, WARM_UP, first=10_000)
    started = time.perf_counter()
    _talk(telegram, TURNS, first=20_000)
    return TURNS / (time.perf_counter() - started)


def _talk(telegram: Telegram, turns: int, first: int) -> None:
    """So many messages of many people at once, until each has its answer."""
    before = len(telegram.sends())
    says = [[first + number % CUSTOMERS, "привет"] for number in range(turns)]
    telegram.traffic(says)
    wait_for(lambda: telegram.count_sends() >= before + turns, f"{turns} answers", 300)


@contextmanager
def _floor(telegram: Telegram) -> Iterator[None]:
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.echo_floor", TOKEN, telegram.url, str(port), WEBHOOK_SECRET]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            wait_for(lambda: telegram.calls().get("setWebhook"), "the echo bot", 60)
            yield
        finally:
            process.kill()
