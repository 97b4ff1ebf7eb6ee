"""What a cashier may do in a day, and what an owner should look at (feature LO12). Pure rules."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

from storage.kinds import AlertKind

ONE_CARD_IN_A_DAY: Final = 3
"""Purchases of one card at one cashier in a day from which it looks like a friend's card. A guest who has coffee in the
morning and at lunch makes two."""
ONE_CARD_IN_A_WEEK: Final = 8
"""The same over seven days: who comes each working day at one shift's cashier makes five."""
RETURNS_IN_A_DAY: Final = 5
WEEK: Final = timedelta(days=7)


class Limits(Protocol):
    """What of the programme's rules counts here; None: no limit."""

    @property
    def sales_per_day(self) -> int | None:
        """Purchases of one cashier that earn points."""

    @property
    def sum_per_day_minor(self) -> int | None:
        """Money of one cashier's purchases that earn points."""

    @property
    def sales_of_one_card_per_day(self) -> int | None:
        """Purchases of one customer that earn points."""


@dataclass(frozen=True, slots=True)
class Served:
    """What was recorded before the sale in question, by this cashier (first two, last two) and for this customer."""

    sales_today: int = 0
    sum_today_minor: int = 0
    of_customer_today: int = 0
    of_card_by_cashier_today: int = 0
    of_card_by_cashier_in_week: int = 0


class Beyond(StrEnum):
    """Why a sale earns nothing. The values are phrases: `till.beyond.<value>`."""

    SALES = "sales"
    SUM = "sum"
    CARD = "card"


def beyond(limits: Limits, served: Served, amount_minor: int) -> Beyond | None:
    """Which limit the next sale of this amount would pass; it is recorded all the same, without points."""
    if limits.sales_of_one_card_per_day is not None and served.of_customer_today >= limits.sales_of_one_card_per_day:
        return Beyond.CARD
    if limits.sales_per_day is not None and served.sales_today >= limits.sales_per_day:
        return Beyond.SALES
    if limits.sum_per_day_minor is not None and served.sum_today_minor + amount_minor > limits.sum_per_day_minor:
        return Beyond.SUM
    return None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something to look at, with its numbers: never a verdict."""

    kind: AlertKind
    is_about_customer: bool
    details: dict[str, int]


def suspicions(served: Served, passed: Beyond | None, amount_minor: int) -> list[Suspicion]:
    """What the sale that was just recorded adds to."""
    found = []
    if passed is Beyond.SALES:
        found.append(Suspicion(AlertKind.MANY_SALES, False, {"sales": served.sales_today + 1}))
    if passed is Beyond.SUM:
        found.append(Suspicion(AlertKind.MUCH_MONEY, False, {"sum_minor": served.sum_today_minor + amount_minor}))
    today, week = served.of_card_by_cashier_today + 1, served.of_card_by_cashier_in_week + 1
    if today >= ONE_CARD_IN_A_DAY or week >= ONE_CARD_IN_A_WEEK:
        found.append(Suspicion(AlertKind.SAME_CARD, True, {"day": today, "week": week}))
    return found


def suspicion_of_returns(returns_today: int) -> Suspicion | None:
    """`returns_today` with the one that was just made."""
    if returns_today < RETURNS_IN_A_DAY:
        return None
    return Suspicion(AlertKind.MANY_RETURNS, False, {"returns": returns_today})
