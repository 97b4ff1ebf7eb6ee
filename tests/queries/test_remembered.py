"""What is asked for often and found once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.remembered import Remembered

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Ledger:
    """Slow: whoever asks meanwhile would ask again."""

    def __init__(self) -> None:
        self.looks = 0

    async def look(self) -> int:
        await asyncio.sleep(0)
        self.looks += 1
        return self.looks


async def test_many_who_ask_at_once_and_within_the_minute_have_one_look():
    remembered, ledger = Remembered(), Ledger()
    found = await asyncio.gather(*(remembered.ask("sum", ledger.look, NOW, MINUTE) for _ in range(50)))
    later = await remembered.ask("sum", ledger.look, NOW + timedelta(seconds=59), MINUTE)
    assert {*found, later} == {(1, NOW)}


@pytest.mark.parametrize("now", [NOW + MINUTE, NOW - MINUTE])
async def test_after_the_minute_and_after_a_clock_set_back_it_is_found_anew(now):
    remembered, ledger = Remembered(), Ledger()
    await remembered.ask("sum", ledger.look, NOW, MINUTE)
    assert await remembered.ask("sum", ledger.look, now, MINUTE) == (2, now)


async def test_a_look_that_failed_is_not_remembered():
    remembered, ledger = Remembered(), Ledger()

    async def fail() -> int:
        raise OSError

    with pytest.raises(OSError):
        await remembered.ask("sum", fail, NOW, MINUTE)
    assert await remembered.ask("sum", ledger.look, NOW, MINUTE) == (1, NOW)
