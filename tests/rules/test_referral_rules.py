"""Friends who bring friends, as pure rules: codes, who counts, the first order, what looks wrong, the cap."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.promo_rules import looks_like_code, normalised
from loyalty.referral_rules import (
    Newcomer,
    Seen,
    Unfit,
    advocate_earns,
    counts,
    first_name,
    first_order,
    is_code,
    new_code,
    shown,
    signals,
    unfit,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STRANGER = Newcomer(False, False, False, False, NOW, False, False)


@dataclass
class Line:
    amount_minor: int
    at: datetime = NOW
    returned_minor: int = 0
    order_key: str | None = None
    id: UUID = None

    def __post_init__(self):
        self.id = self.id or uuid4()


@given(st.integers(), st.integers(0, 30))
@settings(max_examples=50)
def test_a_code_is_said_typed_and_read_back_the_same(seed, attempt):
    code = new_code(random.Random(seed).choice, attempt)
    russian = code.translate(str.maketrans("KMTAE", "КМТАЕ"))
    assert is_code(code) and is_code(shown(code).lower()) and is_code(russian)
    assert normalised(russian.lower()) == normalised(shown(code)) == code
    assert looks_like_code(code)


def test_codes_grow_when_the_short_ones_are_taken():
    lengths = [len(new_code(random.Random(1).choice, attempt)) for attempt in range(40)]
    assert (lengths[0], lengths[3], lengths[39]) == (8, 9, 12)
    assert lengths == sorted(lengths)


def test_no_code_begins_with_a_word_that_one_would_not_say():
    dice = random.Random(2)
    assert not any(new_code(dice.choice, 0).startswith("KAKA") for _ in range(2000))


@pytest.mark.parametrize("text", ["спасибо", "MAKE", "MAKE-0149", "HELLO-7KM2QX", "make 27", "2749", ""])
def test_other_words_are_no_code_of_a_friend(text):
    assert not is_code(text)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"is_advocate": True, "is_same_person": True}, Unfit.SELF),
        ({"is_same_person": True}, Unfit.SAME_PERSON),
        ({"has_bought": True}, Unfit.EXISTING),
        ({"is_known_elsewhere": True}, Unfit.EXISTING),
        ({"is_imported": True}, Unfit.EXISTING),
        ({"came_at": NOW - timedelta(days=31)}, Unfit.EXISTING),
        ({"came_at": NOW - timedelta(days=30)}, None),
    ],
)
def test_who_counts_as_brought(change, why):
    assert unfit(STRANGER._replace(**change), NOW) is why


def test_the_first_order_is_the_earliest_that_is_large_enough_and_stays_paid():
    small, returned = Line(10_000), Line(90_000, returned_minor=90_000)
    parts = [Line(30_000, order_key="7"), Line(25_000, order_key="7")]
    assert first_order([small, returned, *parts, Line(60_000)], 50_000) is parts[0]
    assert first_order([small, returned], 50_000) is None
    assert first_order([Line(0)], 0) is None


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_free_order_never_counts_and_a_larger_one_always_does(kept, least):
    assert counts(kept, least) is (kept >= least and kept > 0)


def test_nothing_looks_wrong_about_a_plain_friend():
    assert signals(Seen(joins_that_day=4, at_one_till=2)) == {}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"joins_that_day": 5}, {"burst": 5}),
        ({"at_one_till": 3}, {"one_till": 3}),
        ({"taken_back": 1}, {"taken_back": 1}),
        ({"is_own_till": True}, {"own_till": 1}),
        ({"may_be_one": True}, {"may_be_one": 1}),
    ],
)
def test_each_thing_that_looks_wrong_comes_with_its_number(change, found):
    assert signals(replace(Seen(), **change)) == found


def test_the_cap_is_how_many_friends_bring_points_in_a_month():
    assert advocate_earns(9, 10) and not advocate_earns(10, 10) and advocate_earns(10**6, None)


def test_only_the_first_name_is_told():
    assert (first_name("Анна Петрова"), first_name("  ")) == ("Анна", "")
