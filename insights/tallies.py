"""What is counted of purchases before anything is judged: the columns that go in, the tallies that come out. Pure.

One set of definitions for two sources (a file, the database) and two engines (`plain_engine`, `polars_engine`), which
must give equal tallies; every quantity is an int for that reason.

- A *line* is one article or service of a purchase. Its net is what was paid less what was given back for it; what came
  back on a line of its own has a negative amount.
- An *order* is the lines of one customer with one order code; a line without a code is an order. An order counts when
  its net is above zero. The money of one that does not count (a cancellation) still lowers the revenue.
- A *visit* is a local day on which a customer has at least one line with a positive amount.
- *Revenue* is the sum of net over all lines.
- The *year* is the 365 local days that end with `today`; the *year before* is the 365 days before those.
"""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from math import log
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from insights.purchase_interval import GapSums

if TYPE_CHECKING:
    from insights.number_tallies import NumberTallies
    from insights.service_tallies import ServiceTallies

YEAR_DAYS: Final = 365
NONE: Final = -1
"""The code of what a line does not tell: its order, service, branch or seller."""
NANO: Final = 10**9

Column = Sequence[int]


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of the lines stand for: a code is a place in its list."""

    customers: Sequence[str]
    services: Sequence[str] = ()
    branches: Sequence[str] = ()
    sellers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as columns of one length, in any order.

    `at`: UTC seconds since 1970. `day`: `date.toordinal()` of the business's local day. `order`: equal for the lines of
    one customer's order, NONE for a line alone; a code may come again at another customer. `amount_minor` is what the
    line cost, negative when it gives money back; `returned_minor` (0 or more) is what was given back of it later.
    """

    customer: Column
    at: Column
    day: Column
    order: Column
    amount_minor: Column
    returned_minor: Column
    service: Column
    branch: Column
    seller: Column

    def __len__(self) -> int:
        return len(self.customer)


@dataclass(frozen=True, slots=True)
class Customers:
    """One place for each customer who has a line, by code. Days are ordinals.

    A customer without a visit (who only brought back) has 0 visits and 0 in the columns of days.

    - `second_day`: the day of the second visit, 0 without one.
    - `ln_gap_nano`, `ln_gap_square_nano`: the sums of ln(gap) and of its square over the gaps between consecutive
      visits in days, in thousand millionths, each gap's rounded to an int: sums of ints do not depend on their order.
    - `gap_median_halves`: twice the median gap, 0 without a gap.
    - `orders`: those that count.
    - `revenue_minor` and `returned_minor` (0 or more: money given back in either way) over all time; `…_year` and
      `…_year_before` over those 365 days, an order belonging to the day of its first line.
    - `favourite_service`: bought on most days; of several the one bought last, then the smaller code. NONE if no line
      with a positive amount names one. `last_branch`, `last_seller`: of the last such line that names one.
    """

    code: Column
    visits: Column
    orders: Column
    revenue_minor: Column
    returned_minor: Column
    first_day: Column
    second_day: Column
    last_day: Column
    ln_gap_nano: Column
    ln_gap_square_nano: Column
    gap_median_halves: Column
    visits_year: Column
    orders_year: Column
    revenue_year_minor: Column
    visits_year_before: Column
    orders_year_before: Column
    revenue_year_before_minor: Column
    favourite_service: Column
    last_branch: Column
    last_seller: Column

    def __len__(self) -> int:
        return len(self.code)

    def gap_sums(self, place: int) -> GapSums:
        """One customer's, who has 0 visits or more, as the model of rhythms takes them."""
        return GapSums(
            self.visits[place],
            self.first_day[place],
            self.last_day[place],
            self.ln_gap_nano[place] / NANO,
            self.ln_gap_square_nano[place] / NANO,
        )


class CohortMonth(NamedTuple):
    """What those who came first in month `cohort` did in `month`; months are `month_of` numbers.

    `cohort` is NONE for who has no visit. `people` had a visit, `visits` of them, `orders` began in that month.
    """

    cohort: int
    month: int
    people: int
    visits: int
    orders: int
    revenue_minor: int
    returned_minor: int


class Week(NamedTuple):
    """One Monday-to-Sunday week. `monday` is its ordinal. Weeks without a line are not listed."""

    monday: int
    visits: int
    orders: int
    revenue_minor: int


class Checks(NamedTuple):
    """Nets of the orders that count: how many, their sum, the sum of their squares, twice their median."""

    n: int
    sum_minor: int
    square_sum: int
    median_halves: int


class Sums(NamedTuple):
    """What went through one service, branch or seller (`code`); lines that name none are under NONE.

    `people` and `orders` have at least one line of it with a positive amount; `people_again` have it on two days or
    more. `lines`: with a positive amount.
    """

    code: int
    lines: int
    people: int
    people_again: int
    orders: int
    revenue_minor: int
    returned_minor: int
    lines_year: int
    people_year: int
    revenue_year_minor: int
    lines_year_before: int
    revenue_year_before_minor: int


class Counted(NamedTuple):
    """Of `people` with this service, those whose flag was set."""

    code: int
    people: int
    flagged: int


class Pair(NamedTuple):
    """`people` bought both; twice the median of the days between is `lag_median_halves`, 0 where it is one visit."""

    a: int
    b: int
    people: int
    lag_median_halves: int


class Pairs(NamedTuple):
    """What is bought with what, each person counted once, by one visit of theirs (`insights.sequences` tells why).

    `people` have such a visit; of them `with_a` bought each service in it, and `with_b` at the time that counts for
    the second of a pair. Services that nobody had there are left out.
    """

    people: int
    with_a: Mapping[int, int]
    with_b: Mapping[int, int]
    pairs: Sequence[Pair]


def median_halves(values: list[int]) -> int:
    """Twice the median, which of ints is an int; 0 without values."""
    if not values:
        return 0
    ordered, middle = sorted(values), len(values) // 2
    return 2 * ordered[middle] if len(ordered) % 2 else ordered[middle - 1] + ordered[middle]


class Engine(Protocol):
    """Counts the lines it was built with. Rows come ordered by their codes, so that two engines can be compared."""

    def customers(self) -> Customers: ...

    def cohorts(self) -> Sequence[CohortMonth]: ...

    def weeks(self) -> Sequence[Week]: ...

    def for_numbers(self) -> "NumberTallies":
        """What only the metrics of the base need."""

    def checks(self, since: int | None = None) -> Checks:
        """Of all orders, or of those whose first line is on the day `since` or later."""

    def services(self) -> Sequence[Sums]: ...

    def branches(self) -> Sequence[Sums]: ...

    def sellers(self) -> Sequence[Sums]: ...

    def by_service(self) -> "ServiceTallies":
        """What is counted of services: who came again, who left, what was sold."""

    def first_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        """By the services of the first visit. `chosen`, `flags`: one for each place of `customers()`."""

    def last_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        """By the services of the last visit."""

    def sequences(self, within_days: int, services: Collection[int], at_least: int) -> Pairs:
        """`b` bought on a later day than `a`, within so many days, by at least so many people, among these services.

        The visit is a person's first one that was followed by another within so many days and lies at least as many
        days back; who has none is not counted.
        """

    def together(self, services: Collection[int], at_least: int) -> Pairs:
        """Both bought on the day of a person's last visit, `a` being the smaller code."""


# --- days


def month_of(day: int) -> int:
    """The number of an ordinal's month: months since the year 0."""
    moment = date.fromordinal(day)
    return moment.year * 12 + moment.month - 1


def first_day_of(month: int) -> date:
    """The first day of a `month_of` number."""
    return date(month // 12, month % 12 + 1, 1)


def iso(day: int) -> str:
    """An ordinal's day as reports carry it: 2026-03-02."""
    return date.fromordinal(day).isoformat()


def monday_of(day: int) -> int:
    """The ordinal of the Monday of that week: the ordinal 1 is a Monday."""
    return day - (day - 1) % 7


def ln_nano(gap_days: int) -> int:
    """ln of a gap of at least one day, in thousand millionths."""
    return round(log(gap_days) * NANO)


def ln_square_nano(gap_days: int) -> int:
    return round(log(gap_days) ** 2 * NANO)


_QUARTER: Final = 900


class Days(dict[int, int]):
    """The local day of a moment. Zones differ from UTC by whole quarters of an hour (since the 1970s), so the moments
    of one quarter share their day, and each quarter is worked out once."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __call__(self, at: int) -> int:
        """`at`: UTC seconds. The ordinal."""
        return self[at // _QUARTER]

    def __missing__(self, quarter: int) -> int:
        local = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(self._zone)
        day = self[quarter] = local.toordinal()
        return day


# --- making lines


class Codes(dict[str, int]):
    """Numbers for texts, in the order in which they come. The empty text is NONE."""

    def __init__(self) -> None:
        super().__init__({"": NONE})

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self) - 1
        return code

    def names(self) -> list[str]:
        return list(self)[1:]


class LinesBuilder:
    """Takes lines as a file and the database give them, and makes columns of them."""

    AT_ONCE: Final = 10_000

    def __init__(self, zone: ZoneInfo) -> None:
        self._day = Days(zone)
        self._customers, self._orders = Codes(), Codes()
        self._services, self._branches, self._sellers = Codes(), Codes(), Codes()
        self._columns = tuple(array("q") for _ in range(9))
        self._add = tuple(column.append for column in self._columns)

    def __len__(self) -> int:
        return len(self._columns[0])

    def add(
        self,
        customer: str,
        at: int,
        amount_minor: int,
        returned_minor: int = 0,
        order: str = "",
        service: str = "",
        branch: str = "",
        seller: str = "",
    ) -> None:
        """`customer` is any text that is the same for one person and not empty; empty texts are not told."""
        add_customer, add_at, add_day, add_order, add_amount, add_returned, add_service, add_branch, add_seller = (
            self._add
        )
        add_customer(self._customers[customer])
        add_at(at)
        add_day(self._day[at // _QUARTER])
        add_order(self._orders[order])
        add_amount(amount_minor)
        add_returned(returned_minor)
        add_service(self._services[service])
        add_branch(self._branches[branch])
        add_seller(self._sellers[seller])

    def add_all(self, lines: Iterable[Sequence[Any]]) -> None:
        """Many lines, each with all the fields of `add`: column by column, which is several times as fast."""
        lines = iter(lines)
        while some := list(islice(lines, self.AT_ONCE)):
            customer, at, amount, returned, order, service, branch, seller = zip(*some, strict=True)
            columns = (
                map(self._customers.__getitem__, customer),
                at,
                map(self._day, at),
                map(self._orders.__getitem__, order),
                amount,
                returned,
                map(self._services.__getitem__, service),
                map(self._branches.__getitem__, branch),
                map(self._sellers.__getitem__, seller),
            )
            for column, values in zip(self._columns, columns, strict=True):
                column.extend(values)

    def lines(self) -> Lines:
        return Lines(*self._columns)

    def names(self) -> Names:
        return Names(*(codes.names() for codes in (self._customers, self._services, self._branches, self._sellers)))
