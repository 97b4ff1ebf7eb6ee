"""A customer's own rhythm: days until the next visit, from their own gaps and, when these are few, from the base's."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from math import copysign, exp, expm1, log, log1p, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple, Self

NORMAL: Final = NormalDist()

RANGE_TO: Final = 0.9
"""The range of the next visit leaves out a tenth on either side: it holds four of five."""
LATE_SHARE: Final = 0.9
"""Late is later than nine of ten of the gaps that one expects of this customer, ..."""
LATE_ACTIVE: Final = 0.5
"""... or so late that it is even whether they come again at all."""
LOST_ACTIVE: Final = 0.2
"""Lost is of whom one in five comes again at most: docs/rhythm.md tells what became of them."""
LOST_AT_LEAST: Final = 0.75
"""Where hardly anybody comes twice, nobody is lost before three of four of those who do have come."""
LOST_AT_MOST: Final = 0.999
"""Where hardly anybody ever stops, who is silent for longer than 999 of 1,000 gaps is lost all the same."""

USUAL_WITHIN: Final = 0.26
USUAL_BETWEEN: Final = 0.376
"""Spreads of ln gap around an interval that somebody wrote down. With them a silence of twice the interval is a loss,
and two gaps of one's own outweigh it: feature JO5, k = 2 and three purchases."""
WITHIN_WEIGHT: Final = 9.0
"""Gaps that the base's spread is worth beside a customer's own: 9 in a grocery's panel, 11 at CDNOW."""
MOST_DAYS: Final = 3650.0
"""Ten years: what is told in days stays a date."""
DEFAULT_DAYS: Final = 45.0
"""The usual gap where nobody knows it: twice as much are the 90 days of feature JO5."""


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
    customer's own mean. Before each next visit, the first return too, a customer stops for good with a chance that is
    Beta(`stop`, `stay`) distributed among customers. `basis` says where it comes from, `n` from how many gaps.
    """

    mean: float
    between: float
    within: float
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
        mean, between, within, stop, stay, n = (float(stored[name]) for name in cls._fields if name != "basis")
        return cls(mean, between, within, stop, stay, Basis(str(stored["basis"])), int(n))


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
    """The law of a customer's next gap: ln gap is Student distributed around `mean` with so many degrees of `freedom`;
    `unknown` is the variance of the mean itself, `within` that of a gap around it. They come again at all with the
    chance `stay` / (`stop` + `stay`)."""

    mean: float
    unknown: float
    within: float
    stop: float
    stay: float
    freedom: float

    @property
    def spread(self) -> float:
        return sqrt(self.unknown + self.within)

    def longer_than(self, days: float) -> float:
        """Chance that the gap of one who comes again is longer than so many whole days."""
        return NORMAL.cdf(-as_normal((log(days + 0.5) - self.mean) / self.spread, self.freedom))

    def limits(self) -> tuple[int, int]:
        """Whole days of silence after which a customer is late and lost."""
        mean, spread = self.mean, self.spread
        _, _, late, lost = _deviates(self.stop, self.stay, self.freedom)
        late_days = max(1, round(_days(mean + spread * late)))
        return late_days, max(late_days + 1, round(_days(mean + spread * lost)))


class _Deviates(NamedTuple):
    """In spreads from the mean of ln gap: the ends of the range, and the silences that make late and lost."""

    low: float
    high: float
    late: float
    lost: float


@lru_cache(maxsize=4096)
def _deviates(stop: float, stay: float, freedom: float) -> _Deviates:
    """Remembered: in one base they are the same for all with as many gaps.

    With a longer gap's chance S, who is silent comes again with the chance stay S / (stop + stay S): solved for S.
    """
    late = min(LATE_SHARE, 1 - min(1.0, LATE_ACTIVE * stop / ((1 - LATE_ACTIVE) * stay)))
    lost = min(LOST_AT_MOST, 1 - min(1.0, LOST_ACTIVE * stop / ((1 - LOST_ACTIVE) * stay)))
    shares = (1 - RANGE_TO, RANGE_TO, max(late, 0.5), max(lost, LOST_AT_LEAST))
    return _Deviates(*(as_student(NORMAL.inv_cdf(share), freedom) for share in shares))


def _days(ln_days: float) -> float:
    return min(exp(ln_days), MOST_DAYS)


def as_normal(t: float, freedom: float) -> float:
    """The normal deviate with (nearly) the tail of Student's t (Wallace, Ann. Math. Stat. 30, 1959)."""
    return copysign(sqrt(freedom * log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3), t)


def as_student(z: float, freedom: float) -> float:
    """The other way round."""
    root = z * (8 * freedom + 3) / (8 * freedom + 1)
    return copysign(sqrt(freedom * expm1(root * root / freedom)), z)


def usual(days: float, basis: Basis = Basis.CATEGORY) -> Prior:
    """Prior from the usual interval that the catalogue gives for a category, or from nobody's (`DEFAULT`)."""
    return Prior(log(days), USUAL_BETWEEN, USUAL_WITHIN, 1.0, 3.0, basis, 0)


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

    Their mean of ln gap is that of a normal with a normal prior (Gelman et al., Bayesian Data Analysis, 2.5); their
    spread is pooled with the prior's (Smyth, Statistical Applications in Genetics 3, 2004), whence Student's t.
    """
    n = own.gaps if own else 0
    if own is None or n == 0:
        return Expected(prior.mean, prior.between**2, prior.within**2, prior.stop, prior.stay, WITHIN_WEIGHT)
    weight = own_weight(n, prior)
    own_mean = own.sum_ln_gap / n
    squares = max(own.sum_ln_gap_sq - own.sum_ln_gap * own_mean, 0.0)
    freedom = WITHIN_WEIGHT + n - 1
    return Expected(
        prior.mean + weight * (own_mean - prior.mean),
        prior.between**2 * (1 - weight),
        (WITHIN_WEIGHT * prior.within**2 + squares) / freedom,
        prior.stop,
        prior.stay + n,
        freedom,
    )


def own_weight(gaps: int, prior: Prior) -> float:
    """Share (0..1) of a customer's own gaps in their mean."""
    return gaps / (gaps + (prior.within / prior.between) ** 2)


def rhythm(own: GapSums | None, prior: Prior) -> Rhythm:
    """When the next visit is expected, from when on a customer is late, and from when on lost."""
    return rhythm_by(expected(own, prior), own, prior)


def rhythm_by(law: Expected, own: GapSums | None, prior: Prior) -> Rhythm:
    """The same, of whose law is known already."""
    mean, spread = law.mean, law.spread
    low, high, _, _ = _deviates(law.stop, law.stay, law.freedom)
    weight = own_weight(own.gaps, prior) if own else 0.0
    return Rhythm(
        _days(mean),
        _days(mean + spread * low),
        _days(mean + spread * high),
        *law.limits(),
        weight,
        Basis.OWN if weight >= 0.5 else prior.basis,
    )
