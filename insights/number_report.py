"""The metrics of the base in one section of the nightly report: tallies judged by the rules, as JSON. Pure.

docs/numbers.md tells each definition. NPS and CSAT are not here: pages take them live from the answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from insights.analysis import Analysis
from insights.base_metrics import (
    Basis,
    Idleness,
    Ltv,
    churn,
    crr,
    forward_ltv,
    historic_ltv,
    lapse_churn,
    repeat_rate,
    returned_money,
    returns,
    visit_period,
)
from insights.cohorts import CohortCount, Month, cohorts
from insights.figures import Figure, MetricKey, Unit, mean_figure, median_figure
from insights.forecast import CONFIDENCE, Forecast, forecast
from insights.number_tallies import NumberTallies, OrderSums
from insights.tallies import NONE, YEAR_DAYS, CohortMonth, Customers, Engine, Week, iso, monday_of, month_of

VERSION: Final = 1
PERIODS: Final = (YEAR_DAYS, 182, 91, 28)
"""Days over which one asks who stayed: the longest of these that the base has seen twice. One that has not seen even
the shortest twice has too little data for who stayed, left or fell silent."""
COHORTS: Final = 24
WEEKS: Final = 104
A_WEEK: Final = 7
HUNDREDTHS: Final = 100
"""A margin is told in hundredths of a percent: whole numbers, so that no engine rounds differently."""

Told = dict[str, Any]


def section(engine: Engine, analysis: Analysis, currency: str, margins: Mapping[int, float]) -> Told:
    """As `json.dumps` takes it. `margins`: percent of the price by service's code, of those whose margin is known."""
    customers, tallies, today = analysis.customers, engine.for_numbers(), analysis.today
    begun = min((day for day in customers.first_day if day), default=today)
    seen_twice = next((days for days in PERIODS if 2 * days <= today - begun + 1), None)
    period = seen_twice or PERIODS[-1]
    before = tallies.last_visits(today - period)
    orders = tallies.orders(today - YEAR_DAYS + 1)
    ltv = _ltv(engine, tallies, customers, margins)
    forward = _forward_ltv(analysis, before, period)
    idle = lapse_churn(_idleness(analysis, before, today - period) if seen_twice else [])
    visits = visit_period(
        halves / 2 if halves else None for halves in _of_buyers(customers, customers.gap_median_halves)
    )
    figures = {
        **(_stayed(customers, before, today, period) if seen_twice else _NOBODY_STAYED),
        MetricKey.LTV: ltv.amount,
        MetricKey.REPEAT_RATE: repeat_rate(
            sum(visits > 0 for visits in customers.visits), sum(visits > 1 for visits in customers.visits)
        ),
        **_checks(orders),
        MetricKey.LAPSE_CHURN: idle.share,
        MetricKey.VISIT_PERIOD: visits.days,
        MetricKey.FORWARD_LTV: forward.amount,
    }
    return {
        "version": VERSION,
        "currency": currency,
        "today": iso(today),
        "begun": iso(begun),
        "period_days": period,
        "figures": {key.value: told(figure) for key, figure in figures.items()},
        "ltv_basis": ltv.basis.value,
        "one_visit": visits.one_visit,
        "median_window": idle.median_window,
        "cohorts": cohort_table(engine.cohorts(), today),
        **_weeks(engine.weeks(), today),
    }


def told(figure: Figure) -> Told:
    """A figure as JSON; `figure` makes one of it again."""
    return {**figure._asdict(), "unit": figure.unit.value, "is_enough": figure.is_enough}


def figure(stored: Mapping[str, Any]) -> Figure:
    """The figure that `told` wrote. Raises KeyError, ValueError for anything else."""
    return Figure(stored["value"], stored["low"], stored["high"], stored["n"], Unit(stored["unit"]))


# --- who stays


def _stayed(customers: Customers, last: Sequence[int], today: int, period: int) -> dict[MetricKey, Figure]:
    """Customers of a day are those who came in the `period` that ends with it; who came back after a longer silence
    counts as new."""
    start = today - period
    before = [day > start - period for day in last]
    after = [day > start for day in customers.last_day]
    at_start, at_end = sum(before), sum(after)
    stayed = sum(was and still for was, still in zip(before, after, strict=True))
    return {
        MetricKey.CRR: crr(at_start, at_end, at_end - stayed),
        MetricKey.CHURN: churn(at_start, at_end, at_end - stayed),
    }


_NOBODY_STAYED: Final = {MetricKey.CRR: crr(0, 0, 0), MetricKey.CHURN: churn(0, 0, 0)}


def _idleness(analysis: Analysis, before: Sequence[int], start: int) -> list[Idleness]:
    """Of who had come by then; the window is the one after which a silence makes a customer lost."""
    today = analysis.today
    return [
        Idleness(start - before[one.place], today - analysis.customers.last_day[one.place], one.rhythm.lost_after_days)
        for one in analysis.standings
        if before[one.place]
    ]


# --- money


def _ltv(engine: Engine, tallies: NumberTallies, customers: Customers, margins: Mapping[int, float]) -> Ltv:
    revenues = _of_buyers(customers, customers.revenue_minor)
    if not margins or any(sums.code not in margins for sums in engine.services()):
        return historic_ltv(revenues, None)
    weighed = tallies.weighed({code: round(percent * HUNDREDTHS) for code, percent in margins.items()})
    whole = 100 * HUNDREDTHS
    return historic_ltv(revenues, [round(one / whole) for one in _of_buyers(customers, weighed)])


def _forward_ltv(analysis: Analysis, before: Sequence[int], period: int) -> Ltv:
    """Of a base that has seen two years. Revenue, whatever the LTV adds up: the margin of one year is not counted."""
    if period < YEAR_DAYS:
        return forward_ltv([], Basis.REVENUE)
    start, revenue = analysis.today - YEAR_DAYS, analysis.customers.revenue_year_minor
    active = (
        one.place
        for one in analysis.standings
        if before[one.place] and start - before[one.place] <= one.rhythm.lost_after_days
    )
    return forward_ltv([revenue[place] for place in active], Basis.REVENUE)


def _checks(orders: OrderSums) -> dict[MetricKey, Figure]:
    nets = [taken - back for taken, back in zip(orders.taken, orders.back, strict=True) if taken > back]
    sold = sum(taken > 0 for taken in orders.taken)
    # What came back on an order of its own is a return of some order before it.
    returned = min(sum(back > 0 for back in orders.back), sold)
    return {
        MetricKey.AVERAGE_CHECK: mean_figure(nets, Unit.MONEY),
        MetricKey.MEDIAN_CHECK: median_figure(nets, Unit.MONEY),
        MetricKey.RETURNS: returns(sold, returned),
        MetricKey.RETURNED_MONEY: returned_money(orders.back, orders.taken),
    }


def _of_buyers(customers: Customers, values: Sequence[int]) -> list[int]:
    return [value for value, visits in zip(values, customers.visits, strict=True) if visits]


# --- months and weeks


def cohort_table(counts: Sequence[CohortMonth], today: int) -> list[Told]:
    """The last cohorts up to the last month that is over. A cell is [people, orders, revenue_minor]; who only ever
    brought back is in no cohort, and what came back before a first visit is in no month of it."""
    last = month_of(today) - 1
    people = [
        CohortCount(_month(one.cohort), _month(one.month), one.people, one.orders, one.revenue_minor)
        for one in counts
        if one.cohort != NONE and one.month >= one.cohort
    ]
    return [
        {
            "month": f"{cohort.month.year:04}-{cohort.month.month:02}",
            "size": cohort.size,
            "cells": [[cell.people, cell.orders, cell.revenue] for cell in cohort.cells],
        }
        for cohort in cohorts(people, _month(last))[-COHORTS:]
    ]


def _month(number: int) -> Month:
    return Month(number // 12, number % 12 + 1)


def _weeks(found: Sequence[Week], today: int) -> Told:
    """Weeks that are over, those without a sale too, and what they say of the next ones."""
    this_monday = monday_of(today)
    known = {week.monday: week for week in found if week.monday < this_monday}
    first = min(known, default=this_monday)
    weeks = [known.get(monday, Week(monday, 0, 0, 0)) for monday in range(first, this_monday, A_WEEK)]
    return {
        "weeks": [[iso(week.monday), week.visits, week.orders, week.revenue_minor] for week in weeks[-WEEKS:]],
        "forecasts": {
            "visits": _forecast(forecast([week.visits for week in weeks]), this_monday),
            # A week in which more came back than was sold has no revenue to speak of.
            "revenue": _forecast(forecast([max(week.revenue_minor, 0) for week in weeks]), this_monday),
        },
    }


def _forecast(found: Forecast, this_monday: int) -> Told:
    """The first week ahead is the one that has begun."""
    return {
        "n": found.n,
        "is_enough": found.is_enough,
        "confidence": CONFIDENCE,
        "weeks": [
            [iso(this_monday + A_WEEK * (week.ahead - 1)), week.expected, week.low, week.high] for week in found.weeks
        ],
        "check": found.check._asdict() if found.check else None,
    }
