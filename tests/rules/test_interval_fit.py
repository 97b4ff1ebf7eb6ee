"""What is learnt of a base: the truth of a simulated one, the same in any order, and nothing from too little."""

import random
from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.interval_fit import ENOUGH_GAPS, fit, nelder_mead
from insights.purchase_interval import DEFAULT, Basis, GapSums, sums_of, usual
from tests.rules.rhythms import FIRST, customer

bases = st.lists(
    st.builds(
        lambda first, gaps: customer(*gaps, first=first),
        st.integers(FIRST, FIRST + 300),
        st.lists(st.integers(1, 60), max_size=12),
    ),
    max_size=60,
)
TODAY = FIRST + 1100


def vet(customers: int, days: float, *, today: int = TODAY, dice: random.Random) -> list[GapSums]:
    """Who comes every so many days, own rhythms 20 % apart, visits 20 % around them, one in ten stops at each."""
    base = []
    for _ in range(customers):
        visits = [today - dice.randrange(365)]
        own, stop = days * exp(dice.gauss(0, 0.2)), dice.betavariate(1, 9)
        while dice.random() > stop:
            visits.append(visits[-1] + max(1, round(own * exp(dice.gauss(0, 0.2)))))
            if visits[-1] > today:
                visits.pop()
                break
        sums = sums_of(visits)
        assert sums is not None
        base.append(sums)
    return base


def test_a_simulated_vet_is_found_out():
    learnt = fit(vet(2000, 30, dice=random.Random(5)), TODAY)
    assert exp(learnt.mean) == pytest.approx(30, rel=0.03)
    assert learnt.between == pytest.approx(0.2, abs=0.03)
    assert learnt.within == pytest.approx(0.2, abs=0.01)
    assert learnt.stop / (learnt.stop + learnt.stay) == pytest.approx(0.1, abs=0.02)
    assert learnt.basis is Basis.BASE


def test_who_came_yesterday_for_the_first_time_does_not_look_like_one_who_stopped():
    long_ago = fit([customer(10, 10, 10)] * 20 + [customer()] * 20, FIRST + 400)
    yesterday = fit([customer(10, 10, 10)] * 20 + [customer(first=FIRST + 399)] * 20, FIRST + 400)
    assert yesterday.stop / yesterday.stay < long_ago.stop / long_ago.stay


@pytest.mark.parametrize(("gaps", "basis"), [(ENOUGH_GAPS - 1, Basis.DEFAULT), (ENOUGH_GAPS, Basis.BASE)])
def test_fewer_than_thirty_gaps_teach_nothing(gaps: int, basis: Basis):
    learnt = fit([customer(7) for _ in range(gaps)], TODAY)
    assert learnt.basis is basis
    assert (learnt == DEFAULT) is (basis is Basis.DEFAULT)


def test_a_catalogues_interval_stands_in_for_a_base_that_says_too_little():
    assert fit([customer(7)], TODAY, otherwise=usual(60)) == usual(60)


def test_the_fewer_customers_a_category_has_the_nearer_it_stays_to_the_base():
    base = fit(vet(500, 90, dice=random.Random(1)), TODAY)
    dogs = vet(20, 30, dice=random.Random(2))
    few, many = (fit(dogs * times, TODAY, otherwise=base, basis=Basis.CATEGORY) for times in (1, 25))
    assert many.mean < few.mean < base.mean
    assert many.mean == pytest.approx(log(30), abs=0.1)
    assert many.basis is few.basis is Basis.CATEGORY


@given(bases)
@settings(max_examples=25, deadline=None)
def test_any_base_gives_a_prior_that_can_be_used(base: list[GapSums]):
    learnt = fit(base, TODAY)
    assert 0 < exp(learnt.mean) < 10_000
    assert min(learnt.between, learnt.within, learnt.stop, learnt.stay) > 0
    assert max(learnt.between, learnt.within) < 10
    assert max(learnt.stop, learnt.stay) < 1e6


@given(bases, st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_the_order_of_customers_does_not_matter(base: list[GapSums], dice: random.Random):
    shuffled = dice.sample(base, len(base))
    for one, other in zip(fit(base, TODAY)[:5], fit(shuffled, TODAY)[:5], strict=True):
        assert one == pytest.approx(other, rel=0.02)


def test_the_simplex_finds_the_valley_of_rosenbrock():
    def rosenbrock(point: list[float]) -> float:
        x, y = point
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    assert nelder_mead(rosenbrock, [-1.2, 1.0], enough=1e-12) == pytest.approx([1, 1], abs=1e-4)
