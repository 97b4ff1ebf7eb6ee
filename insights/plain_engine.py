"""The tallies in plain Python, for installations without the extra `[analytics]`. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import combinations, groupby, pairwise
from operator import itemgetter

from insights.plain_numbers import PlainNumbers
from insights.plain_services import PlainServices
from insights.service_tallies import ServiceTallies
from insights.tallies import (
    NONE,
    YEAR_DAYS,
    Checks,
    CohortMonth,
    Column,
    Counted,
    Customers,
    Lines,
    Pair,
    Pairs,
    Sums,
    Week,
    ln_nano,
    ln_square_nano,
    median_halves,
    monday_of,
    month_of,
)


class PlainEngine:
    """An `Engine`. The lines are put in order once, by customer, day and moment; each tally is one pass over them."""

    def __init__(self, lines: Lines, today: int) -> None:
        self._today = today
        self._year, self._year_before = today - YEAR_DAYS, today - 2 * YEAR_DAYS
        places = _in_order(lines)
        self._customer = _arranged(lines.customer, places)
        self._day = _arranged(lines.day, places)
        self._amount = _arranged(lines.amount_minor, places)
        self._returned = _arranged(lines.returned_minor, places)
        self._service = _arranged(lines.service, places)
        self._branch = _arranged(lines.branch, places)
        self._seller = _arranged(lines.seller, places)
        self._spans = _spans(self._customer)
        self._months = _Remembered(month_of)
        self._take_orders(_arranged(lines.order, places))
        self._visit_days = [self._days_of(start, end) for start, end in self._spans]
        self._customers: Customers | None = None

    def _take_orders(self, codes: Column) -> None:
        """Which order each line belongs to, and of each order its day and its net."""
        self._order: list[int] = []
        self._order_day: list[int] = []
        self._order_net: list[int] = []
        customer, known = NONE, dict[int, int]()
        for who, code, day, amount, returned in zip(
            self._customer, codes, self._day, self._amount, self._returned, strict=True
        ):
            if who != customer:
                customer, known = who, {}
            order = known.get(code) if code != NONE else None
            if order is None:
                order = known[code] = len(self._order_day)
                self._order_day.append(day)
                self._order_net.append(0)
            self._order.append(order)
            self._order_net[order] += amount - returned

    def _days_of(self, start: int, end: int) -> list[int]:
        bought = {day for day, amount in zip(self._day[start:end], self._amount[start:end], strict=True) if amount > 0}
        return sorted(bought)

    def customers(self) -> Customers:
        if self._customers is None:
            rows = [self._customer_row(*span, days) for span, days in zip(self._spans, self._visit_days, strict=True)]
            self._customers = Customers(*map(list, zip(*rows, strict=True))) if rows else Customers(*[()] * 20)
        return self._customers

    def _customer_row(self, start: int, end: int, days: list[int]) -> tuple[int, ...]:
        year, before = self._year, self._year_before
        gaps = [later - sooner for sooner, later in pairwise(days)]
        orders = [
            self._order_day[order]
            for order in range(self._order[start], self._order_after(end))
            if self._order_net[order] > 0
        ]
        revenue = returned = revenue_year = revenue_before = 0
        for day, amount, back in zip(
            self._day[start:end], self._amount[start:end], self._returned[start:end], strict=True
        ):
            revenue += amount - back
            returned += back - min(amount, 0)
            if day > year:
                revenue_year += amount - back
            elif day > before:
                revenue_before += amount - back
        return (
            self._customer[start],
            len(days),
            len(orders),
            revenue,
            returned,
            days[0] if days else 0,
            days[1] if len(days) > 1 else 0,
            days[-1] if days else 0,
            sum(map(_LN, gaps)),
            sum(map(_LN_SQUARE, gaps)),
            median_halves(gaps),
            sum(day > year for day in days),
            sum(day > year for day in orders),
            revenue_year,
            sum(before < day <= year for day in days),
            sum(before < day <= year for day in orders),
            revenue_before,
            self._favourite(start, end),
            self._last_told(self._branch, start, end),
            self._last_told(self._seller, start, end),
        )

    def _order_after(self, end: int) -> int:
        """The orders of a customer are numbered without a break: this is the first of the next one."""
        return self._order[end] if end < len(self._order) else len(self._order_day)

    def _favourite(self, start: int, end: int) -> int:
        """Days come in order, so the last of each service's is its latest."""
        days: dict[int, tuple[int, int]] = {}
        for service, day, amount in zip(
            self._service[start:end], self._day[start:end], self._amount[start:end], strict=True
        ):
            if service != NONE and amount > 0:
                times, last = days.get(service, (0, 0))
                if last != day:
                    days[service] = times + 1, day
        return max(days, key=lambda service: (*days[service], -service), default=NONE)

    def _last_told(self, codes: Column, start: int, end: int) -> int:
        for place in range(end - 1, start - 1, -1):
            if codes[place] != NONE and self._amount[place] > 0:
                return codes[place]
        return NONE

    # --- months and weeks

    def cohorts(self) -> Sequence[CohortMonth]:
        return self._cohorts

    @cached_property
    def _cohorts(self) -> Sequence[CohortMonth]:
        month, found = self._months, defaultdict[tuple[int, int], list[int]](lambda: [0] * 5)
        for (start, end), days in zip(self._spans, self._visit_days, strict=True):
            cohort = month[days[0]] if days else NONE
            visits = Counter(month[day] for day in days)
            for each, times in visits.items():
                found[cohort, each][0] += 1
                found[cohort, each][1] += times
            for order in range(self._order[start], self._order_after(end)):
                if self._order_net[order] > 0:
                    found[cohort, month[self._order_day[order]]][2] += 1
            for place in range(start, end):
                sums, amount, back = found[cohort, month[self._day[place]]], self._amount[place], self._returned[place]
                sums[3] += amount - back
                sums[4] += back - min(amount, 0)
        return [CohortMonth(*key, *sums) for key, sums in sorted(found.items())]

    def weeks(self) -> Sequence[Week]:
        visits = Counter(monday_of(day) for days in self._visit_days for day in days)
        orders = Counter(monday_of(day) for day, net in zip(self._order_day, self._order_net, strict=True) if net > 0)
        revenue = Counter[int]()
        for day, amount, returned in zip(self._day, self._amount, self._returned, strict=True):
            revenue[monday_of(day)] += amount - returned
        return [Week(monday, visits[monday], orders[monday], revenue[monday]) for monday in sorted(revenue)]

    def for_numbers(self) -> PlainNumbers:
        return PlainNumbers(
            self._spans,
            self._visit_days,
            order=self._order,
            order_day=self._order_day,
            amount=self._amount,
            returned=self._returned,
            service=self._service,
        )

    def checks(self, since: int | None = None) -> Checks:
        nets = [
            net
            for day, net in zip(self._order_day, self._order_net, strict=True)
            if net > 0 and (since is None or day >= since)
        ]
        return Checks(len(nets), sum(nets), sum(net * net for net in nets), median_halves(nets))

    # --- services, branches, sellers

    def services(self) -> Sequence[Sums]:
        return self._sums(self._service)

    def branches(self) -> Sequence[Sums]:
        return self._sums(self._branch)

    def sellers(self) -> Sequence[Sums]:
        return self._sums(self._seller)

    def _sums(self, codes: Column) -> Sequence[Sums]:
        found = defaultdict[int, _Sum](_Sum)
        year, before = self._year, self._year_before
        for code, who, order, day, amount, returned in zip(
            codes, self._customer, self._order, self._day, self._amount, self._returned, strict=True
        ):
            sums, net = found[code], amount - returned
            sums.revenue += net
            sums.returned += returned
            if day > year:
                sums.revenue_year += net
            elif day > before:
                sums.revenue_before += net
            if amount <= 0:
                sums.returned -= amount
                continue
            sums.lines += 1
            if day > year:
                sums.lines_year += 1
            elif day > before:
                sums.lines_before += 1
            sums.meet(who, order, day, is_this_year=day > year)
        return [found[code].told(code) for code in sorted(found)]

    def by_service(self) -> ServiceTallies:
        return self._by_service

    @cached_property
    def _by_service(self) -> ServiceTallies:
        return PlainServices(
            self._today,
            self._spans,
            self._visit_days,
            day=self._day,
            order=self._order,
            amount=self._amount,
            returned=self._returned,
            service=self._service,
        )

    def first_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        return self._counted(0, chosen, flags)

    def last_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        return self._counted(-1, chosen, flags)

    def _counted(self, visit: int, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        people, flagged = Counter[int](), Counter[int]()
        for (start, end), days, is_chosen, flag in zip(self._spans, self._visit_days, chosen, flags, strict=True):
            if not is_chosen or not days:
                continue
            day = days[visit]
            bought = {
                self._service[place]
                for place in range(start, end)
                if self._day[place] == day and self._amount[place] > 0 and self._service[place] != NONE
            }
            people.update(bought)
            if flag:
                flagged.update(bought)
        return [Counted(code, people[code], flagged[code]) for code in sorted(people)]

    def sequences(self, within_days: int, services: Collection[int], at_least: int) -> Pairs:
        latest = self._today - within_days
        people, with_a, with_b = 0, Counter[int](), Counter[int]()
        lags = defaultdict[tuple[int, int], list[int]](list)
        for span, days in zip(self._spans, self._visit_days, strict=True):
            followed = (day for day, after in pairwise(days) if day <= latest and after - day <= within_days)
            visit = next(followed, None)
            if visit is None:
                continue
            people += 1
            bought, later = set[int](), dict[int, int]()
            for service, day in self._bought(span, services):
                if day == visit:
                    bought.add(service)
                elif 0 < day - visit <= within_days:
                    later.setdefault(service, day - visit)
            with_a.update(bought)
            with_b.update(later.keys())
            for a in bought:
                for b, lag in later.items():
                    if a != b:
                        lags[a, b].append(lag)
        pairs = [Pair(*pair, len(days), median_halves(days)) for pair, days in lags.items() if len(days) >= at_least]
        return Pairs(people, with_a, with_b, sorted(pairs))

    def together(self, services: Collection[int], at_least: int) -> Pairs:
        people, bought_by, both = 0, Counter[int](), Counter[tuple[int, int]]()
        for span, days in zip(self._spans, self._visit_days, strict=True):
            if not days:
                continue
            people += 1
            bought = sorted({service for service, day in self._bought(span, services) if day == days[-1]})
            bought_by.update(bought)
            both.update(combinations(bought, 2))
        pairs = [Pair(*pair, count, 0) for pair, count in both.items() if count >= at_least]
        return Pairs(people, bought_by, bought_by, sorted(pairs))

    def _bought(self, span: tuple[int, int], services: Collection[int]) -> Iterator[tuple[int, int]]:
        """These services of one customer with their days, in order."""
        for place in range(*span):
            if self._amount[place] > 0 and self._service[place] in services:
                yield self._service[place], self._day[place]


class _Sum:
    """One service's, branch's or seller's sums while they are added up. Lines come by customer and in order of days,
    so the last customer, day and order are all that has to be known to count each once."""

    __slots__ = (
        "again",
        "day",
        "is_again",
        "lines",
        "lines_before",
        "lines_year",
        "orders",
        "people",
        "people_year",
        "returned",
        "revenue",
        "revenue_before",
        "revenue_year",
        "their_orders",
        "who",
        "year_who",
    )  # fmt: skip

    def __init__(self) -> None:
        self.lines = self.people = self.again = self.orders = self.revenue = self.returned = 0
        self.lines_year = self.people_year = self.revenue_year = self.lines_before = self.revenue_before = 0
        self.who = self.year_who = NONE
        self.day = 0
        self.is_again = False
        self.their_orders: set[int] = set()

    def meet(self, who: int, order: int, day: int, *, is_this_year: bool) -> None:
        if who != self.who:
            self.who, self.day, self.is_again = who, day, False
            self.people += 1
            self.their_orders = set()
        elif day != self.day and not self.is_again:
            self.is_again = True
            self.again += 1
        if order not in self.their_orders:
            self.their_orders.add(order)
            self.orders += 1
        if is_this_year and who != self.year_who:
            self.year_who = who
            self.people_year += 1

    def told(self, code: int) -> Sums:
        return Sums(
            code, self.lines, self.people, self.again, self.orders, self.revenue, self.returned,
            self.lines_year, self.people_year, self.revenue_year, self.lines_before, self.revenue_before,
        )  # fmt: skip


def _in_order(lines: Lines) -> list[int]:
    """The places of the lines by customer, day, moment, and then as they came."""
    if not len(lines):
        return []
    first_day, first_at = min(lines.day), min(lines.at)
    days, seconds = max(lines.day) - first_day + 1, max(lines.at) - first_at + 1
    keys = [
        (customer * days + day - first_day) * seconds + at - first_at
        for customer, day, at in zip(lines.customer, lines.day, lines.at, strict=True)
    ]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _arranged(column: Column, places: list[int]) -> list[int]:
    return list(itemgetter(*places)(column)) if len(places) > 1 else [column[place] for place in places]


def _spans(customers: Column) -> list[tuple[int, int]]:
    """Where each customer's lines begin and end."""
    spans, start = [], 0
    for _, lines in groupby(customers):
        end = start + sum(1 for _ in lines)
        spans.append((start, end))
        start = end
    return spans


class _Remembered(dict[int, int]):
    """A function of an int, worked out once for each."""

    def __init__(self, work_out: Callable[[int], int]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, value: int) -> int:
        worked_out = self[value] = self._work_out(value)
        return worked_out


_LN, _LN_SQUARE = _Remembered(ln_nano).__getitem__, _Remembered(ln_square_nano).__getitem__
