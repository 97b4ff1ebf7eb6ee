"""A night keeps yesterday's prior of the base for as long as it tells customers the same."""

import random
from math import log

import pytest

from insights.analysis import steady
from insights.interval_fit import fit
from insights.purchase_interval import Basis, GapSums, Prior, sums_of

TODAY = 739_000

USUAL = Prior(log(40), 0.5, 0.4, 1.0, 3.0, Basis.BASE, 5000)


def test_where_nobody_stops_it_does_not_matter_which_customers_were_drawn() -> None:
    """Only the ratio of `stop` and `stay` is known of such a base: draws say 0.016 and 101, and 0.011 and 64."""
    base = _who_never_stop(20_000)
    yesterday, today = fit(base[::4], TODAY), fit(base[3::4], TODAY)
    assert today.stay < 0.6 * yesterday.stay
    assert steady(today, yesterday) is yesterday


def test_a_point_far_along_the_ridge_is_no_news() -> None:
    before = USUAL._replace(stop=0.0164, stay=101.0)
    assert steady(before._replace(stop=0.0112, stay=63.5), before) is before


@pytest.mark.parametrize(
    "news",
    [
        USUAL._replace(mean=log(43)),
        USUAL._replace(between=0.55),
        USUAL._replace(within=0.45),
        USUAL._replace(stop=1.3),
        USUAL._replace(stop=2.0, stay=6.0),
        USUAL._replace(basis=Basis.DEFAULT),
    ],
    ids=["come later", "are less alike", "less regular", "stop more often", "are alike in stopping", "a guess"],
)
def test_what_customers_would_notice_is_news(news: Prior) -> None:
    assert steady(news, USUAL) is news


def test_the_first_prior_is_taken() -> None:
    assert steady(USUAL, None) is USUAL


def _who_never_stop(customers: int) -> list[GapSums]:
    dice = random.Random(5)
    days = []
    for _ in range(customers):
        pace = dice.lognormvariate(0, 1.2)
        visits = max(1, round(pace * 10))
        days.append(sums_of(TODAY - dice.randrange(900) for _ in range(visits)))
    return [sums for sums in days if sums]
