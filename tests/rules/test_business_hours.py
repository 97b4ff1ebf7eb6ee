"""Open time: breaks, holidays, zones and changed clocks, against a model that walks the minutes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.business_hours import (
    ALL_DAY,
    DAYS,
    Hours,
    Span,
    add_open,
    as_json,
    is_open,
    next_open,
    of_branch,
    open_seconds,
    parse,
    parse_one,
)
from messaging.flaws import Flaw, Unfit

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
LUNCH = (Span(9 * 60, 13 * 60), Span(14 * 60, 18 * 60))
SHOP = Hours(MOSCOW, (LUNCH,) * 5 + ((), ()), {date(2026, 3, 9): (), date(2026, 3, 10): (Span(600, 720),)})
MINUTE = 60


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=MOSCOW).astimezone(UTC)


def test_a_lunch_break_does_not_count():
    assert add_open(SHOP, moscow(2, 12, 50), 30 * MINUTE) == moscow(2, 14, 20)
    assert open_seconds(SHOP, moscow(2, 12, 50), moscow(2, 14, 20)) == 30 * MINUTE
    assert not is_open(SHOP, moscow(2, 13, 0))
    assert is_open(SHOP, moscow(2, 12, 59))


def test_an_evening_word_waits_for_the_morning_and_a_friday_one_for_monday():
    assert next_open(SHOP, moscow(2, 20)) == moscow(3, 9)
    assert add_open(SHOP, moscow(6, 17, 50), 15 * MINUTE) == moscow(10, 10, 5)  # Monday the 9th is a holiday


def test_a_holiday_has_its_own_hours_or_none():
    assert not is_open(SHOP, moscow(9, 10))
    assert is_open(SHOP, moscow(10, 11))
    assert not is_open(SHOP, moscow(10, 12))


def test_without_hours_it_is_always_open():
    always = of_branch({}, "Арбат", MOSCOW)
    assert is_open(always, moscow(8, 3, 17))
    assert add_open(always, moscow(8, 3, 17), 3 * 24 * 3600) == moscow(11, 3, 17)


def test_a_branch_goes_by_its_own_hours_and_zone_else_by_the_business_s():
    by_branch = parse({"": {"week": {"mon": ["9:00-18:00"]}}, "Омск": {"zone": "Asia/Omsk"}}, MOSCOW)
    assert of_branch(by_branch, "Омск", MOSCOW).zone.key == "Asia/Omsk"
    assert of_branch(by_branch, "Арбат", MOSCOW) == by_branch[""]


def test_a_bar_that_closes_after_midnight_is_open_after_midnight():
    bar = parse_one({"week": {"fri": ["18:00-2:00"]}}, MOSCOW)
    assert is_open(bar, moscow(7, 1, 59))
    assert not is_open(bar, moscow(7, 2))
    assert open_seconds(bar, moscow(6, 0), moscow(8, 0)) == 8 * 3600


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_the_day_on_which_the_clocks_change_is_as_long_as_it_is(day, hours):
    always = Hours(BERLIN)
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), BERLIN).astimezone(UTC)
    assert open_seconds(always, start, end) == hours * 3600


def test_a_night_shift_works_an_hour_less_in_spring():
    night = Hours(BERLIN, ((Span(60, 6 * 60),),) * 7)
    midnight = datetime(2026, 3, 29, tzinfo=BERLIN)
    assert open_seconds(night, midnight.astimezone(UTC), datetime(2026, 3, 29, 12, tzinfo=BERLIN)) == 4 * 3600


# --- against minutes that are walked one by one

# No span begins or ends between 0:00 and 4:00: there the name of a minute may stand for none or for two.
_minutes = st.one_of(st.just(0), st.integers(4 * 60, 1440))


@st.composite
def _spans(draw) -> tuple[Span, ...]:
    cuts = sorted(draw(st.sets(_minutes, max_size=6)))
    cuts = cuts[: len(cuts) // 2 * 2]
    return tuple(Span(*cuts[at : at + 2]) for at in range(0, len(cuts), 2))


@st.composite
def _hours(draw) -> Hours:
    week = tuple(draw(_spans()) for _ in range(7))
    days = st.dates(date(2026, 3, 20), date(2026, 4, 5))
    holidays = draw(st.dictionaries(days, _spans(), max_size=3))
    zone = ZoneInfo(draw(st.sampled_from(["Europe/Moscow", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"])))
    return Hours(zone, week if any(week) else (ALL_DAY,) * 7, holidays)


def _walked(hours: Hours, at: datetime) -> bool:
    """By the wall clock: the minute's own name, in its own day's spans."""
    local = at.astimezone(hours.zone)
    minute = local.hour * 60 + local.minute
    return any(span.start <= minute < span.end for span in hours.of(local.date()))


_starts = st.integers(0, 14 * 1440).map(lambda minute: datetime(2026, 3, 22, tzinfo=UTC) + timedelta(minutes=minute))


@given(_hours(), _starts, st.integers(0, 3 * 1440))
@settings(max_examples=40)
def test_open_time_is_the_number_of_open_minutes(hours, start, minutes):
    walked = sum(_walked(hours, start + timedelta(minutes=one)) for one in range(minutes))
    assert open_seconds(hours, start, start + timedelta(minutes=minutes)) == walked * MINUTE
    assert is_open(hours, start) == _walked(hours, start)


@given(_hours(), _starts, st.integers(1, 4000), st.integers(1, 4000))
@settings(max_examples=40)
def test_what_is_added_is_what_has_passed_and_may_be_added_in_two_steps(hours, start, first, second):
    middle = add_open(hours, start, first * MINUTE)
    end = add_open(hours, start, (first + second) * MINUTE)
    assert open_seconds(hours, start, end) == (first + second) * MINUTE
    assert add_open(hours, middle, second * MINUTE) == end
    assert open_seconds(hours, start, end - timedelta(minutes=1)) < (first + second) * MINUTE  # and it is the first


@given(_hours(), _starts)
@settings(max_examples=40)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours, start):
    opening = next_open(hours, start)
    assert is_open(hours, opening)
    assert open_seconds(hours, start, opening) == 0


# --- as a form brings it


@given(_hours())
@settings(max_examples=30)
def test_kept_hours_come_back_the_same(hours):
    assert parse_one(as_json(hours), MOSCOW) == hours


def test_what_is_wrong_is_said_field_by_field():
    document = {
        "": {"zone": "Mars/Olympus", "week": {"mon": ["9-13"], "tue": ["9:00-13:00", "12:00-18:00"], "пн": []}},
        "Арбат": {"week": {day: [] for day in DAYS}},
        "Омск": {"holidays": {"31.12.2026": []}},
    }
    with pytest.raises(Unfit) as refused:
        parse(document, MOSCOW)
    assert refused.value.flaws == {
        ".zone": Flaw.NO_SUCH_ZONE,
        ".week.mon": Flaw.NO_SUCH_HOURS,
        ".week.tue": Flaw.HOURS_OVERLAP,
        ".week.пн": Flaw.NO_SUCH_DAY,
        "Арбат.week": Flaw.NEVER_OPEN,
        "Омск.holidays.31.12.2026": Flaw.NO_SUCH_DAY,
    }


def test_a_week_that_never_opens_is_refused():
    with pytest.raises(ValueError, match="opens"):
        Hours(MOSCOW, ((),) * 7)
