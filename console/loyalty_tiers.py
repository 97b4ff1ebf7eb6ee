"""The tiers of the programme: their rates and thresholds, how many each would hold, and what that would have cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Final

from starlette.responses import Response

from console.access import MARKETERS
from console.once import new_key
from console.pages import Visit
from console.rule_cost import Cost, cost_of, month_of, months, name_of, tier_lines
from console.rule_fields import Kind, lines, number_text, read, told
from console.words import Words
from loyalty.programme import rules_now, rules_version, save_values
from loyalty.rules import MOST_TIERS, Problems, Rules, Tier, TierBasis, as_json, parse
from storage.store import Store

FIELDS: Final = ("slug", "name", "percent", "threshold", "gift_points", "privileges")
LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One tier as it was typed; `problems` by field, in words."""

    texts: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holding:
    """How many members hold a tier today, and how many the rules on the page would give it."""

    name: str
    percent: float
    today: int
    would: int


@dataclass(frozen=True, slots=True)
class _Look:
    basis: TierBasis
    rows: list[Row]
    holding: list[Holding]
    version: int
    months: list[date]
    cost: Cost | None = None
    is_wrong: bool = False
    is_stale: bool = False


async def show(visit: Visit) -> Response:
    return _page(visit, await visit.read(lambda store: _look(store, visit)))


async def check(visit: Visit) -> Response:
    """How many each tier would hold, and what it would have cost; nothing is saved."""
    form = await visit.form()
    look = await visit.read(lambda store: _checked(store, visit, form))
    return _page(visit, look, form.get("month", ""), status=422 if look.is_wrong else 200)


async def save(visit: Visit) -> Response:
    form = await visit.form()

    def unit(store: Store) -> _Look | None:
        values = _values(form, rules_now(store))
        is_saved = save_values(store, values, form.get("version", ""), visit.staff, visit.now)
        return None if is_saved else _checked(store, visit, form)

    look = await visit.write(unit)
    if look is None:
        return visit.go("/loyalty/tiers", notice="saved")
    return _page(visit, look, form.get("month", ""), status=422 if look.is_wrong else 409)


def _look(store: Store, visit: Visit) -> _Look:
    rules = rules_now(store)
    rows = [Row(_texts(rules, tier, visit.words)) for tier in rules.tiers]
    known = months(store, visit.today, visit.words.zone)
    return _Look(rules.tier_basis, rows, _holding(store, rules, visit.words), rules_version(store), known)


def _checked(store: Store, visit: Visit, form: Mapping[str, str]) -> _Look:
    before = rules_now(store)
    typed = _rows(form)
    rules = parse(_values(form, before))
    version, known = rules_version(store), months(store, visit.today, visit.words.zone)
    is_stale = str(version) != form.get("version")
    basis = _basis(form)
    if not isinstance(rules, Rules):
        rows = [Row(row, _problems(rules, place, visit.words)) for place, row in enumerate(typed)]
        return _Look(basis, rows, _holding(store, before, visit.words), version, known, None, True, is_stale)
    month = month_of(form.get("month", ""), known)
    cost = cost_of(store, rules, month, visit.words.zone) if month else None
    rows = [Row(row) for row in typed]
    return _Look(basis, rows, _holding(store, rules, visit.words), version, known, cost, False, is_stale)


# --- what was typed


def _basis(form: Mapping[str, str]) -> TierBasis:
    return TierBasis(form["basis"]) if form.get("basis") in set(TierBasis) else TierBasis.SUM


def _rows(form: Mapping[str, str]) -> list[dict[str, str]]:
    """A row without a name and a rate is a tier that is not there (any more)."""
    rows = [{name: form.get(f"{name}.{place}", "").strip()[:LONGEST] for name in FIELDS} for place in range(MOST_TIERS)]
    return [row for row in rows if row["name"] or row["percent"] or row["threshold"]]


def _values(form: Mapping[str, str], before: Rules) -> dict[str, Any]:
    basis, rows = _basis(form), _rows(form)
    tiers = []
    for row in rows:
        is_sum = basis is TierBasis.SUM
        threshold = read(Kind.MONEY if is_sum else Kind.WHOLE, row["threshold"])
        tiers.append(
            {
                "slug": row["slug"] or _new_slug(),
                "name": row["name"],
                "percent": read(Kind.RATE, row["percent"]),
                "from_minor" if is_sum else "from_visits": threshold,
                "gift_points": read(Kind.WHOLE, row["gift_points"] or "0"),
                "privileges": lines(row["privileges"]),
            }
        )
    return as_json(before) | {"tier_basis": basis.value, "tiers": tiers}


def _new_slug() -> str:
    """Stands in the row of a tier that is not there yet: a form that comes twice adds it once."""
    return f"tier-{new_key()[:8]}"


def _texts(rules: Rules, tier: Tier, words: Words) -> dict[str, str]:
    threshold = rules.threshold(tier)
    return {
        "slug": tier.slug,
        "name": tier.name,
        "percent": number_text(tier.percent, words),
        "threshold": number_text(threshold / 100 if rules.tier_basis is TierBasis.SUM else threshold, words),
        "gift_points": str(tier.gift_points or ""),
        "privileges": "\n".join(tier.privileges),
    }


def _problems(problems: Problems, place: int, words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, flaw in problems.items():
        _, _, rest = path.partition(f"tiers.{place}.")
        if rest:
            name = rest.partition(".")[0]
            found["threshold" if name.startswith("from_") else name] = told(flaw, words)
    return found


# --- who holds them


def _holding(store: Store, rules: Rules, words: Words) -> list[Holding]:
    held = store.members.count_by_tier()
    thresholds = [0, *(rules.threshold(tier) for tier in rules.tiers)]
    is_visits = rules.tier_basis is TierBasis.VISITS
    reached = [store.liability.count_members(), *store.members.count_from(thresholds[1:], of_visits=is_visits), 0]
    would = [here - above for here, above in pairwise(reached)]
    slugs: Sequence[str] = ("", *(tier.slug for tier in rules.tiers))
    return [
        Holding(name_of(rules, slug, words), rules.percent_of(slug), held.get(slug, 0), count)
        for slug, count in zip(slugs, would, strict=True)
    ]


def _page(visit: Visit, look: _Look, month: str = "", *, status: int = 200) -> Response:
    blank = [Row(dict.fromkeys(FIELDS, "") | {"slug": _new_slug()})] if len(look.rows) < MOST_TIERS else []
    return visit.page(
        "loyalty_tiers.html",
        status,
        look=look,
        rows=look.rows + blank,
        bases=list(TierBasis),
        month=month,
        months=look.months,
        cost=look.cost,
        tier_lines=tier_lines(look.cost.new, visit.words) if look.cost else [],
        n=visit.words.many,
        manages=visit.staff.role in MARKETERS,
    )
