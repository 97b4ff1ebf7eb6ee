"""NPS, CSAT and shares, against oracles computed elsewhere (features NP1-NP3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.metrics import NpsResult, Verdict, csat, nps, nps_change, proportion, wilson_interval

counts = st.integers(min_value=0, max_value=10_000)


def sample(promoters: int, detractors: int, n: int) -> NpsResult:
    result = nps(promoters, n - promoters - detractors, detractors)
    assert result is not None
    return result


@pytest.mark.parametrize(("promoters", "detractors", "n", "score"), [(50, 20, 100, 30), (162, 54, 324, 100 / 3)])
def test_np1_the_score(promoters: int, detractors: int, n: int, score: float) -> None:
    assert sample(promoters, detractors, n).score == pytest.approx(score)


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "error", "margin"),
    [(50, 20, 100, 7.81, 15.31), (500, 200, 1000, 2.47, 4.84), (7, 1, 10, 20.98, 41.11)],
)
def test_np2_the_uncertainty(promoters: int, detractors: int, n: int, error: float, margin: float) -> None:
    result = sample(promoters, detractors, n)
    assert result.standard_error == pytest.approx(error, abs=0.005)
    assert result.margin == pytest.approx(margin, abs=0.005)


@pytest.mark.parametrize(("n", "is_enough"), [(29, False), (30, True)])
def test_np2_below_thirty_answers_is_too_few(n: int, is_enough: bool) -> None:
    assert sample(n, 0, n).is_enough is is_enough


@pytest.mark.parametrize(("scale", "z", "verdict"), [(1, 1.39, Verdict.NOT_PROVEN), (10, 4.41, Verdict.UP)])
def test_np3_the_trend(scale: int, z: float, verdict: Verdict) -> None:
    before, after = sample(50 * scale, 20 * scale, 100 * scale), sample(60 * scale, 15 * scale, 100 * scale)
    change = nps_change(before, after)
    assert change.difference == pytest.approx(15)
    assert change.z == pytest.approx(z, abs=0.01)
    assert change.verdict is verdict


def test_a_fall_is_called_a_fall() -> None:
    assert nps_change(sample(600, 150, 1000), sample(500, 200, 1000)).verdict is Verdict.DOWN


def test_few_answers_prove_nothing_however_far_apart() -> None:
    assert nps_change(sample(0, 10, 10), sample(10, 0, 10)).verdict is Verdict.TOO_FEW


def test_unanimous_samples_have_no_z_and_still_a_verdict() -> None:
    assert nps_change(sample(0, 40, 40), sample(40, 0, 40)) == (200, None, Verdict.UP)
    assert nps_change(sample(40, 0, 40), sample(40, 0, 40)) == (0, None, Verdict.NOT_PROVEN)


def test_without_answers_there_is_no_number() -> None:
    assert nps(0, 0, 0) is proportion(0, 0) is wilson_interval(0, 0) is csat({}) is None


@given(counts, counts, counts)
def test_nps_stays_on_its_scale(promoters: int, passives: int, detractors: int) -> None:
    result = nps(promoters, passives, detractors)
    assert result is None or (-100 <= result.score <= 100 and 0 <= result.standard_error <= 100)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998), table I
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_against_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(successes, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval(case: tuple[int, int]) -> None:
    result = proportion(*case)
    assert result is not None
    assert 0 <= result.low <= result.share <= result.high <= 1


def test_csat_is_the_share_of_fours_and_fives() -> None:
    result = csat({1: 1, 2: 1, 3: 2, 4: 3, 5: 3})
    assert result is not None
    assert (result.satisfied.share, result.satisfied.n, result.average) == (0.6, 10, 3.6)


def test_impossible_counts_are_refused() -> None:
    for impossible in (lambda: nps(-1, 0, 2), lambda: wilson_interval(3, 2), lambda: csat({0: 1})):
        with pytest.raises(ValueError, match=r"negative|no share|from 1 to 5"):
            impossible()
