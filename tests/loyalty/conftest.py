"""A shop's day, on one channel and both databases: what we give does not depend on where somebody writes."""

from collections.abc import AsyncIterator

import pytest

from storage.kinds import Channel
from tests.day import Day


@pytest.fixture
async def day(database) -> AsyncIterator[Day]:
    day = Day(Channel.WEBCHAT, database)
    await day.register_bots()
    yield day
