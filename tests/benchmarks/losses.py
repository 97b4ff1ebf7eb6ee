"""The loss audit of a million purchases, against reading the same CSV and doing the same group-bys in bare Polars.

Each is measured in a process of its own, from after its imports to its end: so one's memory is not the other's.
"""

import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from bot.losses import read
from insights.analysis import analyse
from insights.losses import audit
from loyalty.carrying import Pieces
from loyalty.refused_rows import RefusedRows
from loyalty.table_file import Rules

PURCHASES = 1_000_000
CUSTOMERS = 100_000
FIRST = datetime(2023, 1, 1, tzinfo=UTC)
DAYS = 3 * 365
HEADER = "Клиент;Дата;Сумма;Услуга;Заказ;Филиал;Мастер"


class Measured(NamedTuple):
    seconds: float
    peak_mib: float


def measure() -> dict[str, Measured]:
    """`audit`, `plain` (the same without Polars) and `floor`."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "purchases.csv")
        write(file)
        return {way: _apart(way, file) for way in WAYS}


def _apart(way: str, file: Path) -> Measured:
    command = [sys.executable, "-m", "tests.benchmarks.losses", way, str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return Measured(*json.loads(told))


def write(file: Path, purchases: int = PURCHASES) -> None:
    """As a till exports it: three years in the order of time; everybody has a rhythm and stops at some visit."""
    dice = random.Random(7)
    lines = sorted(_lines(dice, purchases))
    with file.open("w", encoding="utf-8") as out:
        out.write(HEADER + "\n")
        for at, who, amount, service, order, branch, seller in lines:
            when = f"{FIRST + timedelta(days=at):%d.%m.%Y %H:%M}"
            told = f"{who};{when};{amount:.2f};Услуга {service};{order};Филиал {branch};Мастер {seller}"
            out.write(told + "\n")


def _lines(dice: random.Random, purchases: int) -> Iterator[tuple[float, int, float, int, int, int, int]]:
    count = order = 0
    each = purchases / CUSTOMERS
    while count < purchases:
        who, at = dice.randrange(10**9), dice.uniform(0, DAYS - 60)
        gap, stops = math.exp(dice.gauss(3.2, 0.6)), dice.betavariate(1, each)
        branch, favourite, price = dice.randrange(4), int(60 * dice.random() ** 2), dice.lognormvariate(6.5, 0.4)
        while at < DAYS and count < purchases:
            order += 1
            for _ in range(dice.choice((1, 1, 1, 2))):
                service = favourite if dice.random() < 0.6 else int(60 * dice.random() ** 2)
                yield at, who, price * (0.6 + service / 60), service, order, branch, 5 * branch + service % 5
                count += 1
            if dice.random() < stops:
                break
            at += 0.5 + gap * dice.lognormvariate(0, 0.5)


# --- each in its own process


def _audit(file: Path, by: str = "polars") -> None:
    rules = Rules(ZoneInfo("Europe/Moscow"), "RUB", datetime.now(UTC))
    with file.open("rb") as source, RefusedRows(file.with_suffix(".refused"), "", str) as refused:
        found = read(iter(Pieces(source)), rules, refused, by)
    assert found is not None and refused.count == 0
    told = audit(found.engine, analyse(found.engine, found.today), found.names, "RUB")
    assert told.is_enough


def _plain(file: Path) -> None:
    _audit(file, by="plain")


def _floor(file: Path) -> None:
    """What the audit counts, as one would write it in Polars for a file that is known to be clean."""
    lines = (
        pl.read_csv(file, separator=";", schema_overrides={"Клиент": pl.String, "Заказ": pl.String})
        .with_columns(
            pl.col("Дата").str.to_datetime("%d.%m.%Y %H:%M").alias("at"),
            (pl.col("Сумма") * 100).round().cast(pl.Int64).alias("net"),
        )
        .with_columns(pl.col("at").dt.date().alias("day"), pl.col("at").dt.truncate("1mo").alias("month"))
        .sort("Клиент", "at")
    )
    who, day, net = "Клиент", pl.col("day"), pl.col("net")
    is_year = day > day.max() - timedelta(days=365)
    visits = lines.select(who, "day", "month").unique(subset=[who, "day"]).sort(who, "day")
    gaps = visits.with_columns((day - day.shift(1).over(who)).dt.total_days().alias("gap"))
    orders = lines.group_by(who, "Заказ").agg(day.min(), pl.col("month").min(), net.sum())
    customers = (
        lines.group_by(who)
        .agg(
            net.sum().alias("revenue"),
            net.filter(is_year).sum().alias("revenue_year"),
            pl.col("Филиал").last(),
            pl.col("Мастер").last(),
        )
        .join(
            gaps.group_by(who).agg(
                day.min().alias("first"),
                day.max().alias("last"),
                pl.len().alias("visits"),
                is_year.sum().alias("visits_year"),
                pl.col("gap").log().sum().alias("ln"),
                (pl.col("gap").log() ** 2).sum().alias("ln_square"),
                pl.col("gap").median().alias("gap_median"),
            ),
            on=who,
        )
        .join(orders.group_by(who).agg(pl.len().alias("orders"), is_year.sum().alias("orders_year")), on=who)
    )
    days = lines.select(who, "Услуга", "day").unique()
    favourites = days.group_by(who, "Услуга").agg(pl.len().alias("n"), day.max()).sort("n", "day", descending=True)
    favourites.group_by(who).agg(pl.col("Услуга").first())
    cohort = lines.group_by(who).agg(pl.col("month").min().alias("cohort"))
    for rows in (visits, orders, lines):
        rows.join(cohort, on=who).group_by("cohort", "month").agg(pl.len(), pl.col(who).n_unique())
    orders["net"].median()
    for end in ("first", "last"):
        days.join(customers.select(who, pl.col(end).alias("day")), on=[who, "day"]).group_by("Услуга").agg(pl.len())


WAYS: dict[str, Callable[[Path], None]] = {"floor": _floor, "audit": _audit, "plain": _plain}


def _main() -> None:
    way, file = WAYS[sys.argv[1]], Path(sys.argv[2])
    started = time.perf_counter()
    way(file)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([seconds, peak]))


if __name__ == "__main__":
    _main()
