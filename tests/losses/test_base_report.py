"""The sections of the nightly report: one analysis for all, money that adds up, and engines that agree."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import demo
from insights import number_report
from insights.analysis import Analysis, analyse
from insights.base_report import Trade, sections
from insights.figures import EIGHT, MetricKey
from insights.lifecycle import Held
from insights.number_report import figure
from insights.service_flows import CatalogueEntry
from insights.tallies import Engine, Lines, LinesBuilder, Names, month_of
from storage.kinds import Language, LifecycleStage
from tests.day import MOSCOW
from tests.losses.drawn import ENGINES, TODAY, columns, lines_of_purchases

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NAMES = Names([f"c{code}" for code in range(9)], [f"s{code}" for code in range(5)], ["b0", "b1"], ["m0", "m1"])
TRADE = Trade("RUB", {"s0": CatalogueEntry("", 40.0, None)}, {})


@pytest.fixture(scope="module")
def cafe() -> tuple[Lines, Names]:
    builder = LinesBuilder(MOSCOW)
    for one in demo.sample(NOW, Language.RU, "hash").purchases:
        told_of = (one.get("order_key") or "", one["product"], one.get("branch", ""), one.get("seller", ""))
        at, returned = int(one["at"].timestamp()), one.get("returned_minor", 0)
        builder.add(one["customer_id"].hex, at, one["amount_minor"], returned, *told_of)
    return builder.lines(), builder.names()


def told(engine: Engine, names: Names, today: int, trade: Trade = TRADE):
    """As the report stores it."""
    return json.loads(json.dumps(sections(engine, analyse(engine, today), names, trade)))


def looked_at(lines: Lines, names: Names, by: str = "plain"):
    today = NOW.astimezone(MOSCOW).date().toordinal()
    return told(ENGINES[by](lines, today), names, today)


def test_the_cafe_says_the_same_by_either_engine(cafe):
    assert looked_at(*cafe) == looked_at(*cafe, by="polars")


def test_the_cafe_has_enough_for_every_number_but_the_answers(cafe):
    figures = looked_at(*cafe)["numbers"]["figures"]
    live = {MetricKey.NPS, MetricKey.CSAT}
    assert {key for key in EIGHT if key not in live} <= figures.keys()
    for key, stored in figures.items():
        assert stored["is_enough"], key
        assert stored["low"] <= stored["value"] <= stored["high"], key
        assert figure(stored).is_enough


def test_cohorts_weeks_and_losses_speak_of_the_same_money(cafe):
    lines, names = cafe
    report = looked_at(lines, names)
    revenue = sum(lines.amount_minor) - sum(lines.returned_minor)
    assert report["losses"]["base"]["revenue_minor"] == revenue
    today = date.fromisoformat(report["numbers"]["today"]).toordinal()
    this_month = sum(
        amount - back
        for day, amount, back in zip(lines.day, lines.amount_minor, lines.returned_minor, strict=True)
        if month_of(day) == month_of(today)
    )
    whole = number_report.cohort_table(ENGINES["plain"](lines, today).cohorts(), today)
    assert sum(cell[2] for cohort in whole for cell in cohort["cells"]) == revenue - this_month
    assert sum(cohort["size"] for cohort in whole) == sum(cohort["cells"][0][0] for cohort in whole)


def test_a_forecast_of_the_cafe_is_checked_and_its_range_holds_what_is_expected(cafe):
    for found in looked_at(*cafe)["numbers"]["forecasts"].values():
        assert len(found["weeks"]) == 4
        assert all(low <= expected <= high for _, expected, low, high in found["weeks"])
        assert 0 <= found["check"]["coverage"] <= 1
        assert date.fromisoformat(found["weeks"][0][0]).weekday() == 0


def test_margins_count_only_where_all_that_was_sold_has_one():
    builder = LinesBuilder(MOSCOW)
    for number in range(30):
        for service in ("s0", "s1"):
            builder.add(f"c{number}", int(NOW.timestamp()) - 86400 * number, 10_000, service=service)
    lines, names = builder.lines(), builder.names()
    half, whole = (
        CatalogueEntry("", 50.0, None),
        {"s0": CatalogueEntry("", 50.0, None), "s1": CatalogueEntry("", 20.0, None)},
    )
    known, unknown = (
        told(ENGINES["plain"](lines, max(lines.day)), names, max(lines.day), Trade("RUB", catalogue, {}))["numbers"]
        for catalogue in (whole, {"s0": half})
    )
    assert (known["ltv_basis"], known["figures"]["ltv"]["value"]) == ("margin", 7_000)
    assert (unknown["ltv_basis"], unknown["figures"]["ltv"]["value"]) == ("revenue", 20_000)


def test_who_came_in_both_periods_stayed_and_who_came_back_after_longer_is_new():
    builder = LinesBuilder(MOSCOW)

    def visits(who: str, *days_ago: int) -> None:
        for days in days_ago:
            builder.add(who, int((NOW - timedelta(days=days)).timestamp()), 10_000)

    for number in range(6):
        visits(f"stayed {number}", 500, 100)
    for number in range(2):
        visits(f"left {number}", 400)
    visits("came back", 1_000, 10)
    visits("came first", 3)
    lines, names = builder.lines(), builder.names()
    found = looked_at(lines, names)["numbers"]
    assert found["period_days"] == 365
    assert (found["figures"]["crr"]["value"], found["figures"]["crr"]["n"]) == (75.0, 8)
    assert found["figures"]["churn"]["value"] == 25.0
    assert not found["figures"]["crr"]["is_enough"]


@pytest.mark.parametrize(("begun", "is_known"), [(54, False), (55, True)])
def test_who_stays_is_told_only_of_a_base_that_has_seen_the_shortest_period_twice(begun, is_known):
    builder = LinesBuilder(MOSCOW)
    for number in range(40):
        for days in (0, begun):
            builder.add(f"c{number}", int((NOW - timedelta(days=days)).timestamp()), 10_000)
    lines = builder.lines()
    today = max(lines.day)
    figures = told(ENGINES["plain"](lines, today), builder.names(), today)["numbers"]["figures"]
    assert [figures[key]["is_enough"] for key in ("crr", "churn", "lapse_churn")] == [is_known] * 3


def test_a_base_of_today_alone_has_no_forecast_and_no_month():
    builder = LinesBuilder(MOSCOW)
    builder.add("c", int(NOW.timestamp()), 10_000)
    found = looked_at(builder.lines(), builder.names())["numbers"]
    assert found["cohorts"] == found["weeks"] == []
    assert not any(one["is_enough"] for one in found["forecasts"].values())


@settings(max_examples=30, deadline=None)
@given(lines=lines_of_purchases)
def test_any_base_is_told_alike_by_both_engines_and_each_customer_has_one_stage(lines):
    drawn = columns(lines)
    reports = {by: told(engine(drawn, TODAY), NAMES, TODAY) for by, engine in ENGINES.items()}
    assert reports["plain"] == reports["polars"]
    report = reports["plain"]
    visitors = {line[0] for line in lines if line[4] > 0}
    assert sum(report["losses"]["stages"].values()) == report["losses"]["base"]["customers"] == len(visitors)
    assert report["losses"]["base"]["revenue_minor"] == sum(line[4] - line[5] for line in lines)


@settings(max_examples=20, deadline=None)
@given(lines=lines_of_purchases, usual=st.integers(1, 400))
def test_losses_and_services_tell_the_same_of_newcomers_and_of_regulars_visits(lines, usual):
    trade = Trade("RUB", {NAMES.services[0]: CatalogueEntry("", None, usual)}, {})
    report = told(ENGINES["plain"](columns(lines), TODAY), NAMES, TODAY, trade)
    losses, services = report["losses"], report["services"]
    here, there = (part["came_again"] for part in (losses["newcomers"], services["entries"]))
    assert (here and (here["share"], here["n"])) == (there and (there["share"], there["n"]))
    for here, there in (("newcomers", "entries"), ("exits", "exits")):
        assert [(one["name"], one["judgement"], one["share"]["n"]) for one in losses[here]["services"]] == [
            (one["service"], one["judgement"], one["share"]["n"]) for one in services[there]["services"]
        ]


def test_the_audit_keeps_the_stage_that_was_told_before():
    """A silence that was too long yesterday stays too long, in the audit as on the customer's page."""
    days = 20
    builder = LinesBuilder(MOSCOW)
    for visit in range(5):
        builder.add("c", int((NOW - timedelta(days=200 + 10 * visit)).timestamp()), 10_000)
    lines = builder.lines()
    today = max(lines.day) + 200
    engine = ENGINES["plain"](lines, today)
    held = Held(LifecycleStage.LOST, today - days)
    found: Analysis = analyse(engine, today, before={0: held})
    assert found.standings[0].stage is LifecycleStage.LOST
    assert found.standings[0].since_day == held.since_day
