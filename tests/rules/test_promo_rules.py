"""Promo campaigns as pure rules: patterns, discounts, which order fits, who guesses."""

from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.discounts import Offer, clash, discount, discounts
from loyalty.guessing import LONGEST_PAUSE, WITHIN, paused_until
from loyalty.promo_conditions import Facts, Terms, least_order, local, misfit
from loyalty.promo_refusals import Refusal
from loyalty.promo_rules import (
    ALPHABET,
    codes_in,
    filled,
    is_hard_to_guess,
    is_pattern,
    looks_like_code,
    many_filled,
    normalised,
    pattern_of,
    places_needed,
    possible,
    shown,
)
from storage.kinds import Channel, PromoKind

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)  # noon in Moscow
OFFERS = st.lists(
    st.builds(
        Offer,
        st.text(ALPHABET, min_size=4, max_size=8),
        st.sampled_from(PromoKind),
        st.integers(0, 200_000),
        st.none() | st.integers(0, 100_000),
    ),
    max_size=5,
    unique_by=lambda offer: offer.code,
)


# --- patterns


@given(st.text(ALPHABET, min_size=200, max_size=200))
@settings(max_examples=50)
def test_every_code_of_a_pattern_is_known_for_a_code_and_stored_as_it_is(signs):
    for code in many_filled("COFFEE-######-7", signs):
        assert looks_like_code(shown(code, "", "COFFEE-######-7"))
        assert normalised(shown(code, "", "COFFEE-######-7")) == code
        assert code.startswith("COFFEE")
        assert code.endswith("7")


def test_many_codes_take_the_same_signs_as_one_by_one():
    signs = "2A3B4C5D6E7F"
    assert list(many_filled("X-##-Y-##", signs)) == [
        filled("X-##-Y-##", iter(signs[start : start + 4])) for start in (0, 4, 8)
    ]


def test_a_code_of_letters_alone_is_not_given_out():
    assert list(many_filled("####", "ABCD2345A2C4")) == ["A2C4"]


def test_a_cyrillic_prefix_is_the_latin_one():
    assert normalised("СОК-234") == normalised("COK-234")
    assert is_pattern("СОК-####")


@pytest.mark.parametrize("pattern", ["", "COFFEE", "#", "ФФФ-####", "A" * 20 + "#####", "КОФЕ-####"])
def test_what_is_no_pattern(pattern):
    assert not is_pattern(pattern)


def test_the_dashes_of_a_pattern_come_back_where_they_stood():
    assert shown("AB2K7XZ", "", "AB-##-7##") == "AB-2K-7XZ"
    assert shown("OTHER22", "", "AB-##-7##") == "OTHER22"


def test_a_million_codes_need_seven_places_to_be_hard_to_guess():
    assert possible("######") == 31**6
    assert places_needed(1_000_000) == 7
    assert is_hard_to_guess("X-#######", 1_000_000)
    assert not is_hard_to_guess("X-######", 1_000_000)


@given(st.integers(1, 10**7))
@settings(max_examples=50)
def test_the_places_said_to_be_needed_are_enough_and_one_less_is_not(codes):
    places = places_needed(codes)
    assert is_hard_to_guess("#" * places, codes)
    assert places == 1 or not is_hard_to_guess("#" * (places - 1), codes)


def test_without_a_pattern_it_is_the_prefix_and_six():
    assert pattern_of("hello", "") == "HELLO-######"
    assert pattern_of("", "") == "######"


def test_several_codes_are_told_apart_by_commas_and_each_counts_once():
    assert codes_in("hello-22, BDAY 33 ;hello22") == ["HELLO22", "BDAY33"]


# --- what is taken off


@given(OFFERS, st.integers(0, 500_000))
@settings(max_examples=50)
def test_all_codes_together_never_take_more_than_the_price(offers, price):
    off = discounts(offers, price)
    assert all(one >= 0 for one in off.values())
    assert sum(off.values()) <= price
    assert all(off[one.code] <= one.most_minor for one in offers if one.most_minor is not None)


@given(OFFERS, st.integers(0, 500_000))
@settings(max_examples=50)
def test_the_order_of_typing_changes_nothing(offers, price):
    assert discounts(offers, price) == discounts(list(reversed(offers)), price)


def test_percents_come_before_sums():
    half, hundred = Offer("A", PromoKind.PERCENT, 50), Offer("B", PromoKind.FIXED, 10_000)
    assert discounts([hundred, half], 100_000) == {"A": 50_000, "B": 10_000}


def test_a_free_service_is_free_and_points_take_nothing_off():
    assert discount(Offer("A", PromoKind.SERVICE, 0), 80_000) == 80_000
    assert discount(Offer("A", PromoKind.SERVICE, 0, 50_000), 80_000) == 50_000
    assert discount(Offer("A", PromoKind.POINTS, 500), 80_000) == 0


def test_of_an_exclusive_group_there_is_one_code_an_order():
    one, two, free = (
        Offer(code, PromoKind.FIXED, 1, group=group) for code, group in (("A", "x"), ("B", "x"), ("C", ""))
    )
    assert clash([one, two], 5) is Refusal.NOT_TOGETHER
    assert clash([one, free], 5) is None
    assert clash([one, free], 1) is Refusal.TOO_MANY


# --- which order fits


def facts(price=100_000, at=MONDAY, **more) -> Facts:
    return Facts(price, at, local(at, MOSCOW), **more)


def terms(**more) -> Terms:
    return Terms(PromoKind.PERCENT, **more)


@pytest.mark.parametrize(
    ("conditions", "order", "reason"),
    [
        ({}, {}, None),
        ({"is_on": False}, {}, Refusal.CAMPAIGN_OVER),
        ({"ends_at": MONDAY}, {}, Refusal.CAMPAIGN_OVER),
        ({"ends_at": MONDAY + timedelta(seconds=1)}, {}, None),
        ({"starts_at": MONDAY + timedelta(seconds=1)}, {}, Refusal.NOT_YET),
        ({"starts_at": MONDAY}, {}, None),
        ({"weekdays": 0b0000001}, {}, None),
        ({"weekdays": 0b1111110}, {}, Refusal.WRONG_DAY),
        ({"from_minute": 12 * 60, "until_minute": 13 * 60}, {}, None),
        ({"from_minute": 11 * 60, "until_minute": 12 * 60}, {}, Refusal.WRONG_HOUR),
        ({"min_order_minor": 100_000}, {}, None),
        ({"min_order_minor": 100_001}, {}, Refusal.TOO_SMALL),
        ({"only_services": ["Стрижка"]}, {"service": "стрижкА"}, None),
        ({"only_services": ["Волосы"]}, {"service": "Стрижка", "category": "волосы"}, None),
        ({"only_services": ["Стрижка"]}, {"service": ""}, Refusal.WRONG_SERVICE),
        ({"not_services": ["Доставка"]}, {"service": "доставка"}, Refusal.WRONG_SERVICE),
        ({"branches": ["Центр"]}, {"branch": "центр"}, None),
        ({"branches": ["Центр"]}, {"branch": "Север"}, Refusal.WRONG_BRANCH),
        ({"channel": Channel.VK}, {"has_customer": True, "channels": {Channel.VK}}, None),
        ({"channel": Channel.VK}, {"has_customer": True, "channels": {Channel.TELEGRAM}}, Refusal.WRONG_CHANNEL),
        ({"channel": Channel.VK}, {}, Refusal.NEEDS_CUSTOMER),
        ({"is_first_order_only": True}, {"has_customer": True}, None),
        ({"is_first_order_only": True}, {"has_customer": True, "has_bought": True}, Refusal.NOT_FIRST_ORDER),
        ({"is_first_order_only": True}, {}, Refusal.NEEDS_CUSTOMER),
        ({"has_segment": True}, {"has_customer": True, "is_in_segment": False}, Refusal.NOT_IN_SEGMENT),
    ],
)
def test_which_order_a_campaign_is_for(conditions, order, reason):
    assert misfit(terms(**conditions), facts(**order)) is reason


@pytest.mark.parametrize(
    ("hour", "minute", "reason"),
    [
        (21, 59, Refusal.WRONG_HOUR),
        (22, 0, None),
        (0, 30, None),
        (1, 59, None),
        (2, 0, Refusal.WRONG_HOUR),
    ],
)
def test_hours_over_midnight_belong_to_the_evening_they_began_with(hour, minute, reason):
    friday = 1 << 4
    day = datetime(2026, 3, 6 if hour > 12 else 7, hour, minute, tzinfo=MOSCOW)
    night = terms(weekdays=friday, from_minute=22 * 60, until_minute=2 * 60)
    assert misfit(night, facts(at=day.astimezone(UTC))) is reason


def test_the_weekday_is_the_business_s_own():
    late_sunday_utc = datetime(2026, 3, 1, 22, tzinfo=UTC)  # Monday, one in the morning in Moscow
    assert misfit(terms(weekdays=0b0000001), facts(at=late_sunday_utc)) is None


@given(st.lists(st.integers(1, 10**7), max_size=20), st.integers(50, 300), st.integers(0, 10**6))
@settings(max_examples=50)
def test_a_personal_minimum_is_their_median_times_the_percent_in_whole_roubles(checks, percent, minimum):
    least = least_order(terms(min_order_minor=minimum, min_order_percent=percent), checks)
    own = median(checks) * percent / 100 if checks else 0
    assert least >= minimum
    assert least == minimum or own <= least < own + 100


def test_who_never_bought_has_no_personal_minimum():
    assert misfit(terms(min_order_percent=115), facts(price=1, has_customer=True)) is None


# --- who guesses


def test_five_wrong_codes_in_a_quarter_of_an_hour_are_a_pause_and_each_further_one_is_twice_as_long():
    attempts, at = [], MONDAY
    for expected in (15, 30, 60, 120):
        attempts += [at + timedelta(seconds=second) for second in range(5)]
        at = attempts[-1]
        assert paused_until(attempts, at) == at + timedelta(minutes=expected)
        at += timedelta(minutes=expected)
        assert paused_until(attempts, at) is None


def test_four_wrong_codes_or_five_slow_ones_are_none():
    assert paused_until([MONDAY + timedelta(minutes=minute) for minute in range(4)], MONDAY + WITHIN) is None
    slow = [MONDAY + timedelta(minutes=4 * number) for number in range(5)]
    assert paused_until(slow, slow[-1]) is None


@given(st.lists(st.integers(0, 3 * 86_400), max_size=60))
@settings(max_examples=50)
def test_no_pause_is_longer_than_a_day(seconds):
    attempts = sorted(MONDAY + timedelta(seconds=second) for second in seconds)
    if attempts:
        until = paused_until(attempts, attempts[-1])
        assert until is None or until <= attempts[-1] + LONGEST_PAUSE
