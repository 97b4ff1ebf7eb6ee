"""Who looks like an advocate or a toxic customer, and the words that say so. A candidate only: a person decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from insights.classification import ABUSIVE
from insights.policy import SURE_ENOUGH
from storage.kinds import Sentiment

LONGEST_QUOTE: Final = 300
ENOUGH_PURCHASES: Final = 2
MOST_QUOTES: Final = 5

Evidence = list[dict[str, str]]
"""What was said or done and when, oldest first: `what` is abuse, promoter, praise or purchases; `at` an ISO moment."""


class Said(Protocol):
    """Words of a customer that were read."""

    text: str
    received_at: datetime
    classification: dict[str, Any] | None


class Scored(Protocol):
    """An answered survey."""

    score: int | None
    answered_at: datetime | None
    comment: str | None


def toxic_evidence(said: Sequence[Said]) -> Evidence:
    """Abuse and threats in these words; a low score or an angry complaint is none (feature CL4)."""
    return [
        _quote("abuse", one.text, one.received_at)
        for one in said
        if one.classification and int(one.classification["severity"]) >= ABUSIVE
    ][-MOST_QUOTES:]


def advocate_evidence(promoter: Scored | None, said: Sequence[Said], purchases: int, *, has_case: bool) -> Evidence:
    """A 9 or 10 together with deeds or warm words, and nothing unsolved (feature CL3); else nothing."""
    if promoter is None or promoter.answered_at is None or has_case:
        return []
    score = _quote("promoter", f"{promoter.score} {promoter.comment or ''}".strip(), promoter.answered_at)
    praise = [
        _quote("praise", one.text, one.received_at)
        for one in said
        if one.classification
        and one.classification["sentiment"] == Sentiment.POSITIVE.value
        and float(one.classification["confidence"]) >= SURE_ENOUGH
    ]
    if purchases < ENOUGH_PURCHASES and not praise:
        return []
    visits = [_quote("purchases", str(purchases), promoter.answered_at)] if purchases >= ENOUGH_PURCHASES else []
    return [score, *visits, *praise[-MOST_QUOTES:]]


def is_news(evidence: Evidence, judged: Evidence) -> bool:
    """Whether something was said since a person judged the older evidence."""
    newest = max((one["at"] for one in judged), default="")
    return any(one["at"] > newest for one in evidence)


def _quote(what: str, text: str, at: datetime) -> dict[str, str]:
    return {"what": what, "text": text[:LONGEST_QUOTE], "at": at.isoformat()}
