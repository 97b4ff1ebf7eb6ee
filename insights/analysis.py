"""From tallies to judgements: where each customer stands, and what is expected of those who are silent. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Final, NamedTuple

from insights.interval_fit import fit
from insights.lifecycle import SILENT, Held, Reason, stage
from insights.purchase_interval import Expected, GapSums, Prior, Rhythm, expected, rhythm_by
from insights.tallies import YEAR_DAYS, Customers, Engine
from insights.visit_counts import NEVER
from insights.visit_table import Count, VisitTable
from storage.kinds import LifecycleStage

FITTED_CUSTOMERS: Final = 5000
"""The prior has six numbers; more customers than these no longer move them, and cost seconds."""

NO_NEWS: Final = 0.05
"""Less than this share of a parameter is what one more day of purchases moves."""

TOLD_OF_GAPS: Final = (0, 3, 10)
"""New customers, some who are known a little, and old ones: what is said of them tells whether there is news."""


class Standing(NamedTuple):
    """A customer with a visit: `place` in `Analysis.customers`, stage, since which day and why, rhythm and its law."""

    place: int
    stage: LifecycleStage
    since_day: int
    reason: Reason
    rhythm: Rhythm
    law: Expected


class Silence(NamedTuple):
    """What is missed of a customer who is late or lost.

    `missed`: visits of the last 365 days that one expected, allowing for people who stop anyway; `at_most`: had they
    been sure to keep their rhythm. `year`: visits to expect in 365 days of one who comes again. `visit_minor` is what
    a visit of theirs brings.
    """

    standing: Standing
    missed: Count
    at_most: float
    year: Count
    visit_minor: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """`standings`: all who ever had a visit, in the order of `customers`. `silences`: the late and the lost of
    them, but for those who asked to be forgotten."""

    today: int
    customers: Customers
    prior: Prior
    standings: Sequence[Standing]
    silences: Sequence[Silence]

    def stages(self) -> Mapping[LifecycleStage, int]:
        return Counter(standing.stage for standing in self.standings)


def learn(customers: Customers, today: int, last: Prior | None = None) -> Prior:
    """What one expects of a customer of this base. The `last` prior is kept while the base says nearly the same: else
    everybody's dates would tremble every night."""
    buyers = [sums for sums in _gap_sums(customers) if sums.visits]
    return steady(fit(buyers[:: -(-len(buyers) // FITTED_CUSTOMERS) or 1], today), last)


def analyse(
    engine: Engine,
    today: int,
    prior: Prior | None = None,
    before: Mapping[int, Held] | None = None,
    forgotten: Collection[int] = (),
) -> Analysis:
    """`today`: the ordinal of the local day that the base is looked at on; the engine must have been given the same.

    `prior`: as learnt of this very base, if it was. `before`: by place, the stages that were told last.
    `forgotten`: places of those who asked for it; they stand where they stand, but nobody misses them.
    """
    held = before or {}
    customers = engine.customers()
    prior = prior or learn(customers, today)
    standings = [
        _standing(place, sums, prior, today, held.get(place))
        for place, sums in enumerate(_gap_sums(customers))
        if sums.visits
    ]
    missed = [one for one in standings if one.place not in forgotten]
    return Analysis(today, customers, prior, standings, _silences(customers, missed, prior, today))


def _gap_sums(customers: Customers) -> list[GapSums]:
    """By place."""
    return [customers.gap_sums(place) for place in range(len(customers))]


def steady(learnt: Prior, last: Prior | None) -> Prior:
    """The last one, unless what was learnt says something else.

    `stop` and `stay` are not compared by themselves: where hardly anybody stops, only their ratio is known.
    """
    if last is None or last.basis is not learnt.basis or abs(last.mean - learnt.mean) > NO_NEWS:
        return learnt
    before, now = _said(last), _said(learnt)
    is_alike = all(
        isclose(one, other, rel_tol=NO_NEWS, abs_tol=unit) for (one, unit), (other, _) in zip(before, now, strict=True)
    )
    return last if is_alike else learnt


def _said(prior: Prior) -> list[tuple[float, float]]:
    """What customers are told by a prior, each with its unit that nobody sees a part of: the spreads; and by the number
    of one's own gaps the chance to come again, and the days of silence that make late and lost."""
    said = [(prior.between, 0.0), (prior.within, 0.0)]
    for gaps in TOLD_OF_GAPS:
        law = expected(None, prior)._replace(stay=prior.stay + gaps)
        said += [(law.stay / (law.stop + law.stay), 0.0), *((float(days), 1.0) for days in law.limits())]
    return said


def _standing(place: int, own: GapSums, prior: Prior, today: int, before: Held | None) -> Standing:
    law = expected(own, prior)
    theirs = rhythm_by(law, own, prior)
    found = stage(own, theirs, today, known_since=own.first_day, before=before)
    return Standing(place, found.name, found.since_day, found.reason, theirs, law)


def _silences(customers: Customers, standings: Sequence[Standing], prior: Prior, today: int) -> list[Silence]:
    table, kept = VisitTable(prior), VisitTable(prior._replace(stop=NEVER))
    silences = []
    for standing in standings:
        if standing.stage in SILENT:
            place = standing.place
            silence = today - customers.last_day[place]
            stopping, staying = table.of(standing.law), kept.of(standing.law)
            year = stopping.since_visit(YEAR_DAYS)
            missed = stopping.missed(silence, YEAR_DAYS, year)
            at_most = staying.since_visit(silence).mean - staying.since_visit(silence - YEAR_DAYS).mean
            money = max(customers.revenue_minor[place], 0) // customers.visits[place]
            silences.append(Silence(standing, missed, max(at_most, missed.mean), year, money))
    return silences
