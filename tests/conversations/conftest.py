"""A customer who talks to the whole bot but for the wire, on every channel and both databases."""

from collections.abc import AsyncIterator
from itertools import permutations

import pytest

from storage.kinds import Channel
from tests.conversations.counter import Counter
from tests.conversations.pairs import Pair
from tests.talk import Talk

PAIRS = list(permutations(Channel, 2))


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
