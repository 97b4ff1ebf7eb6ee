"""Points and codes moved by requests that are each delivered four times: run as a program, so that it can be killed.

`python -m tests.faults.ledger_work URL WORKERS SEED` says «ready», does it all, and ends.
"""

import asyncio
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from loyalty import ledger
from loyalty.programme import KEY
from loyalty.purchases import Sale, record
from loyalty.returns import give_back
from loyalty.rules import Rules, as_json
from storage.database import Database, open_database
from storage.kinds import PointsKind, PromoKind, PurchaseSource
from storage.models import Customer, Membership, PromoCampaign, PromoCode
from storage.store import Store

NOW: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE: Final = ZoneInfo("Europe/Moscow")
DELIVERIES: Final = 4
PEOPLE: Final = 12
PRICE: Final = 10_000
WELCOME: Final = 10_000
LIMIT: Final = 30
CODE: Final = "PARTY30"
OFF: Final = 1_000

SALES: Final = range(100)
"""Each pays with points, every other comes back: a third of it first, then the rest."""
CODE_SALES: Final = range(60)
GIFTS: Final = range(60)
"""Each is taken back in part."""

Unit = Callable[[Store], Any]


def person(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number % PEOPLE))


def points_of(sale: int) -> int:
    return sale % 7


def prepare(store: Store) -> None:
    customers = [Customer(id=person(number), created_at=NOW) for number in range(PEOPLE)]
    store.bulk.insert(Customer, [one.model_dump() for one in customers])
    store.business.change(KEY, as_json(Rules()), None, NOW)
    for number in range(PEOPLE):
        store.points.join(Membership(customer_id=person(number), card_number=str(number), joined_at=NOW))
        _give(store, f"welcome {number}", number, WELCOME)
    campaign = PromoCampaign(slug="party", name="Party", kind=PromoKind.FIXED, value=OFF, created_at=NOW)
    store.promos.add_campaign(campaign)
    store.promos.add_code(PromoCode(code=CODE, campaign_id=campaign.id, max_uses=LIMIT, issued_at=NOW))


def _give(store: Store, key: str, number: int, points: int) -> int:
    cause = ledger.Cause(key=key, customer_id=person(number), kind=PointsKind.GIFT)
    return ledger.grant(store, cause, points, NOW, opens_at=NOW, expires_at=None)


# --- the requests; each is one unit or two, and any of them may come again at any time


def _sell(number: int, key: str, points: int = 0, code: str = "") -> Unit:
    def unit(store: Store) -> Any:
        customer = store.customers.get(person(number))
        assert customer is not None
        sale = Sale(key, customer, PRICE, PurchaseSource.CONSOLE, points=points, code=code)
        return record(store, sale, NOW, ZONE)

    return unit


def _return(sale: int, part: int, amount: int | None) -> Unit:
    def unit(store: Store) -> Any:
        sold = store.purchases.by_key(f"sale {sale}")
        assert sold is not None
        return give_back(
            store, key=f"return {sale} {part}", purchase_id=sold.id, amount_minor=amount, now=NOW, zone=ZONE
        )

    return unit


def _take(number: int) -> Unit:
    cause = ledger.Cause(key=f"taken {number}", customer_id=person(number), kind=PointsKind.WITHDRAWAL)
    return lambda store: ledger.take_back(store, cause, 2, [], NOW)


def requests() -> list[list[Unit]]:
    """What belongs together stays in its order."""
    sales = [[_sell(number, f"sale {number}", points_of(number))] for number in SALES]
    for number in SALES[::2]:
        sales[number] += [_return(number, 0, PRICE // 3), _return(number, 1, None)]
    coded = [[_sell(number, f"coded {number}", code=CODE)] for number in CODE_SALES]
    gifts = [
        [lambda store, number=number: _give(store, f"gift {number}", number, 5), _take(number)] for number in GIFTS
    ]
    return sales + coded + gifts  # type: ignore[operator]  # a lambda with a default is a Unit too


async def work(database: Database, seed: str) -> None:
    """All of it four times, in an order of its own."""
    chance = random.Random(seed)
    deliveries = requests() * DELIVERIES
    chance.shuffle(deliveries)
    for units in deliveries:
        for unit in units:
            await database.write(unit)


async def main(url: str, workers: int, seed: str) -> None:
    database = await open_database(url)
    print("ready", flush=True)  # noqa: T201  # who kills it waits for this
    try:
        await asyncio.gather(*(work(database, f"{seed} {number}") for number in range(workers)))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
