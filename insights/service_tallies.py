"""What is counted of services: who came again, who left, what was sold. The shapes and the protocol. Pure.

The definitions are those of `insights.tallies`; `plain_services` and `polars_services` must give equal tallies. A row
with the code ALL counts each person, visit or order once, whatever services it held.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from insights.tallies import Counted

ALL: Final = -2
REGULAR_VISITS: Final = 3
"""From their third visit on somebody is a regular."""
PATIENCES: Final = 3
"""As many patiences without a visit mean that a regular has left: after one of them a good part of the silent comes
again, and what was sold of late (in season, or since it is new) would look like what people leave after."""


class Gaps(NamedTuple):
    """Days until the next visit, over the `visits` that another one followed.

    `low` and `high` are the quartiles (the visit a quarter of the way in, rounded outwards); the median is told twice.
    """

    code: int
    visits: int
    low: int
    median_halves: int
    high: int


class Ended(NamedTuple):
    """Of the visits with the service, another one followed after `stayed`, none after `left`."""

    code: int
    stayed: int
    left: int


class Sold(NamedTuple):
    """What was sold in a stretch of days: to so many people, in so many orders, the last on `last_day`.

    Revenue is net of returns; the others count lines with a positive amount, and are 0 where there is none.
    """

    code: int
    people: int
    orders: int
    revenue_minor: int
    last_day: int


class Buyers(NamedTuple):
    """Of the `people` who ever bought it: had it in their first visit, and have become regulars (for whatever)."""

    code: int
    people: int
    newcomers: int
    regulars: int


class ServiceMonth(NamedTuple):
    """`month` is a `month_of` number; `lines` have a positive amount. Months without a line are not listed."""

    code: int
    month: int
    lines: int
    revenue_minor: int


class ServiceTallies(Protocol):
    """Counts by service. Rows come ordered by their codes, ALL first; services that nobody bought are left out."""

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        """By the services of the visit before the gap; of first visits only, or of all."""

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        """By each person's first visit on or after the day `since`: was it followed by another within its patience.

        Of `newcomers` only those whose first visit ever that is. The patience of a visit, in days, is the longest of
        its services' and of `usual`; younger visits are left out.
        """

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        """By the services of regulars' visits on or after the day `since`, that lie more than PATIENCES patiences back.

        The patience is twice the person's own median gap, times how much longer than `usual_halves` the longest of
        the visit's `after_halves` is, if it is longer (`insights.services.patience_days`).
        """

    def sold(self, since: int, until: int) -> Sequence[Sold]:
        """On the days from `since` to `until`, both counted."""

    def buyers(self) -> Sequence[Buyers]: ...

    def months(self, since: int, services: Collection[int]) -> Sequence[ServiceMonth]:
        """Of these services, on or after the day `since`."""
