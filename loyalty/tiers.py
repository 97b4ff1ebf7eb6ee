"""Tiers (feature LO8): who reached which by the last twelve months, and when they may be lowered again. Pure rules.

Up at once, down only when the year that a tier was reached for is over: between two steps down of one customer lies a
year, so nobody goes up and down with every purchase.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from loyalty.rules import Rules, Tier, TierBasis

PERIOD: Final = timedelta(days=365)
"""How long a tier is held at least; what counts for it lies in as many days."""
LOWEST: Final = ""
"""The tier of who reached none."""


class Year(NamedTuple):
    """What a member kept of what they bought in the last 365 days, and on how many days."""

    revenue_minor: int
    visits: int


class Held(NamedTuple):
    """A member's tier as it is written down; it is not lowered before `until` (None: there is nothing to lower)."""

    slug: str
    until: datetime | None


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    HELD = "held"


class Step(NamedTuple):
    """What becomes of a tier: `held` is the same one for another year."""

    direction: Direction
    held: Held


class Progress(NamedTuple):
    """The next tier and how far it is: minor units or visits, by the rules' basis; never below 1."""

    tier: Tier
    left: int


def reached(rules: Rules, year: Year) -> str:
    """The highest tier that this year is enough for."""
    bought = _bought(rules, year)
    return next((tier.slug for tier in reversed(rules.tiers) if bought >= rules.threshold(tier)), LOWEST)


def judge(rules: Rules, held: Held, year: Year, now: datetime) -> Step | None:
    """What happens to a member at this moment; None: nothing. A tier that the rules know no more is the lowest."""
    slug = reached(rules, year)
    here, there = rank(rules, held.slug), rank(rules, slug)
    if there > here:
        return Step(Direction.UP, Held(slug, now + PERIOD))
    if here and held.until is not None and now < held.until:
        return None
    if there < here:
        return Step(Direction.DOWN, Held(slug, now + PERIOD if there else None))
    if here:
        return Step(Direction.HELD, Held(slug, now + PERIOD))
    return Step(Direction.DOWN, Held(LOWEST, None)) if held.slug else None


def rank(rules: Rules, slug: str) -> int:
    """0 is the lowest."""
    return next((place for place, tier in enumerate(rules.tiers, 1) if tier.slug == slug), 0)


def is_at_least(rules: Rules, slug: str, wanted: str) -> bool:
    """Whether who is on `slug` has what is given from the tier `wanted` on; a tier that nobody knows has nobody."""
    return not wanted or 0 < rank(rules, wanted) <= rank(rules, slug)


def progress(rules: Rules, slug: str, year: Year) -> Progress | None:
    """The way to the tier above; None on the highest."""
    above = rules.tiers[rank(rules, slug) :]
    if not above:
        return None
    return Progress(above[0], max(rules.threshold(above[0]) - _bought(rules, year), 1))


def _bought(rules: Rules, year: Year) -> int:
    return year.revenue_minor if rules.tier_basis is TierBasis.SUM else year.visits
