"""A customer who talks to the whole bot but for the wire, on every channel and both databases."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from zlib import crc32

import pytest

from storage.kinds import Channel
from tests.conversations.counter import Counter
from tests.conversations.pairs import Pair
from tests.talk import Talk

PAIRS = list(permutations(Channel, 2))
ENGINES = ("sqlite", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every conversation goes through every channel and through both databases, but not through all six pairs at once:
    of each channel one database is asked, which one differs from test to test. The others are the `matrix`."""
    for item in items:
        if Path(__file__).parent in item.path.parents and isinstance(item, pytest.Function) and _is_left(item):
            item.add_marker(pytest.mark.matrix)


def _is_left(item: pytest.Function) -> bool:
    values = item.callspec.params if hasattr(item, "callspec") else {}
    place = next((place for place in map(_place, values.values()) if place is not None), None)
    if place is None or "engine" not in values:
        return False
    return (place + crc32(item.originalname.encode())) % 2 != ENGINES.index(values["engine"])


def _place(value: object) -> int | None:
    """Which of the channels, or of the pairs of channels, a test is asked with."""
    if isinstance(value, Channel):
        return list(Channel).index(value)
    return PAIRS.index(value) if value in PAIRS else None


@pytest.fixture(params=list(Channel), ids=lambda channel: channel.value)
async def talk(request: pytest.FixtureRequest, database) -> AsyncIterator[Talk]:
    talk = Talk(request.param, database)
    await talk.register_bots()
    yield talk


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0].value}-{pair[1].value}")
async def pair(request: pytest.FixtureRequest, database) -> AsyncIterator[Pair]:
    pair = Pair(*request.param, database)
    await pair.register_bots()
    yield pair


@pytest.fixture
async def one(database) -> AsyncIterator[Pair]:
    """What does not depend on the channels is tried from Telegram to VK alone."""
    pair = Pair(Channel.TELEGRAM, Channel.VK, database)
    await pair.register_bots()
    yield pair


@pytest.fixture(params=list(Channel), ids=lambda channel: channel.value)
async def counter(request: pytest.FixtureRequest, database) -> Counter:
    """A till with its cashier, and a customer who stands there."""
    counter = Counter(request.param, database)
    await counter.open()
    return counter
