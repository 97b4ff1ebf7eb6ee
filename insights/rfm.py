"""RFM: scores 1..5 for recency, frequency and money, and the name of each of the 125 cells (features RF1, RF2, RF6)."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple

from insights.ranking import middle_ranks
from storage.kinds import RfmSegment

WINDOW_MONTHS: Final = 12  # purchases older than this are not counted
FEWEST_FOR_QUINTILES: Final = 25  # five people a score; a rank among fewer says who happens to be in the list

# Limits for a base too small to rank: days since the last purchase that still reach 5, 4, 3, 2 ...
FIXED_RECENCY: Final = (30, 60, 90, 180)
# ... and purchases that reach 2, 3, 4, 5. Money takes the same steps, counted in average checks.
FIXED_FREQUENCY: Final = (2, 3, 5, 10)


class Buyer(NamedTuple):
    """One customer's purchases in the window: days since the last one, their number and sum (minor units)."""

    days: int
    orders: int
    total: int


class Scores(NamedTuple):
    """Each 1 (worst) .. 5 (best)."""

    recency: int
    frequency: int
    monetary: int


class Scale(StrEnum):
    """Where limits come from."""

    QUINTILES = "quintiles"
    FIXED = "fixed"


class Limits(NamedTuple):
    """What separates the scores of one base on one day; small enough to store and to show.

    `recency`: ascending, the most days that reach 5, 4, 3, 2. `frequency`, `monetary`: ascending, the least that
    reaches 2, 3, 4, 5. `n`: the customers they were computed from.
    """

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]
    scale: Scale
    n: int


def window_start(reference_day: date, months: int = WINDOW_MONTHS) -> date:
    """The first day that counts: the same day `months` earlier, or the last one of a month too short for it.

    Purchases from it to `reference_day`, both included, make a `Buyer`; whoever has none has no scores.
    """
    years, month = divmod(reference_day.month - 1 - months, 12)
    year = reference_day.year + years
    return date(year, month + 1, min(reference_day.day, monthrange(year, month + 1)[1]))


def limits_of(buyers: Sequence[Buyer]) -> Limits:
    """The limits of a base, in one pass per score; fixed ones below FEWEST_FOR_QUINTILES customers."""
    n = len(buyers)
    if n < FEWEST_FOR_QUINTILES:
        orders = sum(buyer.orders for buyer in buyers)
        check = round(sum(buyer.total for buyer in buyers) / orders) if orders else 0
        money = tuple(max(check, 1) * step for step in FIXED_FREQUENCY)
        return Limits(FIXED_RECENCY, FIXED_FREQUENCY, money, Scale.FIXED, n)
    # The fewer days the better: quintiles of minus the days, read backwards.
    recency = tuple(-limit for limit in reversed(quintile_limits(-buyer.days for buyer in buyers)))
    # Whoever bought once scores 1, however many others did so too: one purchase is no loyalty (feature RF6).
    frequency = tuple(max(limit, 2) for limit in quintile_limits(buyer.orders for buyer in buyers))
    return Limits(recency, frequency, quintile_limits(buyer.total for buyer in buyers), Scale.QUINTILES, n)


def quintile_limits(values: Iterable[int]) -> tuple[int, int, int, int]:
    """The least values that score 2, 3, 4 and 5 when the score is the fifth of the ranking a value stands in.

    Equal values share the middle of their ranks, so they share the score: 1 + floor(5 (below + equal / 2) / n). A
    score nobody reaches gets the limit above the greatest value. Raises ValueError without values.
    """
    ranked = list(middle_ranks(values))
    if not ranked:
        raise ValueError("no values to rank")
    greatest, below_greatest, equal_greatest = ranked[-1]
    n = below_greatest + equal_greatest
    limits: list[int] = []
    for value, below, equal in ranked:
        score = 1 + 5 * (2 * below + equal) // (2 * n)
        limits += [value] * (score - 1 - len(limits))
    limits += [greatest + 1] * (4 - len(limits))
    second, third, fourth, fifth = limits
    return second, third, fourth, fifth


def scores_of(buyer: Buyer, limits: Limits) -> Scores:
    return Scores(
        5 - bisect_left(limits.recency, buyer.days),
        1 + bisect_right(limits.frequency, buyer.orders),
        1 + bisect_right(limits.monetary, buyer.total),
    )


def segment_of(recency: int, frequency: int, monetary: int) -> RfmSegment:
    """The one name of a cell. Raises KeyError unless each score is 1..5."""
    return CELLS[Scores(recency, frequency, monetary)]


# Lowest and highest recency score, then the same for frequency and for money alike: the ranges of the R package
# `rfm` 0.2 (A. Hebbali, documentation of `rfm_segment`). They overlap in 39 cells, and taken in the published order
# New, Promising and Can't Lose could never appear. Here the narrowest range that holds wins, so they stand narrowest
# first; ranges of one size keep the published order.
RANGES: Final = (
    (RfmSegment.NEW, (4, 5), (1, 1)),
    (RfmSegment.PROMISING, (3, 4), (1, 1)),
    (RfmSegment.CANT_LOSE, (1, 1), (4, 5)),
    (RfmSegment.CHAMPIONS, (4, 5), (4, 5)),
    (RfmSegment.NEED_ATTENTION, (2, 3), (2, 3)),
    (RfmSegment.ABOUT_TO_SLEEP, (2, 3), (1, 2)),
    (RfmSegment.LOST, (1, 2), (1, 2)),
    (RfmSegment.POTENTIAL_LOYALIST, (3, 5), (1, 3)),
    (RfmSegment.AT_RISK, (1, 2), (2, 5)),
    (RfmSegment.LOYAL, (2, 5), (3, 5)),
)


def _name(recency: int, frequency: int, monetary: int) -> RfmSegment:
    for segment, (stale, fresh), (low, high) in RANGES:
        if stale <= recency <= fresh and low <= frequency <= high and low <= monetary <= high:
            return segment
    # 36 cells where frequency and money tell different stories are in no range ("Others" in R): there both count
    # as their mean, the half rounded down. So nobody who bought seldom becomes loyal by one great check.
    mean = (frequency + monetary) // 2
    return _name(recency, mean, mean)


CELLS: Final = {Scores(*cell): _name(*cell) for cell in product(range(1, 6), repeat=3)}
