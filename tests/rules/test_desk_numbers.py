"""Operators' statistics: by hand, against a naive count, and what is said where there is too little."""

from math import ceil
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.desk_numbers import Handled, numbers, replies, report

ANNA, BORIS = UUID(int=1), UUID(int=2)
ONE = Handled(ANNA, False, 60, True, False, 5, None)
MAYBE = st.one_of(st.none(), st.booleans())
CASES = st.lists(
    st.builds(
        Handled,
        st.sampled_from([ANNA, BORIS, None]),
        st.booleans(),
        st.one_of(st.none(), st.integers(0, 100_000)),
        MAYBE,
        MAYBE,
        st.one_of(st.none(), st.integers(1, 5)),
        MAYBE,
    ),
    max_size=30,
)


def test_a_case_of_nobody_counts_for_nobody_and_stands_last():
    found = report([ONE._replace(operator=None), ONE, ONE._replace(operator=BORIS), ONE._replace(operator=BORIS)])
    assert list(found.operators) == [BORIS, ANNA, None]
    assert [one.cases for one in found.operators.values()] == [2, 1, 1]


def test_nine_of_ten_were_answered_by_a_wait_that_really_happened():
    reply = replies([10, 20, 30, 40, 50, 60, 70, 80, 90, 1000])
    assert (reply.n, reply.median, reply.p90) == (10, 55.0, 90)
    assert replies([7]) == (1, 7.0, 7)
    assert replies([]) is None


def test_what_is_not_known_yet_is_in_no_share():
    found = numbers([ONE._replace(is_within=None, score=None, is_reopened=None, reply_seconds=None)])
    assert (found.within, found.csat, found.reopened, found.reply) == (None, None, None, None)
    assert found.cases == 1


@settings(max_examples=50)
@given(CASES)
def test_every_number_is_what_counting_on_fingers_gives(cases):
    found = report(cases)
    groups = {
        "everybody": (cases, found.everybody),
        "key": ([one for one in cases if one.is_key], found.key),
        "others": ([one for one in cases if not one.is_key], found.others),
        **{who: ([one for one in cases if one.operator == who], told) for who, told in found.operators.items()},
    }
    for own, told in groups.values():
        assert told.cases == len(own)
        seconds = sorted(one.reply_seconds for one in own if one.reply_seconds is not None)
        assert (told.reply.p90 if told.reply else None) == (seconds[ceil(len(seconds) * 0.9) - 1] if seconds else None)
        for share, answers in (
            (told.within, [one.is_within for one in own]),
            (told.reopened, [one.is_reopened for one in own]),
            (told.recovered, [one.is_recovered for one in own]),
            (told.csat.satisfied if told.csat else None, [one.score >= 4 if one.score else None for one in own]),
        ):
            known = [answer for answer in answers if answer is not None]
            assert (share.n if share else 0) == len(known)
            if share:
                assert share.share == pytest.approx(known.count(True) / len(known))
                assert share.low <= share.share <= share.high
    assert sum(one.cases for one in found.operators.values()) == found.everybody.cases
