"""The table of cohorts (feature AN7)."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.cohorts import CohortCount, Month, cohorts

JAN, FEB, MAR = Month(2026, 1), Month(2026, 2), Month(2026, 3)
COUNTS = [
    CohortCount(JAN, JAN, 10, 12, 1_200),
    CohortCount(JAN, MAR, 4, 5, 500),
    CohortCount(FEB, FEB, 6, 6, 600),
    CohortCount(FEB, MAR, 3, 3, 300),
]


def counted(purchases: list[tuple[int, int, int]]) -> list[CohortCount]:
    """What a database would count of (customer, months since January, amount)."""
    first = {customer: min(month for who, month, _ in purchases if who == customer) for customer, _, _ in purchases}
    orders, revenue, people = Counter(), Counter(), defaultdict(set)
    for customer, month, amount in purchases:
        field = first[customer], month
        orders[field] += 1
        revenue[field] += amount
        people[field].add(customer)
    return [CohortCount(JAN.later(a), JAN.later(b), len(people[a, b]), orders[a, b], revenue[a, b]) for a, b in orders]


def test_an7_the_table_by_hand() -> None:
    january, february = cohorts(COUNTS, last=MAR)
    assert (january.month, january.size) == (JAN, 10)
    assert [cell.people for cell in january.cells] == [10, 0, 4]
    assert [cell.retention.value for cell in january.cells] == [100, 0, 40]
    assert {cell.retention.n for cell in january.cells} == {10}
    assert [(cell.orders, cell.revenue) for cell in february.cells] == [(6, 600), (3, 300)]


def test_an7_a_month_that_is_not_over_is_left_out() -> None:
    january, february = cohorts(COUNTS, last=FEB)
    assert [cell.people for cell in january.cells] == [10, 0]
    assert len(february.cells) == 1
    assert [cohort.month for cohort in cohorts(COUNTS, last=JAN)] == [JAN]


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([CohortCount(FEB, JAN, 1, 1, 1)], "cannot be"),
        ([COUNTS[0], COUNTS[0]], "cannot be"),
        ([COUNTS[1]], "no first month"),
        ([COUNTS[0], CohortCount(JAN, FEB, 11, 11, 1)], "no share"),
    ],
)
def test_an7_counts_that_cannot_be_are_refused(counts: list[CohortCount], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        cohorts(counts, last=MAR)


@given(
    st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=8),
            st.integers(min_value=0, max_value=20),
            st.integers(min_value=0, max_value=10**6),
        ),
        max_size=60,
    )
)
@settings(max_examples=50)
def test_an7_no_purchase_is_lost_and_none_counted_twice(purchases: list[tuple[int, int, int]]) -> None:
    table = cohorts(counted(purchases), last=JAN.later(20))
    assert sum(cell.revenue for cohort in table for cell in cohort.cells) == sum(amount for _, _, amount in purchases)
    assert sum(cell.orders for cohort in table for cell in cohort.cells) == len(purchases)
    assert sum(cohort.size for cohort in table) == len({customer for customer, _, _ in purchases})
    assert all(cohort.cells[0].retention.value == 100 for cohort in table)


@given(st.integers(min_value=-500, max_value=500))
@settings(max_examples=50)
def test_months_are_counted_over_new_year(months: int) -> None:
    assert JAN.until(JAN.later(months)) == months
    assert 1 <= JAN.later(months).month <= 12
