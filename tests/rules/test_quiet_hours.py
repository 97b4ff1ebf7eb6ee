"""Quiet hours as people type them."""

import pytest

from messaging.local_time import QuietHours
from messaging.quiet_hours import NEVER, PRESETS, parse, shown


@pytest.mark.parametrize(
    "typed", ["22-8", "22:00-8:00", "с 22 до 8", "22 – 08", "from 22 to 8", "22.00—8.00", "с 22 ч до 8 часов"]
)
def test_hours_are_read_however_they_are_typed(typed):
    assert parse(typed) == QuietHours(22 * 60, 8 * 60)


def test_minutes_count_and_midnight_has_two_names():
    assert parse("22:30-24") == QuietHours(22 * 60 + 30, 0)


@pytest.mark.parametrize("typed", ["25-8", "22:60-8", "22", "столик на 22-8", "22-8?", "8 916 123-45-67", ""])
def test_anything_else_is_no_pair_of_hours(typed):
    assert parse(typed) is None


def test_what_is_shown_can_be_typed_again():
    assert [parse(shown(one)) for one in PRESETS] == list(PRESETS)


@pytest.mark.parametrize("minute", range(0, 24 * 60, 97))
def test_never_holds_at_no_minute(minute):
    assert not NEVER.holds(minute)
