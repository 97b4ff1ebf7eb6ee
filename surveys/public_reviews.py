"""Public reviews that staff paste or import: each is feedback once, however often it is brought."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from insights.topics import topics_of
from messaging.local_time import local_date
from storage.kinds import FeedbackKind, FeedbackSource, Language, ReviewPlace, Sentiment
from storage.models import FeedbackItem
from storage.store import Store

STILL_NEWS: Final = timedelta(days=30)
"""An older review is history: it is counted, and waits for nobody."""


@dataclass(frozen=True, slots=True)
class PublicReview:
    """`rating` 1..5, where the author gave stars. `mood`: what the words say, for a review without stars."""

    place: ReviewPlace
    text: str
    rating: int | None
    at: datetime
    author: str = ""
    branch: str = ""
    url: str = ""
    mood: Sentiment | None = None

    @property
    def sentiment(self) -> Sentiment | None:
        """The stars are the author's own judgement, and count before any reading of the words."""
        if self.rating is None:
            return self.mood
        if self.rating <= 2:
            return Sentiment.NEGATIVE
        return Sentiment.MIXED if self.rating == 3 else Sentiment.POSITIVE


def take(
    store: Store, reviews: Iterable[PublicReview], by: UUID, now: datetime, zone: ZoneInfo, language: Language
) -> tuple[int, int]:
    """How many were new, and how many were known already."""
    new = known = 0
    for review in reviews:
        is_old = now - review.at > STILL_NEWS
        item = FeedbackItem(
            source=FeedbackSource.REVIEW,
            kind=FeedbackKind.REVIEW,
            text=review.text,
            language=language,
            sentiment=review.sentiment,
            topics=[topic.value for topic in topics_of(review.text)] or None,
            branch=review.branch,
            place=review.place,
            url=review.url,
            author=review.author,
            rating=review.rating,
            key=key_of(review, zone),
            at=review.at,
            answered_at=now if is_old else None,
            answered_by=by if is_old else None,
        )
        if store.feedback.add(item):
            new += 1
        else:
            known += 1
    return new, known


def key_of(review: PublicReview, zone: ZoneInfo) -> str:
    """The same for the same words of the same author on the same day, pasted or imported; its address may differ."""
    day = local_date(review.at, zone).isoformat()
    words = " ".join(review.text.split()).casefold()
    parts = (review.place.value, review.branch.casefold(), review.author.casefold(), day, str(review.rating), words)
    return f"review:{hashlib.blake2b(chr(31).join(parts).encode(), digest_size=16).hexdigest()}"
