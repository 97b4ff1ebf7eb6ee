"""The tests' own database: each finds it as a new one would be (tests/emptying.py)."""

from datetime import UTC, datetime

import pytest

from storage.columns import new_id
from storage.kinds import Channel, FeedKind, Language
from storage.models import Bot

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("nth", [1, 2])
async def test_each_finds_nothing_and_counts_from_one(database, nth):
    def unit(store) -> tuple[int, int]:
        before = store.feed.last_seq()
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        customer = store.customers.add("telegram:1", "7", "Анна", Language.RU, NOW)
        store.feed.tell(FeedKind.MESSAGE_IN, new_id(), customer.id, NOW)
        store.feed.write_pending()
        return before, store.feed.last_seq()

    assert await database.write(unit) == (0, 1)
