"""The statement in the chat: every movement of points with its reason, and the balance after it."""

from collections.abc import AsyncIterator

import pytest

from storage.kinds import Channel
from tests.day import Day
from tests.loyalty.test_points import member


@pytest.fixture(params=list(Channel), ids=lambda channel: channel.value)
async def day(request: pytest.FixtureRequest, database) -> AsyncIterator[Day]:
    day = Day(request.param, database)
    await day.register_bots()
    yield day


async def heard(day, button: str) -> list[str]:
    await day.press(button)
    return day.transport.texts(day.me)[-1].splitlines()


async def test_every_line_says_why_and_what_is_there_after_it(day):
    await member(day)
    await day.buys(600_000, product="Торт")
    day.passes(days=14)
    await day.tick()
    sold = await day.buys(100_000, points=100, product="Латте")
    await day.returns(sold)
    await day.say("/card")
    lines = await heard(day, "📜 История")
    assert lines == [
        "История баллов. На карте 300 баллов.",
        "",
        "15 марта: −45 — возврат «Латте». Стало 300 баллов.",
        "15 марта: +100 — возврат «Латте». Стало 300 баллов.",
        "15 марта: +45 — за «Латте»; откроются 29 марта. Стало 200 баллов.",
        "15 марта: −100 — оплата «Латте». Стало 200 баллов.",
        "15 марта: 300 — открылись. Стало 300 баллов.",
        "1 марта: +300 — за «Торт»; откроются 15 марта. Стало 0 баллов.",
    ]


async def test_what_was_owed_is_told_where_it_was_paid(day):
    await member(day, pending_days=0)
    first = await day.buys(600_000)
    await day.buys(100_000, points=300)
    await day.returns(first)
    await day.buys(600_000)
    await day.say("/card")
    lines = await heard(day, "📜 История")
    assert lines[2] == "1 марта: +300 — за покупку; из них погасили долг: 265 баллов. Стало 35 баллов."


async def test_older_lines_are_a_button_away(day):
    await member(day)
    for number in range(12):
        await day.buys(10_000 * (number + 1))
    await day.say("/card")
    newest = await heard(day, "📜 История")
    assert (len(newest), newest[2].partition(" — ")[0]) == (12, "1 марта: +60")
    older = await heard(day, "⬇️ Ещё раньше")
    assert [line.partition(" — ")[0] for line in older[2:]] == ["1 марта: +10", "1 марта: +5"]


async def test_who_has_no_points_yet_is_told_so(day):
    await day.comes()
    await day.say("/history")
    assert day.transport.texts(day.me)[-1].startswith("Истории пока нет")
