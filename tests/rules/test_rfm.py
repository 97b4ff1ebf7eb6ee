"""RFM scores and the names of the 125 cells (features RF1, RF2, RF6)."""

import re
from collections import Counter
from datetime import date
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.rfm import (
    CELLS,
    FEWEST_FOR_QUINTILES,
    RANGES,
    Buyer,
    Scale,
    limits_of,
    quintile_limits,
    scores_of,
    segment_of,
    window_start,
)
from storage.kinds import RfmSegment

DOCS = Path(__file__).parents[2] / "docs" / "numbers.md"
SCORES = range(1, 6)

buyers = st.builds(
    Buyer,
    days=st.integers(min_value=0, max_value=365),
    orders=st.integers(min_value=1, max_value=40),
    total=st.integers(min_value=-1_000, max_value=10_000_000),
)
bases = st.lists(buyers, min_size=1, max_size=120)
few_examples = settings(max_examples=50)


def spread(n: int) -> list[Buyer]:
    """n buyers of whom each is better than the one before in everything."""
    return [Buyer(days=n - place, orders=place + 1, total=100 * (place + 1)) for place in range(n)]


@given(st.sets(st.integers(), min_size=1, max_size=200))
@few_examples
def test_rf1_a_fifth_of_different_values_gets_each_score(values: set[int]) -> None:
    limits = quintile_limits(values)
    sizes = Counter(1 + sum(value >= limit for limit in limits) for value in values)
    assert {sizes[score] for score in SCORES} <= {len(values) // 5, -(-len(values) // 5)}


def test_rf1_ten_values_by_hand() -> None:
    assert quintile_limits(range(10, 110, 10)) == (30, 50, 70, 90)


def test_rf1_equal_values_share_the_middle_of_their_ranks() -> None:
    # Six of ten are equal: the middle of ranks 0..6 of 10 lies in the second fifth. Then 0.65, 0.75, 0.85 and 0.95.
    assert quintile_limits([7, 7, 7, 7, 7, 7, 8, 9, 10, 11]) == (7, 8, 8, 10)


def test_rf1_a_score_nobody_reaches_begins_above_the_greatest_value() -> None:
    assert quintile_limits([7] * 10) == (7, 7, 8, 8)


def test_rf1_a_base_without_differences_is_in_the_middle() -> None:
    base = [Buyer(days=3, orders=2, total=500)] * FEWEST_FOR_QUINTILES
    assert scores_of(base[0], limits_of(base)) == (3, 3, 3)


def test_rf1_no_values_cannot_be_ranked() -> None:
    with pytest.raises(ValueError, match="no values"):
        quintile_limits([])


@given(bases)
@few_examples
def test_rf1_a_better_customer_never_scores_less(base: list[Buyer]) -> None:
    limits = limits_of(base)
    for one, other in pairwise(base):
        ours, theirs = scores_of(one, limits), scores_of(other, limits)
        assert ours.recency >= theirs.recency or one.days > other.days
        assert ours.frequency >= theirs.frequency or one.orders < other.orders
        assert ours.monetary >= theirs.monetary or one.total < other.total


@given(bases)
@few_examples
def test_rf1_the_order_of_the_list_changes_nothing(base: list[Buyer]) -> None:
    assert limits_of(base) == limits_of(sorted(base)) == limits_of(sorted(base, reverse=True))


def test_rf1_the_best_and_the_worst_of_a_spread_base() -> None:
    base = spread(100)
    limits = limits_of(base)
    assert scores_of(base[-1], limits) == (5, 5, 5)
    assert scores_of(base[0], limits) == (1, 1, 1)
    assert Counter(scores_of(buyer, limits) for buyer in base) == {(score,) * 3: 20 for score in SCORES}


def test_rf1_limits_kept_from_the_night_also_place_who_buys_in_the_morning() -> None:
    limits = limits_of(spread(100))
    assert scores_of(Buyer(days=0, orders=1_000, total=10**9), limits) == (5, 5, 5)
    assert scores_of(Buyer(days=9_999, orders=1, total=0), limits) == (1, 1, 1)


@pytest.mark.parametrize(
    ("n", "scale"), [(FEWEST_FOR_QUINTILES - 1, Scale.FIXED), (FEWEST_FOR_QUINTILES, Scale.QUINTILES)]
)
def test_rf1_too_few_to_rank_are_measured_by_fixed_limits(n: int, scale: Scale) -> None:
    limits = limits_of(spread(n))
    assert (limits.scale, limits.n) == (scale, n)


@pytest.mark.parametrize(
    ("buyer", "scores"),
    [
        (Buyer(days=30, orders=1, total=1_999), (5, 1, 1)),
        (Buyer(days=31, orders=2, total=2_000), (4, 2, 2)),
        (Buyer(days=90, orders=4, total=4_999), (3, 3, 3)),
        (Buyer(days=180, orders=9, total=5_000), (2, 4, 4)),
        (Buyer(days=181, orders=10, total=10_000), (1, 5, 5)),
    ],
)
def test_rf1_fixed_limits_count_money_in_average_checks(buyer: Buyer, scores: tuple[int, int, int]) -> None:
    limits = limits_of([Buyer(days=1, orders=2, total=1_500), Buyer(days=1, orders=1, total=1_500)])  # a check of 1000
    assert scores_of(buyer, limits) == scores


def test_rf1_nobody_bought_and_still_there_are_limits() -> None:
    assert limits_of([]).n == 0


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2026, 11, 22), 12, date(2025, 11, 22)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_rf1_the_window_ends_on_the_day_of_reference(day: date, months: int, first: date) -> None:
    assert window_start(day, months) == first


def test_rf2_each_of_the_125_cells_has_one_of_the_ten_names_and_none_is_idle() -> None:
    assert len(CELLS) == 125
    assert set(CELLS.values()) == set(RfmSegment)


def test_rf2_the_ranges_are_those_of_the_r_package() -> None:
    # rfm_segment {rfm}, versions 0.2.0 and 0.2.2, example: bounds of recency, then those of frequency and of money.
    names = [
        RfmSegment.CHAMPIONS, RfmSegment.LOYAL, RfmSegment.POTENTIAL_LOYALIST, RfmSegment.NEW, RfmSegment.PROMISING,
        RfmSegment.NEED_ATTENTION, RfmSegment.ABOUT_TO_SLEEP, RfmSegment.AT_RISK, RfmSegment.CANT_LOSE, RfmSegment.LOST,
    ]  # fmt: skip
    recency = zip([4, 2, 3, 4, 3, 2, 2, 1, 1, 1], [5, 5, 5, 5, 4, 3, 3, 2, 1, 2], strict=True)
    worth = zip([4, 3, 1, 1, 1, 2, 1, 2, 4, 1], [5, 5, 3, 1, 1, 3, 2, 5, 5, 2], strict=True)
    published = list(zip(names, recency, worth, strict=True))
    assert sorted(RANGES) == sorted(published)

    def size(entry: tuple[RfmSegment, tuple[int, int], tuple[int, int]]) -> int:
        _, (stale, fresh), (low, high) = entry
        return (fresh - stale + 1) * (high - low + 1) ** 2

    assert list(RANGES) == sorted(published, key=size), "the narrowest range first, else the published order"


def test_rf2_a_cell_in_some_range_is_named_by_a_range_it_is_in() -> None:
    for cell, name in CELLS.items():
        holding = {
            segment
            for segment, (stale, fresh), (low, high) in RANGES
            if stale <= cell.recency <= fresh and low <= cell.frequency <= high and low <= cell.monetary <= high
        }
        assert name in (holding or set(RfmSegment))


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ((5, 5, 5), RfmSegment.CHAMPIONS),
        ((5, 1, 1), RfmSegment.NEW),
        ((3, 1, 1), RfmSegment.PROMISING),
        ((1, 5, 5), RfmSegment.CANT_LOSE),
        ((1, 1, 1), RfmSegment.LOST),
        ((5, 1, 5), RfmSegment.POTENTIAL_LOYALIST),  # in no range: as (5, 3, 3)
        ((1, 1, 4), RfmSegment.LOST),  # in no range: as (1, 2, 2)
    ],
)
def test_rf2_examples(cell: tuple[int, int, int], name: RfmSegment) -> None:
    assert segment_of(*cell) is name


@pytest.mark.parametrize("cell", [(0, 1, 1), (6, 5, 5), (1, 1, 0)])
def test_rf2_what_is_no_cell_has_no_name(cell: tuple[int, int, int]) -> None:
    with pytest.raises(KeyError):
        segment_of(*cell)


def test_rf2_the_table_of_the_docs_is_the_one_in_use() -> None:
    rows = re.findall(r"^\| R([1-5]) F([1-5]) \| (.+) \|$", DOCS.read_text(encoding="utf-8"), flags=re.M)
    table = {
        (int(recency), int(frequency), monetary): name
        for recency, frequency, names in rows
        for monetary, name in enumerate(names.split(" | "), start=1)
    }
    assert table == {tuple(cell): name.value for cell, name in CELLS.items()}


@given(bases)
@few_examples
def test_rf6_who_bought_once_is_never_loyal_nor_a_champion(base: list[Buyer]) -> None:
    limits = limits_of(base)
    for buyer in base:
        single = buyer._replace(orders=1)
        assert scores_of(single, limits).frequency == 1
        assert segment_of(*scores_of(single, limits)) not in {RfmSegment.LOYAL, RfmSegment.CHAMPIONS}


def test_rf6_no_cell_of_the_lowest_frequency_is_loyal() -> None:
    names = {segment_of(recency, 1, monetary) for recency, monetary in product(SCORES, SCORES)}
    assert names.isdisjoint({RfmSegment.LOYAL, RfmSegment.CHAMPIONS})
