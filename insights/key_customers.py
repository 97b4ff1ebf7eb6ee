"""Key customers: a score of check, frequency, value and NPS whose parts can be seen (features RF4, C1)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from math import ceil, fsum
from typing import Final, NamedTuple

from insights.ranking import middle_ranks


class Part(StrEnum):
    """What the score is made of, each on 0..1."""

    CHECK = "check"
    FREQUENCY = "frequency"
    VALUE = "value"
    NPS = "nps"


WEIGHTS: Final[Mapping[Part, float]] = {Part.VALUE: 0.4, Part.FREQUENCY: 0.25, Part.CHECK: 0.25, Part.NPS: 0.1}
WEIGHTS_WITHOUT_NPS: Final[Mapping[Part, float]] = {
    part: weight / (1 - WEIGHTS[Part.NPS]) for part, weight in WEIGHTS.items() if part is not Part.NPS
}
TOP_SHARE: Final = 0.05
FEWEST: Final = 20  # 5 % of fewer is not one person
WORSE_BY: Final = 0.2  # a part that fell by a fifth of the ranking, or by two points of NPS, is worth a call


class Customer(NamedTuple):
    """One customer in the window. `average_check`: minor units; `orders`: how many; `value`: margin or revenue to
    date (the same for everybody), minor units; `nps`: the latest answer 0..10, None when not asked or not answered.
    """

    customer_id: int
    average_check: int
    orders: int
    value: int
    nps: int | None


class KeyScore(NamedTuple):
    """`score` and `parts` are 0..1. `weights` add up to 1: a missing part's went to the others in proportion."""

    customer_id: int
    orders: int
    score: float
    parts: Mapping[Part, float]
    weights: Mapping[Part, float]

    @property
    def missing(self) -> tuple[Part, ...]:
        return tuple(part for part in WEIGHTS if part not in self.parts)


def score_customers(customers: Sequence[Customer]) -> list[KeyScore]:
    """Scores in the order given. NPS is answer / 10, the other parts are percentiles among `customers`."""
    checks = percentiles(customer.average_check for customer in customers)
    orders = percentiles(customer.orders for customer in customers)
    values = percentiles(customer.value for customer in customers)
    return [
        _score(
            customer,
            {
                Part.VALUE: values[customer.value],
                Part.FREQUENCY: orders[customer.orders],
                Part.CHECK: checks[customer.average_check],
            },
        )
        for customer in customers
    ]


def key_customers(scores: Sequence[KeyScore], share: float = TOP_SHARE) -> list[KeyScore]:
    """The top `share` (rounded up) of the base by score, best first; nobody below FEWEST customers.

    Who bought once is never key yet: one great check proves no habit (feature RF6). Of equal scores the one with the
    lower id, who is known longer, comes first.
    """
    if len(scores) < FEWEST:
        return []
    returning = sorted(
        (score for score in scores if score.orders > 1), key=lambda score: (-score.score, score.customer_id)
    )
    return returning[: ceil(share * len(scores))]


def worsened(before: KeyScore, after: KeyScore) -> tuple[Part, ...]:
    """The parts, known both times, that fell by WORSE_BY or more: the reason of an alert. Empty when all is well."""
    return tuple(
        part
        for part, value in before.parts.items()
        # Rounding must not hide a fall of exactly two NPS points.
        if part in after.parts and round(value - after.parts[part], 9) >= WORSE_BY
    )


def percentiles(values: Iterable[int]) -> dict[int, float]:
    """Value -> share of the list below it, equal ones counted half: 0 < p < 1, the same for equal values."""
    ranked = list(middle_ranks(values))
    n = sum(equal for _, _, equal in ranked)
    return {value: (below + equal / 2) / n for value, below, equal in ranked}


def _score(customer: Customer, parts: dict[Part, float]) -> KeyScore:
    weights = WEIGHTS_WITHOUT_NPS
    if customer.nps is not None:
        parts[Part.NPS] = customer.nps / 10
        weights = WEIGHTS
    score = fsum(weights[part] * value for part, value in parts.items())
    return KeyScore(customer.customer_id, customer.orders, score, parts, weights)
