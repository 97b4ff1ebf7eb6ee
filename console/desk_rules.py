"""The rules that call a person, in their order: each can be changed, moved, switched off, and tried on a phrase."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.responses import Response

from console.pages import Visit
from insights import case_rules
from insights.case_rules import KEY, USUAL, Flaw, Heard, Rule, Unfit, When
from insights.classifier import classify_text
from storage.kinds import ScoreGroup, SurveyKind, Urgency
from storage.store import Store
from surveys.escalation import rules_now
from surveys.scales import group_of

LONGEST_PHRASE: Final = 500
SCORES: Final = {SurveyKind.NPS: range(11), SurveyKind.CSAT: range(1, 6)}

Rules = list[dict[str, Any]]


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """One rule as its form says; a place after the last is a new rule."""
    form = await visit.form()

    def change(rules: Rules, place: int) -> None:
        words = [word.strip() for word in form.get("words", "").replace(",", "\n").splitlines()]
        wished = {
            "when": form.get("when", ""),
            "urgency": form.get("urgency", ""),
            "words": [word for word in words if word],
            "branch": form.get("branch", "").strip()[:80],
            "label": form.get("label", ""),
            "is_on": form.get("is_on") == "yes",
        }
        rules[place : place + 1] = [wished]

    return await _change(visit, form, change, may_add=True)


async def move(visit: Visit) -> Response:
    form = await visit.form()
    step = -1 if form.get("to") == "up" else 1

    def change(rules: Rules, place: int) -> None:
        other = place + step
        if 0 <= other < len(rules):
            rules[place], rules[other] = rules[other], rules[place]

    return await _change(visit, form, change)


async def delete(visit: Visit) -> Response:
    return await _change(visit, await visit.form(), lambda rules, place: rules.pop(place))


async def restore(visit: Visit) -> Response:
    """The usual rules again."""
    usual = case_rules.as_json(USUAL)
    await visit.write(lambda store: store.business.change(KEY, usual, visit.staff.id, visit.now))
    return visit.go("/desk/rules", notice="saved")


async def _change(
    visit: Visit, form: Mapping[str, str], change: Callable[[Rules, int], object], *, may_add: bool = False
) -> Response:
    """Change the rule of this place, unless somebody changed the list since the page was made: places have moved."""
    typed = visit.request.path_params["place"]
    place = int(typed) if typed.isdecimal() and len(typed) < 4 else case_rules.MOST_RULES + 1

    def unit(store: Store) -> Flaw | str | None:
        rules = case_rules.as_json(rules_now(store))
        if form.get("version") != str(_version(store)):
            return "rules_stale"
        if place > len(rules) or (place == len(rules) and not may_add):
            return "rules_stale"
        change(rules, place)
        try:
            case_rules.parse(rules)
        except Unfit as unfit:
            return next(iter(unfit.flaws.values()))
        store.business.change(KEY, rules, visit.staff.id, visit.now)
        return None

    problem = await visit.write(unit)
    if isinstance(problem, Flaw):
        return await _page(visit, (place, problem, form), 422)
    return visit.go("/desk/rules", notice=problem or "saved")


def _version(store: Store) -> int:
    kept = store.business.setting(KEY)
    return kept.version if kept else 0


async def _page(visit: Visit, wrong: tuple[int, Flaw, Mapping[str, str]] | None = None, status: int = 200) -> Response:
    """`wrong`: the place of a rule that was not saved, why, and what was typed."""
    rules, version, staff = await visit.read(
        lambda store: (tuple(rules_now(store)), _version(store), store.staff.all())
    )
    query = visit.request.query_params
    phrase = query.get("phrase", "").strip()[:LONGEST_PHRASE]
    scored = query.get("score", "")
    return visit.page(
        "desk_rules.html",
        status,
        rules=rules,
        version=version,
        usual=Rule(When.WORDS, Urgency.TODAY),
        whens=list(When),
        urgencies=list(Urgency),
        branches=sorted({one.branch for one in staff if one.branch}),
        scores=[f"{kind.value}:{score}" for kind, scores in SCORES.items() for score in scores],
        scored=scored,
        phrase=phrase,
        tried=await _tried(rules, phrase, scored) if phrase or scored else None,
        wrong_place=wrong[0] if wrong else None,
        flaw=wrong[1] if wrong else None,
        typed=wrong[2] if wrong else {},
    )


async def _tried(rules: tuple[Rule, ...], phrase: str, scored: str) -> tuple[int | None, case_rules.Call | None]:
    """Which rule would work, by its place, and what it would do. Angry words call a person even without a rule."""
    classification = await asyncio.to_thread(classify_text, phrase) if phrase else None
    kind, group = _score(scored)
    heard = Heard(phrase, classification, group, kind)
    return case_rules.which(rules, heard), case_rules.call(rules, heard)


def _score(text: str) -> tuple[SurveyKind | None, ScoreGroup | None]:
    kind, _, score = text.partition(":")
    if kind not in SCORES or not score.isdecimal() or int(score) not in SCORES[SurveyKind(kind)]:
        return None, None
    return SurveyKind(kind), group_of(SurveyKind(kind), int(score))
