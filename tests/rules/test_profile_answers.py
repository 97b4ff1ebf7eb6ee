"""What customers type about themselves: read when it is an answer, left alone when it is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.profile_answers import Birthday, Impossible, read_birthday, read_city, read_name

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "5 мая",
        "05.05",
        "5.5",
        "5/5",
        "May 5",
        "5 may",
        "5th of May",
        "5-го мая",
        "Мой день рождения 5 мая",
        "др 5 мая!",
        "родилась 5 мая",
        "My birthday is May 5",
    ],
)
def test_a_day_and_a_month_are_a_birthday_however_they_are_written(typed):
    assert read_birthday(typed, TODAY) == Birthday(5, 5)


@pytest.mark.parametrize(
    "typed",
    [
        "05.05.1990",
        "5 мая 1990",
        "5 мая 1990 г.",
        "5 мая 1990 года",
        "5 may 1990",
        "May 5, 1990",
        "1990-05-05",
        "5.5.90",
    ],
)
def test_the_year_is_kept_when_somebody_says_it(typed):
    assert read_birthday(typed, TODAY) == Birthday(5, 5, 1990)


@pytest.mark.parametrize("typed", ["31.02", "30 февраля", "31 апреля", "29.02.1990", "0.5", "40 мая", "5.13.1990"])
def test_a_day_that_no_calendar_has_is_impossible(typed):
    assert read_birthday(typed, TODAY) is Impossible.NO_SUCH_DAY


@pytest.mark.parametrize("typed", ["5 мая 2030", "05.05.1850", "5 мая 2025", "02.03.2026"])
def test_a_year_to_come_or_too_long_ago_is_a_slip_of_the_finger(typed):
    assert read_birthday(typed, TODAY) is Impossible.NO_SUCH_YEAR


def test_the_29th_of_february_is_a_birthday():
    assert read_birthday("29 февраля", TODAY) == Birthday(29, 2)
    assert read_birthday("29.02.1992", TODAY) == Birthday(29, 2, 1992)


def test_an_american_date_is_read_when_it_can_only_be_one():
    assert read_birthday("5/25", TODAY) == Birthday(25, 5)


def test_a_year_of_two_figures_lies_in_the_past():
    assert read_birthday("05.05.05", TODAY) == Birthday(5, 5, 2005)
    assert read_birthday("05.05.68", TODAY) == Birthday(5, 5, 1968)


@pytest.mark.parametrize(
    "typed",
    [
        "стол на 5 мая",
        "а 5 мая вы открыты?",
        "5",
        "12.30",
        "буду в мае",
        "5 мая приду с друзьями",
        "+79161234567",
    ],
)
def test_what_is_no_birthday_is_left_to_others(typed):
    assert read_birthday(typed, TODAY) is None


@given(st.text(max_size=40))
def test_no_words_break_the_readers(typed):
    read_birthday(typed, TODAY)
    read_name(typed)
    read_city(typed)


@given(st.dates(date(1930, 1, 1), date(2015, 1, 1)))
def test_every_day_of_a_life_can_be_told(day):
    assert read_birthday(day.strftime("%d.%m.%Y"), TODAY) == Birthday(day.day, day.month, day.year)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Анна", "Анна"),
        ("анна", "Анна"),
        ("Меня зовут анна", "Анна"),
        ("Анна Петровна", "Анна Петровна"),
        ("I'm John", "John"),
        ("Жан-Поль", "Жан-Поль"),
        ("О'Коннор.", "О'Коннор"),
    ],
)
def test_a_name_is_read(typed, name):
    assert read_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "спасибо",
        "Добрый день",
        "заказ готов",
        "вы работаете?",
        "не скажу",
        "/menu",
        "👍",
        "5",
        "x",
        "где мой заказ",
        "ok",
    ],
)
def test_what_is_no_name_is_left_to_others(typed):
    assert read_name(typed) is None


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("москва", ("Москва", "Europe/Moscow")),
        ("Питер", ("Санкт-Петербург", "Europe/Moscow")),
        ("Yekaterinburg", ("Екатеринбург", "Asia/Yekaterinburg")),
        ("г. Казань", ("Казань", "Europe/Moscow")),
        ("город Уфа!", ("Уфа", "Asia/Yekaterinburg")),
        ("Городец", ("Городец", None)),
        ("Нижний Тагил", ("Нижний Тагил", None)),
    ],
)
def test_a_city_is_read_with_its_time_where_we_know_it(typed, city):
    assert read_city(typed) == city


@pytest.mark.parametrize("typed", ["спасибо", "а у вас есть веранда", "нет", "12", "какой город?"])
def test_what_is_no_city_is_left_to_others(typed):
    assert read_city(typed) is None
