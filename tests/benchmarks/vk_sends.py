"""Relay sends a second to VK under its limits, a text of one's own to each or one for all, against the bare calls."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.vk import VkClient, VkTransport, bot_id_of
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.pacing import VK_WINDOW_REQUESTS, VK_WINDOW_SECONDS, Pace
from messaging.relay import Outlet, Relay
from storage.database import Database, open_database
from storage.kinds import Channel, DeliveryState
from storage.migrate import migrate
from storage.models import Bot
from tests.benchmarks.sends import Counting
from tests.platforms import Vk, fake_vk

GROUP = 4242
KEY = "vk1.a.otklik-fake-token"
FIRST = 20_000
LATENCY_MS = 80
CALLS, PEERS = 25, 100
CEILING = VK_WINDOW_REQUESTS / VK_WINDOW_SECONDS


def measure(*, is_personal: bool) -> tuple[float, float, int]:
    """(ours, the bare calls', refusals for coming too fast) in messages a second."""
    people = 4000 if is_personal else 16_000
    with fake_vk("--no-check") as vk:
        vk.limits(per_second=20, latency_ms=LATENCY_MS)
        vk.person(FIRST, count=people, started=True)
        floor = asyncio.run(_bare(vk.url, people, is_personal=is_personal))
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/otklik.db"
            rate = asyncio.run(_relayed(url, vk, people, is_personal=is_personal))
        return rate, floor, vk.too_many()


def _text(number: int, *, is_personal: bool) -> str:
    return f"Здравствуйте, гость {number}! Ждём вас." if is_personal else "Спасибо, что вы с нами!"


async def _bare(url: str, people: int, *, is_personal: bool) -> float:
    """Ready-made requests through the same threads and the same window, and nothing remembered of them."""
    client = VkClient(KEY, url)
    requests = iter(list(_requests(people, is_personal=is_personal)))

    async def lane() -> None:
        for method, params in requests:
            await client.call(method, params)

    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(4)))
    rate = people / (time.perf_counter() - started)
    await client.close()
    return rate


def _requests(people: int, *, is_personal: bool) -> Iterator[tuple[str, dict[str, object]]]:
    chats = list(range(FIRST, FIRST + people))
    if not is_personal:
        for start in range(0, people, PEERS):
            peers = ",".join(map(str, chats[start : start + PEERS]))
            message = _text(0, is_personal=False)
            yield "messages.send", {"peer_ids": peers, "random_id": 10**9 + start, "message": message}
        return
    for start in range(0, people, CALLS):
        calls = [
            {"peer_ids": str(chat), "random_id": 10**9 + chat, "message": _text(chat, is_personal=True)}
            for chat in chats[start : start + CALLS]
        ]
        code = ",".join(f"API.messages.send({json.dumps(call)})" for call in calls)
        yield "execute", {"code": f"return [{code}];"}


async def _relayed(url: str, vk: Vk, people: int, *, is_personal: bool) -> float:
    await migrate(url)
    database = await open_database(url)
    bot_id = bot_id_of(GROUP)
    await database.write(lambda store: store.bots.register(Bot(id=bot_id, channel=Channel.VK)))
    await _fill(database, bot_id, people, is_personal=is_personal)
    client = VkClient(KEY, vk.url)
    transport = Counting(VkTransport(client, _no_media), people)
    relay = Relay(database, {bot_id: Outlet(transport, Pace.vk())}, lambda: datetime.now(UTC))
    started = time.perf_counter()
    running = asyncio.create_task(relay.run())
    await transport.all_sent.wait()
    rate = people / (time.perf_counter() - started)
    running.cancel()  # what was begun is still marked before it ends
    await asyncio.gather(running, return_exceptions=True)
    counts = await database.read(lambda store: store.outbox.counts(datetime(2020, 1, 1, tzinfo=UTC)))
    assert counts == [(bot_id, DeliveryState.SENT, people)], counts
    await client.close()
    await database.close()
    return rate


async def _fill(database: Database, bot_id: str, people: int, *, is_personal: bool) -> None:
    now = datetime.now(UTC)
    for start in range(FIRST, FIRST + people, 1000):
        chats = range(start, start + 1000)

        def unit(store, chats=chats):  # type: ignore[no-untyped-def]
            for chat in chats:
                message = Message(_text(chat, is_personal=is_personal))
                enqueue(store, Address(bot_id, str(chat)), [message], now)

        await database.write(unit)


async def _no_media(media_hash: str) -> None:
    return None
