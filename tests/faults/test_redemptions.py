"""A thousand rounds of fifty who want one of three uses at the same moment, on each engine."""

import pytest

from tests.redemptions import Race

ROUNDS = 1000


@pytest.mark.slow
async def test_a_thousand_times_exactly_three(database, tmp_path):
    race = Race(database, tmp_path / "uploads")
    await race.gather()
    for _ in range(ROUNDS):
        await race.run()
    print(f"\n{ROUNDS} rounds of 50 for 3 uses: each exactly 3")  # noqa: T201  # its product
