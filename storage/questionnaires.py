"""Queries: surveys with their versions, and the answers to their questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.models import Survey, SurveyAnswer, SurveyRun, SurveyVersion

_SURVEY = table_of(Survey)
_VERSION = table_of(SurveyVersion)
_ANSWER = table_of(SurveyAnswer)
_RUN = table_of(SurveyRun)


def _upsert(row: Any) -> Any:
    is_answered = row.excluded.answered_at.is_not(None)
    return row.on_conflict_do_update(
        index_elements=["run_id", "question"],
        set_={
            "value": case((is_answered, row.excluded.value), else_=_ANSWER.c.value),
            "answered_at": func.coalesce(row.excluded.answered_at, _ANSWER.c.answered_at),
            "earlier": func.coalesce(row.excluded.earlier, _ANSWER.c.earlier),
        },
    )


# Every answer runs it: it is put together once.
_NOTE = {True: _upsert(postgresql.insert(_ANSWER)), False: _upsert(sqlite.insert(_ANSWER))}


@dataclass(frozen=True, slots=True)
class Shown:
    """One question of one survey: how often it was shown and answered, and the median seconds that an answer took."""

    question: str
    shown: int
    answered: int
    median_seconds: float | None


class Questionnaires(Queries):
    # --- what is asked

    def all(self) -> list[Survey]:
        return self._all(Survey, select(_SURVEY).order_by(_SURVEY.c.created_at, _SURVEY.c.slug))

    def get(self, slug: str) -> Survey | None:
        return self._one(Survey, select(_SURVEY).where(_SURVEY.c.slug == slug))

    def locked(self, slug: str) -> Survey | None:
        """The survey, and nobody else changes it until this unit ends."""
        self._lock(f"survey {slug}")
        return self.get(slug)

    def add(self, survey: Survey) -> None:
        self._insert(survey)

    def save(self, survey: Survey) -> None:
        self._save(survey)

    def add_version(self, version: SurveyVersion) -> None:
        self._insert(version)

    def newest(self, slug: str) -> SurveyVersion | None:
        """What a new run of this survey asks."""
        here = and_(_VERSION.c.slug == _SURVEY.c.slug, _VERSION.c.version == _SURVEY.c.version)
        return self._one(SurveyVersion, select(_VERSION).join(_SURVEY, here).where(_SURVEY.c.slug == slug))

    def version(self, slug: str, version: int) -> SurveyVersion | None:
        return self._one(SurveyVersion, select(_VERSION).where(_VERSION.c.slug == slug, _VERSION.c.version == version))

    def versions(self, slug: str) -> list[SurveyVersion]:
        """Newest first."""
        versions = select(_VERSION).where(_VERSION.c.slug == slug)
        return self._all(SurveyVersion, versions.order_by(_VERSION.c.version.desc()))

    # --- what was answered

    def answers(self, run_id: UUID) -> list[SurveyAnswer]:
        return self._all(SurveyAnswer, select(_ANSWER).where(_ANSWER.c.run_id == run_id))

    def note(self, answers: Sequence[SurveyAnswer]) -> None:
        """Questions of one run that were shown or answered. Shown again, one keeps its first moment and its answer."""
        self._connection.execute(_NOTE[self._is_postgres], [row_of(one) for one in answers])

    def mark(self, answer: SurveyAnswer) -> None:
        """What is chosen so far of an answer that is not given yet."""
        self.note([answer])
        here = and_(_ANSWER.c.run_id == answer.run_id, _ANSWER.c.question == answer.question)
        self._connection.execute(
            update(_ANSWER).where(here, _ANSWER.c.answered_at.is_(None)).values(value=answer.value)
        )

    def counts(self) -> dict[str, tuple[int, int]]:
        """By survey: how often it was put to somebody, and how often at least one answer came."""
        runs = select(_RUN.c.survey, func.count(), func.count(_RUN.c.answered_at)).group_by(_RUN.c.survey)
        return {row[0]: (row[1], row[2]) for row in self._connection.execute(runs)}

    def drop_off(self, slug: str, version: int, since: datetime) -> list[Shown]:
        """Question by question, of the runs of this version asked since then (feature FB3)."""
        took = _seconds(_ANSWER.c.answered_at, self._is_postgres) - _seconds(_ANSWER.c.shown_at, self._is_postgres)
        question = _ANSWER.c.question
        answered_first = (_ANSWER.c.answered_at.is_(None), took)
        ranked = (
            select(
                question,
                took.label("took"),
                _ANSWER.c.answered_at,
                func.row_number().over(partition_by=question, order_by=answered_first).label("place"),
                func.count(_ANSWER.c.answered_at).over(partition_by=question).label("answered"),
                func.count().over(partition_by=question).label("shown"),
            )
            .join(_RUN, _RUN.c.id == _ANSWER.c.run_id)
            .where(_RUN.c.survey == slug, _RUN.c.version == version, _RUN.c.asked_at >= since)
            .subquery()
        )
        is_middle = and_(
            ranked.c.answered_at.is_not(None),
            ranked.c.place.in_([(ranked.c.answered + 1) // 2, (ranked.c.answered + 2) // 2]),
        )
        counted = select(
            ranked.c.question,
            func.max(ranked.c.shown),
            func.max(ranked.c.answered),
            func.avg(ranked.c.took).filter(is_middle),
        ).group_by(ranked.c.question)
        return [
            Shown(row[0], row[1], row[2], None if row[3] is None else float(row[3]))
            for row in self._connection.execute(counted)
        ]


def _seconds(moment: Any, is_postgres: bool) -> ColumnElement[Any]:
    """Seconds since some fixed moment."""
    if is_postgres:
        return func.extract("epoch", moment)
    return func.julianday(moment) * 86_400
