"""The demo's moved clock, the way it takes through the days, and its till."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo.clock import MovedClock, load_clock
from bot.demo.dice import Dice
from bot.demo.till import Till, drink_of
from bot.demo.travel import Travel, stops
from bot.webchat.parts import Bought, Buyer, Step
from loyalty import campaigns
from loyalty.card import join
from loyalty.promo_codes import issue
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.database import Database
from storage.kinds import Channel, Language, PurchaseSource, Role
from storage.models import Bot, Staff, StaffSession
from tests.webchat.shop import until

NOW = datetime(2026, 11, 22, 17, 40, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
BOT = "webchat:main"
ELEVEN = timedelta(hours=8)  # of Moscow, in UTC


class Program:
    """What moves with the clock: it notes at which moments it was asked to work."""

    def __init__(self, database: Database, clock: MovedClock) -> None:
        self.database = database
        self.clock = clock
        self.ticks: list[datetime] = []
        self.beats: list[datetime] = []
        self.is_stopping = False
        self.travel = Travel(
            database, clock, MOSCOW, tick=self.tick, beat=self.beat, is_stopping=lambda: self.is_stopping
        )

    async def tick(self) -> None:
        self.ticks.append(self.clock())

    async def beat(self) -> None:
        self.beats.append(self.clock())


@pytest.fixture
def program(database: Database) -> Program:
    return Program(database, MovedClock(lambda: NOW))


# --- the clock


def test_it_never_goes_back():
    clock = MovedClock(lambda: NOW)
    clock.forward(timedelta(hours=1))
    assert clock() == NOW + timedelta(hours=1)
    with pytest.raises(ValueError, match="back"):
        clock.forward(timedelta(seconds=-1))


async def test_a_restart_finds_it_where_it_was(program, database):
    assert (await load_clock(database, lambda: NOW))() == NOW
    await program.travel.move(Step.DAY)
    await program.travel.move(Step.HALF_HOUR)
    assert (await load_clock(database, lambda: NOW))() == program.clock()
    assert await database.read(lambda store: store.business.history(5)) == []  # the owner changed nothing


# --- the way


def test_each_day_is_entered_at_eleven_and_half_an_hour_comes_first():
    eleven = datetime(2026, 11, 23, tzinfo=UTC) + ELEVEN
    assert list(stops(NOW, Step.HALF_HOUR, MOSCOW)) == [NOW + timedelta(minutes=30)]
    assert list(stops(NOW, Step.DAY, MOSCOW)) == [NOW + timedelta(minutes=30), eleven]
    month = list(stops(NOW, Step.MONTH, MOSCOW))
    assert month[1:] == [eleven + timedelta(days=number) for number in range(30)]


async def test_a_month_is_thirty_single_days_each_with_its_work(program):
    assert await program.travel.move(Step.MONTH)
    assert len(program.ticks) == 31
    assert program.ticks == program.beats
    assert program.clock() == datetime(2026, 12, 22, tzinfo=UTC) + ELEVEN


async def test_only_one_move_at_a_time(program):
    both = await asyncio.gather(program.travel.move(Step.DAY), program.travel.move(Step.DAY))
    assert sorted(both) == [False, True]
    assert len(program.ticks) == 2
    assert not program.travel.is_moving


async def test_a_program_that_stops_does_not_go_on_through_the_month(program):
    program.is_stopping = True
    await program.travel.move(Step.MONTH)
    assert program.ticks == []


async def test_the_next_day_waits_until_what_is_due_has_left(program, database):
    await database.write(lambda store: store.bots.register(Bot(id=BOT, channel=Channel.WEBCHAT)))
    message = [Message("Сегодня")]
    await database.write(lambda store: enqueue(store, Address(BOT, "1"), message, NOW))
    moving = asyncio.create_task(program.travel.move(Step.DAY))
    await until(lambda: program.travel.is_moving)
    assert await database.read(lambda store: store.outbox.is_busy(NOW))
    assert program.ticks == []
    await database.write(_sent_all)
    assert await moving
    assert len(program.ticks) == 2


async def test_nobody_is_signed_out_of_the_console_by_a_month(program, database):
    await database.write(_sign_in)
    await program.travel.move(Step.MONTH)
    session = await database.read(lambda store: store.staff.session("hash"))
    moved = program.clock() - NOW
    assert (session.created_at, session.seen_at) == (NOW - timedelta(days=1) + moved, NOW + moved)


# --- the till


@pytest.fixture
def till(database: Database) -> Till:
    return Till(database, lambda: NOW, MOSCOW, Language.RU)


def buyer(key: str = "a") -> Buyer:
    return Buyer(BOT, "visitor", Language.RU, key)


async def test_who_never_said_a_word_can_buy(till, database):
    await database.write(lambda store: store.bots.register(Bot(id=BOT, channel=Channel.WEBCHAT)))
    bought = await till.buy(buyer(), with_code=False)
    [purchase] = await database.read(_purchases)
    assert (purchase.product, purchase.amount_minor) == (bought.product, bought.amount_minor)
    assert (purchase.source, purchase.at, bought.is_member) == (PurchaseSource.DEMO, NOW, False)


async def test_a_request_sent_twice_is_one_purchase(till, database):
    await database.write(lambda store: store.bots.register(Bot(id=BOT, channel=Channel.WEBCHAT)))
    first, again = await till.buy(buyer(), with_code=False), await till.buy(buyer(), with_code=False)
    assert (first.product, first.amount_minor) == (again.product, again.amount_minor)
    assert len(await database.read(_purchases)) == 1


async def test_a_member_pays_less_with_the_newest_code_and_earns_points(till, database):
    await database.write(_join_with_code)
    bought = await till.buy(buyer(), with_code=True)
    full = drink_of(Dice("drink a"), NOW, MOSCOW).price
    assert isinstance(bought, Bought)
    assert bought.amount_minor == full - full // 10
    assert (bought.is_member, bought.points > 0, bought.worth) == (True, True, "скидка 10 %")
    assert await till.buy(buyer("b"), with_code=True) is None  # it was used up


def test_nobody_is_sold_cocoa_in_july():
    july = datetime(2026, 7, 1, 12, tzinfo=UTC)
    sold = {drink_of(Dice(str(number)), july, MOSCOW).en for number in range(300)}
    assert "Iced latte" in sold
    assert "Cocoa" not in sold


# --- small things


def _sent_all(store):
    store.connection.exec_driver_sql("UPDATE outbox_message SET state = 'sent'")


def _purchases(store):
    identity = store.customers.identity(BOT, "visitor")
    return store.purchases.of_customer(identity.customer_id, 10)


def _join_with_code(store):
    store.bots.register(Bot(id=BOT, channel=Channel.WEBCHAT))
    customer = store.customers.add(BOT, "visitor", "", Language.RU, NOW)
    join(store, customer.id, NOW)
    issue(store, campaigns.campaign(store, campaigns.WELCOME, Language.RU, NOW), customer.id, "first", NOW)


def _sign_in(store):
    olga = Staff(login="olga", name="Ольга", role=Role.OWNER, created_at=NOW)
    store.staff.add(olga)
    since = NOW - timedelta(days=1)
    store.staff.add_session(StaffSession(id_hash="hash", staff_id=olga.id, created_at=since, seen_at=NOW))
