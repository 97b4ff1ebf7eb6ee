"""How a row of a file was understood, cell by cell, in the words of who looks at it."""

from datetime import datetime
from typing import Any

from console.words import Words
from loyalty.import_files import Row
from storage.kinds import Gender


def cells_of(row: Row, words: Words, currency: str) -> dict[str, str]:
    """By our columns; what is empty or goes without saying is left out."""
    shown = {role: _text(name, value, words, currency) for name, role, value in _told(row)}
    return {role: text for role, text in shown.items() if text}


_ROLES = {
    "at": "date",
    "amount_minor": "amount",
    "price_minor": "price",
    "returned_minor": "returned",
    "quantity_milli": "quantity",
    "margin_percent": "margin",
    "interval_days": "interval",
}
_INSIDE = ("line", "key")


def _told(row: Row) -> list[tuple[str, str, Any]]:
    return [(name, _ROLES.get(name, name), value) for name, value in row._asdict().items() if name not in _INSIDE]


def _text(name: str, value: Any, words: Words, currency: str) -> str:
    match name, value:
        case _, None | "" | False:
            return ""
        case "returned_minor", 0:
            return ""
        case "at", datetime():
            return f"{words.day(value)}, {words.clock(value)}"
        case "amount_minor" | "price_minor" | "returned_minor", amount:
            return words.money(amount, currency)
        case "quantity_milli", quantity:
            return words.number(quantity / 1000, 3)
        case "phone", number:
            return words.phone(number)
        case "birthday", (month, day, year):
            return words.birthday(month, day, year)
        case "gender", Gender():
            return words.t(f"gender.{value.value}")
        case "margin_percent", margin:
            return f"{words.number(margin, 2)} %"
        case "stop", True:
            return words.t("import.stopped")
    return str(value)
