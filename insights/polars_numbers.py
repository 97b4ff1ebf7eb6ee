"""The tallies of metrics by Polars: the same answers as those of plain Python."""

from collections.abc import Mapping, Sequence

import polars as pl

from insights.number_tallies import OrderSums


class PolarsNumbers:
    """`NumberTallies`. `lines` have a number for each order (or a line alone) of a customer, and what came `back`;
    `visits` a row for each customer and day."""

    def __init__(self, lines: pl.DataFrame, visits: pl.DataFrame) -> None:
        self._lines, self._visits = lines, visits
        self._places = lines.select(pl.col("customer").unique().sort())

    def orders(self, since: int) -> OrderSums:
        sums = self._lines.group_by("customer", "order").agg(
            pl.col("day").min(), pl.max_horizontal("amount_minor", 0).sum().alias("taken"), pl.col("back").sum()
        )
        told = sums.filter(pl.col("day") >= since).sort("taken", "back")
        return OrderSums(told["taken"].to_list(), told["back"].to_list())

    def last_visits(self, until: int) -> Sequence[int]:
        last = self._visits.filter(pl.col("day") <= until).group_by("customer").agg(pl.col("day").max())
        return self._by_place(last, "day")

    def weighed(self, weights: Mapping[int, int]) -> Sequence[int]:
        known = pl.DataFrame(
            {
                "service": pl.Series(list(weights), dtype=pl.Int64),
                "weight": pl.Series(list(weights.values()), dtype=pl.Int64),
            }
        )
        sums = self._lines.join(known, on="service").group_by("customer").agg((pl.col("net") * pl.col("weight")).sum())
        return self._by_place(sums, "net")

    def _by_place(self, told: pl.DataFrame, column: str) -> list[int]:
        everybody = self._places.join(told, on="customer", how="left").sort("customer")
        return everybody[column].fill_null(0).to_list()
