"""Which services stand idle and which earn, each with the reasons (features AN10, AN11, B3)."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from math import sqrt
from statistics import median
from typing import Final, NamedTuple

from insights.comparisons import (
    ENOUGH_PEOPLE,
    Compared,
    Difference,
    Ratio,
    Tally,
    compare_with_others,
    discoveries,
    fisher,
    rate_ratio,
    risk_ratio,
)
from insights.metrics import Z_95, Proportion, proportion

NOT_SOLD_DAYS: Final = 90
RARE_SHARE: Final = 0.5  # of the median of the other services' orders


class Period(NamedTuple):
    """A stretch of `days`, and how many `people` bought anything in it."""

    days: int
    people: int


class ServicePeriod(NamedTuple):
    """A service's orders and people in the period and in the one before.

    `days_since_sold` is None for what was never sold; `capacity` are the orders the period had room for, None when
    unknown; of `rated` people who tried it `satisfied` gave 4-5.
    """

    service: str
    orders: int
    people: int
    orders_before: int
    people_before: int
    days_since_sold: int | None
    capacity: int | None = None
    satisfied: int = 0
    rated: int = 0


class IdleReason(StrEnum):
    NEVER_SOLD = "never_sold"
    NOT_SOLD_FOR_LONG = "not_sold_for_long"
    LOSING_SHARE = "losing_share"
    UNDERUSED = "underused"
    RARE = "rare"


class Demand(NamedTuple):
    """`trend`: orders a day against the period before, as if each came by itself; ten orders of one regular make its
    interval too narrow, so nothing is proven by it. `share_trend`: the share of all buyers who bought this service
    against their share then, which a season of the whole business does not move. None where nothing was sold."""

    service: str
    period: ServicePeriod
    trend: Ratio | None
    share_trend: Ratio | None
    utilisation: Compared | None
    satisfaction: Proportion | None
    reasons: tuple[IdleReason, ...]


class ServiceMoney(NamedTuple):
    """Money of a service in minor units; `cost_minor` is None when the catalogue does not know it.

    Of the `people` who bought it a whole window or longer ago `returned` came again, for whatever, within the window.
    """

    service: str
    orders: int
    revenue_minor: int
    cost_minor: int | None
    people: int
    returned: int


class Basis(StrEnum):
    """What the earners are ranked by: revenue, as long as the cost of one of them is unknown."""

    MARGIN = "margin"
    REVENUE = "revenue"


class EarnReason(StrEnum):
    EARNS_MOST = "earns_most"
    BRINGS_BACK = "brings_back"


class Earner(NamedTuple):
    """`margin_minor` is None without a known cost, `returning` without a buyer whose window is over."""

    service: str
    money: ServiceMoney
    margin_minor: int | None
    returning: Compared | None
    reasons: tuple[EarnReason, ...]


class Earners(NamedTuple):
    basis: Basis
    services: list[Earner]


def demand(
    periods: Sequence[ServicePeriod], now: Period, before: Period, not_sold_days: int = NOT_SOLD_DAYS
) -> list[Demand]:
    """Every service with its trend; those with reasons to be called idle first, the most reasons first.

    What is called proven (losing share, underused) went through Benjamini-Hochberg over all services; rare means that
    even the upper limit of its orders is below half the median of the others.
    """
    losing = _losing_share(periods, now, before)
    utilisation = _utilisation(periods)
    found = []
    for one in periods:
        used = utilisation.get(one.service)
        others = [other.orders for other in periods if other is not one]
        facts = {
            IdleReason.NEVER_SOLD: one.days_since_sold is None,
            IdleReason.NOT_SOLD_FOR_LONG: one.days_since_sold is not None and one.days_since_sold >= not_sold_days,
            IdleReason.LOSING_SHARE: one.service in losing,
            IdleReason.UNDERUSED: used is not None and used.difference is Difference.LOWER,
            IdleReason.RARE: bool(others) and _upper_limit(one.orders) < RARE_SHARE * median(others),
        }
        found.append(
            Demand(
                one.service,
                one,
                rate_ratio(one.orders, now.days, one.orders_before, before.days),
                risk_ratio(one.people, now.people, one.people_before, before.people),
                used,
                proportion(one.satisfied, one.rated),
                tuple(reason for reason, is_so in facts.items() if is_so),
            )
        )
    return sorted(found, key=lambda one: (-len(one.reasons), one.period.orders, one.service))


def earners(services: Sequence[ServiceMoney], everybody: Tally) -> Earners:
    """Services by what they leave, the best first, and which of them bring people back more than the others.

    `everybody`: of all buyers whose window is over, each counted once, how many came again. To earn most is to be in
    the upper third; to bring back is proven against the others (Fisher, Benjamini-Hochberg).
    """
    basis = Basis.REVENUE if any(one.cost_minor is None for one in services) else Basis.MARGIN
    tallies = [Tally(one.service, one.returned, one.people) for one in services]
    returning = {one.name: one for one in compare_with_others(tallies, everybody)}
    ranked = sorted(services, key=lambda one: (-_worth(one, basis), one.service))
    found = []
    for place, one in enumerate(ranked):
        back, margin = returning.get(one.service), _margin(one)
        facts = {
            EarnReason.EARNS_MOST: place < len(ranked) // 3 and _worth(one, basis) > 0,
            EarnReason.BRINGS_BACK: back is not None and back.difference is Difference.HIGHER,
        }
        reasons = tuple(reason for reason, is_so in facts.items() if is_so)
        found.append(Earner(one.service, one, margin, back, reasons))
    return Earners(basis, found)


def _losing_share(periods: Iterable[ServicePeriod], now: Period, before: Period) -> set[str]:
    """Who bought in both periods counts in both, which makes the test too careful rather than too bold."""
    asked = [one for one in periods if one.people + one.people_before >= ENOUGH_PEOPLE]
    proven = discoveries([fisher(one.people, now.people, one.people_before, before.people) for one in asked])
    return {
        one.service
        for one, is_proven in zip(asked, proven, strict=True)
        if is_proven and one.people * before.people < one.people_before * now.people
    }


def _utilisation(periods: Iterable[ServicePeriod]) -> dict[str, Compared]:
    # More orders than there was room for are a full service, not one of 110 %.
    rooms = [Tally(one.service, min(one.orders, one.capacity), one.capacity) for one in periods if one.capacity]
    everything = Tally("", sum(room.events for room in rooms), sum(room.n for room in rooms))
    return {one.name: one for one in compare_with_others(rooms, everything)}


def _upper_limit(orders: int) -> float:
    """95 % score limit of a Poisson count: x + z^2/2 + z sqrt(x + z^2/4) (Rao, 1948)."""
    return orders + Z_95**2 / 2 + Z_95 * sqrt(orders + Z_95**2 / 4)


def _worth(money: ServiceMoney, basis: Basis) -> int:
    return money.revenue_minor - (money.cost_minor or 0) if basis is Basis.MARGIN else money.revenue_minor


def _margin(money: ServiceMoney) -> int | None:
    return None if money.cost_minor is None else money.revenue_minor - money.cost_minor
