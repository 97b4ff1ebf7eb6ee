"""A survey as data: its questions, which of them comes next, and earlier answers in the words of later ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from storage.kinds import Language, SurveyKind
from surveys.scales import Scale

END: Final = "end"
"""Where a branch leads when nothing more is to be asked."""
LONGEST_PIPED: Final = 200
"""How much of an earlier answer is said back."""
Texts = Mapping[Language, str]
Answers = Mapping[str, Any]
"""By question: a score, the id of an option, ids of several, words, or the id of a file; None: skipped."""


class QuestionKind(StrEnum):
    """What is expected for an answer."""

    SCORE = "score"
    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"


CHOICES: Final = (QuestionKind.SINGLE, QuestionKind.MULTIPLE)
FILES: Final = (QuestionKind.PHOTO, QuestionKind.VOICE)


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from."""

    id: str
    texts: Texts


@dataclass(frozen=True, slots=True)
class Condition:
    """What was answered to `question` ('': to the one that the branch belongs to): a score from `lowest` to `highest`,
    one of `options`, or, with neither, anything at all. What was skipped or not asked meets none."""

    question: str = ""
    lowest: int | None = None
    highest: int | None = None
    options: tuple[str, ...] = ()

    def holds(self, answers: Answers, of: str) -> bool:
        said = answers.get(self.question or of)
        if said is None:
            return False
        if self.options:
            chosen = said if isinstance(said, list) else [said]
            return any(one in self.options for one in chosen)
        if self.lowest is None and self.highest is None:
            return True
        is_high_enough = self.lowest is None or (isinstance(said, int) and said >= self.lowest)
        return is_high_enough and (self.highest is None or (isinstance(said, int) and said <= self.highest))


@dataclass(frozen=True, slots=True)
class Branch:
    """Where to go when the condition holds; without one, always."""

    to: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`branches` are tried in order; where none leads on, the next question of the list is asked."""

    id: str
    kind: QuestionKind
    texts: Texts
    options: tuple[Option, ...] = ()
    scale: Scale | None = None
    is_optional: bool = False
    branches: tuple[Branch, ...] = ()

    def option(self, option_id: str) -> Option | None:
        return next((one for one in self.options if one.id == option_id), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What one version of a survey asks. `title`: what the staff call it."""

    slug: str
    kind: SurveyKind
    title: str
    questions: tuple[Question, ...] = field(default=())

    def question(self, question_id: str) -> Question | None:
        """Nothing where there is no such question (any more)."""
        return next((one for one in self.questions if one.id == question_id), None)

    @property
    def first(self) -> Question:
        return self.questions[0]

    @property
    def score(self) -> Question | None:
        """The question whose answer is the run's score: the first with a scale."""
        return next((one for one in self.questions if one.kind is QuestionKind.SCORE), None)

    def waiting(self, step: str) -> Question | None:
        """The question that a run at this step waits for; nothing where it is gone."""
        return self.question(step) if step else self.first


def next_question(questionnaire: Questionnaire, answers: Answers, after: str) -> Question | None:
    """What to ask next; nothing at the end, or where the questions that would lead on are gone."""
    question = questionnaire.question(after)
    if question is None:
        return None
    for branch in question.branches:
        if branch.when is None or branch.when.holds(answers, question.id):
            return questionnaire.question(branch.to)
    place = questionnaire.questions.index(question) + 1
    return questionnaire.questions[place] if place < len(questionnaire.questions) else None


def next_unanswered(questionnaire: Questionnaire, answers: Answers, after: str) -> Question | None:
    """As `next_question`, past those that have their answer: for a way that begins anew with a changed score."""
    question = next_question(questionnaire, answers, after)
    for _ in questionnaire.questions:
        if question is None or question.id not in answers:
            break
        question = next_question(questionnaire, answers, question.id)
    return question


# --- words

_PLACE: Final = re.compile(r"\{(name|business|answer:([a-z0-9_]+))(?:\|([^{}]*))?\}")


def piped(
    text: str, language: Language, questionnaire: Questionnaire, answers: Answers, *, name: str, business: str
) -> str:
    """The text with its places filled: `{name}`, `{business}`, `{answer:<id>}`, each perhaps with words for when there
    is nothing: `{name|friend}`. What is filled in is shown as it is: it is no place and no markup of its own."""

    def fill(found: re.Match[str]) -> str:
        place, question_id, default = found[1], found[2], found[3] or ""
        if question_id is not None:
            return worded(questionnaire.question(question_id), answers.get(question_id), language) or default
        return (name if place == "name" else business) or default

    return _PLACE.sub(fill, text)


def places(text: str) -> list[str]:
    """The questions whose answers this text says back."""
    return [found[2] for found in _PLACE.finditer(text) if found[2] is not None]


def worded(question: Question | None, value: Any, language: Language) -> str:
    """An answer in words; '' for none, for a file, and for an answer that the question does not know any more."""
    if question is None or value is None or question.kind in FILES:
        return ""
    if question.kind in CHOICES:
        chosen = [question.option(one) for one in (value if isinstance(value, list) else [value])]
        return ", ".join(one.texts[language] for one in chosen if one is not None)
    said = " ".join(str(value).split())
    return said if len(said) <= LONGEST_PIPED else said[: LONGEST_PIPED - 1].rstrip() + "…"
