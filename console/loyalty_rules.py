"""The rules of the programme: all that can be set, and what it would have cost in a past month, before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from starlette.responses import Response

from console.access import MARKETERS
from console.pages import Visit
from console.rule_cost import Cost, cost_of, month_of, months, names_of_services, tier_lines
from console.rule_fields import Typed, asked, texts_of, typed
from loyalty.programme import rules_now, rules_version, save_values
from loyalty.rules import Problems, Rules, parse
from storage.store import Store


@dataclass(frozen=True, slots=True)
class _Look:
    """What is read for the page; `texts` of the rules as they are."""

    texts: Mapping[str, str]
    version: int
    months: list[date]
    cost: Cost | None = None
    problems: Problems = field(default_factory=dict)
    is_stale: bool = False


async def show(visit: Visit) -> Response:
    return _page(visit, await visit.read(lambda store: _look(store, visit)))


async def check(visit: Visit) -> Response:
    """What these rules would have cost; nothing is saved."""
    form = await visit.form()
    look = await visit.read(lambda store: _checked(store, visit, form))
    return _page(visit, look, form.get("month", ""), status=422 if look.problems else 200)


async def save(visit: Visit) -> Response:
    """Saved, unless something is wrong or somebody else has saved other rules meanwhile."""
    form = await visit.form()

    def unit(store: Store) -> _Look | None:
        wished = typed(form, rules_now(store))
        is_saved = save_values(store, wished.values, form.get("version", ""), visit.staff, visit.now)
        return None if is_saved else _checked(store, visit, form)

    look = await visit.write(unit)
    if look is None:
        return visit.go("/loyalty/rules", notice="saved")
    return _page(visit, look, form.get("month", ""), status=422 if look.problems else 409)


def _look(store: Store, visit: Visit) -> _Look:
    rules = rules_now(store)
    texts = texts_of(rules, names_of_services(store), visit.words)
    return _Look(texts, rules_version(store), months(store, visit.today, visit.words.zone))


def _checked(store: Store, visit: Visit, form: Mapping[str, str]) -> _Look:
    wished: Typed = typed(form, rules_now(store))
    rules, known = parse(wished.values), months(store, visit.today, visit.words.zone)
    version = rules_version(store)
    is_stale = str(version) != form.get("version")
    if not isinstance(rules, Rules):
        return _Look(wished.texts, version, known, problems=rules, is_stale=is_stale)
    month = month_of(form.get("month", ""), known)
    cost = cost_of(store, rules, month, visit.words.zone) if month else None
    return _Look(wished.texts, version, known, cost, is_stale=is_stale)


def _page(visit: Visit, look: _Look, month: str = "", *, status: int = 200) -> Response:
    return visit.page(
        "loyalty_rules.html",
        status,
        sections=asked(look.texts, look.problems, visit.words),
        problems=len(look.problems),
        is_stale=look.is_stale,
        version=look.version,
        months=look.months,
        month=month,
        cost=look.cost,
        tier_lines=tier_lines(look.cost.new, visit.words) if look.cost else [],
        n=visit.words.many,
        manages=visit.staff.role in MARKETERS,
        is_checked=look.cost is not None,
    )
