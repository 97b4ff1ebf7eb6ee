"""What every number of a page carries: its value, interval, sample and unit; and the list of all metrics by key."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import ceil, fsum, sqrt
from statistics import median
from typing import Final, NamedTuple

from insights.metrics import ENOUGH, Z_95, csat, nps, proportion


class Unit(StrEnum):
    """What a value is counted in. Money is in minor units (kopecks), like everywhere."""

    PERCENT = "percent"
    MONEY = "money"
    DAYS = "days"
    POINTS = "points"


class Figure(NamedTuple):
    """A value with its 95 % interval; `n` is the size of the sample it was computed from.

    `value`, `low` and `high` are None together, when the formula has nothing to work on. A page shows the number
    only if `is_enough`, else «too little data» and n.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unit: Unit

    @property
    def is_enough(self) -> bool:
        return self.value is not None and self.n >= ENOUGH


class MetricKey(StrEnum):
    """Names of metrics in URLs, stored rows and catalogue keys (`metric.<key>.title`, `metric.<key>.definition`)."""

    CRR = "crr"
    CHURN = "churn"
    LTV = "ltv"
    REPEAT_RATE = "repeat_rate"
    AVERAGE_CHECK = "average_check"
    NPS = "nps"
    CSAT = "csat"
    RETURNS = "returns"
    MEDIAN_CHECK = "median_check"
    POINTS_PART = "points_part"
    RETURNED_MONEY = "returned_money"
    LAPSE_CHURN = "lapse_churn"
    VISIT_PERIOD = "visit_period"
    FORWARD_LTV = "forward_ltv"
    COHORT_RETENTION = "cohort_retention"


class IntervalMethod(StrEnum):
    """How the 95 % interval of a metric is made (docs/numbers.md gives the formulas and sources)."""

    WILSON = "wilson"
    MEAN = "mean"
    RATIO = "ratio"
    MEDIAN = "median"
    NPS = "nps"


class Metric(NamedTuple):
    """What is known of a metric before it is computed. `better` is +1 when more is better, -1 when less is, else 0."""

    unit: Unit
    interval: IntervalMethod
    better: int


METRICS: Final[Mapping[MetricKey, Metric]] = {
    MetricKey.CRR: Metric(Unit.PERCENT, IntervalMethod.WILSON, +1),
    MetricKey.CHURN: Metric(Unit.PERCENT, IntervalMethod.WILSON, -1),
    MetricKey.LTV: Metric(Unit.MONEY, IntervalMethod.MEAN, +1),
    MetricKey.REPEAT_RATE: Metric(Unit.PERCENT, IntervalMethod.WILSON, +1),
    MetricKey.AVERAGE_CHECK: Metric(Unit.MONEY, IntervalMethod.MEAN, +1),
    MetricKey.NPS: Metric(Unit.POINTS, IntervalMethod.NPS, +1),
    MetricKey.CSAT: Metric(Unit.PERCENT, IntervalMethod.WILSON, +1),
    MetricKey.RETURNS: Metric(Unit.PERCENT, IntervalMethod.WILSON, -1),
    MetricKey.MEDIAN_CHECK: Metric(Unit.MONEY, IntervalMethod.MEDIAN, +1),
    MetricKey.POINTS_PART: Metric(Unit.PERCENT, IntervalMethod.RATIO, 0),
    MetricKey.RETURNED_MONEY: Metric(Unit.PERCENT, IntervalMethod.RATIO, -1),
    MetricKey.LAPSE_CHURN: Metric(Unit.PERCENT, IntervalMethod.WILSON, -1),
    MetricKey.VISIT_PERIOD: Metric(Unit.DAYS, IntervalMethod.MEDIAN, -1),
    MetricKey.FORWARD_LTV: Metric(Unit.MONEY, IntervalMethod.MEAN, +1),
    MetricKey.COHORT_RETENTION: Metric(Unit.PERCENT, IntervalMethod.WILSON, +1),
}

EIGHT: Final = (
    MetricKey.CRR,
    MetricKey.CHURN,
    MetricKey.LTV,
    MetricKey.REPEAT_RATE,
    MetricKey.AVERAGE_CHECK,
    MetricKey.NPS,
    MetricKey.CSAT,
    MetricKey.RETURNS,
)
"""The page of eight (feature C13), in its order."""


def share_figure(successes: int, n: int) -> Figure:
    """successes / n in percent with the Wilson interval."""
    share = proportion(successes, n)
    if share is None:
        return _nothing(0, Unit.PERCENT)
    return Figure(100 * share.share, 100 * share.low, 100 * share.high, n, Unit.PERCENT)


def complement(figure: Figure) -> Figure:
    """100 % less a share, of the same group: the interval turns over with it."""
    if figure.value is None or figure.low is None or figure.high is None:
        return figure
    return figure._replace(value=100 - figure.value, low=100 - figure.high, high=100 - figure.low)


def mean_figure(values: Sequence[int], unit: Unit) -> Figure:
    """Arithmetic mean +- 1.96 s / sqrt(n) (normal approximation of the mean, s with n - 1).

    Amounts are skewed; by the central limit theorem the interval of the mean is usable from some dozens of values
    on, which is what `is_enough` asks for. One value has no spread to tell an interval from.
    """
    n = len(values)
    if n < 2:
        return _nothing(n, unit)
    mean = sum(values) / n
    spread = sqrt(fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = Z_95 * spread / sqrt(n)
    return Figure(mean, mean - half, mean + half, n, unit)


def ratio_figure(parts: Sequence[int], wholes: Sequence[int]) -> Figure:
    """Sum of `parts` in percent of the sum of `wholes`; a pair is of one order, 0 <= part <= whole.

    The interval is the one of a ratio estimator (Cochran, Sampling Techniques, 3rd ed. 1977, eq. 6.13), cut at 0 and
    100 %: big orders weigh more, so a binomial interval would be too narrow.
    """
    n, total = len(wholes), sum(wholes)
    if n < 2 or total <= 0:
        return _nothing(n, Unit.PERCENT)
    ratio = sum(parts) / total
    rest = fsum((part - ratio * whole) ** 2 for part, whole in zip(parts, wholes, strict=True))
    half = Z_95 * sqrt(rest / (n - 1) / n) / (total / n)
    return Figure(100 * ratio, 100 * max(ratio - half, 0.0), 100 * min(ratio + half, 1.0), n, Unit.PERCENT)


def median_figure(values: Sequence[float], unit: Unit) -> Figure:
    """Median with the interval of its order statistics: no assumption on the shape of the data.

    The ends are the values of rank n/2 -+ 1.96 sqrt(n)/2, rounded up (Conover, Practical Nonparametric Statistics,
    3rd ed. 1999, section 3.2).
    """
    n = len(values)
    if n == 0:
        return _nothing(0, unit)
    ordered = sorted(values)
    half = Z_95 * sqrt(n) / 2
    low, high = max(ceil(n / 2 - half), 1), min(ceil(n / 2 + half), n)
    return Figure(median(ordered), ordered[low - 1], ordered[high - 1], n, unit)


def nps_figure(promoters: int, passives: int, detractors: int) -> Figure:
    """`metrics.nps` as a figure; the interval is cut at -100 and 100."""
    result = nps(promoters, passives, detractors)
    if result is None:
        return _nothing(0, Unit.POINTS)
    low, high = max(result.score - result.margin, -100.0), min(result.score + result.margin, 100.0)
    return Figure(result.score, low, high, result.n, Unit.POINTS)


def csat_figure(counts: Mapping[int, int]) -> Figure:
    """`metrics.csat` as a figure: the share of 4-5. `counts`: score -> answers."""
    result = csat(counts)
    if result is None:
        return _nothing(0, Unit.PERCENT)
    return share_figure(counts.get(4, 0) + counts.get(5, 0), result.satisfied.n)


def _nothing(n: int, unit: Unit) -> Figure:
    return Figure(None, None, None, n, unit)
