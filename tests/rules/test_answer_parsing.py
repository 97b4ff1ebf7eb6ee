"""What customers type under a question, and what is read from it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.kinds import SurveyKind
from surveys.parsing import parse_answer
from surveys.scales import is_on_scale

NPS, CSAT = SurveyKind.NPS, SurveyKind.CSAT

A_SCORE_ALONE = [
    (NPS, "9", 9),
    (NPS, " 9 ", 9),
    (NPS, "9!", 9),
    (NPS, "9)))", 9),
    (NPS, "0", 0),
    (NPS, "10+", 10),
    (NPS, "9/10", 9),
    (NPS, "9 / 10.", 9),
    (NPS, "9 из 10", 9),
    (NPS, "10 of 10", 10),
    (NPS, "9 out of 10", 9),
    (NPS, "десять из десяти", 10),
    (NPS, "10 баллов из 10", 10),
    (NPS, "Девять", 9),
    (NPS, "десятка", 10),
    (NPS, "десяточку", 10),
    (NPS, "ноль", 0),
    (NPS, "nine", 9),
    (NPS, "на девять", 9),
    (NPS, "ставлю 8", 8),
    (NPS, "8 баллов", 8),
    (NPS, "8 балов", 8),
    (NPS, "скорее 7", 7),
    (NPS, "Оценка 7", 7),
    (NPS, "Моя оценка: 7", 7),
    (NPS, "I'd give it a 9", 9),
    (NPS, "my score is 7", 7),
    (NPS, "9️⃣", 9),
    (NPS, "🔟", 10),
    (NPS, "9-ка", 9),
    (CSAT, "5/5", 5),
    (CSAT, "5+", 5),
    (CSAT, "4-", 4),
    (CSAT, "5 с плюсом", 5),
    (CSAT, "твёрдая 5", 5),
    (CSAT, "твердая пятерка", 5),
    (CSAT, "пятёрка", 5),
    (CSAT, "тройка", 3),
    (CSAT, "5 звёзд", 5),
    (CSAT, "2 stars", 2),
    (CSAT, "⭐⭐⭐⭐", 4),
    (CSAT, "⭐️⭐️⭐️", 3),
    (CSAT, "★★★★☆", 4),
]

WITH_A_COMMENT = [
    (NPS, "3, ждал час", 3, "ждал час"),
    (NPS, "3 - ждал час, хамство", 3, "ждал час, хамство"),
    (NPS, "3 — Ждал час", 3, "Ждал час"),
    (NPS, "3 (ждал час)", 3, "ждал час"),
    (NPS, "3. Долго", 3, "Долго"),
    (NPS, "9\nвсё супер", 9, "всё супер"),
    (NPS, "10 всё супер", 10, "всё супер"),
    (NPS, "3 ждали час", 3, "ждали час"),
    (NPS, "9 👍 всё супер", 9, "👍 всё супер"),
    (NPS, "9 ❤️", 9, "❤️"),
    (NPS, "9/10, шумно", 9, "шумно"),
    (NPS, "на 9, отлично", 9, "отлично"),
    (NPS, "восемь, было шумно", 8, "было шумно"),
    (NPS, "3, почему так долго?", 3, "почему так долго?"),
    (NPS, "7, because it was cold", 7, "because it was cold"),
    (NPS, "отлично, 10", 10, "отлично"),
    (NPS, "Отлично 10", 10, "Отлично"),
    (NPS, "всё очень вкусно! 10", 10, "всё очень вкусно"),
    (NPS, "долго ждал, 3 из 10", 3, "долго ждал"),
    (NPS, "ждал час, ставлю 2", 2, "ждал час"),
    (NPS, "great place, 9", 9, "great place"),
    (CSAT, "⭐⭐⭐ ждал", 3, "ждал"),
    (CSAT, "2 звезды, грязно", 2, "грязно"),
]

NOT_A_SCORE = [
    "",
    "   ",
    "привет",
    "👍",
    "буду в 9",
    "завтра в 10",
    "10 минут жду",
    "10 - 15 минут ждал",
    "2 кофе пожалуйста",
    "2 кофе, пожалуйста",
    "2, пожалуйста",
    "а вы до 9 работаете?",
    "9?",
    "10, есть столик?",
    "11",
    "100",
    "-3",
    "минус 3",
    "9:30",
    "3.5",
    "9,5",
    "09",
    "7-8",
    "7 или 8",
    "9%",
    "5$",
    "18+",
    "№5",
    "8 (900) 123-45-67",
    "8 900 123 45 67",
    "8-900-123-45-67",
    "5 лет к вам хожу",
    "2-й раз прихожу",
    "9 мая",
    "9 утра",
    "9.05",
    "09.05.2024",
    "10/10/2024",
    "9 из 10 заказов",
    "8 баллов на карте",
    "1. кофе 2. чай",
    "на 9, нас двое",
    "стол на 4",
    "Ленина, 10",
    "нас было 9",
]


@pytest.mark.parametrize(("kind", "text", "score"), A_SCORE_ALONE)
def test_a_score_alone_is_read(kind: SurveyKind, text: str, score: int) -> None:
    assert parse_answer(kind, text) == (score, "")


@pytest.mark.parametrize(("kind", "text", "score", "comment"), WITH_A_COMMENT)
def test_a_score_with_a_comment_is_read(kind: SurveyKind, text: str, score: int, comment: str) -> None:
    assert parse_answer(kind, text) == (score, comment)


@pytest.mark.parametrize("text", NOT_A_SCORE)
@pytest.mark.parametrize("kind", SurveyKind)
def test_a_number_that_means_something_else_is_no_score(kind: SurveyKind, text: str) -> None:
    assert parse_answer(kind, text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [(NPS, "5/5"), (NPS, "5 звёзд"), (NPS, "⭐⭐⭐⭐⭐"), (CSAT, "9/10"), (CSAT, "5 из 10"), (CSAT, "★★☆")],
)
def test_a_scale_that_is_not_ours_is_not_rescaled(kind: SurveyKind, text: str) -> None:
    assert parse_answer(kind, text) is None


DIGITS_AND_WORDS = [
    ["0", "ноль", "zero"],
    ["1", "один", "one", "единица"],
    ["2", "два", "two", "двойка"],
    ["3", "три", "three", "тройка"],
    ["4", "четыре", "four", "четвёрка"],
    ["5", "пять", "five", "пятёрка"],
    ["6", "шесть", "six", "шестёрка"],
    ["7", "семь", "seven", "семёрка"],
    ["8", "восемь", "eight", "восьмёрка"],
    ["9", "девять", "nine", "девятка"],
    ["10", "десять", "ten", "десятка"],
]


@pytest.mark.parametrize("kind", SurveyKind)
def test_every_step_parses_as_digits_and_words_exactly_when_it_is_on_the_scale(kind: SurveyKind) -> None:
    for value, spellings in enumerate(DIGITS_AND_WORDS):
        expected = (value, "") if is_on_scale(kind, value) else None
        for spelling in spellings:
            for text in (spelling, spelling.upper(), f"  {spelling}. ", f"ставлю {spelling}"):
                assert parse_answer(kind, text) == expected, text


@given(st.sampled_from(SurveyKind), st.integers())
def test_an_integer_parses_exactly_when_it_is_on_the_scale(kind: SurveyKind, number: int) -> None:
    assert parse_answer(kind, str(number)) == ((number, "") if is_on_scale(kind, number) else None)


@given(st.sampled_from(SurveyKind), st.text() | st.text(alphabet="0123456789,.-/ ⭐☆из отлично10?\n()\ufe0f"))
def test_no_text_breaks_the_parser_or_leaves_the_scale(kind: SurveyKind, text: str) -> None:
    answer = parse_answer(kind, text)
    assert answer is None or is_on_scale(kind, answer.score)


@pytest.mark.parametrize("piece", [",", " ", "9", "9 ", "- ", "⭐", "отлично, ", "(", "на ", "моя оценка ", "a.", "5+"])
def test_a_long_message_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    parse_answer(NPS, piece * (4_096 // len(piece)))
    parse_answer(NPS, "9 " + piece * (4_096 // len(piece)) + "x")
    assert time.process_time() - started < 0.25
