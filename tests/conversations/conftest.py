"""A customer who talks to the whole bot but for the wire, on every channel and both databases."""

from collections.abc import AsyncIterator

import pytest

from storage.kinds import Channel
from tests.talk import Talk


@pytest.fixture(params=list(Channel), ids=lambda channel: channel.value)
async def talk(request: pytest.FixtureRequest, database) -> AsyncIterator[Talk]:
    talk = Talk(request.param, database)
    await talk.register_bots()
    yield talk
