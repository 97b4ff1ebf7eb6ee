"""Reads what the results of one survey are made of."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from insights.funnel import ComplaintCount
from messaging.local_time import at_local
from storage.kinds import ScoreGroup, SurveyKind, TallyDimension
from storage.store import Store
from storage.survey_results import Said, Summed
from surveys.influence import AT_ONCE, BusyMinute, Trace, traces
from surveys.results import Material, Measure, Results, groups_of, measure_of, results
from surveys.tallying import Counts, total

BURSTS: Final = 20
COMMENTS: Final = 300
"""The newest: quotes are chosen among them."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days; `until` is the first that is not in it."""

    since: date
    until: date

    @property
    def before(self) -> "Period":
        """As many days right before."""
        return Period(self.since - (self.until - self.since), self.since)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return at_local(self.since, 0, zone), at_local(self.until, 0, zone)


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page shows of one survey. `comments` and `traces` are empty where they are not asked for."""

    results: Results
    not_asked: list[tuple[str, int]]
    comments: list[Said]
    traces: list[Trace]


def read_report(
    store: Store,
    survey: str,
    period: Period,
    zone: ZoneInfo,
    branch: str | None = None,
    *,
    with_comments: bool,
    with_traces: bool,
) -> Report:
    """`branch`: None for all, '' for visits to none. Traces are looked for in all branches alone."""
    kind = kind_of(store, survey)
    material = read_material(store, survey, kind, period, branch)
    return Report(
        results=results(material),
        not_asked=read_not_asked(store, survey, period, zone) if branch is None else [],
        comments=read_comments(store, survey, period, zone, branch) if with_comments else [],
        traces=_traces(store, survey, period, material) if with_traces and branch is None else [],
    )


def kind_of(store: Store, survey: str) -> SurveyKind:
    """Of a survey that is not in the table: by its name; else its scores have no groups."""
    known = {one.slug: one.kind for one in store.survey_results.known()}
    return known.get(survey) or (SurveyKind(survey) if survey in set(SurveyKind) else SurveyKind.OWN)


def read_material(store: Store, survey: str, kind: SurveyKind, period: Period, branch: str | None = None) -> Material:
    """Of all branches, or of one ('': visits to none)."""
    tallies, before = store.survey_results, period.before
    along: dict[TallyDimension, dict[str, Counts]] = defaultdict(dict)
    for summed in tallies.sums(survey, period.since, period.until, branch):
        along[summed.dimension][summed.key] = _counts(summed)
    earlier = tallies.sums(survey, before.since, before.until, branch, [TallyDimension.WHOLE])
    return Material(
        kind=kind,
        whole=total(along[TallyDimension.WHOLE].values()),
        before=total(map(_counts, earlier)),
        days=[(day, _counts(summed)) for day, summed in tallies.by_day(survey, period.since, period.until, branch)],
        branches=branches_of(store, survey, period) if branch is None else {},
        along=along,
    )


def branches_of(store: Store, survey: str, period: Period) -> dict[str, Counts]:
    return {one.key: _counts(one) for one in store.survey_results.by_branch(survey, period.since, period.until)}


def _traces(store: Store, survey: str, period: Period, material: Material) -> list[Trace]:
    bursts = store.survey_results.bursts(survey, period.since, period.until, AT_ONCE, BURSTS)
    sellers = material.along.get(TallyDimension.SELLER, {})
    return traces(material.kind, sellers, (BusyMinute(*burst) for burst in bursts))


def read_comments(store: Store, survey: str, period: Period, zone: ZoneInfo, branch: str | None = None) -> list[Said]:
    """The newest of the period."""
    return store.survey_results.said(survey, *period.moments(zone), COMMENTS, branch)


def read_not_asked(store: Store, survey: str, period: Period, zone: ZoneInfo) -> list[tuple[str, int]]:
    """Why customers whose turn it was were not asked, and how often."""
    return store.survey_results.not_asked(survey, *period.moments(zone))


@dataclass(frozen=True, slots=True)
class Complaints:
    """Of so many answers so many from the lowest group, of all surveys whose scores have groups; a topic's are the
    answers with a comment about it. Branches without a name are left out."""

    sellers: list[ComplaintCount]
    branches: list[ComplaintCount]
    topics: list[ComplaintCount]


def read_complaints(store: Store, period: Period) -> Complaints:
    found: dict[TallyDimension, Counter[tuple[str, bool]]] = defaultdict(Counter)
    tallies, inside = store.survey_results, (period.since, period.until)
    for survey in tallies.surveys():
        kind = kind_of(store, survey)
        if measure_of(kind) is Measure.MEAN:
            continue
        sums = tallies.sums(survey, *inside, dimensions=[TallyDimension.SELLER, TallyDimension.TOPIC])
        for summed in (*sums, *tallies.by_branch(survey, *inside)):
            groups = groups_of(kind, _counts(summed))
            found[summed.dimension][summed.key, True] += groups[ScoreGroup.DETRACTOR]
            found[summed.dimension][summed.key, False] += sum(groups.values())

    def counts(dimension: TallyDimension) -> list[ComplaintCount]:
        names = sorted({name for name, _ in found[dimension] if name})
        return [ComplaintCount(name, found[dimension][name, True], found[dimension][name, False]) for name in names]

    return Complaints(counts(TallyDimension.SELLER), counts(TallyDimension.WHOLE), counts(TallyDimension.TOPIC))


def last_days(today: date, days: int) -> Period:
    return Period(today - timedelta(days=days - 1), today + timedelta(days=1))


def _counts(summed: Summed) -> Counts:
    return Counts(summed.asked, summed.heard, summed.undelivered, summed.quick, summed.peak, summed.scores)
