"""What a promo code looks like and how it is read: pure rules (feature PR2)."""

import re

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L: what is read aloud or from paper must not be mistaken."""
RANDOM_LENGTH = 6

_LOOK_ALIKES = str.maketrans("АВЕЗКМНОРСТУХЁ", "ABE3KMHOPCTYXE")
"""Cyrillic letters that look like Latin ones: somebody's keyboard was in Russian."""
_NOISE = re.compile(r"[\s\-–—_.]+")
_SHAPE = re.compile(r"[A-Z0-9]{4,24}")


def normalised(text: str) -> str:
    """The one way a code is stored and compared: capitals, Latin, without spaces and dashes."""
    return _NOISE.sub("", text.upper()).translate(_LOOK_ALIKES)


def looks_like_code(text: str) -> bool:
    """Whether a message may be a code and nothing else: letters and at least one digit, no words around it."""
    code = normalised(text)
    return _SHAPE.fullmatch(code) is not None and any(sign.isdigit() for sign in code) and not code.isdigit()


def shown(code: str, prefix: str) -> str:
    """A code as people read it: «COFFEE-7KM2QX»."""
    prefix = normalised(prefix)
    return f"{prefix}-{code.removeprefix(prefix)}" if prefix and code.startswith(prefix) else code
