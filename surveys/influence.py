"""Signs that staff lead customers to their answers (feature NP11): each asks for a look, none proves anything."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from math import exp, lgamma, log
from typing import Final, NamedTuple

from insights.funnel import ALARM, ENOUGH_ORDERS, binomial_limits
from insights.metrics import proportion
from storage.kinds import SurveyKind
from surveys.results import satisfied_of
from surveys.tallying import Counts

AT_ONCE: Final = 5
"""Answers of one branch within one minute, from which on somebody may be handing a phone around."""
OPEN_MINUTES: Final = 8 * 60
RARE: Final = 0.001
"""A minute as busy as this comes by chance on one day of a thousand."""


class Sign(StrEnum):
    """QUICK: scores within ten seconds of the question. BURST: many within a minute. ALONE: of their customers far
    more answer than of others'. ABOVE: scores far above everybody's."""

    QUICK = "quick"
    BURST = "burst"
    ALONE = "alone"
    ABOVE = "above"


class Trace(NamedTuple):
    """`found` of `n`, as the sign has it; `usual`: everybody's share, or answers that one would expect in a minute.
    `day` is known of bursts alone."""

    sign: Sign
    name: str
    found: int
    n: int
    usual: float
    day: date | None = None


class BusyMinute(NamedTuple):
    """The busiest minute of a branch's day, and all answers of that day."""

    day: date
    branch: str
    peak: int
    answers: int


def traces(kind: SurveyKind, sellers: Mapping[str, Counts], minutes: Iterable[BusyMinute]) -> list[Trace]:
    """All signs; those of staff only with at least five answers behind them (feature PV5)."""
    return [
        *_beyond(Sign.QUICK, {name: (one.quick, one.heard) for name, one in sellers.items()}),
        *_beyond(Sign.ALONE, {name: (one.heard, one.asked) for name, one in sellers.items()}),
        *_beyond(Sign.ABOVE, {name: satisfied_of(kind, one) for name, one in sellers.items()}),
        *(
            Trace(Sign.BURST, one.branch, one.peak, one.answers, one.answers / OPEN_MINUTES, one.day)
            for one in minutes
            if is_burst(one)
        ),
    ]


def is_burst(minute: BusyMinute) -> bool:
    """Whether a minute like this is rare, had the day's answers come evenly and independently over eight hours.

    The chance of `peak` or more in one of 480 minutes is at most 480 times that of one (Bonferroni; Poisson)."""
    if minute.peak < AT_ONCE:
        return False
    return OPEN_MINUTES * _at_least(minute.peak, minute.answers / OPEN_MINUTES) < RARE


def _beyond(sign: Sign, shares: Mapping[str, tuple[int, int]]) -> Iterator[Trace]:
    """Whoever's share lies above the 99.8 % limit of a funnel around everybody's."""
    overall = proportion(sum(count for count, _ in shares.values()), sum(n for _, n in shares.values()))
    if overall is None:
        return
    for name, (count, n) in sorted(shares.items()):
        if n < ENOUGH_ORDERS or count < ENOUGH_ORDERS or count / n <= overall.share:
            continue
        if count / n > binomial_limits(n, overall.share, ALARM).high:
            yield Trace(sign, name, count, n, overall.share)


def _at_least(count: int, mean: float) -> float:
    """P(N >= count) of a Poisson number: the terms fall fast beyond the mean."""
    if mean <= 0:
        return 0.0
    return sum(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(count, count + 60 + int(10 * mean)))
