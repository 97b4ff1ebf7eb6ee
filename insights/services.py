"""What each service does to customers: brings them back, loses them, stands idle, earns. docs/services.md explains."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from insights.comparisons import Compared, Difference, Tally, compare_with_others


class EntryCount(NamedTuple):
    """Of the `newcomers` whose first order held the service, `returned` came a second time within the window.

    A newcomer counts once their first order lies a whole window back: before that nobody can tell.
    """

    service: str
    newcomers: int
    returned: int


class ExitCount(NamedTuple):
    """Regulars (at least three visits) whose last order held the service: `stayed` are not lapsed, `left` are."""

    service: str
    stayed: int
    left: int


class Judgement(StrEnum):
    """How a service stands against the others."""

    WORSE = "worse"
    BETTER = "better"
    NOT_PROVEN = "not_proven"
    TOO_FEW = "too_few"


class Standing(NamedTuple):
    """A service's share (returned, or left) beside that of everybody else, and how many people the gap is."""

    judgement: Judgement
    compared: Compared

    @property
    def service(self) -> str:
        return self.compared.name


def entries(counts: Sequence[EntryCount], everybody: EntryCount) -> list[Standing]:
    """How well each service brings newcomers back (feature AN8); the one that loses most people first.

    `everybody`: all newcomers, each counted once, whatever their first order held.
    """
    tallies = [Tally(one.service, one.returned, one.newcomers) for one in counts]
    compared = compare_with_others(tallies, Tally("", everybody.returned, everybody.newcomers))
    return _standings(compared, worse=Difference.LOWER)


def exits(counts: Sequence[ExitCount], everybody: ExitCount) -> list[Standing]:
    """After which services regulars leave (feature AN8); the one that loses most people first.

    Of the regulars whose last order held the service, the share who left, against the same share of the other
    regulars. A popular service is the last of many who left and of as many who stayed, so it does not top the list.
    `everybody`: all regulars, each counted once.
    """
    tallies = [Tally(one.service, one.left, one.stayed + one.left) for one in counts]
    compared = compare_with_others(tallies, Tally("", everybody.left, everybody.stayed + everybody.left))
    return _standings(compared, worse=Difference.HIGHER)


def _standings(compared: Sequence[Compared], worse: Difference) -> list[Standing]:
    judgements = {
        Difference.HIGHER: Judgement.BETTER,
        Difference.LOWER: Judgement.BETTER,
        Difference.NOT_PROVEN: Judgement.NOT_PROVEN,
        Difference.TOO_FEW: Judgement.TOO_FEW,
        worse: Judgement.WORSE,
    }
    ranks = list(Judgement)
    found = [Standing(judgements[one.difference], one) for one in compared]
    return sorted(found, key=lambda one: (ranks.index(one.judgement), -abs(one.compared.excess), one.service))
