"""High check, slow rhythm: who it pays to bring in more often (feature B6)."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.high_checks import CustomerRhythm, high_checks


def customer(number: int, check: int, interval: float, visits: int = 5) -> CustomerRhythm:
    return CustomerRhythm(UUID(int=number), check, interval, visits)


def test_the_list_by_hand() -> None:
    """Four times nine customers; the third with the highest checks are 7, 8, 9, the slowest third 6, 8, 9; the median
    is 30 days.
    At 30 days instead of 60 a customer comes 365 / 30 - 365 / 60 = 6.083 times more a year, at 90 days 8.111."""
    base = [customer(number, 100 * number, 10 + 5 * number) for number in range(1, 6)]
    base += [customer(6, 600, 70), customer(7, 700, 30), customer(8, 800, 60), customer(9, 900, 90)]
    found = high_checks(
        [one._replace(customer_id=UUID(int=9 * n + one.customer_id.int)) for n in range(4) for one in base]
    )
    assert [one.customer.customer_id.int for one in found] == [9, 18, 27, 36, 8, 17, 26, 35]
    assert [one.usual_days for one in found] == [30] * 8
    assert [one.visits_gained for one in found] == pytest.approx([8.1111] * 4 + [6.0833] * 4, abs=0.0001)
    assert [one.worth_minor for one in found] == [7300] * 4 + [4867] * 4


def test_of_too_few_regulars_nobody_stands_out() -> None:
    base = [customer(number, 100, 20) for number in range(28)] + [customer(28, 900, 90)]
    assert high_checks(base) == []
    assert len(high_checks([*base, customer(29, 100, 20)])) == 1


def test_two_visits_are_no_rhythm() -> None:
    base = [customer(number, 100, 20) for number in range(10, 40)]
    assert high_checks([*base, customer(9, 900, 90, visits=2)]) == []
    assert [one.customer.customer_id.int for one in high_checks([*base, customer(9, 900, 90, visits=3)])] == [9]


def test_an_interval_of_nought_is_no_rhythm() -> None:
    assert high_checks([customer(number, 100 * number, 0) for number in range(1, 40)]) == []


def test_where_all_checks_are_equal_none_is_high() -> None:
    assert high_checks([customer(number, 500, 10 * number) for number in range(1, 40)]) == []


def test_without_regulars_the_list_is_empty() -> None:
    assert high_checks([]) == []
    assert high_checks([customer(1, 500, 10, visits=1)]) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 400), st.integers(1, 9)), min_size=30, max_size=60))
def test_at_most_a_third_is_listed_each_gains_and_the_best_comes_first(rows: list[tuple[int, int, int]]) -> None:
    base = [customer(number, *row) for number, row in enumerate(rows)]
    found = high_checks(base)
    assert len(found) <= sum(visits >= 3 for _, _, visits in rows) / 3
    assert all(one.visits_gained > 0 and one.worth_minor >= 0 and one.customer.visits >= 3 for one in found)
    assert [one.worth_minor for one in found] == sorted((one.worth_minor for one in found), reverse=True)
