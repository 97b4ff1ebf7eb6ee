"""The next four weeks: expected visits and revenue with an interval, and how such forecasts did before (feature A4).

The method was chosen among twelve by how they did on three public histories of shops (docs/numbers.md has the table,
tests/benchmarks/forecasts.py makes it).
Nothing is fitted to the series, so there is nothing to overfit:

- the level is simple exponential smoothing (Brown 1956): each week moves it by SMOOTHING of what it missed by;
- once last year is known, the level moves by half of what the same three weeks differed from the level then
  (half, because one year tells as much chance as season);
- the interval is what the same forecast missed by, relatively, in the last CALIBRATION weeks, each horizon by
  itself (split conformal prediction: Vovk et al., Algorithmic Learning in a Random World, 2005).
"""

from collections.abc import Sequence
from math import ceil, fsum
from typing import Final, NamedTuple

HORIZON: Final = 4  # weeks ahead
CONFIDENCE: Final = 0.8  # of a week to fall into its interval; 95 % of so few errors would be mere guessing
SMOOTHING: Final = 0.3
SEASON: Final = 52  # weeks
SEASON_WEIGHT: Final = 0.5
WARM_UP: Final = 8  # weeks before the first forecast
LONG_PAUSE: Final = 8  # weeks without a sale after which the business starts anew
FEWEST_ERRORS: Final = 8  # per horizon, to take an interval from
CALIBRATION: Final = 26  # most errors per horizon an interval is taken from: older ones tell of another business
FEWEST_ORIGINS: Final = 4  # of the check against the past
FIRST_ORIGIN: Final = WARM_UP + HORIZON + FEWEST_ERRORS - 1
FEWEST_WEEKS: Final = FIRST_ORIGIN + FEWEST_ORIGINS - 1 + HORIZON
"""26: half a year. Below it there is no forecast."""


class WeekForecast(NamedTuple):
    """`ahead` 1 is the first week after the series. `expected`, `low`, `high` (CONFIDENCE) are in its unit."""

    ahead: int
    expected: float
    low: float
    high: float


class BackTest(NamedTuple):
    """The same method from `origins` earlier weeks, each HORIZON weeks ahead, against what then came.

    `coverage`: share of weeks that fell into their interval; `wape`: sum of absolute errors / sum of actual values
    (unlike MAPE it survives a week of zero). Both are shares; `wape` is None when nothing came at all.
    """

    origins: int
    coverage: float
    wape: float | None


class Forecast(NamedTuple):
    """`weeks` is empty and `check` None below FEWEST_WEEKS: show «too little data» and `n`, the weeks there are."""

    weeks: tuple[WeekForecast, ...]
    check: BackTest | None
    n: int

    @property
    def is_enough(self) -> bool:
        return self.check is not None


def forecast(series: Sequence[int]) -> Forecast:
    """Forecast of visits or revenue. One value per calendar week, oldest first, weeks without sales as 0.

    The week that is not over yet does not belong in it: it would look like a fall. What was before the first sale, or
    before a LONG_PAUSE, is no history and is not counted in `n`. Raises ValueError for negative values.
    """
    if any(value < 0 for value in series):
        raise ValueError("visits and revenue are not negative")
    history = _History(_since_opening(series))
    if history.n < FEWEST_WEEKS:
        return Forecast((), None, history.n)
    ahead = tuple(history.week_ahead(history.n, horizon) for horizon in range(1, HORIZON + 1))
    return Forecast(ahead, history.back_test(), history.n)


def _since_opening(series: Sequence[int]) -> list[int]:
    weeks: list[int] = []
    pause = 0
    for value in series:
        pause = 0 if value else pause + 1
        if pause >= LONG_PAUSE:
            weeks.clear()
        elif value or weeks:
            weeks.append(value)
    return weeks


class _History:
    """A series with the level known after each of its weeks. An origin t has seen the weeks before index t."""

    def __init__(self, weeks: list[int]) -> None:
        self.n = len(weeks)
        self._weeks = weeks
        self._levels = _levels(weeks)

    def week_ahead(self, origin: int, horizon: int) -> WeekForecast:
        """What was, or is, to be expected of the week `horizon` after the origin, knowing nothing later."""
        expected = self._expected(origin, horizon)
        error = self._usual_error(origin, horizon)
        return WeekForecast(horizon, expected, max(expected * (1 - error), 0.0), expected * (1 + error))

    def back_test(self) -> BackTest:
        origins = range(max(FIRST_ORIGIN, self.n - HORIZON - CALIBRATION + 1), self.n - HORIZON + 1)
        checks = [
            (self._weeks[origin + horizon - 1], self.week_ahead(origin, horizon))
            for origin in origins
            for horizon in range(1, HORIZON + 1)
        ]
        inside = sum(week.low <= actual <= week.high for actual, week in checks)
        total = sum(actual for actual, _ in checks)
        missed = fsum(abs(actual - week.expected) for actual, week in checks)
        return BackTest(len(origins), inside / len(checks), missed / total if total else None)

    def _expected(self, origin: int, horizon: int) -> float:
        level = self._levels[origin]
        year_ago = origin - SEASON
        if year_ago < WARM_UP:
            return level
        same_weeks = self._weeks[year_ago + horizon - 2 : year_ago + horizon + 1]
        ratio = fsum(same_weeks) / len(same_weeks) / self._levels[year_ago]
        return level * (1 + SEASON_WEIGHT * (ratio - 1))

    def _usual_error(self, origin: int, horizon: int) -> float:
        """The relative error that CONFIDENCE of the latest forecasts whose week was over by `origin` stayed within."""
        latest = origin - horizon
        errors = sorted(
            abs(self._weeks[past + horizon - 1] / self._expected(past, horizon) - 1)
            for past in range(max(WARM_UP, latest - CALIBRATION + 1), latest + 1)
        )
        # One more than the sample counts: the week to come is itself one of the n + 1.
        return errors[min(ceil(CONFIDENCE * (len(errors) + 1)), len(errors)) - 1]


def _levels(weeks: list[int]) -> list[float]:
    """`levels[t]` is the level after the first t weeks; it starts from the mean of the first HORIZON ones.

    Positive from the first week on, because the first value is.
    """
    start = weeks[:HORIZON]
    levels = [fsum(start) / len(start)] if start else [0.0]
    for value in weeks:
        levels.append(levels[-1] + SMOOTHING * (value - levels[-1]))
    return levels
