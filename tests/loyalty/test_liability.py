"""What the business owes in points, counted from the ledger, on both databases."""

from datetime import timedelta

from loyalty import ledger
from storage.columns import new_id
from storage.kinds import ConsentPurpose, PointsAccount, PointsKind


def _cause(customer, kind: PointsKind = PointsKind.GIFT) -> ledger.Cause:
    return ledger.Cause(key=new_id().hex, customer_id=customer.id, kind=kind)


async def test_the_report_is_what_the_ledger_holds(day):
    customer = await day.comes(ConsentPurpose.PROGRAMME)
    await day.joins()
    begins, soon, late = day.now, day.now + timedelta(days=5), day.now + timedelta(days=90)

    def given(store) -> None:
        ledger.grant(store, _cause(customer), 100, day.now, opens_at=day.now, expires_at=soon)
        ledger.grant(store, _cause(customer), 40, day.now, opens_at=day.now, expires_at=late)
        ledger.grant(store, _cause(customer), 9, day.now, opens_at=soon, expires_at=late)
        ledger.spend(store, _cause(customer, PointsKind.REDEMPTION), 30, day.now)

    await day.database.write(given)
    read = day.database.read
    assert await read(lambda store: store.liability.outstanding(day.now)) == (110, 9, 0, 1)
    assert await read(lambda store: store.liability.expiring(day.now, late + timedelta(1))) == [(soon, 70), (late, 49)]
    assert [one.points for one in await read(lambda store: store.liability.biggest(day.now, 5))] == [110]
    day.passes(days=6)
    await day.database.write(lambda store: ledger.settle(store, customer.id, day.now))
    assert await read(lambda store: store.liability.outstanding(day.now)) == (49, 0, 0, 1)
    assert await read(lambda store: store.liability.fates(begins, day.now + timedelta(1))) == [(30, 70)]
    flows = await read(lambda store: store.liability.flows([begins, soon], day.now + timedelta(1)))
    moved = {(one.period, one.source, one.target): one.points for one in flows}
    assert moved[0, PointsAccount.ISSUED, PointsAccount.AVAILABLE] == 140
    assert moved[0, PointsAccount.AVAILABLE, PointsAccount.REDEEMED] == 30
    assert moved[1, PointsAccount.AVAILABLE, PointsAccount.EXPIRED] == 70
    assert moved[1, PointsAccount.PENDING, PointsAccount.AVAILABLE] == 9


async def test_what_a_return_put_back_was_not_spent(day):
    customer = await day.comes(ConsentPurpose.PROGRAMME)
    await day.joins()
    until = day.now + timedelta(days=5)

    def unit(store) -> None:
        ledger.grant(store, _cause(customer), 100, day.now, opens_at=day.now, expires_at=until)
        (batch,) = store.points.open_batches(customer.id)
        ledger.spend(store, _cause(customer, PointsKind.REDEMPTION), 30, day.now)
        ledger.give_back(store, _cause(customer, PointsKind.RETURN), [(batch.id, 20)], day.now)

    await day.database.write(unit)
    assert await day.database.read(lambda store: store.liability.fates(day.now, until)) == [(10, 0)]


async def test_before_anybody_has_points_all_is_nothing(database):
    assert await database.read(lambda store: store.liability.first_purchase()) is None
