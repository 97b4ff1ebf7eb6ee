"""Ready answers: their variables, filled in with what is known, and what is wrong with one that was typed."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

VARIABLES: Final = ("name", "business", "operator", "case")
NOTE: Final = "note"
"""`/note …` is for colleagues: no answer may be found by that word."""
LONGEST: Final = 2000
_SHORTCUT: Final = re.compile(r"[\w-]{1,32}")
_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class Flaw(StrEnum):
    """The values are phrases of the console: `reply_flaw.<value>`."""

    NO_SHORTCUT = "no_shortcut"
    TAKEN = "taken"
    NO_TEXT = "no_text"
    UNKNOWN_VARIABLE = "unknown_variable"


def shortcut_of(typed: str) -> str:
    """A shortcut as it is kept: in small letters, without the slash."""
    return typed.strip().removeprefix("/").lower()


def flaw(shortcut: str, *texts: str) -> Flaw | None:
    """The first thing wrong with an answer; whether its shortcut is free, the table knows."""
    if not _SHORTCUT.fullmatch(shortcut):
        return Flaw.NO_SHORTCUT
    if shortcut == NOTE:
        return Flaw.TAKEN
    if not all(text.strip() for text in texts):
        return Flaw.NO_TEXT
    if any(place not in VARIABLES for text in texts for place in _PLACE.findall(text)):
        return Flaw.UNKNOWN_VARIABLE
    return None


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled. One that is empty takes its comma along: «{name}, hello» is then «Hello»."""
    for name, value in values.items():
        place = "{" + name + "}"
        if not value:
            text = re.sub(rf"^{re.escape(place)},?\s*(\w?)", lambda found: found[1].upper(), text)
            text = re.sub(rf",?[^\S\n]*{re.escape(place)}", "", text)
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
