"""Finds what the word list knows in a row of tokens: praise, complaints, abuse, requests for a person."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from nltk.stem.snowball import SnowballStemmer

from insights.meanings import BENT_BY_NEGATION, BLAME, DIRECTION, Meaning
from insights.normalisation import CLAUSE_MARKS, FROWN, SMILE, normalise, tokenise

_RUSSIAN: Final = SnowballStemmer("russian")
_ENGLISH: Final = SnowballStemmer("english")

_NEGATION_REACH: Final = 3
_NEGATED_COMPLAINT: Final = 0.5  # 'не плохо' is fainter praise than 'хорошо'
_DEGREES: Final = {Meaning.STRONGER: 1.5, Meaning.WEAKER: 0.6}
_AFTER_TURN: Final = 1.5  # 'вкусно, но хамят': what comes after the turn is what is meant
_SMILEY: Final = 0.7
_SENTENCE_ENDS: Final = frozenset(".!?")
_REPROACHES: Final = frozenset({"почему", "зачем", "доколе", "why"})
_CLAUSE_END: Final = "."  # every clause mark, and the end of the text: lets an entry say 'and nothing after it'


class Entry(NamedTuple):
    meaning: Meaning
    weight: float


class Hit(NamedTuple):
    """`polarity` is signed and weighted: 2.0 for 'отлично', -1.0 for 'долго'. `start` and `end` index the tokens."""

    words: tuple[str, ...]
    meaning: Meaning
    polarity: float
    start: int
    end: int


class Lexicon:
    """Entries by the stems of their words; several meanings may share a phrase ('верните деньги')."""

    def __init__(self, entries: Mapping[tuple[str, ...], tuple[Entry, ...]]) -> None:
        self._entries = entries
        self._longest: dict[str, int] = {}
        for stems in entries:
            self._longest[stems[0]] = max(len(stems), self._longest.get(stems[0], 0))

    def hits(self, tokens: Sequence[str]) -> list[Hit]:
        """Everything known in `tokens`, with negation, degree and 'but' already weighed in, in order."""
        return _weighed(list(self._found(tokens)), tokens)

    def _found(self, tokens: Sequence[str]) -> Iterator[Hit]:
        """The longest entry at each place; its words are then spent."""
        stems = [*(stem(token) for token in tokens), _CLAUSE_END]
        start = 0
        while start < len(tokens):
            end, entries = self._longest_at(tokens, stems, start)
            for entry in entries:
                words = tuple(token for token in tokens[start:end] if token not in CLAUSE_MARKS)
                yield Hit(words, entry.meaning, DIRECTION.get(entry.meaning, 0.0) * entry.weight, start, end)
            start = end

    def _longest_at(self, tokens: Sequence[str], stems: Sequence[str], start: int) -> tuple[int, tuple[Entry, ...]]:
        exact = self._entries.get(("=" + tokens[start],))
        for end in range(min(start + self._longest.get(stems[start], 0), len(stems)), start, -1):
            if found := self._entries.get(tuple(stems[start:end])):
                if exact and end == start + 1:
                    break
                return end, found
        return start + 1, exact or ()


@lru_cache(maxsize=50_000)
def stem(token: str) -> str:
    """Snowball stem, Russian or English by the alphabet. Doubled Cyrillic letters count once, so 'ужаас' is 'ужас'."""
    if token in CLAUSE_MARKS:
        return _CLAUSE_END
    if not token[0].isalpha():
        return token
    if token.isascii():
        return str(_ENGLISH.stem(token))
    single = "".join(letter for letter, before in zip(token, " " + token, strict=False) if letter != before)
    return str(_RUSSIAN.stem(single))


@cache
def load() -> Lexicon:
    """The shipped `lexicon.txt`, parsed once a process (0.07 s, nearly all of it stemming)."""
    return parse((files("insights") / "lexicon.txt").read_text(encoding="utf-8"))


def parse(source: str) -> Lexicon:
    """A lexicon from the text of a word list; the format is described at the top of `lexicon.txt`."""
    entries: dict[tuple[str, ...], tuple[Entry, ...]] = {
        (SMILE,): (Entry(Meaning.PRAISE_SIGN, _SMILEY),),
        (FROWN,): (Entry(Meaning.COMPLAINT_SIGN, _SMILEY),),
    }
    section = Entry(Meaning.NEUTRAL, 0.0)
    for line in source.splitlines():
        if line.startswith("["):
            name, weight = line.strip("[] ").split()
            section = Entry(Meaning(name), float(weight))
        elif not line.startswith("#"):
            for key in _keys(line, section.meaning):
                entries[key] = _merged(entries.get(key, ()), section)
    return Lexicon(entries)


def _keys(line: str, meaning: Meaning) -> Iterator[tuple[str, ...]]:
    is_sign = meaning in (Meaning.PRAISE_SIGN, Meaning.COMPLAINT_SIGN)
    for written in line.split() if is_sign else line.split(","):
        phrase = normalise(written).strip()
        if phrase.startswith("="):
            yield (phrase,)
        elif phrase:
            yield tuple(stem(token) for token in tokenise(phrase))


def _merged(before: tuple[Entry, ...], section: Entry) -> tuple[Entry, ...]:
    return before if any(entry.meaning is section.meaning for entry in before) else (*before, section)


def _weighed(hits: list[Hit], tokens: Sequence[str]) -> list[Hit]:
    turn = max((hit.end for hit in hits if hit.meaning is Meaning.TURN), default=len(tokens))
    is_merely_colour = not any(hit.meaning in BLAME for hit in hits) and any(hit.polarity > 0 for hit in hits)
    weighed = []
    for index, hit in enumerate(hits):
        if _says_nothing(hit, tokens, is_merely_colour):
            hit = hit._replace(polarity=0.0)
        bent = _bent(hit, hits[max(index - _NEGATION_REACH, 0) : index], tokens)
        weighed.append(bent._replace(polarity=bent.polarity * _AFTER_TURN) if hit.start >= turn else bent)
    return weighed


def _says_nothing(hit: Hit, tokens: Sequence[str], is_merely_colour: bool) -> bool:
    if hit.meaning is Meaning.EXPLETIVE:
        return is_merely_colour
    # 'а кофе у вас вкусный?', 'долго ждать?'
    return hit.meaning in BENT_BY_NEGATION and abs(hit.polarity) <= 1 and _is_asked(hit, tokens)


def _bent(hit: Hit, before: list[Hit], tokens: Sequence[str]) -> Hit:
    """A hit as the negation or the degree before it in its clause leaves it. Two negations cancel each other."""
    near = [other for other in before if _reaches(other, hit, tokens)]
    negations = [other for other in near if other.meaning is Meaning.NEGATION]
    if hit.meaning in BENT_BY_NEGATION and len(negations) % 2 == 1:
        words = tuple(tokens[negations[0].start : hit.end])  # evidence that says 'понравилось' would mislead
        return hit._replace(polarity=_negated(hit.polarity), words=words)
    degree = next((other.meaning for other in near if other.end == hit.start), hit.meaning)
    return hit._replace(polarity=hit.polarity * _DEGREES.get(degree, 1.0))


def _negated(polarity: float) -> float:
    """'не отлично' is a complaint as strong; 'не плохо' and 'не ужасно' are faint praise alike."""
    return -polarity if polarity > 0 else min(-polarity, 1.0) * _NEGATED_COMPLAINT


def _is_asked(hit: Hit, tokens: Sequence[str]) -> bool:
    """Whether the sentence of a hit is a question, and not a reproach ('почему так долго?')."""
    if not _REPROACHES.isdisjoint(tokens):
        return False
    return next((mark for mark in tokens[hit.end :] if mark in _SENTENCE_ENDS), None) == "?"


def _reaches(other: Hit, hit: Hit, tokens: Sequence[str]) -> bool:
    if hit.start - other.end >= _NEGATION_REACH:
        return False
    return not any(token in CLAUSE_MARKS for token in tokens[other.end : hit.start])
