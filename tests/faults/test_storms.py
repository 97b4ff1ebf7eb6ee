"""A storm at the messenger and kill -9 in its middle: what was lost, doubled and left unknown, against the bounds.

Three messages wait for each of many people: one that is never sent twice, two that are sent once more in doubt. The
messenger refuses for haste, has been blocked, loses answers, breaks off before and after; people write meanwhile, and
each of their messages may come twice. At seeded moments the process is killed.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.pacing import AT_LEAST_ONCE
from storage.columns import new_id
from storage.kinds import Channel, ConsentAction, ConsentPurpose, DeliveryState, Language, MessageKind
from storage.models import Bot, Consent, Customer, Identity
from storage.store import Store
from tests.faults import beside
from tests.platforms import Platform
from tests.program import FAKES, WAYS, Program, program, wait_for, zone_of_noon

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

PEOPLE = 120
SPEAKERS = 30
FIRST = 5000
KINDS = (MessageKind.BROADCAST, MessageKind.REPLY, MessageKind.OPERATOR_REPLY)
KILLS = 3
LOST_ANSWERS = 6
BLOCKED = 6
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
SEEDS = [pytest.param(seed, marks=[pytest.mark.slow] if seed else []) for seed in range(3)]
SHORT = {("telegram", "polling", "sqlite"), ("vk", "callback", "sqlite"), ("vk", "longpoll", "postgres")}


def _all() -> list[object]:
    """Every messenger and mode on both engines; the short run has three of them."""
    cases = [(*way, engine) for way in WAYS for engine in ("sqlite", "postgres")]
    return [pytest.param(*case, marks=[] if case in SHORT else [pytest.mark.slow]) for case in cases]


@pytest.mark.parametrize(("messenger", "mode", "engine"), _all())
@pytest.mark.parametrize("seed", SEEDS)
def test_a_storm_loses_nothing(request, tmp_path, messenger, mode, engine, seed):
    url = beside.database_url(request, engine)
    chance = random.Random(f"{seed} {messenger} {mode} {engine}")
    moments = [chance.uniform(0.2, 2.5) for _ in range(KILLS)]
    rate = {"OTKLIK_TELEGRAM_RATE": "100"} if messenger == "telegram" else {}
    more = {"OTKLIK_DATABASE_URL": url, "OTKLIK_TIME_ZONE": zone_of_noon(), **rate}
    with (
        FAKES[messenger]("--no-check", "--seed", str(seed), "--retry-scale", "0.05") as platform,
        program(tmp_path, platform, mode, **more) as otklik,
    ):
        platform.person(FIRST, count=PEOPLE, started=True)
        beside.run(url, lambda store: _fill(store, platform.bot_id))
        _begin_storm(platform, chance)
        said = _kill_again_and_again(otklik, platform, mode, moments)
        account = _account(url, platform, otklik, said)
        assert otklik.stop() == 0
    bound = KILLS * platform.in_flight + LOST_ANSWERS
    print(f"\nseed {seed} {messenger} {mode} {engine}: {account.told(bound)}")  # noqa: T201  # the run's product
    assert account.lost == [], "I3: what is marked as sent arrived, and what was said was heard"
    assert account.rows == PEOPLE * len(KINDS), "I1: conservation"
    assert account.doubled[MessageKind.BROADCAST] == 0, "I2: at most once"
    assert account.beyond_flag == 0, "T8: only what is marked as a possible duplicate is one"
    assert account.unknown <= bound, "I5"


@dataclass(frozen=True)
class Account:
    """What a run came to."""

    rows: int
    states: Counter[str]
    lost: list[str]
    doubled: Counter[MessageKind]
    beyond_flag: int
    unknown: int
    unknown_arrived: int
    refused: int

    def told(self, bound: int) -> str:
        doubled = ", ".join(f"{kind.value} {self.doubled[kind]}" for kind in KINDS)
        return (
            f"{KILLS} kills, {self.rows} messages ({', '.join(f'{n} {state}' for state, n in self.states.items())}), "
            f"lost {len(self.lost)}, doubled: {doubled}; unknown {self.unknown} (of them arrived "
            f"{self.unknown_arrived}; bound {bound}); refused for haste {self.refused}"
        )


def _begin_storm(platform: Platform, chance: random.Random) -> None:
    for person in chance.sample(range(FIRST, FIRST + PEOPLE), BLOCKED):
        platform.does(person, "blocks")
    platform.refuses_for_haste(times=8, probability=0.1)
    platform.fault("drop_after", method=platform.sends_by, times=LOST_ANSWERS // 2, probability=0.1)
    platform.fault("error_after", method=platform.sends_by, times=LOST_ANSWERS // 2, probability=0.1, code=502)
    platform.fault("drop_before", method=platform.sends_by, times=3, probability=0.1)
    platform.fault(platform.repeats_by, times=None, probability=0.5)


def _kill_again_and_again(otklik: Program, platform: Platform, mode: str, moments: list[float]) -> list[str]:
    """Returns all that people said meanwhile."""
    said: list[str] = []
    for number, moment in enumerate([*moments, 0.0]):
        otklik.start()
        if number == 0:
            platform.connect(mode, otklik.address)
        spoken = [[FIRST + PEOPLE + one, f"привет {number}-{one}"] for one in range(SPEAKERS)]
        platform.traffic(spoken)
        said += [words for _, words in spoken]
        if number < len(moments):
            time.sleep(moment)  # the point of the kill is a moment, not a condition
            otklik.kill()
    return said


def _account(url: str, platform: Platform, otklik: Program, said: list[str]) -> Account:
    wait_for(lambda: _heard(url) == Counter(said), "everything that was said, in the inbox, once", 240)
    wait_for(lambda: beside.look(url, lambda store: _rests(store)), f"an outbox at rest; see {otklik.log}", 120)
    sent = Counter(platform.sends())
    rows = beside.look(url, lambda store: _rows(store, platform.bot_id))
    states, doubled = Counter(row.state.value for row in rows), Counter[MessageKind]()
    lost, beyond, unknown_arrived = [], 0, 0
    for row in rows:
        times = sent[(int(row.user_id), row.body["text"])]
        if row.state is DeliveryState.SENT and times == 0:
            lost.append(row.body["text"])
        if times > 1:
            doubled[row.kind] += times - 1
            beyond += not (row.kind in AT_LEAST_ONCE and row.is_possible_duplicate)
        unknown_arrived += row.state is DeliveryState.UNKNOWN and times > 0
    unknown = states[DeliveryState.UNKNOWN.value]
    return Account(len(rows), states, lost, doubled, beyond, unknown, unknown_arrived, platform.too_many())


def _heard(url: str) -> Counter[str]:
    """What people said and was answered: each once."""
    answered = text("SELECT text FROM inbound_event WHERE answered_at IS NOT NULL AND text LIKE 'привет %'")
    return Counter(beside.look(url, lambda store: store.connection.execute(answered).scalars().all()))


def _rests(store: Store) -> bool:
    waiting = {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING}
    return not any(rows for _, state, rows in store.outbox.counts(LONG_AGO) if state in waiting)


def _rows(store: Store, bot_id: str) -> list[object]:
    found = []
    for number in range(PEOPLE):
        identity = store.customers.identity(bot_id, str(FIRST + number))
        assert identity is not None
        found += [one for one in store.outbox.of_customer(identity.customer_id, 50) if one.body["text"].startswith("№")]
    return found


def _fill(store: Store, bot_id: str) -> None:
    """Everybody agreed to offers; each message has a text of its own, so that it can be counted at the messenger."""
    now = datetime.now(UTC)
    store.bots.register(Bot(id=bot_id, channel=Channel(bot_id.partition(":")[0])))
    people = [Customer(name=f"Гость {number}", created_at=LONG_AGO) for number in range(PEOPLE)]
    store.bulk.insert(Customer, [one.model_dump() for one in people])
    identities = [
        {"bot_id": bot_id, "user_id": str(FIRST + number), "customer_id": one.id, "seen_at": LONG_AGO}
        for number, one in enumerate(people)
    ]
    store.bulk.insert(Identity, identities)
    agreed = [_agreed(one, purpose, bot_id) for one in people for purpose in ConsentPurpose]
    store.bulk.insert(Consent, agreed)
    for number, one in enumerate(people):
        to = Address(bot_id, str(FIRST + number))
        for kind in KINDS:
            message = Message(f"№ {number} {kind.value}", kind=kind)
            enqueue(store, to, [message], now, customer_id=one.id)


def _agreed(customer: Customer, purpose: ConsentPurpose, bot_id: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "customer_id": customer.id,
        "purpose": purpose,
        "action": ConsentAction.GIVEN,
        "text_version": "test",
        "language": Language.RU,
        "bot_id": bot_id,
        "evidence": "test",
        "at": LONG_AGO,
    }
