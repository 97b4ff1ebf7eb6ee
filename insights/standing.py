"""One customer's purchases in sums, and what follows from them: stage, reason, and the days on which that changes."""

from typing import Final, NamedTuple

from insights.lifecycle import Held, Reason, Stage, stage
from insights.purchase_interval import GapSums, Rhythm
from insights.tallies import Customers

CLOSE: Final = 1e-6
"""Sums of logarithms that were added in another order differ by less than this a gap."""


class Sums(NamedTuple):
    """As `insights.tallies` defines them. Days are ordinals, None for who never came; money is in minor units."""

    visits: int = 0
    orders: int = 0
    revenue_minor: int = 0
    returned_minor: int = 0
    first_day: int | None = None
    last_day: int | None = None
    sum_ln_gap: float = 0.0
    sum_ln_gap_sq: float = 0.0

    @property
    def gaps(self) -> GapSums | None:
        if not self.visits or self.first_day is None or self.last_day is None:
            return None
        return GapSums(self.visits, self.first_day, self.last_day, self.sum_ln_gap, self.sum_ln_gap_sq)

    def agree_with(self, other: "Sums") -> bool:
        """Whether two ways of counting came to the same."""
        room = CLOSE * max(self.visits, 1)
        return (
            self[:6] == other[:6]
            and abs(self.sum_ln_gap - other.sum_ln_gap) <= room
            and abs(self.sum_ln_gap_sq - other.sum_ln_gap_sq) <= room
        )


class Standing(NamedTuple):
    """Where a customer stands. Days are ordinals; the last three are None for who never came.

    From `late_day` on they are at risk, from `lost_day` on lost, unless they come.
    """

    stage: Stage
    typical_days: float
    expected_day: int | None
    late_day: int | None
    lost_day: int | None


def sums_at(customers: Customers, place: int) -> Sums:
    """One customer's sums out of the tallies."""
    own = customers.gap_sums(place)
    return Sums(
        own.visits,
        customers.orders[place],
        customers.revenue_minor[place],
        customers.returned_minor[place],
        own.first_day if own.visits else None,
        own.last_day if own.visits else None,
        own.sum_ln_gap,
        own.sum_ln_gap_sq,
    )


def stand(own: GapSums | None, expected: Rhythm, today: int, before: Held | None = None) -> Standing:
    """Who has not come (any more) has been a prospect since we first saw that."""
    now = stage(own, expected, today, known_since=today, before=before)
    return standing_of(now, expected, own.last_day if own else None)


def standing_of(now: Stage, expected: Rhythm, last_day: int | None) -> Standing:
    """The days that follow from a rhythm and the day of the last visit (None for who never came)."""
    typical = round(expected.typical_days, 1)
    if last_day is None:
        return Standing(now, typical, None, None, None)
    return Standing(
        now,
        typical,
        last_day + max(1, round(expected.typical_days)),
        last_day + expected.late_after_days + 1,
        last_day + expected.lost_after_days + 1,
    )


def told(reason: Reason, *, with_days: bool = True) -> dict[str, object]:
    """A reason as JSON. Kept beside a customer without the `days` since the last visit: those grow every night."""
    code, visits, days, typical_days, limit_days, basis = reason
    return {
        "code": code.value,
        "visits": visits,
        **({"days": days} if with_days else {}),
        "typical_days": typical_days,
        "limit_days": limit_days,
        "basis": basis,
    }
