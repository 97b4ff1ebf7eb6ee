"""Text to classification: the plain function, and the awaitable that never blocks the loop and never fails."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol

from insights.classification import ABUSIVE, CIVIL, RUDE, THREAT, Classification
from insights.meanings import EVIDENCE, PROFANE, Meaning
from storage.kinds import Sentiment

if TYPE_CHECKING:
    from insights.analyzer import Assessment

logger = logging.getLogger(__name__)

MODEL: Final = "lexicon-1"
TIMEOUT_SECONDS: Final = 0.5
INLINE_UP_TO: Final = 200

_CLEARLY_BOTH: Final = 0.4  # the lesser side against the greater: from here on a text is mixed
_NEUTRAL_CONFIDENCE: Final = 0.5
_MOST_EVIDENCE: Final = 8


class Classify(Protocol):
    """What intake is given. Answers None when nothing can be told; never raises."""

    async def __call__(self, text: str) -> Classification | None: ...


def classify_text(text: str) -> Classification | None:
    """Reads one text, synchronously. None when it cannot tell: empty, or without any word or sign it knows."""
    # Inside the function, because TextBlob imports the whole of nltk: 0.4 s of CPU that `otklik migrate` and the
    # other commands need not pay. `Classifier.warm_up` pays it at the start of a server.
    from insights.analyzer import blobber

    feeling = blobber()(text).sentiment_assessments
    told: list[Assessment] = [one for one in feeling.assessments if one.label in EVIDENCE]
    if not told:
        return None
    sentiment, confidence = _verdict(told)
    return Classification(
        sentiment=sentiment,
        polarity=round(feeling.polarity, 4),
        confidence=round(confidence, 4),
        severity=_severity(feeling.assessments, sentiment),
        wants_person=any(one.label is Meaning.PERSON for one in told),
        evidence=_evidence(told),
        model=MODEL,
    )


class Classifier:
    """`classify_text` for an event loop.

    A short reply is read in place: 0.1-0.15 ms, where the hand-over to a thread and back adds 0.2-0.5 ms and more when
    the loop is busy; 200 characters of words never seen before take 1 ms. Longer texts, up to 25 ms at 4,000
    characters, go to the one thread and leave the loop its turns. The reading is pure Python under the interpreter's
    lock, so a second thread would gain nothing.
    """

    def __init__(
        self,
        classify: Callable[[str], Classification | None] = classify_text,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._classify = classify
        self._timeout_seconds = timeout_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="classifier")
        self._is_warm = False

    async def warm_up(self) -> None:
        """Imports TextBlob and loads the word list, in the thread; until then every text goes to the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._warm_up)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, text: str) -> Classification | None:
        """The classification, or None: nothing to tell, too slow, or broken. A reply is never lost for want of it."""
        try:
            if self._is_warm and len(text) <= INLINE_UP_TO:
                return self._classify(text)
            return await asyncio.wait_for(self._in_thread(text), self._timeout_seconds)
        except Exception as error:  # the score alone decides then (classifier.md, fallback)
            # The class only: a text or a message that quotes it is personal data and stays out of the logs.
            logger.warning("classifier gave up: %s", type(error).__name__)
            return None

    async def _in_thread(self, text: str) -> Classification | None:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._classify, text)

    def _warm_up(self) -> None:
        for sample in ("Спасибо, очень вкусно", "Thank you, great coffee"):  # each language loads its own list
            self._classify(sample)
        self._is_warm = True


def _verdict(told: Sequence["Assessment"]) -> tuple[Sentiment, float]:
    """The sentiment and how sure: the weight w of the evidence for it as w / (w + 1), less what speaks against."""
    praise = sum(one.polarity for one in told if one.polarity > 0)
    complaints = -sum(one.polarity for one in told if one.polarity < 0)
    more, less = max(praise, complaints), min(praise, complaints)
    if not more:
        return Sentiment.NEUTRAL, _NEUTRAL_CONFIDENCE
    if less >= _CLEARLY_BOTH * more:
        return Sentiment.MIXED, less / (less + 1)
    confidence = (more - less) / (more + less + 1)
    return (Sentiment.POSITIVE if praise > complaints else Sentiment.NEGATIVE), confidence


def _severity(assessments: Sequence["Assessment"], sentiment: Sentiment) -> int:
    """Abuse counts whatever the mood; profanity only when it does not praise ('охренительно вкусно, бля')."""
    labels = {one.label for one in assessments}
    if Meaning.THREAT in labels:
        return THREAT
    if Meaning.INSULT in labels and Meaning.REPORTED not in labels:
        return ABUSIVE
    return RUDE if labels & PROFANE and sentiment is not Sentiment.POSITIVE else CIVIL


def _evidence(told: Sequence["Assessment"]) -> tuple[str, ...]:
    weighty = sorted(told, key=lambda one: -abs(one.polarity))
    return tuple(dict.fromkeys(" ".join(one.words) for one in weighty if one.words))[:_MOST_EVIDENCE]
