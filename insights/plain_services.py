"""The tallies of services in plain Python. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from insights.service_tallies import ALL, PATIENCES, REGULAR_VISITS, Buyers, Ended, Gaps, ServiceMonth, Sold
from insights.tallies import NONE, Column, Counted, median_halves, month_of

Visit = tuple[int, Sequence[int]]
"""A day, and the services bought on it, each once."""


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
        return ((day, tuple(services)) for day, services in bought.items())

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        found = defaultdict[int, list[int]](list)
        for visits in self._customers:
            for (day, services), (after, _) in pairwise(visits[:2] if after_first else visits):
                for code in (ALL, *services):
                    found[code].append(after - day)
        return [_quartiles(code, sorted(days)) for code, days in sorted(found.items())]

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        people, again = Counter[int](), Counter[int]()
        for visits in self._customers:
            first = next((place for place, (day, _) in enumerate(visits) if day >= since), None)
            if first is None or (newcomers and first):
                continue
            day, services = visits[first]
            waited = max((usual, *(patience.get(code, usual) for code in services)))
            if day + waited > self._today:
                continue
            people.update((ALL, *services))
            if first + 1 < len(visits) and visits[first + 1][0] <= day + waited:
                again.update((ALL, *services))
        return [Counted(code, people[code], again[code]) for code in sorted(people)]

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        stayed, left = Counter[int](), Counter[int]()
        for visits in self._customers:
            own = median_halves([after - day for (day, _), (after, _) in pairwise(visits)])
            last = len(visits) - 1
            for place in range(REGULAR_VISITS - 1, len(visits)):
                day, services = visits[place]
                longest = max((usual_halves, *(after_halves.get(code, 0) for code in services)))
                # Both sides times `usual_halves`: whole numbers, so that no engine rounds differently.
                if day >= since and (self._today - day) * usual_halves > PATIENCES * own * longest:
                    (left if place == last else stayed).update((ALL, *services))
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
            theirs = {ALL, *chain.from_iterable(services for _, services in visits)}
            people.update(theirs)
            newcomers.update((ALL, *visits[0][1]))
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


def _quartiles(code: int, days: list[int]) -> Gaps:
    """`days` in order. Rounded outwards: down at a quarter, up at three."""
    last = len(days) - 1
    return Gaps(code, len(days), days[last // 4], median_halves(days), days[-(-3 * last // 4)])
