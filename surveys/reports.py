"""Reads what the results of one survey are made of."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from messaging.local_time import at_local
from storage.kinds import Journey, SurveyKind, TallyDimension
from storage.store import Store
from storage.survey_results import Said, Summed
from surveys.influence import AT_ONCE, BusyMinute, Trace, traces
from surveys.results import Material, Results, results
from surveys.tallying import Counts, total

BURSTS: Final = 20
COMMENTS: Final = 300
"""The newest: quotes are chosen among them."""
JOURNEYS: Final = {
    SurveyKind.CSAT: (Journey.CSAT_AFTER_PURCHASE, Journey.SURVEY),
}
"""Which clockwork puts a kind of survey to customers; the others are all of `Journey.SURVEY`."""


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


def kind_of(store: Store, survey: str) -> SurveyKind:
    """Of a survey that is not in the table: by its name; else its scores have no groups."""
    known = {one.slug: one.kind for one in store.survey_results.known()}
    return known.get(survey) or (SurveyKind(survey) if survey in set(SurveyKind) else SurveyKind.OWN)


def read_results(store: Store, survey: str, kind: SurveyKind, period: Period, branch: str | None = None) -> Results:
    """Of all branches, or of one ('': visits to none)."""
    tallies, before = store.survey_results, period.before
    along: dict[TallyDimension, dict[str, Counts]] = defaultdict(dict)
    for summed in tallies.sums(survey, period.since, period.until, branch):
        along[summed.dimension][summed.key] = _counts(summed)
    whole = [TallyDimension.WHOLE]
    earlier = tallies.sums(survey, before.since, before.until, branch, whole)
    return results(
        Material(
            kind=kind,
            whole=total(along[TallyDimension.WHOLE].values()),
            before=total(map(_counts, earlier)),
            days=[(day, _counts(summed)) for day, summed in tallies.by_day(survey, period.since, period.until, branch)],
            branches=branches_of(store, survey, period) if branch is None else {},
            along=along,
        )
    )


def branches_of(store: Store, survey: str, period: Period) -> dict[str, Counts]:
    return {one.key: _counts(one) for one in store.survey_results.by_branch(survey, period.since, period.until)}


def read_traces(store: Store, survey: str, kind: SurveyKind, period: Period) -> list[Trace]:
    """Signs of staff leading customers to their answers."""
    tallies = store.survey_results
    sellers = tallies.sums(survey, period.since, period.until, None, [TallyDimension.SELLER])
    bursts = tallies.bursts(survey, period.since, period.until, AT_ONCE, BURSTS)
    return traces(kind, {one.key: _counts(one) for one in sellers}, (BusyMinute(*burst) for burst in bursts))


def read_comments(store: Store, survey: str, period: Period, zone: ZoneInfo, branch: str | None = None) -> list[Said]:
    """The newest of the period."""
    return store.survey_results.said(survey, *period.moments(zone), COMMENTS, branch)


def read_not_asked(store: Store, kind: SurveyKind, period: Period, zone: ZoneInfo) -> list[tuple[str, int]]:
    """Why customers whose turn it was were not asked, and how often."""
    journeys = JOURNEYS.get(kind, (Journey.SURVEY,))
    return store.survey_results.not_asked(journeys, *period.moments(zone))


def last_days(today: date, days: int) -> Period:
    return Period(today - timedelta(days=days - 1), today + timedelta(days=1))


def _counts(summed: Summed) -> Counts:
    return Counts(summed.asked, summed.heard, summed.undelivered, summed.quick, summed.peak, summed.scores)
