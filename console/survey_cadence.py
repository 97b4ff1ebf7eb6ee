"""Whom a survey asks and when: its rules as forms, whom they would find today, and why others were left alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from console.access import MARKETERS, READERS
from console.pages import Visit
from console.reasons import why
from storage.kinds import Journey, OccasionOutcome, Touchpoint
from storage.store import Store
from surveys import sampling
from surveys.cadence import MOST_BRANCHES, REMIND_AFTER, Problem, Rule, WrongCadence, as_json, parse
from surveys.sampling import Asking, Cadence, Outlook

PAST: Final = timedelta(days=30)
SHOWN_MISSED: Final = 20
LONGEST_LIST: Final = 4000
NUMBERS: Final = (
    "contact_days",
    "cool_down_days",
    "new_days",
    "daily_limit",
    "after_minutes",
    "remind_days",
    "expire_days",
)
HOURS: Final = ("from_minute", "until_minute")
_OPTIONAL: Final = frozenset({"daily_limit"})
_QUOTA: Final = re.compile(r"(.+?)[\s:=–—-]+([0-9]{1,6})")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """Of the last thirty days: how many were asked, and in words why others were not, or why it never left."""

    asked: int
    skipped: list[tuple[str, int]]
    undelivered: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of moment. `values` are what stands in the fields; `problems`: by field what is wrong."""

    touchpoint: Touchpoint
    rule: Rule
    values: Values
    past: Past
    outlook: Outlook | None = None
    reasons: list[tuple[str, int]] = field(default_factory=list)
    problems: Mapping[str, Problem] = field(default_factory=dict)


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """The rules of one kind of moment; the survey's others stay as they are."""
    slug, form = _slug(visit), await visit.form()

    def unit(store: Store) -> tuple[Touchpoint, Values, Mapping[str, Problem]] | None:
        known = sampling.cadence_of(store, slug)
        touchpoint = next((one for one in known.rules if one == form.get("touchpoint")), None) if known else None
        if known is None or touchpoint is None:
            return None
        wished = as_json(known.rules) | {touchpoint.value: _read(form)}
        try:
            sampling.save(store, slug, parse(wished, known.kind), visit.staff, visit.now)
        except WrongCadence as wrong:
            return touchpoint, form, {name.partition(".")[2]: problem for name, problem in wrong.problems.items()}
        return touchpoint, form, {}

    saved = await visit.write(unit)
    if saved is None:
        return visit.page("missing.html", 404)
    if saved[2]:
        return await _page(visit, saved, http_status=422)
    return visit.go(f"/surveys/{slug}/cadence", notice="saved")


async def _page(
    visit: Visit, refused: tuple[Touchpoint, Values, Mapping[str, Problem]] | None = None, *, http_status: int = 200
) -> Response:
    slug = _slug(visit)

    def look(store: Store) -> dict[str, Any] | None:
        known = sampling.cadence_of(store, slug)
        if known is None:
            return None
        sections = [_section(store, visit, known, touchpoint) for touchpoint in known.rules]
        if refused:
            sections = [
                replace(one, values=refused[1], problems=refused[2]) if one.touchpoint is refused[0] else one
                for one in sections
            ]
        asks_all = Touchpoint.RELATION in known.rules
        return {
            "cadence": known,
            "sections": sections,
            "segments": [one for one in store.segments.all() if not one.is_archived],
            "branches": store.sampling.branches(visit.now - timedelta(days=365), MOST_BRANCHES),
            "missed": sampling.missed(store, visit.now, SHOWN_MISSED + 1) if asks_all else None,
        }

    values = await visit.read(look)
    if values is None:
        return visit.page("missing.html", 404)
    return visit.page(
        "survey_cadence.html",
        http_status,
        slug=slug,
        may_change=visit.staff.role in MARKETERS,
        sees_names=visit.staff.role in READERS,
        shown_missed=SHOWN_MISSED,
        remind_after=REMIND_AFTER,
        longest_list=LONGEST_LIST,
        weekdays=[str(day) for day in range(7)],
        n=visit.words.many,
        **values,
    )


def _section(store: Store, visit: Visit, known: Cadence, touchpoint: Touchpoint) -> Section:
    rule = known.rules[touchpoint]
    asking = Asking(known.slug, known.kind, touchpoint, rule)
    outlook = None
    if touchpoint is Touchpoint.RELATION and rule.is_on and known.is_on:
        outlook = sampling.outlook(store, asking, visit.now, visit.console.zone)
    reasons = [(why(visit.words, reason), count) for reason, count in outlook.reasons.items()] if outlook else []
    return Section(touchpoint, rule, _shown(rule), _past(store, visit, asking), outlook, reasons)


_JOURNEYS: Final[Mapping[Touchpoint, Journey]] = {
    Touchpoint.RELATION: Journey.SURVEY,
    Touchpoint.VISIT: Journey.CSAT_AFTER_PURCHASE,
    Touchpoint.CASE: Journey.SURVEY,
}
"""Where the reasons of those who were left alone stand; a delivery's are among the visits'."""


def _past(store: Store, visit: Visit, asking: Asking) -> Past:
    since = visit.now - PAST
    skipped: list[tuple[str, int]] = []
    if asking.touchpoint in _JOURNEYS:
        begins = {Touchpoint.RELATION: f"{asking.slug}:", Touchpoint.CASE: "case:"}.get(asking.touchpoint, "")
        outcomes = store.sampling.outcomes(_JOURNEYS[asking.touchpoint], since, begins)
        skipped = [
            (why(visit.words, reason), count)
            for (outcome, reason), count in outcomes.items()
            if outcome is OccasionOutcome.SKIPPED
        ]
    lost = store.sampling.undelivered(asking.slug, asking.touchpoint, since)
    return Past(
        sum(store.sampling.asked_since(asking.slug, asking.touchpoint, since).values()),
        sorted(skipped, key=lambda one: -one[1]),
        sorted(((why(visit.words, reason), count) for reason, count in lost.items()), key=lambda one: -one[1]),
    )


# --- the form


def _shown(rule: Rule) -> Values:
    """A rule as its form shows it."""
    values = {name: "" if getattr(rule, name) is None else str(getattr(rule, name)) for name in NUMBERS}
    values |= {name: f"{getattr(rule, name) // 60:02}:{getattr(rule, name) % 60:02}" for name in HOURS}
    values |= {f"weekday_{day}": "yes" for day in rule.weekdays}
    values["is_on"] = "yes" if rule.is_on else ""
    values["segment"] = rule.segment.hex if rule.segment else ""
    values["branches"] = "\n".join(rule.branches)
    values["quotas"] = "\n".join(f"{branch}: {quota}" for branch, quota in rule.quotas.items())
    return values


def _read(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form asks for, as `surveys.cadence.parse` takes it; what is no number stays what was typed."""
    wished: dict[str, Any] = {name: _number(form[name], name) for name in NUMBERS if name in form}
    wished |= {name: _minute(form[name]) for name in HOURS if name in form}
    if "weekdays" in form:
        wished["weekdays"] = [day for day in range(7) if form.get(f"weekday_{day}")]
    wished["is_on"] = form.get("is_on") == "yes"
    wished["segment"] = form.get("segment") or None
    wished["branches"] = _lines(form.get("branches", ""))
    wished["quotas"] = dict(_quota(line) for line in _lines(form.get("quotas", "")))
    return wished


def _number(text: str, name: str) -> int | str | None:
    text = text.strip()
    if not text and name in _OPTIONAL:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else text


def _minute(text: str) -> int | str:
    match = _CLOCK.fullmatch(text.strip())
    return int(match[1]) * 60 + int(match[2]) if match else text


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text[:LONGEST_LIST].splitlines() if line.strip()))


def _quota(line: str) -> tuple[str, int | str]:
    """A branch and a number, with a colon between or without."""
    match = _QUOTA.fullmatch(line)
    return (match[1].strip(), int(match[2])) if match else (line, line)


def _slug(visit: Visit) -> str:
    return str(visit.request.path_params["slug"])
