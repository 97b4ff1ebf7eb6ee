"""Promises: by urgency and customer, in open time; soon due from 80 %; broken a moment after."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.business_hours import Hours, Span, add_open
from messaging.flaws import Flaw, Unfit
from messaging.promises import Promise, Promises, State, What, as_json, due_at, parse, state
from storage.kinds import Urgency

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = Hours(ZoneInfo("UTC"), ((Span(9 * 60, 13 * 60), Span(14 * 60, 18 * 60)),) * 5 + ((), ()))


def test_a_key_customer_waits_half_as_long():
    usual = Promises()
    assert usual.of(Urgency.NOW, is_key=False) == Promise(15, 30, 1440)
    assert usual.of(Urgency.NOW, is_key=True) == Promise(7, 15, 720)
    assert usual.of(Urgency.TODAY, is_key=True) == Promise(120, 120, 2160)


def test_four_hours_promised_at_noon_run_over_lunch():
    today = Promises().of(Urgency.TODAY, is_key=False)
    assert due_at(OFFICE, today, What.FIRST, MONDAY + timedelta(hours=3)) == MONDAY + timedelta(hours=8)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(0, State.OK), (11, State.OK), (12, State.DUE_SOON), (15, State.DUE_SOON), (16, State.BREACHED)],
)
def test_it_is_soon_due_from_four_fifths_on_and_broken_after_the_moment(minutes, expected):
    promise = Promise(15, 30, 60)
    due = due_at(OFFICE, promise, What.FIRST, MONDAY)
    assert state(OFFICE, promise, What.FIRST, due, MONDAY + timedelta(minutes=minutes), 80) is expected


@given(st.integers(0, 5000), st.integers(1, 600), st.integers(0, 600), st.integers(1, 100))
@settings(max_examples=50)
def test_a_promise_only_ever_gets_worse(start, first, passed, warn):
    promise = Promise(first, first, first)
    since = MONDAY + timedelta(minutes=start)
    due = due_at(OFFICE, promise, What.FIRST, since)
    order = list(State)
    moments = [add_open(OFFICE, since, passed * 60), add_open(OFFICE, since, passed * 60 + 60)]
    before, after = (state(OFFICE, promise, What.FIRST, due, at, warn) for at in moments)
    assert order.index(before) <= order.index(after)
    assert (before is State.BREACHED) == (passed > first)


def test_kept_promises_come_back_the_same_and_defaults_fill_the_gaps():
    own = Promises(Promise(5, 10, 60), Promise(60, 60, 600), 25, 90)
    assert parse(as_json(own)) == own
    assert parse({}) == Promises()
    assert parse({"now": {"first": "20"}}).now == Promise(20, 30, 1440)


def test_what_is_wrong_is_said_field_by_field():
    with pytest.raises(Unfit) as refused:
        parse({"now": {"first": 0}, "today": {"next": "скоро"}, "key_percent": 101})
    assert refused.value.flaws == {
        "now.first": Flaw.OUT_OF_RANGE,
        "today.next": Flaw.NOT_A_NUMBER,
        "key_percent": Flaw.OUT_OF_RANGE,
    }
