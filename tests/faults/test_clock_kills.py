"""kill -9 at seeded moments of the clock's work: no occasion missing or doubled, nobody written to twice."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.columns import new_id
from storage.kinds import Channel, ConsentAction, ConsentPurpose, Journey, Language
from storage.models import Bot, Consent, Customer, Identity, Purchase
from storage.store import Store
from tests.faults import beside
from tests.program import TOKEN, fake_telegram, program, wait_for, zone_of_noon

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

BOT = f"telegram:{TOKEN.partition(':')[0]}"
PEOPLE = 300
FIRST = 5000
KILLS = 2
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
IN_FLIGHT = 64


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[pytest.mark.slow] if seed else []) for seed in range(10)])
def test_no_occasion_is_missing_or_doubled(request, tmp_path, database, seed):
    url = beside.database_url(request, database)
    beside.run(url, _fill)
    chance = random.Random(seed)
    moments = [chance.uniform(0, 1.2) for _ in range(KILLS)]
    more = {"OTKLIK_DATABASE_URL": url, "OTKLIK_TIME_ZONE": zone_of_noon(), "OTKLIK_TELEGRAM_RATE": "1000"}
    with fake_telegram("--no-check") as telegram, program(tmp_path, telegram, "polling", **more) as otklik:
        telegram.person(FIRST, count=PEOPLE)
        for moment in moments:
            otklik.start()
            time.sleep(moment)  # the point of the kill is a moment, not a condition
            otklik.kill()
        otklik.start()
        wait_for(lambda: beside.look(url, _settled) >= PEOPLE, "everybody's message, and an outbox at rest", 90)
        otklik.stop()
        journeys, states = beside.run(url, _account)
        heard = Counter(chat for chat, _ in telegram.sends())
    told = (
        f"\nseed {seed} {database}: killed at {[round(one, 2) for one in moments]} s, {dict(journeys)}, {dict(states)}"
    )
    print(told)  # noqa: T201  # the figures of a fault run are its product
    assert journeys == {Journey.BIRTHDAY: PEOPLE // 2, Journey.WIN_BACK: PEOPLE // 2}
    assert max(heard.values()) == 1
    assert sum(states.values()) == PEOPLE
    assert set(states) <= {"sent", "unknown"}
    assert states["unknown"] <= KILLS * IN_FLIGHT


def _fill(store: Store) -> None:
    """Half of them have their birthday, the others have been silent for a hundred days; all agreed to offers."""
    now = datetime.now(UTC)
    noon = now + timedelta(hours=13 - now.hour)
    store.bots.register(Bot(id=BOT, channel=Channel.TELEGRAM))
    people = [Customer(name=f"Гость {n}", created_at=LONG_AGO, **(_born(noon) if n % 2 else {})) for n in range(PEOPLE)]
    rows: dict[type[Any], list[dict[str, Any]]] = {Customer: [one.model_dump() for one in people]}
    rows[Identity] = [
        {"bot_id": BOT, "user_id": str(FIRST + n), "customer_id": one.id, "seen_at": LONG_AGO}
        for n, one in enumerate(people)
    ]
    rows[Consent] = [_agreed(one, purpose) for one in people for purpose in ConsentPurpose]
    silent = now - timedelta(days=100)
    rows[Purchase] = [{"id": new_id(), "customer_id": one.id, "at": silent, "amount_minor": 100} for one in people[::2]]
    for model, many in rows.items():
        store.bulk.insert(model, many)


def _born(day: datetime) -> dict[str, Any]:
    return {"birthday_month": day.month, "birthday_day": day.day, "birthday_set_at": LONG_AGO}


def _agreed(customer: Customer, purpose: ConsentPurpose) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": customer.id,
        "purpose": purpose,
        "action": ConsentAction.GIVEN,
        "text_version": "test",
        "language": Language.RU,
        "bot_id": BOT,
        "evidence": "test",
        "at": LONG_AGO,
    }


def _settled(store: Store) -> int:
    """The rows of which we know what came."""
    counted = store.outbox.counts(LONG_AGO)
    return sum(rows for _, state, rows in counted if state.value not in ("queued", "claimed", "sending"))


def _account(store: Store) -> tuple[Counter[Journey], Counter[str]]:
    journeys: Counter[Journey] = Counter()
    states: Counter[str] = Counter()
    for _, state, rows in store.outbox.counts(LONG_AGO):
        states[state.value] += rows
    for n in range(PEOPLE):
        identity = store.customers.identity(BOT, str(FIRST + n))
        assert identity is not None
        journeys.update(one.journey for one in store.occasions.of_customer(identity.customer_id, 10))
    return journeys, states
