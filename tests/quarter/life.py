"""The quarter itself: visits, questions, answers, cases and replies at their moments, and the clock's jobs between."""

import heapq
import itertools
import math
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from handlers.intake import Intake
from handlers.turn import Business
from loyalty.purchases import Sale, record
from messaging import cases
from messaging.desk import Desk
from messaging.messages import Address, Author, IncomingMessage, Press
from messaging.pacing import Pace
from messaging.relay import Outlet, Relay
from messaging.transport import Delivery
from scheduler import answers, drip, open_surveys, surveys
from scheduler import cases as case_jobs
from scheduler.work import Shop, Work
from storage.cases import Wanted
from storage.columns import table_of
from storage.database import Database
from storage.kinds import CaseCause, DeliveryState, Language, PurchaseSource
from storage.models import Case, OutboxMessage, Staff
from storage.store import Store
from surveys.asking import PRESS
from tests.day import Day
from tests.quarter.town import (
    BEGINS,
    BOTS,
    BUSINESS_ZONE,
    DAYS,
    WORDS,
    Habits,
    is_morning_somewhere,
    is_open,
    people,
    settle,
)
from tests.talk import FakeTransport, understand

_OUTBOX = table_of(OutboxMessage)

ALWAYS: Final = (
    (4, surveys.ask_after_visits),
    (6, surveys.ask_after_cases),
    (12, drip.ask_relation),
    (6, open_surveys.remind_of_surveys),
    (12, open_surveys.end_surveys),
    (3, case_jobs.give_out_cases),
    (6, case_jobs.return_unanswered),
    (3, case_jobs.watch_promises),
    (6, case_jobs.ask_whether_all_is_well),
    (24 * 7, answers.add_up_answers),
)
"""Each in so many hours, day and night: rarer than in life, where most looks find nothing."""
MORNINGS: Final = (drip.ask_relation,)
"""Besides these in each hour in which it is some branch's morning: what has three hours a day to find its people."""
FORGETFUL: Final = 0.1
"""How many cases an operator lets lie for a day."""

Happening = Callable[[], Awaitable[None]]


class Quarter:
    """Afterwards `carried` is all that was said, with its moment; everything else is in the database."""

    def __init__(self, database: Database, many: int, seed: int = 7) -> None:
        self.database = database
        self.dice = random.Random(seed)
        self.town = people(many, self.dice)
        self.by_chat = {(one.bot_id, one.user_id): one for one in self.town}
        self.now = BEGINS
        self.carried: list[tuple[datetime, Delivery]] = []
        self.staff: dict[UUID, Staff] = {}
        self._transport = FakeTransport()
        outlet = Outlet(self._transport, Pace.unlimited())
        self._relays = {bot: Relay(database, {bot: outlet}, lambda: self.now, BUSINESS_ZONE) for bot in BOTS}
        self._desk = Desk(language=Language.RU, zone=BUSINESS_ZONE)
        business = Business("Корица", self._desk, zone=BUSINESS_ZONE)
        self._intake = Intake(database, understand, lambda: business, lambda: self.now)
        shop = Shop("Корица", Language.RU, BUSINESS_ZONE, self._desk)
        self._work = Work(database, lambda: self.now, lambda: shop, self._intake.answer_kept, Day.rate)  # type: ignore[arg-type]  # no night is judged here
        self._happenings: list[tuple[datetime, int, Happening]] = []
        self._order = itertools.count()
        self._hours = 0
        self._heard: set[tuple[UUID, UUID | None, datetime | None]] = set()

    async def begin(self) -> None:
        operators = await self.database.write(lambda store: settle(store, self.town))
        self.staff = {one.id: one for one in operators}
        for one in self.town:
            self._later(one.next_visit(self.now, self.dice), self._visit(one))

    async def live(self, until_day: int = DAYS) -> None:
        """Go on until so many days have passed."""
        for number in range(self._hours, 24 * until_day):
            self._hours = number + 1
            hour = BEGINS + timedelta(hours=number)
            while self._happenings and self._happenings[0][0] <= hour:
                self.now, _, happening = heapq.heappop(self._happenings)
                await happening()
            self.now = hour
            due = [job for every, job in ALWAYS if number % every == 0]
            due += [job for job in MORNINGS if job not in due and is_morning_somewhere(hour)]
            for job in due:
                await job(self._work)
            await self._deliver()

    # --- what happens

    def _visit(self, one: Habits) -> Happening:
        async def happen() -> None:
            sale = Sale(f"{one.user_id}:{self.now}", one.customer, 35_000, PurchaseSource.CONSOLE, branch=one.branch)
            await self.database.write(lambda store: record(store, sale, self.now, BUSINESS_ZONE))
            self._later(one.next_visit(self.now, self.dice), self._visit(one))

        return happen

    def _press(self, one: Habits, delivery: Delivery, value: str) -> Happening:
        async def happen() -> None:
            await self._hear(one, pressed=Press(delivery.nonce, value))
            if self.dice.random() < one.tells:
                self._later(self.now + timedelta(minutes=self.dice.uniform(1, 30)), self._say(one))

        return happen

    def _say(self, one: Habits) -> Happening:
        return lambda: self._hear(one, text=self.dice.choice(WORDS))

    async def _hear(self, one: Habits, **what: Any) -> None:
        author = Author(one.user_id, one.customer.name, Language.RU)
        chat = Address(one.bot_id, one.user_id)
        await self._intake.receive(IncomingMessage(str(next(self._order)), chat, author, self.now, **what))

    def _answer(self, case_id: UUID, staff_id: UUID) -> Happening:
        async def happen() -> None:
            who = self.staff[staff_id]
            await self.database.write(
                lambda store: cases.reply(store, case_id, who, "Простите нас!", self.now, self._desk)
            )
            self._later(self.now + timedelta(hours=self.dice.uniform(0.5, 30)), self._close(case_id, staff_id))

        return happen

    def _close(self, case_id: UUID, staff_id: UUID) -> Happening:
        async def happen() -> None:
            who, cause = self.staff[staff_id], CaseCause.WAITING
            await self.database.write(
                lambda store: cases.close(store, case_id, who, cause, "Извинились", self.now, self._desk)
            )

        return happen

    # --- what follows from what was said

    async def _deliver(self) -> None:
        """What the hour brought, at its end: a round of a relay costs as much as the turn that it carries."""
        for bot_id in await self.database.read(_with_post):
            await self._relays[bot_id].deliver_due()
        news = self._transport.carried[len(self.carried) :]
        self.carried.extend((self.now, one) for one in news)
        for delivery in news:
            one = self.by_chat.get((delivery.to.bot_id, delivery.to.user_id))
            if one is not None:
                self._think(one, delivery)
        if any((one.to.bot_id, one.to.user_id) not in self.by_chat for one in news):
            await self._look_at_cases()

    def _think(self, one: Habits, delivery: Delivery) -> None:
        """Whether, when and how somebody answers a question with a scale under it."""
        scale = [button.value for button in delivery.message.buttons if button.value.startswith(PRESS)]
        if not scale or self.dice.random() >= one.answers:
            return
        highest = max(int(value.removeprefix(PRESS)) for value in scale)
        wait = timedelta(minutes=self.dice.lognormvariate(math.log(60), 1.5))
        self._later(self.now + wait, self._press(one, delivery, f"{PRESS}{one.score(highest, self.dice)}"))

    async def _look_at_cases(self) -> None:
        """Operators hear of a case: whose work it is answers it in their hours."""

        def waiting(store) -> list[Case]:
            return [row.case for row in store.cases.inbox(Wanted(), limit=1000)]

        for case in await self.database.read(waiting):
            is_theirs = case.assigned_to is not None and case.waiting_since is not None
            if is_theirs and (case.id, case.assigned_to, case.waiting_since) not in self._heard:
                self._heard.add((case.id, case.assigned_to, case.waiting_since))
                hours = 24 if self.dice.random() < FORGETFUL else self.dice.uniform(0.05, 1)
                at = self.now + timedelta(hours=hours)
                while case.branch and not is_open(case.branch, at):
                    at += timedelta(minutes=17)
                self._later(at, self._answer(case.id, case.assigned_to))

    def _later(self, at: datetime, happening: Happening) -> None:
        heapq.heappush(self._happenings, (at, next(self._order), happening))


def _with_post(store: Store) -> list[str]:
    """The bots that have something to carry."""
    waiting = select(_OUTBOX.c.bot_id).where(_OUTBOX.c.state == DeliveryState.QUEUED).distinct()
    return list(store.outbox._connection.execute(waiting).scalars())
