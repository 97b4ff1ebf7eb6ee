"""An amount of money as a cashier types it: «350», «1 200,50»; and what was wrong with it."""

import re
from enum import StrEnum
from typing import Final

LARGEST_MINOR: Final = 1_000_000_000
"""Ten million: what is above it was a slip of the finger."""

_SIGNS: Final = re.compile(
    r"[\s\u00a0\u202f']|\u20bd"
    r"|\u0440\u0443\u0431(?:\.|\u043b\u044c|\u043b\u044f|\u043b\u0435\u0439)?|(?:rub|\u0440|p)\.?$",
    re.IGNORECASE,
)
"""Spaces between thousands, the rouble's sign, its Russian word and short forms (written as escapes), and what a Latin
keyboard makes of them."""
_AMOUNT: Final = re.compile(r"([0-9]+)(?:[.,]([0-9]*))?")
_LONGEST: Final = 24


class Wrong(StrEnum):
    """What to tell whoever typed it: the phrase `amount.<value>`."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NOT_POSITIVE = "not_positive"
    TOO_FINE = "too_fine"
    TOO_LARGE = "too_large"


def minor_units(text: str) -> int | Wrong:
    """The amount in minor units. Three digits after the comma are refused: nobody knows whether 1,200 is a thousand."""
    bare = _SIGNS.sub("", text.strip())
    if not bare:
        return Wrong.EMPTY
    if bare[0] in "-−–":
        return Wrong.NOT_POSITIVE
    found = _AMOUNT.fullmatch(bare)
    if found is None:
        return Wrong.UNREADABLE
    whole, fraction = found[1], found[2] or ""
    if len(whole.lstrip("0")) > _LONGEST:
        return Wrong.TOO_LARGE
    if len(fraction) > 2:
        return Wrong.TOO_FINE
    minor = int(whole) * 100 + int(fraction.ljust(2, "0"))
    if minor == 0:
        return Wrong.NOT_POSITIVE
    return Wrong.TOO_LARGE if minor > LARGEST_MINOR else minor
