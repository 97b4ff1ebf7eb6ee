"""From typed text to tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.normalisation import LONGEST, is_mostly_latin, normalise, tokenise


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        ("Всё ОТЛИЧНО!", ["все", "отлично", "!"]),
        ("супеееер", ["супеер"]),
        ("хaм", ["хам"]),  # a Latin a
        ("к0шмар", ["кошмар"]),
        ("см. https://example.com/хам и @someone", ["см", ".", "и"]),
        ("вкусно (правда)", ["вкусно", "правда"]),
        ("вкусно)", ["вкусно", ":)"]),
        ("ну вот :((", ["ну", "вот", ":("]),
        ("🔥👍🏽", ["🔥", "👍"]),
        ("1) долго 2) грязно", ["долго", "грязно"]),
        ("don’t like it", ["don't", "like", "it"]),
        ("5-й раз", ["5-й", "раз"]),
        ("да\nнет", ["да", ".", "нет"]),
    ],
)
def test_tokens(typed: str, tokens: list[str]) -> None:
    assert tokenise(normalise(typed)) == tokens


@pytest.mark.parametrize(("text", "is_english"), [("great кофе here", True), ("кофе latte", False), ("🔥", False)])
def test_the_language_is_guessed_by_its_words(text: str, is_english: bool) -> None:
    assert is_mostly_latin(tokenise(normalise(text))) is is_english


def test_what_no_messenger_can_send_is_cut() -> None:
    assert len(normalise("аб" * LONGEST)) == LONGEST


@given(st.text())
def test_any_text_becomes_non_empty_tokens(text: str) -> None:
    assert all(token and not token.isspace() for token in tokenise(normalise(text)))
