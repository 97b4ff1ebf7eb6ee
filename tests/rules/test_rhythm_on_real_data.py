"""The CDNOW sample, 39 weeks seen and 39 held out: our reference is the published BG/NBD, and we are not below it."""

from importlib.metadata import PackageNotFoundError

import pytest

from insights.interval_fit import fit
from insights.purchase_interval import sums_of
from insights.visit_counts import missed_visits
from tests.benchmarks import bg_nbd
from tests.benchmarks.bg_nbd import BgNbd, Bought
from tests.benchmarks.rhythm import Business, Score, bg_nbd_forecasts, bought, cdnow, ours, plain_rule, regular, score


@pytest.fixture(scope="module")
def sample() -> Business:
    try:
        return cdnow("CDNOW_sample.txt")
    except PackageNotFoundError:
        pytest.skip("the sample is not installed: make environment")


@pytest.fixture(scope="module")
def own(sample: Business) -> Score:
    return score(ours(sample), sample.actual())


@pytest.fixture(scope="module")
def reference(sample: Business) -> Score:
    return score(bg_nbd_forecasts(sample), sample.actual())


def test_the_reference_is_the_published_one(sample):
    """Fader, Hardie and Lee, Marketing Science 24 (2005), table 2: parameters and log-likelihood."""
    everybody = [bought(days, sample.today) for days in sample.seen()]
    model = bg_nbd.fit(everybody)
    assert model == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=0.002)
    assert sum(model.ln_likelihood(one) for one in everybody) == pytest.approx(-9582.4, abs=0.1)


def test_the_references_customer_1516():
    """Of their note on Excel: two repeat purchases, the last in week 30.43 of 38.86; 1.226 in the 39 weeks to come."""
    assert BgNbd(0.243, 4.414, 0.793, 2.426).expected(Bought(2, 30.43, 38.86), 39) == pytest.approx(1.226, abs=0.001)


def test_each_customers_visits_are_foretold_no_worse_than_by_the_reference(own, reference):
    assert own.mae < reference.mae
    assert own.auc > reference.auc
    assert own.rmse < reference.rmse * 1.03
    assert own.brier < reference.brier * 1.03


def test_the_total_is_foretold_within_a_fifth_as_by_the_reference(own, reference):
    assert abs(own.bias) < 0.2
    assert abs(reference.bias) < 0.2


def test_of_those_we_call_lost_fewer_came_than_by_the_plain_rule(own, sample):
    plain = score(plain_rule(sample), sample.actual())
    assert own.lost_came is not None
    assert plain.lost_came is not None
    assert own.lost_came < 0.17 < 0.2 < plain.lost_came
    assert own.mae < plain.mae


def test_missed_visits_are_as_many_as_came_of_all_with_three_visits(sample):
    """From the third visit on, who stops and who does not: nobody is chosen by what they did then."""
    learnt = fit([own for days in sample.seen() if (own := sums_of(days))], sample.today)
    end = sample.today + sample.held_out
    mean = came = inside = customers = 0.0
    for days in sample.customers:
        own = sums_of(days[:3])
        if len(days) < 3 or own is None:
            continue
        missed, count = missed_visits(own, learnt, end, within_days=1000), len(days) - 3
        customers += 1
        mean += missed.mean
        came += count
        inside += missed.low <= count <= missed.high
    assert mean == pytest.approx(came, rel=0.1)
    assert inside / customers > 0.8


def test_a_regular_business_is_foretold_far_better_than_by_the_reference():
    vet = regular(600)
    own, reference = (score(method(vet), vet.actual()) for method in (ours, bg_nbd_forecasts))
    assert own.mae < reference.mae * 0.75
    assert own.auc > 0.9 > reference.auc + 0.05
    assert own.lost_came == pytest.approx(0, abs=0.02)
