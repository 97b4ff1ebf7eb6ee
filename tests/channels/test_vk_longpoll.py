"""VK's Long Poll: everything is taken, in order, and passed over by us only when it is safe."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bot.vk import longpoll as longpoll_module
from bot.vk.incoming import LISTENS_TO
from bot.vk.longpoll import VkLongPoll
from bot.vk.setting_up import check_confirmation, set_up_longpoll
from messaging.messages import Press
from messaging.transport import NotSent, TryLater, Undeliverable
from storage.kinds import Channel, ReachStatus
from storage.models import Bot
from tests.channels.test_telegram_polling import Door, Patience
from tests.fakes.vk import GROUP, FakeVk
from tests.fakes.vk_call import FakeCall, HttpCall
from tests.talk import Talk

BOT = f"vk:{GROUP}"
BUTTON = {"type": "callback", "label": "Да", "payload": json.dumps({"n": "n0nce", "v": "yes"})}
KEYBOARD = json.dumps({"inline": True, "buttons": [[{"action": BUTTON}]]})


class Cursor:
    """The two callables of the assembly, over a variable."""

    def __init__(self, value: str | int | None = None) -> None:
        self.value = value

    async def load(self) -> str | int | None:
        return self.value

    async def save(self, value: str) -> None:
        self.value = value


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk() as fake:
        fake.user(id=7)
        yield fake
        assert fake.violations == []


@pytest.fixture
def call(fake: FakeVk) -> HttpCall:
    return HttpCall(fake)


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
async def running(ears: VkLongPoll) -> AsyncIterator[VkLongPoll]:
    task = asyncio.create_task(ears.run())
    try:
        yield ears
        assert not task.done(), "listening ended by itself"
    finally:
        task.cancel()
        began = time.monotonic()
        with suppress(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1.0


@pytest.fixture
async def ears(fake, call, door, cursor, patience) -> AsyncIterator[VkLongPoll]:
    ears = VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save, pause=patience.pause)
    async with running(ears):
        await fake.until(lambda: fake.long_poll.waiting)
        yield ears


async def passed_over(fake: FakeVk) -> None:
    """We ask for what comes after the newest event."""
    await fake.until(lambda: fake.long_poll.taken == fake.long_poll.ts)


async def test_what_a_customer_says_is_taken_with_their_name_and_then_passed_over(fake, ears, door, cursor):
    await fake.user(id=7).says("один")
    await fake.user(id=7).says("два")
    assert await door.has_taken(2) == ["один", "два"]
    await passed_over(fake)
    assert cursor.value == str(fake.long_poll.ts)
    assert (door.taken[0].chat.bot_id, door.taken[0].author.name) == (BOT, "Анна Иванова")


async def test_a_walk_through_what_people_can_do(fake, ears, door):
    anna = fake.user(id=7)
    await anna.starts(ref="qr_hall")
    await anna.denies()
    await anna.allows(key="from_the_site")
    await anna.comments("остыло")
    await anna.mentions("спасибо", where="board")
    await fake.group_chat(members=[anna]).says(anna, "беру", mention=True)
    await door.has_taken(6)
    heard = {one.event_id: one for one in door.taken}
    start, deny, allow, comment, board, group = (heard[one["event_id"]] for _, one in fake.long_poll._history)
    assert (start.text, start.payload) == ("/start", "qr_hall")
    assert (deny.reach, allow.reach, allow.payload) == (ReachStatus.BLOCKED, ReachStatus.ACTIVE, "from_the_site")
    assert comment.public and comment.public.kind == "wall_comment" and comment.text == "остыло"
    assert board.public and board.public.kind == "topic_comment" and "спасибо" in board.text
    assert (group.is_group, group.text) == (True, "беру")


async def test_what_is_said_in_public_is_followed_when_it_changes_and_when_it_goes(fake, ears, door):
    anna = fake.user(id=7)
    comment, post = await anna.comments("остыло"), await anna.discusses("спасибо")
    await anna.comments("тёплое", edits=comment["id"])
    await anna.comments(deletes=comment["id"])
    await anna.comments("тёплое", restores=comment["id"])
    await anna.discusses(deletes=post["id"])
    await door.has_taken(6)
    assert fake.violations == []
    told = {(one.public.key, one.text, one.edits, one.public.is_gone) for one in door.taken}
    on_wall = f"wall_comment:-{GROUP}:{comment['id']}"
    on_board = f"topic_comment:-{GROUP}_1:{post['id']}"
    assert told == {
        (on_wall, "остыло", False, False),
        (on_wall, "тёплое", True, False),
        (on_wall, "", False, True),
        (on_board, "спасибо", False, False),
        (on_board, "", False, True),
    }


async def test_each_chat_is_taken_in_order_and_chats_do_not_wait_for_each_other(fake, call, door, cursor):
    cursor.value = str(fake.long_poll.ts)
    for number in range(60):
        await fake.user(id=1000 + number % 6).says(str(number))
    door.shut()
    ears = VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)
    async with running(ears):
        assert await door.has_begun(6) == [str(number) for number in range(6)]
        door.open()
        await door.has_taken(60)
    for person in range(1000, 1006):
        said = [int(one.text) for one in door.begun if one.author.user_id == str(person)]
        assert said == sorted(said)
    assert door.most_at_once == 6


async def test_nothing_is_passed_over_before_all_of_it_is_safe(fake, ears, door, cursor):
    before = cursor.value
    door.shut()
    await fake.user(id=7).says("один")
    await door.has_begun(1)
    assert (cursor.value, fake.long_poll.taken) == (before, int(before))
    door.open()
    await passed_over(fake)
    assert cursor.value == str(fake.long_poll.ts)


async def test_what_could_not_be_taken_comes_again_with_all_that_followed(fake, ears, door, patience, cursor):
    before = cursor.value
    door.failures = [RuntimeError("the database sleeps")]
    await fake.user(id=7).says("один")
    assert await patience.asked() == 0.5
    assert cursor.value == before
    await fake.user(id=7).says("два")
    patience.end()
    assert await door.has_taken(2) == ["один", "два"]
    await passed_over(fake)
    assert [one.text for one in door.begun] == ["один", "один", "два"]


async def test_after_a_word_that_failed_no_later_one_of_its_chat_is_taken(fake, call, door, cursor, patience):
    cursor.value = fake.long_poll.ts
    for words in ("согласен", "стоп"):
        await fake.user(id=7).says(words)
    door.failures = [RuntimeError("the database sleeps")]
    ears = VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save, pause=patience.pause)
    async with running(ears):
        await patience.asked()
        assert [one.text for one in door.begun] == ["согласен"]
        patience.end()
        assert await door.has_taken(2) == ["согласен", "стоп"]


async def test_pauses_grow_while_nothing_can_be_taken(fake, ears, door, patience):
    door.failures = [RuntimeError("the database sleeps") for _ in range(8)]
    await fake.user(id=7).says("один")
    pauses = []
    for _ in range(8):
        pauses.append(await patience.asked())
        patience.end()
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    await door.has_taken(1)


async def test_a_cursor_that_cannot_be_kept_does_not_stop_the_ear(fake, call, door, patience, cursor):
    async def broken(value: str) -> None:
        raise OSError("no space left")

    ears = VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, broken, pause=patience.pause)
    async with running(ears):
        await patience.asked()
        patience.end_all()
        await fake.until(lambda: fake.long_poll.waiting)
        await fake.user(id=7).says("один")
        await fake.user(id=7).says("два")
        await passed_over(fake)
    assert [one.text for one in door.taken] == ["один", "два"]


async def test_an_event_that_comes_twice_is_handed_on_twice(fake, ears, door):
    fake.faults.add("duplicate_event")
    await fake.user(id=7).says("один")
    assert await door.has_taken(2) == ["один", "один"]
    assert door.taken[0].event_id == door.taken[1].event_id


async def test_an_event_nobody_can_read_is_skipped_and_named_by_its_kind(fake, ears, door, caplog):
    fake.world.events.on_event = None
    fake.world.events.post("message_new", {"message": {"text": "тайна", "date": None}}, 7)
    fake.world.events.post("telepathy", {"text": "тайна"}, 7)
    await fake.user(id=7).says("дальше")
    assert await door.has_taken(1) == ["дальше"]
    await passed_over(fake)
    assert "message_new" in caplog.text and "тайна" not in caplog.text


# Where it goes on


@pytest.mark.parametrize("kept", ["1", 1])
async def test_a_restart_goes_on_where_it_stopped_with_a_fresh_key(fake, call, door, kept):
    await fake.user(id=7).says("пока никто не слушал")
    cursor = Cursor(kept)
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        assert await door.has_taken(1) == ["пока никто не слушал"]
        await passed_over(fake)
    assert cursor.value == str(fake.long_poll.ts)


async def test_a_first_start_begins_now_and_remembers_where(fake, call, door, cursor):
    await fake.user(id=7).says("до нас")
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        await fake.until(lambda: fake.long_poll.waiting)
    assert (cursor.value, door.begun) == (str(fake.long_poll.ts), [])
    await fake.user(id=7).says("между запусками")
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        assert await door.has_taken(1) == ["между запусками"]


async def test_a_new_key_loses_nothing(fake, ears, door):
    for words in ("один", "два", "три"):
        fake.long_poll.rotate_key()
        await fake.user(id=7).says(words)
    assert await door.has_taken(3) == ["один", "два", "три"]


async def test_when_vk_has_forgotten_what_we_missed_we_go_on_and_say_so(fake, call, door, caplog):
    for words in ("потеряно", "и это"):
        await fake.user(id=7).says(words)
    fake.long_poll.forget_history()
    cursor = Cursor("1")
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        await fake.until(lambda: fake.long_poll.waiting)
        await fake.user(id=7).says("дальше")
        assert await door.has_taken(1) == ["дальше"]
    assert "no longer has the events after number 1" in caplog.text


async def test_when_vk_counts_from_elsewhere_we_follow(fake, ears, door, cursor):
    await fake.user(id=7).says("до")
    await passed_over(fake)
    fake.long_poll.lose_session()
    fake.long_poll.ts = 900
    fake.long_poll._forgotten = 900
    await fake.until(lambda: cursor.value == "900")
    await fake.user(id=7).says("после")
    assert await door.has_taken(2) == ["до", "после"]
    await passed_over(fake)
    assert cursor.value == "901"


# Trouble with VK


async def test_without_a_network_it_goes_on_trying(fake, ears, door, patience):
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


@pytest.mark.parametrize(
    ("trouble", "seconds"), [(NotSent("no connection"), 0.5), (TryLater(9.0), 9.0), (Undeliverable("no right"), 0.5)]
)
async def test_a_server_that_vk_does_not_name_is_asked_for_again(door, cursor, patience, caplog, trouble, seconds):
    call = FakeCall(failures={"groups.getLongPollServer": [trouble]})
    ears = VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save, pause=patience.pause)
    async with running(ears):
        assert await patience.asked() == seconds
        assert "VK gives no events" in caplog.text
        patience.end()
        await call.soon("groups.getLongPollServer", 2)


class Odd:
    """A Long Poll server that answers what the test says, one answer a poll; then it is silent."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.polls: asyncio.Queue[str] = asyncio.Queue()
        self.silence = asyncio.Event()
        self.port = 0

    async def asked(self, part: str) -> None:
        """Waits for a poll whose address holds this."""
        async with asyncio.timeout(5):
            while part not in await self.polls.get():
                pass

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.polls.put_nowait(head.split(b" ")[1].decode())
                if not self.answers:
                    await self.silence.wait()
                status, body = self.answers.pop(0)
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n" % (status, len(body)))
                writer.write(b"Location: http://127.0.0.1:1/elsewhere\r\n\r\n" + body)
                await writer.drain()


@pytest.fixture
async def odd() -> AsyncIterator[Odd]:
    odd = Odd()
    server = await asyncio.start_server(odd.serve, "127.0.0.1", 0)
    odd.port = server.sockets[0].getsockname()[1]
    yield odd
    odd.silence.set()
    server.close()


@asynccontextmanager
async def hearing(odd: Odd, door: Door, patience: Patience) -> AsyncIterator[FakeCall]:
    address = {"server": f"http://127.0.0.1:{odd.port}/lp", "key": "s3cret-key", "ts": 5}
    call = FakeCall({7: ("Анна", "Ким")}, answers={"groups.getLongPollServer": address})
    cursor = Cursor()
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save, pause=patience.pause)):
        yield call


@pytest.mark.parametrize(
    "answer",
    [
        (502, b"<html>"),
        (302, b""),
        (200, b""),
        (200, b"{"),
        (200, b"[]"),
        (200, b"\xff"),
        (200, b"[" * 100_000),
        (200, b"{}"),
        (200, b'{"ts":"6"}'),
        (200, b'{"ts":null,"updates":[]}'),
        (200, b'{"updates":[]}'),
        (200, b'{"failed":4,"min_version":0,"max_version":3}'),
        (200, b'{"failed":{}}'),
        (200, b'{"failed":1}'),
    ],
)
async def test_an_answer_that_is_none_is_outwaited(odd, door, patience, answer):
    odd.answers = [answer, (200, b'{"ts":"6","updates":[5,null,"x",[]]}')]
    async with hearing(odd, door, patience):
        assert await patience.asked() == 0.5
        patience.end()
        await odd.asked("ts=6")


async def test_a_key_refused_again_and_again_is_asked_for_ever_more_rarely(odd, door, patience):
    odd.answers = [(200, b'{"failed":2}')] * 6
    async with hearing(odd, door, patience) as call:
        pauses = []
        for _ in range(3):
            pauses.append(await patience.asked())
            patience.end()
        assert pauses == [0.5, 1.0, 2.0]
        await call.soon("groups.getLongPollServer", 6)


async def test_no_log_ever_holds_the_key_the_address_or_a_word_of_the_customer(odd, door, patience, caplog):
    caplog.set_level(logging.DEBUG)
    said = {"type": "message_new", "event_id": "e1", "object": {"message": {"from_id": 7, "peer_id": 7, "date": 1,
            "conversation_message_id": 1, "text": "тайна"}}}  # fmt: skip
    door.failures = [RuntimeError("INSERT failed: тайна")]
    odd.answers = [(200, json.dumps({"ts": 6, "updates": [said]}).encode()), (502, b"s3cret-key"), (200, b"{")]
    async with hearing(odd, door, patience):
        for _ in range(3):
            await patience.asked()
            patience.end()
    ours = "\n".join(f"{one.name} {one.getMessage()} {one.exc_text}" for one in caplog.records if "bot" in one.name)
    assert "e1 could not be taken: RuntimeError" in ours
    assert not any(word in ours for word in ("s3cret", "тайна", "/lp", str(odd.port)))


async def test_a_poll_that_is_never_answered_is_given_up(odd, door, patience, monkeypatch):
    monkeypatch.setattr(longpoll_module, "POLL_SECONDS", 0)
    monkeypatch.setattr(longpoll_module, "ANSWER_SECONDS", 0.05)
    async with hearing(odd, door, patience):
        assert await patience.asked() == 0.5


# Buttons


async def pressed(fake: FakeVk, call: HttpCall) -> None:
    await call("messages.send", {"peer_id": 7, "random_id": 1, "message": "?", "keyboard": KEYBOARD})
    await fake.user(id=7).presses("Да")


async def test_the_spinner_of_a_button_stops_once_the_press_is_safe(fake, call, ears, door):
    door.shut()
    await pressed(fake, call)
    await door.has_begun(1)
    assert len(fake.unanswered) == 1
    door.open()
    await fake.until(lambda: not fake.unanswered)
    assert door.taken[0].pressed == Press("n0nce", "yes")


async def test_a_press_that_cannot_be_answered_counts_and_harms_nothing(fake, call, ears, door):
    fake.faults.add("api_error", method="messages.sendMessageEventAnswer", code=10)
    await pressed(fake, call)
    await fake.until(lambda: fake.errors[10])
    await fake.user(id=7).says("дальше")
    await door.has_taken(2)
    await passed_over(fake)
    assert ears.unanswered_presses == 1


# The whole way in


@pytest.fixture
async def talk(database) -> Talk:
    await database.write(lambda store: store.bots.register(Bot(id=BOT, channel=Channel.VK)))
    return Talk(Channel.VK, database)


async def said_by_anna(database) -> list[str]:
    anna = await database.read(lambda store: store.customers.identity(BOT, "7"))
    assert anna.display_name == "Анна Иванова"
    said = await database.read(lambda store: store.inbox.of_customer(anna.customer_id, 10))
    return [event.text for event in said]


async def test_a_new_customer_has_a_name_from_the_first_row_on_and_each_event_counts_once(
    fake, call, cursor, database, talk
):
    cursor.value = "1"
    fake.faults.add("duplicate_event")
    await fake.user(id=7).says("когда вы открываетесь?")
    await fake.user(id=8, first_name="Олег").comments("остыло")
    async with running(VkLongPoll(call, BOT, GROUP, talk.intake.receive, cursor.load, cursor.save)):
        await passed_over(fake)
    assert await said_by_anna(database) == ["когда вы открываетесь?"]
    assert await database.read(lambda store: store.customers.identity(BOT, "8")) is None


async def test_what_was_in_hand_at_a_sudden_end_is_not_lost(fake, call, cursor, database, talk):
    cursor.value = "1"
    door = Door()
    door.shut()
    await fake.user(id=7).says("один")
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        await door.has_begun(1)
    await fake.user(id=7).says("два")
    async with running(VkLongPoll(call, BOT, GROUP, talk.intake.receive, cursor.load, cursor.save)):
        await passed_over(fake)
    assert await said_by_anna(database) == ["один", "два"]


# Stopping


async def test_it_stops_at_once_even_with_work_in_hand(fake, call, door, cursor):
    cursor.value = "1"
    await fake.user(id=7).says("один")
    door.shut()
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        await door.has_begun(1)
    assert (door.taken, cursor.value) == ([], "1")


async def test_nothing_is_written_to_the_working_directory(fake, call, door, cursor, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with running(VkLongPoll(call, BOT, GROUP, door.receive, cursor.load, cursor.save)):
        await fake.until(lambda: fake.long_poll.waiting)
        await fake.user(id=7).says("один")
        await door.has_taken(1)
    assert list(tmp_path.iterdir()) == []


# Setting it up


async def test_the_events_we_understand_are_switched_on_and_others_left_alone(fake, call):
    fake.long_poll.enabled = False
    fake.long_poll.kinds = {"group_join"}
    assert await set_up_longpoll(call, GROUP)
    assert fake.long_poll.enabled
    assert "group_join" in fake.long_poll.kinds and {"message_new", "message_event"} <= fake.long_poll.kinds


async def test_without_the_right_to_do_so_the_log_says_what_to_do(fake, call, caplog):
    fake.faults.add("api_error", method="groups.setLongPollSettings", code=15)
    assert not await set_up_longpoll(call, GROUP)
    assert "the right to manage the community" in caplog.text
    assert all(kind in caplog.text for kind in LISTENS_TO)


async def test_setting_it_up_is_tried_until_vk_is_there():
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    call = FakeCall(failures={"groups.setLongPollSettings": [NotSent("no connection"), TryLater(7.0)]})
    assert await set_up_longpoll(call, GROUP, pause=pause)
    assert pauses == [0.5, 7.0]


async def test_a_confirmation_line_that_vk_has_changed_is_pointed_out(fake, call, caplog):
    caplog.set_level(logging.INFO, "bot")
    code = fake.callbacks.code
    assert await check_confirmation(call, GROUP, code) is True
    assert caplog.text == ""
    assert await check_confirmation(call, GROUP, "an_old_one") is False
    assert "OTKLIK_VK_CONFIRMATION" in caplog.text
    assert code not in caplog.text and "an_old_one" not in caplog.text


async def test_a_confirmation_line_vk_does_not_tell_is_no_matter(fake, call):
    fake.faults.add("api_error", method="groups.getCallbackConfirmationCode", code=15)
    assert await check_confirmation(call, GROUP, "c0de") is None
