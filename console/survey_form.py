"""The form of a questionnaire: its definition as fields, and back; one button at a time it grows, shrinks and turns.

A field is named by its place: «q.2.ru» is the Russian text of the third question, «q.2.o.0.ru» of its first option,
«q.2.b.1.to» where its second branch leads.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from storage.kinds import Language, SurveyKind
from surveys.definitions import MOST_BRANCHES, MOST_OPTIONS, MOST_QUESTIONS
from surveys.questionnaire import CHOICES, END, QuestionKind
from surveys.scales import KNOWN, SCALES

ALWAYS: Final = "always"
"""What a branch without a condition is called in the form: no question has so long a name."""
_FIELD: Final = re.compile(
    r"q\.(\d{1,2})\.(?:(id|kind|was|scale|is_optional|ru|en)|o\.(\d{1,2})\.(id|ru|en)|b\.(\d{1,2})\.(about|low|high|option|to))"
)
_ORDER: Final = re.compile(r"(add|drop|up|down|option|branch|unoption|unbranch)(?::(\d{1,2})(?:\.(\d{1,2}))?)?")
Document = dict[str, Any]


# --- from what was sent


def read(items: Iterable[tuple[str, str]]) -> Document:
    """The definition that the fields describe; it may be wrong or half-finished still."""
    sent = list(items)
    first = dict(reversed(sent))
    places: dict[int, dict[str, Any]] = {}
    for name, value in sent:
        found = _FIELD.fullmatch(name)
        if found is None:
            continue
        number, own, option, of_option, branch, of_branch = found.groups()
        place = places.setdefault(int(number), {"o": {}, "b": {}})
        if own is not None:
            place[own] = value.strip()
        elif option is not None:
            place["o"].setdefault(int(option), {})[of_option] = value.strip()
        else:
            fields = place["b"].setdefault(int(branch), {"option": []})
            if of_branch == "option":
                fields["option"].append(value)
            else:
                fields[of_branch] = value
    questions = [_question(places[number]) for number in sorted(places)][:MOST_QUESTIONS]
    for question in questions:
        for branch in question.get("branches", []):
            _fit(branch, question, questions)
    return {"kind": first.get("kind", ""), "title": first.get("title", "").strip(), "questions": questions}


def _question(place: Mapping[str, Any]) -> Document:
    kind = place.get("kind", "")
    document: Document = {"id": place.get("id", ""), "kind": kind, "text": _texts(place)}
    if kind == QuestionKind.SCORE:
        document["scale"] = _numbers(place.get("scale", "")) or list(KNOWN[1])
    if kind in CHOICES:
        document["options"] = [
            {"id": one.get("id", ""), **_texts(one)} for _, one in sorted(place["o"].items())
        ] or _blank_options()
    if place.get("is_optional"):
        document["is_optional"] = True
    if branches := [_branch(one, document) for _, one in sorted(place["b"].items())]:
        document["branches"] = branches
    return document


def _blank_options() -> list[Document]:
    """A choice is between two at least."""
    return [{"id": name, **_texts({})} for name in ("a1", "a2")]


def _texts(place: Mapping[str, Any]) -> dict[str, str]:
    return {language.value: str(place.get(language.value, "")) for language in Language}


def _branch(fields: Mapping[str, Any], question: Document) -> Document:
    about, to = fields.get("about", ALWAYS), fields.get("to", END)
    if about == ALWAYS:
        return {"to": to}
    condition: Document = {"question": about} if about != question["id"] else {}
    low, high = (_whole(fields.get(name, "")) for name in ("low", "high"))
    if low is not None and high is not None:
        condition["score"] = [low, high]
    if fields["option"]:
        condition["options"] = fields["option"]
    return {"if": condition, "to": to}


def _fit(branch: Document, question: Document, questions: list[Document]) -> None:
    """A condition has what its question's answers have: the fields of another kind stood there before."""
    if "if" not in branch:
        return
    condition = branch["if"]
    asked = condition.get("question")
    about = next((one for one in questions if one["id"] == asked), None) if asked else question
    if about is None:
        return
    known = {one["id"] for one in about.get("options", [])}
    condition["options"] = [one for one in condition.get("options", []) if one in known]
    if not condition["options"]:
        del condition["options"]
    scale = about.get("scale")
    if scale is None:
        condition.pop("score", None)
    elif "score" not in condition or not scale[0] <= condition["score"][0] <= condition["score"][1] <= scale[1]:
        condition["score"] = list(scale)


def _numbers(text: str) -> list[int]:
    ends = [_whole(part) for part in text.split("-")]
    return [end for end in ends if end is not None] if len(ends) == 2 and None not in ends else []


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else None


# --- one button


def blank(kind: SurveyKind, title: str) -> Document:
    """What an empty survey begins with: its scale, or one question for words."""
    scale = SCALES.get(kind)
    first: Document = {"id": "q1", "kind": QuestionKind.TEXT.value, "text": _texts({})}
    if scale is not None:
        first |= {"kind": QuestionKind.SCORE.value, "scale": list(scale)}
    return {"kind": kind.value, "title": title, "questions": [first]}


def change(document: Document, order: str) -> None:
    """What the pressed button wants: `add`, `up:2`, `option:1`, `unbranch:1.0`, … ; anything else changes nothing."""
    found = _ORDER.fullmatch(order)
    if found is None:
        return
    what, questions = found[1], document["questions"]
    if what == "add":
        if len(questions) < MOST_QUESTIONS:
            questions.append({"id": free_id(questions, "q"), "kind": QuestionKind.TEXT.value, "text": _texts({})})
        return
    number, part = int(found[2] or 99), int(found[3] or 0)
    if number >= len(questions):
        return
    question = questions[number]
    match what:
        case "drop":
            _drop(document, number)
        case "up" if number > 0:
            questions[number - 1], questions[number] = question, questions[number - 1]
        case "down" if number + 1 < len(questions):
            questions[number + 1], questions[number] = question, questions[number + 1]
        case "option" if len(question.get("options", [])) < MOST_OPTIONS:
            options = question.setdefault("options", [])
            options.append({"id": free_id(options, "a"), **_texts({})})
        case "unoption" if part < len(question.get("options", [])):
            _drop_option(document, question, part)
        case "branch" if len(question.get("branches", [])) < MOST_BRANCHES:
            question.setdefault("branches", []).append({"to": END})
        case "unbranch" if part < len(question.get("branches", [])):
            del question["branches"][part]


def free_id(taken: list[Document], letter: str) -> str:
    used = {one.get("id") for one in taken}
    return next(name for number in range(1, 100) if (name := f"{letter}{number}") not in used)


def _drop(document: Document, number: int) -> None:
    """A question goes with the branches that lead to it or ask about it."""
    gone = document["questions"].pop(number)["id"]
    for question in document["questions"]:
        kept = [
            one
            for one in question.get("branches", [])
            if one["to"] != gone and one.get("if", {}).get("question") != gone
        ]
        _keep_branches(question, kept)


def _drop_option(document: Document, question: Document, number: int) -> None:
    """An option goes out of the conditions that name it; a condition on nothing else goes as a whole."""
    gone = question["options"].pop(number)["id"]
    for one in document["questions"]:
        kept = []
        for branch in one.get("branches", []):
            condition = branch.get("if", {})
            names = condition.get("options", [])
            if gone in names and condition.get("question", one["id"]) == question["id"]:
                if names == [gone]:
                    continue
                condition["options"] = [name for name in names if name != gone]
            kept.append(branch)
        _keep_branches(one, kept)


def _keep_branches(question: Document, kept: list[Document]) -> None:
    if kept:
        question["branches"] = kept
    else:
        question.pop("branches", None)


# --- as the page draws it


def condition_of(branch: Document, question: Document) -> tuple[str, Document]:
    """(whose answer a branch goes by: ALWAYS or a question's id, its condition)."""
    if "if" not in branch:
        return ALWAYS, {}
    return branch["if"].get("question") or question["id"], branch["if"]
