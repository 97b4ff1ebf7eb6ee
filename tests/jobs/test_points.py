"""What the clock does to points: it opens and expires them once, warns twice, and adds the ledger up at night."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from loyalty import ledger
from loyalty.card import join
from loyalty.ledger_check import LedgerBroken, check
from scheduler import points as jobs
from scheduler.jobs import Incomplete
from storage.kinds import (
    Channel,
    ConsentAction,
    ConsentPurpose,
    Journey,
    Language,
    MessageKind,
    PointsAccount,
    PointsKind,
    Topic,
)
from storage.models import Bot, TopicChoice
from tests.loyalty.test_points import balance, member

EXPIRES = Journey.POINTS_EXPIRE
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def given(day, points: int, days: int, key: str = "") -> None:
    """Points that expire after so many days."""
    customer = await day.customer()
    cause = ledger.Cause(key=key or f"{points} {days}", customer_id=customer.id, kind=PointsKind.GIFT)
    until = day.now + timedelta(days=days)
    await day.database.write(
        lambda store: ledger.grant(store, cause, points, day.now, opens_at=day.now, expires_at=until)
    )


async def spent(day, points: int):
    customer = await day.customer()
    cause = ledger.Cause(key=f"spent {points}", customer_id=customer.id, kind=PointsKind.REDEMPTION)
    return await day.database.write(lambda store: ledger.spend(store, cause, points, day.now))


async def accounts(day):
    return await day.database.read(lambda store: store.points.accounts())


async def test_of_a_hundred_and_fifty_of_which_eighty_are_spent_fifty_are_left_when_the_first_expire(day):
    """Feature LO2; FloCafe#78: the balance collapsed to -30, because a naive sum lets the old batch expire whole."""
    await day.comes()
    await given(day, 100, days=1)
    await given(day, 50, days=9)
    assert await spent(day, 80) == 80
    day.passes(days=1)
    await asyncio.gather(*(jobs.expire_points(day.work) for _ in range(4)))
    await jobs.expire_points(day.work)
    assert await balance(day) == (50, 0, 0)
    assert (await accounts(day))[PointsAccount.EXPIRED] == 20


async def test_the_settings_of_expiry_are_what_expires(day):
    """FloCafe#62: the setting was read nowhere, and the next expiry that was shown never came."""
    await member(day, lives_months=1, pending_days=0)
    await day.buys(100_000)
    customer = await day.customer()
    [batch] = await day.database.read(lambda store: store.points.open_batches(customer.id))
    day.now = batch.expires_at - timedelta(seconds=1)
    await day.tick()
    assert (await balance(day)).available == 50
    day.now = batch.expires_at
    await day.tick()
    assert (await accounts(day))[PointsAccount.EXPIRED] == 50


async def test_points_open_once_whoever_looks(day):
    await member(day)
    await day.buys(100_000)
    day.passes(days=14)
    await asyncio.gather(*(jobs.open_points(day.work) for _ in range(4)))
    held = await accounts(day)
    assert (held[PointsAccount.AVAILABLE], held[PointsAccount.PENDING]) == (50, 0)


async def test_a_debt_is_paid_by_what_opens(day):
    await member(day, pending_days=0)
    first = await day.buys(600_000)
    await day.buys(100_000, points=300)
    await day.returns(first)
    await day.has(pending_days=14)
    await day.buys(600_000)
    assert await balance(day) == (0, 300, 265)
    day.passes(days=14)
    await jobs.open_points(day.work)
    assert await balance(day) == (35, 0, 0)


async def test_a_warning_comes_fourteen_and_three_days_before_once_each(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.joins()
    await given(day, 100, days=20)
    heard = []
    for _ in range(21):
        heard += [(day.now, text) for text in await day.tick() + await day.tick() if "сгора" in text]
        day.passes(days=1)
    assert [text for _, text in heard] == [heard[0][1]] * 2
    assert "21 марта сгорают 100 баллов" in heard[0][1]
    assert [(heard[1][0] - heard[0][0]).days, len(await day.occasions(EXPIRES))] == [11, 2]


async def test_who_cannot_be_warned_holds_up_nobody_on_a_later_page(day, monkeypatch):
    first = await day.comes(ConsentPurpose.ADVERTISING)
    await day.joins()
    await given(day, 100, days=10)
    warned = []

    def warn(store, one, **how) -> bool:
        if one.customer_id == first.id:
            raise ValueError("a row that nobody foresaw")
        warned.append(one.customer_id)
        return True

    monkeypatch.setattr(jobs, "_warn", warn)
    monkeypatch.setattr(jobs, "FOUND_AT_ONCE", 1)
    now, until = day.now, day.now + timedelta(days=10)

    def unit(store):
        vera = store.customers.add(day.bot_id, "200", "Вера", Language.RU, now)
        join(store, vera.id, now)
        cause = ledger.Cause(key="vera", customer_id=vera.id, kind=PointsKind.GIFT)
        ledger.grant(store, cause, 100, now, opens_at=now, expires_at=until)
        return vera.id

    vera = await day.database.write(unit)
    with pytest.raises(Incomplete):
        await jobs.warn_of_expiry(day.work)
    assert warned == [vera]


async def test_who_has_points_expiring_every_day_is_not_written_to_every_day(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.joins()
    for days in range(20, 32):
        await given(day, 10, days)
    for _ in range(18):
        await day.tick()
        day.passes(days=1)
    said = [text for text in day.transport.texts(day.me) if "сгора" in text]
    assert len(said) == 4
    assert "сгорают 10 баллов, а по 24 марта — всего 40 баллов" in said[0]


async def test_who_switched_points_off_is_not_warned(day):
    customer = await day.comes(ConsentPurpose.ADVERTISING)
    off = TopicChoice(
        customer_id=customer.id, topic=Topic.POINTS, channel=day.me.channel, is_on=False, changed_at=day.now
    )
    await day.database.write(lambda store: store.preferences.switch(off))
    await day.joins()
    await given(day, 100, days=10)
    await day.tick()
    assert [one.reason for one in await day.occasions(EXPIRES)] == ["topic_off"]


async def test_who_did_not_agree_to_advertising_is_not_warned(day):
    await day.comes()
    await day.joins()
    await given(day, 100, days=10)
    await day.tick()
    assert [one.reason for one in await day.occasions(EXPIRES)] == ["no_consent"]


async def test_a_warning_waits_for_the_morning(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.joins()
    await given(day, 100, days=10)
    day.passes(hours=12)  # midnight in Moscow
    assert await day.tick() == []
    day.passes(hours=9)
    assert any("сгора" in text for text in await day.tick())
    [row] = [row for row in await day.rows() if row.journey is EXPIRES]
    assert row.kind is MessageKind.NOTICE


async def test_who_has_left_the_programme_is_not_warned(day):
    await day.comes(ConsentPurpose.ADVERTISING, ConsentPurpose.PROGRAMME)
    await day.joins()
    await given(day, 100, days=10)
    await day.decides(ConsentPurpose.PROGRAMME, ConsentAction.WITHDRAWN)
    assert not [text for text in await day.tick() if "сгора" in text]
    assert await day.occasions(EXPIRES) == []


async def test_a_page_of_what_expires_has_whole_customers(database):
    """However many of their batches expire, the page that begins with a customer has all of them."""

    def unit(store):
        store.bots.register(Bot(id="telegram:1", channel=Channel.TELEGRAM))
        people = sorted(store.customers.add("telegram:1", user, "", Language.RU, NOW).id for user in "123")
        for number, owner in enumerate(people * 2):
            cause = ledger.Cause(key=f"{number}", customer_id=owner, kind=PointsKind.GIFT)
            until = NOW + timedelta(days=1 + number // 3)
            ledger.grant(store, cause, 10, NOW, opens_at=NOW, expires_at=until)
        first = store.points.expiring(NOW, NOW + timedelta(days=9), 2)
        second = store.points.expiring(NOW, NOW + timedelta(days=9), 2, first[-1][0])
        return people, [row[0] for row in first], [row[0] for row in second]

    people, first, second = await database.write(unit)
    assert first == [people[0], people[0], people[1], people[1]]
    assert second == [people[2], people[2]]


async def test_the_night_finds_a_batch_that_is_not_the_sum_of_its_transfers(day):
    await day.comes()
    await given(day, 100, days=10)
    await given(day, 10, days=10)
    assert await day.database.read(check) == 2
    await day.database.write(
        lambda store: store.connection.execute(text("UPDATE points_batch SET points_left = 99 WHERE granted = 100"))
    )
    with pytest.raises(LedgerBroken, match="batches and debts 1 wrong, available"):
        await day.database.read(check)
    day.passes(days=1)
    await day.ticker.run_all()
    run = await day.database.read(lambda store: store.occasions.job(jobs.check_the_ledger.__name__))
    assert (run.failures, "LedgerBroken" in run.error) == (1, True)
