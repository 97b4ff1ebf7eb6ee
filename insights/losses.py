"""The loss audit: how much was lost in the last 365 days and on whom, after which services, and whom to call. Pure.

docs/losses.md tells the method, `insights.loss_audit` the shape.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from types import MappingProxyType
from typing import Final

from insights.analysis import Analysis, Silence
from insights.lifecycle import SILENT
from insights.loss_audit import (
    VERSION,
    Audit,
    Base,
    Call,
    Exits,
    Loss,
    Money,
    Month,
    Newcomers,
    Part,
    Rhythm,
    Service,
    Share,
    WinBack,
)
from insights.metrics import ENOUGH, Z_95, Proportion, proportion
from insights.purchase_interval import Basis, GapSums, rhythm
from insights.service_flows import CatalogueEntry, Flows, flows
from insights.services import Standing as ServiceStanding
from insights.tallies import NONE, YEAR_DAYS, CohortMonth, Engine, Names, first_day_of, iso, month_of
from insights.visit_counts import active
from storage.kinds import LifecycleStage

CALLS: Final = 10
WON_BACK: Final = 0.1
REGULAR_VISITS: Final = 3
LISTED: Final = 50
"""Services and branches told one by one; the rest is one line."""
CHART_MONTHS: Final = 24
NO_CATALOGUE: Final[Mapping[str, CatalogueEntry]] = MappingProxyType({})


def audit(
    engine: Engine,
    analysis: Analysis,
    names: Names,
    currency: str,
    went: Flows | None = None,
) -> Audit:
    """The audit of the analysed base; `engine` and `names` are of the same lines. `went`: their flows, with the
    catalogue's word; a file has no catalogue."""
    silences, today = analysis.silences, analysis.today
    cohorts = engine.cohorts()
    weigh = _Weights(engine)
    went = went or flows(engine, names, today, analysis.prior, NO_CATALOGUE)
    return Audit(
        version=VERSION,
        currency=currency,
        today=iso(today),
        since=iso(today - YEAR_DAYS + 1),
        is_enough=len(analysis.standings) >= ENOUGH and analysis.prior.basis is not Basis.DEFAULT,
        base=_base(analysis),
        rhythm=_rhythm(analysis),
        stages={stage.value: count for stage, count in sorted(analysis.stages().items())},
        loss=_loss(analysis, weigh),
        services=_parts(analysis, weigh, analysis.customers.favourite_service, names.services),
        branches=_parts(analysis, weigh, analysis.customers.last_branch, names.branches),
        months=_months(silences, cohorts, today),
        newcomers=_newcomers(went, names),
        exits=_exits(went, analysis, names),
        calls=tuple(_calls(analysis, names)),
        win_back=_win_back(silences),
    )


# --- what is missed


class _Weights:
    """Sums over silent customers. The variance of one: that of the visits missed, and that of a mean of few checks."""

    def __init__(self, engine: Engine) -> None:
        checks = engine.checks()
        mean = checks.sum_minor / checks.n if checks.n else 0.0
        self._variation = checks.square_sum / checks.n / mean**2 - 1 if mean else 0.0

    def money(self, silences: Iterable[Silence], visits: Sequence[int]) -> tuple[float, Money]:
        """Visits missed and the money they are. `visits`: of each place."""
        people, missed, value, variance = 0, 0.0, 0.0, 0.0
        for silence in silences:
            people += 1
            missed += silence.missed.mean
            value += silence.missed.mean * silence.visit_minor
            of_check = silence.missed.mean**2 * self._variation / visits[silence.standing.place]
            variance += silence.visit_minor**2 * (silence.missed.variance + of_check)
        return missed, _money(value, variance, people)


def _money(value: float, variance: float, people: int) -> Money:
    margin = Z_95 * sqrt(variance)
    return Money(round(value), round(max(value - margin, 0)), round(value + margin), people)


def _loss(analysis: Analysis, weigh: _Weights) -> Loss:
    visits = analysis.customers.visits
    groups: dict[str, list[Silence]] = {"lost": [], "late": [], "once": []}
    for silence in analysis.silences:
        is_lost = silence.standing.stage is LifecycleStage.LOST
        once = visits[silence.standing.place] == 1
        groups["once" if once else "lost" if is_lost else "late"].append(silence)
    missed, money = weigh.money(analysis.silences, visits)
    revenue = sum(analysis.customers.revenue_year_minor)
    return Loss(
        money,
        missed,
        round(sum(silence.at_most * silence.visit_minor for silence in analysis.silences)),
        money.value / revenue if revenue > 0 else None,
        tuple(_part(name, silences, weigh, visits) for name, silences in groups.items()),
    )


def _part(name: str, silences: Sequence[Silence], weigh: _Weights, visits: Sequence[int]) -> Part:
    return Part(name, len(silences), *weigh.money(silences, visits))


def _parts(analysis: Analysis, weigh: _Weights, codes: Sequence[int], names: Sequence[str]) -> tuple[Part, ...]:
    """By service or branch, the costliest first; the empty name is of those of whom it is not known. None where the
    lines tell no such names at all."""
    if not names:
        return ()
    customers = analysis.customers
    silences: dict[int, list[Silence]] = defaultdict(list)
    for silence in analysis.silences:
        silences[codes[silence.standing.place]].append(silence)
    seen: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for standing in analysis.standings:
        if customers.last_day[standing.place] > analysis.today - 2 * YEAR_DAYS:
            count = seen[codes[standing.place]]
            count[0] += standing.stage in SILENT
            count[1] += 1
    parts = [
        Part(
            names[code] if code != NONE else "",
            len(theirs),
            *weigh.money(theirs, customers.visits),
            _share(proportion(*seen[code])) if code in seen else None,
        )
        for code, theirs in silences.items()
    ]
    parts.sort(key=lambda part: (-part.money.value, part.name))
    return tuple(parts[:LISTED])


def _months(silences: Sequence[Silence], cohorts: Sequence[CohortMonth], today: int) -> tuple[Month, ...]:
    """The last two years, the unfinished month included, so that nothing is hidden."""
    last = month_of(today)
    lost: dict[int, list[float]] = defaultdict(lambda: [0, 0.0])
    for silence in silences:
        if silence.standing.stage is LifecycleStage.LOST:
            month = lost[month_of(silence.standing.since_day)]
            month[0] += 1
            month[1] += silence.missed.mean * silence.visit_minor
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in cohorts:
        month_sums = sums[row.month]
        month_sums[0] += row.people if row.cohort == row.month else 0
        month_sums[1] += row.visits
        month_sums[2] += row.revenue_minor
    begun = min((row.month for row in cohorts), default=last)
    return tuple(
        Month(f"{first_day_of(month):%Y-%m}", int(lost[month][0]), round(lost[month][1]), *sums[month])
        for month in range(max(begun, last - CHART_MONTHS + 1), last + 1)
    )


# --- newcomers and services


def _newcomers(went: Flows, names: Names) -> Newcomers:
    _, people, again = went.newcomers
    return Newcomers(
        went.patience.window, _share(proportion(again, people)), people - again, _services(went.entries, names)
    )


def _exits(went: Flows, analysis: Analysis, names: Names) -> Exits:
    customers, size = analysis.customers, len(analysis.customers)
    chosen, lost = [False] * size, [False] * size
    for standing in analysis.standings:
        place = standing.place
        is_recent = customers.last_day[place] > analysis.today - 2 * YEAR_DAYS
        chosen[place] = is_recent and customers.visits[place] >= REGULAR_VISITS
        lost[place] = standing.stage is LifecycleStage.LOST
    left = sum(is_chosen and is_lost for is_chosen, is_lost in zip(chosen, lost, strict=True))
    return Exits(_share(proportion(left, sum(chosen))), _services(went.exits, names))


def _services(standings: Sequence[ServiceStanding], names: Names) -> tuple[Service, ...]:
    """The rules know services by names, and here the names are the codes: two services may be called the same."""
    return tuple(
        Service(
            names.services[int(standing.service)],
            _certain_share(standing.compared.share),
            standing.judgement.value,
            standing.compared.excess,
        )
        for standing in standings[:LISTED]
    )


# --- whom to call


def _calls(analysis: Analysis, names: Names) -> Iterator[Call]:
    """The silent regulars, by what they would bring in a year times the chance that they still think of us: who was
    lost long ago is worth no call, however much they bought, and of who came twice one knows no rhythm."""
    customers, today = analysis.customers, analysis.today
    best: list[tuple[float, int, Silence, float]] = []
    regulars = (one for one in analysis.silences if customers.visits[one.standing.place] >= REGULAR_VISITS)
    for silence in sorted(regulars, key=_worth, reverse=True):
        worth, place = _worth(silence), silence.standing.place
        if len(best) == CALLS and worth <= best[0][0]:
            break  # a chance is at most 1, so nobody further can come before these
        chance = active(customers.gap_sums(place), analysis.prior, today)
        entry = (worth * chance, -place, silence, chance)
        if len(best) < CALLS:
            heapq.heappush(best, entry)
        else:
            heapq.heappushpop(best, entry)
    for _, _, silence, chance in sorted(best, key=lambda entry: entry[:2], reverse=True):
        standing, place = silence.standing, silence.standing.place
        service = customers.favourite_service[place]
        yield Call(
            names.customers[customers.code[place]],
            standing.stage.value,
            iso(customers.last_day[place]),
            today - customers.last_day[place],
            max(1, round(standing.rhythm.typical_days)),
            customers.visits[place],
            silence.visit_minor,
            round(_worth(silence)),
            chance,
            names.services[service] if service != NONE else "",
        )


def _worth(silence: Silence) -> float:
    return silence.year.mean * silence.visit_minor


def _win_back(silences: Sequence[Silence]) -> WinBack:
    """Which tenth comes back is chance too: each does with the same chance, and then visits as often as expected."""
    value = variance = 0.0
    for silence in silences:
        worth = _worth(silence)
        value += WON_BACK * worth
        variance += WON_BACK * (silence.visit_minor**2 * silence.year.variance + (1 - WON_BACK) * worth**2)
    people = round(WON_BACK * len(silences))
    return WinBack(WON_BACK, people, _money(value, variance, people))


# --- small things


def _base(analysis: Analysis) -> Base:
    customers = analysis.customers
    return Base(
        len(analysis.standings),
        sum(customers.visits),
        sum(customers.orders),
        sum(customers.revenue_minor),
        sum(customers.returned_minor),
        sum(customers.revenue_year_minor),
        sum(customers.revenue_year_before_minor),
        iso(min((day for day in customers.first_day if day), default=analysis.today)),
        iso(max(customers.last_day, default=0) or analysis.today),
    )


def _rhythm(analysis: Analysis) -> Rhythm:
    after_one = rhythm(GapSums(1, analysis.today, analysis.today), analysis.prior)
    return Rhythm(
        max(1, round(after_one.typical_days)),
        after_one.late_after_days,
        after_one.lost_after_days,
        analysis.prior.n,
        analysis.prior.basis.value,
    )


def _share(found: Proportion | None) -> Share | None:
    return _certain_share(found) if found else None


def _certain_share(found: Proportion) -> Share:
    return Share(found.share, found.low, found.high, found.n, found.is_enough)
