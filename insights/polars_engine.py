"""The tallies by Polars, for installations with the extra `[analytics]`: the same answers, several times as fast."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

import polars as pl

from insights.polars_numbers import PolarsNumbers
from insights.polars_services import PolarsServices
from insights.service_tallies import ServiceTallies
from insights.tallies import (
    NONE,
    YEAR_DAYS,
    Checks,
    CohortMonth,
    Counted,
    Customers,
    Lines,
    Pair,
    Pairs,
    Sums,
    Week,
    ln_nano,
    ln_square_nano,
    month_of,
)

COLUMNS = tuple(Lines.__dataclass_fields__)
GAP = pl.col("gap")
BOUGHT = pl.col("amount_minor") > 0
NET = (pl.col("amount_minor") - pl.col("returned_minor")).alias("net")
BACK = pl.col("returned_minor") - pl.min_horizontal("amount_minor", 0)


class PolarsEngine:
    """An `Engine`. `frame` has the columns of `Lines`, in any order and with others beside them, as integers."""

    def __init__(self, frame: pl.DataFrame, today: int) -> None:
        self._today, self._year, self._year_before = today, today - YEAR_DAYS, today - 2 * YEAR_DAYS
        # In order once: what follows knows the next visit by the next row, and asks for no hashing.
        self._lines = (
            frame.select(pl.col(COLUMNS).cast(pl.Int64))
            .sort(*_keys(frame), maintain_order=True)
            .with_row_index("line")
            .select(
                *("customer", "day", "amount_minor", "service", "branch", "seller"),
                NET,
                BACK.alias("back"),
                # A line without a code is an order: no other line has its number.
                pl.when(pl.col("order") == NONE)
                .then(-2 - pl.col("line").cast(pl.Int64))
                .otherwise(pl.col("order"))
                .alias("order"),
            )
        )
        customer, day = pl.col("customer"), pl.col("day")
        is_visit = ((customer != customer.shift(1)) | (day != day.shift(1))).fill_null(value=True)
        self._bought = (
            self._lines.select("customer", "day", "amount_minor", "order", "service", "branch", "seller")
            .filter(BOUGHT)
            .select(pl.exclude("amount_minor"), (is_visit.cum_sum() - 1).alias("visit"))
        )
        before = pl.when(customer == customer.shift(1)).then(day.shift(1))
        self._visits = (
            self._bought.select("customer", "day", "visit")
            .filter((pl.col("visit") != pl.col("visit").shift(1)).fill_null(value=True))
            .with_columns((day - before).alias("gap"))
        )
        self._bought_on = (
            self._bought.select("customer", "service", "day", "visit")
            .filter(pl.col("service") != NONE)
            .unique(["visit", "service"])
        )
        self._orders = (
            self._lines.group_by("customer", "order")
            .agg(pl.col("day").min(), pl.col("net").sum())
            .filter(pl.col("net") > 0)
        )
        self._customers: Customers | None = None

    @classmethod
    def of(cls, lines: Lines, today: int) -> "PolarsEngine":
        columns = {name: pl.Series(name, getattr(lines, name), pl.Int64) for name in COLUMNS}
        return cls(pl.DataFrame(columns), today)

    # --- customers

    def customers(self) -> Customers:
        if self._customers is None:
            told = self._told_customers()
            self._customers = Customers(*(told[name].to_list() for name in Customers.__dataclass_fields__))
        return self._customers

    def _told_customers(self) -> pl.DataFrame:
        day, is_year, is_before = pl.col("day"), self._is_year(), self._is_year_before()
        visits = (
            self._visits.join(self._logarithms(), on="gap", how="left")
            .group_by("customer")
            .agg(
                pl.len().alias("visits"),
                day.min().alias("first_day"),
                day.bottom_k(2).max().alias("second_day"),
                day.max().alias("last_day"),
                pl.col("ln").sum().alias("ln_gap_nano"),
                pl.col("ln_square").sum().alias("ln_gap_square_nano"),
                (GAP.median() * 2).alias("gap_median_halves"),
                is_year.sum().alias("visits_year"),
                is_before.sum().alias("visits_year_before"),
            )
        )
        orders = self._orders.group_by("customer").agg(
            pl.len().alias("orders"),
            is_year.sum().alias("orders_year"),
            is_before.sum().alias("orders_year_before"),
        )
        net = pl.col("net")
        money = self._lines.group_by("customer").agg(
            net.sum().alias("revenue_minor"),
            pl.col("back").sum().alias("returned_minor"),
            net.filter(is_year).sum().alias("revenue_year_minor"),
            net.filter(is_before).sum().alias("revenue_year_before_minor"),
        )
        told = money.join(visits, on="customer", how="left").join(orders, on="customer", how="left")
        told = told.join(self._favourites(), on="customer", how="left")
        for name in ("branch", "seller"):
            last = self._bought.filter(pl.col(name) != NONE).group_by("customer").agg(pl.col(name).last())
            told = told.join(last, on="customer", how="left")
        return (
            told.rename({"customer": "code", "service": "favourite_service"})
            .rename({"branch": "last_branch", "seller": "last_seller"})
            .with_columns(
                pl.col("favourite_service", "last_branch", "last_seller").fill_null(NONE),
                # With one visit only the second of its days is the first.
                pl.when(pl.col("visits") > 1).then(pl.col("second_day")).otherwise(0).alias("second_day"),
            )
            .fill_null(0)
            .with_columns(pl.exclude("code").cast(pl.Int64))
            .sort("code")
        )

    def _favourites(self) -> pl.DataFrame:
        return (
            self._service_days(None)
            .group_by("customer", "service")
            .agg(pl.len().alias("days"), pl.col("day").max())
            .sort("days", "day", "service", descending=[True, True, False])
            .group_by("customer")
            .agg(pl.col("service").first())
        )

    def _logarithms(self) -> pl.DataFrame:
        """Of each gap there is: made by the same function as everywhere, so that rounding cannot differ."""
        gaps = self._visits["gap"].drop_nulls().unique().to_list()
        return pl.DataFrame(
            {
                "gap": pl.Series(gaps, dtype=pl.Int64),
                "ln": pl.Series(list(map(ln_nano, gaps)), dtype=pl.Int64),
                "ln_square": pl.Series(list(map(ln_square_nano, gaps)), dtype=pl.Int64),
            }
        )

    # --- months and weeks

    def cohorts(self) -> Sequence[CohortMonth]:
        first = self._visits.group_by("customer").agg(pl.col("day").min().alias("first"))
        months = self._months()
        cohort = first.join(months, left_on="first", right_on="day").select("customer", pl.col("month").alias("cohort"))
        key = ("cohort", "month")

        def by_month(rows: pl.DataFrame) -> "pl.dataframe.group_by.GroupBy":
            placed = rows.join(months, on="day").join(cohort, on="customer", how="left")
            return placed.with_columns(pl.col("cohort").fill_null(NONE)).group_by(key)

        visits = by_month(self._visits).agg(pl.col("customer").n_unique().alias("people"), pl.len().alias("visits"))
        orders = by_month(self._orders).agg(pl.len().alias("orders"))
        money = by_month(self._lines).agg(pl.col("net").sum(), pl.col("back").sum())
        told = money.join(visits, on=key, how="left").join(orders, on=key, how="left").fill_null(0).sort(key)
        return [CohortMonth(*row) for row in told.select(*key, "people", "visits", "orders", "net", "back").rows()]

    def _months(self) -> pl.DataFrame:
        days = self._lines["day"].unique().to_list()
        return pl.DataFrame(
            {"day": pl.Series(days, dtype=pl.Int64), "month": pl.Series(list(map(month_of, days)), dtype=pl.Int64)}
        )

    def weeks(self) -> Sequence[Week]:
        monday = (pl.col("day") - (pl.col("day") - 1) % 7).alias("monday")
        visits = self._visits.group_by(monday).agg(pl.len().alias("visits"))
        orders = self._orders.group_by(monday).agg(pl.len().alias("orders"))
        told = (
            self._lines.group_by(monday)
            .agg(pl.col("net").sum())
            .join(visits, on="monday", how="left")
            .join(orders, on="monday", how="left")
        )
        rows = told.fill_null(0).sort("monday").select("monday", "visits", "orders", "net").rows()
        return [Week(*row) for row in rows]

    def for_numbers(self) -> PolarsNumbers:
        return PolarsNumbers(self._lines, self._visits)

    def checks(self, since: int | None = None) -> Checks:
        nets = self._orders["net"] if since is None else self._orders.filter(pl.col("day") >= since)["net"]
        if nets.is_empty():
            return Checks(0, 0, 0, 0)
        # A sum of squares of sums of money passes 64 bits; Python's integers do not end.
        values, counts = nets.value_counts().get_columns()
        squares = sum(value * value * count for value, count in zip(values.to_list(), counts.to_list(), strict=True))
        return Checks(len(nets), int(nets.sum()), squares, _halves(nets.median()))

    # --- services, branches, sellers

    def services(self) -> Sequence[Sums]:
        return self._sums("service")

    def branches(self) -> Sequence[Sums]:
        return self._sums("branch")

    def sellers(self) -> Sequence[Sums]:
        return self._sums("seller")

    def _sums(self, column: str) -> Sequence[Sums]:
        net, is_year, is_before = pl.col("net"), self._is_year(), self._is_year_before()
        money = self._lines.group_by(column).agg(
            net.sum().alias("revenue"),
            pl.col("back").sum().alias("returned"),
            (BOUGHT & is_year).sum().alias("lines_year"),
            net.filter(is_year).sum().alias("revenue_year"),
            (BOUGHT & is_before).sum().alias("lines_before"),
            net.filter(is_before).sum().alias("revenue_before"),
            BOUGHT.sum().alias("lines"),
        )
        orders = (
            self._bought.select(column, "customer", "order").unique().group_by(column).agg(pl.len().alias("orders"))
        )
        people = (
            self._bought.group_by(column, "customer")
            .agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
            .group_by(column)
            .agg(
                pl.len().alias("people"),
                (pl.col("first") != pl.col("last")).sum().alias("again"),
                (pl.col("last") > self._year).sum().alias("people_year"),
            )
        )
        told = money.join(orders, on=column, how="left").join(people, on=column, how="left").fill_null(0).sort(column)
        order = (
            column, "lines", "people", "again", "orders", "revenue", "returned", "lines_year", "people_year",
            "revenue_year", "lines_before", "revenue_before",
        )  # fmt: skip
        return [Sums(*row) for row in told.select(order).rows()]

    def by_service(self) -> ServiceTallies:
        return self._by_service

    @cached_property
    def _by_service(self) -> ServiceTallies:
        return PolarsServices(self._today, self._lines, self._visits, self._bought_on)

    def first_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        return self._counted(self.customers().first_day, chosen, flags)

    def last_services(self, chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        return self._counted(self.customers().last_day, chosen, flags)

    def _counted(self, days: Sequence[int], chosen: Sequence[bool], flags: Sequence[bool]) -> Sequence[Counted]:
        asked = pl.DataFrame(
            {
                "customer": pl.Series(self.customers().code, dtype=pl.Int64),
                "day": pl.Series(days, dtype=pl.Int64),
                "chosen": pl.Series(chosen, dtype=pl.Boolean),
                "flag": pl.Series(flags, dtype=pl.Boolean),
            }
        ).filter("chosen")
        told = (
            self._service_days(None)
            .join(asked, on=("customer", "day"))
            .group_by("service")
            .agg(pl.len(), pl.col("flag").sum())
        )
        return [Counted(*row) for row in told.sort("service").rows()]

    def sequences(self, within_days: int, services: Collection[int], at_least: int) -> Pairs:
        next_day = pl.col("day").shift(-1).over("customer")
        is_followed = (pl.col("day") <= self._today - within_days) & (next_day - pl.col("day") <= within_days)
        begin = self._visits.filter(is_followed).group_by("customer").agg(pl.col("day").min().alias("begin"))
        since = pl.col("day") - pl.col("begin")
        near = self._service_days(services).join(begin, on="customer").with_columns(since.alias("lag"))
        first = near.filter(pl.col("lag") == 0).select("customer", pl.col("service").alias("a"))
        later = (
            near.filter(pl.col("lag").is_between(1, within_days))
            .group_by("customer", pl.col("service").alias("b"))
            .agg(pl.col("lag").min())
        )
        pairs = (
            first.join(later, on="customer")
            .filter(pl.col("a") != pl.col("b"))
            .group_by("a", "b")
            .agg(pl.len().alias("people"), pl.col("lag").median())
            .filter(pl.col("people") >= at_least)
            .sort("a", "b")
        )
        return Pairs(
            len(begin),
            _counts(first["a"]),
            _counts(later["b"]),
            [Pair(a, b, people, _halves(lag)) for a, b, people, lag in pairs.rows()],
        )

    def together(self, services: Collection[int], at_least: int) -> Pairs:
        last = self._visits.group_by("customer").agg(pl.col("day").max())
        bought = self._service_days(services).join(last, on=("customer", "day")).select("customer", "service")
        pairs = (
            bought.join(bought, on="customer", suffix="_b")
            .filter(pl.col("service") < pl.col("service_b"))
            .group_by("service", "service_b")
            .agg(pl.len().alias("people"))
            .filter(pl.col("people") >= at_least)
            .sort("service", "service_b")
        )
        counts = _counts(bought["service"])
        return Pairs(len(last), counts, counts, [Pair(one, other, people, 0) for one, other, people in pairs.rows()])

    def _service_days(self, services: Collection[int] | None) -> pl.DataFrame:
        """Who bought which service on which day, each once; of these services, or of all that are told."""
        if services is None:
            return self._bought_on
        return self._bought_on.filter(pl.col("service").is_in(list(services)))

    def _is_year(self) -> pl.Expr:
        return pl.col("day") > self._year

    def _is_year_before(self) -> pl.Expr:
        return pl.col("day").is_between(self._year_before, self._year, closed="right")


def _keys(frame: pl.DataFrame) -> list[pl.Expr]:
    """By customer, day and moment: one number of all three, where 64 bits hold it, is sorted several times as fast."""
    customer, day, at = pl.col("customer"), pl.col("day"), pl.col("at")
    if frame.is_empty():
        return [customer]
    people, first_day, last_day, first, last = frame.select(
        customer.max() + 1, day.min(), day.max().alias("last_day"), at.min(), at.max().alias("last")
    ).row(0)
    days, seconds = last_day - first_day + 1, last - first + 1
    if people * days * seconds >= 1 << 63:
        return [customer, day, at]
    return [(customer * days + day - first_day) * seconds + at - first]


def _counts(values: pl.Series) -> Mapping[int, int]:
    counted: Iterable[tuple[int, int]] = values.value_counts().rows()
    return dict(counted)


def _halves(median: object) -> int:
    """Twice a median of ints, which is an int."""
    assert isinstance(median, float)
    return round(2 * median)
