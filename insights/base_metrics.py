"""Who stays, who comes again, what they spend: the metrics of the customer base, from plain counts and lists."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from insights.figures import (
    Figure,
    Unit,
    complement,
    mean_figure,
    median_figure,
    ratio_figure,
    share_figure,
)


def crr(start: int, end: int, new: int) -> Figure:
    """Customer retention rate (E - N) / S * 100 with its Wilson interval (feature AN1).

    `start`: customers at the start of the period; `end`: customers at its end; `new`: those of `end` who came during
    it. Raises ValueError when the counts contradict each other.
    """
    if not 0 <= new <= end or end - new > start:
        raise ValueError(f"{end} at the end with {new} new cannot follow {start} at the start")
    return share_figure(end - new, start)


def churn(start: int, end: int, new: int) -> Figure:
    """100 - CRR of the same group (feature AN1)."""
    return complement(crr(start, end, new))


class Idleness(NamedTuple):
    """Days since the last purchase as of both ends of the period, and the person's own lapse window in days."""

    at_start: int
    at_end: int
    window: int


class LapseChurn(NamedTuple):
    """`share` of those active at the start; `median_window` (days) is theirs, None when nobody was active."""

    share: Figure
    median_window: float | None


def lapse_churn(people: Iterable[Idleness]) -> LapseChurn:
    """Churn where nobody signs off (feature AN2): within the own window at the start, past it at the end."""
    active = [person for person in people if person.at_start <= person.window]
    lapsed = sum(person.at_end > person.window for person in active)
    windows = [person.window for person in active]
    return LapseChurn(share_figure(lapsed, len(active)), median(windows) if windows else None)


def repeat_rate(buyers: int, repeat_buyers: int) -> Figure:
    """People with two purchases or more of those with at least one (feature AN3)."""
    return share_figure(repeat_buyers, buyers)


def median_gap(visit_days: Iterable[int]) -> float | None:
    """Median days between the visits of one person, None for one visit. `visit_days`: day numbers, in any order.

    Two purchases on one day are one visit: a forgotten croissant is no new visit.
    """
    days = sorted(set(visit_days))
    gaps = [later - earlier for earlier, later in pairwise(days)]
    return median(gaps) if gaps else None


class VisitPeriod(NamedTuple):
    """`days` counts people with two visits or more; `one_visit` is how many were left out for having a single one."""

    days: Figure
    one_visit: int


def visit_period(gaps: Iterable[float | None]) -> VisitPeriod:
    """Median over people of `median_gap` (feature AN5), so a daily guest counts as much as a monthly one."""
    known: list[float] = []
    one_visit = 0
    for gap in gaps:
        if gap is None:
            one_visit += 1
        else:
            known.append(gap)
    return VisitPeriod(median_figure(known, Unit.DAYS), one_visit)


class Checks(NamedTuple):
    """`points_part`: what of the checks was paid with points."""

    average: Figure
    median: Figure
    points_part: Figure


def checks(amounts: Sequence[int], paid_with_points: Sequence[int]) -> Checks:
    """Average check = revenue / orders, and the median check, after returns (feature AN4).

    One entry per order, in minor units: what was left of it after returns, and how much of that was paid with points.
    An order that was returned whole is no order: it is left out by the caller.
    """
    return Checks(
        mean_figure(amounts, Unit.MONEY), median_figure(amounts, Unit.MONEY), ratio_figure(paid_with_points, amounts)
    )


class Basis(StrEnum):
    """What an LTV adds up."""

    MARGIN = "margin"
    REVENUE = "revenue"


class Ltv(NamedTuple):
    """Mean per person, in minor units, and what it adds up."""

    amount: Figure
    basis: Basis


def historic_ltv(revenues: Sequence[int], margins: Sequence[int] | None) -> Ltv:
    """What a customer brought to date on average (feature AN6): margin where it is known, else revenue.

    One entry per person who ever bought, in minor units. `margins` is None unless the margin is known for everybody:
    a mean over a part of the base would not be comparable.
    """
    if margins is None:
        return Ltv(mean_figure(revenues, Unit.MONEY), Basis.REVENUE)
    return Ltv(mean_figure(margins, Unit.MONEY), Basis.MARGIN)


def forward_ltv(amounts: Sequence[int], basis: Basis) -> Ltv:
    """What an active customer is expected to bring in the next 12 months (feature AN6).

    `amounts`: what each person who was active 12 months ago brought since, in minor units, zeros included. The
    estimate assumes that the next 12 months go like the last ones; too small a sample gives no value at all.
    """
    amount = mean_figure(amounts, Unit.MONEY)
    return Ltv(amount if amount.is_enough else amount._replace(value=None, low=None, high=None), basis)


def returns(orders: int, with_return: int) -> Figure:
    """Orders of which anything was returned, of all orders."""
    return share_figure(with_return, orders)


def returned_money(returned: Sequence[int], totals: Sequence[int]) -> Figure:
    """Money given back of all money taken. One entry per order, in minor units: returned of it, and its total."""
    return ratio_figure(returned, totals)
