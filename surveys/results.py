"""What the answers to one survey say: scores with their intervals, what changed, who stands out, what is talked of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from math import fsum, sqrt
from typing import Final, NamedTuple

from insights.funnel import ALARM, ALERT, ENOUGH_ORDERS, Position, binomial_limits
from insights.metrics import (
    ENOUGH,
    Z_95,
    Interval,
    Proportion,
    Verdict,
    by_group,
    nps,
    proportion,
    small_nps_interval,
)
from storage.kinds import ScoreGroup, SurveyKind, TallyDimension
from surveys import scales
from surveys.tallying import Counts, total

ENOUGH_OF_ONE: Final = ENOUGH_ORDERS
"""Fewer answers than these about a member of staff are not shown (feature PV5): one could tell who said what."""
CLEARLY: Final = 2.58
"""Two-sided 99 %: among many rows one or the other passes 95 % by chance."""
MANY_UNDELIVERED: Final = 0.1
PLAIN: Final = (
    TallyDimension.CHANNEL,
    TallyDimension.TOUCHPOINT,
    TallyDimension.LANGUAGE,
    TallyDimension.VERSION,
)


class Measure(StrEnum):
    """What a survey's answers are summed up to: points -100..100, per cent of the satisfied, or a mean score."""

    NPS = "nps"
    SHARE = "share"
    MEAN = "mean"


class Score(NamedTuple):
    """A value with its standard error and 95 % interval, in the unit of its measure; `n` counts answers."""

    measure: Measure
    value: float
    low: float
    high: float
    error: float
    n: int

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


class Change(NamedTuple):
    """Later minus earlier with its 95 % interval; `z` is None where neither sample has any spread."""

    difference: float
    low: float
    high: float
    z: float | None
    verdict: Verdict


class Row(NamedTuple):
    """One line of a breakdown; `score` is None without answers, `response` where nobody was asked."""

    name: str
    score: Score | None
    response: Proportion | None


class StaffRow(NamedTuple):
    """One member of staff. `satisfied`: of their answers the share in the best group, between the limits of a funnel
    around everybody's; `position` judges it, good being above."""

    name: str
    score: Score
    satisfied: Proportion
    limits: Interval
    position: Position


class Staff(NamedTuple):
    """`overall`: everybody's share. `hidden`: how many have too few answers to be shown, `unshown`: those answers."""

    overall: Proportion
    rows: list[StaffRow]
    hidden: int
    unshown: int


class Given(NamedTuple):
    """How often one score was given."""

    score: int
    share: Proportion


class Topic(NamedTuple):
    """`comments` about it, of them with a score of each group."""

    name: str
    comments: int
    groups: dict[ScoreGroup, int]

    @property
    def complaints(self) -> int:
        return self.groups.get(ScoreGroup.DETRACTOR, 0)


class Month(NamedTuple):
    """By its first day. The interval of few answers is the wider one of small samples."""

    first: date
    score: Score | None


class Hint(StrEnum):
    """What deserves a look."""

    FELL = "fell"
    ROSE = "rose"
    BRANCH_BELOW = "branch_below"
    STAFF_BELOW = "staff_below"
    STAFF_ABOVE = "staff_above"
    TOPIC = "topic"
    UNDELIVERED = "undelivered"


class Finding(NamedTuple):
    """`name`: whom or what it is about; `amount`: points, answers, comments or a share, as the hint has it."""

    hint: Hint
    name: str
    amount: float


@dataclass(frozen=True, slots=True)
class Material:
    """What the results are made of. Breakdowns are by name, days in order; `before`: the period before, as long."""

    kind: SurveyKind
    whole: Counts
    before: Counts
    days: Sequence[tuple[date, Counts]]
    branches: Mapping[str, Counts]
    along: Mapping[TallyDimension, Mapping[str, Counts]]


@dataclass(frozen=True, slots=True)
class Results:
    kind: SurveyKind
    score: Score | None
    before: Score | None
    change: Change | None
    response: Proportion | None
    undelivered: int
    given: list[Given]
    months: list[Month]
    branches: list[Row]
    along: dict[TallyDimension, list[Row]]
    """By channel, touchpoint, language and version."""
    staff: Staff | None
    topics: list[Topic]
    findings: list[Finding]


def results(material: Material) -> Results:
    kind = material.kind
    now, earlier = score_of(kind, material.whole), score_of(kind, material.before)
    moved = change(earlier, now) if earlier and now else None
    told = staff(kind, material.along.get(TallyDimension.SELLER, {}))
    topics = topics_of(kind, material.along.get(TallyDimension.TOPIC, {}))
    return Results(
        kind=kind,
        score=now,
        before=earlier,
        change=moved,
        response=response_of(material.whole),
        undelivered=material.whole.undelivered,
        given=distribution(kind, material.whole),
        months=months(kind, material.days),
        branches=breakdown(kind, material.branches),
        along={dimension: breakdown(kind, material.along.get(dimension, {})) for dimension in PLAIN},
        staff=told,
        topics=topics,
        findings=[
            *_of_change(moved),
            *_of_branches(kind, material.branches),
            *_of_staff(told),
            *_of_topics(topics),
            *_of_delivery(material.whole),
        ],
    )


# --- scores


def measure_of(kind: SurveyKind) -> Measure:
    """Own questions have no groups: of their scores there is a mean."""
    return {SurveyKind.NPS: Measure.NPS, SurveyKind.OWN: Measure.MEAN}.get(kind, Measure.SHARE)


def groups_of(kind: SurveyKind, counts: Counts) -> dict[ScoreGroup, int]:
    """How many answers fell into each group; scores off the kind's scale, as of an older version, into none."""
    groups = dict.fromkeys(ScoreGroup, 0)
    if kind is not SurveyKind.OWN:
        for score in scales.rows(kind):
            groups[scales.group_of(kind, score)] += counts.scores[score]
    return groups


def satisfied_of(kind: SurveyKind, counts: Counts) -> tuple[int, int]:
    """How many answers are in the best group, of how many."""
    groups = groups_of(kind, counts)
    return groups[ScoreGroup.PROMOTER], sum(groups.values())


def score_of(kind: SurveyKind, counts: Counts) -> Score | None:
    """NPS: `metrics.nps`, cut at -100 and 100. Share: Wilson's interval, the error of the change is Wald's. Mean:
    1.96 s / sqrt(n), s with n - 1. None without answers (of one answer no mean: it has no spread)."""
    match measure_of(kind):
        case Measure.NPS:
            found = nps(*by_group(groups_of(kind, counts)))
            if found is None:
                return None
            low, high = max(found.score - found.margin, -100.0), min(found.score + found.margin, 100.0)
            return Score(Measure.NPS, found.score, low, high, found.standard_error, found.n)
        case Measure.SHARE:
            share = proportion(*satisfied_of(kind, counts))
            if share is None:
                return None
            error = sqrt(share.share * (1 - share.share) / share.n)
            return Score(Measure.SHARE, 100 * share.share, 100 * share.low, 100 * share.high, 100 * error, share.n)
        case Measure.MEAN:
            return _mean(counts)


def change(before: Score, after: Score) -> Change:
    """Two-sample z, as of `metrics.nps_change` (feature NP3), for any measure."""
    difference = after.value - before.value
    spread = sqrt(before.error**2 + after.error**2)
    z = difference / spread if spread else None
    if not (before.is_enough and after.is_enough):
        verdict = Verdict.TOO_FEW
    elif difference == 0 or (z is not None and abs(z) < Z_95):
        verdict = Verdict.NOT_PROVEN
    else:
        verdict = Verdict.UP if difference > 0 else Verdict.DOWN
    return Change(difference, difference - Z_95 * spread, difference + Z_95 * spread, z, verdict)


def response_of(counts: Counts) -> Proportion | None:
    """Of the questions of ours that went out, how many got a score. The last two weeks' may still get theirs."""
    return proportion(counts.heard, counts.asked)


def distribution(kind: SurveyKind, counts: Counts) -> list[Given]:
    """Each score of the scale; of own questions those that were given."""
    scores = scales.rows(kind) if kind is not SurveyKind.OWN else [at for at, n in enumerate(counts.scores) if n]
    n = sum(counts.scores[score] for score in scores)
    return [Given(score, share) for score in scores if (share := proportion(counts.scores[score], n))]


def months(kind: SurveyKind, days: Sequence[tuple[date, Counts]]) -> list[Month]:
    """Every month from the first day to the last; `days` in order."""
    by_month = {
        first: total(counts for _, counts in some)
        for first, some in groupby(days, key=lambda day: day[0].replace(day=1))
    }
    if not by_month:
        return []
    found, first, last = list[Month](), min(by_month), max(by_month)
    while first <= last:
        found.append(Month(first, _small(kind, by_month[first]) if first in by_month else None))
        first = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return found


# --- breakdowns


def breakdown(kind: SurveyKind, named: Mapping[str, Counts]) -> list[Row]:
    """Whoever has most answers first."""
    rows = [Row(name, score_of(kind, counts), response_of(counts)) for name, counts in named.items()]
    return sorted(rows, key=lambda row: (-(row.score.n if row.score else 0), row.name))


def staff(kind: SurveyKind, named: Mapping[str, Counts]) -> Staff | None:
    """Everybody with enough answers, whoever is furthest below first; None without answers, or without groups."""
    overall = proportion(*satisfied_of(kind, total(named.values())))
    if overall is None:
        return None
    shares = {
        name: share for name, counts in named.items() if (share := proportion(*satisfied_of(kind, counts))) is not None
    }
    rows = [
        _staff_row(kind, name, named[name], share, overall.share)
        for name, share in shares.items()
        if share.n >= ENOUGH_OF_ONE
    ]
    ranks = list(Position)
    hidden = [share.n for share in shares.values() if share.n < ENOUGH_OF_ONE]
    ordered = sorted(rows, key=lambda row: (ranks.index(row.position), row.satisfied.share, row.name))
    return Staff(overall, ordered, len(hidden), sum(hidden))


def topics_of(kind: SurveyKind, named: Mapping[str, Counts]) -> list[Topic]:
    """What most comments are about first."""
    topics = [Topic(name, counts.asked, groups_of(kind, counts)) for name, counts in named.items()]
    return sorted(topics, key=lambda topic: (-topic.comments, topic.name))


def _staff_row(kind: SurveyKind, name: str, counts: Counts, share: Proportion, overall: float) -> StaffRow:
    score = score_of(kind, counts)
    assert score is not None  # who has a share has answers
    alert, alarm = (binomial_limits(share.n, overall, level) for level in (ALERT, ALARM))
    return StaffRow(name, score, share, alert, _position(share.share, alert, alarm))


def _position(share: float, alert: Interval, alarm: Interval) -> Position:
    """The funnel of complaints turned over: here more is better."""
    if share < alert.low:
        return Position.ALARM if share < alarm.low else Position.ALERT
    if share > alert.high:
        return Position.VERY_GOOD if share > alarm.high else Position.GOOD
    return Position.USUAL


def _mean(counts: Counts) -> Score | None:
    n = counts.answers
    if n < 2:
        return None
    mean = sum(score * given for score, given in enumerate(counts.scores)) / n
    squares = fsum(given * (score - mean) ** 2 for score, given in enumerate(counts.scores))
    error = sqrt(squares / (n - 1) / n)
    return Score(Measure.MEAN, mean, mean - Z_95 * error, mean + Z_95 * error, error, n)


def _small(kind: SurveyKind, counts: Counts) -> Score | None:
    found = score_of(kind, counts)
    if found is None or found.measure is not Measure.NPS or found.is_enough:
        return found
    low, high = small_nps_interval(*by_group(groups_of(kind, counts)))
    return found._replace(low=low, high=high)


# --- what deserves a look


def _of_change(moved: Change | None) -> Iterable[Finding]:
    if moved is not None and moved.verdict is Verdict.DOWN:
        yield Finding(Hint.FELL, "", moved.difference)
    if moved is not None and moved.verdict is Verdict.UP:
        yield Finding(Hint.ROSE, "", moved.difference)


def _of_branches(kind: SurveyKind, named: Mapping[str, Counts]) -> Iterable[Finding]:
    """Each branch against all others together."""
    for name, counts in named.items():
        own = score_of(kind, counts)
        others = score_of(kind, total(other for another, other in named.items() if another != name))
        if not name or own is None or others is None:
            continue
        against = change(others, own)
        if against.verdict is Verdict.DOWN and (against.z is None or against.z <= -CLEARLY):
            yield Finding(Hint.BRANCH_BELOW, name, against.difference)


def _of_staff(told: Staff | None) -> Iterable[Finding]:
    for row in told.rows if told else ():
        if row.position is Position.ALARM:
            yield Finding(Hint.STAFF_BELOW, row.name, row.satisfied.share)
        if row.position is Position.VERY_GOOD:
            yield Finding(Hint.STAFF_ABOVE, row.name, row.satisfied.share)


def _of_topics(topics: Sequence[Topic]) -> Iterable[Finding]:
    worst = max(topics, key=lambda topic: topic.complaints, default=None)
    if worst is not None and worst.complaints >= ENOUGH_OF_ONE:
        yield Finding(Hint.TOPIC, worst.name, worst.complaints)


def _of_delivery(whole: Counts) -> Iterable[Finding]:
    share = proportion(whole.undelivered, whole.undelivered + whole.asked)
    if share is not None and share.is_enough and share.low > MANY_UNDELIVERED:
        yield Finding(Hint.UNDELIVERED, "", share.share)
