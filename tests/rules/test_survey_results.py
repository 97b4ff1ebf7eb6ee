"""What the answers to a survey say, and how sure one may be of it (features NP1-NP3, NP8, NP11, NP12, CS1, PV5)."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.funnel import Position
from insights.metrics import Verdict
from storage.kinds import Language, ScoreGroup, SurveyKind, TallyDimension, Touchpoint
from surveys.influence import BusyMinute, Sign, is_burst, traces
from surveys.results import (
    Hint,
    Material,
    Measure,
    change,
    distribution,
    groups_of,
    months,
    response_of,
    results,
    score_of,
    staff,
)
from surveys.tallying import SCORES, AskedRun, Cell, Counts, tally, total

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
NPS, CSAT, OWN = SurveyKind.NPS, SurveyKind.CSAT, SurveyKind.OWN
counts_of_scores = st.lists(st.integers(0, 400), min_size=SCORES, max_size=SCORES)


def scored(**given: int) -> Counts:
    """`s9=50`: fifty nines."""
    counts = Counts.nothing()
    for name, times in given.items():
        counts.scores[int(name[1:])] = times
    return counts


def run(score: int | None = None, after: timedelta = timedelta(hours=1), **changed: object) -> AskedRun:
    asked = AskedRun(
        version=1,
        touchpoint=Touchpoint.VISIT,
        bot_id="telegram:1",
        language=Language.RU,
        branch="Арбат",
        seller="Анна",
        score=score,
        topics=None,
        asked_at=NOON,
        answered_at=None if score is None else NOON + after,
        is_undelivered=False,
    )
    return asked._replace(**changed)  # type: ignore[arg-type]


def material(kind: SurveyKind, whole: Counts, before: Counts | None = None, **given: object) -> Material:
    values = {"days": [], "branches": {}, "along": {}, **given}
    return Material(kind=kind, whole=whole, before=before or Counts.nothing(), **values)  # type: ignore[arg-type]


# --- adding up


def test_a_run_counts_once_along_each_dimension_that_says_something_of_it() -> None:
    cells = tally([run(9), run(3, seller="", bot_id="vk:7"), run()])
    assert {(cell.dimension, cell.value): counts.answers for cell, counts in cells.items()} == {
        (TallyDimension.WHOLE, ""): 2,
        (TallyDimension.CHANNEL, "telegram"): 1,
        (TallyDimension.CHANNEL, "vk"): 1,
        (TallyDimension.TOUCHPOINT, "visit"): 2,
        (TallyDimension.LANGUAGE, "ru"): 2,
        (TallyDimension.VERSION, "1"): 2,
        (TallyDimension.SELLER, "Анна"): 1,
    }
    whole = cells[Cell(TallyDimension.WHOLE, "Арбат", "")]
    assert (whole.asked, whole.heard) == (3, 2)


def test_who_rates_from_the_menu_was_not_asked() -> None:
    whole = tally([run(10, touchpoint=Touchpoint.MENU, after=timedelta(seconds=3)), run()])[
        Cell(TallyDimension.WHOLE, "Арбат", "")
    ]
    assert (whole.asked, whole.heard, whole.answers, whole.quick) == (1, 0, 1, 0)


def test_a_question_that_never_left_is_not_one_that_was_asked() -> None:
    whole = tally([run(is_undelivered=True), run(5, is_undelivered=True)])[Cell(TallyDimension.WHOLE, "Арбат", "")]
    assert (whole.asked, whole.undelivered) == (1, 1)  # who answered got it, whatever the messenger said


def test_a_comment_counts_for_each_of_its_topics_also_without_a_score() -> None:
    cells = tally([run(2, topics=["waiting", "price"]), run(topics=["price"])])
    price = cells[Cell(TallyDimension.TOPIC, "Арбат", "price")]
    assert (price.asked, price.answers) == (2, 1)
    assert cells[Cell(TallyDimension.TOPIC, "Арбат", "waiting")].asked == 1


def test_the_busiest_minute_and_quick_answers_are_kept() -> None:
    at_once = [run(10, timedelta(seconds=second)) for second in range(0, 60, 6)]
    whole = tally([*at_once, run(10, timedelta(seconds=61))])[Cell(TallyDimension.WHOLE, "Арбат", "")]
    assert (whole.peak, whole.quick) == (10, 2)  # after nought and six seconds


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["Анна", "Борис", ""]), st.none() | st.integers(0, 10)), max_size=30))
def test_days_added_up_are_the_runs_added_up(rows: list[tuple[str, int | None]]) -> None:
    runs = [run(score, seller=seller) for seller, score in rows]
    halves = [tally(runs[::2]), tally(runs[1::2])]
    for cell, counts in tally(runs).items():
        parts = total(half[cell] for half in halves if cell in half)
        assert (parts.asked, parts.heard, parts.scores) == (counts.asked, counts.heard, counts.scores)


# --- scores


def test_nps_is_the_share_of_promoters_less_that_of_detractors() -> None:
    found = score_of(NPS, scored(s10=20, s9=30, s8=30, s3=20))
    assert found is not None
    assert found.value == pytest.approx(30)
    assert (found.high - found.low) / 2 == pytest.approx(15.31, abs=0.005)  # NP2's oracle


def test_csat_is_the_share_of_fours_and_fives_with_wilsons_interval() -> None:
    found = score_of(CSAT, scored(s5=40, s4=25, s3=20, s1=15))
    assert found is not None
    assert (found.value, found.n) == (65, 100)
    assert (found.low, found.high) == (pytest.approx(55.25, abs=0.01), pytest.approx(73.64, abs=0.01))


def test_own_questions_have_a_mean() -> None:
    found = score_of(OWN, scored(s1=1, s2=2, s3=1))
    assert found is not None
    assert (found.measure, found.value) == (Measure.MEAN, 2)
    assert found.high - found.value == pytest.approx(1.96 * (2 / 3) ** 0.5 / 2)


def test_without_answers_there_is_no_score() -> None:
    for kind in (NPS, CSAT, OWN):
        assert score_of(kind, Counts.nothing()) is None
    assert response_of(Counts.nothing()) is None


def test_the_change_of_np3_is_proven_only_with_enough_answers() -> None:
    def sample(scale: int, promoters: int, detractors: int) -> Counts:
        return scored(s10=promoters * scale, s7=(100 - promoters - detractors) * scale, s0=detractors * scale)

    for scale, z, verdict in ((1, 1.39, Verdict.NOT_PROVEN), (10, 4.41, Verdict.UP)):
        before, after = score_of(NPS, sample(scale, 50, 20)), score_of(NPS, sample(scale, 60, 15))
        assert before is not None
        assert after is not None
        moved = change(before, after)
        assert moved.difference == pytest.approx(15)
        assert moved.z == pytest.approx(z, abs=0.01)
        assert moved.verdict is verdict
        assert (moved.low > 0) is (verdict is Verdict.UP)


def test_a_change_of_few_answers_is_too_few() -> None:
    few, many = score_of(CSAT, scored(s1=29)), score_of(CSAT, scored(s5=100))
    assert few is not None
    assert many is not None
    assert change(few, many).verdict is Verdict.TOO_FEW


def test_the_nps_interval_covers_the_truth_in_at_least_93_of_100_repetitions() -> None:
    dice, covered = random.Random(7), 0
    chances = [1, 1, 1, 1, 1, 2, 3, 8, 15, 25, 42]  # of the scores 0 to 10: P 0.67, D 0.10, in truth 57
    for _ in range(200):
        counts = Counts.nothing()
        for score in dice.choices(range(SCORES), chances, k=120):
            counts.scores[score] += 1
        found = score_of(NPS, counts)
        assert found is not None
        covered += found.low <= 57 <= found.high
    assert covered / 200 >= 0.93


@settings(max_examples=50)
@given(st.sampled_from([NPS, CSAT, OWN]), counts_of_scores)
def test_a_score_lies_in_its_interval_and_every_answer_in_one_group(kind: SurveyKind, scores: list[int]) -> None:
    counts = Counts(0, 0, 0, 0, 0, scores)
    found = score_of(kind, counts)
    if found is not None:
        assert found.low - 1e-9 <= found.value <= found.high + 1e-9
    if kind is NPS:
        assert sum(groups_of(kind, counts).values()) == counts.answers
    given_of = distribution(kind, counts)
    assert sum(round(one.share.share * one.share.n) for one in given_of) == (given_of[0].share.n if given_of else 0)


def test_a_month_without_answers_stands_in_the_trend() -> None:
    found = months(NPS, [(date(2025, 12, 5), scored(s10=40)), (date(2026, 2, 1), scored(s10=3))])
    assert [one.first for one in found] == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert found[1].score is None
    few = found[2].score
    assert few is not None
    assert few.low < 60  # three happy guests prove no hundred


# --- who stands out


def test_of_fewer_than_five_answers_about_somebody_nothing_is_shown() -> None:
    found = staff(CSAT, {"Анна": scored(s5=40), "Борис": scored(s1=4), "Вера": scored(s1=5)})
    assert found is not None
    assert {row.name for row in found.rows} == {"Анна", "Вера"}
    assert (found.hidden, found.unshown) == (1, 4)


def test_only_who_is_outside_the_funnel_is_named() -> None:
    usual = {f"Мастер {number}": scored(s5=80, s2=20) for number in range(5)}
    found = staff(CSAT, usual | {"Борис": scored(s5=50, s2=50), "Анна": scored(s5=99, s2=1)})
    assert found is not None
    positions = {row.name: row.position for row in found.rows}
    assert positions == dict.fromkeys(usual, Position.USUAL) | {"Борис": Position.ALARM, "Анна": Position.VERY_GOOD}
    assert found.rows[0].name == "Борис"


def test_what_deserves_a_look_comes_by_name() -> None:
    good, bad = scored(s10=150, s7=50), scored(s10=60, s7=60, s2=80)
    found = results(
        material(
            NPS,
            total([good, bad]),
            before=scored(s10=380, s7=20),
            branches={"Арбат": good, "Сокол": bad},
            along={TallyDimension.TOPIC: {"waiting": Counts(30, 0, 0, 0, 0, bad.scores)}},
        )
    )
    assert [(one.hint, one.name) for one in found.findings] == [
        (Hint.FELL, ""),
        (Hint.BRANCH_BELOW, "Сокол"),
        (Hint.TOPIC, "waiting"),
    ]
    assert found.topics[0].groups[ScoreGroup.DETRACTOR] == 80


def test_where_nothing_stands_out_nothing_is_said() -> None:
    same = scored(s10=50, s7=30, s2=20)
    assert results(material(NPS, same, before=same, branches={"Арбат": same, "Сокол": same})).findings == []


# --- influence on answers


def test_quick_answers_of_one_sellers_customers_are_a_sign() -> None:
    sellers = {f"Продавец {number}": Counts(100, 60, 0, 3, 0, [0] * 11) for number in range(9)}
    sellers["Борис"] = Counts(100, 60, 0, 45, 0, [0] * 11)
    (found,) = traces(CSAT, sellers, ())
    assert (found.sign, found.name, found.found, found.n) == (Sign.QUICK, "Борис", 45, 60)


def test_customers_of_one_seller_alone_who_answer_are_a_sign() -> None:
    sellers = {"Анна": Counts(200, 4, 0, 0, 0, [0] * 11), "Борис": Counts(50, 40, 0, 0, 0, [0] * 11)}
    assert [(one.sign, one.name) for one in traces(CSAT, sellers, ())] == [(Sign.ALONE, "Борис")]


def test_scores_far_above_everybodys_are_a_sign_and_those_of_four_customers_none() -> None:
    sellers = {f"Продавец {number}": scored(s5=70, s2=30) for number in range(6)}
    sellers |= {"Борис": scored(s5=100), "Вера": scored(s5=4)}
    assert [(one.sign, one.name) for one in traces(CSAT, sellers, ())] == [(Sign.ABOVE, "Борис")]


@pytest.mark.parametrize(
    ("peak", "answers", "is_one"), [(4, 4, False), (5, 20, True), (5, 480, False), (12, 480, True), (9, 900, False)]
)
def test_a_burst_is_a_minute_that_chance_does_not_explain(peak: int, answers: int, is_one: bool) -> None:
    assert is_burst(BusyMinute(NOON.date(), "Арбат", peak, answers)) is is_one
