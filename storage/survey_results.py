"""Queries: the answers to a survey day by day, added up, and what the reports show beside the sums."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Select, func, literal_column, or_, select

from storage.columns import Queries, table_of
from storage.kinds import DeliveryState, OccasionOutcome, RunEnding, ScoreGroup, SurveyKind, TallyDimension
from storage.models import Occasion, OutboxMessage, Survey, SurveyRun, SurveyTally

_SURVEY = table_of(Survey)
_RUN = table_of(SurveyRun)
_TALLY = table_of(SurveyTally)
_OUT = table_of(OutboxMessage)
_OCCASION = table_of(Occasion)

_NEVER_LEFT: Final = (DeliveryState.FAILED, DeliveryState.CANCELLED)
_CHANGES_FOR: Final = timedelta(hours=25)
"""How long after its answer a run may still change (a score: a day), and a little."""
_IS_SKIPPED: Final = literal_column(f"occasion.outcome = '{OccasionOutcome.SKIPPED}'", Boolean)
"""Spelt out: a partial index is not found for a bound value."""
_SCORES: Final = [_TALLY.c[f"score_{score}"] for score in range(11)]


class Summed(NamedTuple):
    """Sums along one dimension; `scores`: how often 0, 1, … 10 was given."""

    dimension: TallyDimension
    key: str
    asked: int
    heard: int
    undelivered: int
    quick: int
    peak: int
    scores: list[int]


class Day(NamedTuple):
    """One day of one branch on which many answered within a minute."""

    day: date
    branch: str
    peak: int
    answers: int


class Said(NamedTuple):
    """A comment of a survey."""

    customer_id: UUID
    score: int | None
    group: ScoreGroup | None
    text: str
    topics: list[str]
    at: datetime
    branch: str


class SurveyResults(Queries):
    # --- adding up

    def surveys(self) -> list[str]:
        """Every slug that was ever put to somebody. One look into the index for each: a DISTINCT would read it all."""
        found: list[str] = []
        while (slug := self._connection.execute(_next_slug(found[-1] if found else "")).scalar_one()) is not None:
            found.append(slug)
        return found

    def known(self) -> list[Survey]:
        """What is asked now."""
        return self._all(Survey, select(_SURVEY).order_by(_SURVEY.c.created_at, _SURVEY.c.slug))

    def newest_day(self, survey: str) -> date | None:
        """The last day that was added up."""
        last = select(func.max(_TALLY.c.day)).where(
            _TALLY.c.survey == survey, _TALLY.c.dimension == TallyDimension.WHOLE
        )
        found: date | None = self._connection.execute(last).scalar_one()
        return found

    def next_asked(self, survey: str, since: datetime | None) -> datetime | None:
        """When the first run from then on was asked."""
        first = select(func.min(_RUN.c.asked_at)).where(_RUN.c.survey == survey)
        if since is not None:
            first = first.where(_RUN.c.asked_at >= since)
        found: datetime | None = self._connection.execute(first).scalar_one()
        return found

    def changed_since(self, survey: str, since: datetime) -> list[datetime]:
        """When the runs were asked that were asked, answered, changed or closed since then."""
        asked = select(_RUN.c.asked_at).where(_RUN.c.survey == survey, _RUN.c.asked_at >= since)
        answered = select(_RUN.c.asked_at).where(
            _RUN.c.kind.in_(list(SurveyKind)),
            _RUN.c.answered_at >= since - _CHANGES_FOR,
            or_(_RUN.c.answered_at >= since, _RUN.c.changed_at >= since, _RUN.c.closed_at >= since),
            _RUN.c.survey == survey,
        )
        return [
            *self._connection.execute(asked).scalars(),
            *self._connection.execute(answered).scalars(),
        ]

    def asked_between(self, survey: str, since: datetime, until: datetime) -> list[tuple[Any, ...]]:
        """The columns of `surveys.tallying.AskedRun`, in its order. What was taken back unanswered is left out."""
        never_left = func.coalesce(_OUT.c.state.in_(_NEVER_LEFT), False)
        runs = (
            select(
                _RUN.c.version,
                _RUN.c.touchpoint,
                _RUN.c.bot_id,
                _RUN.c.language,
                _RUN.c.branch,
                _RUN.c.seller,
                _RUN.c.score,
                _RUN.c.topics,
                _RUN.c.asked_at,
                _RUN.c.answered_at,
                never_left,
            )
            .join_from(_RUN, _OUT, _OUT.c.id == _RUN.c.outbox_id, isouter=True)
            .where(_RUN.c.survey == survey, _RUN.c.asked_at >= since, _RUN.c.asked_at < until)
            .where(or_(_RUN.c.ending.is_(None), _RUN.c.ending != RunEnding.CANCELLED, _RUN.c.score.is_not(None)))
        )
        return [tuple(row) for row in self._connection.execute(runs)]

    def replace_day(self, survey: str, day: date, tallies: Sequence[SurveyTally]) -> None:
        self._connection.execute(
            _TALLY.delete().where(
                _TALLY.c.survey == survey, _TALLY.c.dimension.in_(list(TallyDimension)), _TALLY.c.day == day
            )
        )
        self._insert(*tallies)

    # --- reading

    def sums(
        self,
        survey: str,
        since: date,
        until: date,
        branch: str | None = None,
        dimensions: Collection[TallyDimension] = tuple(TallyDimension),
    ) -> list[Summed]:
        """Along each dimension, its values added up over these days (`until` is not one of them) and branches."""
        summed = self._summed(_TALLY.c.value, survey, since, until, dimensions, branch)
        return [_row(row) for row in self._connection.execute(summed.group_by(_TALLY.c.dimension, _TALLY.c.value))]

    def by_branch(self, survey: str, since: date, until: date) -> list[Summed]:
        """Each branch whole; '' is none of them."""
        summed = self._summed(_TALLY.c.branch, survey, since, until, [TallyDimension.WHOLE], None)
        return [_row(row) for row in self._connection.execute(summed.group_by(_TALLY.c.dimension, _TALLY.c.branch))]

    def by_day(self, survey: str, since: date, until: date, branch: str | None = None) -> list[tuple[date, Summed]]:
        """Each day whole; `key` of its sums is ''."""
        summed = self._summed(func.min(_TALLY.c.value), survey, since, until, [TallyDimension.WHOLE], branch)
        days = summed.add_columns(_TALLY.c.day).group_by(_TALLY.c.dimension, _TALLY.c.day).order_by(_TALLY.c.day)
        return [(row[-1], _row(row[:-1])) for row in self._connection.execute(days)]

    def bursts(self, survey: str, since: date, until: date, at_least: int, limit: int) -> list[Day]:
        """Days of a branch on which so many answered within one minute; the newest first."""
        answers = sum(_SCORES[1:], _SCORES[0])
        found = (
            select(_TALLY.c.day, _TALLY.c.branch, _TALLY.c.peak, answers)
            .where(*_within(survey, since, until, [TallyDimension.WHOLE]), _TALLY.c.peak >= at_least)
            .order_by(_TALLY.c.day.desc(), _TALLY.c.branch)
            .limit(limit)
        )
        return [Day(*row) for row in self._connection.execute(found)]

    def said(self, survey: str, since: datetime, until: datetime, limit: int, branch: str | None = None) -> list[Said]:
        """The newest comments to questions of this time."""
        comments = (
            select(
                _RUN.c.customer_id,
                _RUN.c.score,
                _RUN.c.score_group,
                _RUN.c.comment,
                _RUN.c.topics,
                func.coalesce(_RUN.c.answered_at, _RUN.c.asked_at, type_=_RUN.c.asked_at.type),
                _RUN.c.branch,
            )
            .where(_RUN.c.survey == survey, _RUN.c.asked_at >= since, _RUN.c.asked_at < until)
            .where(_RUN.c.comment.is_not(None))
            .order_by(_RUN.c.asked_at.desc(), _RUN.c.id)
            .limit(limit)
        )
        if branch is not None:
            comments = comments.where(_RUN.c.branch == branch)
        return [
            Said(*row[:4], topics=row[4] or [], at=row[5], branch=row[6])
            for row in self._connection.execute(comments)
            if row[3].strip()
        ]

    def not_asked(self, survey: str, since: datetime, until: datetime) -> list[tuple[str, int]]:
        """Why customers whose turn of this survey it was were left alone, and how often; the most frequent reason
        first."""
        often = func.count().label("often")
        skipped = (
            select(_OCCASION.c.reason, often)
            .where(
                _IS_SKIPPED,
                _OCCASION.c.survey == survey,
                _OCCASION.c.at >= since,
                _OCCASION.c.at < until,
            )
            .group_by(_OCCASION.c.reason)
            .order_by(often.desc(), _OCCASION.c.reason)
        )
        return [(row[0], row[1]) for row in self._connection.execute(skipped)]

    def _summed(
        self,
        key: ColumnElement[Any],
        survey: str,
        since: date,
        until: date,
        dimensions: Collection[TallyDimension],
        branch: str | None,
    ) -> Select[Any]:
        columns = [_TALLY.c.asked, _TALLY.c.heard, _TALLY.c.undelivered, _TALLY.c.quick]
        sums = (func.sum(column) for column in columns)
        scores = (func.sum(column) for column in _SCORES)
        summed = select(_TALLY.c.dimension, key, *sums, func.max(_TALLY.c.peak), *scores)
        summed = summed.where(*_within(survey, since, until, dimensions))
        return summed if branch is None else summed.where(_TALLY.c.branch == branch)


def _within(
    survey: str, since: date, until: date, dimensions: Collection[TallyDimension]
) -> tuple[ColumnElement[bool], ...]:
    """The dimensions are named even where all are meant: the days are found in the key behind them."""
    return (
        _TALLY.c.survey == survey,
        _TALLY.c.dimension.in_(list(dimensions)),
        _TALLY.c.day >= since,
        _TALLY.c.day < until,
    )


def _next_slug(after: str) -> Select[Any]:
    return select(func.min(_RUN.c.survey)).where(_RUN.c.survey > after)


def _row(row: Sequence[Any]) -> Summed:
    dimension, key, asked, heard, undelivered, quick, peak, *scores = row
    return Summed(dimension, key, asked, heard, undelivered, quick, peak, scores)
