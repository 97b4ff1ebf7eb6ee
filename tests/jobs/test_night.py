"""Sums that move with each purchase are the sums that the night counts; the night judges all, once, and says so."""

import asyncio
import random
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.util import await_only

from insights.standing import Sums
from loyalty.import_runs import begin, finish
from loyalty.import_undo import Step, undo_page
from loyalty.standing import ask_to_rate
from messaging.people import Merged, erase, merge
from scheduler import night
from scheduler.base_rating import gather
from scheduler.ticker import run
from scheduler.timetable import TIMETABLE, Entry
from storage.columns import new_id, table_of
from storage.kinds import Channel, ImportKind, LifecycleStage, MoveKind, PurchaseSource
from storage.models import Customer, CustomerStats, Purchase
from storage.quality import Counted
from tests.day import MOSCOW, Day
from tests.postgres import until_it_waits

NIGHT = next(entry for entry in TIMETABLE if entry.job is night.rate_the_base)


class Base(Day):
    """A shop with customers of its own making."""

    async def customers(self, count: int) -> list[Customer]:
        people = [Customer(name=f"Гость {n}", created_at=self.now - timedelta(days=900)) for n in range(count)]
        rows = [one.model_dump() for one in people]
        await self.database.write(lambda store: store.bulk.insert(Customer, rows))
        return people

    async def have_bought(self, customer: Customer, *days_ago: int, **more: object) -> None:
        """Purchases of a file: nobody has counted them."""
        for days in days_ago:
            values = {"amount_minor": 50_000, "source": PurchaseSource.IMPORT, "product": "Стрижка", **more}
            purchase = Purchase(customer_id=customer.id, at=self.now - timedelta(days=days), **values)
            await self.database.write(lambda store, purchase=purchase: store.purchases.add(purchase))
        await self.database.write(lambda store: store.purchase_import.mark_stale([customer.id.hex]))

    async def sells(self, customer: Customer, amount_minor: int = 50_000, product: str = "Стрижка") -> None:
        from loyalty.purchases import Sale, record

        sale = Sale(new_id().hex, customer, amount_minor, PurchaseSource.CONSOLE, product=product)
        await self.database.write(lambda store: record(store, sale, self.now, MOSCOW))

    async def stats(self, customer: Customer) -> CustomerStats:
        row = await self.database.read(lambda store: store.stats.of(customer.id))
        assert row is not None
        return row

    async def recounts(self) -> int:
        return await night.recount_stale(self.work)

    async def rates(self) -> int | None:
        """The night, whether it is due or not."""
        await self.database.write(lambda store: ask_to_rate(store, self.now))
        await run(NIGHT, self.work)
        [found] = await self.database.read(lambda store: store.occasions.jobs())
        assert not found.error, found.error
        return found.handled

    async def moves(self, customer: Customer, kind: MoveKind = MoveKind.STAGE) -> list[tuple[str, str]]:
        moves = await self.database.read(lambda store: store.moves.of_customer(customer.id, 100))
        return [(one.before, one.after) for one in reversed(moves) if one.kind is kind]


@pytest.fixture
async def base(database):
    base = Base(Channel.WEBCHAT, database)
    await base.register_bots()
    return base


def sums_of(row: CustomerStats) -> Sums:
    return Sums(*(getattr(row, name) for name in Sums._fields))


async def test_sums_after_any_purchases_are_those_that_are_counted_anew(base):
    dice = random.Random(5)
    people = await base.customers(12)
    began = base.now
    for _ in range(60):
        await base.sells(dice.choice(people), dice.randrange(100, 99_999), dice.choice(("Стрижка", "Бритьё", "")))
        base.passes(hours=dice.choice((0, 1, 5, 20, 24, 24 * 9)))
    assert base.now > began
    bought = [one for one in people if await base.database.read(lambda store, one=one: store.stats.of(one.id))]
    moved = [await base.stats(one) for one in bought]
    assert not any(row.is_stale for row in moved)
    await base.database.write(lambda store: store.stats.mark_stale([one.id for one in bought]))
    assert await base.recounts() == len(bought)
    for one, before in zip(bought, moved, strict=True):
        after = await base.stats(one)
        assert sums_of(before).agree_with(sums_of(after))
        assert (before.last_at, before.last_product) == (after.last_at, after.last_product)
        assert not after.is_stale


async def test_lines_of_one_order_returns_and_midnight_count_as_the_tallies_say(base):
    [one] = await base.customers(1)
    await base.have_bought(one, 30, 30, order_key="A1")
    await base.have_bought(one, 10, amount_minor=40_000, returned_minor=40_000)  # brought back: a visit, but no order
    await base.have_bought(one, 9, amount_minor=-7_000)
    await base.recounts()
    row = await base.stats(one)
    assert (row.visits, row.orders, row.revenue_minor, row.returned_minor) == (2, 1, 93_000, 47_000)
    assert row.last_day - row.first_day == 20


async def test_a_first_purchase_makes_a_newcomer_and_the_second_a_regular(base):
    [one] = await base.customers(1)
    await base.sells(one)
    base.passes(days=20)
    await base.sells(one)
    row = await base.stats(one)
    assert row.stage is LifecycleStage.REGULAR
    assert await base.moves(one) == [("potential", "new"), ("new", "regular")]
    assert row.expected_at > base.now
    assert row.expected_at < row.late_at < row.lost_at


async def test_what_a_file_brings_is_counted_by_the_clock_and_is_no_move(base):
    people = await base.customers(60)
    for one in people:
        await base.have_bought(one, 400)
    assert await base.recounts() == 60
    assert await base.recounts() == 0
    assert {(await base.stats(one)).stage for one in people} == {LifecycleStage.LOST}
    assert await base.moves(people[0]) == []


async def test_the_night_rates_everybody_and_a_second_one_changes_nothing(base):
    dice = random.Random(7)
    people = await base.customers(40)
    for one in people:
        await base.have_bought(one, *dice.sample(range(1, 500), dice.randrange(1, 9)))
    await base.recounts()
    assert await base.rates() == 40
    before = [await base.stats(one) for one in people]
    assert all(row.rfm is not None for row in before if row.year_orders)
    assert sum(row.is_key for row in before) == 2
    base.passes(minutes=20)
    assert await base.rates() == 0
    assert [await base.stats(one) for one in people] == before
    reports = await base.database.read(lambda store: store.reports.newest_many(10))
    assert [(one.purchases, one.data["people"], one.data["differences"]) for one in reports] == [
        (reports[0].purchases, 40, 0),
        (reports[0].purchases, 40, 0),
    ]
    stages = reports[0].data["stages"]
    assert sum(stages.values()) == 40
    assert {stage: sum(row.stage == stage for row in before) for stage in stages} == stages


async def test_the_night_keeps_how_much_is_known_of_the_customers(base):
    [olga, _] = await base.customers(2)
    await base.have_bought(olga, 3, branch="Центр")
    await base.rates()
    report = await base.database.read(lambda store: store.reports.newest())
    counted = await base.database.read(lambda store: store.quality.counted(base.now))
    assert [Counted.from_json(cells) for cells in report.data["quality"]] == counted
    assert sum(one.customers for one in counted) == 2


async def test_who_stays_away_moves_to_late_and_lost_once_each_however_often_the_night_runs(base):
    [one, *others] = await base.customers(30)
    for each in (one, *others):
        await base.have_bought(each, 90, 76, 61, 45, 31, 15, 1)
    await base.recounts()
    await base.rates()
    assert (await base.stats(one)).stage is LifecycleStage.LOYAL
    for _ in range(12):
        base.passes(days=10)
        for each in others:
            await base.sells(each)
        await base.rates()
        await base.rates()
    told_afterwards = [("potential", "new"), ("new", "regular"), ("regular", "loyal")]
    assert await base.moves(one) == [*told_afterwards, ("loyal", "at_risk"), ("at_risk", "lost")]
    row = await base.stats(one)
    assert row.stage_reason["code"] == "silent_too_long"
    assert row.stage_since <= base.now


async def test_what_a_file_brings_has_a_past_after_the_first_night_and_no_other_one_after_the_second(base):
    [back, faithful, *others] = await base.customers(30)
    await base.have_bought(back, 400, 370, 340, 30)
    await base.have_bought(faithful, *range(2, 600, 14))
    for each in others:
        await base.have_bought(each, 90, 76, 61, 45, 31, 15, 1)
    await base.recounts()
    await base.rates()
    told = [("regular", "at_risk"), ("at_risk", "lost"), ("lost", "regular")]
    assert (await base.moves(back))[-3:] == told
    assert await base.moves(faithful) == []  # whatever they were before thirteen months is not told
    row = await base.stats(faithful)
    assert (row.stage, (base.now - row.stage_since).days) == (LifecycleStage.LOYAL, 534)  # the fifth visit
    newest, *earlier = await base.database.read(lambda store: store.moves.of_customer(back.id, 100))
    assert newest.at == base.now - timedelta(days=30)
    assert newest.reason["told_afterwards"] is True
    assert all(one.at < newest.at for one in earlier)
    base.passes(minutes=20)
    await base.rates()
    assert len(await base.moves(back)) == len(earlier) + 1


async def test_whom_the_first_night_judges_before_the_clock_has_counted_them_was_no_stranger_until_today(base):
    [back, *others] = await base.customers(30)
    await base.have_bought(back, 400, 370, 340, 30)
    for each in others:
        await base.have_bought(each, 90, 76, 61, 45, 31, 15, 1)
    await base.rates()
    told, stood = await base.moves(back), (await base.stats(back)).stage
    assert told[-1] == ("lost", "regular")
    assert await base.recounts() == 30
    assert await base.moves(back) == told
    assert (await base.stats(back)).stage is stood is LifecycleStage.REGULAR
    assert (await base.stats(back)).visits == 4


async def test_who_was_seen_to_move_before_the_first_night_keeps_those_moves_alone(base):
    [one] = await base.customers(1)
    await base.sells(one)
    base.passes(days=20)
    await base.sells(one)
    await base.rates()
    assert await base.moves(one) == [("potential", "new"), ("new", "regular")]


async def test_sums_that_do_not_agree_are_counted_and_repaired(base):
    one, two = await base.customers(2)
    await base.sells(one)
    await base.sells(two)
    now = base.now
    await base.database.write(lambda store: store.stats.put([(one.id, 77)], ("visits",)))
    await base.rates()
    report = await base.database.read(lambda store: store.reports.newest())
    assert report.data["differences"] == 1
    assert (await base.stats(one)).visits == 1
    assert now == base.now


async def test_a_purchase_while_the_base_is_judged_is_not_overwritten(base):
    one, two = await base.customers(2)
    await base.have_bought(one, 40, 20)
    await base.have_bought(two, 40, 20)
    await base.recounts()
    judge = base.rate

    @asynccontextmanager
    async def slow(zone, now):
        async with judge(zone, now) as lines:
            await base.sells(one)
            yield lines

    base.rate = slow
    await base.rates()
    row = await base.stats(one)
    assert (row.visits, row.orders) == (3, 3)
    assert row.rated_at == base.now
    assert (await base.stats(two)).rated_at == base.now


@pytest.mark.parametrize("has_row", [True, False])
async def test_who_is_gone_by_the_time_the_night_writes_stops_it_for_nobody(base, has_row):
    gone, dropped, *others = await base.customers(4)
    for each in (gone, dropped, *others):
        await base.have_bought(each, 400, 370, 340, 30)
    if has_row:
        await base.recounts()
    else:
        await base.database.write(lambda store: store.connection.execute(delete(table_of(CustomerStats))))
    judge = base.rate

    def lose(store):
        assert isinstance(merge(store, others[0].id, gone.id, None, base.now), Merged)
        store.purchase_import.lock()
        store.connection.execute(delete(table_of(Purchase)).where(table_of(Purchase).c.customer_id == dropped.id))
        store.import_undo.drop_customers([dropped.id])

    @asynccontextmanager
    async def slow(zone, now):
        async with judge(zone, now) as lines:
            await base.database.write(lose)
            yield lines

    base.rate = slow
    assert await base.rates() == len(others)
    assert (await base.stats(others[1])).rated_at == base.now


async def test_a_merge_and_a_recount_at_once_wait_for_each_other_in_one_order(base, database):
    """Both hold the customers before their sums: the other way round each would wait for the other."""
    kept, gone = await base.customers(2)
    await base.have_bought(kept, 20)
    await base.have_bought(gone, 40)

    recounts = []

    def join(store):
        store.people.lock(kept.id, gone.id)
        if store.connection.dialect.name == "postgresql":  # SQLite has one writer: there is nothing to wait for
            recounts.append(asyncio.create_task(base.recounts()))
            await_only(until_it_waits(database))
        assert isinstance(merge(store, kept.id, gone.id, None, base.now), Merged)

    await database.write(join)
    await asyncio.gather(*recounts)
    await base.recounts()
    assert (await base.stats(kept)).visits == 2


async def test_a_failed_night_leaves_everything_as_it_was_and_waits_longer_each_time(base):
    [one] = await base.customers(1)
    await base.sells(one)
    before = await base.stats(one)

    @asynccontextmanager
    async def broken(zone, now):
        raise RuntimeError("private words")
        yield

    base.rate = broken
    for failures in (1, 2, 3):
        await run(NIGHT, base.work)
        await run(NIGHT, base.work)  # too early: no second attempt
        job = await base.database.read(lambda store: store.occasions.job("rate_the_base"))
        assert (job.failures, job.failed_at) == (failures, base.now)
        assert "private" not in job.error
        base.passes(minutes=10 * 2 ** (failures - 1))
    assert await base.stats(one) == before
    assert await base.database.read(lambda store: store.reports.newest()) is None


async def test_the_night_is_due_after_three_and_when_asked_and_once(base):
    async def is_due():
        return await base.database.read(lambda store: night.is_due(store, base.now, MOSCOW))

    assert not await is_due()  # nothing to judge
    [one] = await base.customers(1)
    await base.sells(one)
    assert await is_due()
    await run(NIGHT, base.work)
    assert not await is_due()
    base.passes(hours=11, minutes=59)  # 2:59 in Moscow
    assert not await is_due()
    base.passes(minutes=1)
    assert await is_due()
    await run(NIGHT, base.work)
    assert not await is_due()
    base.passes(minutes=1)
    await base.database.write(lambda store: ask_to_rate(store, base.now))
    assert await is_due()
    await run(NIGHT, base.work)
    assert not await is_due()


async def test_nobody_is_judged_by_half_of_a_file_and_all_are_as_soon_as_it_is_taken_in(base):
    [one] = await base.customers(1)
    begun = await base.database.write(lambda store: begin(store, ImportKind.PURCHASES, "sales.csv", {}, base.now))
    await base.have_bought(one, 400, 370)
    assert await base.recounts() == 0
    await run(NIGHT, base.work)
    assert await base.database.read(lambda store: store.reports.newest()) is None
    await base.have_bought(one, 340, 30)
    await base.database.write(lambda store: finish(store, begun.id, base.now))
    assert await base.recounts() == 1
    await run(NIGHT, base.work)
    assert (await base.moves(one))[-3:] == [("regular", "at_risk"), ("at_risk", "lost"), ("lost", "regular")]


async def test_an_import_that_died_is_waited_for_no_longer_than_two_hours(base):
    [one] = await base.customers(1)
    await base.database.write(lambda store: begin(store, ImportKind.PURCHASES, "sales.csv", {}, base.now))
    await base.have_bought(one, 400)
    base.passes(hours=2)
    assert await base.recounts() == 0
    base.passes(minutes=1)
    assert await base.recounts() == 1
    assert await base.database.read(lambda store: night.is_due(store, base.now, MOSCOW))


async def test_the_base_is_judged_again_after_each_import_and_its_undoing(base):
    async def is_due():
        return await base.database.read(lambda store: night.is_due(store, base.now, MOSCOW))

    [one] = await base.customers(1)
    await base.sells(one)
    await run(NIGHT, base.work)
    base.passes(minutes=1)
    assert not await is_due()
    begun = await base.database.write(lambda store: begin(store, ImportKind.PURCHASES, "sales.csv", {}, base.now))
    await base.database.write(lambda store: finish(store, begun.id, base.now))
    assert await is_due()
    await run(NIGHT, base.work)
    base.passes(minutes=1)
    assert not await is_due()
    step = await base.database.write(lambda store: undo_page(store, begun.id, base.now, Step()))
    assert step.is_over
    assert await is_due()


async def test_a_second_file_before_the_first_night_is_no_move(base):
    [one] = await base.customers(1)
    await base.have_bought(one, 400)
    await base.recounts()
    await base.have_bought(one, 370, 340, 30)
    await base.recounts()
    assert await base.moves(one) == []


async def test_who_asked_to_be_forgotten_is_in_the_books_and_is_missed_by_nobody(base):
    people = await base.customers(40)
    best, *others = people
    await base.have_bought(best, *range(140, 300, 20), amount_minor=900_000)
    await base.have_bought(best, 120, 120, amount_minor=900_000, order_key="A1")
    for each in others:
        await base.have_bought(each, 90, 76, 61, 45, 31, 15, 1)
    await base.recounts()
    await base.rates()
    assert (await base.stats(best)).is_key
    before = await base.database.read(lambda store: store.reports.newest())
    await base.database.write(lambda store: erase(store, best.id, None, base.now))
    base.passes(minutes=20)
    await base.rates()
    row = await base.stats(best)
    assert (row.is_key, row.key_score, row.key_parts, row.orders) == (False, None, None, 9)
    after = await base.database.read(lambda store: store.reports.newest())
    assert before.data["losses"] != after.data["losses"]
    assert best.id.hex in str(before.data["losses"]) and best.id.hex not in str(after.data["losses"])


async def test_what_is_gone_makes_a_prospect_of_a_customer(base):
    [one] = await base.customers(1)
    await base.have_bought(one, 3, amount_minor=-500)
    await base.recounts()
    row = await base.stats(one)
    assert (row.stage, row.visits, row.first_day, row.expected_at) == (LifecycleStage.POTENTIAL, 0, None, None)


async def test_one_run_is_noted_with_its_time_and_its_failures_in_a_row(base):
    async def fails(work):
        raise ValueError

    entry = Entry(5, fails)
    await run(entry, base.work)
    await run(entry, base.work)
    [job] = await base.database.read(lambda store: store.occasions.jobs())
    assert job.failures == 2
    assert job.seconds >= 0


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 10**7), st.integers(0, 80)), max_size=12))
async def test_any_sums_conserve_the_money_that_was_taken(sqlite_database, sales):
    base = Base(Channel.WEBCHAT, sqlite_database)
    people = await base.customers(4)
    for who, amount, hours in sales:
        await base.sells(people[who], amount)
        base.passes(hours=hours)
    gathered = await base.database.read(lambda store: gather(store, MOSCOW))
    mine = [gathered.known[one.id.hex].sums for one in people if one.id.hex in gathered.known]
    assert sum(one.revenue_minor for one in mine) == sum(amount for _, amount, _ in sales)
    assert sum(one.orders for one in mine) == len(sales)
