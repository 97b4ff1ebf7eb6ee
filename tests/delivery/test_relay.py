"""The door out: every transition T1 to T10 of docs/delivery.md, on both databases."""

import asyncio
from datetime import timedelta

import pytest

from messaging.messages import Address
from messaging.outbox import enqueue
from messaging.pacing import Pace
from messaging.relay import LEASE, Outlet, Relay
from messaging.transport import Ambiguous, NotSent, TryLater, Undeliverable
from storage.columns import new_id
from storage.kinds import Channel, ConsentAction, ConsentPurpose, DeliveryState, MessageKind, Priority, ReachStatus
from storage.models import Consent
from storage.outbox import Sent
from tests.talk import Talk, a_message

BROADCAST, REPLY = MessageKind.BROADCAST, MessageKind.REPLY


@pytest.fixture
async def talk(database):
    talk = Talk(Channel.TELEGRAM, database)
    await talk.register_bots()
    await talk.start()
    talk.transport.carried.clear()
    return talk


async def _queue(talk, text="Скидка", kind=REPLY, **more):
    customer = await talk.customer()

    def unit(store):
        return enqueue(store, talk.me, [a_message(text, kind=kind)], talk.now, customer_id=customer.id, **more)

    return (await talk.database.write(unit))[0].id


async def _agree(talk):
    customer = await talk.customer()
    consent = Consent(
        customer_id=customer.id,
        purpose=ConsentPurpose.ADVERTISING,
        action=ConsentAction.GIVEN,
        text_version="1",
        language="ru",
        bot_id=talk.bot_id,
        evidence="1",
        at=talk.now,
    )
    await talk.database.write(lambda store: store.consents.add(consent))


async def _row(talk, row_id):
    return await talk.database.read(lambda store: store.outbox.get(row_id))


async def test_t5_a_delivered_message_is_sent_with_the_platforms_id(talk):
    row = await _row(talk, await _queue(talk))
    await talk.relay.deliver_due()
    row = await _row(talk, row.id)
    assert (row.state, row.provider_id, row.attempts, row.token) == (DeliveryState.SENT, "m1", 1, None)


async def test_t6_a_429_is_obeyed_and_is_no_attempt(talk):
    row_id = await _queue(talk)
    talk.transport.failures.append(TryLater(30))
    await talk.relay.deliver_due()
    row = await _row(talk, row_id)
    assert (row.state, row.attempts) == (DeliveryState.QUEUED, 0)
    talk.passes(seconds=29)
    assert await talk.relay.deliver_due() == 0
    talk.passes(seconds=2)
    assert await talk.relay.deliver_due() == 1


async def test_t6_what_surely_never_left_is_tried_again_and_given_up_after_a_day(talk):
    row_id = await _queue(talk, kind=REPLY)
    talk.transport.failures += [NotSent("no connection")] * 2
    await talk.relay.deliver_due()
    talk.passes(seconds=10)
    await talk.relay.deliver_due()
    assert (await _row(talk, row_id)).state is DeliveryState.QUEUED
    talk.transport.failures.append(NotSent("no connection"))
    talk.passes(hours=25)
    await talk.relay.deliver_due()
    assert (await _row(talk, row_id)).state is DeliveryState.FAILED


async def test_t7_a_customer_who_blocked_us_gets_nothing_more(talk):
    await _agree(talk)
    reply = await _queue(talk)
    waiting = await _queue(talk, kind=BROADCAST)
    talk.transport.failures.append(Undeliverable("blocked by the user", is_blocked=True))
    await talk.relay.deliver_due()
    assert (await _row(talk, reply)).state is DeliveryState.FAILED
    assert (await _row(talk, waiting)).state is DeliveryState.CANCELLED
    identity = await talk.database.read(lambda store: store.customers.identity(talk.bot_id, talk.me.user_id))
    assert identity.reach is ReachStatus.BLOCKED


async def test_t8b_a_reply_that_may_have_arrived_is_sent_once_more_and_flagged(talk):
    row_id = await _queue(talk)
    talk.transport.failures += [Ambiguous("the answer was lost"), Ambiguous("again")]
    await talk.relay.deliver_due()
    row = await _row(talk, row_id)
    assert (row.state, row.attempts, row.is_possible_duplicate) == (DeliveryState.UNKNOWN, 2, True)


async def test_t8c_marketing_that_may_have_arrived_is_parked_and_never_sent_again(talk):
    await _agree(talk)
    row_id = await _queue(talk, kind=BROADCAST)
    talk.transport.failures.append(Ambiguous("the answer was lost"))
    await talk.relay.deliver_due()
    talk.passes(days=1)
    await talk.relay.deliver_due()
    row = await _row(talk, row_id)
    assert (row.state, row.attempts, talk.transport.carried) == (DeliveryState.UNKNOWN, 1, [])


async def test_t8_a_bug_in_a_transport_is_doubt_not_silence(talk):
    await _agree(talk)
    row_id = await _queue(talk, kind=BROADCAST)
    talk.transport.failures.append(RuntimeError("a bug"))
    await talk.relay.deliver_due()
    assert (await _row(talk, row_id)).state is DeliveryState.UNKNOWN


async def test_t9_a_pressed_button_proves_that_its_message_arrived(talk):
    await _agree(talk)
    row_id = await _queue(talk, kind=BROADCAST)
    talk.transport.failures.append(Ambiguous("the answer was lost"))
    await talk.relay.deliver_due()
    nonce = (await _row(talk, row_id)).nonce
    await talk.database.write(lambda store: store.outbox.confirm(nonce, talk.now))
    assert (await _row(talk, row_id)).state is DeliveryState.SENT


async def test_t10_a_stop_word_cancels_what_waits_and_nothing_begins_after_it(talk):
    await _agree(talk)
    row_id = await _queue(talk, kind=BROADCAST)
    await talk.say("стоп")
    row = await _row(talk, row_id)
    assert (row.state, row.reason) == (DeliveryState.CANCELLED, "the customer said stop")
    late = await _queue(talk, kind=BROADCAST)
    await talk.relay.deliver_due()
    assert (await _row(talk, late)).reason == "no_consent"


async def test_t3_a_claim_of_a_dead_process_is_taken_over_and_sent(talk):
    row_id = await _queue(talk)
    await talk.database.write(lambda store: store.outbox.claim([row_id], new_id(), 1, talk.now + LEASE))
    assert await talk.relay.deliver_due() == 0
    talk.passes(seconds=31)
    assert await talk.relay.deliver_due() == 1


async def test_a_process_that_died_in_the_middle_of_a_request_leaves_doubt_by_class(talk):
    await _agree(talk)
    reply, advert = await _queue(talk), await _queue(talk, kind=BROADCAST)
    ids = [reply, advert]
    await talk.database.write(lambda store: store.outbox.begin(ids, new_id(), 0, talk.now, talk.now + LEASE))
    await talk.relay.deliver_due()
    assert (await _row(talk, reply)).state is DeliveryState.SENT
    assert (await _row(talk, reply)).is_possible_duplicate
    assert (await _row(talk, advert)).state is DeliveryState.UNKNOWN


async def test_i6_a_stale_token_changes_nothing(talk):
    row_id = await _queue(talk)
    token = new_id()
    await talk.database.write(lambda store: store.outbox.begin([row_id], token, 1, talk.now, talk.now + LEASE))
    stale = Sent(row_id, new_id(), "forged")
    await talk.database.write(lambda store: store.outbox.mark_sent([stale], talk.now))
    assert await talk.database.write(lambda store: store.outbox.fail(row_id, new_id(), "forged")) is False
    row = await _row(talk, row_id)
    assert (row.state, row.token) == (DeliveryState.SENDING, token)


async def test_a_queued_key_is_queued_once(talk):
    await _queue(talk, dedupe_key="birthday:2026")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await _queue(talk, dedupe_key="birthday:2026")


async def test_operators_go_before_replies_before_journeys_before_broadcasts(talk):
    await _agree(talk)
    for kind in (BROADCAST, MessageKind.JOURNEY, REPLY, MessageKind.OPERATOR_REPLY):
        await _queue(talk, kind.value, kind)
    await talk.relay.deliver_due()
    carried = [delivery.message.text for delivery in talk.transport.carried]
    assert carried == ["operator_reply", "reply", "journey", "broadcast"]


async def test_messages_of_one_chat_keep_their_order(talk):
    texts = [f"строка {number}" for number in range(20)]
    for text in texts:
        await _queue(talk, text)
    await talk.relay.deliver_due()
    assert [delivery.message.text for delivery in talk.transport.carried] == texts


async def test_one_chat_rests_a_second_between_messages(database):
    talk = Talk(Channel.TELEGRAM, database, Pace(1000, 1000, chat_gap_seconds=1.0))
    await talk.register_bots()
    await talk.intake.receive(talk.event("/start"))
    await talk.intake.receive(talk.event("/menu"))
    assert await talk.relay.deliver_due() == 1
    talk.passes(seconds=1.1)
    assert await talk.relay.deliver_due() == 1


async def test_a_second_owner_waits_for_the_lease_on_postgres_and_takes_it_over_on_sqlite(talk, database_url):
    await talk.relay.take_ownership(talk.bot_id)
    other = Relay(talk.database, {talk.bot_id: Outlet(talk.transport, Pace.unlimited())}, lambda: talk.now)
    assert await other.take_ownership(talk.bot_id) is database_url.startswith("sqlite")


async def test_the_running_relay_hears_of_a_commit_at_once_and_gives_its_lease_back(talk):
    talk.transport.has_carried.clear()
    running = asyncio.create_task(talk.relay.run())
    row_id = await _queue(talk)
    async with asyncio.timeout(5):
        await talk.transport.has_carried.wait()
    running.cancel()  # what was begun is marked before it ends
    await asyncio.gather(running, return_exceptions=True)
    assert (await _row(talk, row_id)).state is DeliveryState.SENT
    other = Relay(talk.database, {talk.bot_id: Outlet(talk.transport, Pace.unlimited())}, lambda: talk.now)
    assert await other.take_ownership(talk.bot_id)


async def test_a_reply_does_not_wait_for_a_broadcast(talk):
    await _agree(talk)
    waiting = [await _queue(talk, f"реклама {number}", BROADCAST) for number in range(30)]
    await _queue(talk, "ответ", REPLY)
    await talk.relay.deliver_due()
    assert talk.transport.carried[0].message.text == "ответ"
    assert (await _row(talk, waiting[-1])).priority == Priority.BROADCAST


async def test_a_relay_that_is_stopped_while_it_waits_for_its_slot_gives_the_rows_back(database):
    talk = Talk(Channel.TELEGRAM, database, Pace(0.1, 0.1, chat_gap_seconds=0.0))
    await talk.register_bots()
    for chat in ("1", "2"):
        await talk.intake.receive(talk.event("/menu", chat=Address(talk.bot_id, chat)))
    relay = talk.live_relay()
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        await talk.transport.has_carried.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    counts = await database.read(lambda store: store.outbox.counts(talk.now))
    assert counts == [(talk.bot_id, DeliveryState.QUEUED, 1), (talk.bot_id, DeliveryState.SENT, 1)]


async def test_a_relay_that_is_stopped_in_the_middle_leaves_nothing_in_doubt(talk):
    await _agree(talk)
    for number in range(40):
        await _queue(talk, f"реклама {number}", BROADCAST)
    talk.transport.has_carried.clear()
    relay = talk.live_relay()
    await talk.relay.give_up_all()
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(5):
        await talk.transport.has_carried.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    states = {state for _, state, _ in await talk.database.read(lambda store: store.outbox.counts(talk.now))}
    assert states <= {DeliveryState.QUEUED, DeliveryState.SENT}


async def test_a_message_that_waits_for_its_next_try_keeps_its_place_in_the_chat(talk):
    await _queue(talk, "первая")
    await _queue(talk, "вторая")
    talk.transport.failures.append(NotSent("no connection"))
    await talk.relay.deliver_due()
    talk.passes(seconds=10)
    await talk.relay.deliver_due()
    assert [delivery.message.text for delivery in talk.transport.carried] == ["первая", "вторая"]


async def test_a_429_of_a_group_holds_back_the_group_alone(talk):
    group = Address(talk.bot_id, "-100500")
    await talk.database.write(lambda store: enqueue(store, group, [a_message("тревога")], talk.now))
    talk.transport.failures.append(TryLater(30))
    await talk.relay.deliver_due()
    await _queue(talk, "ответ")
    await talk.relay.deliver_due()
    assert [delivery.message.text for delivery in talk.transport.carried] == ["ответ"]


async def test_advertising_to_somebody_we_do_not_know_is_cancelled(talk):
    nobody = Address(talk.bot_id, "404")
    unit = lambda store: enqueue(store, nobody, [a_message(kind=BROADCAST)], talk.now)  # noqa: E731
    (row,) = await talk.database.write(unit)
    await talk.relay.deliver_due()
    assert (await _row(talk, row.id)).reason == "no_consent"


async def test_while_a_long_pause_is_kept_nothing_is_claimed_so_that_it_can_still_be_changed(talk):
    pace = Pace.telegram()
    talk.relay = Relay(talk.database, {talk.bot_id: Outlet(talk.transport, pace)}, lambda: talk.now)
    await talk.database.write(lambda store: store.leases.hold_back(talk.bot_id, "all", 60, talk.now.timestamp()))
    row_id = await _queue(talk)
    assert await talk.relay.deliver_due() == 0
    assert (await _row(talk, row_id)).state is DeliveryState.QUEUED


async def test_t4_after_a_wait_takes_only_what_its_own_claim_still_holds(talk):
    row_id = await _queue(talk)
    token = new_id()
    await talk.database.write(lambda store: store.outbox.claim([row_id], token, 1, talk.now + LEASE))
    assert [row.id for row in await talk.database.read(lambda store: store.outbox.still_claimed([row_id], token))]
    await talk.database.write(lambda store: store.outbox.release([row_id], token))
    assert await talk.database.read(lambda store: store.outbox.still_claimed([row_id], token)) == []


async def test_a_database_that_is_away_for_a_moment_makes_no_doubt_of_an_answer(talk, monkeypatch):
    row_id = await _queue(talk)
    write, failures = talk.database.write, [OSError("away"), OSError("away")]

    async def shaky(unit):
        if talk.transport.carried and failures:
            raise failures.pop()
        return await write(unit)

    monkeypatch.setattr(talk.database, "write", shaky)
    await talk.relay.deliver_due()
    assert (await _row(talk, row_id)).state is DeliveryState.SENT


async def test_a_chat_that_says_later_for_a_day_does_not_hold_its_messages_for_ever(talk):
    row_id = await _queue(talk)
    for _ in range(30):
        talk.transport.failures.append(TryLater(3600, is_chat_only=True))
        await talk.relay.deliver_due()
        talk.passes(hours=1)
    row = await _row(talk, row_id)
    assert (row.state, "within a day" in row.reason) == (DeliveryState.FAILED, True)


async def test_a_message_planned_long_ago_is_not_given_up_at_its_first_try(talk):
    row_id = await _queue(talk, not_before=talk.now + timedelta(days=2))
    talk.passes(days=2)
    talk.transport.failures.append(NotSent("no connection"))
    await talk.relay.deliver_due()
    assert (await _row(talk, row_id)).state is DeliveryState.QUEUED
