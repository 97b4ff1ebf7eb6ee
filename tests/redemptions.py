"""Fifty who want one of three uses at the same moment: in two messengers' chats, at the till, and in the domain."""

import asyncio
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import func, select

from loyalty.card import join
from loyalty.promo_codes import Order, Redeemed, redeem
from messaging.messages import Address
from storage.columns import new_id, table_of
from storage.database import Database
from storage.kinds import Channel, PointsAccount, PromoKind, RedemptionState, Role
from storage.models import PointsTransfer, PromoCampaign, PromoCode, Redemption
from tests.console.shop import Shop
from tests.talk import Talk

USES = 3
VALUE = 200
CHATS = (Channel.TELEGRAM, Channel.VK)
IN_EACH_CHAT = 8
AT_THE_TILL = 6
IN_THE_DOMAIN = 28
EVERYBODY = 2 * IN_EACH_CHAT + AT_THE_TILL + IN_THE_DOMAIN
CODE = "BONUS"
"""What the code of each round begins with; the round's number follows."""


class Race:
    def __init__(self, database: Database, uploads: Path) -> None:
        self.database = database
        self.talks = [Talk(channel, database) for channel in CHATS]
        self.shop = Shop(database, "", uploads)
        self.customers: list[UUID] = []
        self.round_number = 0

    async def gather(self) -> None:
        """Everybody is a member of the programme, and has said hello where they have a chat."""
        for talk in self.talks:
            await talk.register_bots()
            for number in range(IN_EACH_CHAT):
                await talk.say("привет", chat=Address(talk.bot_id, f"5{number}"))
        await self.shop.open()

        def unit(store) -> list[UUID]:
            known = [
                store.customers.identity(talk.bot_id, f"5{number}").customer_id
                for talk in self.talks
                for number in range(IN_EACH_CHAT)
            ]
            others = [
                store.customers.add("telegram:1", f"6{number}", "", self.shop.staff[Role.OWNER].language, self.now).id
                for number in range(AT_THE_TILL + IN_THE_DOMAIN)
            ]
            for customer_id in (*known, *others):
                join(store, customer_id, self.now)
            return others

        self.customers = await self.database.write(unit)

    @property
    def now(self):
        return self.talks[0].now

    async def run(self) -> None:
        """One round with a code of its own; raises AssertionError when anything is not exact."""
        self.round_number += 1
        for talk in self.talks:
            talk.passes(minutes=20)  # whoever lost is no guesser
        self.shop.now = self.now
        campaign = PromoCampaign(
            slug=f"r{self.round_number}", name="Бонус", kind=PromoKind.POINTS, value=VALUE, created_at=self.now
        )
        code = PromoCode(code=f"{CODE}{self.round_number}", campaign_id=campaign.id, max_uses=USES, issued_at=self.now)
        before = await self.database.read(_given)
        await self.database.write(lambda store: (store.promos.add_campaign(campaign), store.promos.add_code(code)))
        sold, heard = await self._all_at_once(code.code)
        used, states, counted = await self.database.read(lambda store: _taken(store, code.code, campaign.id))
        assert (used, states, counted) == (USES, {RedemptionState.REDEEMED: USES}, USES)
        assert await self.database.read(_given) - before == USES * VALUE
        assert sold + heard == USES, "whoever was told yes has it, and nobody else"

    async def _all_at_once(self, code: str) -> tuple[int, int]:
        """How many were told yes by a program, and how many in a chat."""
        transport = httpx.ASGITransport(app=self.shop.app, client=("127.0.0.1", 5000))
        headers = {"sec-fetch-site": "same-origin"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as till:
            await self.shop.let_in(till, Role.CASHIER)
            carried = [len(talk.transport.carried) for talk in self.talks]
            tills, domain = self.customers[:AT_THE_TILL], self.customers[AT_THE_TILL:]
            jobs = [self._sells(till, customer_id, code) for customer_id in tills]
            jobs += [self._redeems(customer_id, code) for customer_id in domain]
            events = [
                talk.intake.receive(talk.event(code, chat=Address(talk.bot_id, f"5{number}"), event_id=new_id().hex))
                for talk in self.talks
                for number in range(IN_EACH_CHAT)
            ]
            answers = await asyncio.gather(*_mixed(jobs, events))
        for talk in self.talks:
            await talk.relay.deliver_due()
        texts = [
            delivery.message.text
            for talk, start in zip(self.talks, carried, strict=True)
            for delivery in talk.transport.carried[start:]
        ]
        return sum(answer is True for answer in answers), sum("прибавилось 200" in text for text in texts)

    async def _sells(self, till: httpx.AsyncClient, customer_id: UUID, code: str) -> bool:
        form = {"key": str(new_id()), "amount": "100", "code": code}
        answer = await till.post(f"/console/customers/{customer_id}/purchases", data=form)
        assert answer.status_code in (303, 422), answer.text
        return answer.status_code == 303

    async def _redeems(self, customer_id: UUID, code: str) -> bool:
        order = Order(customer_id, 0, self.now)
        key, zone = new_id().hex, self.talks[0].zone
        return isinstance(await self.database.write(lambda store: redeem(store, code, key, order, zone)), Redeemed)


def _mixed(*groups):
    """One of each group in turn: nobody is first."""
    waiting = [list(group) for group in groups]
    while any(waiting):
        for group in waiting:
            if group:
                yield group.pop()


def _given(store) -> int:
    """Points that promos ever gave: what is available of all customers less what purchases earned."""
    moved = table_of(PointsTransfer)
    points = select(func.coalesce(func.sum(moved.c.points), 0))
    given = points.where(moved.c.target == PointsAccount.AVAILABLE, moved.c.points == VALUE)
    return int(store.connection.execute(given).scalar_one())


def _taken(store, code: str, campaign_id: UUID):
    uses = table_of(Redemption)
    states = store.connection.execute(
        select(uses.c.state, func.count()).where(uses.c.code == code).group_by(uses.c.state)
    )
    return store.promos.code(code).used, dict(states.all()), store.promos.counted(campaign_id, "all")
