"""The tallies of services by Polars."""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from insights.service_tallies import ALL, PATIENCES, REGULAR_VISITS, Buyers, Ended, Gaps, ServiceMonth, Sold
from insights.tallies import NONE, Counted, month_of

DAY, CODE = pl.col("day"), pl.col("service")
VISIT = ("customer", "day")


class PolarsServices:
    """`ServiceTallies`. `lines` are in order of customer and day, with `net`; `order` is told for each line, and one
    customer's codes are their own."""

    def __init__(self, today: int, lines: pl.DataFrame) -> None:
        self._today, self._lines = today, lines
        self._bought = lines.filter(pl.col("amount_minor") > 0)
        place = pl.int_range(pl.len()).over("customer")
        after = DAY.shift(-1).over("customer")
        self._visits = (
            self._bought.select(VISIT)
            .unique()
            .sort(VISIT)
            .with_columns(
                place.alias("place"), (after - DAY).alias("gap"), pl.len().over("customer").cast(pl.Int64).alias("last")
            )
            .with_columns(pl.col("last") - 1)
        )
        self._held = self._bought.filter(CODE != NONE).select(*VISIT, "service").unique()

    def gaps(self, *, after_first: bool) -> Sequence[Gaps]:
        visits = self._visits.filter(pl.col("gap").is_not_null())
        told = (
            self._with_services(visits.filter(pl.col("place") == 0) if after_first else visits)
            .group_by("service")
            .agg(
                pl.len(),
                pl.col("gap").quantile(0.25, "lower").cast(pl.Int64).alias("low"),
                (pl.col("gap").median() * 2).cast(pl.Int64).alias("median_halves"),
                pl.col("gap").quantile(0.75, "higher").cast(pl.Int64).alias("high"),
            )
        )
        return [Gaps(*row) for row in told.sort("service").rows()]

    def returned(self, since: int, usual: int, patience: Mapping[int, int], *, newcomers: bool) -> Sequence[Counted]:
        first = self._visits.filter(since <= DAY).group_by("customer", maintain_order=True).first()
        first = self._with_longest(first.filter(pl.col("place") == 0) if newcomers else first, patience, usual)
        over = first.filter(DAY + pl.col("longest") <= self._today)
        again = (pl.col("gap") <= pl.col("longest")).fill_null(value=False)
        told = self._with_services(over).group_by("service").agg(pl.len(), again.sum().alias("again"))
        return [Counted(*row) for row in told.sort("service").rows()]

    def ended(self, since: int, usual_halves: int, after_halves: Mapping[int, int]) -> Sequence[Ended]:
        own = (pl.col("gap").median().over("customer") * 2).cast(pl.Int64).alias("own")
        regulars = self._visits.with_columns(own).filter(pl.col("place") >= REGULAR_VISITS - 1, since <= DAY)
        over = self._with_longest(regulars, after_halves, usual_halves).filter(
            (self._today - DAY) * usual_halves > PATIENCES * pl.col("own") * pl.col("longest")
        )
        is_last = pl.col("place") == pl.col("last")
        told = (
            self._with_services(over)
            .group_by("service")
            .agg((~is_last).sum().alias("stayed"), is_last.sum().alias("left"))
        )
        return [Ended(*row) for row in told.sort("service").rows()]

    def sold(self, since: int, until: int) -> Sequence[Sold]:
        lines = self._lines.filter(DAY.is_between(since, until))
        told = pl.concat([lines.with_columns(pl.lit(ALL, pl.Int64).alias("service")), lines.filter(CODE != NONE)])
        bought = pl.col("amount_minor") > 0
        order = pl.struct("customer", "order").filter(bought)
        rows = told.group_by("service").agg(
            pl.col("customer").filter(bought).n_unique(),
            order.n_unique().alias("orders"),
            pl.col("net").sum(),
            DAY.filter(bought).max().fill_null(0),
        )
        return [Sold(*row) for row in rows.sort("service").rows()]

    def buyers(self) -> Sequence[Buyers]:
        is_regular = pl.col("last") >= REGULAR_VISITS - 1
        told = (
            self._with_services(self._visits)
            .group_by("service", "customer")
            .agg((pl.col("place") == 0).any().alias("newcomer"), is_regular.any().alias("regular"))
            .group_by("service")
            .agg(pl.len(), pl.col("newcomer").sum(), pl.col("regular").sum())
        )
        return [Buyers(*row) for row in told.sort("service").rows()]

    def months(self, since: int, services: Collection[int]) -> Sequence[ServiceMonth]:
        lines = self._lines.filter(since <= DAY, CODE.is_in(list(services)))
        days = lines["day"].unique().to_list()
        month = pl.DataFrame(
            {"day": pl.Series(days, dtype=pl.Int64), "month": pl.Series(list(map(month_of, days)), dtype=pl.Int64)}
        )
        told = (
            lines.join(month, on="day")
            .group_by("service", "month")
            .agg((pl.col("amount_minor") > 0).sum(), pl.col("net").sum())
        )
        return [ServiceMonth(*row) for row in told.sort("service", "month").rows()]

    def _with_services(self, visits: pl.DataFrame) -> pl.DataFrame:
        """Each visit once for ALL, and once for each of its services; `service` comes first."""
        every = visits.with_columns(pl.lit(ALL, pl.Int64).alias("service"))
        return pl.concat([every, visits.join(self._held, on=VISIT).select(every.columns)]).select(
            "service", pl.exclude("service")
        )

    def _with_longest(self, visits: pl.DataFrame, values: Mapping[int, int], least: int) -> pl.DataFrame:
        """`longest`: the largest of these values over a visit's services, at least `least`."""
        codes = pl.DataFrame(
            {"service": pl.Series(list(values), dtype=pl.Int64), "value": pl.Series(values.values(), dtype=pl.Int64)}
        )
        longest = self._held.join(codes, on="service").group_by(VISIT).agg(pl.col("value").max())
        found = visits.join(longest, on=VISIT, how="left")
        return found.with_columns(pl.max_horizontal(pl.col("value").fill_null(least), least).alias("longest"))
