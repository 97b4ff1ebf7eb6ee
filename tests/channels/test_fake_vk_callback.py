"""The fake VK's Callback API: confirmation, the secret, retries at VK's pace, duplicates and suspension."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.channels.vk_clients import VkApiClient, VkbottleClient
from tests.fakes.vk import FakeVk


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk(retry_scale=0.0001) as fake:
        yield fake


class Hook:
    """A bot behind a Callback address: notes what comes and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str | None]] = []  # event_id, text or type, X-Retry-Counter
        self.secrets: set[str | None] = set()
        self.answers: list[tuple[int, str]] = []
        self.code = ""
        self.good = ""  # a text that is always taken

    async def handle(self, request: web.BaseRequest) -> web.Response:
        event = await request.json()
        self.secrets.add(event.get("secret"))
        if event["type"] == "confirmation":
            return web.Response(text=self.code)
        text = event["object"]["message"]["text"] if event["type"] == "message_new" else event["type"]
        self.got.append((event["event_id"], text, request.headers.get("X-Retry-Counter")))
        wrong = self.answers and text != self.good
        status, body = self.answers.pop(0) if wrong else (200, "ok")
        return web.Response(status=status, text=body)


@pytest.fixture
async def hook(fake) -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.handle), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


@pytest.fixture
async def connected(fake, hook) -> Hook:
    hook.code = fake.callbacks.code
    assert (await fake.connect_callback(hook.url, "s3cret")).status == "ok"
    return hook


@pytest.mark.parametrize("make", [VkApiClient, VkbottleClient])
async def test_a_client_sets_up_a_callback_server(fake, hook, make):
    client = make(fake)
    group = {"group_id": fake.group_id}
    hook.code = "nonsense"
    added = await client.raw("groups.addCallbackServer", **group, url=hook.url, title="бот", secret_key="s3")
    server_id = added["response"]["server_id"]
    await fake.until(lambda: fake.callbacks.servers[server_id].status == "failed")
    hook.code = (await client.raw("groups.getCallbackConfirmationCode", **group))["response"]["code"]
    server = {**group, "server_id": server_id}
    await client.raw("groups.editCallbackServer", **server, url=hook.url, title="бот", secret_key="s4")
    await fake.until(lambda: fake.callbacks.servers[server_id].status == "ok")
    await client.raw("groups.setCallbackSettings", **server, api_version="5.199", message_new=1)
    await fake.user().says("привет")
    await fake.until(lambda: hook.got)
    (item,) = (await client.raw("groups.getCallbackServers", **group))["response"]["items"]
    assert (item["status"], hook.secrets, hook.got[0][1]) == ("ok", {"s3", "s4"}, "привет")
    assert fake.callbacks.code != hook.code
    await client.close()


async def test_a_failed_event_comes_again_under_its_id(fake, connected):
    connected.answers = [(500, "ok"), (200, "OK"), (200, "ok\n"), (503, "")]
    await fake.user().says("раз")
    await fake.until(lambda: not fake.callbacks.open)
    assert [(text, retry) for _, text, retry in connected.got] == [("раз", n) for n in (None, "1", "2", "3", "4")]
    assert len({event_id for event_id, *_ in connected.got}) == 1
    assert [delivery.accepted for delivery in fake.deliveries] == [False] * 4 + [True]
    assert connected.secrets == {"s3cret"}


async def test_after_five_retries_an_event_is_lost(fake, connected):
    connected.answers = [(500, "")] * 6
    await fake.user().says("раз")
    await fake.until(lambda: fake.callbacks.lost)
    await fake.user().says("два")
    await fake.until(lambda: connected.got[-1][1] == "два")
    assert (len(connected.got), fake.callbacks.open) == (7, [])


async def test_retries_keep_vks_pace_while_other_events_pass(fake, connected):
    fake.callbacks.retry_scale = 1.0
    connected.answers, connected.good = [(500, "")] * 5, "другой"
    await fake.user(id=7).says("раз")
    for number, seconds in enumerate((10, 180, 600, 1800, 3600)):
        await fake.until(lambda number=number: len(fake.deliveries) == 2 * number + 1)
        fake.clock.forward(seconds - 3)
        await fake.user(id=7).says("другой")
        await fake.until(lambda number=number: len(fake.deliveries) == 2 * number + 2)
        assert connected.got[-1][1] == "другой"
        fake.clock.forward(3)
    await fake.until(lambda: not fake.callbacks.open)
    assert connected.got[-1][1:] == ("раз", "5")


async def test_events_wait_while_the_bot_is_down_and_vk_restarts(fake, connected):
    url = next(iter(fake.callbacks.servers.values())).url
    fake.callbacks.servers[1].url = "http://127.0.0.1:9/"
    fake.callbacks.retry_scale = 1.0
    await fake.user().says("вы тут?")
    await fake.until(lambda: fake.deliveries)
    await fake.stop()
    await fake.start()
    fake.callbacks.servers[1].url = url
    fake.clock.forward(10)
    await fake.until(lambda: connected.got)
    assert connected.got[0][2] == "1"


async def test_one_event_may_come_twice_and_one_tap_too(fake, connected):
    fake.faults.add("duplicate_event")
    await fake.user().says("раз")
    await fake.until(lambda: len(connected.got) == 2)
    button = {"action": {"type": "callback", "label": "Да", "payload": "{}"}}
    fake.user().keyboard = {"buttons": [[button]]}
    fake.faults.add("retap")
    await fake.user().presses("Да")
    await fake.until(lambda: len(connected.got) == 4)
    ids = [event_id for event_id, *_ in connected.got]
    assert ids[0] == ids[1]
    assert ids[2] != ids[3]


async def test_errors_in_a_row_suspend_delivery(fake, connected):
    fake.callbacks.suspend_after = 3
    connected.answers = [(500, "")] * 3
    await fake.user().says("раз")
    await fake.until(lambda: fake.callbacks.servers[1].suspended)
    await fake.user().says("два")
    assert [event["object"]["message"]["text"] for event in fake.callbacks.lost] == ["два"]
    assert fake.callbacks.servers[1].status == "failed"
    assert all(text == "раз" for _, text, _ in connected.got)


async def test_a_wrong_confirmation_gets_no_events(fake, hook):
    hook.code = "nonsense"
    assert (await fake.connect_callback(hook.url)).status == "failed"
    await fake.user().says("раз")
    await fake.drained()
    assert hook.got == []
