"""What a file's purchases do to points: they earn many at once, and what a later file says came back is reversed."""

from sqlalchemy import event

from loyalty.accrual import withdraw
from loyalty.importing import Taken
from loyalty.ledger_check import check
from storage.models import Customer
from tests.imports.carrying import NOW, bring, purchases
from tests.imports.test_taking import known

RETURNS = "карта;дата;сумма;возврат;заказ\n"


async def balance(database, customer):
    return await database.read(lambda store: store.points.balance(customer.id, NOW))


async def test_a_return_that_a_later_file_tells_takes_the_points_once(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;нет;A\n123456782;01.02.2026;500;нет;B\n")
    assert await balance(database, anna) == (75, 0, 0)
    later = RETURNS + "123456782;01.02.2026;1000;да;A\n123456782;01.02.2026;500;нет;B\n"
    assert await bring(database, later) == Taken(0, 1, 0, changed=1)
    assert await bring(database, later) == Taken(0, 2, 0)
    assert await balance(database, anna) == (25, 0, 0)
    assert sorted(one.returned_minor for one in await purchases(database)) == [0, 100_000]
    stale = await database.read(lambda store: store.stats.has_stale())
    assert stale


async def test_a_file_that_knows_of_the_return_from_the_beginning_brings_no_points(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;да;A\n")
    assert await balance(database, anna) == (0, 0, 0)


async def test_points_that_would_be_gone_by_now_are_not_written(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2024;1000;нет;A\n")
    assert await database.read(lambda store: store.points.moved(anna.id, 10)) == []


async def test_an_undone_file_takes_only_what_a_return_has_left(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;нет;A\n")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;да;A\n")
    [bought] = await purchases(database)
    assert await database.write(lambda store: withdraw(store, [bought.id], NOW)) == 0
    assert await balance(database, anna) == (0, 0, 0)


async def test_hundreds_of_purchases_cost_as_many_statements_as_a_few(database):
    await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    few = await _statements(database, 3, "A")
    many = await _statements(database, 300, "B")
    assert many <= few + 2
    assert await database.read(check) >= 2


async def _statements(database, rows: int, mark: str) -> int:
    """How many statements a page of so many purchases takes."""
    counted = []

    def count(connection, cursor, statement, *_) -> None:
        counted.append(statement)

    lines = "".join(f"123456782;01.02.2026;{number + 100};нет;{mark}{number}\n" for number in range(rows))
    engine = type((await database.read(lambda store: store.connection)).engine)
    event.listen(engine, "before_cursor_execute", count)
    try:
        await bring(database, RETURNS + lines)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(counted)
