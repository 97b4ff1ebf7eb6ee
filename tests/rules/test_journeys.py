"""When a birthday is kept, when nobody is disturbed, what day it is somewhere: pure rules, every hour of the year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.journeys import birthday_in, birthday_to_greet, brings_gift, days_to_greet
from messaging.local_time import QuietHours, at_local, first_quiet_free, zone_of

HELSINKI, NEW_YORK, KAMCHATKA = (ZoneInfo(name) for name in ("Europe/Helsinki", "America/New_York", "Asia/Kamchatka"))


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(0, 3))
def test_everybody_is_greeted_on_their_day_and_up_to_three_later(birthday, late):
    today = birthday + timedelta(days=late)
    kept = birthday_in(birthday.year, birthday.month, birthday.day)
    assert birthday_to_greet(birthday.month, birthday.day, kept + timedelta(days=late)) == kept
    found = days_to_greet(today)
    assert (birthday.month, birthday.day) in found[birthday.year]


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_nobody_is_greeted_a_day_early(birthday):
    if (birthday.month, birthday.day) != (2, 29):
        assert birthday_to_greet(birthday.month, birthday.day, birthday - timedelta(days=1)) is None


def test_a_leap_day_in_common_years():
    assert birthday_in(2027, 2, 29) == date(2027, 2, 28)
    assert birthday_in(2028, 2, 29) == date(2028, 2, 29)


def test_a_gift_wants_a_week():
    assert brings_gift(date(2026, 3, 8), date(2026, 3, 1))
    assert not brings_gift(date(2026, 3, 8), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("hour", "minute", "held"),
    [(20, 59, False), (21, 0, True), (23, 59, True), (0, 0, True), (8, 59, True), (9, 0, False)],
)
def test_the_night_is_quiet(hour, minute, held):
    assert QuietHours().holds(hour * 60 + minute) is held


@given(st.integers(0, 365 * 24 * 60), st.sampled_from([HELSINKI, NEW_YORK, KAMCHATKA]))
def test_what_is_put_off_comes_at_a_free_minute_within_a_day(minute, zone):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    free = first_quiet_free(now, zone, QuietHours())
    local = free.astimezone(zone)
    assert now <= free <= now + timedelta(hours=13)
    assert not QuietHours().holds(local.hour * 60 + local.minute)


def test_never_quiet_is_never_held():
    now = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert first_quiet_free(now, HELSINKI, QuietHours(0, 0)) == now


def test_a_minute_that_the_spring_skips_is_the_next_there_is():
    """At 3:00 on 29 March 2026 Helsinki's clocks jump to 4:00."""
    assert at_local(date(2026, 3, 29), 3 * 60 + 30, HELSINKI).astimezone(HELSINKI).hour == 4


def test_of_two_that_autumn_brings_it_is_the_first():
    assert at_local(date(2026, 10, 25), 3 * 60 + 30, HELSINKI) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", [None, "", "Mars/Base", "../../etc/passwd"])
def test_an_unknown_zone_is_the_business_s_own(name):
    assert zone_of(name, HELSINKI) is HELSINKI
