"""Points, card numbers and codes as pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.points import card_number, earned, is_card_number
from loyalty.promo_rules import ALPHABET, looks_like_code, normalised, shown
from loyalty.rules import Rounding, Rules


@pytest.mark.parametrize(
    ("amount", "up", "down"), [(0, 0, 0), (1, 1, 0), (2000, 1, 1), (2001, 2, 1), (35_000, 18, 17), (100_000, 50, 50)]
)
def test_five_percent_are_rounded_as_the_rules_say(amount, up, down):
    for rounding, points in ((Rounding.UP, up), (Rounding.DOWN, down)):
        rules = Rules(rounding=rounding)
        assert earned(rules, amount, service="", category="", tier="", weekday=0) == points


@given(st.integers(0, 10**8 - 1), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_a_card_is_noticed(serial, place, shift):
    number = card_number(serial)
    assert is_card_number(number)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert not is_card_number(wrong)


@pytest.mark.parametrize("text", ["", "123", "12345678a", "１２３４５６７８９"])
def test_what_is_no_card_number(text):
    assert not is_card_number(text)


@pytest.mark.parametrize(
    ("written", "stored"),
    [("hello-7km2qx", "HELLO7KM2QX"), ("НЕ11О 7КМ", "HE11O7KM"), ("a b-c_d.9", "ABCD9"), ("ВАСК—4", "BACK4")],
)
def test_a_code_is_stored_one_way(written, stored):
    assert normalised(written) == stored


@pytest.mark.parametrize("text", ["HELLO-7KM2QX", "hello7km2qx", "BDAY9A", "НЕLLО-7КМ"])
def test_a_code_looks_like_one(text):
    assert looks_like_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "привет",
        "10",
        "+7 900 123 45 67",
        "9/10",
        "стоп",
        "",
        "спасибо большое",
        "3, ждал час",
        "Завтра",
        "Заказ",
        "возврат",
        "заказ не тот",
        "номер заказа 4512",
        "Карта 2",
        "500p",
        "1200 р",
        "2000RUB",
    ],
)
def test_words_and_numbers_do_not(text):
    assert not looks_like_code(text)


def test_a_code_is_shown_with_its_prefix_apart():
    assert shown("HELLO7KM2QX", "HELLO") == "HELLO-7KM2QX"
    assert shown("PARTY3", "") == "PARTY3"


def test_no_sign_of_a_code_can_be_taken_for_another():
    assert not set("01OIL") & set(ALPHABET)
