"""What each service does to customers: brings them back, loses them, stands idle, earns. docs/services.md explains."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from insights.comparisons import Compared, Difference, Tally, compare_with_others

LAPSE_INTERVALS: Final = 2  # own intervals without a visit after which a regular counts as lost (feature JO5)


class EntryCount(NamedTuple):
    """Of the `newcomers` whose first visit held the service, `returned` came a second time within `patience_days`.

    A newcomer counts once their first visit lies so long back: before that nobody can tell.
    """

    service: str
    newcomers: int
    returned: int


class ExitCount(NamedTuple):
    """Visits of regulars with the service: after `stayed` of them another visit followed, after `left` none did.

    A visit counts from a customer's third on (then they are a regular) and once it lies more than twice its
    `patience_days` back. A customer leaves once, so `left` counts people.
    """

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

    `everybody`: all newcomers, each counted once, whatever their first visit held.
    """
    tallies = [Tally(one.service, one.returned, one.newcomers) for one in counts]
    compared = compare_with_others(tallies, Tally("", everybody.returned, everybody.newcomers))
    return _standings(compared, worse=Difference.LOWER)


def exits(counts: Sequence[ExitCount], everybody: ExitCount) -> list[Standing]:
    """After which services regulars leave (feature AN8); the one that loses most people first.

    Of the regulars' visits with the service, the share that was the last one, against the same share of their other
    visits. A popular service is the last of many because it is visited often, so it does not top the list. A visit is
    a trial of its own even though customers have many: who left has no further ones (discrete-time survival, Allison,
    Sociological Methodology 13, 1982). `everybody`: all such visits, each counted once.
    """
    tallies = [Tally(one.service, one.left, one.stayed + one.left) for one in counts]
    compared = compare_with_others(tallies, Tally("", everybody.left, everybody.stayed + everybody.left))
    return _standings(compared, worse=Difference.HIGHER)


def patience_days(own_days: float, after_service_days: float, usual_days: float) -> float:
    """How long after a visit with a service somebody may stay away before they count as not having come back.

    Twice their own median interval (feature JO5; a newcomer has none yet and takes the usual one), stretched where
    people come back later after this service (`after_service_days`, median) than after any (`usual_days`): else every
    service that lasts would look like one that loses people. Of several services in a visit the longest counts.
    """
    return LAPSE_INTERVALS * own_days * max(1.0, after_service_days / usual_days)


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
