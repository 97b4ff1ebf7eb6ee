"""A customer's own rhythm: how long until the next visit, from their own gaps, borrowing from the base when those are few."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple, Self

NORMAL: Final = NormalDist()

LATE_SHARE: Final = 0.9
"""Late is later than nine of ten of the gaps that one expects of this customer."""
LOST_ACTIVE: Final = 0.2
"""Lost is who has come back no more than one time in five (docs/rhythm.md shows what became of them)."""
LOST_SHARE: Final = 0.995
"""Where hardly anybody ever stops coming, a gap that one of two hundred visits would end with is a loss all the same."""

DEFAULT_DAYS: Final = 45.0
"""Typical gap where nothing is known at all: twice as much, the 90 days of feature JO5, is a loss."""
DEFAULT_SPREAD: Final = 0.4
"""Spread of ln gap within a customer where the base has not shown its own."""


class Basis(StrEnum):
    """On whose gaps a rhythm rests for the most part."""

    OWN = "own"
    CATEGORY = "category"
    BASE = "base"
    DEFAULT = "default"


class GapSums(NamedTuple):
    """All that is kept of one customer's visits (distinct local days with a sale), days as `date.toordinal()`."""

    visits: int
    first_day: int
    last_day: int
    sum_ln_gap: float = 0.0
    sum_ln_gap_sq: float = 0.0

    @property
    def gaps(self) -> int:
        return self.visits - 1


class Prior(NamedTuple):
    """What is expected of a customer before their own gaps are known.

    `mean` and `between` are the mean and the spread of customers' mean ln gap, `within` the spread of ln gap around a
    customer's own mean (worth `within_weight` gaps). Before each next visit, the first one too, a customer stops for
    good with a chance that is Beta(`stop`, `stay`) distributed among customers. `basis` says where it comes from, `n`
    from how many gaps.
    """

    mean: float
    between: float
    within: float
    within_weight: float
    stop: float
    stay: float
    basis: Basis
    n: int

    def as_dict(self) -> dict[str, float | str]:
        """To be stored as JSON."""
        return {**self._asdict(), "basis": self.basis.value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, float | str]) -> Self:
        """The prior that `as_dict` stored. Raises KeyError, ValueError for anything else."""
        mean, between, within, within_weight, stop, stay, n = (
            float(stored[name]) for name in cls._fields if name != "basis"
        )
        return cls(mean, between, within, within_weight, stop, stay, Basis(stored["basis"]), int(n))


class Rhythm(NamedTuple):
    """Days from the last visit: the next is expected at `typical`, four times of five between `low` and `high`.

    `own_weight` is the share (0..1) of the customer's own gaps in it; the rest comes from the prior.
    """

    typical_days: float
    low_days: float
    high_days: float
    late_after_days: int
    lost_after_days: int
    own_weight: float
    basis: Basis


class Expected(NamedTuple):
    """The law of a customer's next gap: ln gap is normal around `mean`; `unknown` is the variance of the mean itself,
    `within` that of a gap around it. They come again at all with the chance `stay` / (`stop` + `stay`)."""

    mean: float
    unknown: float
    within: float
    stop: float
    stay: float

    @property
    def spread(self) -> float:
        return sqrt(self.unknown + self.within)

    def longer_than(self, days: float) -> float:
        """Chance that the gap of one who comes again is longer than so many whole days."""
        return 1 - NORMAL.cdf((log(days + 0.5) - self.mean) / self.spread)

    def days_at(self, share: float) -> float:
        """The gap, in days, that this share of gaps does not exceed."""
        return exp(self.mean + self.spread * NORMAL.inv_cdf(share))


def usual(days: float, basis: Basis = Basis.CATEGORY) -> Prior:
    """Prior from an interval that somebody wrote down: the catalogue's for a category, or nobody's (`DEFAULT`).

    A customer's own gaps outweigh it from the second on, as feature JO5 wants (three purchases).
    """
    return Prior(log(days), DEFAULT_SPREAD / sqrt(2), DEFAULT_SPREAD, 2, 1, 3, basis, 0)


DEFAULT: Final = usual(DEFAULT_DAYS, Basis.DEFAULT)


def after_visit(sums: GapSums | None, day: int) -> GapSums:
    """The sums with one more day of visit. The same day again changes nothing; an earlier one cannot be added.

    Raises ValueError for a day before the last one: the gaps it splits are not kept, the sums must be made anew.
    """
    if sums is None:
        return GapSums(1, day, day)
    gap = day - sums.last_day
    if gap == 0:
        return sums
    if gap < 0:
        raise ValueError("a visit before the last one: the sums must be made anew from all days")
    ln_gap = log(gap)
    return GapSums(sums.visits + 1, sums.first_day, day, sums.sum_ln_gap + ln_gap, sums.sum_ln_gap_sq + ln_gap * ln_gap)


def sums_of(days: Iterable[int]) -> GapSums | None:
    """The sums of a customer from all their days, in any order; None without any."""
    sums = None
    for day in sorted(set(days)):
        sums = after_visit(sums, day)
    return sums


def expected(own: GapSums | None, prior: Prior) -> Expected:
    """The customer's next gap: the prior, moved by as many gaps as they have of their own.

    Mean of a normal with known spread: weight of n own gaps n / (n + within^2 / between^2) (Gelman et al., Bayesian
    Data Analysis, 2.5). The spread is pooled with the prior's, which counts as `within_weight` gaps (limma, Smyth 2004).
    """
    n = own.gaps if own else 0
    if own is None or n == 0:
        return Expected(prior.mean, prior.between**2, prior.within**2, prior.stop, prior.stay)
    weight = own_weight(n, prior)
    own_mean = own.sum_ln_gap / n
    squares = max(own.sum_ln_gap_sq - own.sum_ln_gap * own_mean, 0.0)
    within = (prior.within_weight * prior.within**2 + squares) / (prior.within_weight + n - 1)
    return Expected(
        prior.mean + weight * (own_mean - prior.mean),
        prior.between**2 * (1 - weight),
        within,
        prior.stop,
        prior.stay + n,
    )


def own_weight(gaps: int, prior: Prior) -> float:
    return gaps / (gaps + (prior.within / prior.between) ** 2)


def rhythm(own: GapSums | None, prior: Prior) -> Rhythm:
    """When the next visit is expected, from when on a customer is late, and from when on lost."""
    law = expected(own, prior)
    weight = own_weight(own.gaps, prior) if own else 0.0
    late, lost = _limits(law)
    return Rhythm(
        law.days_at(0.5),
        law.days_at(0.1),
        law.days_at(0.9),
        late,
        lost,
        weight,
        Basis.OWN if weight >= 0.5 else prior.basis,
    )


def _limits(law: Expected) -> tuple[int, int]:
    """Whole days after which a customer is late and lost.

    Active with the chance stay S / (stop + stay S), S being the chance of a longer gap still: the S at which this falls to
    `LOST_ACTIVE` is the loss, at one half the lateness unless the gap is already longer than `LATE_SHARE` of gaps.
    """
    lost_share = max(1 - LOST_SHARE, _longer_at(law, LOST_ACTIVE))
    late_share = max(1 - LATE_SHARE, _longer_at(law, 0.5))
    late = max(1, round(law.days_at(1 - min(late_share, 0.5))))
    lost = round(law.days_at(1 - min(lost_share, 0.4)))
    return late, max(late + 1, lost)


def _longer_at(law: Expected, active: float) -> float:
    return active * law.stop / ((1 - active) * law.stay)
