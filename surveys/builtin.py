"""The surveys that are there before anybody makes one: the score, then a question that depends on its group."""

from functools import cache
from typing import Final

from messaging.phrases import say
from storage.kinds import Language, ScoreGroup, SurveyKind
from surveys import scales
from surveys.questionnaire import END, Branch, Condition, Question, QuestionKind, Questionnaire

SCORE: Final = "score"


@cache
def builtin(slug: str) -> Questionnaire | None:
    """By the kind's name; own questions have none (feature FB1)."""
    kind = next((one for one in scales.SCALES if one == slug), None)
    if kind is None:
        return None
    ways = tuple(Branch(group.value, Condition(lowest=low, highest=high)) for group, low, high in _spans(kind))
    # The business's name is filled in when it is asked.
    texts = {lang: say(lang, f"survey.{kind.value}.question", business="{business}") for lang in Language}
    score = Question(SCORE, QuestionKind.SCORE, texts, scale=scales.SCALES[kind], branches=ways)
    return Questionnaire(slug, kind, kind.value.upper(), (score, *(_why(kind, group) for group in ScoreGroup)))


def _spans(kind: SurveyKind) -> list[tuple[ScoreGroup, int, int]]:
    by_group: dict[ScoreGroup, list[int]] = {}
    for score in scales.rows(kind):
        by_group.setdefault(scales.group_of(kind, score), []).append(score)
    return [(group, min(scores), max(scores)) for group, scores in by_group.items()]


def _why(kind: SurveyKind, group: ScoreGroup) -> Question:
    texts = {language: say(language, f"survey.{kind.value}.{group.value}.why") for language in Language}
    return Question(group.value, QuestionKind.TEXT, texts, branches=(Branch(END),))
