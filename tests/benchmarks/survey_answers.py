"""What an answer to a survey costs against a plain turn: from the event to its stored reply, in time on the processor.

Pairs of customers with the same past, one answering and one saying hello, in turns first: what else the machine does
hits both. The ratio is the median of the pairs', its spread their quartiles.
"""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from messaging.messages import Address, IncomingMessage
from storage.database import Database, open_database
from storage.kinds import Channel, SurveyKind
from storage.migrate import migrate
from tests.talk import Talk

PAIRS = 200
WARM_UP = 30
EVENTS_OF_ONE = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds, medians; the ratio with the quartiles of the pairs."""

    answer: float
    plain: float
    ratio: float
    lower: float
    upper: float


def measure(score: str = "9") -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(f"sqlite+aiosqlite:///{Path(folder, 'answers.db')}", score))


async def _measured(url: str, score: str) -> Measured:
    await migrate(url)
    database = await open_database(url)
    try:
        pairs = [await _pair(database, number, score) for number in range(WARM_UP + PAIRS)][WARM_UP:]
    finally:
        await database.close()
    lower, ratio, upper = statistics.quantiles((answer / plain for answer, plain in pairs), n=4)
    answer, plain = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    return Measured(answer, plain, ratio, lower, upper)


async def _pair(database: Database, number: int, score: str) -> tuple[float, float]:
    """Seconds of the answer and of the plain turn."""
    answering, plain = [await _asked(database, 2 * number + side) for side in (0, 1)]
    # Whoever has no question open says hello: with one it would be a comment on the score.
    customer = await plain.customer()
    await database.write(lambda store: store.surveys.close_open(customer.id, plain.now))
    events: list[tuple[Talk, Callable[[], IncomingMessage]]] = [
        (answering, lambda: answering.event(pressed=answering.button(score))),
        (plain, lambda: plain.event("привет")),
    ]
    took = dict[int, float]()
    for place in (0, 1) if number % 2 else (1, 0):
        talk, event = events[place]
        took[place] = await _took(talk, event())
    return took[0], took[1]


async def _asked(database: Database, number: int) -> Talk:
    """A customer of their own, to whom the question was put."""
    talk = Talk(Channel.TELEGRAM, database)
    talk.me = Address(talk.bot_id, f"customer{number}")
    talk._events = EVENTS_OF_ONE * number  # one bot gives no number twice
    await talk.register_bots()
    await talk.is_asked(SurveyKind.NPS)
    return talk


async def _took(talk: Talk, event: IncomingMessage) -> float:
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        await talk.intake.receive(event)
        return time.process_time() - started
    finally:
        gc.enable()
