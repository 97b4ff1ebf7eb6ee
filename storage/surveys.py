"""Queries: survey runs and what they add up to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from storage.columns import Queries, table_of
from storage.kinds import RunEnding, ScoreGroup, SurveyKind, Touchpoint
from storage.models import SurveyRun

_RUN = table_of(SurveyRun)


class SurveyRuns(Queries):
    def add(self, run: SurveyRun) -> None:
        self._insert(run)

    def save(self, run: SurveyRun) -> None:
        self._save(run)

    def get(self, run_id: UUID) -> SurveyRun | None:
        return self._one(SurveyRun, select(_RUN).where(_RUN.c.id == run_id))

    def open_for(self, customer_id: UUID, now: datetime) -> SurveyRun | None:
        """The newest run that still waits for something, unless its time is over."""
        runs = select(_RUN).where(
            _RUN.c.customer_id == customer_id, _RUN.c.closed_at.is_(None), _RUN.c.expires_at > now
        )
        return self._one(SurveyRun, runs.order_by(_RUN.c.asked_at.desc(), _RUN.c.id.desc()).limit(1))

    def close_open(self, customer_id: UUID, now: datetime, ending: RunEnding = RunEnding.REPLACED) -> None:
        """A new question ends the older ones; scores already given stay."""
        self._connection.execute(
            _RUN.update()
            .where(_RUN.c.customer_id == customer_id, _RUN.c.closed_at.is_(None))
            .values(closed_at=now, ending=ending)
        )

    def waits_for_words(self, customer_id: UUID, now: datetime) -> bool:
        """Whether they pressed «complain» or the like and have not written it yet: no question comes between."""
        waiting = select(_RUN.c.id).where(
            _RUN.c.customer_id == customer_id, _RUN.c.closed_at.is_(None), _RUN.c.expires_at > now
        )
        return self._connection.execute(waiting.where(_RUN.c.survey.startswith("menu."))).first() is not None

    def drop(self, run_id: UUID) -> None:
        """A run that only waited for words, and has no answers: nothing is left of it."""
        self._connection.execute(_RUN.delete().where(_RUN.c.id == run_id))

    def cancel_of_case(self, case_id: UUID, now: datetime) -> list[UUID]:
        """The case is open again: what was asked about its end, and is not answered, is asked no more. Which runs."""
        unanswered = (
            _RUN.update()
            .where(_RUN.c.case_id == case_id, _RUN.c.touchpoint == Touchpoint.CASE)
            .where(_RUN.c.closed_at.is_(None), _RUN.c.answered_at.is_(None))
        )
        ended = unanswered.values(closed_at=now, ending=RunEnding.CANCELLED).returning(_RUN.c.id)
        return list(self._connection.execute(ended).scalars())

    def group_counts(self, kind: SurveyKind, since: datetime, until: datetime) -> dict[ScoreGroup, int]:
        """How many answers fell into each group, by the moment of the answer."""
        answered = (
            select(_RUN.c.score_group, func.count())
            .where(_RUN.c.kind == kind, _RUN.c.answered_at >= since, _RUN.c.answered_at < until)
            .group_by(_RUN.c.score_group)
        )
        return {row[0]: row[1] for row in self._connection.execute(answered)}

    def asked_and_answered(self, kind: SurveyKind, since: datetime, until: datetime) -> tuple[int, int]:
        """Of the runs asked in this time: how many, and how many of them have a score."""
        row = self._connection.execute(
            select(func.count(), func.count(_RUN.c.score)).where(
                _RUN.c.kind == kind, _RUN.c.asked_at >= since, _RUN.c.asked_at < until
            )
        ).one()
        return row[0], row[1]

    def answers(self, kind: SurveyKind, since: datetime, until: datetime) -> list[tuple[datetime, ScoreGroup]]:
        """Each answer's moment and group, oldest first: what a trend is drawn from."""
        answered = select(_RUN.c.answered_at, _RUN.c.score_group).where(
            _RUN.c.kind == kind, _RUN.c.answered_at >= since, _RUN.c.answered_at < until
        )
        return [(row[0], row[1]) for row in self._connection.execute(answered.order_by(_RUN.c.answered_at))]

    def of_customer(self, customer_id: UUID, limit: int) -> list[SurveyRun]:
        runs = select(_RUN).where(_RUN.c.customer_id == customer_id)
        return self._all(SurveyRun, runs.order_by(_RUN.c.asked_at.desc(), _RUN.c.id.desc()).limit(limit))

    def score_counts(self, kind: SurveyKind, since: datetime, until: datetime) -> dict[int, int]:
        """How often each score was given, by the moment of the answer. How a case was solved is counted by itself."""
        answered = (
            select(_RUN.c.score, func.count())
            .where(_RUN.c.kind == kind, _RUN.c.score.is_not(None))
            .where(_RUN.c.answered_at >= since, _RUN.c.answered_at < until)
            .where(_RUN.c.touchpoint.not_in((Touchpoint.CASE, Touchpoint.RECOVERY)))
            .group_by(_RUN.c.score)
        )
        return {row[0]: row[1] for row in self._connection.execute(answered)}
