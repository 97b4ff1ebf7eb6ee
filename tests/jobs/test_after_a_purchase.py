"""Half an hour after a purchase the customer is asked how it was: once, and not at a bad moment."""

import asyncio

from storage.kinds import (
    ConsentAction,
    ConsentPurpose,
    Journey,
    OccasionOutcome,
    PurchaseSource,
    SurveyKind,
    Topic,
)
from storage.models import TopicChoice

CSAT = Journey.CSAT_AFTER_PURCHASE


async def test_nothing_is_asked_before_half_an_hour_has_passed(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=29)
    assert await day.tick() == []
    day.passes(minutes=1)
    [question] = await day.tick()
    assert "Корица" in question


async def test_the_answer_belongs_to_the_visit(day):
    await day.comes()
    sold = await day.buys()
    day.passes(minutes=31)
    await day.tick()
    await day.press("5 ⭐")
    run = await day.run()
    assert (run.kind, run.score, run.purchase_id) == (SurveyKind.CSAT, 5, sold.purchase.id)


async def test_it_is_asked_once_however_often_and_however_many_look(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=31)
    await asyncio.gather(*(day.ticker.run_all() for _ in range(4)))
    await day.relay.deliver_due()
    assert await day.tick() == []
    assert len(await day.occasions(CSAT)) == 1
    assert len([row for row in await day.rows() if row.journey is CSAT]) == 1


async def test_who_is_writing_is_asked_when_they_have_stopped(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=31)
    await day.say("А у вас есть безлактозное молоко?")
    assert await day.tick() == []
    assert await day.occasions(CSAT) == []
    day.passes(minutes=11)
    await day.tick()
    [occasion] = await day.occasions(CSAT)
    assert occasion.reason == "open_case"  # nobody answered yet: «how was it?» would be deaf


async def test_a_second_visit_of_the_day_is_not_asked_about(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=31)
    await day.tick()
    await day.buys()
    day.passes(minutes=31)
    assert await day.tick() == []
    newest = (await day.occasions(CSAT))[0]
    assert (newest.outcome, newest.reason) == (OccasionOutcome.SKIPPED, "asked_recently")


async def test_what_an_import_brings_is_not_asked_about(day):
    await day.comes()
    await day.buys(source=PurchaseSource.IMPORT)
    day.passes(minutes=31)
    assert await day.tick() == []


async def test_in_the_evening_the_question_waits_for_the_morning(day):
    await day.comes()
    day.passes(hours=5, minutes=50)  # 20:50 in Moscow
    await day.buys()
    day.passes(minutes=31)
    assert await day.tick() == []
    await day.say("5")
    runs = await day.database.read(lambda store: store.surveys.of_customer(_id(day, store), 1))
    assert runs == [], "nobody asked yet, so it is no answer"
    day.passes(hours=11, minutes=38)  # 8:59
    assert await day.tick() == []
    day.passes(minutes=1)
    assert len(await day.tick()) == 1


async def test_who_switched_surveys_off_is_left_alone_and_the_reason_is_kept(day):
    customer = await day.comes()
    off = TopicChoice(
        customer_id=customer.id, topic=Topic.SURVEYS, channel=day.me.channel, is_on=False, changed_at=day.now
    )
    await day.database.write(lambda store: store.preferences.switch(off))
    await day.buys()
    day.passes(minutes=31)
    assert await day.tick() == []
    [occasion] = await day.occasions(CSAT)
    assert (occasion.outcome, occasion.reason) == (OccasionOutcome.SKIPPED, "topic_off")


async def test_a_question_that_is_queued_is_not_sent_after_the_consent_is_withdrawn(day):
    await day.comes()
    await day.buys()
    day.passes(minutes=31)
    await day.ticker.run_all()
    await day.decides(ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    await day.relay.deliver_due()
    asked = [row for row in await day.rows() if row.journey is CSAT]
    assert [row.reason for row in asked] == ["data_withdrawn"]


def _id(day, store):
    return store.customers.identity(day.me.bot_id, day.me.user_id).customer_id
