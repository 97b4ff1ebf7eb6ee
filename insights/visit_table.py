"""Expected visits read off a table of the model: for sums over a base, for which the model itself is too slow. Pure."""

from functools import cache
from math import exp, log, sqrt
from typing import Final, NamedTuple

from insights.purchase_interval import WITHIN_WEIGHT, Expected, Prior, own_weight
from insights.visit_counts import after_visit

STEP: Final = 0.25  # of ln days between two places of the table
LEAST: Final = -4.0  # e^-4 of a typical gap: nobody comes again so soon
WITHIN_STEP: Final = 0.1
EXACT_GAPS: Final = 8  # more gaps than these are told apart in steps of a quarter only
_SCALE: Final = log(1000)  # a model's typical gap in the table: so long that whole days are fine steps


class Count(NamedTuple):
    """A number of visits: its mean and its variance."""

    mean: float
    variance: float


NOBODY: Final = Count(0.0, 0.0)


class VisitTable:
    """For one prior. A customer's gaps, their spread and the days are rounded to places of the table, between which
    it is linear in days; docs/losses.md says how far that is from the model."""

    def __init__(self, prior: Prior) -> None:
        self._prior = prior
        self._row = cache(self._made_row)

    def of(self, law: Expected) -> "Curve":
        """The visits of a customer with this law."""
        # In steps from the prior's own spread, which all who have no gaps share.
        steps = round((sqrt(law.within) - self._prior.within) / WITHIN_STEP)
        return Curve(self._row(_rounded(law.stay - self._prior.stay), steps), law.mean + LEAST)

    def _made_row(self, gaps: int, steps: int) -> "_Row":
        prior = self._prior
        law = Expected(
            _SCALE,
            prior.between**2 * (1 - own_weight(gaps, prior)),
            max(prior.within + steps * WITHIN_STEP, WITHIN_STEP / 2) ** 2,
            prior.stop,
            prior.stay + gaps,
            WITHIN_WEIGHT + max(gaps - 1, 0),
        )
        return _Row(law)


class Curve:
    """What one customer's law expects after a visit, the chance to have stopped included."""

    def __init__(self, row: "_Row", first: float) -> None:
        self._row, self._first = row, first

    def since_visit(self, days: int) -> Count:
        """Visits in the `days` after a visit."""
        if days <= 0:
            return NOBODY
        place = (log(days + 0.5) - self._first) / STEP
        if place < 0:
            return NOBODY
        lower = int(place)
        begin, end = self._row[lower], self._row[lower + 1]
        # Linear in days, as renewals are in the long run: so the table need not be dense where visits are many.
        share = (exp((place - lower) * STEP) - 1) / _GROWTH
        return Count(
            begin.mean + share * (end.mean - begin.mean), begin.variance + share * (end.variance - begin.variance)
        )

    def missed(self, silence: int, within_days: int, active: Count) -> Count:
        """Visits that one expected on the last one until today; of these, those of the last `within_days`.

        `active`: what `since_visit` says of as many days.
        """
        until_now = self.since_visit(silence)
        if silence <= within_days:
            return until_now
        mean = until_now.mean - self.since_visit(silence - within_days).mean
        # Some still came when the window began, and then as often as after a visit; the others not at all.
        share = min(mean / active.mean, 1.0) if active.mean else 0.0
        return Count(mean, max(share * (active.variance + active.mean**2) - mean**2, 0.0))


class _Row(dict[int, Count]):
    """The places of one number of gaps and one spread, each worked out when first asked for."""

    def __init__(self, law: Expected) -> None:
        super().__init__()
        self._law = law

    def __missing__(self, place: int) -> Count:
        days = round(exp(_SCALE + LEAST + place * STEP) - 0.5)
        count = self[place] = Count(*after_visit(self._law, days))
        return count


_GROWTH: Final = exp(STEP) - 1


def _rounded(gaps: float) -> int:
    if gaps <= EXACT_GAPS:
        return round(gaps)
    return round(EXACT_GAPS * 1.25 ** round(log(gaps / EXACT_GAPS, 1.25)))
