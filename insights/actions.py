"""Ten people worth a word today: who, why, and what it may bring (features A19, B16)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from insights.tallies import YEAR_DAYS

MOST: Final = 10
EXPECTED_WITHIN_DAYS: Final = 2
"""Today and tomorrow."""
ONCE_WITHIN_DAYS: Final = 3
"""A newcomer's window: so many days before and after the day on which a second visit would be due."""
UNHAPPY_WITHIN_DAYS: Final = 14
GOOD_ORDERS: Final = 3
"""Orders a year from which a birthday is worth a personal word."""
MOST_VISITS_A_YEAR: Final = 52


class Why(StrEnum):
    """In the order in which they take turns: what cannot wait comes first."""

    UNHAPPY = "unhappy"
    LATE_KEY = "late_key"
    EXPECTED = "expected"
    BIRTHDAY = "birthday"
    LATE = "late"
    ONCE = "once"


class Candidate(NamedTuple):
    """Somebody one could write to. `days` since the last visit, one expected every `typical_days`; money in minor
    units; `score` is what a detractor gave."""

    customer_id: UUID
    visits: int
    orders: int
    revenue_minor: int
    days: int
    typical_days: int
    is_key: bool = False
    score: int | None = None


class Action(NamedTuple):
    """`worth_minor`: what a year of their visits brings at their own check and rhythm, 0 where nobody knows how often
    they come. `reason`: values by name."""

    customer_id: UUID
    why: Why
    reason: Mapping[str, int]
    worth_minor: int


def pick(
    candidates: Mapping[Why, Sequence[Candidate]],
    may: Callable[[Candidate, Why], bool] = lambda one, why: True,
    most: int = MOST,
) -> list[Action]:
    """At most so many, nobody twice: the reasons take turns, within each the one who is worth most comes first.

    `may` is asked only of whoever's turn it is: the answer costs more than all the rest.
    """
    queues = {why: sorted(candidates.get(why, ()), key=lambda one: (-worth(one), one.customer_id)) for why in Why}
    chosen: dict[UUID, Action] = {}
    while len(chosen) < most and any(queues.values()):
        for why in Why:
            while queues[why]:
                one = queues[why].pop(0)
                if one.customer_id not in chosen and may(one, why):
                    chosen[one.customer_id] = _action(one, why)
                    break
            if len(chosen) == most:
                break
    return list(chosen.values())


def worth(one: Candidate) -> int:
    """A year of visits at their own average check; one visit where nobody knows how often they come."""
    if one.orders <= 0:
        return 0
    visits = 1 if one.visits < 2 else min(YEAR_DAYS / max(one.typical_days, 1), MOST_VISITS_A_YEAR)
    return round(one.revenue_minor / one.orders * visits)


def birthdays_of(today: date, tomorrow: date) -> list[date]:
    """Today and tomorrow; in a common year the 28th of February is the 29th's too."""
    days = [today, tomorrow]
    leap = date(2000, 2, 29)
    return [*days, leap] if any((day.month, day.day) == (2, 28) and not _is_leap(day.year) for day in days) else days


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _action(one: Candidate, why: Why) -> Action:
    reason = {"days": one.days, "typical_days": one.typical_days, "visits": one.visits}
    if one.score is not None:
        reason["score"] = one.score
    return Action(one.customer_id, why, reason, worth(one) if one.visits > 1 else 0)
