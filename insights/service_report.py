"""The services of a business in one section of the nightly report: tallies judged by the rules, as JSON. Pure.

docs/services.md tells what is compared with what; `insights.service_json` tells the shapes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from insights import service_json as told
from insights.comparisons import Tally
from insights.demand import Demand, Earners, Period, ServiceMoney, ServicePeriod, demand, earners
from insights.high_checks import CustomerRhythm, high_checks
from insights.metrics import proportion
from insights.purchase_interval import GapSums, Prior, rhythm
from insights.sequences import ENOUGH_SUPPORT, Link, PairCount, also_bought, sequences
from insights.service_tallies import ALL, Buyers, Ended, Gaps, ServiceTallies, Sold
from insights.services import LAPSE_INTERVALS, EntryCount, ExitCount, Standing, entries, exits
from insights.tallies import YEAR_DAYS, Counted, Customers, Engine, Names, Pairs, first_day_of, iso

VERSION: Final = 1
LOOKED_AT: Final = 500
"""Services that are judged: those with the most orders, and as many of the catalogue that nobody ever bought."""
LINKS: Final = 200
CUSTOMERS: Final = 100
LOOKED_BACK: Final = 2 * YEAR_DAYS
MONTHS_BACK: Final = 13 * 31
SHORTEST_WINDOW, LONGEST_WINDOW = 30, 180
"""Days in which a second visit, or the next purchase, is waited for, whatever the rhythm says."""
ENOUGH_GAPS: Final = 10
"""Fewer than these do not tell how long a service lasts."""


class CatalogueEntry(NamedTuple):
    """What the catalogue says of a service; `usual_interval_days`: after which people need it again."""

    category: str = ""
    margin_percent: float | None = None
    usual_interval_days: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long somebody may stay away before they count as not having come back.

    `window` days for newcomers, `longer` for those of services that last; `within` days for the next purchase.
    `usual_halves`, `after_halves`: twice the median gap of everybody, and after the services that last, for regulars.
    """

    window: int
    longer: Mapping[int, int]
    within: int
    usual_halves: int
    after_halves: Mapping[int, int]


def section(
    engine: Engine,
    names: Names,
    today: int,
    prior: Prior,
    catalogue: Mapping[str, CatalogueEntry],
    silent: Collection[int] = (),
) -> dict[str, Any]:
    """As `json.dumps` takes it. `engine` and `names` are of the same lines, where each service has one code; `today`
    is an ordinal, `prior` the rhythm of the base; the catalogue goes by name. `silent`: the places of
    those who are late or lost; they are for winning back, not for coming more often."""
    return _Section(engine, names, today, prior, catalogue).data(frozenset(silent))


def newcomers_window(prior: Prior, today: int) -> int:
    """Days in which a newcomer's second visit is waited for: as long as this base's rhythm says, within limits."""
    return _within_limits(rhythm(GapSums(1, today, today), prior).late_after_days)


def patience(tallies: ServiceTallies, window: int, usual_intervals: Mapping[int, int]) -> Patience:
    """From the gaps of this base, and from what the catalogue says (`usual_intervals`: days by code). `window`: of
    newcomers."""
    firsts, all_gaps = _medians(tallies.gaps(after_first=True)), _medians(tallies.gaps(after_first=False))
    known = {code: 2 * days for code, days in usual_intervals.items()}
    first, usual = firsts.pop(ALL, 0), all_gaps.pop(ALL, 0)
    longer = {
        code: round(window * after / max(first, 1))
        for code, after in _longest(firsts, known).items()
        if after > first > 0
    }
    after_halves = {code: after for code, after in _longest(all_gaps, known).items() if after > usual}
    return Patience(window, longer, _within_limits(LAPSE_INTERVALS * usual // 2), max(usual, 1), after_halves)


class Flows(NamedTuple):
    """Who comes back after a first visit, and after what regulars leave: the same wherever a page tells it.

    `kept`: the codes of the services that are looked at, the most popular first; standings know services by codes.
    """

    kept: tuple[int, ...]
    patience: Patience
    newcomers: Counted
    entries: list[Standing]
    regulars: Ended
    exits: list[Standing]


def flows(engine: Engine, names: Names, today: int, prior: Prior, catalogue: Mapping[str, CatalogueEntry]) -> Flows:
    """Of the newcomers and the regulars' visits of the last two years; arguments as of `section`.

    At the very start of a history everybody looks new: newcomers are told from one window after its first visit on.
    """
    tallies = engine.by_service()
    popular = sorted(tallies.sold(0, today), key=lambda one: (-one.orders, one.code))
    kept = tuple(one.code for one in popular if one.code != ALL)[:LOOKED_AT]
    entries_of = {code: catalogue.get(names.services[code]) for code in kept}
    usual = {code: one.usual_interval_days for code, one in entries_of.items() if one and one.usual_interval_days}
    waits = patience(tallies, newcomers_window(prior, today), usual)
    since = max(today - LOOKED_BACK - waits.window, _begun(engine.customers(), today) + waits.window)
    came = {one.code: one for one in tallies.returned(since, waits.window, waits.longer, newcomers=True)}
    ended = tallies.ended(today - LOOKED_BACK, waits.usual_halves, waits.after_halves)
    left = {one.code: one for one in ended}
    everybody, regulars = came.get(ALL, Counted(ALL, 0, 0)), left.get(ALL, Ended(ALL, 0, 0))
    return Flows(
        kept,
        waits,
        everybody,
        entries(
            [EntryCount(str(code), came[code].people, came[code].flagged) for code in sorted(kept) if code in came],
            EntryCount("", everybody.people, everybody.flagged),
        ),
        regulars,
        exits(
            [ExitCount(str(code), left[code].stayed, left[code].left) for code in sorted(kept) if code in left],
            ExitCount("", regulars.stayed, regulars.left),
        ),
    )


class _Section:
    """One base while it is told. Rules know services by names, and here the names are the codes."""

    def __init__(
        self, engine: Engine, names: Names, today: int, prior: Prior, catalogue: Mapping[str, CatalogueEntry]
    ) -> None:
        self._engine, self._tallies, self._today = engine, engine.by_service(), today
        self._names, self._catalogue, self._customers = names, catalogue, engine.customers()
        self._ever = {one.code: one for one in self._tallies.sold(0, today)}
        self._everything = self._ever.pop(ALL, Sold(ALL, 0, 0, 0, 0))
        self._flows = flows(engine, names, today, prior, catalogue)
        self._kept = {code: names.services[code] for code in self._flows.kept}
        sold = {names.services[code] for code in self._ever}
        self._unsold = sorted(set(catalogue) - sold)[:LOOKED_AT]
        self._patience = self._flows.patience
        self._days = max(1, min(YEAR_DAYS, (today - _begun(self._customers, today) + 1) // 2))
        self._since = today - self._days + 1
        self._now = self._sold(self._since, today)

    def data(self, silent: Collection[int]) -> dict[str, Any]:
        earning = self._earning()
        return {
            "version": VERSION,
            "today": iso(self._today),
            "period_days": self._days,
            "has_whole_years": self._days == YEAR_DAYS,
            "entries": self._entries(),
            "exits": self._exits(),
            "within_days": self._patience.within,
            "next": self._links(sequences(self._in_sequence(), self._patience.within)),
            "together": self._links(also_bought(self._together())),
            "demand": [
                told.demanded(one, self._name(one.service), self._last_day(one.service)) for one in self._demand()
            ],
            "basis": earning.basis.value,
            "earning": [told.earner(one, self._name(one.service)) for one in earning.services],
            "cards": self._cards(),
            "high_checks": _high_checks(self._customers, self._names.customers, self._today, silent),
        }

    # --- who comes back, who leaves

    def _entries(self) -> dict[str, Any]:
        everybody = self._flows.newcomers
        return {
            "window_days": self._patience.window,
            "came_again": told.share(proportion(everybody.flagged, everybody.people)),
            "services": self._standings(self._flows.entries),
        }

    def _exits(self) -> dict[str, Any]:
        _, stayed, left = self._flows.regulars
        return {
            "left": told.share(proportion(left, stayed + left)),
            "people": left,
            "services": self._standings(self._flows.exits),
        }

    def _standings(self, found: Sequence[Standing]) -> list[told.Told]:
        return [told.standing(one, self._name(one.service)) for one in found]

    # --- what goes with what

    def _in_sequence(self) -> Iterable[PairCount]:
        within = self._patience.within
        return _pair_counts(self._engine.sequences(within, frozenset(self._kept), ENOUGH_SUPPORT))

    def _together(self) -> Iterable[PairCount]:
        return _pair_counts(self._engine.together(frozenset(self._kept), ENOUGH_SUPPORT))

    def _links(self, found: Sequence[Link]) -> list[told.Told]:
        return [told.link(one, self._name(one.a), self._name(one.b)) for one in found[:LINKS]]

    # --- what is sold, what it leaves

    def _demand(self) -> list[Demand]:
        now, before = self._now, self._sold(self._since - self._days, self._since - 1)
        periods = [
            ServicePeriod(
                str(code),
                *_orders_and_people(now.get(code)),
                *_orders_and_people(before.get(code)),
                days_since_sold=self._today - last if (last := self._ever[code].last_day) else None,
            )
            for code in self._kept
        ]
        periods += [ServicePeriod(name, 0, 0, 0, 0, None) for name in self._unsold]
        return demand(periods, Period(self._days, _people(now)), Period(self._days, _people(before)))

    def _earning(self) -> Earners:
        waits = self._patience
        found = self._tallies.returned(self._since, waits.window, waits.longer, newcomers=False)
        again = {one.code: one for one in found}
        everybody = again.get(ALL, Counted(ALL, 0, 0))
        services = [
            ServiceMoney(
                str(code),
                sold.orders,
                sold.revenue_minor,
                self._cost(code, sold.revenue_minor),
                again[code].people if code in again else 0,
                again[code].flagged if code in again else 0,
            )
            for code in self._kept
            if (sold := self._now.get(code))
        ]
        return earners(services, Tally("", everybody.flagged, everybody.people))

    def _cost(self, code: int, revenue_minor: int) -> int | None:
        percent = self._entry(code).margin_percent
        return None if percent is None else round(revenue_minor * (1 - percent / 100))

    def _sold(self, since: int, until: int) -> dict[int, Sold]:
        return {one.code: one for one in self._tallies.sold(since, until)}

    # --- one service

    def _cards(self) -> dict[str, told.Told]:
        """By name: what else its page and the staff's card say. Over all time, unless it says otherwise."""
        buyers = {one.code: one for one in self._tallies.buyers()}
        gaps = {one.code: one for one in self._tallies.gaps(after_first=False)}
        cards = {
            name: self._card(self._ever[code], buyers.get(code, Buyers(code, 0, 0, 0)), gaps.get(code))
            for code, name in self._kept.items()
        }
        for one in self._tallies.months(self._today - MONTHS_BACK, frozenset(self._kept)):
            cards[self._kept[one.code]]["months"].append([f"{first_day_of(one.month):%Y-%m}", one.lines])
        return cards

    def _card(self, sold: Sold, buyers: Buyers, gaps: Gaps | None) -> told.Told:
        return {
            "category": self._entry(sold.code).category,
            "people": buyers.people,
            "newcomers": buyers.newcomers,
            "regulars": buyers.regulars,
            "orders": sold.orders,
            "revenue_minor": sold.revenue_minor,
            "followed": gaps.visits if gaps else 0,
            "return_days": [gaps.low, gaps.median_halves / 2, gaps.high] if gaps else None,
            "months": [],
        }

    def _entry(self, code: int) -> CatalogueEntry:
        return self._catalogue.get(self._names.services[code], CatalogueEntry())

    def _name(self, service: str) -> str:
        """What nobody ever bought has no code, and is known by its name."""
        return service if service in self._unsold else self._kept[int(service)]

    def _last_day(self, service: str) -> int | None:
        return None if service in self._unsold else self._ever[int(service)].last_day or None


def _pair_counts(pairs: Pairs) -> Iterable[PairCount]:
    """Those of enough people; and each service once as either side of a pair that nobody bought, for a pair too small
    to be listed is a question that was asked."""
    for a, count in pairs.with_a.items():
        yield PairCount(str(a), "", count, 0, 0, pairs.people, 0.0)
    for b, count in pairs.with_b.items():
        yield PairCount("", str(b), 0, count, 0, pairs.people, 0.0)
    for pair in pairs.pairs:
        yield PairCount(
            str(pair.a),
            str(pair.b),
            pairs.with_a[pair.a],
            pairs.with_b[pair.b],
            pair.people,
            pairs.people,
            pair.lag_median_halves / 2,
        )


def _high_checks(customers: Customers, names: Sequence[str], today: int, silent: Collection[int]) -> list[told.Told]:
    """Of who came within the year and is not silent. The rule knows customers by ids: here those are places."""
    rhythms = [
        CustomerRhythm(
            UUID(int=place),
            round(customers.revenue_minor[place] / orders),
            customers.gap_median_halves[place] / 2,
            customers.visits[place],
        )
        for place, orders in enumerate(customers.orders)
        if orders and customers.last_day[place] > today - YEAR_DAYS and place not in silent
    ]
    return [
        told.high_check(one, names[customers.code[one.customer.customer_id.int]])
        for one in high_checks(rhythms)[:CUSTOMERS]
    ]


def _begun(customers: Customers, today: int) -> int:
    """The day of the first visit of all."""
    return min((day for day in customers.first_day if day), default=today)


def _medians(gaps: Iterable[Gaps]) -> dict[int, int]:
    """Twice the median, by code, of those that are enough."""
    return {one.code: one.median_halves for one in gaps if one.visits >= ENOUGH_GAPS or one.code == ALL}


def _longest(measured: Mapping[int, int], known: Mapping[int, int]) -> dict[int, int]:
    return {code: max(measured.get(code, 0), known.get(code, 0)) for code in {*measured, *known}}


def _within_limits(days: int) -> int:
    return min(max(days, SHORTEST_WINDOW), LONGEST_WINDOW)


def _orders_and_people(sold: Sold | None) -> tuple[int, int]:
    return (sold.orders, sold.people) if sold else (0, 0)


def _people(sold: Mapping[int, Sold]) -> int:
    return sold[ALL].people if ALL in sold else 0
