"""The numbers a dashboard shows (NPS, CSAT, shares) and how far each may be trusted."""

from collections.abc import Mapping
from enum import StrEnum
from math import sqrt
from typing import Final, NamedTuple

from storage.kinds import ScoreGroup

Z_95: Final = 1.96  # two-sided 95 %
ENOUGH: Final = 30  # below this many answers the margin is wider than any decision needs (feature NP2)


class NpsResult(NamedTuple):
    """Score, standard error and 95 % margin are points on -100..100; `n` counts answers."""

    score: float
    standard_error: float
    margin: float
    n: int

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


class Verdict(StrEnum):
    """What a difference between two periods proves."""

    UP = "up"
    DOWN = "down"
    NOT_PROVEN = "not_proven"
    TOO_FEW = "too_few"


class NpsChange(NamedTuple):
    """`z` is None when neither sample has any spread (everybody agreed), where the formula has nothing to divide by."""

    difference: float
    z: float | None
    verdict: Verdict


class Interval(NamedTuple):
    low: float
    high: float


class Proportion(NamedTuple):
    """A share 0..1 with its 95 % Wilson interval."""

    share: float
    low: float
    high: float
    n: int

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


class CsatResult(NamedTuple):
    """`satisfied` is the share of 4-5; `average` is on 1..5."""

    satisfied: Proportion
    average: float


def by_group(groups: Mapping[ScoreGroup, int]) -> tuple[int, int, int]:
    """Counts of answers as `nps` takes them: promoters, passives, detractors."""
    return groups.get(ScoreGroup.PROMOTER, 0), groups.get(ScoreGroup.PASSIVE, 0), groups.get(ScoreGroup.DETRACTOR, 0)


def nps(promoters: int, passives: int, detractors: int) -> NpsResult | None:
    """Net promoter score 100 (P - D) / n (Reichheld, HBR 2003; feature NP1), None without answers.

    An answer is +1, 0 or -1, so its variance is p + d - (p - d)^2 and the standard error
    100 sqrt(variance / n) (feature NP2).
    """
    _refuse_negative(promoters, passives, detractors)
    n = promoters + passives + detractors
    if n == 0:
        return None
    p, d = promoters / n, detractors / n
    # A unanimous sample has no variance; rounding may leave a tiny negative number under the root.
    standard_error = 100 * sqrt(max(p + d - (p - d) ** 2, 0.0) / n)
    return NpsResult(100 * (promoters - detractors) / n, standard_error, Z_95 * standard_error, n)


def small_nps_interval(promoters: int, passives: int, detractors: int) -> Interval:
    """95 % interval of a score of few answers: three imaginary ones (3/4 promoter, 3/4 detractor, the rest passive)
    keep three happy guests from proving a hundred (adjusted Wald; Rocks, The American Statistician 70, 2016)."""
    found = nps(promoters, passives, detractors)
    n = promoters + passives + detractors + 3
    p, d = (promoters + 0.75) / n, (detractors + 0.75) / n
    margin = 100 * Z_95 * sqrt((p + d - (p - d) ** 2) / n)
    score = found.score if found else 0.0  # the interval always holds the score that was measured
    return Interval(min(score, max(100 * (p - d) - margin, -100)), max(score, min(100 * (p - d) + margin, 100)))


def nps_change(before: NpsResult, after: NpsResult) -> NpsChange:
    """Two-sample z of the difference: (after - before) / sqrt(SE_before^2 + SE_after^2) (feature NP3)."""
    difference = after.score - before.score
    spread = sqrt(before.standard_error**2 + after.standard_error**2)
    z = difference / spread if spread else None
    return NpsChange(difference, z, _verdict(before, after, difference, z))


def csat(counts: Mapping[int, int]) -> CsatResult | None:
    """Share of 4-5 among all valid answers 1-5, and their average (feature CS1). `counts`: score -> answers."""
    if not set(counts) <= set(range(1, 6)):
        raise ValueError(f"CSAT scores run from 1 to 5, not {sorted(counts)}")
    satisfied = proportion(counts.get(4, 0) + counts.get(5, 0), sum(counts.values()))
    if satisfied is None:
        return None
    return CsatResult(satisfied, sum(score * count for score, count in counts.items()) / satisfied.n)


def proportion(successes: int, n: int, z: float = Z_95) -> Proportion | None:
    """successes / n with its Wilson interval; None when n is 0."""
    interval = wilson_interval(successes, n, z)
    return Proportion(successes / n, *interval, n) if interval else None


def wilson_interval(successes: int, n: int, z: float = Z_95) -> Interval | None:
    """Score interval of a proportion (Wilson, JASA 22, 1927), 0..1; None when n is 0.

    Unlike the textbook p +- z SE it stays inside 0..1 and keeps a width at 0 of n and n of n.
    """
    _refuse_negative(successes, n)
    if successes > n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return None
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    denominator = 1 + z * z / n
    # At the ends the bound equals the share exactly; rounding must not push it past.
    return Interval(
        max(min((centre - half) / denominator, share), 0.0), min(max((centre + half) / denominator, share), 1.0)
    )


def _verdict(before: NpsResult, after: NpsResult, difference: float, z: float | None) -> Verdict:
    if not (before.is_enough and after.is_enough):
        return Verdict.TOO_FEW
    if difference == 0 or (z is not None and abs(z) < Z_95):
        return Verdict.NOT_PROVEN
    return Verdict.UP if difference > 0 else Verdict.DOWN


def _refuse_negative(*counts: int) -> None:
    if min(counts) < 0:
        raise ValueError(f"counts cannot be negative: {counts}")
