"""The business in numbers: the page of eight and what stands beside them, cohorts, the forecast, the goals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from markupsafe import Markup
from starlette.responses import Response

from console.access import MANAGERS
from console.chart import Point, outlook
from console.figures import (
    ASKED_WITHIN,
    Told,
    answered,
    currency_of,
    difference,
    figures_of,
    is_asked,
    numbers_of,
    told,
)
from console.goals import GoalLine, lines_of
from console.pages import Visit
from console.words import Words
from insights.figures import EIGHT, METRICS, Figure, MetricKey, Unit, share_figure
from insights.metrics import ENOUGH
from storage.models import BaseReport, Staff
from storage.store import Store

FOUR_WEEKS: Final = timedelta(days=28)
FROM_FOUR_WEEKS: Final = timedelta(days=7)
"""A report so far from four weeks ago still counts as one of then."""
MORE: Final = (
    MetricKey.MEDIAN_CHECK,
    MetricKey.VISIT_PERIOD,
    MetricKey.LAPSE_CHURN,
    MetricKey.RETURNED_MONEY,
    MetricKey.FORWARD_LTV,
)
OF_ORDERS: Final = frozenset(
    {MetricKey.AVERAGE_CHECK, MetricKey.MEDIAN_CHECK, MetricKey.RETURNS, MetricKey.RETURNED_MONEY}
)
OF_ANSWERS: Final = frozenset({MetricKey.NPS, MetricKey.CSAT})
OF_PERIOD: Final = frozenset({MetricKey.CRR, MetricKey.CHURN, MetricKey.LAPSE_CHURN})
"""Those that ask of the longest period that the base has seen twice, which grows with its history."""
COHORT_MONTHS: Final = 12
PAST_WEEKS: Final = 24
SHADES: Final = 10
VIEWS: Final = ("share", "people")


class Cell(NamedTuple):
    """One field of the cohort table: what is written in it, what it means in words, and how dark it is."""

    text: str
    title: str
    shade: int


@dataclass(frozen=True, slots=True)
class CohortRow:
    name: str
    size: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Outlook:
    """One forecast; `weeks` are (week, expected, range) as text, `check` says how such forecasts did."""

    name: str
    chart: Markup
    weeks: list[tuple[str, str, str]]
    check: str
    too_few: str


@dataclass(frozen=True, slots=True)
class Look:
    """What is read for one page."""

    report: BaseReport | None
    earlier: BaseReport | None
    answers: Mapping[MetricKey, Figure]
    answers_before: Mapping[MetricKey, Figure]
    goals: list[GoalLine]
    staff: list[Staff]
    is_asked: bool


async def show(visit: Visit) -> Response:
    look = await visit.read(lambda store: _look(store, visit))
    section = numbers_of(look.report)
    if look.report is None or section is None:
        return visit.page("not_rated.html", title=visit.words.t("numbers.title"), is_asked=look.is_asked)
    wished = visit.request.query_params.get("cohorts", "")
    view = wished if wished in VIEWS else VIEWS[0]
    cards = _cards(look, section, visit.words)
    cohorts = cohort_rows(section["cohorts"], view, visit.words, begun=section["begun"][:7])
    return visit.page(
        "numbers.html",
        n=lambda key, count: visit.words.n(key, count).replace(str(count), visit.words.number(count), 1),
        report=look.report,
        section=section,
        begun=date.fromisoformat(section["begun"]),
        until=date.fromisoformat(section["today"]),
        eight=[cards[key] for key in EIGHT],
        more=[cards[key] for key in MORE],
        cohorts=cohorts,
        months=range(1, max((len(row.cells) for row in cohorts), default=0) + 1),
        view=view,
        views=VIEWS,
        outlooks=[_outlook(name, place, section, visit.words) for place, name in ((1, "visits"), (3, "revenue"))],
        goals=look.goals,
        metrics=[key for key in EIGHT if cards[key].figure.is_enough],
        staff=look.staff,
        manages=visit.staff.role in MANAGERS,
        enough=ENOUGH,
        tomorrow=visit.words.local(visit.now + timedelta(days=1)).date().isoformat(),
    )


def _look(store: Store, visit: Visit) -> Look:
    report, then = store.reports.newest(), visit.now - FOUR_WEEKS
    earlier = store.reports.nearest(then, FROM_FOUR_WEEKS)
    answers = answered(store, visit.now)
    staff = store.staff.all()
    return Look(
        report,
        earlier,
        answers,
        answered(store, then),
        lines_of(store.goals.open(), figures_of(report, answers), staff, currency_of(report), visit),
        [one for one in staff if one.is_active],
        is_asked(store, report),
    )


# --- cards


@dataclass(frozen=True, slots=True)
class Card:
    """A metric as the page shows it. `of`: what its sample counts; `change` says what moved in four weeks, `trend`
    whether that is good."""

    key: MetricKey
    figure: Figure
    told: Told
    of: str
    note: str
    change: str
    trend: str


def _cards(look: Look, section: Mapping[str, Any], words: Words) -> dict[MetricKey, Card]:
    now, before = figures_of(look.report, look.answers), figures_of(look.earlier, look.answers_before)
    currency, then = str(section["currency"]), numbers_of(look.earlier) or {}
    same = {key: figure for key, figure in before.items() if _is_defined_alike(key, figure, section, then)}
    return {
        key: _card(key, now[key], same.get(key), _note(key, section, words), currency, words)
        for key in (*EIGHT, *MORE)
        if key in now
    }


def _is_defined_alike(key: MetricKey, figure: Figure, now: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether a figure of then means what it means now: only such two have a difference. Answers always do."""
    defined_by = ["period_days"] if key in OF_PERIOD else ["ltv_basis"] if key is MetricKey.LTV else []
    if figure.unit is Unit.MONEY:
        defined_by.append("currency")
    return all(now.get(name) == then.get(name) for name in defined_by)


def _card(key: MetricKey, now: Figure, before: Figure | None, note: str, currency: str, words: Words) -> Card:
    shown = told(now, currency, words)
    of = "orders" if key in OF_ORDERS else "answers" if key in OF_ANSWERS else "people"
    if not now.is_enough or before is None or not before.is_enough:
        return Card(key, now, shown, of, note, "", "")
    assert now.value is not None and now.low is not None and now.high is not None and before.value is not None
    moved = difference(now._replace(value=now.value - before.value), currency, words)
    if not moved:
        return Card(key, now, shown, of, note, words.t("numbers.change.none"), "same")
    if now.low <= before.value <= now.high:
        return Card(key, now, shown, of, note, words.t("numbers.change.same", change=moved), "same")
    better = METRICS[key].better
    trend = "moved" if not better else "better" if (now.value > before.value) == (better > 0) else "worse"
    return Card(key, now, shown, of, note, words.t(f"numbers.change.{trend}", change=moved), trend)


def _note(key: MetricKey, section: Mapping[str, Any], words: Words) -> str:
    """What this base adds to the definition."""
    period = words.n("losses.days", section["period_days"])
    if key in {MetricKey.CRR, MetricKey.CHURN}:
        return words.t("numbers.note.period", period=period)
    if key is MetricKey.LAPSE_CHURN and section["median_window"]:
        window = words.n("losses.days", round(section["median_window"]))
        return words.t("numbers.note.window", period=period, window=window)
    if key is MetricKey.LTV:
        return words.t("numbers.note.margin") if section["ltv_basis"] == "margin" else words.t("numbers.note.revenue")
    if key is MetricKey.VISIT_PERIOD:
        return words.t("numbers.note.once", people=words.n("losses.customers", section["one_visit"]))
    if key in OF_ANSWERS:
        return words.t("numbers.note.answers", days=words.n("losses.days", ASKED_WITHIN.days))
    if key in OF_ORDERS:
        return words.t("numbers.note.year")
    return ""


# --- cohorts


def cohort_rows(table: list[Any], view: str, words: Words, begun: str = "") -> list[CohortRow]:
    """All of them together, then each month, the newest last. Too few for a share show how many came.

    `begun`: the month in which the history begins (2026-11). Who came before it is not known, so its row holds old
    customers too and stays out of all together.
    """
    shown = [one for one in table[-COHORT_MONTHS - 1 :] if len(one["cells"]) > 1]
    new = [one for one in shown if one["month"] != begun]
    together = []
    for months in range(1, max((len(one["cells"]) for one in new), default=0)):
        reached = [one for one in new if len(one["cells"]) > months]
        together.append((sum(one["cells"][months][0] for one in reached), sum(one["size"] for one in reached)))
    rows = []
    if new:
        rows = [_row(words.t("numbers.cohorts.all"), sum(one["size"] for one in new), together, view, words)]
    for one in shown:
        month = words.month(date.fromisoformat(one["month"] + "-01"))
        name = words.t("numbers.cohorts.begun", month=month) if one["month"] == begun else month
        cells = [(people, one["size"]) for people, _, _ in one["cells"][1 : COHORT_MONTHS + 1]]
        rows.append(_row(name, one["size"], cells, view, words))
    return rows


def _row(name: str, size: int, counts: list[tuple[int, int]], view: str, words: Words) -> CohortRow:
    """`counts`: who came in the first, second, ... month after, and of how many."""
    cells = [_cell(people, of, months, view, words) for months, (people, of) in enumerate(counts, 1)]
    return CohortRow(name, size, cells)


def _cell(people: int, of: int, months: int, view: str, words: Words) -> Cell:
    figure = share_figure(people, of)
    assert figure.value is not None and figure.low is not None and figure.high is not None
    title = words.t(
        "numbers.cohorts.cell",
        month=words.n("numbers.months", months),
        people=words.n("losses.customers", people),
        of=words.number(of),
        low=words.percent(figure.low / 100),
        high=words.percent(figure.high / 100),
    )
    text = words.percent(figure.value / 100) if view == "share" and figure.is_enough else words.number(people)
    return Cell(text, title, min(int(figure.value / 100 * SHADES), SHADES))


# --- the forecast


def _outlook(name: str, place: int, section: Mapping[str, Any], words: Words) -> Outlook:
    """`place`: where in a week's row the series stands."""
    found, currency = section["forecasts"][name], str(section["currency"])

    def amount(value: float) -> str:
        return words.about(round(value), currency) if name == "revenue" else words.number(value)

    def point(monday: str, text: str, value: float, low: float = 0.0, high: float = 0.0) -> Point:
        return Point(words.short_day(date.fromisoformat(monday)), text, value, low, high)

    past = [
        point(week[0], words.t("numbers.week.was", week=_week(week[0], words), value=amount(week[place])), week[place])
        for week in section["weeks"][-PAST_WEEKS:]
    ]
    weeks = [
        (
            _week(monday, words),
            amount(expected),
            words.t("numbers.between", low=amount(low), high=amount(high)),
        )
        for monday, expected, low, high in found["weeks"]
    ]
    ahead = [
        point(row[0], words.t("numbers.week.will", week=week, value=value, range=span), *row[1:])
        for row, (week, value, span) in zip(found["weeks"], weeks, strict=True)
    ]
    title = words.t("numbers.forecast.visits") if name == "visits" else words.t("numbers.forecast.revenue")
    too_few = "" if found["is_enough"] else words.t("numbers.forecast.few", weeks=words.n("numbers.weeks", found["n"]))
    return Outlook(name, outlook(past, ahead, title, amount), weeks, _check(found, words), too_few)


def _check(found: Mapping[str, Any], words: Words) -> str:
    check = found["check"]
    if check is None:
        return ""
    inside = words.t(
        "numbers.forecast.check",
        times=words.n("numbers.times", check["origins"]),
        coverage=words.percent(check["coverage"]),
        confidence=words.percent(found["confidence"]),
    )
    if check["wape"] is None:
        return inside
    return inside + " " + words.t("numbers.forecast.error", error=words.percent(check["wape"]))


def _week(monday: str, words: Words) -> str:
    first = date.fromisoformat(monday)
    return f"{words.short_day(first)} – {words.short_day(first + timedelta(days=6))}"
