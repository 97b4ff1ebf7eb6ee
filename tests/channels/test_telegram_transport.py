"""One message carried to Telegram, and what we make of each way it can go. Over real HTTP, to the fake."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

import aiogram
import pytest

from bot.telegram import Refused, TelegramTransport, bot_id_of, make_bot, set_commands, username_of
from messaging.messages import Address, Button, Message
from messaging.rendering import cut
from messaging.transport import Ambiguous, Delivery, NotSent, TryLater, Undeliverable
from storage.kinds import Language
from tests.fakes.telegram import TOKEN, FakeTelegram

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
SECRET = TOKEN.partition(":")[2]
NPS = tuple(Button(str(score), f"nps:{score}") for score in range(11))


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.user(id=7)
        yield fake
        assert fake.violations == []


@asynccontextmanager
async def bot_for(url: str, **limits: Any) -> AsyncIterator[aiogram.Bot]:
    bot = make_bot(TOKEN, url, **limits)
    try:
        yield bot
    finally:
        if http := bot.session._session:  # aiogram's own close() waits a quarter of a second for TLS
            await http.close()


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[aiogram.Bot]:
    async with bot_for(fake.url) as bot:
        yield bot


@pytest.fixture
def transport(bot: aiogram.Bot) -> TelegramTransport:
    return TelegramTransport(bot, album())


def album(**pictures: bytes) -> Callable[[str], Awaitable[tuple[bytes, str] | None]]:
    async def load(name: str) -> tuple[bytes, str] | None:
        return (pictures[name], "image/png") if name in pictures else None

    return load


def delivery(message: Message | str, *, chat: int = 7, edits: str | None = None) -> Delivery:
    message = Message(message) if isinstance(message, str) else message
    return Delivery(uuid4(), Address("telegram:4242", str(chat)), message, "abcdefghijkl", edits)


# What arrives


async def test_a_text_arrives_as_it_is_and_its_id_comes_back(fake, transport):
    text = "Скидка <b>10%</b> & *кофе* _тут_ [x](y)"
    assert await transport.send(delivery(text)) == str(fake.user(id=7).last["message_id"])
    assert fake.user(id=7).received == [text]
    assert "entities" not in fake.user(id=7).last


async def test_buttons_stand_in_columns_and_carry_nonce_and_value(fake, transport):
    await transport.send(delivery(Message("Насколько вероятно?", NPS, columns=6)))
    rows = fake.user(id=7).last["reply_markup"]["inline_keyboard"]
    assert [len(row) for row in rows] == [6, 5]
    assert rows[1][4] == {"text": "10", "callback_data": "abcdefghijkl:nps:10"}


async def test_a_button_may_open_a_page(fake, transport):
    await transport.send(delivery(Message("Меню", (Button("Открыть", url="https://cafe.example/menu"),))))
    assert fake.user(id=7).last["reply_markup"]["inline_keyboard"] == [
        [{"text": "Открыть", "url": "https://cafe.example/menu"}]
    ]


async def test_forty_bytes_of_value_fit_on_a_button(fake, transport):
    await transport.send(delivery(Message("?", (Button("да", "я" * 20),))))
    await fake.user(id=7).presses("abcdefghijkl:" + "я" * 20)


async def test_a_button_beyond_sixty_four_bytes_never_leaves(fake, transport):
    with pytest.raises(Undeliverable, match="64 bytes") as refused:
        await transport.send(delivery(Message("?", (Button("да", "я" * 26),))))
    assert not refused.value.is_blocked
    assert fake.calls["sendMessage"] == 0


async def test_a_phone_number_is_asked_for_with_a_keyboard_that_goes_away(fake, transport):
    await transport.send(delivery(Message("Ваш номер?", (Button("Не сейчас", "no"),), asks_contact="Поделиться")))
    keyboard = fake.user(id=7).keyboard
    assert keyboard["keyboard"] == [[{"text": "Поделиться", "request_contact": True}], [{"text": "Не сейчас"}]]
    assert keyboard["one_time_keyboard"] is True
    await fake.user(id=7).presses("Поделиться")
    assert "contact" in fake.pending[-1]["message"]


async def test_a_picture_is_uploaded_with_its_caption_and_buttons(fake, bot):
    transport = TelegramTransport(bot, album(qr=PNG))
    sent = await transport.send(delivery(Message("Ваша карта", (Button("Ещё", "more"),), photo="qr")))
    shown = fake.user(id=7).last
    assert (sent, shown["caption"]) == (str(shown["message_id"]), "Ваша карта")
    assert fake.world.files[shown["photo"][0]["file_id"]] == PNG
    assert fake.user(id=7).buttons() == ["Ещё"]


async def test_a_picture_that_is_gone_leaves_its_words(fake, transport):
    await transport.send(delivery(Message("Ваша карта", photo="qr")))
    assert fake.user(id=7).received == ["Ваша карта"]


async def test_a_store_that_cannot_give_the_picture_means_nothing_was_sent(fake, bot):
    async def broken(name: str) -> tuple[bytes, str] | None:
        raise OSError(f"cannot reach the database of {SECRET}")

    with pytest.raises(NotSent, match=r"^the picture could not be read \(OSError\)$"):
        await TelegramTransport(bot, broken).send(delivery(Message("Ваша карта", photo="qr")))
    assert fake.calls["sendPhoto"] == 0


# Edits


async def test_an_edit_replaces_text_and_buttons(fake, transport):
    sent = await transport.send(delivery(Message("Оцените", NPS)))
    assert await transport.send(delivery(Message("Спасибо!", (Button("Ещё", "m"),)), edits=sent)) == sent
    assert (fake.user(id=7).received, fake.user(id=7).buttons()) == (["Спасибо!"], ["Ещё"])


async def test_an_edit_without_buttons_takes_the_old_ones_away(fake, transport):
    sent = await transport.send(delivery(Message("Оцените", NPS)))
    await transport.send(delivery("Спасибо!", edits=sent))
    assert fake.user(id=7).buttons() == []


async def test_an_edit_that_changes_nothing_is_done(fake, transport):
    sent = await transport.send(delivery(Message("Оцените", NPS)))
    assert await transport.send(delivery(Message("Оцените", NPS), edits=sent)) == sent
    assert fake.user(id=7).received == ["Оцените"]


async def test_a_message_that_is_gone_is_said_anew(fake, transport):
    sent = await transport.send(delivery("Оцените"))
    fake.user(id=7).history.clear()
    again = await transport.send(delivery("Спасибо!", edits=sent))
    assert again != sent
    assert fake.user(id=7).received == ["Спасибо!"]


async def test_a_message_that_cannot_be_edited_is_said_anew(fake, transport):
    foreign = await fake.user(id=7).says("это написал не бот")
    assert await transport.send(delivery("Спасибо!", edits=str(foreign["message_id"])))
    assert fake.user(id=7).received == ["Спасибо!"]


async def test_a_picture_cannot_become_a_text_so_the_text_is_said_anew(fake, bot):
    transport = TelegramTransport(bot, album(qr=PNG))
    sent = await transport.send(delivery(Message("Карта", photo="qr")))
    await transport.send(delivery("Карта закрыта", edits=sent))
    assert fake.user(id=7).received == ["Карта", "Карта закрыта"]


# Long texts


@pytest.mark.parametrize("end", ["\n\n", "\n", " "])
async def test_a_text_too_long_is_cut_where_a_paragraph_a_line_or_a_word_ends(fake, transport, end):
    await transport.send(delivery("слово " * 500 + end + "я" * 2000))
    assert fake.user(id=7).received == [("слово " * 500).rstrip() + "…"]


@pytest.mark.parametrize("text", ["я" * 4096, "😀" * 2048, "слово " * 682 + "ёж"])
async def test_a_text_that_just_fits_is_left_alone(fake, transport, text):
    assert cut(text, 4096) == text
    await transport.send(delivery(text))


@pytest.mark.parametrize("text", ["я" * 5000, "😀" * 5000, "я" * 4000 + "😀" * 500, "a😀" * 3000])
async def test_a_text_without_spaces_is_cut_too(fake, transport, text):
    await transport.send(delivery(text))
    said = fake.user(id=7).received[0]
    assert said.endswith("…") and text.startswith(said[:-1])
    assert 4090 <= len(said.encode("utf-16-le")) // 2 <= 4096


async def test_a_caption_is_cut_shorter(fake, bot):
    await TelegramTransport(bot, album(qr=PNG)).send(delivery(Message("слово " * 500, photo="qr")))
    assert len(fake.user(id=7).received[0]) <= 1024


# What Telegram refuses


async def test_too_many_requests_say_when_to_come_back(fake, transport):
    fake.faults.add("too_many_requests", seconds=17)
    with pytest.raises(TryLater) as refused:
        await transport.send(delivery("раз"))
    assert refused.value.after_seconds == 17


async def test_who_blocked_the_bot_will_get_nothing_more(fake, transport):
    await fake.user(id=7).blocks()
    with pytest.raises(Undeliverable, match="blocked the bot") as refused:
        await transport.send(delivery("раз"))
    assert refused.value.is_blocked


async def test_who_left_telegram_will_get_nothing_more(fake, transport):
    fake.user(id=7).leaves_telegram()
    with pytest.raises(Undeliverable, match="no longer exists") as refused:
        await transport.send(delivery("раз"))
    assert refused.value.is_blocked


async def test_who_never_started_the_bot_gets_nothing(fake, transport):
    fake.user(id=8, started=False)
    with pytest.raises(Undeliverable, match="not started") as refused:
        await transport.send(delivery("раз", chat=8))
    assert refused.value.is_blocked


async def test_a_group_that_threw_the_bot_out_gets_nothing_more(fake, transport):
    fake.group(id=-1001000000001).refusal = "Forbidden: bot was kicked from the supergroup chat"
    with pytest.raises(Undeliverable, match="removed from the group") as refused:
        await transport.send(delivery("раз", chat=-1001000000001))
    assert refused.value.is_blocked


async def test_a_chat_nobody_knows_is_undeliverable(fake, transport):
    with pytest.raises(Undeliverable, match="no such chat") as refused:
        await transport.send(delivery("раз", chat=99))
    assert not refused.value.is_blocked


async def test_an_empty_text_is_undeliverable(fake, transport):
    with pytest.raises(Undeliverable, match="no text"):
        await transport.send(delivery("  "))


# What breaks on the way: `peer` is a server that does what it is told with each connection


@asynccontextmanager
async def peer(behave: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await behave(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answering(status: str, body: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        await reader.read()  # until the client hangs up: closing on unread bytes would break the answer

    return behave


async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def outcome(url: str, **limits: Any) -> Exception:
    async with bot_for(url, **limits) as bot:
        with pytest.raises((Undeliverable, TryLater, NotSent, Ambiguous)) as raised:
            await TelegramTransport(bot, album()).send(delivery("тайна"))
    problem = raised.value
    assert problem.__cause__ is None and problem.__context__ is None
    assert SECRET not in str(problem) and "тайна" not in str(problem)
    return problem


async def test_a_refused_connection_means_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert isinstance(await outcome(f"http://127.0.0.1:{port}"), NotSent)


async def test_a_name_nobody_knows_means_nothing_was_sent():
    problem = await outcome("http://no-such-host.invalid", connect_seconds=3.0)
    assert isinstance(problem, NotSent)


async def test_a_failed_tls_handshake_means_nothing_was_sent():
    async with peer(hang_up_at_once) as url:
        assert isinstance(await outcome(url.replace("http:", "https:")), NotSent)


async def test_a_connection_that_takes_too_long_means_nothing_was_sent():
    # A handshake that is never answered: like a packet filter that swallows everything, but on this machine.
    async with peer(never_answer) as url:
        problem = await outcome(url.replace("http:", "https:"), connect_seconds=0.1)
    assert isinstance(problem, NotSent)
    assert str(problem) == "no connection: TimeoutError"


async def test_a_pool_without_a_free_connection_means_nothing_was_sent(fake):
    fake.faults.add("slow", seconds=30)
    async with bot_for(fake.url, connect_seconds=0.1) as bot:
        bot.session._connector_init["limit"] = 1
        busy = asyncio.create_task(bot.get_me())
        await fake.until(lambda: fake.calls["getMe"])
        with pytest.raises(NotSent):
            await TelegramTransport(bot, album()).send(delivery("раз"))
        busy.cancel()


@pytest.mark.parametrize("scheme", ["socks5", "http"])
async def test_a_proxy_that_is_not_there_means_nothing_was_sent(scheme):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    problem = await outcome("http://127.0.0.1:1", proxy=f"{scheme}://name:pa55word@127.0.0.1:{port}")
    assert isinstance(problem, NotSent)
    assert "pa55word" not in str(problem)


async def test_a_proxy_that_refuses_or_keeps_silent_means_nothing_was_sent():
    async with peer(hang_up_at_once) as url:
        assert isinstance(await outcome("http://127.0.0.1:1", proxy=url.replace("http", "socks5")), NotSent)
    async with peer(never_answer) as url:
        silent = url.replace("http", "socks5")
        assert isinstance(await outcome("http://127.0.0.1:1", proxy=silent, connect_seconds=0.1), NotSent)


async def test_an_answer_that_does_not_come_may_mean_it_arrived():
    async with peer(never_answer) as url:
        assert isinstance(await outcome(url, timeout_seconds=0.2), Ambiguous)


async def test_an_answer_lost_on_the_way_may_mean_it_arrived(fake):
    fake.faults.add("drop_after")
    assert isinstance(await outcome(fake.url), Ambiguous)
    assert fake.user(id=7).received == ["тайна"]


async def test_a_connection_reset_before_the_answer_looks_the_same(fake):
    fake.faults.add("drop_before")
    assert isinstance(await outcome(fake.url), Ambiguous)
    assert fake.user(id=7).received == []


@pytest.mark.parametrize("code", [500, 502, 504])
@pytest.mark.parametrize("kind", ["error_before", "error_after"])
async def test_an_error_of_the_server_may_mean_it_arrived(fake, kind, code):
    fake.faults.add(kind, code=code)
    assert isinstance(await outcome(fake.url), Ambiguous)


@pytest.mark.parametrize(
    "body",
    [
        "<html>nginx</html>",
        '{"ok":true,"result":{}}',
        '{"ok":true,"result":"тайна"}',
        '{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}',
    ],
)
async def test_an_answer_nobody_can_read_may_mean_it_arrived(body):
    async with peer(answering("500 Error" if "restart" in body else "200 OK", body)) as url:
        assert isinstance(await outcome(url), Ambiguous)


async def test_a_group_that_became_a_supergroup_is_named():
    body = '{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat",'
    body += '"parameters":{"migrate_to_chat_id":-100777}}'
    async with peer(answering("400 Bad Request", body)) as url:
        problem = await outcome(url)
    assert isinstance(problem, Undeliverable) and "-100777" in str(problem)


async def test_a_refusal_in_words_we_do_not_know_is_not_repeated_to_anybody():
    body = '{"ok":false,"error_code":400,"description":"Bad Request: cannot parse \'тайна\'"}'
    async with peer(answering("400 Bad Request", body)) as url:
        problem = await outcome(url)
    assert str(problem) == "Telegram refuses it (TelegramBadRequest)"


async def test_a_revoked_token_sends_nothing_and_is_said_once_a_minute(fake, caplog):
    now = 1000.0
    async with bot_for(fake.url) as bot:
        transport = TelegramTransport(bot, album(), clock=lambda: now)
        fake._prefix = "/bot4242:another/"
        for _ in range(3):
            with pytest.raises(NotSent, match="token"):
                await transport.send(delivery("раз"))
        assert caplog.text.count("does not accept") == 1
        now += 61.0
        with pytest.raises(NotSent):
            await transport.send(delivery("раз"))
        assert caplog.text.count("does not accept") == 2


# Secrets, identity, set-up


@pytest.fixture
async def loud_loop():
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    yield
    loop.set_debug(False)


async def test_no_log_ever_holds_the_token(fake, caplog, loud_loop):
    caplog.set_level(logging.DEBUG)
    for kind in ("blocked", "drop_after", "error_before", "too_many_requests"):
        fake.faults.add(kind)
        await outcome(fake.url)
    await outcome("http://no-such-host.invalid", connect_seconds=3.0)
    async with peer(never_answer) as url:
        await outcome(url, timeout_seconds=0.2)
        await outcome(url.replace("http:", "https:"), connect_seconds=0.1)
    assert SECRET not in caplog.text and "тайна" not in caplog.text


async def test_a_bot_is_known_by_channel_and_account(bot):
    assert bot_id_of(bot) == "telegram:4242"


async def test_a_bot_knows_its_name_for_links(bot):
    assert await username_of(bot) == "otklik_bot"


async def test_the_menu_of_commands_is_there_in_every_language_and_in_a_default(fake, bot):
    texts = {
        Language.RU: {"start": "Начать", "menu": "Меню", "language": "Язык", "stop": "Не писать", "help": "Помощь"},
        Language.EN: {"start": "Start", "menu": "Menu", "language": "Language", "stop": "Stop", "help": "Help"},
    }
    await set_commands(bot, texts, Language.RU)
    scopes = {key.rpartition("}")[2].strip(): commands for key, commands in fake.world.commands.items()}
    assert set(scopes) == {"", "ru", "en"}
    assert scopes[""] == scopes["ru"]
    assert [command["command"] for command in scopes["en"]] == ["start", "menu", "language", "stop", "help"]
    assert all("all_private_chats" in key for key in fake.world.commands)


async def test_setting_up_is_tried_until_it_succeeds(fake, bot):
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    fake.faults.add("error_before", times=2)
    fake.faults.add("too_many_requests", seconds=4)
    await set_commands(bot, {Language.RU: {"start": "Начать"}}, Language.RU, pause=pause)
    assert pauses == [0.5, 1.0, 4.0]
    assert len(fake.world.commands) == 2


async def test_setting_up_with_a_wrong_token_is_refused_in_a_sentence(fake, bot):
    fake._prefix = "/bot4242:another/"
    with pytest.raises(Refused, match="OTKLIK_TELEGRAM_TOKEN") as refused:
        await set_commands(bot, {Language.RU: {"start": "Начать"}}, Language.RU)
    assert refused.value.__context__ is None
