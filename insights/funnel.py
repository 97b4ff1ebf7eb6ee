"""Which branch or staff draw more complaints than chance explains: the limits of a funnel plot (feature AN12)."""

from collections.abc import Sequence
from enum import StrEnum
from math import exp, lgamma, log, log1p, sqrt
from typing import Final, NamedTuple

from insights.metrics import Interval, Proportion, proportion

ENOUGH_ORDERS: Final = 5  # below this the limits span nearly everything (feature AN12)
ALERT, ALARM = 0.95, 0.998  # two and three standard deviations (Spiegelhalter, Statistics in Medicine 24, 2005)


TINY: Final = 1e-280


class ComplaintCount(NamedTuple):
    """Of the `orders` of a branch or a member of staff so many led to a complaint."""

    name: str
    complaints: int
    orders: int


class Position(StrEnum):
    """Where a point lies in the funnel; `ALARM` is beyond the 99.8 % limit, `ALERT` beyond the 95 % one."""

    ALARM = "alarm"
    ALERT = "alert"
    USUAL = "usual"
    GOOD = "good"
    VERY_GOOD = "very_good"
    TOO_FEW = "too_few"


class FunnelPoint(NamedTuple):
    name: str
    share: Proportion
    limits_95: Interval
    limits_998: Interval
    position: Position


class Funnel(NamedTuple):
    """`overall` is the middle line; points stand with the most alarming first."""

    overall: Proportion
    points: list[FunnelPoint]


def funnel(counts: Sequence[ComplaintCount]) -> Funnel | None:
    """Each share of complaints between the limits of its size around the overall share; None without orders.

    The limits assume that people differ by chance alone. Unlike customers, hours and services make real shares vary
    more (over-dispersion), which is not corrected for: a point outside asks for a look, it proves no fault.
    """
    overall = proportion(sum(one.complaints for one in counts), sum(one.orders for one in counts))
    if overall is None:
        return None
    points = [_point(one, share, overall.share) for one in counts if (share := proportion(one.complaints, one.orders))]
    ranks = list(Position)
    return Funnel(overall, sorted(points, key=lambda one: (ranks.index(one.position), -one.share.share, one.name)))


def binomial_limits(n: int, rate: float, level: float) -> Interval:
    """The shares between which a group of `n` with true share `rate` lies with probability `level`, as lines to plot.

    Exact binomial limits, interpolated between whole counts so that the funnel is smooth, and placed so that a count
    beyond a line is one whose tail is below (1 - level) / 2: a usual group is never outside more often than that
    (Manktelow & Seaton, PLoS ONE 7, 2012, first method; Spiegelhalter's own is laxer above by up to one complaint).
    """
    if n <= 0 or not 0 <= rate <= 1 or not 0 < level < 1:
        raise ValueError(f"no limits of {n} orders at {rate}, {level}")
    if rate in (0, 1):
        return Interval(rate, rate)
    tail = (1 - level) / 2
    return Interval(_lower_limit(n, rate, tail), 1 - _lower_limit(n, 1 - rate, tail))


def _lower_limit(n: int, rate: float, tail: float) -> float:
    """With r the least count whose F(r) >= tail: (r - (F(r) - tail) / P(r)) / n, not below nought."""
    below, mean = 0.0, n * rate
    # Chernoff: less than exp(-72) of the probability lies further than 12 roots of the mean below it.
    first, odds = max(0, int(mean - 12 * sqrt(mean))), rate / (1 - rate)
    probability = _binomial(first, n, rate)
    for count in range(first, n + 1):
        if below + probability >= tail:
            return max(count - (below + probability - tail) / probability, 0.0) / n
        below += probability
        # From its neighbour, ten times as fast; not from one so small that its last digits are lost.
        probability = (
            probability * (n - count) / (count + 1) * odds if probability > TINY else _binomial(count + 1, n, rate)
        )
    return 1.0  # unreachable but for rounding: all probabilities add up to 1


def _binomial(count: int, n: int, rate: float) -> float:
    ways = lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1)
    return exp(ways + count * log(rate) + (n - count) * log1p(-rate))


def _point(count: ComplaintCount, share: Proportion, overall: float) -> FunnelPoint:
    alert, alarm = (binomial_limits(count.orders, overall, level) for level in (ALERT, ALARM))
    return FunnelPoint(count.name, share, alert, alarm, _position(share, alert, alarm))


def _position(share: Proportion, alert: Interval, alarm: Interval) -> Position:
    if share.n < ENOUGH_ORDERS:
        return Position.TOO_FEW
    if share.share > alert.high:
        return Position.ALARM if share.share > alarm.high else Position.ALERT
    if share.share < alert.low:
        return Position.VERY_GOOD if share.share < alarm.low else Position.GOOD
    return Position.USUAL
