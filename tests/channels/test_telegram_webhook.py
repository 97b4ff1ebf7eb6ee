"""The webhook over real HTTP: who may knock, what is taken, and when Telegram hears that it is safe."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiogram
import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.telegram import Refused, make_bot, set_webhook, webhook_endpoint
from bot.telegram.client import ALLOWED_UPDATES
from tests.channels.test_telegram_polling import Door
from tests.fakes.telegram import TOKEN, FakeTelegram

SECRET = "s3cret_of-the_webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
MESSAGE = {
    "update_id": 900,
    "message": {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": 7, "type": "private", "first_name": "Анна"},
        "from": {"id": 7, "is_bot": False, "first_name": "Анна"},
        "text": "тайна",
    },
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(retry_scale=0.001) as fake:
        fake.user(id=7)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[aiogram.Bot]:
    bot = make_bot(TOKEN, fake.url)
    yield bot
    if http := bot.session._session:  # aiogram's own close() waits a quarter of a second for TLS
        await http.close()


@pytest.fixture
def door() -> Door:
    return Door()


@asynccontextmanager
async def served(door: Door) -> AsyncIterator[str]:
    endpoint = webhook_endpoint("telegram:4242", SECRET, door.receive)
    app = Starlette(routes=[Route("/telegram/webhook", endpoint, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listener:  # connections wait in it until the server is up
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture
async def url(door: Door) -> AsyncIterator[str]:
    async with served(door) as url:
        yield url


async def post(url: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, bytes, Mapping[str, str]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {HEADER: SECRET} if headers is None else headers
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/telegram/webhook", data=data, headers=headers) as answer,
    ):
        return answer.status, await answer.read(), answer.headers


async def raw(url: str, head: str, body: bytes = b"") -> bytes:
    """The status line of the answer to a request written by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(f"POST /telegram/webhook HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode("latin-1") + body)
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    return line


# A conversation


async def test_what_a_customer_says_arrives_through_the_webhook(fake, bot, url, door):
    await set_webhook(bot, url, SECRET)
    await fake.user(id=7).says("один")
    await fake.user(id=7).says("два")
    assert await door.has_taken(2) == ["один", "два"]
    await fake.drained()
    assert [delivery.status for delivery in fake.deliveries] == [200, 200]


async def test_telegram_hears_that_it_is_safe_only_when_it_is(fake, bot, url, door):
    await set_webhook(bot, url, SECRET)
    door.shut()
    await fake.user(id=7).says("один")
    await door.has_begun(1)
    assert (len(fake.pending), fake.deliveries) == (1, [])
    door.open()
    await fake.drained()


async def test_what_could_not_be_taken_comes_again(fake, bot, url, door, caplog):
    await set_webhook(bot, url, SECRET)
    door.failures = [RuntimeError("INSERT failed: тайна"), RuntimeError("INSERT failed: тайна")]
    await fake.user(id=7).says("тайна")
    assert await door.has_taken(1) == ["тайна"]
    await fake.drained()
    assert [delivery.status for delivery in fake.deliveries] == [500, 500, 200]
    assert "RuntimeError" in caplog.text and "тайна" not in caplog.text


async def test_an_update_not_taken_asks_for_a_pause(url, door):
    door.failures = [RuntimeError("the database sleeps")]
    status, _, headers = await post(url, MESSAGE)
    assert (status, headers["Retry-After"]) == (500, "1")


async def test_an_update_that_comes_twice_is_handed_on_twice(fake, bot, url, door):
    await set_webhook(bot, url, SECRET)
    fake.faults.add("duplicate_update")
    await fake.user(id=7).says("один")
    assert await door.has_taken(2) == ["один", "один"]
    assert door.taken[0].event_id == door.taken[1].event_id


async def test_the_spinner_of_a_button_stops_without_a_call_of_ours(fake, bot, url, door):
    await set_webhook(bot, url, SECRET)
    markup = {"inline_keyboard": [[{"text": "Да", "callback_data": "n0nce:yes"}]]}
    fake.user(id=7).write(fake.world.bot, text="?", reply_markup=markup)
    await fake.user(id=7).presses("Да")
    await fake.until(lambda: not fake.unanswered)
    assert door.taken[0].pressed.value == "yes"


async def test_a_hundred_people_do_not_wait_for_one_another(fake, bot, url, door):
    await set_webhook(bot, url, SECRET)
    door.shut()
    for number in range(100):
        await fake.user(id=2000 + number).says(str(number))
    await door.has_begun(100)
    door.open()
    await fake.drained()


# Who may knock


@pytest.mark.parametrize(
    "headers",
    [{}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"}, {HEADER: SECRET.upper()}, {HEADER: "секрет"}],
)
async def test_without_the_secret_nobody_is_let_in(url, door, headers):
    status, body, _ = await post(url, MESSAGE, headers)
    assert (status, body, door.begun) == (403, b"", [])


async def test_a_secret_beyond_ascii_is_only_a_wrong_secret(url, door):
    assert b"403" in await raw(url, f"{HEADER}: s\xe9cret\r\nContent-Length: 0")


async def test_the_secret_is_looked_at_before_a_byte_of_the_body(url, door):
    assert b"403" in await raw(url, f"{HEADER}: wrong\r\nContent-Length: 500000")


async def test_only_post_is_for_updates(url):
    async with aiohttp.ClientSession() as http, http.get(f"{url}/telegram/webhook", headers={HEADER: SECRET}) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_body_announced_as_too_big_is_not_read(url, door):
    assert b"413" in await raw(url, f"{HEADER}: {SECRET}\r\nContent-Length: 1048577")


async def test_a_body_that_turns_out_too_big_is_not_read_to_its_end(url, door):
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = await raw(url, f"{HEADER}: {SECRET}\r\nTransfer-Encoding: chunked", chunk * 17)
    assert b"413" in answer


# What is no update, or none of ours


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"message":{}}', b"[" * 100_000])
async def test_what_is_no_update_is_refused(url, door, body):
    status, _, _ = await post(url, body)
    assert (status, door.begun) == (400, [])


async def test_an_update_of_a_kind_we_do_not_know_is_acknowledged(url, door):
    assert (await post(url, {"update_id": 1}))[0] == 200
    assert (await post(url, {"update_id": 2, "telepathy": {"from": "Анна"}}))[0] == 200
    assert door.begun == []


async def test_an_update_nobody_can_read_is_let_go_and_named_by_its_number(url, door, caplog):
    status, _, _ = await post(url, {"update_id": 777, "message": {"text": "тайна"}})
    assert (status, door.begun) == (200, [])
    assert "777 cannot be read" in caplog.text and "тайна" not in caplog.text


# Setting it


async def test_telegram_is_told_where_to_and_what_we_understand(fake, bot, url):
    await fake.user(id=7).says("ещё до запуска")
    await set_webhook(bot, "http://127.0.0.1:1/", SECRET)
    webhook = fake.mailbox.webhook
    assert webhook is not None
    assert (webhook.url, webhook.secret) == ("http://127.0.0.1:1/telegram/webhook", SECRET)
    assert (webhook.max_connections, fake.mailbox.allowed) == (100, ALLOWED_UPDATES)
    assert len(fake.pending) == 1


async def test_setting_it_again_changes_nothing(fake, bot, url):
    await set_webhook(bot, url, SECRET)
    before = fake.mailbox.webhook
    await set_webhook(bot, url, SECRET)
    assert fake.mailbox.webhook is before


async def test_a_new_secret_takes_effect(fake, bot, url):
    await set_webhook(bot, url, "the_old_one")
    await set_webhook(bot, url, SECRET)
    assert fake.mailbox.webhook is not None and fake.mailbox.webhook.secret == SECRET


async def test_setting_it_is_tried_until_it_succeeds(fake, bot, url):
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    fake.faults.add("drop_before", method="setWebhook")
    fake.faults.add("too_many_requests", method="setWebhook", seconds=1)
    await set_webhook(bot, url, SECRET, pause=pause)
    assert pauses == [0.5, 1.0]
    assert fake.mailbox.webhook is not None


async def test_an_address_telegram_does_not_take_is_refused_in_its_words(fake, bot):
    with pytest.raises(Refused, match="HTTPS"):
        await set_webhook(bot, "http://cafe.example", SECRET)


async def test_why_telegram_could_not_reach_us_is_in_the_log(fake, bot, url, door, caplog):
    await set_webhook(bot, "http://127.0.0.1:1", SECRET)
    await fake.user(id=7).says("один")
    await fake.until(lambda: fake.deliveries)
    await set_webhook(bot, "http://127.0.0.1:1", SECRET)
    assert "Connection refused" in caplog.text
    assert SECRET not in caplog.text
