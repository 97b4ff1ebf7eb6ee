"""The figures that are known now, and one figure in words: its value, its interval, and how far it moved."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from console.words import Words
from insights.figures import Figure, MetricKey, Unit, csat_figure, nps_figure
from insights.metrics import by_group
from insights.number_report import figure as stored_figure
from loyalty.standing import asked_to_rate
from storage.kinds import SurveyKind
from storage.models import BaseReport
from storage.store import Store

ASKED_WITHIN: Final = timedelta(days=90)

FINE: Final = 2.0
"""An interval narrower than so many percent is told to a tenth."""


def numbers_of(report: BaseReport | None) -> dict[str, Any] | None:
    """The section of a report; None where none was made, as before the first night."""
    found: dict[str, Any] | None = report.data.get("numbers") if report else None
    return found


def figures_of(report: BaseReport | None, answers: Mapping[MetricKey, Figure]) -> dict[MetricKey, Figure]:
    """All that is known of now: the report's figures and those of the answers."""
    section = numbers_of(report) or {"figures": {}}
    return {MetricKey(key): stored_figure(one) for key, one in section["figures"].items()} | dict(answers)


def answered(store: Store, now: datetime) -> dict[MetricKey, Figure]:
    """NPS and CSAT of the last 90 days, from the answers themselves."""
    since = now - ASKED_WITHIN
    groups = store.surveys.group_counts(SurveyKind.NPS, since, now)
    return {
        MetricKey.NPS: nps_figure(*by_group(groups)),
        MetricKey.CSAT: csat_figure(store.surveys.score_counts(SurveyKind.CSAT, since, now)),
    }


def is_asked(store: Store, report: BaseReport | None) -> bool:
    """Whether somebody asked to rate the base, and it was not yet."""
    asked = asked_to_rate(store)
    return asked is not None and (report is None or asked > report.made_at)


def currency_of(report: BaseReport | None) -> str:
    return str((numbers_of(report) or {}).get("currency", "RUB"))


# --- in words


class Told(NamedTuple):
    """Both are empty where there is no number to show."""

    value: str
    range: str


def told(figure: Figure, currency: str, words: Words) -> Told:
    if figure.value is None or figure.low is None or figure.high is None:
        return Told("", "")
    digits = 1 if figure.unit is Unit.PERCENT and figure.high - figure.low < FINE else 0
    between = words.t(
        "numbers.between",
        low=_bare(figure.low, digits, figure.unit, currency, words),
        high=amount(figure.high, figure.unit, currency, words, digits),
    )
    return Told(amount(figure.value, figure.unit, currency, words), between)


def amount(value: float, unit: Unit, currency: str, words: Words, digits: int = 1) -> str:
    """A value with its unit."""
    match unit:
        case Unit.MONEY:
            return words.about(round(value), currency)
        case Unit.PERCENT:
            return words.t("numbers.percent", value=words.number(value, digits))
        case Unit.POINTS:
            return words.signed(value)
        case Unit.DAYS:
            return words.n("numbers.days", round(value)) if value == round(value) else _few_days(value, words)


def difference(figure: Figure, currency: str, words: Words) -> str:
    """The value as what it moved by: +1.3 points of a percent; empty where it is too little to be told."""
    value = figure.value or 0.0
    size = abs(value)
    match figure.unit:
        case Unit.PERCENT:
            text, zero = words.number(size, 1), words.number(0)
        case Unit.POINTS:
            text, zero = words.number(size), words.number(0)
        case _:
            text, zero = (amount(one, figure.unit, currency, words) for one in (size, 0.0))
    if text == zero:
        return ""
    signed = ("+" if value > 0 else "−") + text
    return words.t("numbers.percent_points", value=signed) if figure.unit is Unit.PERCENT else signed


def _bare(value: float, digits: int, unit: Unit, currency: str, words: Words) -> str:
    """The low end: its unit follows the high one."""
    return words.number(value, digits) if unit is Unit.PERCENT else amount(value, unit, currency, words, digits)


def _few_days(value: float, words: Words) -> str:
    return words.t("numbers.days_about", value=words.number(value, 1))
