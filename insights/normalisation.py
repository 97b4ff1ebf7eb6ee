"""From what a customer typed to plain lower-case tokens: words, smileys, emoji, clause marks."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 4_000
"""Characters that are read. A messenger's longest message is 4,096; what a webhook sends beyond changes no verdict."""

SMILE: Final = ":)"
FROWN: Final = ":("
CLAUSE_MARKS: Final = frozenset(".,!?;")

_LINK: Final = re.compile(r"https?://\S+|www\.\S+|(?<!\w)@\w+|\S+@\S+\.\w+")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff\U0001f3fb-\U0001f3ff]")
_REPEATED: Final = re.compile(r"([^\W\d_])\1{2,}")
_LIST_NUMBER: Final = re.compile(r"(?<!\w)\d{1,2}\)")
_BRACKETED: Final = re.compile(r"\(([^()]*)\)")
_MIXED_WORD: Final = re.compile(r"(?=\w*[а-я])(?=[\w@$*]*[a-z0-9@$])[\w@$]+")
_LOOK_ALIKES: Final = str.maketrans("abcehkmoptxy0346@$", "авсенкмортхуозчбаs")
_TOKEN: Final = re.compile(
    r"[a-zа-я0-9]+(?:['’*-][a-zа-я0-9]+)*"  # words, with don't, кто-то, с*ка kept whole
    r"|[:;=8xх]-?(?:\)+|d(?!\w))|\)+|[:;=]?-?\(+"  # smileys: the colon is optional in Russian
    r"|[.,!?;]|\n"
    "|[\u2600-\u27bf\u2b50\U0001f300-\U0001faff]"
)


def normalise(text: str) -> str:
    """NFKC, lower case, ё as е, links and mentions out, look-alike letters repaired, 3+ repeated letters as 2."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).lower().replace("ё", "е").replace("’", "'")
    text = _INVISIBLE.sub("", _LINK.sub(" ", text))
    text = _MIXED_WORD.sub(_repaired, text)
    return _REPEATED.sub(r"\1\1", text)


def tokenise(text: str) -> list[str]:
    """Tokens of a normalised text, in order. Brackets around words are dropped, so that a lone ')' is a smile."""
    text = _BRACKETED.sub(r" \1 ", _LIST_NUMBER.sub(" ", text))
    return [_token(match) for match in _TOKEN.findall(text)]


def is_mostly_latin(tokens: Sequence[str]) -> bool:
    """Whether English is the better guess for these tokens."""
    words = [token for token in tokens if token[0].isalpha()]
    return sum(word.isascii() for word in words) * 2 > len(words)


def _token(raw: str) -> str:
    if raw[-1] == ")" or (raw[-1] == "d" and raw[0] in ":;=8x" and len(raw) <= 3):
        return SMILE
    if raw[-1] == "(":
        return FROWN
    return "." if raw == "\n" else raw


def _repaired(match: re.Match[str]) -> str:
    """'хaм' with a Latin a, 'у6людки', 'к0шмар': Cyrillic again. '9ка' and '5-й' keep their digits at the front."""
    word = match[0]
    return word if word[0].isdigit() else word.translate(_LOOK_ALIKES)
