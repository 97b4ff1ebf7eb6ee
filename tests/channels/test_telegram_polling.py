"""Long polling: everything is taken, in order, and forgotten by Telegram only when it is safe with us."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiogram
import pytest

from bot.telegram import TelegramPolling, make_bot
from bot.telegram.client import ALLOWED_UPDATES
from messaging.messages import IncomingMessage
from tests.fakes.telegram import TOKEN, FakeTelegram

SECRET = TOKEN.partition(":")[2]
PATIENCE = 5.0


class Door:
    """Stands where Intake.receive stands: notes what comes, waits when it is shut, fails when told to."""

    def __init__(self) -> None:
        self.begun: list[IncomingMessage] = []
        self.taken: list[IncomingMessage] = []
        self.failures: list[Exception] = []
        self.most_at_once = 0
        self._open = asyncio.Event()
        self._open.set()
        self._changed = asyncio.Condition()

    async def receive(self, incoming: IncomingMessage) -> None:
        self.begun.append(incoming)
        self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.taken))
        await self._tell()
        await self._open.wait()
        if self.failures:
            raise self.failures.pop()
        self.taken.append(incoming)
        await self._tell()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def has_begun(self, count: int) -> list[str]:
        return await self._wait(self.begun, count)

    async def has_taken(self, count: int) -> list[str]:
        return await self._wait(self.taken, count)

    async def _wait(self, messages: list[IncomingMessage], count: int) -> list[str]:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(messages) >= count)
        return [message.text for message in messages]

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Patience:
    """The pauses between attempts; each lasts until the test lets it end."""

    def __init__(self) -> None:
        self._asked: asyncio.Queue[float] = asyncio.Queue()
        self._over: asyncio.Queue[None] = asyncio.Queue()
        self._is_endless = True

    async def pause(self, seconds: float) -> None:
        self._asked.put_nowait(seconds)
        await (self._over.get() if self._is_endless else asyncio.sleep(0))

    async def asked(self) -> float:
        async with asyncio.timeout(PATIENCE):
            return await self._asked.get()

    def end(self) -> None:
        self._over.put_nowait(None)

    def end_all(self) -> None:
        self._is_endless = False
        self.end()


class Cursor:
    """The two callables of the assembly, over a variable."""

    def __init__(self, value: int | None = None) -> None:
        self.value = value

    async def load(self) -> int | None:
        return self.value

    async def save(self, value: int) -> None:
        self.value = value


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.user(id=7)
        yield fake
        assert fake.violations == []


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[aiogram.Bot]:
    bot = make_bot(TOKEN, fake.url)
    yield bot
    if http := bot.session._session:  # aiogram's own close() waits a quarter of a second for TLS
        await http.close()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def cursor() -> Cursor:
    return Cursor()


@asynccontextmanager
async def running(polling: TelegramPolling) -> AsyncIterator[TelegramPolling]:
    task = asyncio.create_task(polling.run())
    try:
        yield polling
        assert not task.done(), "polling ended by itself"
    finally:
        task.cancel()
        began = time.monotonic()
        with suppress(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1.0


@pytest.fixture
async def polling(bot, door, cursor, patience) -> AsyncIterator[TelegramPolling]:
    polling = TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save, pause=patience.pause)
    async with running(polling):
        yield polling


def offsets(fake: FakeTelegram) -> list[Any]:
    return [params.get("offset") for method, params in fake.requests if method == "getUpdates"]


async def test_what_a_customer_says_is_taken_and_then_forgotten(fake, polling, door, cursor):
    await fake.user(id=7).says("один")
    await fake.user(id=7).says("два")
    assert await door.has_taken(2) == ["один", "два"]
    await fake.drained()
    assert cursor.value == int(door.taken[-1].event_id) + 1
    assert door.taken[0].chat.bot_id == "telegram:4242"


async def test_only_what_we_understand_travels(fake, polling, door):
    message = await fake.user(id=7).says("один")
    await fake.user(id=7).edits(message["message_id"], "другое")
    await fake.user(id=7).says("два")
    assert await door.has_taken(3) == ["один", "другое", "два"]
    assert fake.mailbox.allowed == ALLOWED_UPDATES


async def test_a_webhook_left_from_before_is_removed_and_its_updates_are_not_lost(fake, bot, door, cursor):
    await bot.set_webhook("http://127.0.0.1:1/elsewhere")
    await fake.user(id=7).says("пока никто не слушал")
    async with running(TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save)):
        assert await door.has_taken(1) == ["пока никто не слушал"]
    assert fake.mailbox.webhook is None


async def test_updates_are_begun_in_order_and_none_waits_for_another(fake, bot, door, cursor):
    for number in range(150):
        await fake.user(id=1000 + number % 9).says(str(number))
    door.shut()
    async with running(TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save)):
        assert await door.has_begun(100) == [str(number) for number in range(100)]
        door.open()
        assert await door.has_begun(150) == [str(number) for number in range(150)]
        await door.has_taken(150)
    assert door.most_at_once == 100


async def test_nothing_is_confirmed_before_all_of_it_is_safe(fake, polling, door, cursor):
    await fake.until(lambda: fake.mailbox.polling)
    door.shut()
    await fake.user(id=7).says("один")
    await door.has_begun(1)
    assert (len(fake.pending), cursor.value) == (1, None)
    door.open()
    await fake.drained()
    assert cursor.value == int(door.taken[0].event_id) + 1


async def test_what_could_not_be_taken_comes_again(fake, polling, door, patience, cursor):
    await fake.until(lambda: fake.mailbox.polling)
    door.failures = [RuntimeError("the database sleeps")]
    await fake.user(id=7).says("один")
    assert await patience.asked() == 0.5
    assert (len(fake.pending), cursor.value) == (1, None)
    patience.end()
    assert await door.has_taken(1) == ["один"]
    await fake.drained()
    assert [message.event_id for message in door.begun] == [door.taken[0].event_id] * 2


async def test_pauses_grow_while_nothing_can_be_taken(fake, polling, door, patience):
    await fake.until(lambda: fake.mailbox.polling)
    door.failures = [RuntimeError("the database sleeps") for _ in range(8)]
    await fake.user(id=7).says("один")
    pauses = []
    for _ in range(8):
        pauses.append(await patience.asked())
        patience.end()
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    await door.has_taken(1)


async def test_a_cursor_that_cannot_be_kept_does_not_stop_the_ear(fake, bot, door, patience, cursor):
    async def broken(value: int) -> None:
        raise OSError("no space left")

    polling = TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, broken, pause=patience.pause)
    async with running(polling):
        await fake.user(id=7).says("один")
        await patience.asked()
        patience.end()
        await fake.drained()
    assert len(door.taken) == 1


async def test_an_update_that_comes_twice_is_handed_on_twice(fake, polling, door):
    fake.faults.add("duplicate_update")
    await fake.user(id=7).says("один")
    assert await door.has_taken(2) == ["один", "один"]
    assert door.taken[0].event_id == door.taken[1].event_id


async def test_an_update_nobody_can_read_is_skipped_and_named_by_its_number(bot, fake, polling, door, caplog):
    fake.mailbox.on_update = None
    fake.mailbox.post("message", {"message_id": "тайна", "date": None}, 7)
    await fake.user(id=7).says("дальше")
    assert await door.has_taken(1) == ["дальше"]
    await fake.drained()
    assert "700000001 cannot be read" in caplog.text
    assert "тайна" not in caplog.text
    fake.violations.clear()  # the fake is right: Telegram would not send this


async def test_a_restart_goes_on_where_it_stopped(fake, bot, door):
    cursor = Cursor(700_000_055)
    async with running(TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save)):
        await fake.until(lambda: fake.mailbox.polling)
    assert offsets(fake)[0] in (700_000_055, "700000055")


async def test_when_telegram_counts_from_elsewhere_we_follow(fake, polling, door, cursor):
    await fake.user(id=7).says("до тихой недели")
    await fake.drained()
    await fake.until(lambda: fake.mailbox.polling)
    fake.mailbox._last_id = 5
    await fake.user(id=7).says("после")
    await door.has_taken(2)
    await fake.until(lambda: cursor.value == 7)


# Trouble with Telegram


async def test_another_poller_is_named_in_the_log_and_outwaited(fake, bot, polling, door, patience, caplog):
    await fake.until(lambda: fake.mailbox.polling)
    other = asyncio.create_task(bot.get_updates(timeout=20))
    assert await patience.asked() == 0.5
    assert "somebody else polls with the same token" in caplog.text
    other.cancel()
    patience.end()
    await fake.user(id=7).says("снова слышно")
    await door.has_taken(1)


async def test_a_webhook_set_meanwhile_is_named_in_the_log(fake, bot, polling, door, patience, caplog):
    await fake.until(lambda: fake.mailbox.polling)
    await bot.set_webhook("http://127.0.0.1:1/elsewhere")
    await patience.asked()
    patience.end()
    await patience.asked()
    assert "a webhook was set for this bot" in caplog.text
    await bot.delete_webhook()
    patience.end()
    await fake.user(id=7).says("снова слышно")
    await door.has_taken(1)


async def test_telegram_says_how_long_to_wait(fake, polling, patience):
    await fake.until(lambda: fake.mailbox.polling)
    fake.faults.add("too_many_requests", method="getUpdates", seconds=9)
    await fake.user(id=7).says("один")
    assert await patience.asked() == 9.0


@pytest.mark.parametrize("code", [500, 502])
async def test_an_error_of_telegrams_is_outwaited(fake, polling, door, patience, code):
    await fake.until(lambda: fake.mailbox.polling)
    fake.faults.add("error_before", method="getUpdates", code=code)
    await fake.user(id=7).says("один")
    assert await patience.asked() == 0.5
    patience.end()
    await door.has_taken(1)
    await fake.drained()


async def test_without_a_network_it_goes_on_trying(fake, polling, door, patience):
    await fake.until(lambda: fake.mailbox.polling)
    await fake.stop()
    pauses = []
    for _ in range(8):
        pauses.append(await patience.asked())
        patience.end()
    assert pauses[-2:] == [30.0, 30.0]
    await fake.start()
    await fake.user(id=7).says("сеть вернулась")
    patience.end_all()
    await door.has_taken(1)
    await fake.drained()


async def test_a_refused_token_is_said_plainly(fake, bot, door, cursor, patience, caplog):
    fake._prefix = "/bot4242:another/"
    polling = TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save, pause=patience.pause)
    async with running(polling):
        await patience.asked()
    assert "OTKLIK_TELEGRAM_TOKEN" in caplog.text


# Buttons


async def pressed(fake: FakeTelegram, bot: aiogram.Bot) -> None:
    await bot.send_message(7, "?", reply_markup=aiogram.types.InlineKeyboardMarkup(
        inline_keyboard=[[aiogram.types.InlineKeyboardButton(text="Да", callback_data="n0nce:yes")]]))  # fmt: skip
    await fake.user(id=7).presses("Да")


async def test_the_spinner_of_a_button_stops_once_the_press_is_safe(fake, bot, polling, door):
    door.shut()
    await pressed(fake, bot)
    await door.has_begun(1)
    assert len(fake.unanswered) == 1
    door.open()
    await fake.until(lambda: not fake.unanswered)
    assert door.taken[0].pressed.value == "yes"


async def test_a_press_too_old_to_answer_counts_and_harms_nothing(fake, bot, polling, door):
    await fake.until(lambda: fake.mailbox.polling)
    door.shut()
    await pressed(fake, bot)
    await door.has_begun(1)
    fake.expire_callbacks()
    door.open()
    await fake.drained()
    await fake.until(lambda: fake.answers[400])
    await fake.user(id=7).says("дальше")
    await door.has_taken(2)
    await fake.drained()
    assert polling.unanswered_presses == 1


# Stopping, and what is never written down


async def test_it_stops_at_once_even_with_work_in_hand(fake, bot, door, cursor):
    await fake.user(id=7).says("один")
    door.shut()
    async with running(TelegramPolling(bot, "telegram:4242", door.receive, cursor.load, cursor.save)):
        await door.has_begun(1)
    assert (door.taken, cursor.value, len(fake.pending)) == ([], None, 1)


async def test_no_log_ever_holds_the_token_or_a_word_of_the_customer(fake, bot, polling, door, patience, caplog):
    caplog.set_level(logging.DEBUG)
    await fake.until(lambda: fake.mailbox.polling)
    door.failures = [RuntimeError("INSERT failed: тайна, +79161234567")]
    await fake.user(id=7).says("тайна")
    await patience.asked()
    for kind in ("drop_before", "error_before", "too_many_requests"):
        fake.faults.add(kind, method="getUpdates")
        patience.end()
        await patience.asked()
    await fake.stop()
    patience.end()
    await patience.asked()
    assert "RuntimeError" in caplog.text and "test_telegram_polling.py" in caplog.text
    for secret in (SECRET, "тайна", "+7916"):
        assert secret not in caplog.text
