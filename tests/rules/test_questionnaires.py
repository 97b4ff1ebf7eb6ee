"""Questionnaires as data: what is wrong is said, what is right comes back, and the way leads where it should."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.kinds import Language, SurveyKind
from surveys import packs
from surveys.builtin import builtin
from surveys.definitions import Problem, Wrong, WrongQuestionnaire, as_json, parse, problems_of
from surveys.questionnaire import END, next_question, next_unanswered, piped, worded
from surveys.reading import read_choice
from surveys.scales import SCALES

RU, EN = Language.RU, Language.EN


def both(text: str) -> dict[str, str]:
    return {"ru": text, "en": f"{text} (en)"}


def option(option_id: str, text: str) -> dict[str, str]:
    return {"id": option_id} | both(text)


VISIT = {
    "kind": "csat",
    "title": "После визита",
    "questions": [
        {
            "id": "score",
            "kind": "score",
            "scale": [1, 5],
            "text": both("Как прошёл визит?"),
            "branches": [{"if": {"score": [1, 3]}, "to": "wrong"}, {"to": "liked"}],
        },
        {
            "id": "wrong",
            "kind": "single",
            "text": both("Что было не так?"),
            "options": [option("slow", "Долго"), option("rude", "Грубо")],
            "branches": [{"if": {"options": ["rude"]}, "to": "words"}, {"to": "end"}],
        },
        {
            "id": "words",
            "kind": "text",
            "text": both("{answer:wrong|Так}? Расскажите, {name|друг}"),
            "branches": [{"to": "end"}],
        },
        {
            "id": "liked",
            "kind": "multiple",
            "text": both("Что понравилось?"),
            "options": [option("food", "Еда"), option("staff", "Люди"), option("place", "Место")],
            "is_optional": True,
            "branches": [{"if": {"question": "score", "score": [5, 5]}, "to": "photo"}, {"to": "end"}],
        },
        {"id": "photo", "kind": "photo", "text": both("Пришлите фото"), "is_optional": True},
    ],
}


@pytest.fixture
def visit():
    return parse(VISIT, "visit")


def test_a_questionnaire_comes_back_as_it_was_written(visit):
    assert as_json(visit) == VISIT
    assert (visit.kind, visit.slug, visit.score.id) == (SurveyKind.CSAT, "visit", "score")


@pytest.mark.parametrize(
    ("answers", "after", "following"),
    [
        ({"score": 2}, "score", "wrong"),
        ({"score": 4}, "score", "liked"),
        ({"score": 2, "wrong": "rude"}, "wrong", "words"),
        ({"score": 2, "wrong": "slow"}, "wrong", None),
        ({"score": 5, "liked": ["food"]}, "liked", "photo"),
        ({"score": 4, "liked": None}, "liked", None),
        ({"score": 5, "liked": None, "photo": None}, "photo", None),
        ({"score": 5}, "gone", None),
    ],
)
def test_the_way_goes_by_the_answers(visit, answers, after, following):
    question = next_question(visit, answers, after)
    assert (question.id if question else None) == following


def test_a_changed_score_leads_past_what_is_answered_already(visit):
    assert next_unanswered(visit, {"score": 2, "wrong": "rude"}, "score").id == "words"
    assert next_unanswered(visit, {"score": 5, "wrong": "rude"}, "score").id == "liked"


def changed(at: list, value) -> dict:
    document = copy.deepcopy(VISIT)
    place = document
    for step in at[:-1]:
        place = place[step]
    if value is None:
        del place[at[-1]]
    else:
        place[at[-1]] = value
    return document


@pytest.mark.parametrize(
    ("at", "value", "problem"),
    [
        (["title"], " ", Problem(Wrong.TITLE)),
        (["kind"], "csi", Problem(Wrong.KIND)),
        (["questions"], [], Problem(Wrong.NO_QUESTIONS)),
        (["questions"], "none", Problem(Wrong.SHAPE)),
        (["questions", 1, "id"], "Не так", Problem(Wrong.ID, "", "Не так")),
        (["questions", 2, "id"], "liked", Problem(Wrong.SAME_ID, "liked")),
        (["questions", 1, "kind"], "stars", Problem(Wrong.QUESTION_KIND, "wrong")),
        (["questions", 1, "text", "en"], None, Problem(Wrong.LANGUAGE, "wrong", "en")),
        (["questions", 1, "text", "ru"], "я" * 1001, Problem(Wrong.LONG, "wrong", "ru")),
        (["questions", 0, "scale"], [0, 9], Problem(Wrong.SCALE, "score")),
        (["questions", 0, "scale"], [0, 10], Problem(Wrong.FIRST_SCALE, "score")),
        (["questions", 1, "options"], [], Problem(Wrong.NO_OPTIONS, "wrong")),
        (["questions", 1, "options", 1, "en"], "", Problem(Wrong.OPTION, "wrong", "en")),
        (["questions", 1, "options", 1, "id"], "slow", Problem(Wrong.OPTION, "wrong", "slow")),
        (["questions", 1, "branches", 1, "to"], "nowhere", Problem(Wrong.TARGET, "wrong", "nowhere")),
        (["questions", 1, "branches", 0, "if", "options"], ["none"], Problem(Wrong.CONDITION, "wrong", "")),
        (["questions", 3, "branches", 0, "if", "question"], "gone", Problem(Wrong.CONDITION, "liked", "gone")),
        (["questions", 3, "branches", 0, "if", "score"], [5, 6], Problem(Wrong.CONDITION, "liked", "score")),
        (["questions", 2, "branches", 0, "to"], "score", Problem(Wrong.CYCLE, "score")),
        (["questions", 1, "text", "ru"], "{answer:nothing}", Problem(Wrong.PLACE, "wrong", "nothing")),
    ],
)
def test_what_is_wrong_is_said(at, value, problem):
    assert problem in problems_of(changed(at, value))
    assert problems_of(VISIT) == []


def test_everything_wrong_is_said_at_once():
    document = changed(["title"], "")
    document["questions"][1]["options"] = []
    with pytest.raises(WrongQuestionnaire) as error:
        parse(document)
    assert {Wrong.TITLE, Wrong.NO_OPTIONS} <= {one.wrong for one in error.value.problems}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["score", "end", "single"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "kind", "text", "ru", "en", "questions", "branches", "if", "to"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["kind", "scale", "text", "options", "branches", "is_optional"]), st.integers(0, 4))
@settings(max_examples=50)
def test_nothing_that_can_stand_in_a_table_breaks_the_reader(value, name, number):
    problems_of(value)
    document = copy.deepcopy(VISIT)
    document["questions"][number][name] = value
    problems_of(document)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["score", "wrong", "words", "liked", "photo", END]))))
@settings(max_examples=50)
def test_whatever_passes_the_reader_ends(leads):
    document = copy.deepcopy(VISIT)
    for number, to in leads:
        document["questions"][number].setdefault("branches", []).insert(0, {"if": {}, "to": to})
    if problems_of(document):
        return
    found = parse(document)
    for score in (1, 5):
        answers, question = {"score": score}, found.first
        for _ in found.questions:
            answers.setdefault(question.id, "rude" if question.id == "wrong" else ["food"])
            question = next_question(found, answers, question.id)
            if question is None:
                break
        assert question is None


# --- words


def test_earlier_answers_stand_in_later_texts(visit):
    text = visit.question("words").texts[RU]
    assert piped(text, RU, visit, {"wrong": "rude"}, name="Анна", business="Корица") == "Грубо? Расскажите, Анна"
    assert piped(text, RU, visit, {}, name="", business="Корица") == "Так? Расскажите, друг"


def test_what_is_said_back_is_no_place_of_its_own(visit):
    said = piped("{answer:words} {name}", RU, visit, {"words": "{name}\n{business}"}, name="{business}", business="К")
    assert said == "{name} {business} {business}"


def test_a_long_answer_is_said_back_short_and_a_gone_option_not_at_all(visit):
    assert len(worded(visit.question("words"), "а" * 5000, RU)) == 200
    assert worded(visit.question("liked"), ["food", "gone", "place"], EN) == "Еда (en), Место (en)"
    assert worded(visit.question("photo"), "0fa3", RU) == ""


@pytest.mark.parametrize(
    ("question", "text", "chosen"),
    [
        ("wrong", "долго", "slow"),
        ("wrong", " Грубо! ", "rude"),
        ("wrong", "2", "rude"),
        ("wrong", "3", None),
        ("wrong", "грубо и долго", None),
        ("wrong", "долго ждали стол", None),
        ("liked", "Место, еда", ["food", "place"]),
        ("liked", "1 и 2", ["food", "staff"]),
        ("liked", "люди", ["staff"]),
        ("liked", "люди и музыка", None),
    ],
)
def test_a_choice_can_be_typed(visit, question, text, chosen):
    assert read_choice(visit.question(question), text) == chosen


@pytest.mark.parametrize("kind", SCALES)
def test_what_is_built_in_is_a_questionnaire_like_any_other(kind):
    found = builtin(kind.value)
    assert parse(as_json(found), kind.value).questions == found.questions
    for score in SCALES[kind].rows:
        why = next_question(found, {"score": score}, "score")
        assert next_question(found, {"score": score, why.id: "так"}, why.id) is None


def test_own_questions_have_nothing_built_in():
    assert builtin("own") is None


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", packs.NAMES)
def test_every_pack_can_be_asked_as_it_is(name, language):
    found = parse(packs.pack(name, language))
    assert 4 <= len(found.questions) <= 8
    assert found.kind is SurveyKind.CSAT
    reached = {one.to for question in found.questions for one in question.branches} | {found.first.id}
    following = {found.questions[place + 1].id for place in range(len(found.questions) - 1)}
    assert {one.id for one in found.questions} <= reached | following


def test_a_pack_that_there_is_not_is_none():
    assert packs.pack("../cafe", RU) is None
