"""What a file's purchases do to points: they earn many at once, and what a later file says came back is reversed."""

from sqlalchemy import event

from loyalty import ledger
from loyalty.accrual import withdraw
from loyalty.importing import Taken
from loyalty.ledger_check import check
from loyalty.returns import give_back
from storage.kinds import PointsKind
from storage.models import Customer
from tests.imports.carrying import MOSCOW, NOW, bring, purchases
from tests.imports.running import contents, purchases_file, undo
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


async def test_an_undone_file_gives_back_what_it_said_was_returned_of_older_purchases(database):
    """A till's return beside it stays, and the same file may say it again."""
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;нет;A\n123456782;01.02.2026;500;нет;B\n")
    first, second = await purchases(database)

    def at_the_till(store):
        return give_back(store, key="till", purchase_id=second.id, amount_minor=10_000, now=NOW, zone=MOSCOW)

    await database.write(at_the_till)
    before = await contents(database)
    later = RETURNS + "123456782;01.02.2026;1000;да;A\n123456782;01.02.2026;500;да;B\n"
    for _ in range(2):
        run_id, taken = await purchases_file(database, text=later)
        assert (taken.changed, await balance(database, anna)) == (2, (0, 0, 0))
        assert (await undo(database, run_id))["changes"] == 2
        after = await contents(database)
        assert after["purchase"] == before["purchase"]
        assert after["purchase_return"] == before["purchase_return"]
        assert await balance(database, anna) == (70, 0, 0)
    await database.read(check)
    for one in (first, second):
        await database.write(
            lambda store, one=one: give_back(store, key=one.id.hex, purchase_id=one.id, now=NOW, zone=MOSCOW)
        )
    assert await balance(database, anna) == (0, 0, 0)


async def test_points_that_paid_for_what_an_undone_file_returned_are_spent_again(database):
    anna = await known(database, Customer(name="Аня", created_at=NOW), card_number="123456782")
    await bring(database, RETURNS + "123456782;01.02.2026;1000;нет;A\n")
    [bought] = await purchases(database)
    cause = ledger.Cause(key="paid", customer_id=anna.id, kind=PointsKind.REDEMPTION, purchase_id=bought.id)
    await database.write(lambda store: ledger.spend(store, cause, 20, NOW))
    before = await database.read(lambda store: store.points.trail(bought.id))
    run_id, _ = await purchases_file(database, text=RETURNS + "123456782;01.02.2026;1000;да;A\n")
    assert (await database.read(lambda store: store.points.trail(bought.id))).back == 20
    await undo(database, run_id)
    assert await balance(database, anna) == (30, 0, 0)
    assert await database.read(lambda store: store.points.trail(bought.id)) == before
    await database.read(check)


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
