"""Surveys: the list, the editor with its preview for each channel, versions, and where people stop answering."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from console import survey_form
from console.access import MARKETERS
from console.customers import tidy
from console.pages import Visit
from console.survey_form import Document
from console.survey_preview import Sample, preview
from storage.kinds import Channel, Language, SurveyKind
from storage.models import Survey
from storage.questionnaires import Shown
from storage.store import Store
from surveys import making
from surveys.asking import questionnaire_of
from surveys.builtin import builtin
from surveys.definitions import (
    LONGEST_OPTION,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_BRANCHES,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    Problem,
    WrongQuestionnaire,
    as_json,
    parse,
)
from surveys.packs import pack, trades
from surveys.questionnaire import END, QuestionKind, piped
from surveys.sampling import Cadence, cadences
from surveys.scales import KNOWN, SCALES

COUNTED: Final = timedelta(days=90)
"""How far back the page looks for where people stop."""
MOST_FORM_FIELDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """One survey of the list. Its `state` is "on", "off", or "idle": on, but at no moment at all."""

    slug: str
    title: str
    kind: SurveyKind
    state: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Step:
    """One question of the way: how many saw it, how many answered."""

    text: str
    shown: Shown

    @property
    def share(self) -> float | None:
        return self.shown.answered / self.shown.shown if self.shown.shown else None


@dataclass(frozen=True, slots=True)
class Sent:
    items: list[tuple[str, str]]

    def one(self, name: str) -> str:
        return next((value for key, value in self.items if key == name), "")


# --- the list


async def show(visit: Visit) -> Response:
    rows = await visit.read(_rows)
    return visit.page("surveys.html", rows=rows, may_change=visit.staff.role in MARKETERS)


def _rows(store: Store) -> list[Row]:
    """What is built in comes first."""
    counts, first = store.questionnaires.counts(), [*SCALES]
    found = sorted(cadences(store), key=lambda one: first.index(one.kind) if one.slug in SCALES else len(first))
    return [
        Row(one.slug, one.title or one.kind.value.upper(), one.kind, _state(one), *counts.get(one.slug, (0, 0)))
        for one in found
    ]


def _state(one: Cadence) -> str:
    if not one.is_on:
        return "off"
    return "on" if any(rule.is_on for rule in one.rules.values()) else "idle"


# --- a new one


async def show_new(visit: Visit) -> Response:
    """What to begin with: a trade's own, an empty one of each kind; or the editor with one of them."""
    query, language = visit.request.query_params, visit.staff.language
    document = pack(query.get("pack", ""), language)
    wanted = query.get("kind", "")
    if document is None and wanted in set(SurveyKind):
        kind = SurveyKind(wanted)
        document = survey_form.blank(kind, "")
    if document is None:
        return visit.page("survey_new.html", trades=trades(language), kinds=list(SurveyKind))
    return await _editor(visit, document)


async def create(visit: Visit) -> Response:
    sent = await _sent(visit)
    document = survey_form.read(sent.items)
    try:
        made = await visit.write(lambda store: making.make(store, document, visit.now, by=visit.staff.id))
    except WrongQuestionnaire as wrong:
        return await _editor(visit, document, problems=wrong.problems, http_status=422)
    return visit.go(f"/surveys/{made.slug}", notice="survey.saved")


# --- one survey


async def show_one(visit: Visit) -> Response:
    """The newest version, an earlier one to look at, or what is built in."""
    slug, wanted = _slug(visit), visit.request.query_params.get("version", "")

    def look(store: Store) -> Document | None:
        version = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else None
        stored = store.questionnaires.version(slug, version) if version else store.questionnaires.newest(slug)
        if stored is not None:
            return stored.definition
        found = builtin(slug)
        return as_json(found) if found else None

    document = await visit.read(look)
    if document is None:
        return visit.page("missing.html", 404)
    return await _editor(visit, document, slug)


async def save(visit: Visit) -> Response:
    """Another version; of what is built in, the first of one's own."""
    slug, sent = _slug(visit), await _sent(visit)
    document = survey_form.read(sent.items)

    def unit(store: Store) -> Survey | None:
        changed = making.change(store, slug, document, visit.now, by=visit.staff.id)
        own = builtin(slug)
        if changed is None and own is not None:
            asked = {**document, "kind": own.kind.value}
            return making.make(store, asked, visit.now, by=visit.staff.id, slug=slug)
        return changed

    try:
        saved = await visit.write(unit)
    except WrongQuestionnaire as wrong:
        return await _editor(visit, document, slug, problems=wrong.problems, http_status=422)
    if saved is None:
        return visit.page("missing.html", 404)
    return visit.go(f"/surveys/{slug}", notice="survey.saved")


async def switch(visit: Visit) -> Response:
    is_on = (await visit.form()).get("on") == "yes"
    switched = await visit.write(lambda store: making.switch(store, _slug(visit), is_on=is_on))
    if switched is None:
        return visit.page("missing.html", 404)
    return visit.go(f"/surveys/{switched.slug}", notice="survey.on" if is_on else "survey.off")


# --- the editor


async def draft(visit: Visit) -> Response:
    """The form as it is, grown or cut by a button, and shown. A script asks for pieces, a browser for the page."""
    sent = await _sent(visit)
    document = survey_form.read(sent.items)
    survey_form.change(document, sent.one("do"))
    if not visit.is_live:
        return await _editor(visit, document, sent.one("slug"), sent=sent)
    values = _shown(visit, document, sent)
    pieces = visit.console.templates.get_template("survey_bits.html").make_module(visit.context() | values)
    names = ("preview",) if sent.one("do") == "count" else ("questions", "preview")
    html = "\n".join(str(getattr(pieces, name)()) for name in names)
    return HTMLResponse(html, headers={"x-live": "1"})


async def _sent(visit: Visit) -> Sent:
    form = await visit.request.form(max_files=0, max_fields=MOST_FORM_FIELDS)
    return Sent([(key, value) for key, value in form.multi_items() if isinstance(value, str)])


async def _editor(
    visit: Visit,
    document: Document,
    slug: str = "",
    *,
    sent: Sent | None = None,
    problems: list[Problem] | None = None,
    http_status: int = 200,
) -> Response:
    def look(store: Store) -> dict[str, Any]:
        history = store.questionnaires.versions(slug) if slug else []
        names = store.staff.names()
        return {
            "survey": store.questionnaires.get(slug) if slug else None,
            "history": [(one, names.get(one.created_by, "") if one.created_by else "") for one in history],
            "steps": _steps(store, visit, slug) if slug else [],
        }

    values = await visit.read(look)
    return visit.page(
        "survey.html",
        http_status,
        slug=slug,
        may_change=visit.staff.role in MARKETERS,
        refused=problems or [],
        longest_title=LONGEST_TITLE,
        **values,
        **_shown(visit, document, sent),
    )


def _shown(visit: Visit, document: Document, sent: Sent | None) -> dict[str, Any]:
    """What the pieces of the editor are drawn from."""
    channel = _member(Channel, sent, "channel") or Channel.TELEGRAM
    language = _member(Language, sent, "language") or visit.staff.language
    samples, problems = _samples(visit, document, channel, language)
    return {
        "draft": document,
        "samples": samples,
        "problems": problems,
        "channel": channel,
        "shown_in": language,
        "channels": list(Channel),
        "languages": list(Language),
        "question_kinds": list(QuestionKind),
        "scales": [list(one) for one in KNOWN],
        "fixed_scale": list(SCALES[document["kind"]]) if document["kind"] in SCALES else None,
        "always": survey_form.ALWAYS,
        "end": END,
        "condition_of": survey_form.condition_of,
        "title_of": _title_of,
        "longest_text": LONGEST_TEXT,
        "longest_option": LONGEST_OPTION,
        "may_add": len(document["questions"]) < MOST_QUESTIONS,
        "most_options": MOST_OPTIONS,
        "most_branches": MOST_BRANCHES,
    }


def _samples(
    visit: Visit, document: Document, channel: Channel, language: Language
) -> tuple[list[Sample], list[Problem]]:
    named = {**document, "title": document["title"] or "—"}  # a missing name is said when it is saved
    try:
        found = parse(named)
    except WrongQuestionnaire as wrong:
        return [], wrong.problems
    return preview(found, channel, language, visit.parts.business_name(), visit.now), []


def _title_of(question: Document, number: int, language: Language) -> str:
    """Its number and the beginning of its words: how one question is called where another names it."""
    text = tidy(question["text"].get(language.value, ""), 60)
    return f"{number}. {text}" if text else f"{number}."


def _steps(store: Store, visit: Visit, slug: str) -> list[Step]:
    """Of the newest version, in the order of its questions; those that nobody saw are left out."""
    stored = store.questionnaires.newest(slug)
    found = questionnaire_of(slug, stored.definition if stored else None)
    if found is None:
        return []
    version = stored.version if stored else 1
    shown = {one.question: one for one in store.questionnaires.drop_off(slug, version, visit.now - COUNTED)}
    language, business = visit.staff.language, visit.parts.business_name()
    return [
        Step(piped(one.texts[language], language, found, {}, name="", business=business), shown[one.id])
        for one in found.questions
        if one.id in shown
    ]


def _member(kinds: Any, sent: Sent | None, name: str) -> Any:
    value = sent.one(name) if sent else ""
    return kinds(value) if value in set(kinds) else None


def _slug(visit: Visit) -> str:
    return str(visit.request.path_params["slug"])
