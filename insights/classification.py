"""What one reply means, how sure we are, and the words that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.kinds import Sentiment

CIVIL: Final = 0
RUDE: Final = 1
ABUSIVE: Final = 2
THREAT: Final = 3


@dataclass(frozen=True, slots=True)
class Classification:
    """One reading of one text.

    `polarity` is -1 (bad) to 1 (good); `confidence` is 0 to 1 and belongs to `sentiment`; `severity` says whether the
    text abuses somebody: 0 civil, 1 rude or profane, 2 abusive, 3 a threat. `evidence` quotes words of the text,
    `model` names what read it, so that a stored reading can be told from a newer one.
    """

    sentiment: Sentiment
    polarity: float
    confidence: float
    severity: int
    wants_person: bool
    evidence: tuple[str, ...]
    model: str

    def __post_init__(self) -> None:
        if not -1 <= self.polarity <= 1:
            raise ValueError(f"polarity {self.polarity} is not between -1 and 1")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is not between 0 and 1")
        if not CIVIL <= self.severity <= THREAT:
            raise ValueError(f"severity {self.severity} is not between {CIVIL} and {THREAT}")

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; `from_json` is the way back."""
        return {
            "sentiment": self.sentiment.value,
            "polarity": self.polarity,
            "confidence": self.confidence,
            "severity": self.severity,
            "wants_person": self.wants_person,
            "evidence": list(self.evidence),
            "model": self.model,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Classification":
        """The way back from `to_json`. KeyError or ValueError when it is not one of ours."""
        return cls(
            sentiment=Sentiment(stored["sentiment"]),
            polarity=float(stored["polarity"]),
            confidence=float(stored["confidence"]),
            severity=int(stored["severity"]),
            wants_person=bool(stored["wants_person"]),
            evidence=tuple(stored["evidence"]),
            model=str(stored["model"]),
        )
