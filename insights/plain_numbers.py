"""The tallies of metrics in plain Python. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from insights.number_tallies import OrderSums
from insights.tallies import Column


class PlainNumbers:
    """`NumberTallies` of lines in order of customer and day. `order` numbers the orders of all customers, `order_day`
    has the first day of each; `visit_days` are each customer's."""

    def __init__(
        self,
        spans: Sequence[tuple[int, int]],
        visit_days: Sequence[Sequence[int]],
        *,
        order: Column,
        order_day: Column,
        amount: Column,
        returned: Column,
        service: Column,
    ) -> None:
        self._spans, self._visit_days = spans, visit_days
        self._order, self._order_day = order, order_day
        self._amount, self._returned, self._service = amount, returned, service

    def orders(self, since: int) -> OrderSums:
        taken, back = [0] * len(self._order_day), [0] * len(self._order_day)
        for order, amount, returned in zip(self._order, self._amount, self._returned, strict=True):
            if amount > 0:
                taken[order] += amount
            else:
                back[order] -= amount
            back[order] += returned
        sums = sorted(
            both for both, day in zip(zip(taken, back, strict=True), self._order_day, strict=True) if day >= since
        )
        return OrderSums([took for took, _ in sums], [gave for _, gave in sums])

    def last_visits(self, until: int) -> Sequence[int]:
        found = []
        for days in self._visit_days:
            place = bisect_right(days, until)
            found.append(days[place - 1] if place else 0)
        return found

    def weighed(self, weights: Mapping[int, int]) -> Sequence[int]:
        values = [
            (amount - returned) * weights.get(service, 0)
            for amount, returned, service in zip(self._amount, self._returned, self._service, strict=True)
        ]
        return [sum(values[start:end]) for start, end in self._spans]
