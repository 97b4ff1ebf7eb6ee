"""The classifier as intake uses it: never blocks, never fails; TextBlob in front, no NLTK data behind."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.analyzer import blobber
from insights.classification import Classification
from insights.classifier import Classifier, classify_text
from storage.kinds import Sentiment

A_READING = Classification(Sentiment.POSITIVE, 0.5, 0.5, 0, False, ("ok",), "test")
LONG = "очень долго ждал " * 50


class Reader:
    """Notes the thread each text was read on."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def __call__(self, text: str) -> Classification:
        self.threads.append(threading.current_thread().name.split("_")[0])
        return A_READING


@pytest.fixture
async def ready() -> AsyncIterator[Classifier]:
    classifier = Classifier()
    await classifier.warm_up()
    yield classifier
    classifier.close()


@pytest.mark.parametrize("text", ["Спасибо, вкусно", LONG])
async def test_it_says_what_the_plain_function_says(ready: Classifier, text: str) -> None:
    assert await ready(text) == classify_text(text) is not None


async def test_short_texts_are_read_in_place_and_long_ones_in_the_thread() -> None:
    reader = Reader()
    classifier = Classifier(reader)
    await classifier.warm_up()
    reader.threads.clear()
    await classifier("ок")
    await classifier(LONG)
    assert reader.threads == ["MainThread", "classifier"]


async def test_before_the_warm_up_even_a_short_text_keeps_off_the_loop() -> None:
    reader = Reader()
    await Classifier(reader)("ок")
    assert reader.threads == ["classifier"]


async def test_too_slow_a_reading_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    finish = threading.Event()

    def slow(text: str) -> Classification:
        finish.wait(5)
        return A_READING

    answer = await Classifier(slow, timeout_seconds=0.01)("секрет")
    finish.set()
    assert answer is None
    assert caplog.messages == ["classifier gave up: TimeoutError"]


@pytest.mark.parametrize("text", ["секрет", "секрет" * 100])
async def test_a_broken_reading_is_logged_without_the_text(text: str, caplog: pytest.LogCaptureFixture) -> None:
    def broken(text: str) -> Classification:
        raise ValueError(f"cannot read {text}")

    with caplog.at_level(logging.DEBUG):
        assert await Classifier(broken)(text) is None
    assert "classifier gave up: ValueError" in caplog.messages
    assert "секрет" not in caplog.text


async def test_a_cancelled_turn_is_cancelled() -> None:
    finish = threading.Event()
    task = asyncio.ensure_future(Classifier(lambda text: A_READING if finish.wait(5) else None)("текст"))
    await asyncio.sleep(0)
    task.cancel()
    finish.set()
    with pytest.raises(asyncio.CancelledError):
        await task


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="хамуродне очень вкусно()!?.,❤️6@*-'abc"))
def test_any_text_gives_a_reading_within_bounds_or_none(text: str) -> None:
    found = classify_text(text)
    assert found is None or Classification.from_json(found.to_json()) == found


def test_the_blob_obeys_our_analyzer_in_every_property() -> None:
    blob = blobber()("Очень вкусно, спасибо!")
    assert blob.polarity == blob.sentiment.polarity == blob.sentiment_assessments.polarity > 0.5
    assert blob.subjectivity == blob.sentiment.subjectivity == 1.0
    assert list(blob.tokens) == blob.words == ["очень", "вкусно", ",", "спасибо", "!"]


def test_there_is_one_blobber_a_process() -> None:
    assert blobber() is blobber()


def test_english_takes_the_pattern_polarity_too() -> None:
    # No word of this is in our list; TextBlob's own knows 'charming'.
    found = classify_text("what a charming terrace")
    assert found is not None
    assert found.sentiment is Sentiment.POSITIVE
    assert found.evidence == ("charming",)


NO_NLTK_DATA = """
import sys
touched = []
sys.addaudithook(lambda event, args: touched.append(args[0]) if event in ("open", "os.listdir") else None)
from insights.analyzer import blobber
from insights.classifier import classify_text
assert classify_text("Спасибо, очень вкусно!").sentiment == "positive"
assert classify_text("The waiter was rude").sentiment == "negative"
blob = blobber()("Спасибо, очень вкусно!")
blob.sentiment, blob.sentiment_assessments, blob.polarity, blob.subjectivity, blob.tokens, blob.words, blob.word_counts
print([path for path in touched if "nltk_data" in str(path)])
"""


def test_no_nltk_data_is_needed_or_touched(tmp_path: Path) -> None:
    bare = {"HOME": str(tmp_path), "NLTK_DATA": str(tmp_path / "nltk_data"), "PATH": os.environ["PATH"]}
    bare |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", NO_NLTK_DATA], env=bare, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
    assert list(tmp_path.iterdir()) == []


def test_importing_the_classifier_does_not_import_textblob() -> None:
    code = "import sys, insights.classifier; print({'textblob', 'nltk'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()"
