"""TextBlob with our word list inside: the same blob, understanding Russian, touching no NLTK data."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, NamedTuple

from textblob import Blobber, TextBlob
from textblob.base import CONTINUOUS, BaseSentimentAnalyzer, BaseTokenizer
from textblob.en import sentiment as pattern_sentiment

from insights import lexicon
from insights.lexicon import Hit
from insights.meanings import Meaning
from insights.normalisation import is_mostly_latin, normalise, tokenise

_PATTERN_WEIGHT: Final = 1.5
_PATTERN_FLOOR: Final = 0.1  # below, PatternAnalyzer is guessing ('other', 'full': 0.0x)


class Assessment(NamedTuple):
    """What one piece of the text said, in the order TextBlob's own assessments have. `polarity` here is weighted and
    may pass 1."""

    words: list[str]
    polarity: float
    subjectivity: float
    label: Meaning


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
        assessments = [_assessment(hit) for hit in self._lexicon.hits(tokens)]
        return assessments + _by_pattern(plain) if is_mostly_latin(tokens) else assessments


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


def _assessment(hit: Hit) -> Assessment:
    return Assessment(list(hit.words), hit.polarity, 1.0 if hit.polarity else 0.0, hit.meaning)


def _by_pattern(plain: str) -> list[Assessment]:
    """PatternAnalyzer's own reading, asked for directly: the class makes a new namedtuple type on every call, which
    takes as long as the reading itself."""
    score = pattern_sentiment(plain)
    polarity, subjectivity = score
    if abs(polarity) < _PATTERN_FLOOR:
        return []
    words = max(score.assessments, key=lambda chunk: abs(chunk[1]))[0]
    return [Assessment(words, _PATTERN_WEIGHT * polarity, subjectivity, Meaning.PATTERN)]


def _subjectivity(assessments: list[Assessment]) -> float:
    return max((one.subjectivity for one in assessments), default=0.0)
