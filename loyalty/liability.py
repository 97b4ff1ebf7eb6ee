"""What outstanding points will cost (feature LO15): how many of them are spent in the end, with an interval. Pure."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from insights.figures import Figure, ratio_figure
from loyalty.points import MINOR_PER_POINT

FEWEST: Final = 30
"""Customers whose points came to an end, one way or the other, below which no rate is told."""


class Expected(NamedTuple):
    """Minor units that the points which are out there will cost; `low` and `high` as the rate's interval."""

    likely: int
    low: int
    high: int


def redemption_rate(fates: Sequence[tuple[int, int]]) -> Figure | None:
    """The share of points that were spent, of those that were spent or expired; in percent.

    `fates`: (spent, expired) by customer, who are what is drawn: points of one card share their fate. None below
    FEWEST, and while none were spent or none have expired yet: then the rate looks sure and is not.
    """
    ended = [(spent, spent + expired) for spent, expired in fates if spent + expired > 0]
    if len(ended) < FEWEST or not any(expired for _, expired in fates) or not any(spent for spent, _ in fates):
        return None
    return ratio_figure([spent for spent, _ in ended], [whole for _, whole in ended])


def expected(points: int, rate: Figure | None) -> Expected:
    """Without a rate, all of it: the careful answer."""
    full = max(points, 0) * MINOR_PER_POINT
    if rate is None or rate.value is None or rate.low is None or rate.high is None:
        return Expected(full, full, full)
    likely, low, high = (round(full * share / 100) for share in (rate.value, rate.low, rate.high))
    return Expected(likely, low, high)
