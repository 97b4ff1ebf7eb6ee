"""Operators' statistics: how soon they answer, whether in time, and what came of it (features C4, ES6, CS6)."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from statistics import median
from typing import Final, NamedTuple
from uuid import UUID

from insights.metrics import CsatResult, Proportion, csat, proportion

FEW: Final = 5
"""Below this many cases a number says more about chance than about who worked."""


class Handled(NamedTuple):
    """One case. None wherever it says nothing yet: not answered, still in time, never closed, not asked."""

    operator: UUID | None
    is_key: bool
    reply_seconds: int | None
    """Open time from its opening to the first human answer."""
    is_within: bool | None
    is_reopened: bool | None
    score: int | None
    """1 to 5, after it was closed."""
    is_recovered: bool | None


class Reply(NamedTuple):
    """First answers, in seconds of open time."""

    n: int
    median: float
    p90: int


class Numbers(NamedTuple):
    """What some cases add up to; None where there is nothing to count."""

    cases: int
    reply: Reply | None
    within: Proportion | None
    csat: CsatResult | None
    reopened: Proportion | None
    recovered: Proportion | None


class Report(NamedTuple):
    everybody: Numbers
    key: Numbers
    others: Numbers
    operators: dict[UUID | None, Numbers]
    """Who has most cases first; under None what is nobody's."""


def report(handled: Sequence[Handled]) -> Report:
    def of(fits: Callable[[Handled], bool]) -> Numbers:
        return numbers([one for one in handled if fits(one)])

    operators = {one.operator for one in handled}
    by_operator = {who: numbers([one for one in handled if one.operator == who]) for who in operators}
    order = sorted(by_operator.items(), key=lambda item: (item[0] is None, -item[1].cases, str(item[0])))
    return Report(numbers(handled), of(lambda one: one.is_key), of(lambda one: not one.is_key), dict(order))


def numbers(handled: Sequence[Handled]) -> Numbers:
    scores = [one.score for one in handled if one.score is not None]
    return Numbers(
        len(handled),
        replies([one.reply_seconds for one in handled if one.reply_seconds is not None]),
        _share(one.is_within for one in handled),
        csat({score: scores.count(score) for score in set(scores)}),
        _share(one.is_reopened for one in handled),
        _share(one.is_recovered for one in handled),
    )


def replies(seconds: Sequence[int]) -> Reply | None:
    """The median, and the time in which nine of ten were answered (nearest rank: a wait that really happened)."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return Reply(len(ordered), float(median(ordered)), ordered[ceil(0.9 * len(ordered)) - 1])


def _share(answers: Iterable[bool | None]) -> Proportion | None:
    known = [answer for answer in answers if answer is not None]
    return proportion(sum(known), len(known))
