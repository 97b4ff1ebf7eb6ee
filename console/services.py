"""Services: which lose customers, what leads to what, which stand idle, which earn; and one service with its card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from console.access import MANAGERS, READERS
from console.bars import Bar, bars
from console.pages import Visit
from console.spans import span
from console.words import Words
from insights.briefing import Briefing, ServiceFacts, briefing
from insights.comparisons import ENOUGH_PEOPLE
from insights.service_json import link_of
from insights.services import Judgement
from loyalty.offers import NOT_OFFERED, not_offered
from loyalty.services import service_key
from storage.store import Store
from storage.voices import Comment, Rated

SHOWN: Final = 8
"""Rows of a table before it has to be opened."""
FINDINGS: Final = 6
COMMENTS: Final = 20
MONTHS: Final = 13
RATED: Final = timedelta(days=365)

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """The section of services that the newest night told."""

    made_at: datetime
    data: Told

    @property
    def currency(self) -> str:
        return str(self.data["currency"])


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence at the head of the page. `tone`: bad, good or plain; it leads to a service, else to a part of the
    page."""

    tone: str
    text: str
    service: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with a high check and a slow rhythm."""

    id: UUID
    name: str
    told: Told


async def show(visit: Visit) -> Response:
    report, people = await visit.read(_look)
    if report is None:
        return visit.page("services.html", report=None)
    words, data = visit.words, report.data
    return visit.page(
        "services.html",
        report=report,
        shown=SHOWN,
        findings=_findings(data, words),
        people=people,
        span=span,
        key_of=service_key,
        money=lambda minor: words.about(minor, report.currency),
        day=lambda text: words.day(date.fromisoformat(text)),
        exits_top=_top(data["exits"]["services"]),
        best=max((_worth(one) for one in data["earning"]), default=0),
    )


async def show_one(visit: Visit) -> Response:
    key: str = service_key(visit.request.path_params["key"])
    report, excluded = await visit.read(lambda store: (newest(store), not_offered(store)))
    name = _named(report.data, key) if report else None
    if report is None or name is None:
        return visit.page("missing.html", 404)
    data, words = report.data, visit.words
    texts = [name, *data["spellings"].get(name, ())]
    reads = visit.staff.role in READERS
    comments, rated = await visit.read(lambda store: _heard(store, texts, visit.now, reads=reads))
    card: Told | None = data["cards"].get(name)
    return visit.page(
        "service.html",
        report=report,
        name=name,
        key=key,
        card=card,
        briefing=_briefing(name, data, card, rated) if card else None,
        entry=_of(data["entries"]["services"], name),
        exit=_of(data["exits"]["services"], name),
        demand=_of(data["demand"], name),
        earning=_of(data["earning"], name),
        after=[one for one in data["next"] if one["a"] == name],
        before=[one for one in data["next"] if one["b"] == name and one["is_proven"]],
        together=[one for one in data["together"] if one["a"] == name],
        chart=_chart(card["months"], data["today"], words) if card else None,
        comments=comments,
        is_offered=name not in excluded,
        may_exclude=visit.staff.role in MANAGERS,
        span=span,
        key_of=service_key,
        money=lambda minor: words.about(minor, report.currency),
        check=lambda minor: words.money(round(minor, -2), report.currency),
        day=lambda text: words.day(date.fromisoformat(text)),
        exits_top=_top(data["exits"]["services"]),
        enough_people=ENOUGH_PEOPLE,
    )


async def offer(visit: Visit) -> Response:
    """Never suggest this service to anybody, or suggest it again."""
    form = await visit.form()
    key, is_offered = service_key(visit.request.path_params["key"]), form.get("offer") == "yes"

    def change(store: Store) -> str | None:
        report = newest(store)
        name = _named(report.data, key) if report else None
        if name is not None:
            excluded = set(not_offered(store)) - {name} if is_offered else {*not_offered(store), name}
            store.business.change(NOT_OFFERED, sorted(excluded), visit.staff.id, visit.now)
        return name

    name = await visit.write(change)
    return visit.page("missing.html", 404) if name is None else visit.go(f"/services/{key}", notice="saved")


def newest(store: Store) -> Report | None:
    """None before the first night."""
    report = store.reports.newest()
    if report is None or "services" not in report.data:
        return None
    return Report(report.made_at, report.data["services"])


def _look(store: Store) -> tuple[Report | None, list[Person]]:
    report = newest(store)
    if report is None:
        return None, []
    people = []
    for told in report.data["high_checks"]:
        customer = store.customers.get(UUID(told["customer"]))
        if customer is not None and customer.erased_at is None:
            people.append(Person(customer.id, customer.name, told))
    return report, people


def _heard(store: Store, texts: Sequence[str], now: datetime, *, reads: bool) -> tuple[list[Comment], list[Rated]]:
    """The words only for who reads words."""
    comments = store.voices.of_leavers(texts, COMMENTS) if reads else []
    return comments, store.voices.by_product(texts, now - RATED, now)


def _named(data: Told, key: str) -> str | None:
    names = (*data["cards"], *(one["service"] for one in data["demand"]))
    return next((name for name in names if service_key(name) == key), None)


def _of(rows: Sequence[Told], name: str) -> Told | None:
    return next((one for one in rows if one["service"] == name), None)


def _findings(data: Told, words: Words) -> list[Finding]:
    """What needs a look first, then what can be used."""
    entries = [one for one in data["entries"]["services"] if one["judgement"] == Judgement.WORSE]
    exits = [one for one in data["exits"]["services"] if one["judgement"] == Judgement.WORSE]
    losing = [one for one in data["demand"] if "losing_share" in one["reasons"]]
    unsold = [one for one in data["demand"] if {"never_sold", "not_sold_for_long"} & set(one["reasons"])]
    links = [one for one in data["next"] if one["is_proven"]]
    found = [_compared("entry", one, words, 0) for one in entries]
    found += [_compared("exit", one, words, 1) for one in exits]
    found += [
        Finding("bad", words.t("services.found.losing", service=one["service"]), one["service"]) for one in losing
    ]
    if unsold:
        found.append(Finding("plain", words.n("services.found.unsold", len(unsold)), part="idle"))
    for one in islice(links, 2):
        text = words.t(
            "services.found.next",
            a=one["a"],
            b=one["b"],
            share=words.percent(one["share"]["share"]),
            others=words.percent(one["others"]["share"]),
            days=words.n("services.days", round(one["lag_days"])),
        )
        found.append(Finding("good", text, one["a"]))
    if data["high_checks"]:
        found.append(Finding("plain", words.n("services.found.slow", len(data["high_checks"])), part="slow"))
    return found[:FINDINGS]


def _compared(what: str, one: Told, words: Words, digits: int) -> Finding:
    text = words.t(
        f"services.found.{what}",
        service=one["service"],
        share=words.percent(1 - one["share"]["share"] if what == "entry" else one["share"]["share"], digits),
        others=words.percent(1 - one["others"]["share"] if what == "entry" else one["others"]["share"], digits),
        people=words.n("services.people", max(1, round(abs(one["people"])))),
    )
    return Finding("bad", text, one["service"])


def _top(rows: Sequence[Told]) -> float:
    """The right end of the small lines: the widest interval of those that are enough."""
    known = [one["share"]["high"] for one in rows if one["judgement"] != Judgement.TOO_FEW]
    return max(known, default=1.0)


def _worth(one: Told) -> int:
    margin: int | None = one["margin_minor"]
    return max(one["revenue_minor"] if margin is None else margin, 0)


def _briefing(name: str, data: Told, card: Told, rated: Sequence[Rated]) -> Briefing:
    quartiles = card["return_days"]
    facts = ServiceFacts(
        name,
        card["people"],
        card["newcomers"],
        card["regulars"],
        card["orders"],
        card["revenue_minor"],
        card["followed"],
        (quartiles[0], quartiles[1], quartiles[2]) if quartiles else None,
        sum(one.complaints for one in rated),
        sum(one.answers for one in rated),
        (),
    )
    return briefing(facts, map(link_of, data["together"]), map(link_of, data["next"]))


def _chart(months: Sequence[tuple[str, int]], today: str, words: Words) -> Any:
    last = today[:7]
    columns = []
    for text, lines in months[-MONTHS:]:
        month = date.fromisoformat(text + "-01")
        title = f"{words.month(month)}: {words.n('services.sold', lines)}"
        columns.append(Bar(words.short_month(month), title, lines, is_faint=text == last))
    return bars(columns, words.t("services.trend"), words.number)
