"""An advocate and the friends they send: a programme with points for both, and a till that records first orders."""

from dataclasses import replace
from uuid import UUID

from loyalty import referrals
from loyalty.card import join
from loyalty.programme import rules_now, save_rules
from loyalty.purchases import Sale, record
from loyalty.returns import Returned, give_back
from loyalty.rules import Referral as Terms
from storage.columns import new_id
from storage.kinds import Language, PurchaseSource, ReferralState, Role
from storage.models import Customer, Purchase, Referral, Staff
from tests.day import MOSCOW, Day
from tests.imports.running import purchases_file

TERMS = Terms(friend_points=200, advocate_points=300, min_order_minor=50_000, hold_days=14, per_month=3)


class Friends:
    def __init__(self, day: Day) -> None:
        self.day = day
        self.database = day.database
        self._known = 100

    async def open(self, terms: Terms = TERMS) -> Staff:
        owner = Staff(login="owner", name="Ольга", role=Role.OWNER, created_at=self.day.now)

        def unit(store) -> None:
            store.staff.add(owner)
            save_rules(store, replace(rules_now(store), referral=terms), owner, self.day.now)

        await self.database.write(unit)
        self.owner = owner
        return owner

    async def newcomer(self, name: str = "Борис", *, joins: bool = True) -> Customer:
        """Somebody new in the chat, and in the programme."""
        self._known += 1
        user, now = str(self._known), self.day.now

        def unit(store) -> Customer:
            customer = store.customers.add(self.day.bot_id, user, name, Language.RU, now)
            if joins:
                join(store, customer.id, now)
            return customer

        return await self.database.write(unit)

    async def code_of(self, customer: Customer) -> str:
        return await self.database.write(lambda store: referrals.code_of(store, customer.id, self.day.now))

    async def claims(self, friend: Customer, code: str):
        return await self.database.write(lambda store: referrals.claim(store, friend, code, self.day.now))

    async def brings(self, advocate: Customer, name: str = "Борис") -> Customer:
        friend = await self.newcomer(name)
        await self.claims(friend, await self.code_of(advocate))
        return friend

    async def buys(self, customer: Customer, amount_minor: int = 60_000, **more) -> Purchase:
        sale = Sale(new_id().hex, customer, amount_minor, PurchaseSource.CONSOLE, **more)
        return (await self.database.write(lambda store: record(store, sale, self.day.now, MOSCOW))).purchase

    async def file(self, customer: Customer, *orders: str) -> UUID:
        """A file of purchases of this moment: «order/line;amount»; returns its run."""
        card = (await self.database.read(lambda store: store.points.membership(customer.id))).card_number
        at = self.day.now.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M")
        lines = "".join(f"{card};{at};{order.replace('/', ';')}\n" for order in orders)
        run_id, _ = await purchases_file(
            self.database, text="карта;дата;заказ;строка заказа;сумма\n" + lines, now=self.day.now
        )
        return run_id

    async def gives_back(self, purchase: Purchase, minor: int) -> None:
        """As the till does it."""
        done = await self.database.write(
            lambda store: give_back(
                store,
                key=new_id().hex,
                purchase_id=purchase.id,
                amount_minor=minor,
                now=self.day.now,
                zone=MOSCOW,
            )
        )
        assert isinstance(done, Returned)

    async def works(self) -> None:
        """The clock's jobs, once."""
        await self.day.ticker.run_all()

    async def waits_out(self, days: int = 14) -> None:
        self.day.passes(days=days)
        await self.works()

    async def of(self, friend: Customer) -> Referral:
        return await self.database.read(lambda store: store.referrals.get(friend.id))

    async def state(self, friend: Customer) -> ReferralState:
        return (await self.of(friend)).state

    async def balance(self, customer: Customer) -> int:
        return (await self.database.read(lambda store: store.points.balance(customer.id, self.day.now))).available

    async def owes(self, customer: Customer) -> int:
        return (await self.database.read(lambda store: store.points.balance(customer.id, self.day.now))).owed
