"""Answers that were typed: an option by its words or its number, several of them, a score, «skip»."""

import re
from typing import Final

from messaging.phrases import say
from storage.kinds import Language
from surveys.questionnaire import Question, QuestionKind

_BETWEEN: Final = re.compile(r"\s*[,;\n]\s*|\s+и\s+|\s+and\s+")
_AROUND: Final = re.compile(r"^\W+|\W+$")
"""Quotes, full stops, and the emoji of a label, which nobody types."""


def read_choice(question: Question, text: str) -> str | list[str] | None:
    """The chosen option, or the list of them where several may be chosen; None for anything else."""
    if whole := _option(question, text):
        return [whole] if question.kind is QuestionKind.MULTIPLE else whole
    if question.kind is not QuestionKind.MULTIPLE:
        return None
    chosen = [_option(question, part) for part in _BETWEEN.split(_AROUND.sub("", text)) if part]
    if not chosen or None in chosen:
        return None
    return [one.id for one in question.options if one.id in chosen]


def is_said(text: str, key: str, language: Language) -> bool:
    """Whether the words are those of a button, typed."""
    return _plain(text) == _plain(say(language, key))


def _option(question: Question, text: str) -> str | None:
    said = _plain(text)
    if said.isascii() and said.isdecimal() and len(said) < 3 and 1 <= int(said) <= len(question.options):
        return question.options[int(said) - 1].id
    return next((one.id for one in question.options if said in {_plain(one.texts[lang]) for lang in Language}), None)


def _plain(text: str) -> str:
    return " ".join(_AROUND.sub("", text).casefold().replace("ё", "е").split())
