"""What the metrics need is counted the same by both engines, and as a plain reading of the lines says."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.tallies import NONE
from tests.losses.drawn import ENGINES, TODAY, Line, columns, lines_of_purchases

WEIGHTS = {0: 2_500, 2: 10_000}


def by_hand(lines: list[Line], since: int) -> list[tuple[int, int]]:
    """(taken, back) of each order, smallest first."""
    first, taken, back = dict[object, int](), defaultdict[object, int](int), defaultdict[object, int](int)
    for place, (who, _, day, order, amount, returned, *_) in enumerate(lines):
        key = (who, order) if order != NONE else place
        first[key] = min(first.get(key, day), day)
        taken[key] += max(amount, 0)
        back[key] += returned - min(amount, 0)
    return sorted((taken[key], back[key]) for key, day in first.items() if day >= since)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@settings(max_examples=50, deadline=None)
@given(lines=lines_of_purchases, ago=st.integers(0, 800))
def test_both_engines_count_orders_last_visits_and_weights_as_one_reads_them(engine, lines, ago):
    counted = engine(columns(lines), TODAY)
    numbers, day = counted.for_numbers(), TODAY - ago
    orders = numbers.orders(day)
    assert list(zip(orders.taken, orders.back, strict=True)) == by_hand(lines, day)
    visits, weighed = defaultdict[int, int](int), defaultdict[int, int](int)
    for who, _, when, _, amount, returned, service, *_ in lines:
        if amount > 0 and when <= day:
            visits[who] = max(visits[who], when)
        weighed[who] += (amount - returned) * WEIGHTS.get(service, 0)
    people = counted.customers().code
    assert list(numbers.last_visits(day)) == [visits[who] for who in people]
    assert list(numbers.weighed(WEIGHTS)) == [weighed[who] for who in people]
