"""Shares of what is known, counted in one statement and listed in another: both say the same on both databases."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from storage.columns import new_id
from storage.kinds import ConsentAction, ConsentPurpose, FieldOrigin, Language, ReachStatus
from storage.models import Bot, Consent, Customer, CustomerField, CustomerStats, Identity
from storage.quality import GOOD, Counted, Mark, Side

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BOTS = ("telegram:1", "vk:1")


def fill(store, count: int = 60) -> None:
    dice = random.Random(3)
    for bot_id in BOTS:
        store.bots.register(Bot(id=bot_id, channel=bot_id.partition(":")[0]))

    def ago() -> datetime:
        return NOW - timedelta(days=dice.choice((1, 80, 91, 200, 400)))

    for number in range(count):
        customer = Customer(
            id=new_id(),
            name=dice.choice(("", "Анна")),
            source=dice.choice((None, "", "vk")),
            phone=dice.choice((None, "+79161234567")),
            is_phone_verified=dice.random() < 0.5,
            birthday_day=dice.choice((None, 5)),
            created_at=ago(),
            erased_at=NOW if number % 20 == 0 else None,
        )
        rows = [customer]
        for bot_id in BOTS:
            if dice.random() < 0.5:
                reach = dice.choice(list(ReachStatus))
                user = str(number)
                rows.append(Identity(bot_id=bot_id, user_id=user, customer_id=customer.id, reach=reach, seen_at=ago()))
        rows += [_decision(dice, customer.id) for _ in range(dice.randrange(4))]
        if dice.random() < 0.5:
            rows.append(CustomerField(customer_id=customer.id, field="name", origin=FieldOrigin.STAFF, at=ago()))
        if dice.random() < 0.5:
            rows.append(CustomerStats(customer_id=customer.id, last_at=ago(), last_branch=dice.choice(("", "Центр"))))
        for row in rows:
            store.bulk.insert(type(row), [row.model_dump()])


def _decision(dice: random.Random, customer_id: UUID) -> Consent:
    return Consent(
        id=new_id(),
        customer_id=customer_id,
        purpose=dice.choice(list(ConsentPurpose)),
        action=dice.choice(list(ConsentAction)),
        text_version="",
        language=Language.RU,
        bot_id=dice.choice(BOTS),
        evidence="",
        at=NOW,
    )


async def test_what_is_counted_is_what_is_listed_in_all_and_in_each_group(database):
    await database.write(fill)
    counted = await database.read(lambda store: store.quality.counted(NOW))
    everyone = sum(one.customers for one in counted)
    assert everyone == 57
    for mark in Mark:
        listed = await database.read(lambda store, mark=mark: store.quality.page(mark, NOW, 99))
        with_it = sum(one.marks[mark] for one in counted)
        assert 0 < with_it < everyone
        assert len(listed) == (everyone - with_it if mark in GOOD else with_it)
        by_branch = Counter()
        for one in counted:
            by_branch[one.branch] += (one.customers - one.marks[mark]) if mark in GOOD else one.marks[mark]
        for branch, count in by_branch.items():
            of = (Side.BRANCH, branch)
            some = await database.read(lambda store, mark=mark, of=of: store.quality.page(mark, NOW, 99, of=of))
            assert len(some) == count and set(some) <= set(listed)


async def test_a_count_is_the_same_after_it_was_kept_as_json(database):
    await database.write(fill)
    counted = await database.read(lambda store: store.quality.counted(NOW))
    assert [Counted.from_json(json.loads(json.dumps(one.as_json()))) for one in counted] == counted


async def test_a_list_is_read_page_by_page_without_gap_or_double(database):
    await database.write(fill)
    whole = await database.read(lambda store: store.quality.page(Mark.BIRTHDAY, NOW, 99))
    found, before = [], None
    while page := await database.read(
        lambda store, before=before: store.quality.page(Mark.BIRTHDAY, NOW, 7, before=before)
    ):
        found += page
        before = page[-1]
    assert found == whole and len(set(found)) == len(found)


async def test_only_unusual_phones_get_a_closer_look(database):
    def add(store) -> None:
        for phone in ("+79161234567", "+74951234567", "+7916123456", "+12025550123", None):
            store.bulk.insert(Customer, [Customer(id=new_id(), phone=phone, created_at=NOW).model_dump()])

    await database.write(add)
    odd = await database.read(lambda store: store.quality.unusual_phones(9))
    assert [phone for _, phone in odd] == ["+12025550123", "+7916123456", "+74951234567"]
