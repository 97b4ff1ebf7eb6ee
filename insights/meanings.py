"""What a piece of text can mean to the classifier: the sections of `lexicon.txt`, and which way each one points."""

from enum import StrEnum
from typing import Final


class Meaning(StrEnum):
    PRAISE = "praise"
    NEUTRAL = "neutral"
    COMPLAINT = "complaint"
    RUDE = "rude"
    EXPLETIVE = "expletive"
    INSULT = "insult"
    THREAT = "threat"
    HARMLESS = "harmless"
    PERSON = "person"
    REPORTED = "reported"
    NEGATION = "negation"
    UNNEGATED = "unnegated"
    STRONGER = "stronger"
    WEAKER = "weaker"
    TURN = "turn"
    PRAISE_SIGN = "praise_sign"
    COMPLAINT_SIGN = "complaint_sign"
    PATTERN = "pattern"
    """No section: what TextBlob's PatternAnalyzer made of an English text."""


DIRECTION: Final = {
    Meaning.PRAISE: 1.0,
    Meaning.PRAISE_SIGN: 1.0,
    Meaning.NEUTRAL: 0.0,
    Meaning.COMPLAINT: -1.0,
    Meaning.COMPLAINT_SIGN: -1.0,
    Meaning.RUDE: -1.0,
    Meaning.EXPLETIVE: -1.0,
    Meaning.INSULT: -1.0,
    Meaning.THREAT: -1.0,
}

EVIDENCE: Final = frozenset(DIRECTION) | {Meaning.PATTERN, Meaning.PERSON}
"""With none of these in a text there is nothing to tell."""
PROFANE: Final = frozenset({Meaning.RUDE, Meaning.EXPLETIVE})
BLAME: Final = frozenset(meaning for meaning, direction in DIRECTION.items() if direction < 0) - {Meaning.EXPLETIVE}
"""What keeps an expletive from being mere colour."""
BENT_BY_NEGATION: Final = frozenset({Meaning.PRAISE, Meaning.COMPLAINT})
