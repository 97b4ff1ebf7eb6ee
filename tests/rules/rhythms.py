"""What the tests of rhythms, stages and expected visits share: priors, customers, and strategies that make them."""

from math import log

from hypothesis import strategies as st

from insights.purchase_interval import Basis, GapSums, Prior, sums_of

FIRST = 738_000  # a day of 2021

priors = st.builds(
    Prior,
    mean=st.floats(log(1), log(400)),
    between=st.floats(0.05, 2),
    within=st.floats(0.05, 2),
    stop=st.floats(0.001, 20),
    stay=st.floats(0.05, 50),
    basis=st.sampled_from(Basis),
    n=st.integers(30, 1000),
)
gap_lists = st.lists(st.integers(1, 500), max_size=30)


def customer(*gaps: int, first: int = FIRST) -> GapSums:
    """Who came on `first` and after each of these gaps again."""
    days = [first]
    for gap in gaps:
        days.append(days[-1] + gap)
    sums = sums_of(days)
    assert sums is not None
    return sums


def prior(
    days: float = 30, *, between: float = 0.5, within: float = 1.0, stop: float = 1.0, stay: float = 3.0
) -> Prior:
    return Prior(log(days), between, within, stop, stay, Basis.BASE, 1000)
