"""What a Telegram update says to us. Updates come from people of the fake, or are written out where it has none."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Update

from bot.telegram import read_update
from messaging.messages import FORWARDED, Address, Author, Contact, IncomingMessage, Press
from storage.kinds import Language, ReachStatus
from tests.fakes.telegram import FakeTelegram

BOT = "telegram:4242"
ANNA = {"id": 7, "is_bot": False, "first_name": "Анна", "last_name": "Ким", "language_code": "ru-RU"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Анна"}
PHOTO = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}


def message(**content: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1_700_000_000, "chat": PRIVATE, "from": ANNA} | content


def read(kind: str, payload: dict[str, Any]) -> IncomingMessage | None:
    return read_update(Update.model_validate({"update_id": 900, kind: payload}), BOT)


def heard(**content: Any) -> IncomingMessage:
    incoming = read("message", message(**content))
    assert incoming is not None
    return incoming


def last_update(fake: FakeTelegram) -> IncomingMessage:
    incoming = read_update(Update.model_validate(fake.pending[-1]), BOT)
    assert incoming is not None
    return incoming


@pytest.fixture
def fake() -> FakeTelegram:
    """Not listening: its people act, and their updates wait."""
    return FakeTelegram(check=False)


async def test_words_come_with_who_said_them_and_when():
    assert heard(text="3, ждал час") == IncomingMessage(
        event_id="900",
        chat=Address(BOT, "7"),
        author=Author("7", "Анна Ким", Language.RU),
        sent_at=datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        text="3, ждал час",
        message_id="5",
    )


@pytest.mark.parametrize(
    ("code", "language"),
    [("ru", Language.RU), ("en-US", Language.EN), ("EN", Language.EN), ("de", None), ("rus", None), (None, None)],
)
async def test_only_languages_we_speak_are_taken_from_the_profile(code, language):
    person = {"id": 7, "is_bot": False, "first_name": "Anna"} | ({"language_code": code} if code else {})
    assert heard(text="hi", **{"from": person}).author.language is language


@pytest.mark.parametrize(
    ("said", "text", "payload"),
    [
        ("/start", "/start", None),
        ("/start promo_42", "/start", "promo_42"),
        ("/start@otklik_bot promo_42", "/start", "promo_42"),
        ("/START", "/start", None),
        ("/menu@otklik_bot", "/menu", None),
        ("/case 12 и ещё", "/case 12 и ещё", None),
        ("/ нет", "/ нет", None),
        ("/5", "/5", None),
        ("start", "start", None),
    ],
)
async def test_a_command_is_text_and_a_deep_link_its_payload(said, text, payload):
    incoming = heard(text=said)
    assert (incoming.text, incoming.payload) == (text, payload)


async def test_a_deep_link_of_a_real_conversation_arrives(fake):
    await fake.user(id=7).starts("ref-7")
    assert (last_update(fake).text, last_update(fake).payload) == ("/start", "ref-7")


async def test_an_own_number_is_told_from_somebody_elses(fake):
    await fake.user(id=7, phone="+79161234567").shares_contact()
    assert last_update(fake).contact == Contact("+79161234567", is_own=True)
    await fake.user(id=7).shares_contact("+79990000001", user_id=8)
    assert last_update(fake).contact == Contact("+79990000001", is_own=False)
    await fake.user(id=7).shares_contact("+79990000002", user_id=0)
    assert last_update(fake).contact == Contact("+79990000002", is_own=False)


async def test_a_picture_brings_its_caption():
    incoming = heard(photo=[PHOTO], caption="вот чек")
    assert (incoming.attachment, incoming.text) == ("photo", "вот чек")


async def test_a_picture_and_a_voice_are_named_so_that_they_can_be_fetched():
    larger = PHOTO | {"file_id": "large", "width": 900, "height": 900}
    assert heard(photo=[PHOTO, larger]).file == "large"
    assert heard(voice={"file_id": "v1", "file_unique_id": "u", "duration": 3}).file == "v1"
    assert heard(document={"file_id": "f", "file_unique_id": "u"}).file is None


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("voice", {"file_id": "f", "file_unique_id": "u", "duration": 3}),
        ("document", {"file_id": "f", "file_unique_id": "u"}),
        ("location", {"latitude": 55.7, "longitude": 37.6}),
    ],
)
async def test_what_has_no_words_is_named_by_its_kind(kind, content):
    incoming = heard(**{kind: content})
    assert (incoming.attachment, incoming.text) == (kind, "")


async def test_a_sticker_is_a_sticker():
    sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 512, "height": 512}
    assert heard(sticker=sticker | {"is_animated": False, "is_video": False}).attachment == "sticker"


async def test_a_pressed_button_is_its_nonce_and_value(fake):
    anna = fake.user(id=7, language_code="en")
    anna.write(fake.world.bot, text="?", reply_markup=keyboard("n0nce:9:1"))
    await anna.presses("кнопка")
    incoming = last_update(fake)
    assert incoming.pressed == Press("n0nce", "9:1")
    assert (incoming.chat, incoming.author) == (Address(BOT, "7"), Author("7", "Анна", Language.EN))
    assert abs((datetime.now(UTC) - incoming.sent_at).total_seconds()) < 60


async def test_a_button_of_another_bot_has_no_nonce(fake):
    anna = fake.user(id=7)
    anna.write(fake.world.bot, text="?", reply_markup=keyboard("menu"))
    await anna.presses("кнопка")
    assert last_update(fake).pressed == Press("", "menu")


async def test_a_button_under_a_message_too_old_to_be_shown_still_works():
    old = {"message_id": 5, "chat": PRIVATE, "date": 0}
    query = {"id": "1", "from": ANNA, "chat_instance": "1", "data": "n:5", "message": old}
    incoming = read("callback_query", query)
    assert incoming is not None and incoming.pressed == Press("n", "5")


async def test_blocking_and_coming_back_change_what_we_may_do(fake):
    anna = fake.user(id=7)
    await anna.blocks()
    assert (last_update(fake).reach, last_update(fake).chat) == (ReachStatus.BLOCKED, Address(BOT, "7"))
    await anna.unblocks()
    assert last_update(fake).reach is ReachStatus.ACTIVE


async def test_a_reply_names_the_message_it_answers(fake):
    anna = fake.user(id=7)
    sent = anna.write(fake.world.bot, text="Как вам?")
    await anna.says("хорошо", reply_to=sent["message_id"])
    assert last_update(fake).reply_to == str(sent["message_id"])


async def test_a_group_is_told_from_a_private_chat(fake):
    anna = fake.user(id=7)
    await fake.group(id=-100500, members=[anna]).says(anna, "беру")
    incoming = last_update(fake)
    assert (incoming.is_group, incoming.chat, incoming.author.user_id) == (True, Address(BOT, "-100500"), "7")


async def test_an_edit_names_the_message_it_changes(fake):
    said = await fake.user(id=7).says("обед")
    first = last_update(fake)
    await fake.user(id=7).edits(said["message_id"], "ужин")
    edit = last_update(fake)
    assert (edit.edits, edit.message_id, edit.text) == (True, first.message_id, "ужин")
    assert not first.edits and edit.event_id != first.event_id


async def test_new_words_under_a_picture_come_with_the_picture():
    edit = read("edited_message", message(photo=[PHOTO], caption="вот чек за обед", edit_date=1_700_000_060))
    assert edit is not None
    assert (edit.edits, edit.attachment, edit.text) == (True, "photo", "вот чек за обед")


async def test_the_parts_of_an_album_share_its_number(fake):
    await fake.user(id=7).sends_album("смотрите", "", "")
    parts = [read_update(Update.model_validate(update), BOT) for update in fake.pending]
    assert len({part.album for part in parts}) == 1 and parts[0].album
    assert [part.text for part in parts] == ["смотрите", "", ""]


async def test_what_was_sent_on_from_elsewhere_is_marked_so(fake):
    await fake.user(id=7).forwards("привет")
    assert last_update(fake).album == FORWARDED


async def test_words_in_a_topic_name_it_and_answer_only_what_they_really_answer(fake):
    anna = fake.user(id=7)
    forum = fake.group(id=-1001000000500, members=[anna], forum=True)
    topic = forum.opens_topic("Анна")
    await forum.says(anna, "в тему", thread_id=topic)
    assert (last_update(fake).thread, last_update(fake).reply_to) == (str(topic), None)
    alert = forum.write(fake.world.bot, text="Оповещение", message_thread_id=topic, is_topic_message=True)
    await forum.says(anna, "ответ", thread_id=topic, reply_to=alert["message_id"])
    assert last_update(fake).reply_to == str(alert["message_id"])
    await forum.says(anna, "в общую")
    assert last_update(fake).thread is None


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("channel_post", message(text="новость", chat={"id": -1009, "type": "channel", "title": "К"})),
        ("message", message(chat={"id": -5, "type": "group", "title": "Г"}, migrate_to_chat_id=-1005)),
        ("message", message(new_chat_title="Новое имя")),
        ("callback_query", {"id": "1", "from": ANNA, "chat_instance": "1", "inline_message_id": "x", "data": "a:b"}),
        ("poll", {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False}
         | {"is_anonymous": True, "type": "regular", "allows_multiple_answers": False, "allows_revoting": False,
            "members_only": False}),
        ("something_new", {"text": "секрет"}),
    ],
)  # fmt: skip
async def test_what_says_nothing_to_us_is_logged_by_its_kind_alone(kind, payload, caplog):
    caplog.set_level(logging.DEBUG)
    assert read(kind, payload) is None
    assert kind in caplog.text and "900" in caplog.text
    assert "секрет" not in caplog.text and "Анна" not in caplog.text


async def test_a_group_that_removes_the_bot_is_not_a_customer_who_blocks_it():
    bot = {"id": 4242, "is_bot": True, "first_name": "Отклик"}
    change = {
        "chat": {"id": -100500, "type": "supergroup", "title": "Команда"},
        "from": ANNA,
        "date": 1_700_000_000,
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "kicked", "until_date": 0},
    }
    assert read("my_chat_member", change) is None


async def test_what_was_read_survives_being_stored():
    incoming = heard(photo=[PHOTO], caption="/start abc")
    assert IncomingMessage.from_json(incoming.to_json()) == incoming


def keyboard(data: str) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "кнопка", "callback_data": data}]]}
