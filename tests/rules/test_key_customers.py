"""Who is a key customer, why, and when that gets worse (features RF4, C1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.key_customers import (
    FEWEST,
    WEIGHTS,
    Customer,
    KeyScore,
    Part,
    key_customers,
    percentiles,
    score_customers,
    worsened,
)

lists = st.lists(
    st.builds(
        Customer,
        customer_id=st.integers(min_value=1),
        average_check=st.integers(min_value=0, max_value=10**6),
        orders=st.integers(min_value=1, max_value=50),
        value=st.integers(min_value=-(10**6), max_value=10**8),
        nps=st.none() | st.integers(min_value=0, max_value=10),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda customer: customer.customer_id,
)


def climbing(n: int, nps: int | None = None) -> list[Customer]:
    """n customers, each better than the one before in everything."""
    return [Customer(place, 100 * place, 1 + place, 1_000 * place, nps) for place in range(1, n + 1)]


def score(parts: dict[Part, float]) -> KeyScore:
    return KeyScore(1, 5, 0.5, parts, WEIGHTS)


def test_percentiles_by_hand() -> None:
    assert percentiles([10, 20, 20, 40]) == {10: 0.125, 20: 0.5, 40: 0.875}


def test_c1_the_score_is_the_weighted_sum_of_its_parts() -> None:
    frequent, generous = score_customers([Customer(1, 100, 9, 50, 10), Customer(2, 300, 4, 80, 6)])
    assert frequent.parts == {Part.VALUE: 0.25, Part.FREQUENCY: 0.75, Part.CHECK: 0.25, Part.NPS: 1.0}
    assert frequent.score == pytest.approx(0.4 * 0.25 + 0.25 * 0.75 + 0.25 * 0.25 + 0.1 * 1.0)
    assert generous.score == pytest.approx(0.4 * 0.75 + 0.25 * 0.25 + 0.25 * 0.75 + 0.1 * 0.6)
    assert frequent.missing == ()


def test_c1_without_an_nps_answer_its_weight_goes_to_the_rest_and_that_is_said() -> None:
    (only,) = score_customers([Customer(1, 100, 9, 50, None)])
    assert only.missing == (Part.NPS,)
    assert only.weights == pytest.approx({Part.VALUE: 4 / 9, Part.FREQUENCY: 2.5 / 9, Part.CHECK: 2.5 / 9})
    assert only.score == pytest.approx(0.5)


@given(lists)
@settings(max_examples=50)
def test_c1_weights_add_up_to_one_and_the_score_stays_within_its_parts(customers: list[Customer]) -> None:
    for one in score_customers(customers):
        assert sum(one.weights.values()) == pytest.approx(1)
        assert set(one.weights) == set(one.parts)
        assert min(one.parts.values()) - 1e-9 <= one.score <= max(one.parts.values()) + 1e-9


@pytest.mark.parametrize(("n", "top"), [(FEWEST, [20]), (40, [40, 39]), (41, [41, 40, 39])])
def test_c1_the_top_five_percent_best_first(n: int, top: list[int]) -> None:
    assert [one.customer_id for one in key_customers(score_customers(climbing(n)))] == top


def test_c1_too_small_a_base_has_no_top_five_percent() -> None:
    assert key_customers(score_customers(climbing(FEWEST - 1))) == []


def test_c1_one_great_check_makes_no_key_customer() -> None:
    base = [*climbing(30), Customer(99, 10**7, 1, 10**9, 10)]
    assert 99 not in {one.customer_id for one in key_customers(score_customers(base))}


def test_c1_of_equal_scores_the_one_known_longer_comes_first() -> None:
    twins = [Customer(place, 100, 5, 1_000, None) for place in (7, *range(30, 50), 3)]
    assert [one.customer_id for one in key_customers(score_customers(twins))] == [3, 7]


def test_c1_the_parts_that_fell_are_the_reason_of_the_alert() -> None:
    before = score({Part.VALUE: 0.9, Part.FREQUENCY: 0.9, Part.CHECK: 0.9, Part.NPS: 1.0})
    after = score({Part.VALUE: 0.9, Part.FREQUENCY: 0.7, Part.CHECK: 0.71, Part.NPS: 0.8})
    assert worsened(before, after) == (Part.FREQUENCY, Part.NPS)


def test_c1_an_answer_that_appears_or_goes_out_of_date_is_no_worsening() -> None:
    parts = {Part.VALUE: 0.9, Part.FREQUENCY: 0.9, Part.CHECK: 0.9}
    assert worsened(score(parts), score({**parts, Part.NPS: 0.0})) == ()
    assert worsened(score({**parts, Part.NPS: 1.0}), score(parts)) == ()


def test_c1_getting_better_is_no_worsening() -> None:
    assert worsened(score({Part.VALUE: 0.1}), score({Part.VALUE: 0.9})) == ()
