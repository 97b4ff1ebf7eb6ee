"""Ready answers: variables filled in, names that are unknown, and what a form may not save."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.canned import Flaw, filled, flaw, shortcut_of

VALUES = {"name": "Анна", "business": "Корица", "operator": "Олег", "case": "12"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{name}, добрый день!", "Анна, добрый день!"),
        ("Дело {case}, {operator}, «{business}»", "Дело 12, Олег, «Корица»"),
        ("Скобки {остаются} и { }", "Скобки {остаются} и { }"),
    ],
)
def test_variables_are_filled_in(text, says):
    assert filled(text, VALUES) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{name}, добрый день!", "Добрый день!"),
        ("{name} добрый день", "Добрый день"),
        ("Здравствуйте, {name}!", "Здравствуйте!"),
        ("Спасибо {name}.", "Спасибо."),
        ("Строка\n{name}", "Строка\n"),
    ],
)
def test_a_name_that_is_unknown_takes_its_comma_along(text, says):
    assert filled(text, {**VALUES, "name": ""}) == says


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_what_a_customer_is_called_is_never_read_as_a_variable(name):
    assert filled("{name} {case}", {"name": name or "x", "case": "7"}) == f"{name or 'x'} 7"


@pytest.mark.parametrize(
    ("shortcut", "texts", "wrong"),
    [
        ("hello", ("Привет, {name}", "Hello, {name}"), None),
        ("", ("a", "b"), Flaw.NO_SHORTCUT),
        ("два слова", ("a", "b"), Flaw.NO_SHORTCUT),
        ("note", ("a", "b"), Flaw.TAKEN),
        ("hello", ("a", " "), Flaw.NO_TEXT),
        ("hello", ("a", "{phone}"), Flaw.UNKNOWN_VARIABLE),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(shortcut, texts, wrong):
    assert flaw(shortcut, *texts) is wrong


def test_a_shortcut_is_the_same_with_a_slash_and_in_capitals():
    assert shortcut_of(" /Hello ") == "hello"
