"""VK's Callback API over real HTTP: who may knock, what is taken, and when VK hears that it is safe."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.vk.callback import CALLBACK_PATH, callback_endpoint
from bot.vk.names import Call
from messaging.transport import Ambiguous
from tests.channels.test_telegram_polling import Door
from tests.channels.test_vk_incoming import BOT, GROUP, event, message, pressed
from tests.fakes.vk import FakeVk
from tests.fakes.vk_call import FakeCall, HttpCall

SECRET = "s3cret_of-the_сообщества"
CODE = "c0nf1rm"


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def call() -> FakeCall:
    return FakeCall({7: ("Анна", "Ким")})


@asynccontextmanager
async def served(door: Door, call: Call, *, secret: str = SECRET, confirmation: str = CODE) -> AsyncIterator[str]:
    endpoint = callback_endpoint(BOT, GROUP, secret, confirmation, door.receive, call)
    app = Starlette(routes=[Route(CALLBACK_PATH, endpoint, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listener:  # connections wait in it until the server is up
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{CALLBACK_PATH}"
        server.should_exit = True
        await serving


@pytest.fixture
async def url(door: Door, call: FakeCall) -> AsyncIterator[str]:
    async with served(door, call) as url:
        yield url


async def post(url: str, body: Any) -> tuple[int, str]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with aiohttp.ClientSession() as http, http.post(url, data=data) as answer:
        return answer.status, await answer.text()


def signed(raw: Mapping[str, Any], secret: Any = SECRET) -> dict[str, Any]:
    return {**raw, "secret": secret}


SAID = signed(message(text="тайна"))


# What is taken


async def test_what_a_customer_says_arrives_with_their_name(url, door):
    assert await post(url, SAID) == (200, "ok")
    assert [(one.text, one.author.name) for one in door.taken] == [("тайна", "Анна Ким")]


async def test_vk_hears_that_it_is_safe_only_when_it_is(url, door):
    door.shut()
    posting = asyncio.create_task(post(url, SAID))
    await door.has_begun(1)
    assert not posting.done()
    door.open()
    assert await posting == (200, "ok")


async def test_what_could_not_be_taken_is_not_acknowledged(url, door, caplog):
    door.failures = [RuntimeError("INSERT failed: тайна")]
    assert await post(url, SAID) == (500, "")
    assert await post(url, SAID) == (200, "ok")
    assert [one.event_id for one in door.begun] == ["e1", "e1"]
    assert "RuntimeError" in caplog.text and "тайна" not in caplog.text


async def test_the_spinner_of_a_button_stops_once_the_press_is_safe(url, door, call):
    door.shut()
    posting = asyncio.create_task(post(url, signed(pressed({"n": "n0nce", "v": "yes"}))))
    await door.has_begun(1)
    assert call.made("messages.sendMessageEventAnswer") == []
    door.open()
    assert await posting == (200, "ok")
    assert await call.soon("messages.sendMessageEventAnswer") == {"event_id": "p1", "user_id": 7, "peer_id": 7}


async def test_a_press_that_cannot_be_answered_harms_nothing(url, door, call):
    call.failures["messages.sendMessageEventAnswer"] = [Ambiguous("the answer was lost")]
    assert await post(url, signed(pressed({"n": "n0nce", "v": "yes"}))) == (200, "ok")
    await call.soon("messages.sendMessageEventAnswer")
    assert (await post(url, SAID))[0] == 200
    assert len(door.taken) == 2


async def test_a_hundred_people_do_not_wait_for_one_another(url, door):
    door.shut()
    people = [signed(message(text=str(number), from_id=number, peer_id=number)) for number in range(1000, 1100)]
    posting = [asyncio.create_task(post(url, raw)) for raw in people]
    await door.has_begun(100)
    door.open()
    assert {status for status, _ in await asyncio.gather(*posting)} == {200}


# A conversation with the whole fake


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk(group_id=GROUP) as fake:
        fake.user(id=7)
        yield fake
        assert fake.violations == []


@asynccontextmanager
async def connected(fake: FakeVk, door: Door, secret: str = "s3cret") -> AsyncIterator[None]:
    async with served(door, HttpCall(fake), secret=secret, confirmation=fake.callbacks.code) as url:
        server = await fake.connect_callback(url, secret)
        assert server.status == "ok"
        yield


async def test_vk_confirms_our_server_and_brings_what_people_say(fake, door):
    async with connected(fake, door):
        await fake.user(id=7).starts(ref="qr_hall")
        await fake.user(id=7).says("спасибо")
        assert await door.has_taken(2) == ["/start", "спасибо"]
        await fake.drained()
    assert [(one.payload, one.author.name) for one in door.taken] == [
        ("qr_hall", "Анна Иванова"),
        (None, "Анна Иванова"),
    ]
    assert [delivery.status for delivery in fake.deliveries] == [200, 200]


async def test_a_server_with_an_old_line_is_not_confirmed(fake, door):
    async with served(door, HttpCall(fake), secret="s3cret", confirmation="an_old_one") as url:
        assert (await fake.connect_callback(url, "s3cret")).status == "failed"


async def test_what_could_not_be_taken_comes_again_at_vks_pace_as_the_same_event(fake, door):
    async with connected(fake, door):
        door.failures = [RuntimeError("the database sleeps"), RuntimeError("the database sleeps")]
        await fake.user(id=7).says("один")
        for tries, seconds in ((1, 10), (2, 180)):
            await fake.until(lambda tries=tries: len(fake.deliveries) == tries)
            fake.clock.forward(seconds)
        assert await door.has_taken(1) == ["один"]
        await fake.drained()
    assert [delivery.status for delivery in fake.deliveries] == [500, 500, 200]
    assert len({one.event_id for one in door.begun}) == 1


async def test_an_event_that_comes_twice_is_handed_on_twice(fake, door):
    async with connected(fake, door):
        fake.faults.add("duplicate_event")
        await fake.user(id=7).says("один")
        assert await door.has_taken(2) == ["один", "один"]
    assert door.taken[0].event_id == door.taken[1].event_id


# Who may knock


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", None, 5, ["s3cret"], "\ud800"])
async def test_without_the_secret_nothing_is_taken(url, door, secret):
    assert await post(url, signed(message(text="чужое"), secret)) == (403, "")
    assert door.begun == []


async def test_without_any_secret_nothing_is_taken(url, door):
    assert await post(url, message(text="чужое")) == (403, "")
    assert door.begun == []


@pytest.mark.parametrize("group", [124, None, "club123", [123]])
async def test_the_event_of_another_community_is_refused(url, door, group):
    assert await post(url, SAID | {"group_id": group}) == (403, "")
    assert door.begun == []


async def test_our_server_is_confirmed_with_the_line_of_our_community(url):
    asked = {"type": "confirmation", "group_id": GROUP}
    assert await post(url, asked) == (200, CODE)
    assert await post(url, signed(asked)) == (200, CODE)


async def test_nobody_else_hears_that_line(url):
    assert await post(url, {"type": "confirmation", "group_id": 124}) == (403, "")
    assert await post(url, signed({"type": "confirmation", "group_id": GROUP}, "wrong")) == (403, "")


def test_an_empty_secret_is_no_secret(door, call):
    with pytest.raises(ValueError, match="secret"):
        callback_endpoint(BOT, GROUP, "", CODE, door.receive, call)


async def test_only_posts_are_for_us(url):
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_body_too_big_is_not_read_to_its_end(url, door):
    assert (await post(url, b" " * (1024 * 1024 + 1)))[0] == 413
    assert door.begun == []


# What is no event, or none of ours


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"[" * 100_000])
async def test_what_is_no_event_is_refused(url, door, body):
    assert await post(url, body) == (400, "")
    assert door.begun == []


async def test_an_event_of_a_kind_we_do_not_know_is_acknowledged(url, door):
    assert await post(url, signed(event("telepathy", {"from": "Анна"}))) == (200, "ok")
    assert await post(url, signed({"group_id": GROUP})) == (200, "ok")
    assert await post(url, signed({"group_id": GROUP, "type": {"a": []}})) == (200, "ok")
    assert door.begun == []


async def test_an_event_nobody_can_read_is_let_go_and_named_by_its_kind(url, door, caplog):
    assert await post(url, signed(message(date="тайна"))) == (200, "ok")
    assert door.begun == []
    assert "message_new e1" in caplog.text and "тайна" not in caplog.text
