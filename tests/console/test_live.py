"""The live stream: what happens is told at once, once more after a gap, and never to somebody who was shown out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from storage.kinds import Language, Role
from tests.console.shop import sign_in


@pytest.fixture
async def signed_in(server):
    async with httpx.AsyncClient(base_url=server.url, headers={"sec-fetch-site": "same-origin"}) as browser:
        form = {"login": "operator", "password": "кофе с корицей"}
        await browser.post("/login", data=form)
        yield browser


@asynccontextmanager
async def listening(browser: httpx.AsyncClient, after: int = 0, **headers: str) -> AsyncIterator[AsyncIterator[str]]:
    async with asyncio.timeout(10):
        url = f"/live?after={after}"
        async with browser.stream("GET", url, headers=headers) as answer:
            assert answer.status_code == 200, answer.status_code
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield answer.aiter_lines()


async def next_event(lines: AsyncIterator[str]) -> tuple[int, str]:
    """The next event with words: its number and its HTML."""
    seq, html = 0, []
    async for line in lines:
        if line.startswith("id: "):
            seq = int(line[4:])
        elif line.startswith("data: "):
            html.append(line[6:])
        elif not line and html:
            return seq, "\n".join(html)
    raise AssertionError("the stream ended")


async def test_a_new_case_is_told_as_a_row_and_a_bubble_and_a_badge(shop, signed_in):
    async with listening(signed_in) as lines:
        case = await shop.complaint("Olga", "Cold soup")
        html = ""
        while f'id="row-{case.id}"' not in html:
            html += (await next_event(lines))[1]
    assert f'data-into="log-{case.customer_id}"' in html
    assert 'id="badge"' in html
    assert "Cold soup" in html


async def test_after_a_gap_the_browser_hears_what_it_missed(shop, signed_in):
    first = await shop.complaint("Olga", "one")
    async with listening(signed_in) as lines:
        seq, _ = await next_event(lines)
    second = await shop.complaint("Ivan", "two")
    async with listening(signed_in, **{"last-event-id": str(seq)}) as lines:
        _, html = await next_event(lines)
    assert f"row-{second.id}" in html
    assert f"row-{first.id}" not in html


async def test_the_stream_speaks_the_listeners_language(shop, server):
    await shop.hire("emma", Role.OPERATOR, Language.EN)
    case = await shop.complaint("Olga", "x")
    async with httpx.AsyncClient(base_url=server.url, headers={"sec-fetch-site": "same-origin"}) as browser:
        await browser.post("/login", data={"login": "emma", "password": "кофе с корицей"})
        seen = await browser.get("/live/missed?after=0")
    assert f"row-{case.id}" in seen.text
    assert "Urgent" in seen.text


async def test_what_was_missed_has_a_number_to_go_on_from(shop, browse):
    await shop.complaint("Olga", "x")
    async with browse() as browser:
        await sign_in(browser, "operator")
        seen = await browser.get("/console/live/missed?after=0")
        again = await browser.get(f"/console/live/missed?after={seen.headers['x-seq']}")
    assert again.text == ""
    assert again.headers["x-seq"] == seen.headers["x-seq"]


async def test_telling_it_twice_is_the_same(shop, browse):
    await shop.complaint("Olga", "x")
    async with browse() as browser:
        await sign_in(browser, "operator")
        first, second = [(await browser.get("/console/live/missed?after=0")).text for _ in range(2)]
    assert first == second


async def test_a_row_says_for_each_listener_whose_it_is(shop, browse):
    case = await shop.complaint("Olga", "x")
    async with browse() as browser:
        await sign_in(browser, "operator")
        await browser.post(f"/console/inbox/{case.id}/take", data={})
        mine = (await browser.get("/console/live/missed?after=0")).text
        await sign_in(browser, "admin")
        theirs = (await browser.get("/console/live/missed?after=0")).text
    assert 'data-holder="me"' in mine
    assert 'data-holder="colleague"' in theirs
    assert "Этому клиенту отвечает Operator" in theirs


@pytest.mark.parametrize("how", ["signed out", "dismissed", "role changed", "session too old"])
async def test_the_stream_ends_for_who_was_shown_out(shop, signed_in, how):
    them = shop.staff[Role.OPERATOR]

    def change(store) -> None:
        if how == "signed out":
            store.staff.end_sessions_of(them.id)
        elif how == "dismissed":
            store.staff.save(them.model_copy(update={"is_active": False}))
        elif how == "role changed":
            store.staff.save(them.model_copy(update={"role": Role.CASHIER}))
        else:
            shop.pass_time(timedelta(days=8))

    async with listening(signed_in) as lines:
        await shop.database.write(change)
        case = await shop.complaint("Secret", "not for you")
        told = "".join([line async for line in lines])
    assert str(case.id) not in told


async def test_the_stream_ends_when_the_server_stops(shop, signed_in):
    async with listening(signed_in) as lines:
        shop.is_stopping = True
        told = [line async for line in lines]  # that this comes to an end is the test
    assert not [line for line in told if line.startswith("data")]


async def test_who_is_too_far_behind_or_ahead_loads_the_page_anew(shop, signed_in):
    async with listening(signed_in, after=10**6) as lines:
        assert "event: reload" in [line async for line in lines]
