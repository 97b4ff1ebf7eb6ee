"""Record an answer: the score at once, then perhaps a comment; close the run when nothing more is to be asked."""

from datetime import datetime, timedelta

from insights.topics import topics_of
from storage.kinds import RunEnding
from storage.models import SurveyRun
from surveys import scales

COMMENT_WAITS = timedelta(hours=24)
"""How long after the score the next words still are its comment."""


def record(run: SurveyRun, score: int, now: datetime) -> None:
    """Raises ValueError for a score that is not on the scale."""
    run.score, run.score_group, run.answered_at = score, scales.group_of(run.kind, score), now


def add_comment(run: SurveyRun, comment: str) -> None:
    run.comment = f"{run.comment}\n{comment}" if run.comment else comment
    run.topics = [topic.value for topic in topics_of(run.comment)]


def close(run: SurveyRun, now: datetime) -> None:
    run.closed_at, run.ending = now, RunEnding.FINISHED


def waits_for_comment(run: SurveyRun, now: datetime) -> bool:
    return run.answered_at is not None and now - run.answered_at <= COMMENT_WAITS
