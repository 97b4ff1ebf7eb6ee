"""When a reply needs a person, how fast, and why: the table of classifier.md section 3 as code."""

from typing import Final, NamedTuple

from insights.classification import ABUSIVE, RUDE, Classification
from storage.kinds import CaseOrigin, ScoreGroup, Sentiment, Urgency

SURE_ENOUGH: Final = 0.6


class NeedsPerson(NamedTuple):
    urgency: Urgency
    origin: CaseOrigin


def needs_person(classification: Classification | None, group: ScoreGroup | None) -> NeedsPerson | None:
    """Whether somebody must answer. `group` is None outside surveys; `classification` is None when nothing could be
    told from the text: then the score alone decides, and a detractor is never lost."""
    if classification is not None and is_angry(classification, group):
        return NeedsPerson(Urgency.NOW, CaseOrigin.ANGRY_MESSAGE)
    if classification is not None and classification.wants_person:
        return NeedsPerson(Urgency.TODAY, CaseOrigin.ASKED_FOR_PERSON)
    if group is ScoreGroup.DETRACTOR:
        return NeedsPerson(Urgency.TODAY, CaseOrigin.LOW_SCORE)
    if classification is not None and is_clearly_negative(classification):
        # Only a 7-10 comes this far: the score is fine, the words are not. A misread scale or a politeness; ask.
        return NeedsPerson(Urgency.TODAY, CaseOrigin.ANGRY_MESSAGE)
    return None


def urgency_of(classification: Classification | None, group: ScoreGroup | None) -> Urgency | None:
    needed = needs_person(classification, group)
    return needed.urgency if needed else None


def case_origin(classification: Classification | None, group: ScoreGroup | None) -> CaseOrigin | None:
    needed = needs_person(classification, group)
    return needed.origin if needed else None


def is_angry(classification: Classification, group: ScoreGroup | None) -> bool:
    """Abuse always; a clear complaint unless it came with a score that is content."""
    if classification.severity >= ABUSIVE:
        return True  # abuse and threats wait for nobody, whatever else the text or the score says
    if classification.sentiment is Sentiment.NEGATIVE and classification.severity >= RUDE:
        return True
    is_content = group in (ScoreGroup.PASSIVE, ScoreGroup.PROMOTER)
    return not is_content and is_clearly_negative(classification)


def is_clearly_negative(classification: Classification) -> bool:
    """A complaint that we did not misread."""
    return classification.sentiment is Sentiment.NEGATIVE and classification.confidence >= SURE_ENOUGH
