"""Relay sends a second against a bare loop of aiogram's send_message, the same number in flight, on the same fake."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot import telegram as ours
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.pacing import Pace
from messaging.relay import AT_ONCE, Outlet, Relay
from messaging.transport import Delivery, Transport
from storage.database import Database, open_database
from storage.kinds import Channel, DeliveryState
from storage.migrate import migrate
from storage.models import Bot as BotRow
from tests.program import TOKEN, fake_telegram

MESSAGES = 2000
CHATS = 20_000
TEXT = "Спасибо! Передадим команде — это их порадует."


UNPACED = Pace(per_second=1e9, bulk_per_second=1e9, chat_gap_seconds=1.0)


async def measure(pace: Pace = UNPACED) -> tuple[float, float]:
    """(ours, the floor) in messages a second."""
    with fake_telegram("--no-check") as telegram:
        telegram.person(CHATS, count=MESSAGES)
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url), limit=100))
        floor = await _bare(bot)
        await bot.session.close()
        with tempfile.TemporaryDirectory() as folder:
            rate = await relayed(f"sqlite+aiosqlite:///{folder}/otklik.db", telegram.url, pace)
    return rate, floor


async def _bare(bot: Bot) -> float:
    chats = iter(range(CHATS, CHATS + MESSAGES))

    async def lane() -> None:
        for chat in chats:
            await bot.send_message(chat, TEXT)

    await bot.send_message(CHATS, TEXT)
    started = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return MESSAGES / (time.perf_counter() - started)


async def relayed(url: str, api_url: str, pace: Pace, messages: int = MESSAGES) -> float:
    """Messages a second through the relay at this pace."""
    await migrate(url)
    database = await open_database(url)
    bot = ours.make_bot(TOKEN, api_url)
    bot_id = ours.bot_id_of(bot)
    await database.write(lambda store: store.bots.register(BotRow(id=bot_id, channel=Channel.TELEGRAM)))
    await _fill(database, bot_id, messages)
    transport = Counting(ours.TelegramTransport(bot, _no_media), messages)
    relay = Relay(database, {bot_id: Outlet(transport, pace)}, lambda: datetime.now(UTC))
    started = time.perf_counter()
    running = asyncio.create_task(relay.run())
    await transport.all_sent.wait()
    rate = messages / (time.perf_counter() - started)
    running.cancel()  # what was begun is still marked before it ends
    await asyncio.gather(running, return_exceptions=True)
    counts = await database.read(lambda store: store.outbox.counts(datetime(2020, 1, 1, tzinfo=UTC)))
    assert counts == [(bot_id, DeliveryState.SENT, messages)]
    await bot.session.close()
    await database.close()
    return rate


class Counting:
    """The real transport, and an event when everything was carried."""

    def __init__(self, transport: Transport, messages: int) -> None:
        self._transport = transport
        self._left = messages
        self.all_sent = asyncio.Event()

    async def send(self, delivery: Delivery) -> str | None:
        provider_id = await self._transport.send(delivery)
        self._left -= 1
        if not self._left:
            self.all_sent.set()
        return provider_id


async def _fill(database: Database, bot_id: str, messages: int) -> None:
    now = datetime.now(UTC)
    for chat in range(CHATS, CHATS + messages):
        to = Address(bot_id, str(chat))
        await database.write(lambda store, to=to: enqueue(store, to, [Message(TEXT)], now))  # type: ignore[misc]


async def _no_media(media_hash: str) -> None:
    return None
