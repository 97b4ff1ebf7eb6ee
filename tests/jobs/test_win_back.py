"""Ninety days without a purchase bring one message, and a purchase cancels it."""

import asyncio

from messaging.messages import Message
from messaging.outbox import enqueue
from storage.kinds import ConsentPurpose, DeliveryState, FlagKind, FlagState, Journey, MessageKind, Priority
from storage.models import Flag

WIN_BACK = Journey.WIN_BACK


async def test_ninety_days_of_silence_bring_one_message_with_a_code(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=89)
    assert await day.tick() == []
    day.passes(days=1)
    [text] = await day.tick()
    assert "BACK-" in text
    day.passes(days=30)
    assert await day.tick() == []


async def test_however_many_look_it_is_one_message(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await asyncio.gather(*(day.ticker.run_all() for _ in range(4)))
    assert len(await day.occasions(WIN_BACK)) == 1
    assert len([row for row in await day.rows() if row.journey is WIN_BACK]) == 1


async def test_a_purchase_cancels_what_is_queued(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.ticker.run_all()
    await day.buys()
    [row] = [row for row in await day.rows() if row.journey is WIN_BACK]
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "the customer came by themselves")
    assert not any("BACK-" in text for text in day.transport.texts(day.me))


async def test_the_next_silence_is_a_new_occasion(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.tick()
    await day.buys()
    day.passes(days=91)
    assert any("BACK-" in text for text in await day.tick())
    assert len(await day.occasions(WIN_BACK)) == 2


async def test_who_left_long_before_we_looked_is_not_startled(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=200)
    assert await day.tick() == []
    assert await day.occasions(WIN_BACK) == []


async def test_who_pauses_us_is_left_alone(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.changes(paused_until=day.now.replace(month=4))
    assert await day.tick() == []
    [occasion] = await day.occasions(WIN_BACK)
    assert occasion.reason == "paused"


async def test_a_pause_holds_what_is_queued_too(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.ticker.run_all()
    await day.changes(paused_until=day.now.replace(month=4))
    await day.relay.deliver_due()
    [row] = [row for row in await day.rows() if row.journey is WIN_BACK]
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "paused")


async def test_a_confirmed_toxic_customer_gets_no_offers_and_a_candidate_does(day):
    customer = await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    flag = Flag(customer_id=customer.id, kind=FlagKind.TOXIC, evidence=[], found_at=day.now)
    await day.database.write(lambda store: store.flags.add(flag))
    await day.ticker.run_all()
    flag.state, flag.decided_at = FlagState.CONFIRMED, day.now
    await day.database.write(lambda store: store.flags.save(flag))
    await day.relay.deliver_due()
    [row] = [row for row in await day.rows() if row.journey is WIN_BACK]
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "toxic")


async def test_own_quiet_hours_hold_it_back(day):
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.bought(days_ago=91)
    await day.changes(quiet_from=14 * 60, quiet_until=16 * 60)  # it is 15:00 in Moscow
    assert await day.tick() == []
    day.passes(hours=1)
    assert len(await day.tick()) == 1


async def test_behind_messages_that_may_not_go_the_next_one_goes_at_once(day):
    """One round of the relay: a chat's cancelled offer must not hold up its answer until somebody wakes the relay."""
    await day.comes(ConsentPurpose.ADVERTISING)
    await day.changes(paused_until=day.now.replace(month=4))

    def unit(store):
        for number in range(3):
            offer = Message(f"Скидка {number}", kind=MessageKind.JOURNEY)
            enqueue(store, day.me, [offer], day.now, priority=Priority.REPLY)
        enqueue(store, day.me, [Message("Ответ")], day.now)

    await day.database.write(unit)
    await day.relay.deliver_due()
    assert day.transport.texts(day.me)[-1] == "Ответ"
    assert not any("Скидка" in text for text in day.transport.texts(day.me))
