"""What time has done is counted before points move: what expired is not taken twice, and debts are paid first."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from loyalty import ledger, promo_codes
from loyalty.ledger_check import check
from loyalty.promo_codes import Order
from loyalty.purchases import KnownAlready, Sale, record
from storage.kinds import Channel, Language, PointsKind, PromoKind, PurchaseSource, RedemptionState
from storage.models import Bot, Membership, PromoCampaign, PromoCode

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")


def somebody(store, user="1"):
    """A member of the programme."""
    store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
    customer = store.customers.add("telegram:1", user, "", Language.RU, NOW)
    store.points.join(Membership(customer_id=customer.id, card_number=user, joined_at=NOW))
    return customer


def code(store, kind, value) -> None:
    campaign = PromoCampaign(slug="spring", name="Весна", kind=kind, value=value, created_at=NOW)
    store.promos.add_campaign(campaign)
    store.promos.add_code(PromoCode(code="SPRING25", campaign_id=campaign.id, max_uses=9, issued_at=NOW))


def of(customer, key: str, kind=PointsKind.GIFT) -> ledger.Cause:
    return ledger.Cause(key=key, customer_id=customer.id, kind=kind)


async def test_points_of_a_code_that_expired_unspent_are_not_taken_back(database):
    def unit(store):
        customer = somebody(store)
        code(store, PromoKind.POINTS, 200)
        promo_codes.redeem(store, "SPRING25", "a", Order(customer.id, 0, NOW), ZONE)
        late = NOW + timedelta(days=4000)
        promo_codes.roll_back(store, "a", "ошибка", None, late)
        return store.points.balance(customer.id, late)

    assert await database.write(unit) == (0, 0, 0)
    await database.read(check)


async def test_a_debt_beside_open_points_is_paid_when_anybody_looks(database):
    """As after a merge: one record owes, the other has."""

    def unit(store):
        customer, other = somebody(store), somebody(store, "2")
        ledger.take_back(store, of(customer, "back", PointsKind.RETURN), 30, set(), NOW)
        ledger.grant(store, of(other, "gift"), 100, NOW, opens_at=NOW, expires_at=None)
        [batch] = store.points.open_batches(other.id)
        batch.customer_id = customer.id
        store.points._save(batch)
        ledger.settle(store, customer.id, NOW)
        ledger.settle(store, customer.id, NOW)
        return store.points.balance(customer.id, NOW)

    assert await database.write(unit) == (70, 0, 0)
    await database.read(check)


async def test_a_code_is_free_again_when_another_sale_had_the_same_key(sqlite_database):
    def unit(store):
        customer, other = somebody(store), somebody(store, "2")
        code(store, PromoKind.PERCENT, 10)
        record(store, Sale("one", other, 1000, PurchaseSource.CONSOLE), NOW, ZONE)
        by_key, looked = store.purchases.by_key, []

        def not_yet(key: str):
            looked.append(key)  # the first look comes before the other sale is there
            return by_key(key) if len(looked) > 1 else None

        store.purchases.by_key = not_yet
        sale = Sale("one", customer, 1000, PurchaseSource.CONSOLE, code="SPRING25")
        return record(store, sale, NOW, ZONE), store.promos.code("SPRING25").used, store.promos.redemption("one").state

    found, uses, state = await sqlite_database.write(unit)
    assert isinstance(found, KnownAlready)
    assert (uses, state) == (0, RedemptionState.RELEASED)
