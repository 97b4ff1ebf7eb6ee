"""The audit's numbers once more, by pandas from their definitions: nothing of ours but the model of rhythm."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from insights.interval_fit import fit
from insights.lifecycle import stage
from insights.purchase_interval import GapSums, Prior, rhythm, sums_of
from insights.visit_counts import active, expected_visits, missed_visits


@dataclass
class Told:
    """`lines`: customer, day (a date), order (None: an order of its own), amount and returned in minor units, service,
    branch, in the order of the file."""

    lines: pd.DataFrame

    def __post_init__(self) -> None:
        lines = self.lines
        lines["net"] = lines.amount - lines.returned
        lines["day"] = pd.to_datetime(lines.day)
        self.today = lines.day.max()
        self.bought = lines[lines.amount > 0]
        self.visits = self.bought[["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
        alone = pd.Series([f"line {place}" for place in range(len(lines))], index=lines.index)
        orders = lines.assign(order=lines.order.fillna(alone)).groupby(["customer", "order"]).net.sum()
        self.orders = orders[orders > 0]
        self.year = self.today - pd.Timedelta(days=365)

    def ordinal(self) -> int:
        return int(self.today.toordinal())

    def gap_sums(self) -> dict[str, GapSums]:
        days = self.visits.groupby("customer").day.agg(list)
        return {who: sums for who, theirs in days.items() if (sums := sums_of(day.toordinal() for day in theirs))}

    def base(self) -> dict[str, Any]:
        lines, before = self.lines, self.year - pd.Timedelta(days=365)
        return {
            "customers": self.visits.customer.nunique(),
            "visits": len(self.visits),
            "orders": len(self.orders),
            "revenue_minor": int(lines.net.sum()),
            "returned_minor": int(lines.returned.sum() - lines.amount.clip(upper=0).sum()),
            "revenue_year_minor": int(lines.net[lines.day > self.year].sum()),
            "revenue_year_before_minor": int(lines.net[(lines.day > before) & (lines.day <= self.year)].sum()),
            "first_day": f"{self.visits.day.min():%Y-%m-%d}",
            "last_day": f"{self.visits.day.max():%Y-%m-%d}",
        }

    def silent(self, prior: Prior) -> pd.DataFrame:
        """Who is late or lost, with what was missed of them by the model itself, customer by customer."""
        revenue = self.lines.groupby("customer").net.sum()
        rows = []
        for who, sums in self.gap_sums().items():
            theirs = rhythm(sums, prior)
            found = stage(sums, theirs, self.ordinal(), known_since=sums.first_day)
            if found.name.value in ("at_risk", "lost"):
                missed = missed_visits(sums, prior, self.ordinal())
                again = expected_visits(sums._replace(last_day=self.ordinal()), prior, self.ordinal(), 365)
                visit = max(int(revenue[who]), 0) // sums.visits
                rows.append((who, found.name.value, date.fromordinal(found.since_day), sums.visits, missed.mean,
                             missed.mean * visit, again.mean * visit, active(sums, prior, self.ordinal())))  # fmt: skip
        columns = ["customer", "stage", "since", "visits", "missed", "money", "year", "chance"]
        return pd.DataFrame(rows, columns=columns)

    def prior(self) -> Prior:
        return fit(self.gap_sums().values(), self.ordinal())

    def came_again(self, window: int) -> tuple[int, int]:
        """Newcomers of two years whose patience is over, and how many of them came again within it."""
        new = self._newcomers(window)
        return len(new), int(new.again.sum())

    def newcomers_by_service(self, window: int) -> dict[str, tuple[int, int]]:
        baskets = self._first_baskets().merge(self._newcomers(window)[["customer", "again"]], on="customer")
        counted = baskets.groupby("service").again.agg(["size", "sum"])
        return {service: (int(row["size"]), int(row["sum"])) for service, row in counted.iterrows()}

    def _firsts(self) -> pd.DataFrame:
        """First visits, with the days until the second."""
        visits = self.visits.sort_values(["customer", "day"])
        gap = (visits.groupby("customer").day.shift(-1) - visits.day).dt.days
        return visits.assign(gap=gap)[visits.groupby("customer").cumcount() == 0]

    def _first_baskets(self) -> pd.DataFrame:
        baskets = self.bought.merge(self._firsts()[["customer", "day", "gap"]], on=["customer", "day"])
        return baskets[["customer", "service", "gap"]].drop_duplicates()

    def _newcomers(self, window: int) -> pd.DataFrame:
        """With whether they came again: after a service from which ten or more came back later than is usual one waits
        longer (docs/services.md)."""
        firsts, baskets = self._firsts(), self._first_baskets()
        after = baskets.dropna(subset="gap").groupby("service").gap.agg(["size", "median"])
        late = after[(after["size"] >= 10) & (after["median"] > firsts.gap.median())]["median"]
        wait = (window * late / firsts.gap.median()).round()
        longest = baskets.assign(wait=baskets.service.map(wait)).groupby("customer").wait.max()
        waited = firsts.customer.map(longest).fillna(window)
        over = firsts.day + pd.to_timedelta(waited, unit="D") <= self.today
        recent = firsts.day >= self.today - pd.Timedelta(days=window + 2 * 365)
        recent &= firsts.day >= firsts.day.min() + pd.Timedelta(days=window)  # before that everybody looks new
        return firsts.assign(again=firsts.gap <= waited)[over & recent]

    def months(self) -> pd.DataFrame:
        """Revenue, visits and newcomers of each month."""
        month = self.lines.day.dt.strftime("%Y-%m")
        visits = self.visits.day.dt.strftime("%Y-%m")
        first = self.visits.groupby("customer").day.min().dt.strftime("%Y-%m")
        told = {"revenue_minor": self.lines.net.groupby(month).sum(), "visits": visits.value_counts(),
                "newcomers": first.value_counts()}  # fmt: skip
        return pd.DataFrame(told).fillna(0).astype(int)
