"""Who spends much and comes seldom, and what it would be worth if they came as often as the others (feature B6)."""

from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import Final, NamedTuple
from uuid import UUID

from insights.metrics import ENOUGH
from insights.tallies import YEAR_DAYS

ENOUGH_VISITS: Final = 3


class CustomerRhythm(NamedTuple):
    """A customer's average check in minor units and median days between visits."""

    customer_id: UUID
    average_check_minor: int
    interval_days: float
    visits: int


class HighCheck(NamedTuple):
    """A high check with a slow rhythm. `visits_gained` a year, and their `worth_minor`, if they came every
    `usual_days`, the median of everybody: a bound of what could be won, no forecast."""

    customer: CustomerRhythm
    usual_days: float
    visits_gained: float
    worth_minor: int


def high_checks(customers: Sequence[CustomerRhythm]) -> list[HighCheck]:
    """Those above two thirds of the others by check and by interval, the most worth first.

    Customers with fewer than three visits have no rhythm yet and count nowhere. Who only equals the border is not
    above it, so a base of equal checks has no high ones; of fewer than 30 regulars nobody stands out.
    """
    regulars = [one for one in customers if one.visits >= ENOUGH_VISITS and one.interval_days > 0]
    if len(regulars) < ENOUGH:
        return []
    usual_days = median(one.interval_days for one in regulars)
    check_border = _upper_third([one.average_check_minor for one in regulars])
    slow_border = _upper_third([one.interval_days for one in regulars])
    found = [
        _high_check(one, usual_days)
        for one in regulars
        if one.average_check_minor > check_border and one.interval_days > slow_border
    ]
    return sorted(found, key=lambda one: (-one.worth_minor, one.customer.customer_id))


def _high_check(customer: CustomerRhythm, usual_days: float) -> HighCheck:
    gained = YEAR_DAYS / usual_days - YEAR_DAYS / customer.interval_days
    return HighCheck(customer, usual_days, gained, round(customer.average_check_minor * gained))


def _upper_third(values: Sequence[float]) -> float:
    """The value that two thirds of the others do not exceed; at most a third lies above it."""
    return sorted(values)[ceil(2 * len(values) / 3) - 1]
