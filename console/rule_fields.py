"""The rules of the programme as a form: what is asked, in which groups, and the way from what was typed and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from console.words import Words
from loyalty.amounts import Wrong, minor_units
from loyalty.rules import WEEKDAYS, Expiry, Flaw, Problems, Rounding, Rules, as_json

LONGEST: Final = 4000


class Kind(StrEnum):
    """What is typed: a rate, a whole number, money, names or names with rates (one a line), one of a few words."""

    RATE = "rate"
    WHOLE = "whole"
    MONEY = "money"
    NAMES = "names"
    RATES = "rates"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Input:
    """One question. `name` is the way to it in the rules; `unit` a phrase; an optional one that is empty: no limit."""

    name: str
    kind: Kind
    unit: str = ""
    is_optional: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """An input as it stands in the page."""

    input: Input
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it came: `values` for `loyalty.rules.parse`, `texts` to show again."""

    values: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


SECTIONS: Final[Mapping[str, tuple[Input, ...]]] = {
    "earning": (
        Input("percent", Kind.RATE, "percent"),
        Input("percent_of_service", Kind.RATES),
        *(Input(f"weekday_factor.{day}", Kind.RATE, "times", is_optional=True) for day in WEEKDAYS),
        Input("not_earning", Kind.NAMES),
        Input("rounding", Kind.CHOICE, choices=tuple(Rounding)),
        Input("pending_days", Kind.WHOLE, "days"),
    ),
    "spending": (
        Input("max_share_percent", Kind.WHOLE, "percent"),
        Input("min_order_minor", Kind.MONEY, "money"),
        Input("not_payable", Kind.NAMES),
        Input("codes_per_order", Kind.WHOLE, "pieces"),
    ),
    "expiry": (
        Input("lives_months", Kind.WHOLE, "months"),
        Input("expiry", Kind.CHOICE, choices=tuple(Expiry)),
    ),
    "gifts": (
        Input("welcome_points", Kind.WHOLE, "points"),
        Input("birthday_points", Kind.WHOLE, "points"),
        Input("review_points", Kind.WHOLE, "points"),
        Input("gift_lives_days", Kind.WHOLE, "days"),
    ),
    "referral": (
        Input("referral.friend_points", Kind.WHOLE, "points"),
        Input("referral.advocate_points", Kind.WHOLE, "points"),
        Input("referral.min_order_minor", Kind.MONEY, "money"),
        Input("referral.hold_days", Kind.WHOLE, "days"),
        Input("referral.per_month", Kind.WHOLE, "friends", is_optional=True),
    ),
    "till": (
        Input("sales_per_day", Kind.WHOLE, "sales", is_optional=True),
        Input("sum_per_day_minor", Kind.MONEY, "money", is_optional=True),
        Input("sales_of_one_card_per_day", Kind.WHOLE, "sales", is_optional=True),
        Input("second_person_above", Kind.WHOLE, "points"),
    ),
}
"""All of the rules but the tiers, which have a page of their own."""
INPUTS: Final = tuple(one for inputs in SECTIONS.values() for one in inputs)


def typed(form: Mapping[str, str], before: Rules) -> Typed:
    """What was typed over the rules as they are; what cannot be read stays a text, which `parse` refuses."""
    whole = Typed(as_json(before))
    for one in INPUTS:
        text = form.get(one.name, "").strip()[:LONGEST]
        whole.texts[one.name] = text
        _put(whole.values, one, read(one.kind, text, is_optional=one.is_optional))
    return whole


def texts_of(rules: Rules, names: Mapping[str, str], words: Words) -> dict[str, str]:
    """The rules as somebody would type them; `names` says how services are written, by their folded names."""
    values = as_json(rules)
    return {one.name: _text(one.kind, _get(values, one), names, words) for one in INPUTS}


def asked(texts: Mapping[str, str], problems: Problems, words: Words) -> dict[str, list[Asked]]:
    """The page's groups."""
    return {
        section: [Asked(one, texts[one.name], _problem(one, problems, words)) for one in inputs]
        for section, inputs in SECTIONS.items()
    }


def read(kind: Kind, text: str, *, is_optional: bool = False) -> Any:
    """A typed value as JSON has it; None for an empty one that may be, and the text itself where it is unreadable."""
    match kind:
        case Kind.NAMES:
            return lines(text)
        case Kind.RATES:
            return dict(_name_and_rate(line) for line in lines(text))
        case Kind.CHOICE:
            return text
        case Kind.MONEY:
            return _money(text, is_optional=is_optional)
    if not text and is_optional:
        return None
    return _number(text)


def lines(text: str) -> list[str]:
    """Without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def number_text(value: float, words: Words) -> str:
    """Without spaces between thousands: fit to be typed over."""
    return words.number(value, 2).replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("−", "-")


def told(flaw: Flaw, words: Words) -> str:
    return words.t(f"flaw.{flaw.value}")


def _money(text: str, *, is_optional: bool) -> Any:
    if not text:
        return None if is_optional else 0
    minor = 0 if text == "0" else minor_units(text)
    return text if isinstance(minor, Wrong) else minor


def _number(text: str) -> Any:
    bare = "".join(text.split()).replace("%", "").replace("−", "-").replace(",", ".")
    try:
        number = float(bare)
    except ValueError:
        return text
    return int(number) if number == number and abs(number) < 1e15 and number == int(number) else number


def _name_and_rate(line: str) -> tuple[str, Any]:
    """A name, a sign between, and a rate; a line without one is its own wrong rate."""
    for sign in ("=", "—", "–", ":", "\t"):
        name, found, rate = line.rpartition(sign)
        if found:
            return name.strip(), _number(rate)
    return line, line


def _put(values: dict[str, Any], one: Input, value: Any) -> None:
    name, _, part = one.name.partition(".")
    if not part:
        values[name] = value
        return
    values[name] = dict(values[name])
    if name == "weekday_factor" and value in (None, 1):
        values[name].pop(part, None)  # an ordinary day
    else:
        values[name][part] = value


def _get(values: Mapping[str, Any], one: Input) -> Any:
    name, _, part = one.name.partition(".")
    return values[name].get(part) if part else values[name]


def _text(kind: Kind, value: Any, names: Mapping[str, str], words: Words) -> str:
    if value is None:
        return ""
    match kind:
        case Kind.NAMES:
            return "\n".join(names.get(name, name) for name in value)
        case Kind.RATES:
            return "\n".join(f"{names.get(name, name)} = {number_text(rate, words)}" for name, rate in value.items())
        case Kind.CHOICE:
            return str(value)
        case Kind.MONEY:
            return number_text(value / 100, words)
    return number_text(value, words)


def _problem(one: Input, problems: Problems, words: Words) -> str:
    if one.name in problems:
        return told(problems[one.name], words)
    if one.kind in (Kind.RATES, Kind.NAMES):
        for path, flaw in problems.items():
            if path.startswith(f"{one.name}."):
                part = path.removeprefix(f"{one.name}.")
                which = str(int(part) + 1) if one.kind is Kind.NAMES else part
                return words.t("rules.problem.in", which=which, problem=told(flaw, words))
    return ""
