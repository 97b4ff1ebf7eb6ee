"""A shop's day beside the conversation: purchases happen, time passes, the clock's jobs run."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.card import join
from loyalty.programme import KEY
from loyalty.purchases import Sale, record
from loyalty.returns import give_back
from loyalty.rules import Rules, as_json
from messaging.files import Fetch
from scheduler.base_rating import gather, judged
from scheduler.ticker import Ticker
from scheduler.work import Shop, Work
from storage.columns import new_id
from storage.kinds import ConsentAction, ConsentPurpose, Journey, Language, PurchaseSource
from storage.models import Consent, Customer, Occasion, Purchase
from tests.rows import overwrite
from tests.talk import Talk

MOSCOW = ZoneInfo("Europe/Moscow")


class Day(Talk):
    """Its customer has written once. Nothing of it runs by itself: `tick` is one run of every job."""

    zone = MOSCOW
    fetchers: Mapping[str, Fetch] = MappingProxyType({})
    """How each bot gets what was sent to it."""

    @property
    def ticker(self) -> Ticker:
        return Ticker(self.work)

    @property
    def work(self) -> Work:
        shop = Shop("Корица", Language.RU, self.zone, self.business.desk)
        return Work(
            self.database, lambda: self.now, lambda: shop, self.intake.answer_kept, self.rate, lambda: self.fetchers
        )

    @asynccontextmanager
    async def rate(self, zone: ZoneInfo, now: datetime) -> AsyncIterator[Iterator[str]]:
        """What the night's process does, without the process."""
        gathered = await self.database.read(lambda store: gather(store, zone))
        yield judged(gathered, zone, now)

    async def tick(self) -> list[str]:
        """Every job once, and what the customer then hears."""
        before = len(self.transport.carried)
        await self.ticker.run_all()
        await self.relay.deliver_due()
        return [one.message.text for one in self.transport.carried[before:] if one.to == self.me]

    async def comes(self, *purposes: ConsentPurpose) -> Customer:
        """The customer says hello, and agrees to these purposes."""
        await self.say("/start")
        customer = await self.customer()
        for purpose in (ConsentPurpose.PERSONAL_DATA, *purposes):
            await self.decides(purpose, ConsentAction.GIVEN)
        return customer

    async def decides(self, purpose: ConsentPurpose, action: ConsentAction) -> None:
        customer = await self.customer()
        decision = Consent(
            customer_id=customer.id,
            purpose=purpose,
            action=action,
            text_version="test",
            language=Language.RU,
            bot_id=self.bot_id,
            evidence="test",
            at=self.now,
        )
        await self.database.write(lambda store: store.consents.add(decision))

    async def joins(self) -> None:
        customer = await self.customer()
        await self.database.write(lambda store: join(store, customer.id, self.now))

    async def buys(self, amount_minor: int = 35_000, *, key: str = "", source=PurchaseSource.CONSOLE, **more):
        """A purchase at this moment, as staff record it."""
        customer = await self.customer()
        sale = Sale(key or new_id().hex, customer, amount_minor, source, **more)
        result = await self.database.write(lambda store: record(store, sale, self.now, self.zone))
        await self.relay.deliver_due()
        return result

    async def returns(self, sold, amount_minor: int | None = None, *, key: str = ""):
        """That purchase given back, or so much of it."""
        unit = partial(
            give_back,
            key=key or new_id().hex,
            purchase_id=sold.purchase.id,
            amount_minor=amount_minor,
            now=self.now,
            zone=self.zone,
        )
        result = await self.database.write(unit)
        await self.relay.deliver_due()
        return result

    async def has(self, rules: Rules | None = None, **changed: Any) -> None:
        """The programme's rules, but for these."""
        wanted = as_json(replace(rules or Rules(), **changed))
        await self.database.write(lambda store: store.business.change(KEY, wanted, None, self.now))

    async def bought(self, days_ago: int, source=PurchaseSource.IMPORT) -> Purchase:
        """A purchase of the past."""
        customer = await self.customer()
        purchase = Purchase(
            customer_id=customer.id, at=self.now - timedelta(days=days_ago), amount_minor=35_000, source=source
        )
        await self.database.write(lambda store: store.purchases.add(purchase))
        return purchase

    async def changes(self, **values: object) -> None:
        """The customer's row as it should be."""
        customer = await self.customer()
        for name, value in values.items():
            setattr(customer, name, value)
        await self.database.write(lambda store: overwrite(store, customer))

    async def occasions(self, journey: Journey) -> list[Occasion]:
        customer = await self.customer()
        found = await self.database.read(lambda store: store.occasions.of_customer(customer.id, 100))
        return [one for one in found if one.journey is journey]
