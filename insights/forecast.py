"""The next four weeks: expected visits and revenue with an interval, and how such forecasts did before (feature A4)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

HORIZON: Final = 4  # weeks ahead


class WeekForecast(NamedTuple):
    """`ahead` 1 is the first week after the series. `expected`, `low`, `high` are in the unit of the series."""

    ahead: int
    expected: float
    low: float
    high: float


class BackTest(NamedTuple):
    """The same method at `origins` earlier weeks against what then came.

    `coverage`: share of weeks that fell into the interval; `wape`: sum of absolute errors / sum of actuals, both 0..1.
    """

    origins: int
    coverage: float
    wape: float


class Forecast(NamedTuple):
    """`weeks` is empty and `check` None when the series is too short: show «too little data» and `n`, its weeks."""

    weeks: tuple[WeekForecast, ...]
    check: BackTest | None
    n: int


def forecast(series: Sequence[int]) -> Forecast:
    """One value per full calendar week, oldest first, zeros included, without the week that is not over yet."""
    raise NotImplementedError
