"""The whole bot but for the wire: a moved clock, a recording transport, and a customer who speaks and presses."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.intake import Intake
from handlers.turn import Business
from insights.classifier import classify_text
from messaging.capabilities import CAPABILITIES
from messaging.desk import Desk
from messaging.messages import Address, Author, IncomingMessage, Message, Press
from messaging.outbox import enqueue
from messaging.pacing import Pace
from messaging.relay import Outlet, Relay
from messaging.rendering import keyboard_of, units
from messaging.transport import Delivery
from storage.database import Database
from storage.kinds import Channel, Language, Role, SurveyKind, Touchpoint
from storage.models import Bot, Case, Customer, OutboxMessage, Staff, StaffAccount, SurveyRun
from surveys.asking import ask
from tests.program import zone_of_noon

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def understand(text: str):
    """The real lexicon, without its thread."""
    return classify_text(text)


@dataclass
class FakeTransport:
    """Remembers what it carried; `failures` are raised first, one a send."""

    carried: list[Delivery] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    has_carried: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, delivery: Delivery) -> str | None:
        if self.failures:
            raise self.failures.pop(0)
        _fits(delivery)
        self.carried.append(delivery)
        self.has_carried.set()
        return f"m{len(self.carried)}"

    def texts(self, chat: Address) -> list[str]:
        return [one.message.text for one in self.carried if one.to == chat]


def _fits(delivery: Delivery) -> None:
    """What no channel of this kind could show fails here, and not first in front of a customer."""
    channel = delivery.to.channel
    keyboard_of(delivery.message, channel)
    can = CAPABILITIES[channel]
    assert units(can.escape(delivery.message.text)) <= can.text


class Talk:
    zone = ZoneInfo("UTC")

    def __init__(self, channel: Channel, database: Database, pace: Pace | None = None) -> None:
        self.bot_id = f"{channel.value}:1"
        self.me = Address(self.bot_id, "42")
        self.desk = Address("telegram:1", "-100500")
        self.database = database
        self.now = NOON
        self.transport = FakeTransport()
        self.pace = pace or Pace.unlimited()
        outlet = Outlet(self.transport, self.pace)
        self.relay = Relay(database, dict.fromkeys({self.bot_id, "telegram:1"}, outlet), lambda: self.now, self.zone)
        self.intake = Intake(database, understand, lambda: self.business, lambda: self.now)
        self.business = Business("Корица", Desk((self.desk,), Language.RU, "https://shop.example/console"))
        self._events = 0

    def watch(self, transport):
        """Let another transport carry what a live relay sends."""
        self.transport = transport
        return transport

    def live_relay(self) -> Relay:
        """A relay on the wall clock, to be run, where it is noon: no hour is quiet."""
        outlets = {self.bot_id: Outlet(self.transport, self.pace)}
        return Relay(self.database, outlets, lambda: datetime.now(UTC), ZoneInfo(zone_of_noon()))

    async def register_bots(self) -> None:
        for bot_id in {self.bot_id, "telegram:1"}:
            bot = Bot(id=bot_id, channel=Channel(bot_id.partition(":")[0]))
            await self.database.write(lambda store, bot=bot: store.bots.register(bot))

    # --- the customer

    def event(
        self, text: str = "", *, event_id: str | None = None, chat: Address | None = None, **more
    ) -> IncomingMessage:
        self._events += 1
        chat = chat or self.me
        author = more.pop("author", Author(chat.user_id, "Анна", Language.RU))
        return IncomingMessage(event_id or str(self._events), chat, author, self.now, text=text, **more)

    async def hand_in(self, incoming: IncomingMessage) -> list[str]:
        """What the customer hears back for this event."""
        before = len(self.transport.carried)
        await self.intake.receive(incoming)
        await self.relay.deliver_due()
        return [one.message.text for one in self.transport.carried[before:] if one.to == incoming.chat]

    async def say(self, text: str, **more) -> list[str]:
        return await self.hand_in(self.event(text, **more))

    async def start(self, payload: str | None = None) -> list[str]:
        return await self.say("/start", payload=payload)

    async def press(self, label: str, **more) -> list[str]:
        """Press the newest button of this label."""
        return await self.hand_in(self.event(pressed=self.button(label), **more))

    def button(self, label: str, chat: Address | None = None) -> Press:
        for delivery in reversed(self.transport.carried):
            for button in delivery.message.buttons:
                if button.label == label and delivery.to == (chat or self.me):
                    return Press(delivery.nonce, button.value)
        raise AssertionError(f"no button «{label}»")

    # --- the operators' group

    def alerts(self) -> list[str]:
        return self.transport.texts(self.desk)

    async def operator(
        self, text: str = "", *, staff_account: str = "7", reply_to: str | None = None, press: str | None = None
    ):
        author = Author(staff_account, "Ольга")
        pressed = self.button(press, self.desk) if press else None
        return await self.hand_in(
            self.event(text, chat=self.desk, author=author, reply_to=reply_to, pressed=pressed, is_group=True)
        )

    def alert_id(self) -> str:
        """The platform's id of the newest alert."""
        places = [number for number, one in enumerate(self.transport.carried, 1) if one.to == self.desk]
        return f"m{places[-1]}"

    def alert_id_of_first(self) -> str:
        places = [number for number, one in enumerate(self.transport.carried, 1) if one.to == self.desk]
        return f"m{places[0]}"

    async def hire(self, role: Role = Role.OPERATOR, *, login: str = "olga", account: str | None = "7") -> Staff:
        staff = Staff(login=login, name=login.title(), role=role, created_at=self.now)

        def unit(store) -> None:
            store.staff.add(staff)
            if account:
                store.staff.link_account(
                    StaffAccount(bot_id="telegram:1", user_id=account, staff_id=staff.id, linked_at=self.now)
                )

        await self.database.write(unit)
        return staff

    # --- looking

    async def customer(self) -> Customer:
        identity = await self.database.read(lambda store: store.customers.identity(*_key(self.me)))
        return await self.database.read(lambda store: store.customers.get(identity.customer_id))

    async def case(self) -> Case | None:
        customer = await self.customer()
        return await self.database.read(lambda store: store.cases.open_for(customer.id))

    async def run(self) -> SurveyRun:
        customer = await self.customer()
        return (await self.database.read(lambda store: store.surveys.of_customer(customer.id, 1)))[0]

    async def rows(self) -> list[OutboxMessage]:
        customer = await self.customer()
        return await self.database.read(lambda store: store.outbox.of_customer(customer.id, 1000))

    async def is_asked(self, kind, *, survey: str = "", touchpoint: Touchpoint | None = None) -> None:
        """The bot asks by itself, as a journey does."""
        await self.start()
        customer = await self.customer()

        def unit(store) -> None:
            usual = Touchpoint.RELATION if kind is SurveyKind.NPS else Touchpoint.VISIT
            about = touchpoint or usual
            message = ask(
                store, customer, self.bot_id, kind, self.now, touchpoint=about, survey=survey, business="Корица"
            )
            enqueue(store, self.me, [message], self.now, customer_id=customer.id)

        await self.database.write(unit)
        await self.relay.deliver_due()

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def _key(chat: Address) -> tuple[str, str]:
    return chat.bot_id, chat.user_id


def a_message(text: str = "Скидка", **more) -> Message:
    return Message(text, **more)
