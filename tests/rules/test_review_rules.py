"""Which addresses are pages of ours, how many guests a day they get, and in which order they stand."""

import inspect

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.kinds import ReviewPlace
from surveys import review_rules, reviews
from surveys.review_rules import MOST_PER_DAY, PER_DAY, UrlProblem, checked_url, per_day, place_of, standing, turn_of


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (ReviewPlace.YANDEX, "https://yandex.ru/maps/org/korica/1124715036/reviews/?add-review=true"),
        (ReviewPlace.YANDEX, "https://maps.yandex.com/org/1"),
        (ReviewPlace.TWO_GIS, "https://2gis.kz/almaty/firm/1/tab/reviews"),
        (ReviewPlace.TWO_GIS, "https://go.2gis.com/abc"),
        (ReviewPlace.GOOGLE, "https://maps.app.goo.gl/abc"),
        (ReviewPlace.GOOGLE, "https://g.page/r/abc/review"),
        (ReviewPlace.VK, "https://vk.com/reviews-123"),
        (ReviewPlace.OTHER, "https://zoon.ru/msk/korica"),
    ],
)
def test_a_page_on_a_site_is_kept_as_it_is(place, url):
    assert checked_url(f"  {url} ", place) == url
    assert place_of(url) is place


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", UrlProblem.EMPTY),
        ("   ", UrlProblem.EMPTY),
        ("https://zoon.ru/" + "a" * 500, UrlProblem.LONG),
        ("http://zoon.ru/1", UrlProblem.NOT_HTTPS),
        ("zoon.ru/1", UrlProblem.NOT_HTTPS),
        ("//zoon.ru/1", UrlProblem.NOT_HTTPS),
        ("javascript:alert(1)", UrlProblem.NOT_HTTPS),
        ("data:text/html,x", UrlProblem.NOT_HTTPS),
        ("https://", UrlProblem.NO_SITE),
        ("https://localhost/1", UrlProblem.NO_SITE),
        ("https://printer.local/1", UrlProblem.NO_SITE),
        ("https://127.0.0.1/1", UrlProblem.NO_SITE),
        ("https://[::1]/1", UrlProblem.NO_SITE),
        ("https://zoon.ru:8443/1", UrlProblem.NO_SITE),
        ("https://zoon.ru:x/1", UrlProblem.NO_SITE),
        ("https://yandex.ru@zoon.ru/1", UrlProblem.NO_SITE),
        ("https://zoon.ru\\@evil.example/1", UrlProblem.NO_SITE),
        ("https://zoon.ru/a b", UrlProblem.NO_SITE),
        ("https://zoon.ru/\x00", UrlProblem.NO_SITE),
        ("https://zoon.ru/<x>", UrlProblem.NO_SITE),
    ],
)
def test_what_is_no_page_of_a_site_is_refused_with_its_reason(url, problem):
    assert checked_url(url, ReviewPlace.OTHER) is problem


@pytest.mark.parametrize("url", ["https://2gis.ru/1", "https://notyandex.ru/1", "https://yandex.ru.evil.example/1"])
def test_another_sites_page_does_not_pass_for_yandex(url):
    assert checked_url(url, ReviewPlace.YANDEX) is UrlProblem.FOREIGN


@pytest.mark.parametrize(
    ("setting", "most"),
    [(None, PER_DAY), (0, 0), (3, 3), (-1, 0), (10**6, MOST_PER_DAY), ("7", PER_DAY), (True, PER_DAY)],
)
def test_a_setting_that_makes_no_sense_is_the_usual_one(setting, most):
    assert per_day(setting) == most


def test_a_weak_rating_comes_first_then_who_was_asked_for_least():
    weak, unknown, strong = turn_of(20, 60, 9), turn_of(0, 0, 9), turn_of(20, 98, 9)
    assert weak < unknown < strong
    assert turn_of(0, 0, 1) < turn_of(0, 0, 2)


def test_one_bad_review_is_no_weak_rating_yet():
    assert standing(1, 1) > standing(20, 60)


@given(reviews=st.integers(0, 1000), rating=st.floats(1, 5))
@settings(max_examples=50)
def test_a_standing_lies_between_the_usual_and_the_pages_own(reviews, rating):
    stars = round(reviews * rating)
    own = stars / reviews if reviews else 4.5
    assert min(own, 4.5) - 1e-9 <= standing(reviews, stars) <= max(own, 4.5) + 1e-9


def test_nothing_that_chooses_links_takes_a_score():
    """A fence: to send only the content to public sites, somebody would first have to change this test."""
    for module in (review_rules, reviews):
        source = inspect.getsource(module).split('"""', 2)[2]
        assert not any(
            word in source for word in (".score", "score_group", "ScoreGroup", "sentiment", "classification")
        )
