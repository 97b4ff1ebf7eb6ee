"""The cohort table: who first bought in a month, and how many of them bought n months later."""

from collections.abc import Iterable
from typing import NamedTuple

from insights.figures import Figure, share_figure


class Month(NamedTuple):
    """A calendar month of the business."""

    year: int
    month: int

    def until(self, other: "Month") -> int:
        """Months from this one to `other`, negative backwards."""
        return 12 * (other.year - self.year) + other.month - self.month

    def later(self, months: int) -> "Month":
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)


class CohortCount(NamedTuple):
    """Of those who first bought in `cohort`: buyers, orders and revenue (minor units) of one `month`."""

    cohort: Month
    month: Month
    people: int
    orders: int
    revenue: int


class CohortCell(NamedTuple):
    """One field of the table; `retention` is `people` of the whole cohort, its n the size of the cohort."""

    people: int
    orders: int
    revenue: int
    retention: Figure


class Cohort(NamedTuple):
    """`cells[n]` is the n-th month after the first purchase, up to the last complete month; `cells[0]` is everybody."""

    month: Month
    size: int
    cells: tuple[CohortCell, ...]


def cohorts(counts: Iterable[CohortCount], last: Month) -> list[Cohort]:
    """The table up to and with month `last` (the last complete one), oldest cohort first (feature AN7).

    A month without buyers is a zero, not a gap. Counts after `last` are left out: a month that is not over yet would
    look like a fall. Raises ValueError for a month before its cohort, a month counted twice, a cohort without its first
    month, and more people than the cohort has.
    """
    table: dict[Month, dict[int, CohortCount]] = {}
    for count in counts:
        offset = count.cohort.until(count.month)
        months = table.setdefault(count.cohort, {})
        if offset < 0 or offset in months:
            raise ValueError(f"month {count.month} of cohort {count.cohort} cannot be")
        months[offset] = count
    return [_cohort(month, table[month], month.until(last)) for month in sorted(table) if month <= last]


def _cohort(month: Month, months: dict[int, CohortCount], last_offset: int) -> Cohort:
    if 0 not in months:
        raise ValueError(f"cohort {month} has no first month")
    size = months[0].people
    nobody = CohortCount(month, month, 0, 0, 0)
    cells = (months.get(offset, nobody) for offset in range(last_offset + 1))
    return Cohort(
        month,
        size,
        tuple(CohortCell(cell.people, cell.orders, cell.revenue, share_figure(cell.people, size)) for cell in cells),
    )
