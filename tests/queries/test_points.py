"""What a sale asks of the ledger costs what that customer has, however much waits for everybody else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text

from storage.columns import new_id
from storage.database import Database, open_database
from storage.kinds import BatchState, Channel, Language, PointsKind
from storage.models import Bot, PointsBatch, PointsOperation
from storage.store import Store

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE, EACH = 300, 5


@pytest.fixture
async def crowded(database_url: str) -> AsyncIterator[tuple[Database, UUID]]:
    """A customer whose points wait, among very many others whose points wait too."""
    database = await open_database(database_url)

    def unit(store: Store) -> UUID:
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        people = [store.customers.add("telegram:1", f"{user}", "", Language.RU, NOW).id for user in range(PEOPLE)]
        for owner in people:
            given = PointsOperation(key=new_id().hex, customer_id=owner, kind=PointsKind.GIFT, at=NOW)
            store.points.begin([given])
            store.points.add_batches([_waiting(owner, given.id) for _ in range(EACH)])
        store.connection.execute(text("ANALYZE points_batch"))
        return people[0]

    yield database, await database.write(unit)
    await database.close()


def _waiting(owner: UUID, operation_id: UUID) -> PointsBatch:
    return PointsBatch(
        customer_id=owner,
        operation_id=operation_id,
        state=BatchState.PENDING,
        granted=1,
        points_left=1,
        opens_at=NOW + timedelta(days=1),
    )


@pytest.mark.parametrize("asked", ["next_opening", "due_to_open"])
async def test_what_waits_for_one_customer_is_found_by_the_customer(crowded, asked):
    database, me = crowded
    tomorrow = NOW + timedelta(days=2)

    def unit(store: Store) -> tuple[object, str]:
        seen = []
        listen = lambda _, cursor, statement, parameters, *rest: seen.append((statement, parameters))  # noqa: E731
        event.listen(store.connection, "before_cursor_execute", listen)
        if asked == "next_opening":
            found: object = store.points.next_opening(me, NOW)
        else:
            found = len(store.points.due_to_open(tomorrow, customer_id=me))
        event.remove(store.connection, "before_cursor_execute", listen)
        explain = "EXPLAIN " if store.connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        [(statement, parameters)] = seen
        return found, str(store.connection.exec_driver_sql(explain + statement, parameters).all())

    found, plan = await database.read(unit)
    assert found == (NOW + timedelta(days=1) if asked == "next_opening" else EACH)
    assert "ix_points_batch_open" in plan or "ix_points_batch_customer_id" in plan
    assert "ix_points_batch_pending" not in plan
