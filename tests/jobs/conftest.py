"""A shop's day, on every channel and both databases."""

from collections.abc import AsyncIterator

import pytest

from storage.kinds import Channel
from tests.day import Day


@pytest.fixture(params=list(Channel), ids=lambda channel: channel.value)
async def day(request: pytest.FixtureRequest, database) -> AsyncIterator[Day]:
    day = Day(request.param, database)
    await day.register_bots()
    yield day
