"""Whom to write to today: at most ten, nobody twice, the reasons in turns, the greatest worth first."""

from datetime import date
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from insights.actions import MOST, Candidate, Why, birthdays_of, pick, worth


def one(number: int, revenue: int = 100_000, **more: int) -> Candidate:
    values = {"visits": 4, "orders": 4, "days": 40, "typical_days": 20, **more}
    return Candidate(UUID(int=number), revenue_minor=revenue, **values)


def test_reasons_take_turns_and_the_greatest_worth_comes_first():
    chosen = pick({Why.LATE: [one(1), one(2, 300_000)], Why.ONCE: [one(3), one(4)]}, most=3)
    assert [(action.customer_id.int, action.why) for action in chosen] == [
        (2, Why.LATE),
        (3, Why.ONCE),
        (1, Why.LATE),
    ]


def test_who_has_several_reasons_is_told_the_first():
    [action] = pick({Why.BIRTHDAY: [one(1)], Why.LATE_KEY: [one(1)], Why.LATE: [one(1)]})
    assert action.why is Why.LATE_KEY


def test_worth_is_a_year_of_visits_and_one_visit_for_who_came_once():
    assert worth(one(1, revenue=80_000, typical_days=73)) == 100_000
    assert worth(one(1, revenue=80_000, visits=1, orders=1)) == 80_000
    assert worth(one(1, revenue=0, orders=0)) == 0


def test_who_was_born_on_the_29th_of_february_is_remembered_on_the_28th():
    assert date(2000, 2, 29) in birthdays_of(date(2026, 2, 27), date(2026, 2, 28))
    assert date(2000, 2, 29) not in birthdays_of(date(2028, 2, 27), date(2028, 2, 28))


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(list(Why)), st.lists(st.integers(0, 20), unique=True, max_size=15)))
def test_never_more_than_ten_never_anybody_twice_and_nobody_left_out_while_there_is_room(found):
    chosen = pick({why: [one(number) for number in numbers] for why, numbers in found.items()})
    people = [action.customer_id for action in chosen]
    everybody = {UUID(int=number) for numbers in found.values() for number in numbers}
    assert len(people) == len(set(people)) == min(MOST, len(everybody))
