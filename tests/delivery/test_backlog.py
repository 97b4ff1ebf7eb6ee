"""A reply leaves in the second it was caused, also while a hundred thousand broadcast rows wait."""

import asyncio
from datetime import UTC, datetime

from messaging.messages import Address
from messaging.outbox import enqueue
from messaging.pacing import Pace
from messaging.transport import Delivery
from storage.columns import new_id
from storage.kinds import Channel, DeliveryState, MessageKind, Priority
from storage.models import OutboxMessage
from tests.talk import Talk, a_message

WAITING = 100_000
PAGE = 10_000


class Watched:
    """A transport that says when the reply was carried."""

    def __init__(self) -> None:
        self.replied = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def send(self, delivery: Delivery) -> str | None:
        if delivery.message.text == "ответ":
            self.replied.set()
        else:
            self.has_begun.set()
        return "1"


def _row(bot_id: str, number: int, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "bot_id": bot_id,
        "user_id": str(number),
        "customer_id": None,
        "kind": MessageKind.SURVEY,  # not advertising: nobody here agreed to any
        "priority": Priority.BROADCAST,
        "body": {"text": "реклама"},
        "nonce": f"n{number}",
        "state": DeliveryState.QUEUED,
        "not_before": now,
        "attempts": 0,
        "is_possible_duplicate": False,
        "created_at": now,
    }


async def test_a_reply_overtakes_a_hundred_thousand_broadcast_rows(database):
    talk = Talk(Channel.TELEGRAM, database, Pace.telegram(30))
    watched = talk.watch(Watched())
    await talk.register_bots()
    talk.now = datetime.now(UTC)
    for start in range(0, WAITING, PAGE):
        rows = [_row(talk.bot_id, number, talk.now) for number in range(start, start + PAGE)]
        await database.write(lambda store, rows=rows: store.bulk.insert(OutboxMessage, rows))
    relay = talk.live_relay()
    running = asyncio.create_task(relay.run())
    try:
        async with asyncio.timeout(20):
            await watched.has_begun.wait()
        to = Address(talk.bot_id, "customer")
        now = datetime.now(UTC)
        await database.write(lambda store: enqueue(store, to, [a_message("ответ")], now))
        async with asyncio.timeout(1):
            await watched.replied.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
