"""All that the bot says: texts by key from `catalogues/`, in the customer's language."""

from pathlib import Path

from messaging.catalogue import Catalogue
from storage.kinds import Language

CATALOGUE = Catalogue(Path(__file__).with_name("catalogues"))


def say(language: Language, key: str, **values: object) -> str:
    return CATALOGUE.say(language, key, **values)


def count(language: Language, key: str, n: int, **values: object) -> str:
    return CATALOGUE.count(language, key, n, **values)
