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
        """Of the newcomers, how many, and who came again in time."""
        first = self.visits.groupby("customer").day.min()
        second = self.visits.groupby("customer").day.nth(1)
        second.index = self.visits.loc[second.index, "customer"]
        until = self.today - pd.Timedelta(days=window)
        new = first[(first > until - pd.Timedelta(days=365)) & (first <= until)]
        again = (second.reindex(new.index) - new).dt.days <= window
        return len(new), int(again.sum())

    def newcomers_by_service(self, window: int) -> dict[str, tuple[int, int]]:
        first = self.visits.groupby("customer").day.min()
        until = self.today - pd.Timedelta(days=window)
        new = first[(first > until - pd.Timedelta(days=365)) & (first <= until)].rename("first")
        baskets = self.bought.merge(new, on="customer")
        baskets = baskets[baskets.day == baskets["first"]][["customer", "service", "first"]].drop_duplicates()
        later = self.visits.merge(new, on="customer")
        again = later[(later.day > later["first"]) & ((later.day - later["first"]).dt.days <= window)].customer.unique()
        baskets["again"] = baskets.customer.isin(again)
        counted = baskets.groupby("service").again.agg(["size", "sum"])
        return {service: (int(row["size"]), int(row["sum"])) for service, row in counted.iterrows()}

    def months(self) -> pd.DataFrame:
        """Revenue, visits and newcomers of each month."""
        month = self.lines.day.dt.strftime("%Y-%m")
        visits = self.visits.day.dt.strftime("%Y-%m")
        first = self.visits.groupby("customer").day.min().dt.strftime("%Y-%m")
        told = {"revenue_minor": self.lines.net.groupby(month).sum(), "visits": visits.value_counts(),
                "newcomers": first.value_counts()}  # fmt: skip
        return pd.DataFrame(told).fillna(0).astype(int)
