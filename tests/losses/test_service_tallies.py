"""What is counted of services is what the definitions say, whoever counts: each is worked out once more, slowly."""

from collections.abc import Callable
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.service_tallies import ALL, Buyers, Ended, ServiceMonth, Sold
from insights.services import patience_days
from insights.tallies import NONE, Counted
from tests.losses.drawn import ENGINES, TODAY, Line, columns, lines_of_purchases
from tests.losses.test_tallies import customers_of, month, net, visits

each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES.keys())
drawn = given(lines=lines_of_purchases)
bounded = settings(max_examples=50, deadline=None)
Trip = tuple[int, int, int]
"""Customer, place among their visits, day."""


def trips(lines: list[Line]) -> list[Trip]:
    return [
        (customer, place, day) for customer in customers_of(lines) for place, day in enumerate(visits(lines, customer))
    ]


def held(lines: list[Line], trip: Trip) -> set[int]:
    """The services of a visit, and ALL."""
    customer, _, day = trip
    return {ALL} | {line[6] for line in lines if (line[0], line[2]) == (customer, day) and line[4] > 0} - {NONE}


def next_day(lines: list[Line], trip: Trip) -> int | None:
    return next((day for day in visits(lines, trip[0]) if day > trip[2]), None)


def tally(lines: list[Line], chosen: list[Trip], flag: Callable[[Trip], bool]) -> list[tuple[int, int, int]]:
    found = {code for trip in chosen for code in held(lines, trip)}
    having = {code: [trip for trip in chosen if code in held(lines, trip)] for code in found}
    return [(code, len(having[code]), sum(map(flag, having[code]))) for code in sorted(found)]


@each_engine
@drawn
@bounded
def test_the_days_until_people_come_again_are_told_by_service(engine, lines):
    for after_first in (True, False):
        found: dict[int, list[int]] = {}
        for trip in trips(lines):
            after = next_day(lines, trip)
            if after is not None and (trip[1] == 0 or not after_first):
                for code in held(lines, trip):
                    found.setdefault(code, []).append(after - trip[2])
        told = engine(columns(lines), TODAY).by_service().gaps(after_first=after_first)
        assert [(one.code, one.visits, one.median_halves) for one in told] == [
            (code, len(days), 2 * median(days)) for code, days in sorted(found.items())
        ]
        for one in told:
            days = found[one.code]
            assert sum(day <= one.low for day in days) >= len(days) / 4 >= sum(day < one.low for day in days)
            assert sum(day >= one.high for day in days) >= len(days) / 4 >= sum(day > one.high for day in days)


@each_engine
@given(lines=lines_of_purchases, usual=st.integers(0, 20), of_nought=st.integers(0, 400))
@bounded
def test_who_came_again_is_told_by_the_first_visit_whose_patience_is_over(engine, lines, usual, of_nought):
    patience, tallies = {0: of_nought, 2: 7}, engine(columns(lines), TODAY).by_service()

    def waited(trip: Trip) -> int:
        return max([usual, *(patience[code] for code in held(lines, trip) & patience.keys())])

    def came(trip: Trip) -> bool:
        after = next_day(lines, trip)
        return after is not None and after - trip[2] <= waited(trip)

    for since in (0, TODAY - 365):
        firsts = {trip[0]: trip for trip in reversed(trips(lines)) if trip[2] >= since}.values()
        over = [trip for trip in firsts if trip[2] + waited(trip) <= TODAY]
        for newcomers in (True, False):
            chosen = [trip for trip in over if trip[1] == 0 or not newcomers]
            told = tallies.returned(since, usual, patience, newcomers=newcomers)
            assert list(told) == [Counted(*row) for row in tally(lines, chosen, came)]


@each_engine
@given(
    lines=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(NONE, 2), st.sampled_from([100, 100, -5])),
        max_size=40,
    ),
    usual=st.integers(1, 20),
    after_nought=st.integers(1, 90),
)
@bounded
def test_visits_of_regulars_count_once_twice_the_longest_patience_is_over(engine, lines, usual, after_nought):
    lines = [(who, 0, TODAY - day, NONE, amount, 0, code, NONE, NONE) for who, day, code, amount in lines]
    after = {0: after_nought, 1: 11}

    def is_over(trip: Trip) -> bool:
        own = median(later - sooner for sooner, later in pairwise(visits(lines, trip[0])))
        taken = [patience_days(own, after.get(code, 0), usual) for code in held(lines, trip)]
        return TODAY - trip[2] > 2 * max(taken) + 1e-9

    for since in (0, TODAY - 20):
        chosen = [trip for trip in trips(lines) if trip[1] >= 2 and trip[2] >= since and is_over(trip)]
        rows = tally(lines, chosen, lambda trip: next_day(lines, trip) is None)
        told = engine(columns(lines), TODAY).by_service().ended(since, usual, after)
        assert list(told) == [Ended(code, n - left, left) for code, n, left in rows]


@each_engine
@drawn
@bounded
def test_what_was_sold_in_a_stretch_of_days_is_told_as_defined_and_keeps_every_coin(engine, lines):
    tallies = engine(columns(lines), TODAY).by_service()
    for since, until in ((0, TODAY), (TODAY - 364, TODAY), (TODAY - 729, TODAY - 365)):
        numbered = [(place, line) for place, line in enumerate(lines) if since <= line[2] <= until]
        expected = []
        for code in sorted({line[6] for _, line in numbered} - {NONE} | ({ALL} if numbered else set())):
            here = [(place, line) for place, line in numbered if code in (ALL, line[6])]
            bought = [(place, line) for place, line in here if line[4] > 0]
            orders = {(line[0], line[3]) if line[3] != NONE else place for place, line in bought}
            expected.append(
                Sold(
                    code,
                    len({line[0] for _, line in bought}),
                    len(orders),
                    sum(net(line) for _, line in here),
                    max((line[2] for _, line in bought), default=0),
                )
            )
        assert list(tallies.sold(since, until)) == expected


@each_engine
@drawn
@bounded
def test_who_buys_a_service_and_in_which_months_is_told_as_defined(engine, lines):
    tallies, went = engine(columns(lines), TODAY).by_service(), trips(lines)
    regulars = {customer for customer, place, _ in went if place == 2}
    expected = []
    for code in sorted({code for trip in went for code in held(lines, trip)}):
        theirs = [trip for trip in went if code in held(lines, trip)]
        people = {customer for customer, _, _ in theirs}
        expected.append(Buyers(code, len(people), sum(not place for _, place, _ in theirs), len(people & regulars)))
    assert list(tallies.buyers()) == expected
    here = [line for line in lines if line[2] >= TODAY - 365 and line[6] in (0, 2)]
    assert list(tallies.months(TODAY - 365, (0, 2))) == [
        ServiceMonth(
            *key,
            sum((line[6], month(line[2])) == key and line[4] > 0 for line in here),
            sum(net(line) for line in here if (line[6], month(line[2])) == key),
        )
        for key in sorted({(line[6], month(line[2])) for line in here})
    ]


@each_engine
def test_of_no_purchases_nothing_is_told(engine):
    tallies = engine(columns([]), TODAY).by_service()
    assert not [*tallies.gaps(after_first=True), *tallies.returned(0, 30, {}, newcomers=True), *tallies.ended(0, 2, {})]
    assert not [*tallies.sold(0, TODAY), *tallies.buyers(), *tallies.months(0, (0, 1))]
