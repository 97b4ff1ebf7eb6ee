"""Results of surveys: the score with its interval, what deserves a look, and every breakdown; as a page and a table."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Final, NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from console.access import MANAGERS, OWNERS, READERS
from console.chart import Point, trend
from console.pages import Visit
from console.reasons import why
from console.spans import span
from console.words import Words
from insights.metrics import ENOUGH
from loyalty.refused_rows import harmless
from storage.kinds import CaseCause, ScoreGroup, SurveyKind, TallyDimension
from storage.store import Store
from storage.survey_results import Said
from surveys.influence import Sign, Trace
from surveys.reports import Period, Report, branches_of, last_days, read_report
from surveys.results import ENOUGH_OF_ONE, PLAIN, Finding, Hint, Measure, Results, Row, Score, Topic, measure_of

PERIODS: Final = (30, 90, 365)
NO_BRANCH: Final = "-"
"""In an address: visits to no branch. A branch of this name would be shadowed."""
QUOTES: Final = 3
SHOWN: Final = 8
"""Lines of a breakdown before it has to be opened."""
ABOUT_STAFF: Final = frozenset({Hint.STAFF_BELOW, Hint.STAFF_ABOVE})
JOB: Final = "add_up_answers"


class Choice(NamedTuple):
    """A survey that can be looked at. `title` is what the staff call it, '' for one of ours."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `branch`: None for all."""

    survey: str
    days: int
    branch: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """What is read for the page. `at`: when answers were last added up."""

    choices: list[Choice]
    asked: Asked
    period: Period
    branches: list[str]
    report: Report
    at: datetime | None


class Group(NamedTuple):
    """A topic with some of its comments."""

    topic: Topic
    quotes: list[Said]


async def show(visit: Visit) -> Response:
    look = await visit.read(lambda store: _look(store, visit))
    if look is None:
        return visit.page("survey_results.html", look=None)
    words, found = visit.words, look.report.results
    return visit.page(
        "survey_results.html",
        look=look,
        found=found,
        findings=[(one.hint, _finding(one, found.kind, words)) for one in _seen(found.findings, visit)],
        staff=found.staff if visit.staff.role in MANAGERS else None,
        signs=[_sign(one, words) for one in look.report.traces],
        topics=_quoted(found.topics, look.report.comments),
        unnamed=[one for one in look.report.comments if not one.topics][:QUOTES],
        ruler=_ruler(found.score, words) if found.score else None,
        chart=_chart(found, words),
        along=[(dimension, rows) for dimension, rows in found.along.items() if len(rows) > 1],
        value=lambda amount: _value(amount, measure_of(found.kind), words),
        line=lambda row: _line(row, found),
        share_line=lambda row: span(
            row.satisfied.share, row.limits.low, row.limits.high, found.staff.overall.share if found.staff else None
        ),
        named=lambda dimension, name: _named(dimension, name, words),
        cause=lambda name: _cause(name, words),
        because=lambda reason: why(words, reason),
        title=lambda choice: _title(choice, words),
        many=words.many,
        groups=list(ScoreGroup),
        periods=PERIODS,
        no_branch=NO_BRANCH,
        shown=SHOWN,
        enough=ENOUGH,
        enough_of_one=ENOUGH_OF_ONE,
    )


async def download(visit: Visit) -> Response:
    """The breakdowns as a table that a spreadsheet opens; a score only where there is enough to tell one."""
    look = await visit.read(lambda store: _look(store, visit))
    if look is None:
        return visit.page("missing.html", 404)
    text = StringIO()
    csv.writer(text, delimiter=";").writerows(_table(look, visit))
    headers = {"content-disposition": f'attachment; filename="results-{look.period.until:%Y-%m-%d}.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _look(store: Store, visit: Visit) -> Look | None:
    """None as long as nobody was ever asked."""
    choices = _choices(store)
    if not choices:
        return None
    query = visit.request.query_params
    survey = next((one.slug for one in choices if one.slug == query.get("survey")), choices[0].slug)
    days = next((one for one in PERIODS if str(one) == query.get("days")), PERIODS[1])
    period = last_days(visit.today, days)
    branches = sorted(branches_of(store, survey, period))
    wished = "" if query.get("branch") == NO_BRANCH else query.get("branch") or None
    asked = Asked(survey, days, wished if wished in branches else None)
    report = read_report(
        store,
        survey,
        period,
        visit.words.zone,
        asked.branch,
        with_comments=visit.staff.role in READERS,
        with_traces=visit.staff.role in OWNERS,
    )
    return Look(choices, asked, period, branches, report, store.occasions.last_success(JOB))


def _choices(store: Store) -> list[Choice]:
    """What was put to somebody: ours first, then the business's own."""
    titles = {one.slug: one.title for one in store.survey_results.known()}
    asked = [slug for slug in store.survey_results.surveys() if slug in titles or slug in set(SurveyKind)]
    order = list[str](SurveyKind)
    asked.sort(key=lambda slug: (order.index(slug) if slug in order else len(order), slug))
    return [Choice(slug, titles.get(slug, "")) for slug in asked]


def _seen(findings: Sequence[Finding], visit: Visit) -> Iterator[Finding]:
    for one in findings:
        if one.hint not in ABOUT_STAFF or visit.staff.role in MANAGERS:
            yield one


# --- in words


def _title(choice: Choice, words: Words) -> str:
    return choice.title or words.t(f"results.measure.{choice.slug}")


def _value(amount: float, measure: Measure, words: Words) -> str:
    match measure:
        case Measure.NPS:
            return words.signed(amount)
        case Measure.SHARE:
            return words.percent(amount / 100)
        case Measure.MEAN:
            return words.number(amount, 1)


def _moved(amount: float, measure: Measure, words: Words) -> str:
    """By how much, without its direction."""
    size = abs(amount)
    if measure is Measure.MEAN:
        return words.number(size, 1)
    return words.n("results.points" if measure is Measure.NPS else "results.percent_points", round(size))


def _finding(one: Finding, kind: SurveyKind, words: Words) -> str:
    match one.hint:
        case Hint.FELL | Hint.ROSE | Hint.BRANCH_BELOW:
            amount = _moved(one.amount, measure_of(kind), words)
        case Hint.TOPIC:
            amount = words.n("results.comments", round(one.amount))
        case _:
            amount = words.percent(one.amount)
    name = _cause(one.name, words) if one.hint is Hint.TOPIC else one.name
    return words.t(f"results.found.{one.hint.value}", name=name, amount=amount)


def _sign(one: Trace, words: Words) -> str:
    return words.t(
        f"results.sign.{one.sign.value}",
        name=one.name or words.t("results.no_branch"),
        found=words.number(one.found),
        n=words.number(one.n),
        usual=words.number(one.usual, 2) if one.sign is Sign.BURST else words.percent(one.usual),
        day=words.day(one.day) if one.day else "",
    )


def _named(dimension: TallyDimension, name: str, words: Words) -> str:
    match dimension:
        case TallyDimension.CHANNEL:
            return words.t(f"channel.{name}")
        case TallyDimension.TOUCHPOINT:
            return words.t(f"touchpoint.{name}")
        case TallyDimension.LANGUAGE:
            return words.t(f"language.{name}")
        case TallyDimension.VERSION:
            return words.t("results.version", version=name)
    return name


def _cause(name: str, words: Words) -> str:
    return words.t(f"cause.{name}") if name in set(CaseCause) else name


def _quoted(topics: Sequence[Topic], comments: Sequence[Said]) -> list[Group]:
    """The newest of each; who is unhappy first, as that is what one reads it for."""
    groups = []
    for topic in topics:
        about = [one for one in comments if topic.name in one.topics]
        about.sort(key=lambda one: one.group is not ScoreGroup.DETRACTOR)
        groups.append(Group(topic, about[:QUOTES]))
    return groups


# --- pictures


def _ends(results: Results) -> tuple[float, float]:
    """Of the scale that the score lies on."""
    match measure_of(results.kind):
        case Measure.NPS:
            return -100.0, 100.0
        case Measure.SHARE:
            return 0.0, 100.0
        case Measure.MEAN:
            given = [one.score for one in results.given] or [0, 10]
            return min(given), max(max(given), min(given) + 1)


def _ruler(score: Score, words: Words) -> Markup:
    """The score as a dot on its whole scale, its interval as a bar."""
    low, high = {Measure.NPS: (-100.0, 100.0), Measure.SHARE: (0.0, 100.0)}.get(score.measure, (0.0, 10.0))
    width = 320

    def x(value: float) -> float:
        return (min(max(value, low), high) - low) / (high - low) * width

    texts = Markup("").join(
        Markup('<text x="{:.0f}" y="36" text-anchor="{}">{}</text>').format(
            x(mark), anchor, _value(mark, score.measure, words)
        )
        for mark, anchor in ((low, "start"), ((low + high) / 2, "middle"), (high, "end"))
    )
    return Markup(
        '<svg class="ruler wide-ruler" viewBox="0 0 {} 40" aria-hidden="true">'
        '<rect class="rail-line" x="0" y="12" width="{}" height="4" rx="2"/>'
        '<rect class="span" x="{:.1f}" y="8" width="{:.1f}" height="12" rx="6"/>'
        '<circle cx="{:.1f}" cy="14" r="6"/>{}</svg>'
    ).format(width, width, x(score.low), max(x(score.high) - x(score.low), 2), x(score.value), texts)


def _line(row: Row, found: Results) -> Markup:
    """One line of a breakdown beside the whole."""
    low, high = _ends(found)

    def share(value: float) -> float:
        return (value - low) / (high - low)

    if row.score is None or found.score is None:
        return Markup("")
    return span(share(row.score.value), share(row.score.low), share(row.score.high), share(found.score.value))


def _chart(found: Results, words: Words) -> Markup | None:
    """The months, where there are at least two with answers. A mean of own questions has no scale to draw it on."""
    if measure_of(found.kind) is Measure.MEAN or sum(one.score is not None for one in found.months) < 2:
        return None
    measure = measure_of(found.kind)
    points = []
    for month in found.months:
        label = words.short_month(month.first)
        if month.score is None:
            points.append(Point(label, "", None))
            continue
        title = words.t(
            "results.month",
            month=words.month(month.first),
            score=_value(month.score.value, measure, words),
            answers=words.many("answers", month.score.n),
        )
        points.append(Point(label, title, month.score.value, month.score.low, month.score.high))
    return trend(points, words.t("results.trend"), lowest=-100 if measure is Measure.NPS else 0)


# --- the table


def _table(look: Look, visit: Visit) -> Iterator[list[str]]:
    words, found = visit.words, look.report.results
    yield [
        words.t(f"results.table.{column}") for column in ("by", "name", "score", "low", "high", "answers", "response")
    ]
    whole = Row("", found.score, found.response)
    yield _cells(words.t("results.table.all"), "", whole, words)
    for row in found.branches:
        yield _cells(words.t("results.by.branch"), row.name or words.t("results.no_branch"), row, words)
    for one in found.staff.rows if found.staff and visit.staff.role in MANAGERS else ():
        yield _cells(words.t("results.by.seller"), one.name, Row(one.name, one.score, None), words)
    for dimension in PLAIN:
        for row in found.along[dimension]:
            yield _cells(words.t(f"results.by.{dimension.value}"), _named(dimension, row.name, words), row, words)


def _cells(by: str, name: str, row: Row, words: Words) -> list[str]:
    score, response = row.score, row.response
    told = (
        [words.number(one, 1) for one in (score.value, score.low, score.high)]
        if score and score.is_enough
        else [""] * 3
    )
    share = words.number(100 * response.share, 1) if response else ""
    return [by, harmless(name), *told, str(score.n if score else 0), share]
