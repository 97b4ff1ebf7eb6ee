"""A segment's rules in plain words, and why somebody is in it: «женщины, возраст 25–40, визитов от 2, город Казань»."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_date, get_month_names
from babel.numbers import format_currency, format_decimal

from messaging.phrases import count, say
from messaging.segment_fields import FIELDS, Field, Kind, Operator
from messaging.segments import AllOf, AnyOf, Leaf, Not, Rule
from storage.kinds import Language

_A_LEAP_YEAR: Final = 2000
_CURRENCY: Final = "RUB"
_MOST_LISTED: Final = 4
_BARE: Final = frozenset({"gender", "stage"})
"""Their values say themselves what they are: «женщины», «новые»."""

Names = Mapping[str, str]
"""What ids among the values are shown as."""


def describe(rule: Rule, language: Language, names: Names | None = None) -> str:
    """The whole of it as one sentence without its full stop."""
    text = _told(rule, language, names or {}, is_inner=False)
    return text[:1].upper() + text[1:]


def _told(rule: Rule, language: Language, names: Names, *, is_inner: bool) -> str:
    match rule:
        case Leaf():
            return condition(rule, language, names)
        case Not(item):
            return say(language, "segment.not", rules=_told(item, language, names, is_inner=False))
        case AllOf(()):
            return say(language, "segment.everyone")
        case AllOf(items):
            text = ", ".join(_told(item, language, names, is_inner=True) for item in items)
        case AnyOf(items):
            text = say(language, "segment.or").join(_told(item, language, names, is_inner=True) for item in items)
    return f"({text})" if is_inner and len(items) > 1 else text


def condition(leaf: Leaf, language: Language, names: Names | None = None) -> str:
    """One condition: «визитов от 2»."""
    field = FIELDS[leaf.field]
    if field.kind is Kind.YES_NO:
        return say(language, f"segment.{leaf.operator.value}.{field.key}")
    told = _compared(field, leaf, language, names or {})
    if field.key in _BARE and leaf.operator is Operator.ANY_OF:
        return told
    return f"{field_name(field.key, language)} {told}"


def _compared(field: Field, leaf: Leaf, language: Language, names: Names) -> str:
    """What is asked of the field: «от 2», «больше 45 дней назад», «Казань или Уфа»."""
    operator, value = leaf.operator, leaf.value
    if isinstance(value, int):
        return _with_number(field, operator, value, language)
    if value is None:
        return say(language, f"segment.is.{operator.value}")
    if field.kind not in (Kind.CHOICE, Kind.TEXT, Kind.BOUGHT):
        low, high = (_number(field, int(end), language) for end in value)
        if field.kind is Kind.PAST_DAY:
            return say(language, "segment.is.between_days", low=low, high=high)
        return say(language, "segment.is.between", low=low, high=high)
    listed = _list([value_name(field, str(one), language, names) for one in value], language)
    if leaf.days is not None:
        return count(language, f"segment.list.{operator.value}", leaf.days, values=listed)
    return say(language, f"segment.list.{operator.value}", values=listed)


def _with_number(field: Field, operator: Operator, value: int, language: Language) -> str:
    if operator is Operator.IN_MONTH:
        return say(language, "segment.is.in_month", month=month_name(value, language))
    if operator in (Operator.LONGER_AGO, Operator.WITHIN, Operator.WITHIN_NEXT):
        return count(language, f"segment.days.{operator.value}", value)
    return say(language, f"segment.is.{operator.value}", value=_number(field, value, language))


def _list(texts: list[str], language: Language) -> str:
    shown = texts[:_MOST_LISTED]
    more = len(texts) - len(shown)
    text = say(language, "segment.or").join(shown)
    return text if not more else say(language, "segment.more", values=text, more=more)


def _number(field: Field, value: int, language: Language) -> str:
    if field.kind is Kind.MONEY:
        whole = value % 100 == 0
        form = "#,##0 ¤" if whole else "#,##0.00 ¤"
        return format_currency(value / 100, _CURRENCY, form, locale=_locale(language), currency_digits=not whole)
    return format_decimal(value, locale=_locale(language))


def _locale(language: Language) -> str:
    return "en_GB" if language is Language.EN else language.value


# --- names


def field_name(key: str, language: Language) -> str:
    """As it stands in a sentence: «последний визит»."""
    return say(language, f"segment.field.{key}")


def value_name(field: Field, value: str, language: Language, names: Names | None = None) -> str:
    """A value that the program knows, by its name; one of the base as it is."""
    if field.kind is Kind.CHOICE:
        return say(language, f"segment.value.{field.key}.{value}")
    return (names or {}).get(value, value)


def month_name(month: int, language: Language) -> str:
    return str(get_month_names("wide", "stand-alone", locale=_locale(language))[month])


# --- why somebody is in it


def saw(leaf: Leaf, value: object, language: Language, today: date, names: Names | None = None) -> str:
    """What a condition saw at one customer, as `Fact.value` has it: «последний визит: 12 января, 49 дней назад»."""
    field = FIELDS[leaf.field]
    if field.kind is Kind.YES_NO:
        return say(language, f"segment.{'yes' if value else 'no'}.{field.key}")
    told = _told_value(field, value, language, today, names or {})
    if field.key in _BARE:
        return told
    if field.kind is Kind.BOUGHT and isinstance(leaf.value, tuple):
        told = f"{_list([str(one) for one in leaf.value], language)}: {told}"
        return f"{field_name(field.key, language)} {told}"
    return f"{field_name(field.key, language)}: {told}"


def _told_value(field: Field, value: object, language: Language, today: date, names: Names) -> str:
    match value:
        case None | ():
            return say(language, "segment.saw.never" if field.kind is Kind.BOUGHT else "segment.saw.unknown")
        case date():
            return _told_day(value, language, today)
        case int():
            if field.kind is Kind.BIRTHDAY:
                day = date(_A_LEAP_YEAR, *divmod(value, 100))
                return format_date(day, "d MMMM", locale=_locale(language))
            return _number(field, value, language)
        case tuple():
            return ", ".join(value_name(field, str(one), language, names) for one in value)
    return value_name(field, str(value), language, names)


def _told_day(day: date, language: Language, today: date) -> str:
    text = format_date(day, "d MMMM y", locale=_locale(language))
    days = (today - day).days
    if days == 0:
        return say(language, "segment.saw.today", day=text)
    return count(language, "segment.saw.ago" if days > 0 else "segment.saw.ahead", abs(days), day=text)
