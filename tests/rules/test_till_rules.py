"""What a cashier types, how much a day earns, and what an owner should look at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from loyalty.amounts import Wrong
from loyalty.points import card_number
from loyalty.rules import Rules
from loyalty.till_lines import Line, Part, begins_with_number, is_mistyped_card, read_line, read_return, read_sum
from loyalty.till_rules import (
    ONE_CARD_IN_A_DAY,
    ONE_CARD_IN_A_WEEK,
    RETURNS_IN_A_DAY,
    Beyond,
    Served,
    beyond,
    suspicion_of_returns,
    suspicions,
)
from storage.kinds import AlertKind

CARD = card_number(12345678)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (CARD, Line(CARD)),
        (f"{CARD} 450", Line(CARD, 45_000)),
        (f"{CARD} 450 COFFEE-7K", Line(CARD, 45_000, "COFFEE-7K")),
        (f"{CARD[:3]} {CARD[3:6]} {CARD[6:]} 1 200,50 ₽", Line(CARD, 120_050)),
        (f"{CARD} 1 200 руб HELLO 7KM2", Line(CARD, 120_000, "HELLO 7KM2")),
        ("+7 916 123-45-67 300", Line("+7 916 123-45-67", 30_000)),
        ("89161234567 300", Line("89161234567", 30_000)),
        ("K7M2-9QXR 300", Line("K7M2-9QXR", 30_000)),
        ("K7M2-9QXR", Line("K7M2-9QXR")),
        (f"{CARD} сто", Line(CARD, None, "", Wrong.UNREADABLE)),
        (f"{CARD} 0", Line(CARD, None, "", Wrong.NOT_POSITIVE)),
    ],
)
def test_a_line_is_read_as_cashiers_write_it(text, line):
    assert read_line(text, "RU") == line


@settings(max_examples=50)
@given(some.integers(min_value=0, max_value=10**8 - 1), some.integers(min_value=1, max_value=10**7))
def test_every_card_and_every_sum_is_read(serial, roubles):
    card = card_number(serial)
    assert read_line(f"{card} {roubles}", "RU") == Line(card, roubles * 100)
    assert begins_with_number(f"{card} {roubles}", "RU")


@pytest.mark.parametrize("text", ["450", "1 200", "450 COFFEE-7K", "COFFEE-7K", "99,50"])
def test_a_sum_is_nobodys_number(text):
    assert not begins_with_number(text, "RU")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("остыл", Part("остыл")),
        (" кофе  остыл ", Part("кофе остыл")),
        ("150 остыл", Part("остыл", 15_000)),
        ("1 200,50 р. остыл", Part("остыл", 120_050)),
        ("150", Part("", 15_000)),
        ("2-й раз", Part("2-й раз")),
        ("123456780 остыл", Part("остыл", None, Wrong.TOO_LARGE)),
    ],
)
def test_a_returns_line_is_a_reason_with_a_sum_before_it_or_without(text, part):
    assert read_return(text) == part


def test_a_sum_with_a_code_is_read_where_the_customer_is_known():
    assert read_sum("450 HELLO-7KM2QX") == Line("", 45_000, "HELLO-7KM2QX")
    assert read_sum("  ").wrong is Wrong.EMPTY


@pytest.mark.parametrize(
    "sign", ["р", "Р", "р.", "p", "P", "p.", "₽", "руб", "руб.", "рублей", "рубля", "рубль", "rub"]
)
def test_a_sum_of_roubles_is_read_however_their_sign_is_typed(sign):
    assert read_sum(f"500{sign}") == read_sum(f"500 {sign}") == Line("", 50_000)
    assert read_sum(f"1 500 {sign} HELLO-7KM2QX") == Line("", 150_000, "HELLO-7KM2QX")


def test_one_wrong_digit_of_a_card_is_noticed():
    wrong = CARD[:-1] + str((int(CARD[-1]) + 1) % 10)
    assert is_mistyped_card(wrong) and not is_mistyped_card(CARD) and not is_mistyped_card("12345")


@pytest.mark.parametrize(
    ("rules", "served", "amount", "passed"),
    [
        (Rules(sales_of_one_card_per_day=None), Served(999, 10**9, 99), 100, None),
        (Rules(sales_per_day=7, sales_of_one_card_per_day=None), Served(sales_today=6), 100, None),
        (Rules(sales_per_day=7, sales_of_one_card_per_day=None), Served(sales_today=7), 100, Beyond.SALES),
        (Rules(sum_per_day_minor=1000, sales_of_one_card_per_day=None), Served(sum_today_minor=900), 100, None),
        (Rules(sum_per_day_minor=1000, sales_of_one_card_per_day=None), Served(sum_today_minor=900), 101, Beyond.SUM),
        (Rules(sales_of_one_card_per_day=3), Served(of_customer_today=2), 100, None),
        (Rules(sales_of_one_card_per_day=3), Served(of_customer_today=3), 100, Beyond.CARD),
    ],
)
def test_a_sale_beyond_a_limit_earns_nothing(rules, served, amount, passed):
    assert beyond(rules, served, amount) is passed


def test_one_card_at_one_cashier_is_told_from_the_threshold_on_with_its_numbers():
    before = Served(of_card_by_cashier_today=ONE_CARD_IN_A_DAY - 2, of_card_by_cashier_in_week=ONE_CARD_IN_A_DAY - 2)
    assert suspicions(before, None, 100) == []
    (one,) = suspicions(Served(of_card_by_cashier_today=ONE_CARD_IN_A_DAY - 1), None, 100)
    assert (one.kind, one.is_about_customer, one.details["day"]) == (AlertKind.SAME_CARD, True, ONE_CARD_IN_A_DAY)
    (one,) = suspicions(Served(of_card_by_cashier_in_week=ONE_CARD_IN_A_WEEK - 1), None, 100)
    assert one.details["week"] == ONE_CARD_IN_A_WEEK


def test_a_passed_limit_of_a_cashier_is_told_and_one_of_a_card_alone_is_not():
    assert [one.kind for one in suspicions(Served(sales_today=7), Beyond.SALES, 1)] == [AlertKind.MANY_SALES]
    assert [one.kind for one in suspicions(Served(sum_today_minor=7), Beyond.SUM, 1)] == [AlertKind.MUCH_MONEY]
    assert suspicions(Served(of_customer_today=3), Beyond.CARD, 1) == []


def test_many_returns_are_told_from_the_threshold_on():
    assert suspicion_of_returns(RETURNS_IN_A_DAY - 1) is None
    assert suspicion_of_returns(RETURNS_IN_A_DAY).details == {"returns": RETURNS_IN_A_DAY}
