"""A small shop: its staff, its customers, and what happens there."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from console.access import start_session
from console.app import ConsoleParts, create_console
from loyalty import campaigns, promo_codes
from messaging import cases
from messaging.cases import Desk
from messaging.messages import Address
from storage.columns import new_id
from storage.database import Database
from storage.kinds import CaseOrigin, FeedKind, Language, Role, Urgency
from storage.models import Bot, Case, Customer, InboundEvent, Staff

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
PASSWORD = "кофе с корицей"
BOT = "telegram:1"


@dataclass(frozen=True)
class Line:
    bot_id: str = BOT
    username: str = "korica_bot"


class Shop:
    def __init__(self, database: Database, password_hash: str, uploads: Path = Path("uploads")) -> None:
        self.database = database
        self.now = NOON
        self.is_stopping = False
        self.changed_channels: list[str] = []
        self.staff: dict[Role, Staff] = {}
        self.desk = Desk()
        self.uploads = uploads
        self._password_hash = password_hash
        self.app = self.new_app()

    def new_app(self, *, is_https: bool = False) -> Starlette:
        """The console mounted as the program mounts it."""

        async def changed(channel: str) -> None:
            self.changed_channels.append(channel)

        parts = ConsoleParts(
            database=self.database,
            clock=lambda: self.now,
            business_name=lambda: "Корица",
            time_zone="Europe/Moscow",
            seal=lambda token: f"sealed({len(token)})",
            bots=lambda: [Line(), Line("vk:1", "korica")],
            is_https=is_https,
            on_channel_changed=changed,
            is_stopping=lambda: self.is_stopping,
            desk=lambda: self.desk,
            uploads=self.uploads,
            public_url="https://shop.example",
        )
        console = create_console(parts)
        self.imports = console.state.console.imports
        return Starlette(routes=[Mount("/console", console)])

    async def open(self) -> None:
        await self.database.write(lambda store: store.bots.register(Bot(id=BOT, channel="telegram")))
        for role in Role:
            await self.hire(role.value, role)

    async def hire(self, login: str, role: Role, language: Language = Language.RU) -> Staff:
        staff = Staff(
            login=login,
            name=login.title(),
            role=role,
            language=language,
            password_hash=self._password_hash,
            created_at=self.now,
        )
        await self.database.write(lambda store: store.staff.add(staff))
        self.staff.setdefault(role, staff)
        return staff

    async def customer(self, name: str) -> Customer:
        """Somebody new, on Telegram."""
        user = secrets.token_hex(4)
        return await self.database.write(lambda store: store.customers.add(BOT, user, name, Language.RU, self.now))

    async def welcome_code(self, customer: Customer) -> str:
        """Their own code of the welcome campaign, as people read it."""

        def issue(store) -> str:
            campaign = campaigns.campaign(store, campaigns.WELCOME, Language.RU, self.now)
            return promo_codes.issue(store, campaign, customer.id, "first", self.now).text

        return await self.database.write(issue)

    async def complaint(self, name: str, words: str, urgency: Urgency = Urgency.NOW) -> Case:
        """A customer says something angry, and their case is open."""
        customer = await self.customer(name)
        await self.says(customer, words)

        def open_case(store) -> Case:
            chat = Address(BOT, str(customer.id.int % 10**9))
            cases.open_case(store, customer, chat, urgency, CaseOrigin.ANGRY_MESSAGE, words, self.now, Desk())
            case = store.cases.open_for(customer.id)
            assert case
            return case

        return await self.database.write(open_case)

    async def says(self, customer: Customer, words: str, case: Case | None = None) -> UUID:
        """One more message of a customer, as the intake stores it."""
        event = InboundEvent(
            id=new_id(),
            bot_id=BOT,
            event_id=secrets.token_hex(8),
            chat_id="1",
            customer_id=customer.id,
            text=words,
            incoming={},
            received_at=self.now,
            due_at=self.now,
            answered_at=self.now,
        )

        def hear(store) -> None:
            store.inbox.remember(event)
            store.feed.tell(FeedKind.MESSAGE_IN, event.id, customer.id, self.now)
            if case and (known := store.cases.get(case.id)):
                cases.hear(store, known, customer, Address(BOT, known.chat_id), words, self.now, Desk())

        await self.database.write(hear)
        return event.id

    async def let_in(self, browser: httpx.AsyncClient, role: Role) -> None:
        """Signed in, without the slow password."""
        staff = self.staff[role]
        browser.cookies.set("sid", await self.database.write(lambda store: start_session(store, staff, self.now)))

    async def case(self, case_id: UUID) -> Case:
        found = await self.database.read(lambda store: store.cases.get(case_id))
        assert found
        return found

    def pass_time(self, time: timedelta) -> None:
        self.now += time


async def sign_in(browser: httpx.AsyncClient, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return await browser.post("/console/login", data={"login": login, "password": password, **more})
