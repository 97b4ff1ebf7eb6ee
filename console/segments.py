"""Segments: the list with live counts, the builder of rules without SQL, who is in and why, versions."""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from console import segment_form, segment_links
from console.access import MARKETERS
from console.customers import ON_A_PAGE, tidy, uuid_of
from console.pages import Visit
from console.segment_form import DraftGroup
from console.segment_links import Ready
from messaging import saved_segments
from messaging.saved_segments import LONGEST_NAME, Refused
from messaging.segment_fields import FIELDS, Field, Group, Kind
from messaging.segment_words import describe, field_name, month_name, saw, value_name
from messaging.segments import EVERYONE, Rule, WrongRules, as_json, leaves, parse, reasons
from storage.models import Segment
from storage.segments.fields import Moment
from storage.store import Store

SAMPLE: Final = 5
MOST_REASONS: Final = 8
MOST_VALUES: Final = 200
MOST_FORM_FIELDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `count` is None for rules that this version does not understand any more."""

    name: str
    told: str
    link: str
    count: int | None
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the sample, and why they are in."""

    id: UUID
    name: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class Result:
    """What the rules find now; without rules only that something is still to be filled in."""

    rule: Rule | None = None
    told: str = ""
    count: int = 0
    everyone: int = 0
    people: list[Person] = field(default_factory=list)

    @property
    def is_everyone(self) -> bool:
        return self.rule is not None and self.everyone > 0 and self.count == self.everyone


# --- the list


async def show(visit: Visit) -> Response:
    kept, ready, everyone = await visit.read(lambda store: _lists(store, visit))
    return visit.page(
        "segments.html",
        segments=[row for row in kept if row.segment and not row.segment.is_archived],
        archived=[row for row in kept if row.segment and row.segment.is_archived],
        ready=ready,
        everyone=everyone,
        may_change=visit.staff.role in MARKETERS,
    )


def _lists(store: Store, visit: Visit) -> tuple[list[Row], dict[str, list[Row]], int]:
    """What is kept, what is offered by part of the page, and how many customers there are."""
    moment, language = _moment(visit), visit.staff.language
    kept = store.segments.all()
    read = [_read(segment.rules) for segment in kept]
    offered = {"ready": segment_links.ACTIONS, "stages": segment_links.STAGES, "rfm": segment_links.RFM}
    sets = [as_json(rule) for rule in read if rule] + [one.rules for part in offered.values() for one in part]
    counts = iter(store.segments.counts([{"all": []}, *sets], moment))
    everyone = next(counts)
    names = _names(store)
    rows = [
        Row(
            segment.name,
            describe(rule, language, names) if rule else visit.words.t("segments.not_understood"),
            visit.path(f"/segments/{segment.id}"),
            next(counts) if rule else None,
            segment,
        )
        for segment, rule in zip(kept, read, strict=True)
    ]
    ready = {part: [_offered(visit, one, next(counts)) for one in ones] for part, ones in offered.items()}
    return rows, ready, everyone


def _offered(visit: Visit, one: Ready, count: int) -> Row:
    name = visit.words.t(f"ready.{one.key}")
    told = describe(parse(one.rules), visit.staff.language)
    return Row(name, told, segment_links.segment_link(visit.path, one.rules, name), count)


def _moment(visit: Visit) -> Moment:
    return Moment(visit.now, visit.console.zone)


def _read(rules: object) -> Rule | None:
    try:
        return parse(rules)
    except WrongRules:
        return None


# --- the builder


async def show_new(visit: Visit) -> Response:
    """An empty builder, or one with the rules of the link that led here."""
    query = visit.request.query_params
    rule = _of_link(query.get("rules", ""))
    draft = segment_form.of_rules(rule) if rule else segment_form.blank()
    return await _builder(visit, draft, tidy(query.get("name", ""), LONGEST_NAME))


def _of_link(text: str) -> Rule | None:
    try:
        return _read(json.loads(text)) if text else None
    except (ValueError, RecursionError):
        return None


async def show_segment(visit: Visit) -> Response:
    """The newest version, or an earlier one to look at."""
    wanted = visit.request.query_params.get("version", "")
    version = _version(wanted) if wanted else None
    segment = await visit.read(lambda store: store.segments.get(visit.path_id("segment_id"), version))
    if segment is None:
        return visit.page("missing.html", 404)
    draft = segment_form.of_rules(_read(segment.rules) or EVERYONE)
    return await _builder(visit, draft, segment.name, segment_id=segment.id)


def _version(text: str) -> int:
    """Versions begin at 1; what is no number is none of them."""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


async def draft(visit: Visit) -> Response:
    """The form as it is, grown or cut by a button, and counted. A script asks for pieces, a browser for the page."""
    sent = await _sent(visit)
    group = segment_form.read(sent.items)
    segment_form.change(group, sent.one("do"))
    if not visit.is_live:
        return await _builder(visit, group, sent.one("name"), segment_id=uuid_of(sent.one("segment")))
    values = await visit.read(lambda store: _shown(store, visit, group))
    pieces = visit.console.templates.get_template("segment_bits.html").make_module(visit.context() | values)
    names = ("found",) if sent.one("do") == "count" else ("tree", "found")
    html = "\n".join(str(getattr(pieces, name)()) for name in names)
    return HTMLResponse(html, headers={"x-live": "1"})


@dataclass(frozen=True, slots=True)
class _Sent:
    items: list[tuple[str, str]]

    def one(self, name: str) -> str:
        return next((value for key, value in self.items if key == name), "")


async def _sent(visit: Visit) -> _Sent:
    """The form's fields in their order: some names come more than once."""
    form = await visit.request.form(max_files=0, max_fields=MOST_FORM_FIELDS)
    return _Sent([(key, value) for key, value in form.multi_items() if isinstance(value, str)])


async def _builder(
    visit: Visit,
    group: DraftGroup,
    name: str,
    *,
    segment_id: UUID | None = None,
    http_status: int = 200,
    is_name_missing: bool = False,
) -> Response:
    def look(store: Store) -> dict[str, Any]:
        history = store.segments.versions(segment_id) if segment_id else []
        names = store.staff.names()
        return _shown(store, visit, group) | {
            "history": [(one, names.get(one.changed_by, "") if one.changed_by else "") for one in history],
            "segment": history[0] if history else None,
        }

    values = await visit.read(look)
    return visit.page(
        "segment.html",
        http_status,
        name=name,
        longest_name=LONGEST_NAME,
        is_name_missing=is_name_missing,
        may_change=visit.staff.role in MARKETERS,
        copy_link=_copy_link(visit, values["result"], name),
        **values,
    )


def _copy_link(visit: Visit, result: Result, name: str) -> str:
    copied = visit.words.t("segments.copy_of", name=name)[:LONGEST_NAME]
    return segment_links.segment_link(visit.path, as_json(result.rule or EVERYONE), copied)


def _shown(store: Store, visit: Visit, group: DraftGroup) -> dict[str, Any]:
    """What the pieces of the builder are drawn from."""
    language = visit.staff.language
    known = {key: store.segments.known_values(key, MOST_VALUES) for key in sorted(_listed_fields(group))}
    names = {value: name for key, values in known.items() if FIELDS[key].has_names for value, name in values}

    def choices(one: Field) -> list[tuple[str, str]]:
        if one.kind is Kind.CHOICE:
            return [(value, value_name(one, value, language)) for value in one.choices]
        return known.get(one.key, [])

    return {
        "draft": group,
        "result": _result(store, visit, group, names),
        "groups": {part: [one for one in FIELDS.values() if one.group is part] for part in Group},
        "label": lambda one: field_name(one.key, language),
        "month": lambda number: month_name(number, language),
        "choices": choices,
        "known": {key: values for key, values in known.items() if not FIELDS[key].has_names},
        "joins": segment_form.JOINS,
        "focus": "data-focus" if visit.is_live else "autofocus",
    }


def _names(store: Store) -> dict[str, str]:
    """What the ids of imports and of likes are shown as."""
    named = [key for key, one in FIELDS.items() if one.has_names]
    return {value: name for key in named for value, name in store.segments.known_values(key, MOST_VALUES)}


def _listed_fields(group: DraftGroup) -> set[str]:
    """The fields in use whose values the base holds."""
    found: set[str] = set()
    for item in group.items:
        if isinstance(item, DraftGroup):
            found |= _listed_fields(item)
        elif item.known and item.known.kind in (Kind.TEXT, Kind.BOUGHT):
            found.add(item.key)
    return found


def _result(store: Store, visit: Visit, group: DraftGroup, names: dict[str, str]) -> Result:
    try:
        rule = parse(segment_form.as_json(group))
    except WrongRules as wrong:
        segment_form.mark(group, wrong.problems)
        return Result()
    moment, rules, language = _moment(visit), as_json(rule), visit.staff.language
    count, everyone = store.segments.counts([rules, {"all": []}], moment)
    people = store.segments.sample(rules, moment, count, SAMPLE)
    facts = store.segments.facts(rules, people, moment)
    conditions = leaves(rule)
    shown = []
    for customer_id in people:
        found = facts[customer_id]
        places = reasons(rule, [fact.is_met for fact in found])[:MOST_REASONS]
        why = [saw(conditions[place], found[place].value, language, moment.today, names) for place in places]
        customer = store.customers.get(customer_id)
        shown.append(Person(customer_id, customer.name if customer else "", list(dict.fromkeys(why))))
    return Result(rule, describe(rule, language, names), count, everyone, shown)


# --- what is kept


async def create(visit: Visit) -> Response:
    return await _save(visit, None)


async def save(visit: Visit) -> Response:
    return await _save(visit, visit.path_id("segment_id"))


async def _save(visit: Visit, segment_id: UUID | None) -> Response:
    sent = await _sent(visit)
    group, name = segment_form.read(sent.items), tidy(sent.one("name"), LONGEST_NAME)
    rule = _read(segment_form.as_json(group))
    if rule is None or not name:
        return await _builder(visit, group, name, segment_id=segment_id, http_status=422, is_name_missing=not name)
    seen = sent.one("version")

    def write(store: Store) -> Segment | Refused:
        if segment_id is None:
            return saved_segments.create(store, name, rule, visit.staff, visit.now)
        return saved_segments.change(store, segment_id, _version(seen), name, rule, visit.staff, visit.now)

    return _told(visit, await visit.write(write), segment_id, "saved")


async def archive(visit: Visit) -> Response:
    """Put it away, or bring it back."""
    is_archived = (await visit.form()).get("archived") == "yes"
    outcome = await visit.write(
        lambda store: saved_segments.archive(store, visit.path_id("segment_id"), is_archived, visit.staff, visit.now)
    )
    return _told(visit, outcome, visit.path_id("segment_id"), "archived" if is_archived else "brought_back")


async def restore(visit: Visit) -> Response:
    version = _version((await visit.form()).get("version", ""))
    outcome = await visit.write(
        lambda store: saved_segments.restore(store, visit.path_id("segment_id"), version, visit.staff, visit.now)
    )
    return _told(visit, outcome, visit.path_id("segment_id"), "saved")


def _told(visit: Visit, outcome: Segment | Refused, segment_id: UUID | None, notice: str) -> Response:
    if isinstance(outcome, Refused):
        notice = outcome.value
    if outcome is Refused.GONE:
        return visit.go("/segments", notice=f"segment.{notice}")
    known = outcome.id if isinstance(outcome, Segment) else segment_id
    return visit.go(f"/segments/{known}", notice=f"segment.{notice}")


# --- who is in it


async def show_members(visit: Visit) -> Response:
    before = uuid_of(visit.request.query_params.get("before", ""))

    def look(store: Store) -> dict[str, Any] | None:
        segment = store.segments.get(visit.path_id("segment_id"))
        rule = _read(segment.rules) if segment else None
        if segment is None or rule is None:
            return None
        moment, rules = _moment(visit), as_json(rule)
        ids = store.segments.page(rules, moment, ON_A_PAGE + 1, before=before)
        return {
            "segment": segment,
            "told": describe(rule, visit.staff.language, _names(store)),
            "count": store.segments.count(rules, moment),
            "customers": store.directory.some(ids[:ON_A_PAGE]),
            "next_page": str(ids[ON_A_PAGE - 1]) if len(ids) > ON_A_PAGE else "",
            "is_first": before is None,
        }

    values = await visit.read(look)
    return visit.page("segment_members.html", **values) if values else visit.page("missing.html", 404)
