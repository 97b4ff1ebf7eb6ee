"""The CDNOW sample, known from many papers: 2,357 customers, 6,919 purchases, and counted here once more."""

from collections import Counter
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest

from loyalty.cells import Problem
from loyalty.importing import Taken
from loyalty.purchase_file import RefusedRow
from tests.imports.carrying import bring, carry, customers, purchases, read

CUSTOMERS, PURCHASES = 2357, 6919  # as the data set's own documentation tells


@pytest.fixture(scope="module")
def sample() -> list[list[str]]:
    """Its lines: number in the whole set, number in the sample, date, CDs, dollars. Only the file is read, no code."""
    try:
        found = next(file for file in files("lifetimes") or () if file.name == "CDNOW_sample.txt")
    except PackageNotFoundError:
        pytest.skip("the sample is not installed: make environment")
    return [line.split() for line in Path(str(found.locate())).read_text("ascii").splitlines()]


def csv(lines: list[list[str]]) -> str:
    return "customer,date,amount,product\n" + "".join(
        f"{number},{date},{dollars},{cds} CD\n" for number, _, date, cds, dollars in lines
    )


async def test_customers_purchases_and_the_sum_are_those_of_the_file(database, sample):
    assert (len({line[0] for line in sample}), len(sample)) == (CUSTOMERS, PURCHASES)
    assert await bring(database, csv(sample)) == Taken(PURCHASES, 0, CUSTOMERS)
    bought = await purchases(database)
    assert len(await customers(database)) == CUSTOMERS
    assert Decimal(sum(purchase.amount_minor for purchase in bought)) / 100 == sum(Decimal(line[4]) for line in sample)
    each = Counter(purchase.customer_id for purchase in bought)
    assert sorted(each.values()) == sorted(Counter(line[0] for line in sample).values())
    assert Counter(f"{purchase.at:%Y%m%d}" for purchase in bought) == Counter(line[2] for line in sample)


async def test_brought_again_nothing_is_new(database, sample):
    await bring(database, csv(sample))
    assert await bring(database, csv(sample), page=333) == Taken(0, PURCHASES, 0)
    assert len(await purchases(database)) == PURCHASES


def broken(sample: list[list[str]]) -> bytes:
    lines = csv(sample).encode().split(b"\n")
    lines[10] = lines[10].replace(b",1997", b",19971399-")
    lines[20] = lines[20].replace(b".", b"O")
    lines[30] = b"," + lines[30].partition(b",")[2]
    lines[40] += b"\xff"
    lines[50] += b",7"
    return b"\xef\xbb\xbf" + b"\n".join(lines)


async def test_of_a_broken_copy_exactly_the_broken_rows_are_refused(database, sample):
    found = read(broken(sample))
    assert [(row.line, row.column, row.problem) for row in found if isinstance(row, RefusedRow)] == [
        (11, "date", Problem.DATE),
        (21, "amount", Problem.AMOUNT),
        (31, "customer", Problem.NOBODY),
        (41, "", Problem.ENCODING),
        (51, "", Problem.MANY_CELLS),
    ]
    assert (await carry(database, found)).new == PURCHASES - 5
