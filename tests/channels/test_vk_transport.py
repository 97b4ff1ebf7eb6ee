"""Messages carried to VK, alone and in company, and what we make of each way it can go. Over real HTTP, to the fake."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from bot.vk.client import VkClient, Window
from bot.vk.transport import VkTransport
from messaging.messages import Address, Button, Message
from messaging.transport import Ambiguous, Delivery, NotSent, TryLater, Undeliverable
from storage.kinds import MessageKind
from tests.fakes.vk import TOKEN, FakeVk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
NPS = tuple(Button(str(score), f"nps:{score}") for score in range(11))
ANNA, BORIS, VERA = 7, 8, 9


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk() as fake:
        for person in (ANNA, BORIS, VERA):
            fake.user(id=person, started=True)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def client(fake: FakeVk) -> AsyncIterator[VkClient]:
    client = VkClient(TOKEN, fake.url)
    yield client
    await client.close()


@pytest.fixture
def transport(client: VkClient) -> VkTransport:
    return VkTransport(client, load)


async def load(name: str) -> tuple[bytes, str] | None:
    return (PNG, "image/png") if name == "picture" else None


def delivery(message: Message | str, to: int = ANNA, random_id: int = 1, **more: Any) -> Delivery:
    message = Message(message) if isinstance(message, str) else message
    return Delivery(uuid4(), Address("vk:4242", str(to)), message, "nonce", random_id=random_id, **more)


async def carry(transport: VkTransport, *deliveries: Delivery) -> list[Any]:
    return await asyncio.gather(*map(transport.send, deliveries), return_exceptions=True)


async def test_a_message_arrives_and_its_number_in_the_conversation_comes_back(fake, transport):
    number = await transport.send(delivery("Здравствуйте!"))
    assert (fake.user(id=ANNA).last.shown, str(fake.user(id=ANNA).last.cmid)) == ("Здравствуйте!", number)


async def test_what_is_sent_at_the_same_time_goes_in_one_request(fake, transport):
    people = [fake.user(id=100 + number, started=True) for number in range(25)]
    fake.reset_counters()
    await carry(transport, *(delivery(f"Вам, {one.id}", one.id, one.id) for one in people))
    assert (fake.http, fake.calls["messages.send"], fake.calls["execute"]) == (1, 25, 1)
    assert [one.received[-1] for one in people] == [f"Вам, {one.id}" for one in people]


async def test_more_than_25_go_in_more_requests(fake, transport):
    await carry(transport, *(delivery("Вам", ANNA, number) for number in range(1, 31)))
    assert (fake.calls["execute"], fake.calls["messages.send"]) == (2, 30)


async def test_those_of_one_key_share_one_call_to_many(fake, transport):
    await carry(transport, *(delivery("Акция", person, 5) for person in (ANNA, BORIS, VERA)))
    assert (fake.http, fake.calls["messages.send"], len(fake.sends)) == (1, 1, 3)


async def test_of_one_call_to_many_each_hears_of_their_own_refusal(fake, transport):
    await fake.user(id=BORIS).denies()
    ok, refused, also_ok = await carry(transport, *(delivery("Акция", one, 5) for one in (ANNA, BORIS, VERA)))
    assert isinstance(ok, str) and isinstance(also_ok, str)
    assert isinstance(refused, Undeliverable) and refused.is_blocked


async def test_of_calls_in_one_request_each_hears_of_its_own_refusal(fake, transport):
    await fake.user(id=BORIS).blocks()
    fake.faults.add("api_error", method="messages.send", peer_id=VERA, code=9)
    first, second, third = await carry(
        transport, delivery("раз", ANNA, 1), delivery("два", BORIS, 2), delivery("три", VERA, 3)
    )
    assert isinstance(first, str)
    assert isinstance(second, Undeliverable) and second.is_blocked
    assert isinstance(third, TryLater) and third.is_chat_only


@pytest.mark.parametrize(
    ("code", "kind", "is_for_all"),
    [(6, TryLater, True), (9, TryLater, False), (14, TryLater, True), (29, TryLater, True), (5, NotSent, None)],
)
async def test_a_refusal_for_now_is_obeyed(fake, transport, code, kind, is_for_all):
    fake.faults.add("api_error", method="messages.send", code=code)
    (outcome,) = await carry(transport, delivery("Здравствуйте"))
    assert isinstance(outcome, kind)
    if is_for_all is not None:
        assert outcome.is_chat_only is not is_for_all


@pytest.mark.parametrize(("code", "is_blocked"), [(900, True), (901, True), (902, True), (943, False), (944, False)])
async def test_a_refusal_for_good_says_whether_the_person_is_lost(fake, transport, code, is_blocked):
    fake.faults.add("api_error", method="messages.send", code=code)
    (outcome,) = await carry(transport, delivery("Здравствуйте"))
    assert isinstance(outcome, Undeliverable)
    assert outcome.is_blocked is is_blocked


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "truncated"])
async def test_a_lost_answer_is_doubt_and_the_repetition_of_the_call_is_thrown_away_by_vk(fake, transport, kind):
    fake.faults.add(kind, method="messages.send", code=500)
    calls = [delivery("Акция", person, 5) for person in (ANNA, BORIS)]
    assert [type(one) for one in await carry(transport, *calls)] == [Ambiguous, Ambiguous]
    again = await carry(transport, *calls)
    assert all(isinstance(one, str) for one in again)
    assert (len(fake.sends), fake.deduplicated) == (2, 2)


async def test_a_lost_answer_of_an_execute_is_doubt_for_all_of_it(fake, transport):
    fake.faults.add("drop_after", method="execute")
    calls = [delivery("раз", ANNA, 1), delivery("два", BORIS, 2)]
    assert [type(one) for one in await carry(transport, *calls)] == [Ambiguous, Ambiguous]
    await carry(transport, *calls)
    assert (len(fake.sends), fake.deduplicated) == (2, 2)


async def test_without_a_connection_nothing_has_left():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = VkClient(TOKEN, f"http://127.0.0.1:{closed.getsockname()[1]}")
        (outcome,) = await carry(VkTransport(client, load), delivery("Здравствуйте"))
        await client.close()
    assert isinstance(outcome, NotSent)


@pytest.mark.parametrize("code", [8, 12, 13, 18, 100])
async def test_when_vk_cannot_run_the_calls_together_each_goes_alone(fake, transport, code):
    fake.faults.add("api_error", method="execute", code=code)
    assert all(isinstance(one, str) for one in await carry(transport, delivery("а", ANNA, 1), delivery("б", BORIS, 2)))
    assert len(fake.sends) == 2


async def test_a_handshake_that_fails_means_that_nothing_has_left():
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(no_tls, "127.0.0.1", 0) as server:
        client = VkClient(TOKEN, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        (outcome,) = await carry(VkTransport(client, load), delivery("Здравствуйте"))
        await client.close()
    assert isinstance(outcome, NotSent)


async def test_a_reply_goes_before_a_broadcast_that_waits_for_a_slow_vk(fake, transport):
    fake.limits.per_second, fake.limits.latency_ms = None, 50
    advert = Message("Акция", kind=MessageKind.BROADCAST)
    bulk = [asyncio.create_task(transport.send(delivery(advert, ANNA, 100 + number))) for number in range(400)]
    await fake.until(lambda: fake.http)
    await transport.send(delivery("Ответ", BORIS, 1))
    assert not all(task.done() for task in bulk)
    await asyncio.gather(*bulk)
    assert len(fake.sends) == 401


async def test_many_presses_share_requests_with_the_sends(fake, transport):
    people = [fake.user(id=100 + number, started=True) for number in range(20)]
    fake.reset_counters()
    names = [transport.call("users.get", {"user_ids": str(one.id)}) for one in people]
    await asyncio.gather(*names, transport.send(delivery("Ответ")))
    assert fake.http == 1


async def test_two_who_wait_for_one_call_both_hear_of_it(fake, transport):
    one = delivery("Здравствуйте")
    first, second = await carry(transport, one, one)
    assert first == second
    assert len(fake.sends) == 1


async def test_an_nps_scale_stands_in_place_of_the_letters_and_goes_when_pressed(fake, transport):
    await transport.send(delivery(Message("Оцените", NPS, columns=6)))
    anna = fake.user(id=ANNA)
    assert anna.buttons() == [str(score) for score in range(11)]
    assert [len(row) for row in anna.last.keyboard["buttons"]] == [4, 4, 3]
    await anna.presses("9")
    assert anna.buttons() == []


async def test_a_message_without_buttons_takes_an_unused_scale_away(fake, transport):
    await transport.send(delivery(Message("Оцените", NPS, columns=6)))
    await transport.send(delivery("Спасибо!", random_id=2))
    assert fake.user(id=ANNA).buttons() == []


async def test_a_press_under_a_message_comes_back_with_its_nonce(fake, transport):
    await transport.send(
        delivery(Message("Согласны?", (Button("Да", "yes"), Button("Сайт", url="https://shop.example"))))
    )
    pressed = await fake.user(id=ANNA).presses("Да")
    assert pressed["payload"] == {"n": "nonce", "v": "yes"}


async def test_a_message_is_replaced_where_it_stands_and_its_buttons_go(fake, transport):
    number = await transport.send(delivery(Message("Согласны?", (Button("Да", "yes"),))))
    assert await transport.send(delivery(Message("Спасибо"), random_id=2, edits=number)) == number
    anna = fake.user(id=ANNA)
    assert (anna.received, anna.buttons()) == (["Спасибо"], [])


async def test_what_can_no_longer_be_replaced_is_said_anew(fake, transport):
    number = await transport.send(delivery("Согласны?"))
    fake.faults.add("api_error", method="messages.edit", code=909)
    assert await transport.send(delivery("Спасибо", random_id=2, edits=number)) != number
    assert fake.user(id=ANNA).received == ["Согласны?", "Спасибо"]


async def test_a_picture_is_brought_once_and_shown_to_everybody(fake, transport):
    message = Message("Новинка", photo="picture")
    await carry(transport, *(delivery(message, person, 5) for person in (ANNA, BORIS)))
    await transport.send(delivery(message, VERA, 6))
    assert fake.calls["photos.saveMessagesPhoto"] == 1
    assert all(fake.user(id=person).last.attachments for person in (ANNA, BORIS, VERA))


async def test_a_picture_that_is_gone_does_not_keep_its_words_back(fake, transport):
    await transport.send(delivery(Message("Новинка", photo="gone")))
    assert fake.user(id=ANNA).received == ["Новинка"]


async def test_a_picture_that_cannot_be_brought_keeps_the_message_here(fake, transport):
    fake.faults.add("api_error", method="photos.getMessagesUploadServer", code=10)
    outcomes = await carry(transport, *(delivery(Message("Новинка", photo="picture"), one, 5) for one in (ANNA, BORIS)))
    assert [type(one) for one in outcomes] == [NotSent, NotSent]
    assert fake.sends == []


@pytest.mark.parametrize(
    "text", ["[id1|Анна] & [club4242|мы]", "@id8 (Борис)", "5 &lt; 6 &#128512;", "<b>\"'\\{}</b>\n`"]
)
async def test_every_text_is_shown_as_it_is_written_and_mentions_nobody(fake, transport, text):
    await carry(transport, delivery(text, ANNA, 1), delivery(text, BORIS, 2))
    last = fake.user(id=ANNA).last
    assert (last.shown.replace("⁠", ""), last.mentions) == (text, ())


async def test_a_button_that_carries_too_much_is_refused_before_it_leaves(fake, transport):
    (outcome,) = await carry(transport, delivery(Message("?", (Button("Да", "x" * 250),))))
    assert isinstance(outcome, Undeliverable)
    assert fake.http == 0


async def test_requests_begin_no_faster_than_vk_allows(fake, client):
    fake.limits.per_second = 20
    await asyncio.gather(*(client.call("utils.getServerTime", {}) for _ in range(30)))
    assert (fake.http, fake.too_many) == (30, 0)


def test_the_window_lets_twenty_in_and_the_next_when_the_first_is_over():
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    window = Window((20, 1.1), clock=lambda: now[0], sleep=sleep)
    begun = []
    for _ in range(41):
        window.enter()
        begun.append(round(now[0], 3))
    assert begun == [0.0] * 20 + [1.1] * 20 + [2.2]


async def test_the_key_is_in_no_log_no_address_and_no_error(fake, client, caplog):
    caplog.set_level(logging.DEBUG)
    fake.faults.add("api_error", method="messages.send", code=5)
    (outcome,) = await carry(VkTransport(client, load), delivery("Здравствуйте"))
    assert TOKEN not in caplog.text + repr(outcome)
    assert (outcome.__cause__, outcome.__context__) == (None, None)


async def test_nothing_is_written_to_the_working_directory(fake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # vk_api by itself leaves a file of settings there
    client = VkClient(TOKEN, fake.url)
    await VkTransport(client, load).send(delivery("Здравствуйте"))
    await client.close()
    assert not any(tmp_path.iterdir())


async def test_a_slow_answer_holds_up_nobody_else(fake, transport):
    fake.faults.add("slow", method="messages.send", peer_id=BORIS, seconds=0.5)
    slow = asyncio.create_task(transport.send(delivery("раз", BORIS, 1)))
    await fake.until(lambda: fake.http)
    started = time.monotonic()
    await transport.send(delivery("два", ANNA, 2))
    assert time.monotonic() - started < 0.4
    await slow
