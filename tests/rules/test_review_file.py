"""A file of reviews as helpers export it: columns known by their names, rows read strictly."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.review_file import (
    NoReviews,
    RefusedReview,
    ReviewFile,
    ReviewProblem,
    ReviewRow,
    place_called,
    read,
    stars,
)
from loyalty.table_file import Rules
from storage.kinds import ReviewPlace, Sentiment
from surveys.public_reviews import PublicReview, key_of

MOSCOW = ZoneInfo("Europe/Moscow")
RULES = Rules(MOSCOW, "", datetime(2026, 3, 2, 9, tzinfo=UTC))
WHEN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def rows(text: str) -> list[ReviewRow | RefusedReview]:
    return list(ReviewFile([text.encode()], RULES))


def test_a_row_is_read_by_the_names_of_its_columns():
    (row,) = rows(
        "Источник,Автор,Звезды,Отзыв,Дата отзыва,Филиал,Ссылка\n2ГИС,Олег,4,вкусно,01.03.2026,Лесная,https://x.y/1\n"
    )
    assert row == ReviewRow(2, "вкусно", 4, WHEN, "Олег", ReviewPlace.TWO_GIS, "Лесная", "https://x.y/1")


def test_words_of_several_lines_and_of_any_length_are_one_review():
    long = "очень вкусно " * 60
    (row,) = rows(f'date;text\n2026-03-01;"первая строка\nвторая\n{long}"\n')
    assert row.text.startswith("первая строка\nвторая") and len(row.text) > 700


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("", None),
        ("5", 5),
        (" 4,0 ", 4),
        ("4 из 5", 4),
        ("3/5", 3),
        ("★★★★☆", 4),
        ("⭐⭐", 2),
        ("5 звёзд", 0),
        ("1 звезда", 1),
    ]
    + [(cell, 0) for cell in ("0", "6", "10", "пять", "☆☆☆☆☆", "4,5", "-1")],
)
def test_stars_are_one_to_five_or_no_stars_at_all(cell, found):
    assert stars(cell) == found


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Яндекс.Карты", ReviewPlace.YANDEX),
        ("yandex maps", ReviewPlace.YANDEX),
        ("2ГИС", ReviewPlace.TWO_GIS),
        ("Google Maps", ReviewPlace.GOOGLE),
        ("ВКонтакте", ReviewPlace.VK),
        ("Zoon", None),
        ("", None),
    ],
)
def test_a_site_is_known_by_its_usual_names(name, place):
    assert place_called(name) is place


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({}, ReviewProblem.EMPTY),
        ({"date": "2026-03-01"}, ReviewProblem.EMPTY),
        ({"text": "вкусно"}, ReviewProblem.NO_DATE),
        ({"text": "вкусно", "date": "вчера"}, ReviewProblem.DATE),
        ({"text": "вкусно", "date": "2026-03-09"}, ReviewProblem.FUTURE),
        ({"rating": "9", "date": "2026-03-01"}, ReviewProblem.STARS),
        ({"text": "в" * 10_001, "date": "2026-03-01"}, ReviewProblem.LONG),
        ({"rating": "5", "date": "2026-03-01", "url": "javascript:alert(1)"}, ReviewProblem.URL),
        ({"rating": "5", "date": "2026-03-01", "url": "https://x.y/ z"}, ReviewProblem.URL),
    ],
)
def test_what_is_no_review_says_why(cells, problem):
    refused = read(cells, RULES)
    assert isinstance(refused, RefusedReview) and refused.problem is problem


def test_a_row_with_a_delimiter_too_many_is_refused_and_the_others_are_not():
    first, second = rows("date;text\n2026-03-01;вкусно;но долго\n2026-03-01;вкусно\n")
    assert (first.problem, second.text) == (ReviewProblem.MANY_CELLS, "вкусно")


@pytest.mark.parametrize(
    ("header", "missing"), [("имя;дата", ["text"]), ("текст;имя", ["date"]), ("a;b", ["text", "date"])]
)
def test_a_header_without_what_a_review_needs_is_no_file_of_reviews(header, missing):
    with pytest.raises(NoReviews) as lacks:
        rows(f"{header}\n1;2\n")
    assert lacks.value.missing == missing


@given(st.lists(st.text(max_size=40), min_size=1, max_size=9))
@settings(max_examples=50)
def test_whatever_stands_in_the_cells_a_row_is_taken_or_refused(cells):
    line = ";".join(cell.replace("\n", " ").replace("\r", " ") for cell in cells)
    for row in rows(f"date;text;rating\n{line}\n"):
        assert isinstance(row, ReviewRow | RefusedReview)


# --- one review, once


def review(**more) -> PublicReview:
    return PublicReview(
        **{"place": ReviewPlace.GOOGLE, "text": "Вкусно", "rating": 5, "at": WHEN, "author": "Анна", **more}
    )


@pytest.mark.parametrize(
    "more", [{"url": "https://x.y/1"}, {"text": " вкусно\n"}, {"author": "анна"}, {"at": WHEN.replace(hour=20)}]
)
def test_the_same_review_has_the_same_key(more):
    assert key_of(review(**more), MOSCOW) == key_of(review(), MOSCOW)


@pytest.mark.parametrize(
    "more",
    [
        {"place": ReviewPlace.VK},
        {"text": "Вкусно!"},
        {"author": "Олег"},
        {"at": WHEN.replace(hour=22)},
        {"rating": 4},
        {"branch": "Лесная"},
    ],
)
def test_another_review_has_another_key(more):
    assert key_of(review(**more), MOSCOW) != key_of(review(), MOSCOW)


@pytest.mark.parametrize(
    ("rating", "mood", "sentiment"),
    [
        (1, Sentiment.POSITIVE, Sentiment.NEGATIVE),
        (2, None, Sentiment.NEGATIVE),
        (3, None, Sentiment.MIXED),
        (5, Sentiment.NEGATIVE, Sentiment.POSITIVE),
        (None, Sentiment.NEGATIVE, Sentiment.NEGATIVE),
        (None, None, None),
    ],
)
def test_stars_are_believed_before_words(rating, mood, sentiment):
    assert review(rating=rating, mood=mood).sentiment is sentiment
