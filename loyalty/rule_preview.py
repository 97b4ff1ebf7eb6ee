"""What rules would have given on the purchases of a past month: the price of a change before it is made. Pure.

Counted purchase by purchase, because each is rounded on its own. Each member counts with the tier that their last
twelve months are enough for today, or with the one they hold if that is higher.
"""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from loyalty.points import MINOR_PER_POINT, earned
from loyalty.rules import Rules
from loyalty.tiers import LOWEST, Year, rank, reached


class Sold(NamedTuple):
    """A member's purchase of that month: what was kept of it, and who they are today."""

    customer_id: UUID
    amount_minor: int
    service: str
    category: str
    weekday: int
    tier: str
    year: Year


class Occurred(NamedTuple):
    """What else of that month the rules give points for."""

    joined: int
    birthdays: int


@dataclass(slots=True)
class OfTier:
    """One tier in that month."""

    members: set[UUID] = field(default_factory=set)
    revenue_minor: int = 0
    points: int = 0


class Preview:
    """What one set of rules would have given. `by_tier`: by slug, the lowest first, also those without anybody."""

    def __init__(self, rules: Rules, occurred: Occurred) -> None:
        self.rules = rules
        self.by_tier = {slug: OfTier() for slug in (LOWEST, *(tier.slug for tier in rules.tiers))}
        self.gifts = rules.welcome_points * occurred.joined + rules.birthday_points * occurred.birthdays

    def add(self, sold: Sold) -> None:
        slug = tier_under(self.rules, sold.tier, sold.year)
        of_tier = self.by_tier[slug]
        of_tier.members.add(sold.customer_id)
        of_tier.revenue_minor += sold.amount_minor
        of_tier.points += earned(
            self.rules,
            sold.amount_minor,
            service=sold.service,
            category=sold.category,
            tier=slug,
            weekday=sold.weekday,
        )

    @property
    def earned(self) -> int:
        """Points for purchases."""
        return sum(one.points for one in self.by_tier.values())

    @property
    def points(self) -> int:
        return self.earned + self.gifts

    @property
    def cost_minor(self) -> int:
        """As if every point were spent."""
        return self.points * MINOR_PER_POINT

    @property
    def revenue_minor(self) -> int:
        """Of members alone."""
        return sum(one.revenue_minor for one in self.by_tier.values())


def tier_under(rules: Rules, held: str, year: Year) -> str:
    """The tier that somebody would have under these rules."""
    slug = reached(rules, year)
    return held if rank(rules, held) > rank(rules, slug) else slug
