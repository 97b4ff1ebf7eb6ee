"""All that the bot says: texts by key from `catalogues/`, in the customer's language."""

from datetime import date
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_currency, format_percent

from messaging.catalogue import Catalogue
from storage.kinds import Language

CATALOGUE = Catalogue(Path(__file__).with_name("catalogues"))


def day(language: Language, at: date) -> str:
    """«31 марта», "31 March"."""
    return format_date(at, "d MMMM", locale=language.value)


def money(language: Language, minor: int, currency: str = "RUB") -> str:
    """«1 200 ₽», "RUB 1,200.50"; pennies only where there are some. The spaces do not break."""
    is_whole = minor % 100 == 0
    form = "#,##0\u00a0¤" if is_whole else "#,##0.00\u00a0¤"
    return format_currency(minor / 100, currency, form, locale=language.value, currency_digits=not is_whole)


def say(language: Language, key: str, **values: object) -> str:
    return CATALOGUE.say(language, key, **values)


def count(language: Language, key: str, n: int, **values: object) -> str:
    return CATALOGUE.count(language, key, n, **values)


def percent(language: Language, rate: float) -> str:
    """«7,5 %», "7.5%" of a rate in percent, with at most two decimals."""
    return format_percent(round(rate / 100, 4), locale=language.value, decimal_quantization=False)
