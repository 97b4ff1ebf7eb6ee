"""What a promo code looks like, how it is read, and how one is made from a pattern: pure rules (feature PR2)."""

import re
from collections.abc import Iterable, Iterator
from math import ceil, log
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 and O, no 1, I and L: what is read aloud or from paper must not be mistaken."""
RANDOM_LENGTH: Final = 6
PLACE: Final = "#"
"""Stands in a pattern where a random sign goes: «COFFEE-######»."""
LONGEST_CODE: Final = 24
MOST_TOGETHER: Final = 5
"""Codes of one order."""
HARD_TO_GUESS: Final = 10_000
"""So many possible codes for each that is made: who guesses finds one in ten thousand tries at best."""

_LOOK_ALIKES = str.maketrans("АВЕЗКМНОРСТУХЁ", "ABE3KMHOPCTYXE")
"""Cyrillic letters that look like Latin ones: somebody's keyboard was in Russian."""
_NOISE = re.compile(r"[\s\-–—_.]+")
_DASHES = re.compile(r"\s*[\-–—]+[\s\-–—]*")
_SHAPE = re.compile(r"[A-Z0-9]{4,24}")
_SUM = re.compile(r"[0-9]+(?:P|RUB)?")
"""Digits, or «500 р» as it is stored: no code, whichever keyboard it was typed on."""
_BETWEEN = re.compile(r"[,;+\n]+")


def normalised(text: str) -> str:
    """The one way a code is stored and compared: capitals, Latin, without spaces and dashes."""
    return _NOISE.sub("", text.upper()).translate(_LOOK_ALIKES)


def codes_in(text: str) -> list[str]:
    """The codes of one order, normalised, each once, in the order of typing: «HELLO-7KM2QX, BDAY-2QX»."""
    return list(dict.fromkeys(code for part in _BETWEEN.split(text) if (code := normalised(part))))


def looks_like_code(text: str) -> bool:
    """Whether a message may be a code and nothing else: letters and a digit that was typed as one.

    «Завтра» reads as letters and a 3, «заказ 15» as a word and a number: neither may keep a person from being heard.
    «500 р» is a sum.
    """
    code = normalised(text)
    words = _DASHES.sub("-", text).split()
    # Apart, a prefix and the rest of a code: the rest holds both letters and digits, which no «заказ 15» does.
    is_code = len(words) == 1 or (len(words) == 2 and _is_mixed(words[1]))
    return is_code and _is_mixed(text) and is_known_for_code(code) and _SHAPE.fullmatch(code) is not None


def is_known_for_code(code: str) -> bool:
    """Whether a stored code is told from a word, a number and a sum of money, wherever it is typed."""
    return not code.isalpha() and _SUM.fullmatch(code) is None


def _is_mixed(text: str) -> bool:
    """Letters and digits, as they were typed."""
    return any(sign in "0123456789" for sign in text) and any(sign.isalpha() for sign in text)


def shown(code: str, prefix: str, pattern: str = "") -> str:
    """A code as people read it: «COFFEE-7KM2QX». The dashes of a pattern come back where they stood."""
    if pattern:
        return _with_dashes(code, pattern)
    prefix = normalised(prefix)
    return f"{prefix}-{code.removeprefix(prefix)}" if prefix and code.startswith(prefix) else code


def _with_dashes(code: str, pattern: str) -> str:
    """The code itself where the pattern is no longer the one it was made from."""
    shape = _stored(pattern)
    if len(shape) != len(code) or any(sign not in (PLACE, own) for sign, own in zip(shape, code, strict=True)):
        return code
    signs = iter(code)
    return "".join("-" if _NOISE.fullmatch(sign) else next(signs) for sign in pattern)


# --- patterns


def pattern_of(prefix: str, pattern: str, length: int = RANDOM_LENGTH) -> str:
    """The pattern that codes are made from; without one it is the prefix and `length` random signs."""
    if pattern:
        return pattern
    return f"{normalised(prefix)}-{PLACE * length}" if normalised(prefix) else PLACE * length


def is_pattern(pattern: str) -> bool:
    """Whether codes can be made from it that a chat knows for codes: places, and 4 to 24 signs that are read alike."""
    shape = _stored(pattern)
    return PLACE in shape and 4 <= len(shape) <= LONGEST_CODE and all(s == PLACE or s in _READABLE for s in shape)


def possible(pattern: str) -> int:
    """How many different codes a pattern has."""
    return int(len(ALPHABET) ** _stored(pattern).count(PLACE))


def is_hard_to_guess(pattern: str, codes: int) -> bool:
    """Whether so many codes of this pattern are thinly enough sown (`HARD_TO_GUESS`)."""
    return possible(pattern) >= codes * HARD_TO_GUESS


def places_needed(codes: int) -> int:
    """How many `#` a pattern needs for so many codes."""
    return max(1, ceil(log(max(codes, 1) * HARD_TO_GUESS) / log(len(ALPHABET)) - 1e-12))


def filled(pattern: str, signs: Iterator[str]) -> str:
    """One stored code: the places take the next signs."""
    return "".join(next(signs) if sign == PLACE else sign for sign in _stored(pattern))


def many_filled(pattern: str, signs: str) -> Iterable[str]:
    """As many stored codes as `signs` (of ALPHABET) are enough for; one that no chat would know for a code is left
    out."""
    shape = _stored(pattern)
    places = shape.count(PLACE)
    template = shape.replace(PLACE, "%s")
    whole = len(signs) // places * places
    is_one_run = PLACE * places in shape
    head, tail = (shape.split(PLACE * places)) if is_one_run else ("", "")
    for start in range(0, whole, places):
        part = signs[start : start + places]
        code = head + part + tail if is_one_run else template % tuple(part)
        if is_known_for_code(code):
            yield code


def _stored(pattern: str) -> str:
    return normalised(pattern)


_READABLE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""Of a prefix or postfix anything goes that a keyboard types alike: who types it reads it whole."""
