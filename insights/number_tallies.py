"""What the metrics of the base need beside `insights.tallies`: the shapes and the protocol. Pure.

The definitions are those of `insights.tallies`; `plain_numbers` and `polars_numbers` must give equal tallies.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from insights.tallies import Column


class OrderSums(NamedTuple):
    """One place for each order, in no order that tells anything.

    `taken`: the sum of its positive amounts; `back` (0 or more): what was given back of it. What was given back on an
    order of its own has `taken` 0.
    """

    taken: Column
    back: Column


class NumberTallies(Protocol):
    def orders(self, since: int) -> OrderSums:
        """Of the orders whose first line is on the day `since` or later; ordered by their sums."""

    def last_visits(self, until: int) -> Sequence[int]:
        """The day of the last visit on the day `until` or earlier, by place of `customers()`; 0 without one."""

    def weighed(self, weights: Mapping[int, int]) -> Sequence[int]:
        """The sum of net times the weight of its service (0 for others), by place of `customers()`."""
