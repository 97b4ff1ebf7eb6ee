"""The lot by which dialogues are drawn, and the score card's rules."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.dialogue_samples import Rules, as_json, average, draw, parse
from messaging.flaws import Flaw, Unfit
from messaging.labels import cleaned

IDS = st.lists(st.uuids(), unique=True, max_size=12)


@settings(max_examples=50)
@given(st.dictionaries(st.uuids(), IDS, max_size=4), st.integers(0, 5), st.text(max_size=10))
def test_each_operator_gets_as_many_as_are_wanted_of_their_own_and_none_twice(cases, wanted, seed):
    drawn = draw(cases, dict.fromkeys(cases, wanted), seed)
    for operator, own in cases.items():
        got = [case_id for who, case_id in drawn if who == operator]
        assert len(got) == min(wanted, len(own))
        assert set(got) <= set(own)
        assert len(set(got)) == len(got)


def test_the_order_in_which_cases_are_read_does_not_decide_but_the_week_does():
    cases = [UUID(int=number) for number in range(40)]
    operator = UUID(int=99)
    one = draw({operator: cases}, {operator: 3}, "2026-03-02")
    assert draw({operator: cases[::-1]}, {operator: 3}, "2026-03-02") == one
    assert draw({operator: cases}, {operator: 3}, "2026-03-09") != one


def test_rules_are_read_back_as_they_were_kept():
    rules = Rules(5, ("tone", "Предложил ещё"))
    assert parse(as_json(rules)) == rules
    assert parse({}) == Rules()


@pytest.mark.parametrize(
    ("document", "flaw"),
    [
        ([], {"": Flaw.NOT_A_TABLE}),
        ({"per_operator": "x"}, {"per_operator": Flaw.NOT_A_NUMBER}),
        ({"per_operator": 21}, {"per_operator": Flaw.OUT_OF_RANGE}),
        ({"criteria": ["  "]}, {"criteria": Flaw.OUT_OF_RANGE}),
        ({"criteria": "tone"}, {"criteria": Flaw.NOT_A_TABLE}),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(document, flaw):
    with pytest.raises(Unfit) as refused:
        parse(document)
    assert refused.value.flaws == flaw


def test_a_card_averages_its_marks_and_an_empty_one_has_none():
    assert average({"tone": 5, "solved": 2}) == 3.5
    assert average({}) is None
    assert average(None) is None


def test_labels_are_each_there_once_and_never_hold_the_bar_that_divides_them():
    assert cleaned([" a|b ", "a b", "", "х" * 50]) == ("a b", "х" * 40)
