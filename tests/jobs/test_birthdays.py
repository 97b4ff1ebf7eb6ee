"""A birthday is greeted once a year, on the customer's own date."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.kinds import ConsentPurpose, Journey, OccasionOutcome

BIRTHDAY = Journey.BIRTHDAY
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


async def _born(day, month, date, *, set_at=LONG_AGO, **more):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.changes(birthday_month=month, birthday_day=date, birthday_set_at=set_at, **more)


async def test_the_day_brings_a_greeting_with_a_code(day):
    await _born(day, 3, 1)
    [greeting] = await day.tick()
    assert "Анна" in greeting
    assert "BDAY-" in greeting
    [code] = await day.database.read(lambda store: store.promos.of_customer(_id(day, store), 10))
    assert code.code.startswith("BDAY")


async def test_one_greeting_a_year_however_many_look(day):
    await _born(day, 3, 1)
    await asyncio.gather(*(day.ticker.run_all() for _ in range(4)))
    await day.relay.deliver_due()
    day.passes(days=1)
    assert await day.tick() == []
    assert len(await day.occasions(BIRTHDAY)) == 1
    day.passes(days=364)
    assert len(await day.tick()) == 1
    assert {one.occurrence for one in await day.occasions(BIRTHDAY)} == {"2026", "2027"}


async def test_it_is_the_date_where_the_customer_lives(day):
    """Noon of the 1st in London is the 2nd already on Kamchatka, from local midnight on."""
    await _born(day, 3, 2, time_zone="Asia/Kamchatka")
    assert await day.tick() == [], "it is still night there"
    [row] = [row for row in await day.rows() if row.journey is BIRTHDAY]
    assert row.not_before == datetime(2026, 3, 1, 22, tzinfo=UTC), "ten in the morning of Kamchatka"
    day.passes(hours=10)
    assert len(await day.tick()) == 1


async def test_somebody_further_west_is_not_greeted_a_day_early(day):
    await _born(day, 3, 2, time_zone="America/New_York")
    day.passes(hours=14)  # 2 March in Moscow, 1 March in New York
    await day.tick()
    assert await day.occasions(BIRTHDAY) == []


async def test_a_late_run_still_greets_for_three_days(day):
    await _born(day, 2, 26)
    assert len(await day.tick()) == 1


async def test_after_that_it_is_over(day):
    await _born(day, 2, 25)
    assert await day.tick() == []


async def test_the_29th_of_february_is_kept_on_the_28th_in_a_common_year(day):
    await _born(day, 2, 29)
    day.now = datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert len(await day.tick()) == 1
    day.now = datetime(2028, 2, 28, 12, tzinfo=UTC)
    assert await day.tick() == []
    day.now = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert len(await day.tick()) == 1


async def test_new_year_s_eve_is_greeted_in_january_too_and_once(day):
    await _born(day, 12, 31)
    day.now = datetime(2027, 1, 2, 12, tzinfo=UTC)
    assert len(await day.tick()) == 1
    day.passes(days=1)
    assert await day.tick() == []
    assert [one.occurrence for one in await day.occasions(BIRTHDAY)] == ["2026"]


async def test_a_birthday_told_yesterday_brings_no_present(day):
    await _born(day, 3, 1, set_at=datetime(2026, 2, 28, tzinfo=UTC))
    [greeting] = await day.tick()
    assert "BDAY" not in greeting


async def test_without_the_consent_to_offers_nothing_is_sent_and_the_reason_is_kept(day):
    await day.comes()
    await day.changes(birthday_month=3, birthday_day=1, birthday_set_at=LONG_AGO)
    assert await day.tick() == []
    [occasion] = await day.occasions(BIRTHDAY)
    assert (occasion.outcome, occasion.reason) == (OccasionOutcome.SKIPPED, "no_consent")


@pytest.mark.parametrize("word", ["стоп", "STOP"])
async def test_stop_cancels_a_greeting_that_is_queued(day, word):
    await _born(day, 3, 1)
    await day.ticker.run_all()
    await day.say(word)
    assert not any("днём рождения" in text for text in day.transport.texts(day.me))


async def test_every_greeting_has_its_own_way_out(day):
    await _born(day, 3, 1)
    await day.tick()
    await day.press("Не присылать акции")
    facts = await day.database.read(lambda store: store.consents.latest(_id(day, store)))
    assert facts[ConsentPurpose.ADVERTISING].value == "refused"


def _id(day, store):
    return store.customers.identity(day.me.bot_id, day.me.user_id).customer_id


def test_the_dates_of_a_test_are_what_they_say():
    assert datetime(2026, 3, 1, 12, tzinfo=UTC) - timedelta(days=3) == datetime(2026, 2, 26, 12, tzinfo=UTC)
