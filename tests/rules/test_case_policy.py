"""When a reply needs a person: the table of classifier.md section 3."""

import pytest

from insights.classification import ABUSIVE, CIVIL, RUDE, THREAT, Classification
from insights.policy import case_origin, needs_person, urgency_of
from storage.kinds import CaseOrigin, ScoreGroup, Sentiment, Urgency

LOW, MIDDLE, HIGH = ScoreGroup.DETRACTOR, ScoreGroup.PASSIVE, ScoreGroup.PROMOTER
NOW, TODAY = Urgency.NOW, Urgency.TODAY
ANGER, SCORE, ASKED = CaseOrigin.ANGRY_MESSAGE, CaseOrigin.LOW_SCORE, CaseOrigin.ASKED_FOR_PERSON


def reading(
    sentiment: Sentiment, confidence: float = 0.8, severity: int = CIVIL, wants_person: bool = False
) -> Classification:
    return Classification(sentiment, 0.0, confidence, severity, wants_person, (), "test")


GOOD, SO_SO, BOTH = reading(Sentiment.POSITIVE), reading(Sentiment.NEUTRAL), reading(Sentiment.MIXED)
ANGRY, GRUMBLE = reading(Sentiment.NEGATIVE), reading(Sentiment.NEGATIVE, confidence=0.5)
RUDE_GRUMBLE = reading(Sentiment.NEGATIVE, confidence=0.5, severity=RUDE)
RUDE_JOY = reading(Sentiment.POSITIVE, severity=RUDE)
ABUSE = reading(Sentiment.MIXED, severity=ABUSIVE)
THREATENING = reading(Sentiment.POSITIVE, severity=THREAT)
CALLS = reading(Sentiment.NEUTRAL, wants_person=True)
CALLS_ANGRILY = reading(Sentiment.NEGATIVE, wants_person=True)


@pytest.mark.parametrize(
    ("classification", "group", "expected"),
    [
        # a low score always comes to somebody, a pleasant or unreadable text too
        (None, LOW, (TODAY, SCORE)),
        (GOOD, LOW, (TODAY, SCORE)),
        (SO_SO, LOW, (TODAY, SCORE)),
        (BOTH, LOW, (TODAY, SCORE)),
        (GRUMBLE, LOW, (TODAY, SCORE)),
        (ANGRY, LOW, (NOW, ANGER)),
        (RUDE_GRUMBLE, LOW, (NOW, ANGER)),
        # a fair or high score with clearly bad words is a conflict
        (None, MIDDLE, None),
        (GOOD, MIDDLE, None),
        (BOTH, MIDDLE, None),
        (GRUMBLE, MIDDLE, None),
        (ANGRY, MIDDLE, (TODAY, ANGER)),
        (None, HIGH, None),
        (GOOD, HIGH, None),
        (RUDE_JOY, HIGH, None),
        (ANGRY, HIGH, (TODAY, ANGER)),
        (RUDE_GRUMBLE, HIGH, (NOW, ANGER)),
        # outside surveys only anger counts
        (None, None, None),
        (GOOD, None, None),
        (GRUMBLE, None, None),
        (ANGRY, None, (NOW, ANGER)),
        # whoever asks for a person gets one; at once when angry
        (CALLS, None, (TODAY, ASKED)),
        (CALLS, HIGH, (TODAY, ASKED)),
        (CALLS, LOW, (TODAY, ASKED)),
        (CALLS_ANGRILY, None, (NOW, ANGER)),
    ],
)
def test_the_table(
    classification: Classification | None, group: ScoreGroup | None, expected: tuple[Urgency, CaseOrigin] | None
) -> None:
    assert needs_person(classification, group) == expected
    assert urgency_of(classification, group) == (expected[0] if expected else None)
    assert case_origin(classification, group) == (expected[1] if expected else None)


@pytest.mark.parametrize("group", [LOW, MIDDLE, HIGH, None])
@pytest.mark.parametrize("classification", [ABUSE, THREATENING])
def test_abuse_and_threats_go_to_a_person_at_once(classification: Classification, group: ScoreGroup | None) -> None:
    assert urgency_of(classification, group) is NOW


def test_the_customer_of_the_walk_is_answered_now() -> None:
    from insights.classifier import classify_text

    assert urgency_of(classify_text("ждал час, хамство и ужас"), LOW) is NOW
