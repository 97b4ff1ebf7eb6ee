"""What is planted in the sample café, the reports of services and complaints find; and nothing else of that weight."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot import demo
from bot.demo.names import FOLLOWS, LEADS, NEW_SELLER, WEAK_ENTRY
from insights.analysis import analyse
from insights.funnel import ComplaintCount, Position, funnel
from insights.polars_engine import PolarsEngine
from insights.service_flows import CatalogueEntry
from insights.service_report import section
from insights.tallies import LinesBuilder
from storage.kinds import Language, ScoreGroup

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def cafe() -> demo.Sample:
    return demo.sample(NOW, Language.RU, "hash")


@pytest.fixture(scope="module")
def said(cafe):
    builder, today = LinesBuilder(ZoneInfo("Europe/Moscow")), NOW.date().toordinal()
    for row in cafe.purchases:
        at, owner = int(row["at"].timestamp()), row["customer_id"].hex
        builder.add(owner, at, row["amount_minor"], row["returned_minor"], row["order_key"], row["product"])
    engine = PolarsEngine.of(builder.lines(), today)
    catalogue = {one.name: CatalogueEntry(one.category, one.margin_percent) for one in cafe.services}
    return section(engine, builder.names(), today, analyse(engine, today).prior, catalogue)


def test_whoever_begins_with_the_weak_product_is_seen_not_to_return(said):
    worse = [one for one in said["entries"]["services"] if one["judgement"] == "worse"]
    assert [one["service"] for one in worse] == [WEAK_ENTRY]
    assert worse[0]["share"]["high"] < worse[0]["others"]["share"]


def test_the_second_taste_is_seen_to_follow_the_first(said):
    proven = [one for one in said["next"] if one["is_proven"]]
    assert [(one["a"], one["b"]) for one in proven] == [(LEADS, FOLLOWS)]
    assert 4 <= proven[0]["lag_days"] <= 25


def test_the_new_seller_draws_more_complaints_than_chance_would(cafe):
    sellers = {row["id"]: row["seller"] for row in cafe.purchases}
    answers, complaints = Counter[str](), Counter[str]()
    for run in cafe.runs:
        if run.score is not None and run.purchase_id in sellers:
            answers[sellers[run.purchase_id]] += 1
            complaints[sellers[run.purchase_id]] += run.score_group is ScoreGroup.DETRACTOR
    found = funnel([ComplaintCount(name, complaints[name], count) for name, count in answers.items()])
    assert found is not None
    assert [one.name for one in found.points if one.position is Position.ALARM] == [NEW_SELLER[0]]


def test_the_cafe_knows_its_margins_and_its_high_checks(said):
    assert said["basis"] == "margin"
    assert said["high_checks"]
