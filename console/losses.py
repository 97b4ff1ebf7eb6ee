"""The loss audit as a person reads it: as a page of its own in a file, and as a page of the console."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from console.access import SELLERS
from console.bars import Bar, bars
from console.customers import uuid_of
from console.figures import is_asked
from console.pages import Visit, templates
from console.words import Words
from messaging.suggestions import Way, way_to
from storage.models import BaseReport
from storage.store import Store

STATIC = Path(__file__).with_name("static")
SHOWN = 8
"""Services and branches on the page; the JSON has more."""
QUARTERS = (1, 4, 7, 10)
"""Months with their name under the column: all would not fit on a phone, nor on paper."""


class Contact(NamedTuple):
    """How to reach a customer. `path` is their page in the console, none in a file."""

    name: str
    phone: str
    path: str | None = None


async def show(visit: Visit) -> Response:
    """The audit of the last night. It knows customers by ids alone: who they are is looked up now."""
    report, contacts, asked = await visit.read(lambda store: _newest(store, visit))
    if report is None or "losses" not in report.data:
        return visit.page("not_rated.html", title=visit.words.t("losses.title"), is_asked=asked)
    audit = report.data["losses"]
    calls = [call for call in audit["calls"] if call["customer"] in contacts]
    return visit.page("losses.html", made_at=report.made_at, **view(audit | {"calls": calls}, contacts, visit.words))


def _newest(store: Store, visit: Visit) -> tuple[BaseReport | None, dict[str, Contact], bool]:
    report = store.reports.newest()
    contacts = dict[str, Contact]()
    sees_phones = visit.staff.role in SELLERS
    for call in report.data.get("losses", {"calls": ()})["calls"] if report else ():
        customer_id = uuid_of(call["customer"])
        customer = store.customers.get(customer_id) if customer_id else None
        if customer is not None and not customer.erased_at:
            name, phone = customer.name or visit.words.t("customer.nameless"), customer.phone or ""
            path = visit.path(f"/customers/{customer.id}")
            may_call = sees_phones and way_to(store, customer.id, "late", visit.now) is not Way.NONE
            contacts[call["customer"]] = Contact(name, phone if may_call else "", path)
    return report, contacts, is_asked(store, report)


def report(audit: Mapping[str, Any], contacts: Mapping[str, Contact], words: Words, source: str) -> str:
    """One HTML page that needs nothing but itself. `source` names the file the purchases came from."""
    css = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in ("app.css", "losses.css"))
    template = templates().get_template("losses_file.html")
    # Our own style sheet; nothing in it was typed by anybody.
    return template.render(view(audit, contacts, words), source=source, css=Markup(css))  # noqa: S704


def view(audit: Mapping[str, Any], contacts: Mapping[str, Contact], words: Words) -> dict[str, Any]:
    """What `losses_body.html` shows. `audit`: as `insights.loss_audit.Audit.as_json` made it."""
    return {
        "audit": audit,
        "contacts": contacts,
        "words": words,
        "t": words.t,
        "n": lambda key, count: words.n(key, count).replace(str(count), words.number(count), 1),
        "shown": SHOWN,
        "day": lambda text: words.day(date.fromisoformat(text)),
        "about": lambda minor: words.about(minor, audit["currency"]),
        "lost_chart": _chart(audit, words, "lost"),
        "revenue_chart": _chart(audit, words, "revenue_minor"),
    }


def _chart(audit: Mapping[str, Any], words: Words, what: str) -> Markup:
    def told(value: float) -> str:
        return words.about(round(value), audit["currency"]) if what == "revenue_minor" else words.number(value)

    months = [(date.fromisoformat(month["month"] + "-01"), month[what]) for month in audit["months"]]
    columns = [
        Bar(
            words.short_month(month) if month.month in QUARTERS else "",
            f"{words.month(month)}: {told(value)}",
            value,
            is_faint=place == len(months),
        )
        for place, (month, value) in enumerate(months, 1)
    ]
    label = words.t("losses.revenue") if what == "revenue_minor" else words.t("losses.lost_by_month")
    return bars(columns, label, told)
