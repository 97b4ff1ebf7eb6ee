"""The services of a business in one section of the nightly report: tallies judged by the rules, as JSON. Pure.

docs/services.md tells what is compared with what; `insights.service_json` tells the shapes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from insights import service_json as told
from insights.comparisons import Tally
from insights.demand import Demand, Earners, Period, ServiceMoney, ServicePeriod, demand, earners
from insights.high_checks import CustomerRhythm, high_checks
from insights.metrics import proportion
from insights.purchase_interval import Prior
from insights.sequences import ENOUGH_SUPPORT, Link, PairCount, also_bought, sequences
from insights.service_flows import LOOKED_AT, CatalogueEntry, Flows, begun, flows
from insights.service_tallies import ALL, Buyers, Gaps, Sold
from insights.services import Standing
from insights.tallies import YEAR_DAYS, Counted, Customers, Engine, Names, Pairs, first_day_of, iso

VERSION: Final = 1
LINKS: Final = 200
CUSTOMERS: Final = 100
MONTHS_BACK: Final = 13 * 31


def section(
    engine: Engine,
    names: Names,
    today: int,
    prior: Prior,
    catalogue: Mapping[str, CatalogueEntry],
    silent: Collection[int] = (),
    went: Flows | None = None,
) -> dict[str, Any]:
    """As `json.dumps` takes it. `engine` and `names` are of the same lines, where each service has one code; `today`
    is an ordinal, `prior` the rhythm of the base; the catalogue goes by name. `silent`: the places of
    those who are late or lost; they are for winning back, not for coming more often. `went`: the flows of these very
    arguments, if somebody has them."""
    went = went or flows(engine, names, today, prior, catalogue)
    return _Section(engine, names, today, catalogue, went).data(frozenset(silent))


class _Section:
    """One base while it is told. Rules know services by names, and here the names are the codes."""

    def __init__(
        self, engine: Engine, names: Names, today: int, catalogue: Mapping[str, CatalogueEntry], went: Flows
    ) -> None:
        self._engine, self._tallies, self._today = engine, engine.by_service(), today
        self._names, self._catalogue, self._customers = names, catalogue, engine.customers()
        self._flows = went
        self._ever = {code: one for code, one in went.sold.items() if code != ALL}
        self._kept = {code: names.services[code] for code in self._flows.kept}
        sold = {names.services[code] for code in self._ever}
        self._unsold = sorted(set(catalogue) - sold)[:LOOKED_AT]
        self._patience = self._flows.patience
        self._days = max(1, min(YEAR_DAYS, (today - begun(self._customers, today) + 1) // 2))
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
        gaps = self._patience.gaps
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


def _orders_and_people(sold: Sold | None) -> tuple[int, int]:
    return (sold.orders, sold.people) if sold else (0, 0)


def _people(sold: Mapping[int, Sold]) -> int:
    return sold[ALL].people if ALL in sold else 0
