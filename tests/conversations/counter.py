"""A cashier and a customer at one counter: each in their own chat with the same bot."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from loyalty.card import join
from loyalty.ledger import Cause, grant
from loyalty.programme import save_rules
from loyalty.rules import Rules
from messaging.messages import Address, Author
from storage.columns import new_id
from storage.kinds import ConsentAction, ConsentPurpose, Language, PointsKind, ReachStatus, Role
from storage.models import Consent, Customer, Purchase, Staff, StaffAccount
from tests.talk import Talk

NOW_AND_HERE = Rules(pending_days=0)
"""Points open at once, so that a test sees them."""


class Counter(Talk):
    """The customer is `me`, as ever; `till` says what the cashier hears for a line."""

    async def open(self) -> None:
        await self.register_bots()
        self.business = replace(self.business, card_key="key", address="https://shop.example")
        self.cashier = await self.seller("77")
        await self.set_rules(NOW_AND_HERE)

    async def seller(self, account: str, role: Role = Role.CASHIER) -> Staff:
        staff = Staff(login=f"till{account}", name="Вера", role=role, created_at=self.now)

        def unit(store) -> None:
            store.staff.add(staff)
            store.staff.link_account(
                StaffAccount(bot_id=self.bot_id, user_id=account, staff_id=staff.id, linked_at=self.now)
            )

        await self.database.write(unit)
        return staff

    async def set_rules(self, rules: Rules) -> None:
        await self.database.write(lambda store: save_rules(store, rules, self.cashier, self.now))

    # --- the cashier

    def chat_of(self, account: str = "77") -> Address:
        return Address(self.bot_id, account)

    async def till(self, text: str = "", *, account: str = "77", **more) -> list[str]:
        author = Author(account, "Вера", Language.RU)
        return _plain(await self.hand_in(self.event(text, chat=self.chat_of(account), author=author, **more)))

    async def hears(self, text: str = "", **more) -> list[str]:
        """The customer says or presses something, and this is what they hear."""
        return _plain(await self.say(text, **more))

    async def taps(self, label: str, *, account: str = "77") -> list[str]:
        """The newest button in the cashier's chat that begins so."""
        return await self.till(pressed=self.tap(label, account), account=account)

    def tap(self, label: str, account: str = "77"):
        for delivery in reversed(self.transport.carried):
            for button in delivery.message.buttons:
                if _plain([button.label])[0].startswith(label) and delivery.to == self.chat_of(account):
                    return self.button(button.label, self.chat_of(account))
        raise AssertionError(f"no button «{label}…»")

    def labels_of(self, account: str = "77") -> list[str]:
        last = [one for one in self.transport.carried if one.to == self.chat_of(account)][-1]
        return [button.label for button in last.message.buttons]

    # --- the customer

    async def member(self, points: int = 0) -> str:
        """The customer of `me` with a card: its number."""
        await self.start()
        customer = await self.customer()
        await self.database.write(lambda store: self._enrol(store, customer.id, points))
        return await self.number(customer.id)

    async def stranger(self, name: str = "Борис", points: int = 0, phone: str | None = None) -> tuple[Customer, str]:
        """Somebody with a card and without a chat."""
        customer = Customer(name=name, phone=phone, created_at=self.now)

        def unit(store) -> None:
            store.customers._insert(customer)
            self._enrol(store, customer.id, points)

        await self.database.write(unit)
        return customer, await self.number(customer.id)

    def _enrol(self, store, customer_id: UUID, points: int) -> None:
        for purpose in (ConsentPurpose.PERSONAL_DATA, ConsentPurpose.PROGRAMME):
            store.consents.add(_yes(customer_id, purpose, self.bot_id, self.now))
        join(store, customer_id, self.now)
        cause = Cause(key=f"gift:{new_id().hex}", customer_id=customer_id, kind=PointsKind.GIFT, reason="welcome")
        grant(store, cause, points, self.now, opens_at=self.now, expires_at=None)

    async def number(self, customer_id: UUID) -> str:
        member = await self.database.read(lambda store: store.points.membership(customer_id))
        return member.card_number

    async def balance(self, customer_id: UUID | None = None) -> int:
        customer_id = customer_id or (await self.customer()).id
        return (await self.database.read(lambda store: store.points.balance(customer_id, self.now))).available

    async def bought(self, customer_id: UUID | None = None) -> list[Purchase]:
        customer_id = customer_id or (await self.customer()).id
        return await self.database.read(lambda store: store.purchases.of_customer(customer_id, 100))

    async def blocks_us(self) -> None:
        """From now on nobody can be asked in this chat."""
        await self.database.write(
            lambda store: store.customers.set_reach(self.me.bot_id, self.me.user_id, ReachStatus.BLOCKED)
        )

    async def screen_code(self) -> str:
        """What the customer's screen shows for people."""
        (text,) = await self.say("/qr")
        return text.splitlines()[0].rpartition(" ")[2]


def _plain(texts: list[str]) -> list[str]:
    """With spaces that a test can type."""
    return [text.replace("\u00a0", " ").replace("\u202f", " ") for text in texts]


def _yes(customer_id: UUID, purpose: ConsentPurpose, bot_id: str, now: datetime) -> Consent:
    return Consent(
        customer_id=customer_id,
        purpose=purpose,
        action=ConsentAction.GIVEN,
        text_version="test",
        language=Language.RU,
        bot_id=bot_id,
        evidence="test",
        at=now,
    )
