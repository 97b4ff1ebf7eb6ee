"""The tallies of services in plain Python. Pure."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from insights.service_tallies import ALL, PATIENCES, REGULAR_VISITS, Buyers, Ended, Gaps, ServiceMonth, Sold
from insights.tallies import NONE, Column, Counted, median_halves, month_of

Codes = tuple[int, ...]
"""What a visit counts for: ALL and the services bought on it, each once."""


class PlainServices:
    """`ServiceTallies` of lines in order of customer and day. `order` numbers the orders of all customers; `visit_days`
    are each customer's, in order."""

    def __init__(
        self,
        today: int,
        spans: Sequence[tuple[int, int]],
        visit_days: Sequence[Sequence[int]],
        *,
        day: Column,
        order: Column,
        amount: Column,
        returned: Column,
        service: Column,
    ) -> None:
        self._today, self._spans, self._visit_days = today, spans, visit_days
        self._day, self._order, self._service = day, order, service
        self._amount, self._returned = amount, returned
        # Of a million visits most hold one service: each combination is kept once.
        self._combinations: dict[Codes, Codes] = {}
        self._visit_codes = [self._codes_of(*span) for span in spans]

    def _codes_of(self, start: int, end: int) -> list[Codes]:
        """Of each visit of one customer."""
        bought: dict[int, dict[int, None]] = {}
        for place in range(start, end):
            if self._amount[place] > 0:
                services = bought.setdefault(self._day[place], {})
                if self._service[place] != NONE:
                    services[self._service[place]] = None
        combinations = ((ALL, *services) for services in bought.values())
        return [self._combinations.setdefault(codes, codes) for codes in combinations]

    def _visits(self) -> Iterator[tuple[Sequence[int], Sequence[Codes]]]:
        """Of each customer the days and what they count for."""
        return zip(self._visit_days, self._visit_codes, strict=True)

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        found = defaultdict[int, list[int]](list)
        for days, visits in self._visits():
            for (day, after), codes in zip(pairwise(days[:2] if after_first else days), visits, strict=False):
                for code in codes:
                    found[code].append(after - day)
        return [_quartiles(code, sorted(days)) for code, days in sorted(found.items())]

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        people, again = defaultdict[int, int](int), defaultdict[int, int](int)
        waits = _Longest(patience, usual)
        for days, visits in self._visits():
            first = bisect_left(days, since)
            if first == len(days) or (newcomers and first):
                continue
            codes = visits[first]
            until = days[first] + waits[codes]
            if until > self._today:
                continue
            came_again = first + 1 < len(days) and days[first + 1] <= until
            for code in codes:
                people[code] += 1
                again[code] += came_again
        return [Counted(code, people[code], again[code]) for code in sorted(people)]

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        stayed, left = defaultdict[int, int](int), defaultdict[int, int](int)
        longest = _Longest(after_halves, usual_halves)
        for days, visits in self._visits():
            if len(days) < REGULAR_VISITS or days[-1] < since:
                continue
            own = PATIENCES * median_halves([after - day for day, after in pairwise(days)])
            for place in range(max(REGULAR_VISITS - 1, bisect_left(days, since)), len(days)):
                codes = visits[place]
                # Both sides times `usual_halves`: whole numbers, so that no engine rounds differently.
                if (self._today - days[place]) * usual_halves > own * longest[codes]:
                    outcome = stayed if place + 1 < len(days) else left
                    for code in codes:
                        outcome[code] += 1
        return [Ended(code, stayed[code], left[code]) for code in sorted({*stayed, *left})]

    def sold(self, since: int, until: int) -> Sequence[Sold]:
        people, orders = Counter[int](), Counter[int]()
        revenue, last_day = defaultdict[int, int](int), defaultdict[int, int](int)
        for start, end in self._spans:
            bought = set[tuple[int, int]]()
            for place in range(start, end):
                code, day, amount = self._service[place], self._day[place], self._amount[place]
                if since <= day <= until:
                    revenue[code] += amount - self._returned[place]
                    if amount > 0:
                        bought.add((code, self._order[place]))
                        last_day[code] = max(last_day[code], day)
            if bought:
                people.update({ALL, *(code for code, _ in bought)})
                orders.update(code for code, _ in bought)
                orders[ALL] += len({order for _, order in bought})
        if not revenue:
            return []
        everything = Sold(ALL, people[ALL], orders[ALL], sum(revenue.values()), max(last_day.values(), default=0))
        codes = sorted(revenue.keys() - {NONE})
        return [everything, *(Sold(code, people[code], orders[code], revenue[code], last_day[code]) for code in codes)]

    def buyers(self) -> Sequence[Buyers]:
        people, newcomers, regulars = Counter[int](), Counter[int](), Counter[int]()
        for visits in self._visit_codes:
            if not visits:
                continue
            theirs = set(chain.from_iterable(visits))
            people.update(theirs)
            newcomers.update(visits[0])
            if len(visits) >= REGULAR_VISITS:
                regulars.update(theirs)
        return [Buyers(code, people[code], newcomers[code], regulars[code]) for code in sorted(people)]

    def months(self, since: int, services: Collection[int]) -> Sequence[ServiceMonth]:
        chosen, found = frozenset(services), defaultdict[tuple[int, int], list[int]](lambda: [0, 0])
        by_day = defaultdict[tuple[int, int], list[int]](lambda: [0, 0])
        for code, day, amount, returned in zip(self._service, self._day, self._amount, self._returned, strict=True):
            if day >= since and code in chosen:
                sums = by_day[code, day]
                sums[0] += amount > 0
                sums[1] += amount - returned
        for (code, day), (lines, revenue) in by_day.items():
            sums = found[code, month_of(day)]
            sums[0] += lines
            sums[1] += revenue
        return [ServiceMonth(*key, *sums) for key, sums in sorted(found.items())]


class _Longest(dict[Codes, int]):
    """The largest of the values of a visit's codes, at least `least`; worked out once for each combination."""

    def __init__(self, values: Mapping[int, int], least: int) -> None:
        super().__init__()
        self._values, self._least = values, least

    def __missing__(self, codes: Codes) -> int:
        found = self[codes] = max(self._least, *(self._values.get(code, 0) for code in codes))
        return found


def _quartiles(code: int, days: list[int]) -> Gaps:
    """`days` in order. Rounded outwards: down at a quarter, up at three."""
    last = len(days) - 1
    return Gaps(code, len(days), days[last // 4], median_halves(days), days[-(-3 * last // 4)])
