"""All that the bot says: texts by key from `catalogues/`, in the customer's language."""

from datetime import date
from pathlib import Path

from babel.dates import format_date

from messaging.catalogue import Catalogue
from storage.kinds import Language

CATALOGUE = Catalogue(Path(__file__).with_name("catalogues"))


def day(language: Language, at: date) -> str:
    """«31 марта», "31 March"."""
    return format_date(at, "d MMMM", locale=language.value)


def say(language: Language, key: str, **values: object) -> str:
    return CATALOGUE.say(language, key, **values)


def count(language: Language, key: str, n: int, **values: object) -> str:
    return CATALOGUE.count(language, key, n, **values)
