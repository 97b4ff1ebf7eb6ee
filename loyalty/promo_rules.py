"""What a promo code looks like and how it is read: pure rules (feature PR2)."""

import re

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L: what is read aloud or from paper must not be mistaken."""
RANDOM_LENGTH = 6

_LOOK_ALIKES = str.maketrans("АВЕЗКМНОРСТУХЁ", "ABE3KMHOPCTYXE")
"""Cyrillic letters that look like Latin ones: somebody's keyboard was in Russian."""
_NOISE = re.compile(r"[\s\-–—_.]+")
_DASHES = re.compile(r"\s*[\-–—]+[\s\-–—]*")
_SHAPE = re.compile(r"[A-Z0-9]{4,24}")


def normalised(text: str) -> str:
    """The one way a code is stored and compared: capitals, Latin, without spaces and dashes."""
    return _NOISE.sub("", text.upper()).translate(_LOOK_ALIKES)


def looks_like_code(text: str) -> bool:
    """Whether a message may be a code and nothing else: letters and a digit that was typed as one.

    «Завтра» reads as letters and a 3, «заказ 15» as a word and a number: neither may keep a person from being heard.
    """
    code = normalised(text)
    words = _DASHES.sub("-", text).split()
    # Apart, a prefix and the rest of a code: the rest holds both letters and digits, which no «заказ 15» does.
    is_code = len(words) == 1 or (len(words) == 2 and _is_mixed(words[1]))
    return is_code and _is_mixed(text) and _SHAPE.fullmatch(code) is not None


def _is_mixed(text: str) -> bool:
    """Letters and digits, as they were typed."""
    return any(sign in "0123456789" for sign in text) and any(sign.isalpha() for sign in text)


def shown(code: str, prefix: str) -> str:
    """A code as people read it: «COFFEE-7KM2QX»."""
    prefix = normalised(prefix)
    return f"{prefix}-{code.removeprefix(prefix)}" if prefix and code.startswith(prefix) else code
