"""A classification as a value, and its way through a JSON column."""

import json

import pytest

from insights.classification import Classification
from storage.kinds import Sentiment

READING = Classification(Sentiment.NEGATIVE, -0.75, 0.75, 1, True, ("хам", "ждал"), "lexicon-1")


def test_it_survives_json() -> None:
    assert Classification.from_json(json.loads(json.dumps(READING.to_json()))) == READING


@pytest.mark.parametrize("wrong", [{"polarity": -1.1}, {"confidence": 1.1}, {"severity": 4}, {"sentiment": "cross"}])
def test_values_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not"):
        Classification.from_json(READING.to_json() | wrong)
