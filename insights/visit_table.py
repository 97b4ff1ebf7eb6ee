"""Expected visits read off a table of the model: for sums over a base, for which the model itself is too slow. Pure."""

from functools import cache
from math import exp, floor, log, sqrt
from typing import Final, NamedTuple

from insights.purchase_interval import Expected, Prior
from insights.visit_counts import YEAR, expected_visits

STEP: Final = 0.25  # of ln days between two places of the table
LEAST: Final = -4.0  # e^-4 of a typical gap: nobody comes again so soon
WITHIN_STEP: Final = 0.1
EXACT_GAPS: Final = 8  # more gaps than these are told apart in steps of a quarter only
_SCALE: Final = log(1000)  # a model's typical gap in the table: so long that whole days are fine steps


class Count(NamedTuple):
    """A number of visits: its mean and its variance."""

    mean: float
    variance: float


class VisitTable:
    """For one prior. A customer's gaps, their spread and the days are rounded to places of the table, between which
    it is linear in days; docs/losses.md says how far that is from the model."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self._spreads: dict[float, float] = {}
        self._row = cache(self._made_row)

    def since_visit(self, law: Expected, days: float) -> Count:
        """Visits in the `days` after a visit of a customer with this law, the chance to have stopped included."""
        place = (log(days + 0.5) - law.mean - LEAST) / STEP if days > 0 else -1.0
        if place < 0:
            return Count(0.0, 0.0)
        gaps = law.stay - self._prior.stay
        row = self._row(_rounded(gaps), round(sqrt(law.within) / WITHIN_STEP))
        lower = floor(place)
        begin, end = row[lower], row[lower + 1]
        # Linear in days, as renewals are in the long run: so the table need not be dense where visits are many.
        first = exp(lower * STEP)
        share = (exp(place * STEP) - first) / (exp((lower + 1) * STEP) - first)
        return Count(
            begin.mean + share * (end.mean - begin.mean), begin.variance + share * (end.variance - begin.variance)
        )

    def missed(self, law: Expected, silence: int, within_days: int = YEAR) -> Count:
        """Visits that one expected on the last one until today; of these, those of the last `within_days`."""
        until_now = self.since_visit(law, silence)
        if silence <= within_days or until_now.mean == 0:
            return until_now
        share = 1 - self.since_visit(law, silence - within_days).mean / until_now.mean
        # Each of the visits falls into the window with the same chance: the moments of thinning.
        return Count(until_now.mean * share, share * share * until_now.variance + share * (1 - share) * until_now.mean)

    def _made_row(self, gaps: int, within: int) -> "_Row":
        prior = self._prior
        weight = gaps / (gaps + (prior.within / prior.between) ** 2)
        return _Row(
            prior._replace(
                mean=_SCALE,
                between=prior.between * sqrt(1 - weight),
                within=max(within, 1) * WITHIN_STEP,
                stay=prior.stay + gaps,
            )
        )


class _Row(dict[int, Count]):
    """The places of one number of gaps and one spread, each worked out when first asked for."""

    def __init__(self, prior: Prior) -> None:
        super().__init__()
        self._prior = prior

    def __missing__(self, place: int) -> Count:
        days = round(exp(_SCALE + LEAST + place * STEP) - 0.5)
        found = expected_visits(None, self._prior, 0, days)
        count = self[place] = Count(found.mean, found.variance)
        return count


def _rounded(gaps: float) -> int:
    if gaps <= EXACT_GAPS:
        return round(gaps)
    return round(EXACT_GAPS * 1.25 ** round(log(gaps / EXACT_GAPS, 1.25)))
