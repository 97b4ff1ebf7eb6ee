"""Surveys, versions and answers on both databases: what is kept, what is counted, whose definition a turn sees."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.kinds import Channel, Language, RunEnding, SurveyKind, Touchpoint
from storage.models import Bot, Survey, SurveyAnswer, SurveyRun, SurveyVersion

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST, SECOND = {"questions": ["first"]}, {"questions": ["second"]}


@pytest.fixture
async def anna(database):
    """A customer with a survey of two versions."""

    def unit(store):
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        survey = Survey(
            slug="visit", kind=SurveyKind.CSAT, title="Визит", version=2, cadence={}, created_at=NOW, is_on=True
        )
        store.questionnaires.add(survey)
        for number, definition in ((1, FIRST), (2, SECOND)):
            store.questionnaires.add_version(
                SurveyVersion(slug="visit", version=number, definition=definition, created_at=NOW)
            )
        return store.customers.add("telegram:1", "42", "Анна", Language.RU, NOW)

    return await database.write(unit)


def run_of(customer, **more) -> SurveyRun:
    values = {
        "survey": "visit",
        "kind": SurveyKind.CSAT,
        "touchpoint": Touchpoint.VISIT,
        "bot_id": "telegram:1",
        "asked_at": NOW,
        "expires_at": NOW + timedelta(days=14),
    }
    return SurveyRun(customer_id=customer.id, **values | more)


async def seen(database, now=NOW):
    return await database.read(lambda store: store.facts.of_chat("telegram:1", "42", now))


async def test_a_turn_sees_what_the_open_run_asks_in_its_own_version(database, anna):
    assert (await seen(database)).definition is None
    await database.write(lambda store: store.surveys.add(run_of(anna, version=1)))
    facts = await seen(database)
    assert (facts.survey.version, facts.definition) == (1, FIRST)
    assert (await database.read(lambda store: store.questionnaires.newest("visit"))).definition == SECOND
    assert await database.read(lambda store: store.questionnaires.newest("nps")) is None


async def test_of_two_runs_of_one_moment_the_later_one_waits(database, anna):
    first, second = run_of(anna), run_of(anna, survey="nps", kind=SurveyKind.NPS)

    def unit(store) -> None:
        store.surveys.add(first)
        store.surveys.add(second)

    await database.write(unit)
    assert (await seen(database)).survey.id == second.id
    await database.write(lambda store: store.surveys.drop(second.id))
    assert (await seen(database)).survey.id == first.id


async def test_a_new_question_ends_the_others_with_its_reason(database, anna):
    run = run_of(anna)

    def unit(store) -> None:
        store.surveys.add(run)
        store.surveys.close_open(anna.id, NOW, RunEnding.CANCELLED)

    await database.write(unit)
    kept = await database.read(lambda store: store.surveys.get(run.id))
    assert (kept.closed_at, kept.ending) == (NOW, RunEnding.CANCELLED)


async def test_an_answer_keeps_its_first_moment_and_all_it_was(database, anna):
    run = run_of(anna)
    known = {"run_id": run.id, "customer_id": anna.id, "question": "score"}
    later = NOW + timedelta(hours=1)

    def unit(store):
        store.surveys.add(run)
        store.questionnaires.note([SurveyAnswer(shown_at=NOW, **known)])
        store.questionnaires.note([SurveyAnswer(shown_at=later, value=3, answered_at=later, **known)])
        store.questionnaires.note([SurveyAnswer(shown_at=later, **known)])  # shown again, no answer
        store.questionnaires.note([SurveyAnswer(shown_at=later, value=5, earlier=[3], answered_at=later, **known)])
        return store.questionnaires.answers(run.id)

    (row,) = await database.write(unit)
    assert (row.shown_at, row.answered_at, row.value, row.earlier) == (NOW, later, 5, [3])


async def test_marks_are_kept_until_the_answer_is_given(database, anna):
    run = run_of(anna)
    known = {"run_id": run.id, "customer_id": anna.id, "question": "liked", "shown_at": NOW}

    def unit(store):
        store.surveys.add(run)
        store.questionnaires.mark(SurveyAnswer(value=["food"], **known))
        store.questionnaires.mark(SurveyAnswer(value=["food", "staff"], **known))
        (marked,) = store.questionnaires.answers(run.id)
        store.questionnaires.note([SurveyAnswer(value=["staff"], answered_at=NOW, **known)])
        store.questionnaires.mark(SurveyAnswer(value=["food"], **known))
        return marked, store.questionnaires.answers(run.id)[0]

    marked, given = await database.write(unit)
    assert (marked.value, marked.answered_at) == (["food", "staff"], None)
    assert given.value == ["staff"]


@pytest.mark.parametrize(("took", "median"), [((10,), 10), ((4, 10, 40), 10), ((4, 10, 20, 40), 15), ((), None)])
async def test_the_median_of_the_seconds_is_the_middle_one(database, anna, took, median):
    def unit(store):
        for seconds in (*took, None):
            run = run_of(anna, version=2)
            store.surveys.add(run)
            at = NOW + timedelta(seconds=seconds) if seconds else None
            store.questionnaires.note(
                [SurveyAnswer(run_id=run.id, customer_id=anna.id, question="score", shown_at=NOW, answered_at=at)]
            )
        store.surveys.add(old := run_of(anna, version=1))
        store.questionnaires.note([SurveyAnswer(run_id=old.id, customer_id=anna.id, question="score", shown_at=NOW)])
        return store.questionnaires.drop_off("visit", 2, NOW - timedelta(days=1))

    (shown,) = await database.write(unit)
    assert (shown.question, shown.shown, shown.answered) == ("score", len(took) + 1, len(took))
    assert shown.median_seconds == (None if median is None else pytest.approx(median, abs=0.01))


async def test_runs_are_counted_by_survey(database, anna):
    def unit(store):
        store.surveys.add(run_of(anna, answered_at=NOW))
        store.surveys.add(run_of(anna))
        return store.questionnaires.counts()

    assert await database.write(unit) == {"visit": (2, 1)}


async def test_how_a_case_was_solved_is_no_score_of_a_visit(database, anna):
    def unit(store):
        for touchpoint, score in zip(Touchpoint, (5, 4, 4, 1, 2, 3), strict=True):
            run = run_of(anna, touchpoint=touchpoint, score=score, answered_at=NOW)
            store.surveys.add(run)
        return store.surveys.score_counts(SurveyKind.CSAT, NOW, NOW + timedelta(days=1))

    assert [*Touchpoint][3:5] == [Touchpoint.CASE, Touchpoint.RECOVERY]
    assert await database.write(unit) == {5: 1, 4: 2, 3: 1}
