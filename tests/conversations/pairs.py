"""A customer with two channels: known in one of them, and at the door of the other."""

import re
from dataclasses import replace

from messaging.doors import door_to
from messaging.messages import Address, Author
from messaging.pacing import Pace
from messaging.relay import Outlet, Relay
from storage.kinds import Channel, Language
from storage.models import Bot, Customer
from tests.talk import Talk

SITE = "https://shop.example"


class Pair(Talk):
    """A customer who is known in one channel, and what they do in another."""

    def __init__(self, here: Channel, there: Channel, database) -> None:
        super().__init__(here, database)
        self.there = Address(f"{there.value}:1", "77")
        bots = {self.bot_id, self.there.bot_id, "telegram:1"}
        outlet = Outlet(self.transport, Pace.unlimited())
        self.relay = Relay(database, dict.fromkeys(bots, outlet), lambda: self.now, self.zone)
        doors = tuple(door_to(f"{channel.value}:1", "korica", SITE) for channel in Channel)
        self.business = replace(self.business, doors=doors)

    async def register_bots(self) -> None:
        for bot_id in {self.bot_id, self.there.bot_id, "telegram:1"}:
            bot = Bot(id=bot_id, channel=Channel(bot_id.partition(":")[0]))
            await self.database.write(lambda store, bot=bot: store.bots.register(bot))

    async def says_there(self, text: str = "", *, chat: Address | None = None, **more) -> list[str]:
        chat = chat or self.there
        return await self.hand_in(self.event(text, chat=chat, author=Author(chat.user_id, "Ann", Language.RU), **more))

    async def presses_there(self, label: str) -> list[str]:
        return await self.says_there(pressed=self.button(label, self.there))

    async def wants_link(self) -> list[str]:
        await self.say("/settings")
        return await self.press("🔗 Второй канал")

    def word(self) -> str:
        """What the newest link to the other channel tells the bot there."""
        urls = [button.url for one in self.transport.carried for button in one.message.buttons if button.url]
        base = next(door.base for door in self.business.doors if door.bot_id == self.there.bot_id)
        newest = [url for url in urls if url.startswith(base)][-1]
        return re.split("[?&](?:start|ref)=", newest)[1]

    async def code(self) -> str:
        (screen,) = await self.wants_link()
        return re.search(r"\b\d{6}\b", screen)[0]

    async def comes_by_link(self) -> list[str]:
        await self.wants_link()
        self.passes(seconds=5)
        return await self.says_there("/start", payload=self.word())

    async def links(self) -> list[str]:
        await self.comes_by_link()
        return await self.presses_there("Да, это я")

    async def owner_of(self, chat: Address) -> Customer:
        def look(store) -> Customer:
            return store.customers.get(store.customers.identity(chat.bot_id, chat.user_id).customer_id)

        return await self.database.read(look)

    async def is_one(self) -> bool:
        return (await self.owner_of(self.me)).id == (await self.owner_of(self.there)).id
