"""The tallies of services by Polars."""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from insights.service_tallies import ALL, PATIENCES, REGULAR_VISITS, Buyers, Ended, Gaps, ServiceMonth, Sold
from insights.tallies import NONE, Counted, month_of

DAY, CODE = pl.col("day"), pl.col("service")
BOUGHT = pl.col("amount_minor") > 0


class PolarsServices:
    """`ServiceTallies`. `lines` have `net`, and an `order` each: one customer's codes are their own. `visits` are in
    order of customer and day, with their number and the `gap` before; `bought_on` has each service of a visit once."""

    def __init__(self, today: int, lines: pl.DataFrame, visits: pl.DataFrame, bought_on: pl.DataFrame) -> None:
        self._today, self._lines = today, lines
        row, customer = pl.int_range(pl.len()), pl.col("customer")
        # A customer's visits stand together: the row of their first one is known to all of them, and so is the last's.
        begin = pl.when(customer.shift(1).is_null() | (customer != customer.shift(1))).then(row).forward_fill()
        end = pl.when(customer.shift(-1).is_null() | (customer != customer.shift(-1))).then(row).backward_fill()
        self._visits = visits.select(
            *("customer", "day", "visit"),
            (row - begin).alias("place"),
            (end - begin).alias("last"),
            pl.col("gap").shift(-1),
        )
        self._held = bought_on.select("visit", "service")

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        visits = self._visits.filter(pl.col("gap").is_not_null())
        told = self._by_service(
            visits.filter(pl.col("place") == 0) if after_first else visits,
            pl.len(),
            pl.col("gap").quantile(0.25, "lower").cast(pl.Int64).alias("low"),
            (pl.col("gap").median() * 2).cast(pl.Int64).alias("median_halves"),
            pl.col("gap").quantile(0.75, "higher").cast(pl.Int64).alias("high"),
        )
        return [Gaps(*row) for row in told.rows()]

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        first = self._visits.filter(since <= DAY).group_by("customer", maintain_order=True).first()
        first = self._with_longest(first.filter(pl.col("place") == 0) if newcomers else first, patience, usual)
        over = first.filter(DAY + pl.col("longest") <= self._today)
        again = (pl.col("gap") <= pl.col("longest")).fill_null(value=False)
        told = self._by_service(over, pl.len(), again.sum().alias("again"))
        return [Counted(*row) for row in told.rows()]

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        own = (pl.col("gap").median().over("customer") * 2).cast(pl.Int64).alias("own")
        regulars = self._visits.with_columns(own).filter(pl.col("place") >= REGULAR_VISITS - 1, since <= DAY)
        over = self._with_longest(regulars, after_halves, usual_halves).filter(
            (self._today - DAY) * usual_halves > PATIENCES * pl.col("own") * pl.col("longest")
        )
        is_last = pl.col("place") == pl.col("last")
        told = self._by_service(over, (~is_last).sum().alias("stayed"), is_last.sum().alias("left"))
        return [Ended(*row) for row in told.rows()]

    def sold(self, since: int, until: int) -> Sequence[Sold]:
        told = self._lines.select("customer", "service", "order", "day", "amount_minor", "net")
        lines = told.filter(DAY.is_between(since, until))
        if lines.is_empty():
            return []
        bought = lines.filter(BOUGHT).drop("amount_minor", "net")
        people = bought.select("service", "customer").unique().group_by("service").agg(pl.len().alias("people"))
        orders = bought.select("service", "customer", "order").unique().group_by("service")
        days = bought.group_by("service").agg(DAY.max())
        rows = lines.filter(CODE != NONE).group_by("service").agg(pl.col("net").sum())
        for found in (people, orders.agg(pl.len().alias("orders")), days):
            rows = rows.join(found, on="service", how="left")
        told = rows.select("service", "people", "orders", "net", "day").fill_null(0).sort("service")
        last_day = bought.select(DAY.max().fill_null(0)).item()
        orders_of_all = bought.select("customer", "order").n_unique()
        everything = Sold(ALL, bought["customer"].n_unique(), orders_of_all, int(lines["net"].sum()), last_day)
        return [everything, *(Sold(*row) for row in told.rows())]

    def buyers(self) -> Sequence[Buyers]:
        visits = self._visits.with_columns((pl.col("last") >= REGULAR_VISITS - 1).alias("regular"))
        everybody = visits.filter(pl.col("place") == 0)
        told = (
            self._held.join(visits, on="visit")
            .group_by("service", "customer")
            .agg((pl.col("place") == 0).any().alias("newcomer"), pl.col("regular").first())
            .group_by("service")
            .agg(pl.len(), pl.col("newcomer").sum(), pl.col("regular").sum())
        )
        every = Buyers(ALL, len(everybody), len(everybody), int(everybody["regular"].sum()))
        return [every, *(Buyers(*row) for row in told.sort("service").rows())] if len(visits) else []

    def months(self, since: int, services: Collection[int]) -> Sequence[ServiceMonth]:
        lines = self._lines.filter(since <= DAY, CODE.is_in(list(services)))
        days = lines["day"].unique().to_list()
        month = pl.DataFrame(
            {"day": pl.Series(days, dtype=pl.Int64), "month": pl.Series(list(map(month_of, days)), dtype=pl.Int64)}
        )
        told = lines.join(month, on="day").group_by("service", "month").agg(BOUGHT.sum(), pl.col("net").sum())
        return [ServiceMonth(*row) for row in told.sort("service", "month").rows()]

    def _by_service(self, visits: pl.DataFrame, *sums: pl.Expr) -> pl.DataFrame:
        """What these come to, over all the visits (ALL) and over those with each service; `service` comes first."""
        every = visits.select(pl.lit(ALL, pl.Int64).alias("service"), *sums).head(len(visits))
        return pl.concat([every, self._held.join(visits, on="visit").group_by("service").agg(*sums)]).sort("service")

    def _with_longest(self, visits: pl.DataFrame, values: Mapping[int, int], least: int) -> pl.DataFrame:
        """`longest`: the largest of these values over a visit's services, at least `least`."""
        codes = pl.DataFrame(
            {"service": pl.Series(list(values), dtype=pl.Int64), "value": pl.Series(values.values(), dtype=pl.Int64)}
        )
        longest = self._held.join(codes, on="service").group_by("visit").agg(pl.col("value").max())
        found = visits.join(longest, on="visit", how="left")
        return found.with_columns(pl.max_horizontal(pl.col("value").fill_null(least), least).alias("longest"))
