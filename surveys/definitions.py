"""Questionnaires as JSON: read with a list of what is wrong, and written back.

    {"kind": "csat", "title": "После визита", "questions": [
      {"id": "score", "kind": "score", "scale": [1, 5], "text": {"ru": "…", "en": "…"},
       "branches": [{"if": {"score": [1, 3]}, "to": "wrong"}, {"to": "liked"}]},
      {"id": "wrong", "kind": "single", "text": {…}, "is_optional": true,
       "options": [{"id": "slow", "ru": "Долго", "en": "Slow"}, …],
       "branches": [{"if": {"question": "score", "score": [1, 1]}, "to": "words"}, {"to": "end"}]}, …]}

A condition is on the answer to its own question, or to the one it names: `score` [from, to], `options` [ids], or
neither, which any answer meets.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from storage.kinds import Language, SurveyKind
from surveys.questionnaire import (
    CHOICES,
    END,
    Branch,
    Condition,
    Option,
    Question,
    QuestionKind,
    Questionnaire,
    Texts,
    places,
)
from surveys.scales import KNOWN, SCALES, Scale

MOST_QUESTIONS: Final = 20
MOST_OPTIONS: Final = 8
"""VK shows ten buttons under a message: two are kept for «done» and «skip»."""
MOST_BRANCHES: Final = 10
LONGEST_TITLE: Final = 80
LONGEST_TEXT: Final = 1000
LONGEST_OPTION: Final = 40
"""What VK shows on a button."""
IDS: Final = re.compile(r"[a-z][a-z0-9_]{0,11}")
"""Short: a button's value holds the question and the option, and 40 bytes."""


class Wrong(StrEnum):
    """What can be wrong with a questionnaire."""

    SHAPE = "shape"
    TITLE = "title"
    KIND = "kind"
    NO_QUESTIONS = "no_questions"
    MANY_QUESTIONS = "many_questions"
    ID = "id"
    SAME_ID = "same_id"
    QUESTION_KIND = "question_kind"
    LANGUAGE = "language"
    LONG = "long"
    SCALE = "scale"
    FIRST_SCALE = "first_scale"
    NO_OPTIONS = "no_options"
    MANY_OPTIONS = "many_options"
    OPTION = "option"
    BRANCH = "branch"
    TARGET = "target"
    CONDITION = "condition"
    CYCLE = "cycle"
    PLACE = "place"


class Problem(NamedTuple):
    """`question`: its id, '' where it is about the whole. `detail`: the id or the language that it is about."""

    wrong: Wrong
    question: str = ""
    detail: str = ""


class WrongQuestionnaire(ValueError):
    """What stands there cannot be asked."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(" ".join(part for part in one if part) for one in problems))
        self.problems = problems


def parse(document: object, slug: str = "") -> Questionnaire:
    """Raises WrongQuestionnaire with all that is wrong."""
    reading = _Reading()
    questionnaire = reading.questionnaire(document, slug)
    if questionnaire is None or reading.problems:
        raise WrongQuestionnaire(reading.problems)
    return questionnaire


def problems_of(document: object) -> list[Problem]:
    try:
        parse(document)
    except WrongQuestionnaire as error:
        return error.problems
    return []


class _Reading:
    """One document on its way to a questionnaire; what is wrong is noted and the rest still looked at."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def questionnaire(self, document: object, slug: str) -> Questionnaire | None:
        if not isinstance(document, Mapping) or not isinstance(document.get("questions"), list):
            self._note(Wrong.SHAPE)
            return None
        kind = _member(SurveyKind, document.get("kind"))
        if kind is None:
            self._note(Wrong.KIND)
        title = document.get("title")
        if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_TITLE:
            self._note(Wrong.TITLE)
        raw = document["questions"]
        if not raw:
            self._note(Wrong.NO_QUESTIONS)
        if len(raw) > MOST_QUESTIONS:
            self._note(Wrong.MANY_QUESTIONS)
        questions = [one for one in map(self._question, raw[:MOST_QUESTIONS]) if one is not None]
        if kind is None or not questions:
            return None
        found = Questionnaire(slug, kind, str(title), tuple(questions))
        self._check_whole(found)
        return found

    def _question(self, raw: object) -> Question | None:
        if not isinstance(raw, Mapping):
            self._note(Wrong.SHAPE)
            return None
        question_id = raw.get("id")
        if not isinstance(question_id, str) or not IDS.fullmatch(question_id) or question_id == END:
            self._note(Wrong.ID, detail=str(question_id)[:40])
            return None
        kind = _member(QuestionKind, raw.get("kind"))
        if kind is None:
            self._note(Wrong.QUESTION_KIND, question_id)
            return None
        return Question(
            id=question_id,
            kind=kind,
            texts=self._texts(raw.get("text"), question_id, LONGEST_TEXT),
            options=self._options(raw.get("options"), question_id) if kind in CHOICES else (),
            scale=self._scale(raw.get("scale"), question_id) if kind is QuestionKind.SCORE else None,
            is_optional=raw.get("is_optional") is True,
            branches=self._branches(raw.get("branches", []), question_id),
        )

    def _texts(self, raw: object, question_id: str, longest: int, wrong: Wrong = Wrong.LANGUAGE) -> Texts:
        texts = {}
        for language in Language:
            text = raw.get(language.value) if isinstance(raw, Mapping) else None
            if not isinstance(text, str) or not text.strip():
                self._note(wrong, question_id, language.value)
            elif len(text) > longest:
                self._note(Wrong.LONG, question_id, language.value)
            else:
                texts[language] = text.strip()
        return texts

    def _options(self, raw: object, question_id: str) -> tuple[Option, ...]:
        if not isinstance(raw, list) or len(raw) < 2:
            self._note(Wrong.NO_OPTIONS, question_id)
            return ()
        if len(raw) > MOST_OPTIONS:
            self._note(Wrong.MANY_OPTIONS, question_id)
        options: dict[str, Option] = {}
        for one in raw[:MOST_OPTIONS]:
            option_id = one.get("id") if isinstance(one, Mapping) else None
            if not isinstance(option_id, str) or not IDS.fullmatch(option_id) or option_id in options:
                self._note(Wrong.OPTION, question_id, str(option_id)[:40])
                continue
            options[option_id] = Option(option_id, self._texts(one, question_id, LONGEST_OPTION, Wrong.OPTION))
        return tuple(options.values())

    def _scale(self, raw: object, question_id: str) -> Scale | None:
        scale = Scale(*raw) if isinstance(raw, list) and len(raw) == 2 else None
        if scale not in KNOWN:
            self._note(Wrong.SCALE, question_id)
            return None
        return scale

    def _branches(self, raw: object, question_id: str) -> tuple[Branch, ...]:
        if not isinstance(raw, list) or len(raw) > MOST_BRANCHES:
            self._note(Wrong.BRANCH, question_id)
            return ()
        branches = []
        for one in raw:
            to = one.get("to") if isinstance(one, Mapping) else None
            if not isinstance(to, str) or not isinstance(one.get("if", {}), Mapping):
                self._note(Wrong.BRANCH, question_id)
                continue
            branches.append(Branch(to, self._condition(one["if"], question_id) if "if" in one else None))
        return tuple(branches)

    def _condition(self, raw: Mapping[str, Any], question_id: str) -> Condition:
        about, score, options = raw.get("question", ""), raw.get("score"), raw.get("options", [])
        is_sound = isinstance(about, str) and isinstance(options, list) and all(isinstance(one, str) for one in options)
        is_range = score is None or (
            isinstance(score, list) and len(score) == 2 and all(type(end) is int for end in score)
        )
        if not (is_sound and is_range):
            self._note(Wrong.CONDITION, question_id)
            return Condition()
        lowest, highest = score or (None, None)
        return Condition(about, lowest, highest, tuple(options))

    # --- what only the whole tells

    def _check_whole(self, found: Questionnaire) -> None:
        ids = [one.id for one in found.questions]
        for one in sorted({one for one in ids if ids.count(one) > 1}):
            self._note(Wrong.SAME_ID, one)
        wanted = SCALES.get(found.kind)
        if wanted is not None and found.first.scale != wanted:
            self._note(Wrong.FIRST_SCALE, found.first.id)
        for question in found.questions:
            for branch in question.branches:
                if branch.to != END and branch.to not in ids:
                    self._note(Wrong.TARGET, question.id, branch.to)
                if branch.when is not None and not _can_be_met(branch.when, question, found):
                    self._note(Wrong.CONDITION, question.id, branch.when.question)
            for text in question.texts.values():
                for place in places(text):
                    if place not in ids or place == question.id:
                        self._note(Wrong.PLACE, question.id, place)
        if looping := _in_a_circle(found):
            self._note(Wrong.CYCLE, looping)

    def _note(self, wrong: Wrong, question: str = "", detail: str = "") -> None:
        if (problem := Problem(wrong, question, detail)) not in self.problems:
            self.problems.append(problem)


def _member(kinds: Any, value: object) -> Any:
    return kinds(value) if isinstance(value, str) and value in set(kinds) else None


def _can_be_met(condition: Condition, question: Question, found: Questionnaire) -> bool:
    """Its question is there, and of the kind that such an answer belongs to."""
    about = found.question(condition.question) if condition.question else question
    if about is None:
        return False
    if condition.options:
        return all(about.option(one) for one in condition.options)
    if condition.lowest is None or condition.highest is None:
        return True
    rows = about.scale.rows if about.scale else range(0)
    return condition.lowest <= condition.highest and condition.lowest in rows and condition.highest in rows


def _in_a_circle(found: Questionnaire) -> str:
    """A question from which a way leads back to itself, whatever is answered; '' for none."""
    following: dict[str, set[str]] = {}
    for place, question in enumerate(found.questions):
        ways = {branch.to for branch in question.branches}
        if all(branch.when is not None for branch in question.branches) and place + 1 < len(found.questions):
            ways.add(found.questions[place + 1].id)
        following[question.id] = ways & {one.id for one in found.questions}
    done: set[str] = set()
    while left := [one for one in following if one not in done]:
        ends = [one for one in left if following[one] <= done]
        if not ends:
            return left[0]
        done.update(ends)
    return ""


# --- and back


def as_json(questionnaire: Questionnaire) -> dict[str, Any]:
    """What `parse` reads."""
    return {
        "kind": questionnaire.kind.value,
        "title": questionnaire.title,
        "questions": [_question_json(one) for one in questionnaire.questions],
    }


def _question_json(question: Question) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind.value,
        "text": {language.value: text for language, text in question.texts.items()},
    }
    if question.scale is not None:
        document["scale"] = list(question.scale)
    if question.options:
        document["options"] = [
            {"id": one.id, **{language.value: text for language, text in one.texts.items()}} for one in question.options
        ]
    if question.is_optional:
        document["is_optional"] = True
    if question.branches:
        document["branches"] = [_branch_json(one) for one in question.branches]
    return document


def _branch_json(branch: Branch) -> dict[str, Any]:
    if branch.when is None:
        return {"to": branch.to}
    condition: dict[str, Any] = {"question": branch.when.question} if branch.when.question else {}
    if branch.when.lowest is not None:
        condition["score"] = [branch.when.lowest, branch.when.highest]
    if branch.when.options:
        condition["options"] = list(branch.when.options)
    return {"if": condition, "to": branch.to}
