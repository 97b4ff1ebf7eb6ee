"""Small questions to the database and to the HTML that several tests of the web chat ask."""

import re
from collections.abc import Sequence
from uuid import UUID

from bot.webchat import BOT_ID
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.kinds import Language
from storage.models import InboundEvent
from storage.store import Store
from tests.webchat.conftest import Person, Shop

_ARTICLE = re.compile(r'<article class="bubble (\w+)" id="([\w-]+)".*?</article>', re.DOTALL)
_TEXT = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_BUTTON = re.compile(r'data-nonce="([^"]*)" data-value="([^"]*)"')


def bubbles_in(html: str) -> list[tuple[str, str, str]]:
    """(whose, id, text) of each bubble; data lines of a stream are joined first."""
    html = html.replace("\ndata: ", "\n")
    return [(found[1], found[2], _TEXT.findall(found[0])[0]) for found in _ARTICLE.finditer(html) if found[2]]


def texts_in(html: str) -> list[str]:
    return [text for _, _, text in bubbles_in(html)]


def buttons_in(html: str) -> list[tuple[str, str]]:
    """(nonce, value) of each button."""
    return _BUTTON.findall(html)


async def events(shop: Shop) -> list[InboundEvent]:
    def unit(store: Store) -> list[InboundEvent]:
        ids = [row[0] for row in store.connection.exec_driver_sql("SELECT event_id FROM inbound_event ORDER BY id")]
        found = [store.inbox.find(BOT_ID, event_id) for event_id in ids]
        return [event for event in found if event]

    return await shop.database.read(unit)


async def customers(shop: Shop) -> int:
    return await shop.database.read(
        lambda store: store.connection.exec_driver_sql("SELECT count(*) FROM customer").scalar_one()
    )


async def say_to(shop: Shop, person: Person, *messages: Message, deliver: bool = True) -> Sequence[UUID]:
    """Something is said to a visitor, whether they wrote before or not; the ids of the rows."""
    visitor_id = person.client.cookies["otklik_visitor"].rpartition(".")[0]

    def unit(store: Store) -> list[UUID]:
        known = store.customers.identity(BOT_ID, visitor_id)
        now = shop.clock()
        customer_id = known.customer_id if known else store.customers.add(BOT_ID, visitor_id, "", Language.RU, now).id
        rows = enqueue(store, Address(BOT_ID, visitor_id), messages, now, customer_id=customer_id)
        return [row.id for row in rows]

    ids = await shop.database.write(unit)
    if deliver:
        await shop.deliver()
    return ids
