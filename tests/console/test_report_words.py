"""Sums as a report says them, and its columns."""

from zoneinfo import ZoneInfo

import pytest

from console.bars import Bar, bars
from console.words import Words
from storage.kinds import Language

RUSSIAN = Words(Language.RU, ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(
    ("minor", "told"),
    [
        (0, "0 ₽"),
        (9_949, "99 ₽"),
        (123_456, "1 230 ₽"),
        (99_999_999, "1 000 000 ₽"),
        (106_250_454, "1,06 млн ₽"),
        (-123_456, "-1 230 ₽"),
    ],
)
def test_a_sum_is_told_to_three_digits(minor, told):
    assert RUSSIAN.about(minor, "RUB").replace("\u00a0", " ") == told


def test_each_column_has_its_title_and_what_was_typed_stays_text():
    drawn = str(bars([Bar("янв", "<b>5", 5), Bar("", "ничего", 0, is_faint=True)], "Ушли", str))
    assert drawn.count("<title>") == 2 and "&lt;b&gt;5" in drawn and 'class="bar faint"' in drawn


def test_without_a_number_there_are_columns_of_nothing():
    assert 'height="0.0"' in str(bars([Bar("", "", 0)], "Ушли", str))
    assert "<svg" in str(bars([], "Ушли", str))
