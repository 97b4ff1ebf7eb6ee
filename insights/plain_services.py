"""The tallies of services in plain Python. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from insights.service_tallies import ALL, PATIENCES, REGULAR_VISITS, Buyers, Ended, Gaps, ServiceMonth, Sold
from insights.tallies import NONE, Column, Counted, median_halves, month_of

Visit = tuple[int, tuple[int, ...]]
"""A day, and what it counts for: ALL and the services bought on it, each once."""


class PlainServices:
    """`ServiceTallies` of lines in order of customer and day. `order` numbers the orders of all customers."""

    def __init__(
        self,
        today: int,
        spans: Sequence[tuple[int, int]],
        *,
        day: Column,
        order: Column,
        amount: Column,
        returned: Column,
        service: Column,
    ) -> None:
        self._today, self._spans = today, spans
        self._day, self._order, self._service = day, order, service
        self._amount, self._returned = amount, returned
        self._who = [place for place, (start, end) in enumerate(spans) for _ in range(start, end)]
        self._customers = [list(self._visits(*span)) for span in spans]

    def _visits(self, start: int, end: int) -> Iterator[Visit]:
        bought: dict[int, dict[int, None]] = {}
        for place in range(start, end):
            if self._amount[place] > 0:
                services = bought.setdefault(self._day[place], {})
                if self._service[place] != NONE:
                    services[self._service[place]] = None
        return ((day, (ALL, *services)) for day, services in bought.items())

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        found = defaultdict[int, list[int]](list)
        for visits in self._customers:
            for (day, codes), (after, _) in pairwise(visits[:2] if after_first else visits):
                for code in codes:
                    found[code].append(after - day)
        return [_quartiles(code, sorted(days)) for code, days in sorted(found.items())]

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        people, again = defaultdict[int, int](int), defaultdict[int, int](int)
        waits = _Longest(patience, usual)
        for visits in self._customers:
            first = next((place for place, (day, _) in enumerate(visits) if day >= since), None)
            if first is None or (newcomers and first):
                continue
            day, codes = visits[first]
            until = day + waits[codes]
            if until > self._today:
                continue
            came_again = first + 1 < len(visits) and visits[first + 1][0] <= until
            for code in codes:
                people[code] += 1
                again[code] += came_again
        return [Counted(code, people[code], again[code]) for code in sorted(people)]

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        stayed, left = defaultdict[int, int](int), defaultdict[int, int](int)
        longest = _Longest(after_halves, usual_halves)
        for visits in self._customers:
            if len(visits) < REGULAR_VISITS or visits[-1][0] < since:
                continue
            own = PATIENCES * median_halves([after - day for (day, _), (after, _) in pairwise(visits)])
            # Both sides times `usual_halves`: whole numbers, so that no engine rounds differently.
            for day, codes in visits[REGULAR_VISITS - 1 : -1]:
                if day >= since and (self._today - day) * usual_halves > own * longest[codes]:
                    for code in codes:
                        stayed[code] += 1
            day, codes = visits[-1]
            if (self._today - day) * usual_halves > own * longest[codes]:
                for code in codes:
                    left[code] += 1
        return [Ended(code, stayed[code], left[code]) for code in sorted({*stayed, *left})]

    def sold(self, since: int, until: int) -> Sequence[Sold]:
        lines = [
            line
            for line in zip(self._service, self._who, self._order, self._day, self._amount, self._returned, strict=True)
            if since <= line[3] <= until
        ]
        bought = [line for line in lines if line[4] > 0]
        revenue, last_day = Counter[int](), dict[int, int]()
        for code, _, _, _, amount, returned in lines:
            revenue[code] += amount - returned
        for code, day in {(line[0], line[3]) for line in bought}:
            last_day[code] = max(last_day.get(code, 0), day)
        people = Counter(code for code, _ in {(line[0], line[1]) for line in bought})
        orders = Counter(code for code, _ in {(line[0], line[2]) for line in bought})
        told = [
            Sold(code, people[code], orders[code], revenue[code], last_day.get(code, 0))
            for code in sorted(revenue)
            if code != NONE
        ]
        everything = Sold(
            ALL,
            len({line[1] for line in bought}),
            len({line[2] for line in bought}),
            revenue.total(),
            max(last_day.values(), default=0),
        )
        return [everything, *told] if lines else []

    def buyers(self) -> Sequence[Buyers]:
        people, newcomers, regulars = Counter[int](), Counter[int](), Counter[int]()
        for visits in self._customers:
            if not visits:
                continue
            theirs = set(chain.from_iterable(codes for _, codes in visits))
            people.update(theirs)
            newcomers.update(visits[0][1])
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


class _Longest(dict[tuple[int, ...], int]):
    """The largest of the values of a visit's codes, at least `least`; worked out once for each combination."""

    def __init__(self, values: Mapping[int, int], least: int) -> None:
        super().__init__()
        self._values, self._least = values, least

    def __missing__(self, codes: tuple[int, ...]) -> int:
        found = self[codes] = max(self._least, *(self._values.get(code, 0) for code in codes))
        return found


def _quartiles(code: int, days: list[int]) -> Gaps:
    """`days` in order. Rounded outwards: down at a quarter, up at three."""
    last = len(days) - 1
    return Gaps(code, len(days), days[last // 4], median_halves(days), days[-(-3 * last // 4)])
