"""Is one group really unlike the others: ratios with intervals, an exact test, and many questions asked at once."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import exp, inf, lgamma, log, sqrt
from typing import Final, NamedTuple

from insights.metrics import Z_95, Proportion, proportion, wilson_interval

FALSE_DISCOVERIES: Final = 0.05  # of everything called proven, at most this share is expected to be chance
ENOUGH_PEOPLE: Final = 20  # fewer than this many people of a service are not compared (feature AN8)


class Ratio(NamedTuple):
    """How many times as much, with its 95 % interval; `high` is infinite when nothing bounds it."""

    value: float
    low: float
    high: float


class Difference(StrEnum):
    """What the comparison of a group with the others proves."""

    HIGHER = "higher"
    LOWER = "lower"
    NOT_PROVEN = "not_proven"
    TOO_FEW = "too_few"


class Tally(NamedTuple):
    """Of `n` people `events` did it."""

    name: str
    events: int
    n: int


class Compared(NamedTuple):
    """A group's share and that of everybody outside it. `others` is None when there is nobody outside, `p_value` when
    one side is too small to be asked. `excess` counts events beyond what the others' share would have brought (below
    nought: missing ones); it says how much a difference weighs, where the share alone says how sharp it is."""

    name: str
    share: Proportion
    others: Proportion | None
    excess: float
    p_value: float | None
    difference: Difference


def compare_with_others(tallies: Iterable[Tally], everybody: Tally, enough: int = ENOUGH_PEOPLE) -> list[Compared]:
    """Each group against everybody outside it: Fisher's exact test, and Benjamini-Hochberg over all groups asked.

    `everybody` counts each person once, so it is less than the sum of groups that overlap. Groups of nobody are left
    out: there is no share to show. A group or a rest smaller than `enough` is shown and not asked.
    """
    asked: list[tuple[Tally, Tally]] = []
    left: list[tuple[Tally, Tally]] = []
    for tally in tallies:
        others = Tally(everybody.name, everybody.events - tally.events, everybody.n - tally.n)
        (asked if min(tally.n, others.n) >= enough else left).append((tally, others))
    p_values = [fisher(tally.events, tally.n, others.events, others.n) for tally, others in asked]
    judged = [
        _compared(*pair, p_value, is_proven)
        for pair, p_value, is_proven in zip(asked, p_values, discoveries(p_values), strict=True)
    ]
    return judged + [_compared(*pair, None, False) for pair in left if pair[0].n]


def risk_ratio(events: int, n: int, base_events: int, base_n: int, z: float = Z_95) -> Ratio | None:
    """(events / n) / (base_events / base_n) with its log-normal interval (Katz, Baptista, Azen & Pike, Biometrics 34,
    1978): the standard error of its logarithm is sqrt(1/a - 1/n1 + 1/c - 1/n2). None when it says nothing: a side of
    nobody, or no event on both.

    Where an empty cell leaves no logarithm or no spread, 0.5 is added to all four (Pagano & Gauvreau, Principles of
    Biostatistics, 2000).
    """
    for part, whole in ((events, n), (base_events, base_n)):
        if not 0 <= part <= whole:
            raise ValueError(f"{part} of {whole} is no share")
    if n == 0 or base_n == 0 or events == base_events == 0:
        return None
    has_gap = events == 0 or base_events == 0 or (events == n and base_events == base_n)
    half, whole_one = (0.5, 1.0) if has_gap else (0.0, 0.0)
    a, n1, c, n2 = events + half, n + whole_one, base_events + half, base_n + whole_one
    centre, spread = log(a * n2 / (c * n1)), z * sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)
    return Ratio(exp(centre), exp(centre - spread), exp(centre + spread))


def rate_ratio(events: int, exposure: float, base_events: int, base_exposure: float, z: float = Z_95) -> Ratio | None:
    """(events / exposure) / (base_events / base_exposure) of two Poisson counts with its score interval (Graham,
    Mengersen & Morton, Statistics in Medicine 22, 2003). None without any event.

    Given their sum the first count is binomial, so the interval is Wilson's turned into odds; unlike the log-normal
    one it needs no event on either side. Exposures: any one unit (days, orders of everything), above nought.
    """
    if min(exposure, base_exposure) <= 0:
        raise ValueError(f"a rate needs an exposure: {exposure}, {base_exposure}")
    interval = wilson_interval(events, events + base_events, z)
    if interval is None:
        return None
    scale = base_exposure / exposure
    if base_events == 0:
        return Ratio(inf, scale * _odds(interval.low), inf)
    return Ratio(scale * events / base_events, scale * _odds(interval.low), scale * _odds(interval.high))


def fisher(events: int, n: int, base_events: int, base_n: int) -> float:
    """Two-sided p-value that both groups have one share (Fisher's exact test, the smaller tail doubled)."""
    drawn, everybody = events + base_events, n + base_n
    if n == 0 or base_n == 0:
        return 1.0
    if events * everybody < drawn * n:  # fewer than expected: the same tail, seen from the other group
        events, n, base_events, base_n = base_events, base_n, events, n
    term = exp(_log_choose(n, events) + _log_choose(base_n, base_events) - _log_choose(everybody, drawn))
    tail = 0.0
    while term > 0 and tail + term > tail:
        tail += term
        # The next table has one more event here and one fewer there; the ratio of two hypergeometric terms.
        term *= (n - events) * base_events / ((events + 1) * (base_n - base_events + 1))
        events, base_events = events + 1, base_events - 1
    return min(1.0, 2 * tail)


def discoveries(p_values: Sequence[float], questions: int = 0) -> list[bool]:
    """Which of m questions are proven when at most 5 % of those may be false (Benjamini & Hochberg, JRSS B 57, 1995):
    the k smallest, for the largest k whose p-value is at most k / m * 5 %.

    m is the number of p-values, or `questions` when more were asked than had an answer worth listing.
    """
    m = max(questions, len(p_values))
    limits = (p for k, p in enumerate(sorted(p_values), 1) if p <= k / m * FALSE_DISCOVERIES)
    limit = max(limits, default=-1.0)
    return [p <= limit for p in p_values]


def _compared(tally: Tally, others: Tally, p_value: float | None, is_proven: bool) -> Compared:
    share, base = proportion(tally.events, tally.n), proportion(others.events, others.n)
    assert share is not None  # a group of nobody is left out before
    excess = tally.events - tally.n * base.share if base else 0.0
    if p_value is None:
        difference = Difference.TOO_FEW
    elif not is_proven:
        difference = Difference.NOT_PROVEN
    else:
        difference = Difference.HIGHER if excess > 0 else Difference.LOWER
    return Compared(tally.name, share, base, excess, p_value, difference)


def _odds(share: float) -> float:
    return share / (1 - share)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
