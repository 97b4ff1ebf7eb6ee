"""What the command line says exists in both languages, with the same places to fill, and nothing is missing."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.terminal import CATALOGUES, language_of
from loyalty.cells import Problem
from loyalty.code_generation import Unmakeable
from loyalty.headers import NAMES
from loyalty.import_undo import Obstacle
from loyalty.workbook import TROUBLES
from storage.kinds import Language

BOT = CATALOGUES.parent
SOURCES = [
    BOT / name
    for name in (
        "cli.py",
        "usage.py",
        "doctor.py",
        "importing.py",
        "import_command.py",
        "codes_command.py",
        "losses.py",
    )
]
KEY = re.compile(r'\b(?:text|say|complain|note)\(\s*f?["\']([a-z0-9_.{}]+)["\']')
BRANCHES = {
    "codes.{problem}": tuple(Unmakeable),
    "secret.{none.problem}": ("missing", "unreadable", "short"),
    "doctor.port.{home.value}": ("free", "ours", "sick", "stranger"),
    "import.not_a_table.{wrong}": ("workbook", "binary", "empty"),
    "import.column.{role}": (*{role for names in NAMES.values() for role in names}, "who"),
    "import.workbook.{wrong}": TROUBLES,
    "import.read_as.{found}": ("text", "workbook"),
    "import.obstacle.{done.value}": tuple(Obstacle),
    "import.problem.{row.problem}": tuple(Problem),
}


def texts(language: Language) -> dict[str, str]:
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        return {message.id: message.string for message in read_po(source) if message.id}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def used() -> set[str]:
    keys = {key for source in SOURCES for key in KEY.findall(source.read_text(encoding="utf-8"))}
    for template, values in BRANCHES.items():
        if template in keys:
            keys.remove(template)
            keys |= {re.sub(r"\{.*?\}", value, template) for value in values}
    return keys | chosen_by_condition()


def chosen_by_condition() -> set[str]:
    """Keys that stand in a variable first."""
    words = {word for source in SOURCES for word in re.findall(r'"([a-z0-9_.]+)"', source.read_text(encoding="utf-8"))}
    return words & set(texts(Language.EN))


def test_both_languages_have_the_same_keys():
    assert set(texts(Language.RU)) == set(texts(Language.EN))


def test_a_text_has_the_same_places_to_fill_in_both_languages():
    russian, english = texts(Language.RU), texts(Language.EN)
    assert [key for key in russian if places(russian[key]) != places(english[key])] == []


def test_no_text_is_empty():
    assert [key for language in Language for key, text in texts(language).items() if not text] == []


def test_every_key_that_is_used_exists():
    assert used() - set(texts(Language.EN)) == set()


def test_every_key_that_exists_is_used():
    assert set(texts(Language.EN)) - used() == set()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ru_RU.UTF-8"}, Language.RU),
        ({"LANG": "en_GB.UTF-8"}, Language.EN),
        ({"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}, Language.EN),
        ({"LC_MESSAGES": "ru_RU.UTF-8", "LANG": "C"}, Language.RU),
        ({"LC_ALL": "", "LANG": "ru_RU"}, Language.RU),
        ({}, Language.EN),
    ],
)
def test_the_language_is_the_terminals(environment: dict[str, str], language: Language):
    assert language_of(environment) is language


def test_sources_are_where_this_test_looks_for_them():
    assert all(Path(source).exists() for source in SOURCES)
