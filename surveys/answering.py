"""What becomes of a run: its score, kept at once and changeable for a day, its comment, and its end."""

from datetime import datetime, timedelta
from typing import Final

from insights.topics import topics_of
from storage.kinds import RunEnding
from storage.models import SurveyRun
from surveys import scales

UNFINISHED_FOR: Final = timedelta(hours=24)
"""How long after the first answer the rest is waited for (feature FB6), and words are taken for a comment."""
CHANGEABLE_FOR: Final = timedelta(hours=24)
"""How long a score can be given anew; both are kept (feature NP10)."""
FROM_MENU: Final = "menu."
"""How the name of a run begins that only waits for the words of somebody who came to say something."""


def record(run: SurveyRun, score: int, now: datetime) -> None:
    """The run's score, for the first time. Raises ValueError for one that is not on the scale of its kind."""
    has_groups = run.kind in scales.SCALES
    run.score, run.score_group = score, scales.group_of(run.kind, score) if has_groups else None
    run.answered_at = run.answered_at or now


def change(run: SurveyRun, score: int, now: datetime) -> None:
    """Another score than was given: it counts, and the first is kept beside it."""
    if run.first_score is None:
        run.first_score = run.score
    record(run, score, now)
    run.changed_at = now


def may_change(run: SurveyRun, now: datetime) -> bool:
    return run.score is not None and run.answered_at is not None and now - run.answered_at <= CHANGEABLE_FOR


def add_comment(run: SurveyRun, comment: str) -> None:
    run.comment = f"{run.comment}\n{comment}" if run.comment else comment
    run.topics = [topic.value for topic in topics_of(run.comment)]


def waits_until(run: SurveyRun) -> datetime:
    """When nobody waits for an answer any more: late first answers count for two weeks, the rest for a day."""
    return run.expires_at if run.answered_at is None else run.answered_at + UNFINISHED_FOR


def is_waiting(run: SurveyRun, now: datetime) -> bool:
    return run.closed_at is None and now <= waits_until(run)


def takes_words(run: SurveyRun, now: datetime) -> bool:
    """Whether words that just tell something are still for this run: two weeks later they hardly are."""
    return is_waiting(run, now) and now - (run.answered_at or run.asked_at) <= UNFINISHED_FOR


def close(run: SurveyRun, now: datetime, ending: RunEnding = RunEnding.FINISHED) -> None:
    run.closed_at, run.ending = now, ending
