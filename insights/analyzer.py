"""TextBlob with our word list inside: the same blob, understanding Russian, touching no NLTK data."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, NamedTuple

from textblob import Blobber, TextBlob
from textblob.base import CONTINUOUS, BaseSentimentAnalyzer, BaseTokenizer
from textblob.sentiments import PatternAnalyzer

from insights import lexicon
from insights.lexicon import Hit, Meaning
from insights.normalisation import is_mostly_latin, normalise, tokenise

_PATTERN: Final = "pattern"
_PATTERN_WEIGHT: Final = 1.5
_PATTERN_FLOOR: Final = 0.1  # below, PatternAnalyzer is guessing ('other', 'full': 0.0x)

_SENTENCE_ENDS: Final = frozenset(".!?")


class Assessment(NamedTuple):
    """What one piece of the text said, in the order TextBlob's own assessments have. `polarity` here is weighted and
    may pass 1; `label` is a `Meaning`, or 'pattern' for what PatternAnalyzer made of an English text."""

    words: list[str]
    polarity: float
    subjectivity: float
    label: str


class Feeling(NamedTuple):
    """Polarity -1..1, subjectivity 0..1."""

    polarity: float
    subjectivity: float


class AssessedFeeling(NamedTuple):
    polarity: float
    subjectivity: float
    assessments: list[Assessment]


class LexiconAnalyzer(BaseSentimentAnalyzer):  # type: ignore[misc]  # textblob has no types
    """Sentiment by `lexicon.txt`; English text also takes the polarity of TextBlob's PatternAnalyzer."""

    kind = CONTINUOUS

    def __init__(self) -> None:
        super().__init__()
        self._lexicon = lexicon.load()
        self._pattern = PatternAnalyzer()

    def analyze(self, text: str, keep_assessments: bool = False) -> Feeling | AssessedFeeling:
        """(polarity, subjectivity), with the assessments when asked for."""
        assessments = self._assessments(text)
        polarity, subjectivity = balance(one.polarity for one in assessments), _subjectivity(assessments)
        if keep_assessments:
            return AssessedFeeling(polarity, subjectivity, assessments)
        return Feeling(polarity, subjectivity)

    def _assessments(self, text: str) -> list[Assessment]:
        plain = normalise(text)
        tokens = tokenise(plain)
        assessments = [_assessment(hit, tokens) for hit in self._lexicon.hits(tokens)]
        if is_mostly_latin(plain):
            assessments += self._pattern_assessment(plain)
        return assessments

    def _pattern_assessment(self, plain: str) -> list[Assessment]:
        polarity, subjectivity = self._pattern.analyze(plain)
        if abs(polarity) < _PATTERN_FLOOR:
            return []
        return [Assessment([], _PATTERN_WEIGHT * polarity, subjectivity, _PATTERN)]


class WordTokenizer(BaseTokenizer):  # type: ignore[misc]  # textblob has no types
    """Our own tokens; TextBlob's need the punkt corpus."""

    def tokenize(self, text: str) -> list[str]:
        return tokenise(normalise(text))


class CustomerBlob(TextBlob):  # type: ignore[misc]  # textblob has no types
    """A TextBlob whose `polarity` and `subjectivity` obey its analyzer: the original's always ask PatternAnalyzer.

    Not for `sentences`, `tags`, `noun_phrases`: those need corpora we do not ship.
    """

    @property
    def words(self) -> list[str]:
        """The tokens; TextBlob's own property would cut sentences with punkt first."""
        return list(self.tokens)

    @property
    def polarity(self) -> float:
        return float(self.sentiment.polarity)

    @property
    def subjectivity(self) -> float:
        return float(self.sentiment.subjectivity)


class CustomerBlobber(Blobber):  # type: ignore[misc]  # textblob has no types
    """Makes `CustomerBlob`s, which share one analyzer and one tokenizer."""

    def __init__(self) -> None:
        super().__init__(analyzer=LexiconAnalyzer(), tokenizer=WordTokenizer())

    def __call__(self, text: str) -> Any:
        return CustomerBlob(text, analyzer=self.analyzer, tokenizer=self.tokenizer)


@cache
def blobber() -> CustomerBlobber:
    """The one Blobber of the process."""
    return CustomerBlobber()


def balance(polarities: Iterable[float]) -> float:
    """Weighted evidence to -1..1: (praise - complaints) / (praise + complaints + 1). The 1 keeps a single faint word
    from sounding certain: one 'хорошо' is 0.5, one 'отлично' 0.67."""
    praise = complaints = 0.0
    for polarity in polarities:
        if polarity > 0:
            praise += polarity
        else:
            complaints -= polarity
    return (praise - complaints) / (praise + complaints + 1)


def _assessment(hit: Hit, tokens: list[str]) -> Assessment:
    polarity = hit.polarity
    if hit.meaning is Meaning.PRAISE and polarity > 0 and _is_asked(hit, tokens):
        polarity = 0.0  # 'а кофе у вас вкусный?' praises nothing
    return Assessment(list(hit.words), polarity, 1.0 if polarity else 0.0, hit.meaning.value)


def _is_asked(hit: Hit, tokens: list[str]) -> bool:
    return next((mark for mark in tokens[hit.end :] if mark in _SENTENCE_ENDS), None) == "?"


def _subjectivity(assessments: list[Assessment]) -> float:
    return max((one.subjectivity for one in assessments), default=0.0)
