"""Segments: their versions, and their rules in SQL against the plain Python of naive_segments, on both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from messaging.segment_fields import FIELDS
from messaging.segments import parse
from storage.columns import new_id, row_of, table_of
from storage.kinds import Gender, Language, LifecycleStage
from storage.models import Customer, CustomerStats, Purchase, Segment
from storage.segments.fields import FIELDS as SOURCES
from storage.segments.fields import Moment
from tests.queries import naive_segments as naive

MOMENT = Moment(naive.NOW, naive.ZONE)
EVERYONE = {"all": []}


def put(store, rows) -> None:
    for row in rows:
        store.connection.execute(insert(table_of(type(row))).values(row_of(row)))


def found(store, rules) -> set:
    return set(store.segments.page(rules, MOMENT, 1000))


def for_all(store, check, **strategies) -> None:
    """A property over the store: what one example wrote is gone before the next."""

    # Without shrinking: rules are small as they are, and it would go on for minutes.
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(**strategies)
    def run(**values) -> None:
        with store.connection.begin_nested() as savepoint:
            put(store, naive.common_rows())
            check(**values)
            savepoint.rollback()

    run()


PEOPLE = st.lists(naive.people(), min_size=1, max_size=6)
SETS = st.lists(naive.rules, min_size=1, max_size=12)


async def test_rules_find_whom_a_reader_of_the_rules_would_find(database):
    def run(store) -> None:
        def check(people, sets) -> None:
            put(store, [row for person in people for row in person.rows()])
            expected = [{p.customer.id for p in people if naive.is_in(p, rules)} for rules in sets]
            assert [found(store, rules) for rules in sets] == expected
            assert store.segments.counts(sets, MOMENT) == [len(members) for members in expected]

        for_all(store, check, people=PEOPLE, sets=SETS)

    await database.write(run)


async def test_a_not_is_all_the_others_and_twice_is_the_same_again(database):
    def run(store) -> None:
        def check(people, rules) -> None:
            put(store, [row for person in people for row in person.rows()])
            inside, outside = found(store, rules), found(store, {"not": rules})
            assert inside.isdisjoint(outside)
            assert inside | outside == found(store, EVERYONE)
            assert found(store, {"not": {"not": rules}}) == inside

        for_all(store, check, people=PEOPLE, rules=naive.rules)

    await database.write(run)
