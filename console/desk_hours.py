"""When each branch is open: a week with breaks, days that differ, and a zone of its own; what the promises count by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response

from console.customers import tidy
from console.pages import Visit
from console.team import LONGEST_BRANCH
from messaging import business_hours
from messaging.business_hours import DAYS, KEY, Hours, is_open, next_open, shown
from messaging.flaws import Flaw, Unfit
from storage.store import Store

_DATE: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of one branch as it stands. `flaws`: what to correct, by field; of days that differ, by day."""

    zone: str
    days: Mapping[str, str]
    special: str
    is_always: bool
    flaws: Mapping[str, Flaw] = field(default_factory=dict)


async def show(visit: Visit) -> Response:
    return await _page(visit, _branch(visit.request.query_params.get("branch", "")))


async def save(visit: Visit) -> Response:
    """One branch's hours, or none of its own: then the business's count for it."""
    form = await visit.form()
    branch = _branch(form.get("branch", ""))
    if "forget" in form:
        await visit.write(lambda store: _change(store, visit, branch, None))
        return visit.go("/desk/hours", notice="saved", branch=branch)
    typed, document = _typed(form)
    try:
        hours = business_hours.parse_one(document, visit.console.zone)
    except Unfit as unfit:
        typed = Typed(typed.zone, typed.days, typed.special, typed.is_always, unfit.flaws)
        return await _page(visit, branch, typed, 422)
    kept = business_hours.as_json(hours)
    if not document.get("zone"):
        kept.pop("zone")  # the business's own, also if that one changes
    await visit.write(lambda store: _change(store, visit, branch, kept))
    return visit.go("/desk/hours", notice="saved", branch=branch)


def _change(store: Store, visit: Visit, branch: str, hours: dict[str, Any] | None) -> None:
    document = {name: values for name, values in _kept(store).items() if name != branch}
    if hours is not None:
        document[branch] = hours
    store.business.change(KEY, document, visit.staff.id, visit.now)


def _kept(store: Store) -> dict[str, Any]:
    kept = store.business.setting(KEY)
    return dict(kept.value) if kept and isinstance(kept.value, dict) else {}


def _branch(typed: str) -> str:
    return tidy(typed, LONGEST_BRANCH)


def _typed(form: Mapping[str, str]) -> tuple[Typed, dict[str, Any]]:
    """The form as it was filled, and the same as `business_hours.parse_one` reads it."""
    days = {day: form.get(day, "").strip()[:200] for day in DAYS}
    special, zone = form.get("special", "")[:10_000], form.get("zone", "").strip()[:60]
    is_always = form.get("always") == "yes"
    document: dict[str, Any] = {"holidays": dict(map(_special_day, filter(None, map(str.strip, special.splitlines()))))}
    if zone:
        document["zone"] = zone
    if not is_always:
        document["week"] = {day: _spans(text) for day, text in days.items()}
    return Typed(zone, days, special, is_always), document


def _special_day(line: str) -> tuple[str, list[str]]:
    """«31.12.2026 9:00-15:00», or the day alone, which is closed."""
    day, _, spans = line.partition(" ")
    found = _DATE.fullmatch(day)
    return (f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else day), _spans(spans)


def _spans(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;]", text) if part.strip()]


async def _page(visit: Visit, branch: str, typed: Typed | None = None, status: int = 200) -> Response:
    kept, staff = await visit.read(lambda store: (_kept(store), store.staff.all()))
    hours = _read(kept.get(branch), visit)
    return visit.page(
        "desk_hours.html",
        status,
        branch=branch,
        branches=sorted({"", branch, *kept, *(one.branch for one in staff if one.is_active)}),
        own=set(kept),
        typed=typed or _form_of(hours, kept.get(branch)),
        days=DAYS,
        is_open=is_open(hours, visit.now) if hours else True,
        opens=next_open(hours, visit.now) if hours else visit.now,
        zone=visit.console.zone.key,
    )


def _read(values: Any, visit: Visit) -> Hours | None:
    """None for a branch without hours of its own."""
    try:
        return business_hours.parse_one(values, visit.console.zone) if values is not None else None
    except Unfit:
        return None


def _form_of(hours: Hours | None, values: Any) -> Typed:
    if hours is None:
        return Typed("", dict.fromkeys(DAYS, ""), "", is_always=True)
    week = {day: ", ".join(map(shown, spans)) for day, spans in zip(DAYS, hours.week, strict=True)}
    special = [
        f"{day:%d.%m.%Y} {', '.join(map(shown, spans))}".strip() for day, spans in sorted(hours.holidays.items())
    ]
    is_always = all(spans == business_hours.ALL_DAY for spans in hours.week)
    return Typed(str(values.get("zone") or ""), week, "\n".join(special), is_always)
