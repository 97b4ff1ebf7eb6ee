"""A purchase file read by Polars, for installations with the extra `[analytics]`: many lines at a time.

Nothing is read in two ways. Polars parts the lines, and each different cell is worked out once, by the functions that
the slow reader has for it. A row that holds anything out of the ordinary goes to that reader whole, so values and
refusals are the same.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, NamedTuple, cast

import polars as pl

from insights.tallies import NONE, Days, Names
from loyalty.cells import Problem
from loyalty.purchase_file import DETAILS, PurchaseFile, PurchaseRow, RefusedRow, Rules
from loyalty.purchase_lines import People, Person, known_as
from loyalty.spreadsheet import PlainLines, Record
from loyalty.table_file import LONGEST_CELL, Wrong, person, tidy

LINES_AT_ONCE: Final = 100_000
WHO: Final = ("customer", "phone", "card", "name")
TEXTS: Final = ("order", "product", "branch", "seller")
_UNTIDY: Final = r"^[\s']|\s$|\s\s|[^\S ]|[\x1c-\x1f]"
"""Cells that `tidy` would change, or may."""
_PLAIN_AMOUNT: Final = r"^([0-9]{1,7})(?:[.,]([0-9]{1,2}))?$"
_CLOCK: Final = r"^.{10}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?$"

FRAME: Final = {
    "line": pl.Int64, "who": pl.String, "phone": pl.String, "name": pl.String, "at": pl.Int64, "day": pl.Int64,
    "amount_minor": pl.Int64, "returned_minor": pl.Int64,
    "order": pl.String, "product": pl.String, "branch": pl.String, "seller": pl.String,
}  # fmt: skip
CODED: Final = {"customer": "who", "service": "product", "branch": "branch", "seller": "seller", "order": "order"}


class FastPurchases(NamedTuple):
    """`frame` has the columns of `insights.tallies.Lines`."""

    frame: pl.DataFrame
    names: Names
    people: People

    def last_day(self) -> int | None:
        """The ordinal; None where there is no line."""
        return cast("int | None", self.frame["day"].max())


def read(
    pieces: Iterable[bytes], rules: Rules, refuse: Callable[[RefusedRow], None], begin: Callable[[PurchaseFile], None]
) -> FastPurchases:
    """As `purchase_lines.collect`, in the same order of codes. `begin` is told of the table before the first refusal.

    Raises NotATable and MissingColumns.
    """
    table = _Table(pieces, rules)
    begin(table)
    read_frame = pl.concat([pl.DataFrame(schema=FRAME), *table.frames(refuse)])
    coded, names = _coded(read_frame)
    return FastPurchases(coded, names, lambda asked: _people(read_frame, asked, rules))


class _Table(PurchaseFile):
    """The slow reader, asked for many lines at a time where it can be."""

    def __init__(self, pieces: Iterable[bytes], rules: Rules) -> None:
        super().__init__(pieces, rules)
        self._day_of = Days(rules.zone)

    def frames(self, refuse: Callable[[RefusedRow], None]) -> Iterator[pl.DataFrame]:
        for batch in _gathered(self._table.batches()):
            if isinstance(batch, list):
                yield self._frame([self._row(record) for record in batch], refuse)
            else:
                yield self._taken(batch, refuse)

    def _taken(self, lines: PlainLines, refuse: Callable[[RefusedRow], None]) -> pl.DataFrame:
        cells = self._cells(lines)
        known = self._understood(cells)
        is_odd = known.select(pl.any_horizontal(pl.all().is_null())).to_series()
        odd = (lines.texts[place] for place in is_odd.arg_true())
        numbers = (lines.first + place for place in is_odd.arg_true())
        records = (
            Record(number, text.split(self.delimiter))
            for number, text in zip(numbers, odd, strict=True)
            if text and not text.isspace()
        )
        rest = self._frame([self._row(record) for record in records], refuse)
        return pl.concat([known.filter(~is_odd), rest])

    def _frame(self, rows: list[PurchaseRow | RefusedRow], refuse: Callable[[RefusedRow], None]) -> pl.DataFrame:
        """Rows that the slow reader has read."""
        taken = []
        for row in rows:
            if isinstance(row, RefusedRow):
                refuse(row._replace(order_line=None))
                continue
            at = int(row.at.timestamp())
            taken.append(
                (
                    row.line, known_as(row.customer, row.phone, row.card), row.phone, row.name, at, self._day_of(at),
                    row.amount_minor, row.returned_minor, row.order, row.product, row.branch, row.seller,
                )
            )  # fmt: skip
        return pl.DataFrame(taken, schema=FRAME, orient="row")

    def _cells(self, lines: PlainLines) -> pl.DataFrame:
        """The cells of our columns by their roles; of a column that is not there they are empty. `is_even` tells that
        a line has as many cells as the header, and none that is too long."""
        text = pl.col("text")
        width = self._width
        parted = text.str.split_exact(self.delimiter, max(width - 1, 1)).struct
        roles = {
            role: parted.field(f"field_{self._place[role]}") if self._has(role) else pl.lit("") for role in self._place
        }
        is_even = (text.str.count_matches(self.delimiter, literal=True) == width - 1) & (
            text.str.len_chars() <= LONGEST_CELL
        )
        frame = pl.DataFrame({"text": pl.Series(lines.texts, dtype=pl.String)}).with_row_index("line", lines.first)
        return frame.select("line", is_even.alias("is_even"), **roles)

    def _understood(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The columns of FRAME, with nulls where a row is not plain."""
        texts = {role: self._tidied(cells[role]) for role in TEXTS}
        at, day = self._moments(cells["date"])
        amount, returned = self._sums(cells)
        who = pl.when(pl.col("is_even") & (pl.col("who") != "")).then(pl.col("who"))
        found = cells.select("is_even", "phone", "name", pl.col("line").cast(pl.Int64)).with_columns(
            self._people_of(cells), at, day, amount, returned, **texts
        )
        return found.with_columns(who).select(*FRAME)

    def _people_of(self, cells: pl.DataFrame) -> pl.Series:
        """What each is known as, empty for nobody; in most files the number says it all."""
        number = pl.col("customer")
        is_plain = (number != "") & ~number.str.contains(_UNTIDY)
        plain = cells.select(pl.when(is_plain).then(number).alias("who")).to_series()
        if plain.null_count() == 0:
            return plain
        others = cells.filter(plain.is_null()).select(WHO).unique()
        told = [known_as(*one[:3]) for one in (_person(row, self._rules) for row in others.rows())]
        joined = cells.select(WHO).join(
            others.with_columns(pl.Series("who", told, dtype=pl.String)), on=WHO, how="left", maintain_order="left"
        )
        return plain.fill_null(joined["who"])

    def _moments(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """UTC seconds and local days. The midnight of each day is worked out once, and so is each text that is not a
        day with a plain time after it."""
        latest = int(self._latest.timestamp())
        days = texts.drop_nulls().str.slice(0, 10).unique().to_list()
        midnights = [self._moment_of.midnight(day) for day in days]
        known = [(day, int(midnight.timestamp())) for day, midnight in zip(days, midnights, strict=True) if midnight]
        midnight = pl.DataFrame(
            [(day, at, self._day_of(at)) for day, at in known],
            schema={"text_day": pl.String, "midnight": pl.Int64, "day": pl.Int64},
            orient="row",
        )
        text, second = pl.col("text"), pl.col("text").str.slice(17, 2).cast(pl.Int64, strict=False).fill_null(0)
        hour, minute = (text.str.slice(at, 2).cast(pl.Int64, strict=False) for at in (11, 14))
        clock = pl.when(text.str.contains(_CLOCK)).then(hour * 3600 + minute * 60 + second)
        found = (
            pl.DataFrame({"text": texts})
            .with_columns(text.str.slice(0, 10).alias("text_day"))
            .join(midnight, on="text_day", how="left", maintain_order="left")
            .select("text", (pl.col("midnight") + clock).alias("at"), pl.when(clock.is_not_null()).then("day"))
        )
        rest = found.filter(pl.col("at").is_null())["text"].unique().to_list()
        others = [
            (text, int(moment.timestamp()))
            for text, moment in ((text, self._moment_of(text)) for text in rest if text is not None)
            if not isinstance(moment, Problem)
        ]
        other = pl.DataFrame(
            [(text, at, self._day_of(at)) for text, at in others],
            schema={"text": pl.String, "other_at": pl.Int64, "other_day": pl.Int64},
            orient="row",
        )
        whole = found.join(other, on="text", how="left", maintain_order="left").select(
            pl.coalesce("at", "other_at").alias("at"), pl.coalesce("day", "other_day").alias("day")
        )
        in_time = whole.with_columns(pl.when(pl.col("at") <= latest).then(pl.col("at")).alias("at"))
        return in_time["at"], in_time["day"]

    def _sums(self, cells: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """Amounts and what was given back of them. One that is written plainly and stands alone needs no more; each
        other set of these cells is worked out once. An order's number may excuse a negative sum: such rows are odd."""
        amount = pl.col("amount")
        parts = amount.str.extract_groups(_PLAIN_AMOUNT).struct
        plain = parts.field("1").cast(pl.Int64) * 100 + parts.field("2").fill_null("").str.pad_end(2, "0").cast(
            pl.Int64
        )
        asked = [role for role in ("amount", *DETAILS) if role not in ("branch", "seller")]
        is_alone = pl.all_horizontal(pl.col(role) == "" for role in asked if role != "amount")
        found = cells.select(*asked, pl.when(is_alone).then(plain).alias("plain"))
        rest = found.filter(pl.col("plain").is_null()).select(asked).unique().drop_nulls()
        sums = [self._sum_of(dict(zip(asked, row, strict=True))) for row in rest.rows()]
        worked_out = rest.with_columns(
            pl.Series("sum", [one[0] for one in sums], dtype=pl.Int64),
            pl.Series("back", [one[1] for one in sums], dtype=pl.Int64),
        )
        whole = found.join(worked_out, on=asked, how="left", maintain_order="left")
        told = whole.select(
            pl.coalesce("plain", "sum").alias("amount_minor"),
            pl.when(pl.col("plain").is_not_null()).then(0).otherwise("back").alias("returned_minor"),
        )
        return told["amount_minor"], told["returned_minor"]

    def _sum_of(self, told: Mapping[str, str]) -> tuple[int | None, int | None]:
        cells = [""] * (self._width + 1)
        for role, cell in told.items():
            if self._has(role):
                cells[self._place[role]] = cell
        read = self._worth(cells, "")
        return (None, None) if isinstance(read, Wrong) else (read.amount_minor, read.returned_minor)

    def _tidied(self, texts: pl.Series) -> pl.Series:
        """As `tidy` makes them: most are so already."""
        if not texts.str.contains(_UNTIDY).any():
            return texts
        untidy = texts.filter(texts.str.contains(_UNTIDY)).unique().to_list()
        return texts.replace(untidy, [tidy(text) for text in untidy])


def _gathered(batches: Iterable[PlainLines | Record]) -> Iterator[PlainLines | list[Record]]:
    """Plain lines in large lots, and the records between them together, all in the file's order."""
    for is_plain, some in groupby(batches, key=lambda batch: isinstance(batch, PlainLines)):
        if is_plain:
            yield from _lots(cast("Iterator[PlainLines]", some))
        else:
            yield cast("list[Record]", list(some))


def _lots(batches: Iterable[PlainLines]) -> Iterator[PlainLines]:
    """Batches that follow each other without a gap, together."""
    first, texts = 0, list[str]()
    for batch in batches:
        if texts and (len(texts) >= LINES_AT_ONCE or batch.first != first + len(texts)):
            yield PlainLines(first, texts)
            texts = []
        if not texts:
            first = batch.first
        texts.extend(batch.texts)
    if texts:
        yield PlainLines(first, texts)


def _person(cells: tuple[str | None, ...], rules: Rules) -> tuple[str, str, str]:
    customer, phone, card, name = (cell or "" for cell in cells)
    found = person((customer, phone, card, name), rules.region)
    return found.customer, found.phone, found.card


def _coded(frame: pl.DataFrame) -> tuple[pl.DataFrame, Names]:
    """Numbers in place of texts, in the order in which they first come."""
    ordered = frame if frame["line"].is_sorted() else frame.sort("line")
    columns, names = dict[str, pl.Series](), dict[str, list[str]]()
    for code, text in CODED.items():
        known = ordered[text].unique(maintain_order=True)
        known = known.filter(known != "")
        codes = pl.DataFrame({"text": known}).with_row_index("code")
        found = ordered.select(text).join(codes, left_on=text, right_on="text", how="left", maintain_order="left")[
            "code"
        ]
        columns[code] = found.cast(pl.Int64).fill_null(NONE)
        if code != "order":
            names[code] = known.to_list()
    coded = ordered.select("at", "day", "amount_minor", "returned_minor").with_columns(**columns)
    return coded, Names(names["customer"], names["service"], names["branch"], names["seller"])


def _people(frame: pl.DataFrame, asked: Collection[str], rules: Rules) -> Mapping[str, Person]:
    """The first name and the first phone that the file gives each."""
    told: dict[str, Person] = {who: Person("", "") for who in asked}
    rows = (
        frame.filter(pl.col("who").is_in(list(asked)))
        .sort("line")
        .select("who", "phone", "name")
        .unique(maintain_order=True)
    )
    for who, phone, name in rows.rows():
        read = person(("", phone, "", name), rules.region)
        known = told[who]
        told[who] = Person(known.name or read.name, known.phone or read.phone)
    return told
