"""The loss audit as a person reads it: as a page of its own in a file, and as a page of the console."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from console.bars import Bar, bars
from console.pages import templates
from console.words import Words

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
