"""Where one request carries many messages (VK): what shares a call, under which key, and what a repetition is."""

from collections import Counter
from uuid import UUID

import pytest

from messaging.messages import Address, Button, Message
from messaging.outbox import enqueue
from messaging.pacing import Pace
from messaging.relay import LEASE, RANDOM_ID_LIVES
from messaging.transport import Ambiguous, NotSent, TryLater, Undeliverable
from storage.columns import new_id
from storage.kinds import Channel, DeliveryState
from storage.models import Bot, OutboxMessage
from tests.talk import Talk


@pytest.fixture
async def talk(database):
    talk = Talk(Channel.VK, database, Pace.vk())
    await talk.register_bots()
    return talk


async def queue(talk: Talk, *texts: str, buttons: tuple[Button, ...] = (), first: int = 1) -> list[UUID]:
    """A message to each of as many people."""

    def unit(store):
        return [
            enqueue(store, Address(talk.bot_id, str(number)), [Message(text, buttons)], talk.now)[0].id
            for number, text in enumerate(texts, first)
        ]

    return await talk.database.write(unit)


async def rows(talk: Talk, ids: list[UUID]) -> list[OutboxMessage]:
    return await talk.database.read(lambda store: store.outbox.some(ids))


def keys(talk: Talk) -> list[int]:
    return [delivery.random_id for delivery in talk.transport.carried]


async def settle(talk: Talk) -> None:
    """Let the pace's slots pass, as a clock does."""
    while await talk.relay.deliver_due():
        talk.passes(seconds=1)


async def test_the_same_words_to_many_go_under_one_key_and_other_words_under_their_own(talk):
    await queue(talk, "Акция", "Акция", "Здравствуйте, Анна", "Акция")
    await settle(talk)
    assert Counter(keys(talk)) == {1: 3, 2: 1}


async def test_buttons_that_come_back_are_each_customers_own_and_a_link_is_not(talk):
    await queue(talk, "Акция", "Акция", buttons=(Button("Хочу", "yes"),))
    await queue(talk, "Сайт", "Сайт", buttons=(Button("Открыть", url="https://shop.example"),), first=5)
    await settle(talk)
    assert sorted(Counter(keys(talk)).values()) == [1, 1, 2]


async def test_a_key_is_never_zero_never_used_twice_and_starts_anew_after_the_greatest_int32(talk):
    old = Bot(id="vk:2", channel=Channel.VK, random_ids=2**31 - 3)
    await talk.database.write(lambda store: store.bots.register(old))
    assert await talk.database.write(lambda store: store.bots.next_random_ids("vk:2", 4)) == [
        2**31 - 2,
        2**31 - 1,
        1,
        2,
    ]


async def test_one_request_carries_25_calls_and_the_next_waits_for_its_slot(talk):
    await queue(talk, *(f"Здравствуйте, {number}" for number in range(30)))
    assert await talk.relay.deliver_due() == 30
    assert sorted(keys(talk)) == list(range(1, 31))


async def test_what_may_have_arrived_goes_again_whole_under_the_same_key(talk):
    await queue(talk, *["Акция"] * 5)
    talk.transport.failures += [Ambiguous("no answer")] * 5
    await talk.relay.deliver_due()
    await queue(talk, "Акция", first=9)
    talk.passes(minutes=1)
    await settle(talk)
    assert sorted(keys(talk)) == [1, 1, 1, 1, 1, 2]  # a newcomer does not join a call that was made before


async def test_a_repetition_takes_along_those_whose_turn_it_is_not(talk):
    """VK may know a key by its sender alone: a second call of the same key would be thrown away, with its people."""
    ids = await queue(talk, *["Акция"] * 3)
    talk.transport.failures += [Ambiguous("no answer")] * 3
    await talk.relay.deliver_due()
    talk.passes(minutes=1)
    rests = {"2": talk.now.timestamp() + 3600}
    await talk.database.write(lambda store: store.outbox.rest_chats(talk.bot_id, rests))
    await settle(talk)
    assert keys(talk) == [1, 1, 1]
    assert {row.state for row in await rows(talk, ids)} == {DeliveryState.SENT}


async def test_what_surely_did_not_arrive_gets_a_new_key(talk):
    await queue(talk, "Акция")
    talk.transport.failures.append(NotSent("no connection"))
    await talk.relay.deliver_due()
    talk.passes(minutes=1)
    await settle(talk)
    assert keys(talk) == [2]


async def test_a_key_that_vk_may_have_forgotten_is_not_repeated(talk):
    ids = await queue(talk, "Акция")
    talk.transport.failures.append(Ambiguous("no answer"))
    await talk.relay.deliver_due()
    talk.passes(seconds=RANDOM_ID_LIVES.total_seconds())
    await settle(talk)
    (row,) = await rows(talk, ids)
    assert (row.state, talk.transport.carried) == (DeliveryState.UNKNOWN, [])


async def test_a_process_that_died_in_the_middle_repeats_the_call_it_made(talk):
    ids = await queue(talk, "Акция", "Акция")
    token = new_id()

    def dies_after_this(store):
        store.outbox.begin(ids, token, 0, talk.now, talk.now + LEASE)
        store.outbox.number_calls(dict.fromkeys(ids, 77), token, talk.now)

    await talk.database.write(dies_after_this)
    await talk.relay.deliver_due()
    talk.passes(minutes=1)
    await settle(talk)
    assert keys(talk) == [77, 77]


async def test_one_person_who_may_not_be_written_to_does_not_hold_up_the_others(talk):
    ids = await queue(talk, "Акция", "Акция")
    talk.transport.failures.append(Undeliverable("the person does not allow it", is_blocked=True))
    await settle(talk)
    states = [row.state for row in await rows(talk, ids)]
    assert sorted(states) == [DeliveryState.FAILED, DeliveryState.SENT]


async def test_flood_control_of_one_chat_lets_the_others_go_on(talk):
    await queue(talk, "раз", "два")
    talk.transport.failures.append(TryLater(60, is_chat_only=True))
    assert await talk.relay.deliver_due() == 2
    await queue(talk, "три", first=3)
    talk.passes(seconds=1)
    await talk.relay.deliver_due()
    assert len(talk.transport.carried) == 2
    talk.passes(seconds=61)
    await settle(talk)
    assert len(talk.transport.carried) == 3


async def doubtful(talk: Talk, then: Exception) -> UUID:
    """A message that may have arrived, and whose repetition surely did not."""
    (row_id,) = await queue(talk, "Акция")
    talk.transport.failures += [Ambiguous("no answer"), then]
    await talk.relay.deliver_due()
    talk.passes(minutes=1)
    await talk.relay.deliver_due()
    return row_id


@pytest.mark.parametrize("then", [NotSent("refused"), TryLater(1), TryLater(60, is_chat_only=True)], ids=repr)
async def test_what_may_have_arrived_keeps_its_key_whatever_comes_of_the_repetition(talk, then):
    await doubtful(talk, then)
    talk.passes(minutes=2)
    await settle(talk)
    assert keys(talk) == [1]


async def test_what_may_have_arrived_and_is_refused_then_is_not_just_failed(talk):
    row_id = await doubtful(talk, Undeliverable("the person does not allow it", is_blocked=True))
    (row,) = await rows(talk, [row_id])
    assert row.state is DeliveryState.UNKNOWN


async def test_a_start_leaves_keys_out_that_another_copy_of_the_database_may_have_used(talk):
    before = await talk.database.write(lambda store: store.bots.next_random_ids(talk.bot_id, 1))
    await talk.database.write(lambda store: store.bots.skip_random_ids(talk.bot_id, 5000))
    assert await talk.database.write(lambda store: store.bots.next_random_ids(talk.bot_id, 1)) == [before[0] + 5001]
