"""Who is reachable where: each customer in one group, with what they bought, on both engines."""

from datetime import UTC, datetime, timedelta

from storage.kinds import Language, ReachStatus
from storage.models import Bot, Customer, Identity, Purchase
from storage.reach import NOWHERE, SEVERAL
from tests.rows import overwrite

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
YEAR = timedelta(days=365)


def meet(store, *bot_ids: str, name: str = "Анна") -> Customer:
    """A customer with a chat in each of these bots."""
    for bot_id in ("telegram:1", "telegram:2", "vk:1", "webchat:main"):
        store.bots.register(Bot(id=bot_id, channel=bot_id.partition(":")[0]))
    first, *others = bot_ids
    customer = store.customers.add(first, f"{name} {first}", name, Language.RU, NOW)
    table = Identity.__table__
    for bot_id in others:
        row = {"bot_id": bot_id, "user_id": name, "customer_id": customer.id, "reach": ReachStatus.ACTIVE}
        store.connection.execute(table.insert().values(**row, display_name="", seen_at=NOW))
    return customer


def buys(store, customer: Customer, minor: int, currency: str = "RUB", ago: timedelta = timedelta(days=1)) -> None:
    store.purchases.add(Purchase(customer_id=customer.id, at=NOW - ago, amount_minor=minor, currency=currency))


async def test_everybody_is_in_one_group(database):
    def live(store):
        meet(store, "telegram:1")
        meet(store, "telegram:1", "telegram:2", name="Два бота")
        meet(store, "telegram:1", "vk:1", name="Два канала")
        meet(store, "webchat:main")
        silent = meet(store, "vk:1", name="Закрыто")
        store.customers.set_reach("vk:1", "Закрыто vk:1", ReachStatus.BLOCKED)
        return store.reach.customers(), silent

    groups, _ = await database.write(live)
    assert groups == {"telegram": 2, SEVERAL: 1, "webchat": 1, NOWHERE: 1}


async def test_a_closed_channel_leaves_the_other_one(database):
    def live(store):
        meet(store, "telegram:1", "vk:1")
        store.customers.set_reach("telegram:1", "Анна telegram:1", ReachStatus.NEVER_ALLOWED)
        return store.reach.customers()

    assert await database.write(live) == {"vk": 1}


async def test_a_year_of_purchases_is_summed_by_currency(database):
    def live(store):
        one, other = meet(store, "telegram:1"), meet(store, "telegram:1", name="Борис")
        buys(store, one, 350_00)
        buys(store, other, 9_99, "EUR")
        buys(store, other, 150_00)
        buys(store, other, 700_00, ago=YEAR + timedelta(days=1))
        buys(store, meet(store, "telegram:1", "vk:1", name="Вера"), 1_00)
        return store.reach.purchases(NOW - YEAR)

    assert await database.write(live) == {"telegram": [("EUR", 9_99), ("RUB", 500_00)], SEVERAL: [("RUB", 1_00)]}


async def test_who_was_erased_is_counted_nowhere(database):
    def live(store):
        customer = meet(store, "telegram:1")
        buys(store, customer, 350_00)
        customer.erased_at = NOW
        overwrite(store, customer)
        return store.reach.customers(), store.reach.purchases(NOW - YEAR)

    assert await database.write(live) == ({}, {})


async def test_nobody_is_no_group_at_all(database):
    assert await database.read(lambda store: store.reach.customers()) == {}
