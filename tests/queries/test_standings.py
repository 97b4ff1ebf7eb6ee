"""Who stands where and who moved: each customer counted once, at any two moments, on both engines."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.directory import Among
from storage.kinds import LifecycleStage, MoveKind, RfmSegment
from storage.models import Customer, CustomerStats, StatusMove
from storage.standings import ABSENT, Group, Moment
from tests.rows import overwrite

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=900)


class Undone(Exception):
    """Takes back what a unit wrote."""


def ago(days: int) -> Moment:
    at = NOW - timedelta(days=days)
    return Moment(at, at.date().toordinal())


def meet(store, name: str = "Анна", created_at: datetime = LONG_AGO, **numbers: object) -> Customer:
    """A customer, and their row of numbers where any are given."""
    customer = Customer(name=name, created_at=created_at)
    store.bulk.insert(Customer, [customer.model_dump()])
    if numbers:
        row = CustomerStats(customer_id=customer.id, stage_since=LONG_AGO, **numbers)
        store.bulk.insert(CustomerStats, [row.model_dump()])
    return customer


def moves(store, customer: Customer, before: str, after: str, days: int, kind: MoveKind = MoveKind.STAGE, **reason):
    move = StatusMove(
        customer_id=customer.id, kind=kind, before=before, after=after, reason=reason, at=NOW - timedelta(days=days)
    )
    store.moves.add([move])


async def test_who_asked_to_be_forgotten_is_neither_late_nor_on_the_move(database):
    def look(store):
        for is_erased in (False, True):
            one = meet(store, stage=LifecycleStage.AT_RISK, visits=9, is_key=True)
            moves(store, one, "loyal", "at_risk", 3)
            if is_erased:
                one.erased_at = NOW
                overwrite(store, one)
        return store.week.key_late(), store.moves.counts(MoveKind.STAGE, NOW - timedelta(days=7), NOW)

    assert await database.write(look) == (1, {("loyal", "at_risk"): 1})


async def test_everybody_stands_in_one_stage_with_the_money_of_a_year(database):
    def look(store):
        meet(store)
        meet(store, stage=LifecycleStage.LOYAL, visits=9, year_revenue_minor=9_000_00)
        meet(store, stage=LifecycleStage.LOYAL, visits=7, year_revenue_minor=1_000_00)
        meet(store, stage=LifecycleStage.LOST, visits=1)
        erased = meet(store, stage=LifecycleStage.LOST, visits=1, year_revenue_minor=5)
        erased.erased_at = NOW
        overwrite(store, erased)
        return store.standings.stages()

    assert await database.write(look) == {
        LifecycleStage.POTENTIAL: Group(1, 0),
        LifecycleStage.LOYAL: Group(2, 10_000_00),
        LifecycleStage.LOST: Group(1, 0),
    }


async def test_a_customer_is_counted_from_where_they_stood_to_where_they_stand(database):
    def look(store):
        late = meet(store, stage=LifecycleStage.AT_RISK, visits=5)
        moves(store, late, "regular", "loyal", 20)
        moves(store, late, "loyal", "at_risk", 3)
        back = meet(store, stage=LifecycleStage.LOYAL, visits=6)
        moves(store, back, "loyal", "at_risk", 45)
        moves(store, back, "at_risk", "loyal", 40)
        came = meet(store, created_at=NOW - timedelta(days=2), stage=LifecycleStage.NEW, visits=1)
        moves(store, came, "potential", "new", 1)
        brought = meet(store, created_at=NOW, stage=LifecycleStage.LOST, visits=1, first_day=ago(300).day)
        moves(store, brought, "new", "lost", 10)
        moves(store, brought, "lost", "lost", 5, MoveKind.RFM)
        meet(store)
        return store.standings.shifts(ago(30)), store.standings.shifts(ago(50), ago(42))

    lately, before = await database.write(look)
    assert lately == {
        ("regular", "at_risk"): 1,
        ("loyal", "loyal"): 1,
        (ABSENT, "new"): 1,
        ("new", "lost"): 1,
        ("potential", "potential"): 1,
    }
    assert before == {
        ("regular", "regular"): 1,
        ("loyal", "at_risk"): 1,
        ("new", "new"): 1,
        ("potential", "potential"): 1,
    }


async def test_of_two_moves_in_one_moment_the_earlier_written_one_tells_where_they_stood(database):
    def look(store):
        one = meet(store, stage=LifecycleStage.LOYAL, visits=5)
        moves(store, one, "lost", "regular", 3)
        moves(store, one, "regular", "loyal", 3)
        return store.standings.shifts(ago(30))

    assert await database.write(look) == {("lost", "loyal"): 1}


STEP = st.tuples(st.integers(1, 80), st.sampled_from(list(LifecycleStage)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    paths=st.lists(
        st.lists(st.tuples(st.integers(1, 80), st.sampled_from(list(LifecycleStage))), max_size=4),
        min_size=1,
        max_size=5,
    ),
    since=st.integers(20, 80),
    length=st.integers(1, 20),
)
async def test_any_moves_conserve_the_people(sqlite_database, paths, since, length):
    """Against a walk through each customer's moves."""
    expected: Counter[tuple[str, str]] = Counter()

    def look(store):
        for path in paths:
            stage, stood, stands = LifecycleStage.NEW, None, None
            steps = sorted(path, key=lambda step: -step[0])
            customer = meet(store, stage=steps[-1][1] if steps else stage, visits=1)
            for days, after in steps:
                stood = stage if days <= since and stood is None else stood
                stands = stage if days <= since - length and stands is None else stands
                moves(store, customer, stage.value, after.value, days)
                stage = after
            stands = stands or stage
            expected[(stood or stage).value, stands.value] += 1
        assert store.standings.shifts(ago(since), ago(since - length)) == expected
        raise Undone

    with pytest.raises(Undone):
        await sqlite_database.write(look)


async def test_cells_span_the_days_and_orders_of_their_people(database):
    def look(store):
        cell = {"recency_score": 5, "frequency_score": 4, "rfm": RfmSegment.CHAMPIONS, "stage": LifecycleStage.LOYAL}
        meet(store, **cell, year_revenue_minor=100, year_orders=9, last_day=700)
        meet(store, **cell, year_revenue_minor=50, year_orders=7, last_day=704)
        other = {**cell, "rfm": RfmSegment.LOYAL}
        meet(store, **other, year_revenue_minor=1, year_orders=8, last_day=701)
        meet(store, stage=LifecycleStage.LOST, year_orders=0)
        return store.standings.cells()

    cells = await database.write(look)
    assert [tuple(cell) for cell in cells] == [
        (5, 4, RfmSegment.CHAMPIONS, 2, 150, 700, 704, 7, 9),
        (5, 4, RfmSegment.LOYAL, 1, 1, 701, 701, 8, 8),
    ]


async def test_key_customers_come_best_first_with_the_parts_they_entered_with(database):
    def look(store):
        key = {"stage": LifecycleStage.LOYAL, "is_key": True}
        good = meet(store, "Борис", **key, key_score=0.8, key_parts={"value": [0.8, 0.4]})
        best = meet(store, "Вера", **key, key_score=0.9, key_parts={"value": [0.9, 0.4]})
        moves(store, good, "", "key", 60, MoveKind.KEY, value=[0.99, 0.4])
        moves(store, good, "key", "", 40, MoveKind.KEY, value=[0.5, 0.4])
        moves(store, good, "", "key", 20, MoveKind.KEY, value=[0.95, 0.4])
        former = meet(store, "Глеб", stage=LifecycleStage.LOST, key_score=0.2, key_parts={})
        moves(store, former, "key", "", 5, MoveKind.KEY)
        standings = store.standings
        return best.id, good.id, former.id, standings.key_customers(9), standings.left_the_top(ago(30).at, 9)

    best, good, former, found, left = await database.write(look)
    assert [(one.id, one.entry_parts) for one in found] == [(best, None), (good, {"value": [0.95, 0.4]})]
    assert [(one.id, one.at) for one in left] == [(former, NOW - timedelta(days=5))]


async def test_the_list_can_be_narrowed_to_each_group_and_counts_it(database):
    def look(store):
        nobody_yet = meet(store, "Без чисел")
        stale = meet(store, "Без визитов", stage=LifecycleStage.POTENTIAL)
        cell = {"recency_score": 5, "frequency_score": 1, "rfm": RfmSegment.NEW}
        new = meet(store, "Новый", stage=LifecycleStage.NEW, visits=1, **cell)
        key = meet(store, "Ключ", stage=LifecycleStage.LOYAL, visits=8, is_key=True, rfm=RfmSegment.CHAMPIONS)
        asked = {
            Among(stage=LifecycleStage.POTENTIAL): {nobody_yet.id, stale.id},
            Among(stage=LifecycleStage.NEW): {new.id},
            Among(rfm=RfmSegment.CHAMPIONS): {key.id},
            Among(recency=5, frequency=1): {new.id},
            Among(recency=4): set(),
            Among(is_key=True): {key.id},
        }
        for among, wanted in asked.items():
            assert {one.id for one in store.directory.page("", "", 9, among=among)} == wanted
            assert store.directory.count(among) == len(wanted)
        return {one.name: one.stage for one in store.directory.page("", "", 9)}

    stages = await database.write(look)
    assert stages == {
        "Без чисел": None,
        "Без визитов": None,
        "Новый": LifecycleStage.NEW,
        "Ключ": LifecycleStage.LOYAL,
    }
