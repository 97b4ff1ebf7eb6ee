"""What a VK event says to us. Events are written out as VK sends them."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.vk.incoming import LISTENS_TO, Unreadable, read_event, spinner_of
from messaging.messages import Address, Author, IncomingMessage, Press, Public
from storage.kinds import Language, ReachStatus
from tests.fakes.vk_checks import find_schema

GROUP = 123
BOT = f"vk:{GROUP}"
CHAT = 2_000_000_007
WHEN = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def event(kind: str, body: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "group_id": GROUP, "event_id": "e1", "v": "5.199", "object": body} | more


def message(**content: Any) -> dict[str, Any]:
    base = {"id": 30, "conversation_message_id": 5, "date": 1_700_000_000, "from_id": 7, "peer_id": 7, "out": 0}
    client = {"keyboard": True, "inline_keyboard": True, "lang_id": 0}
    said = base | {"text": "", "attachments": [], "fwd_messages": [], "random_id": 0} | content
    return event("message_new", {"message": said, "client_info": client})


def heard(raw: dict[str, Any]) -> IncomingMessage:
    incoming = read_event(raw, BOT)
    assert incoming is not None
    return incoming


def said(**content: Any) -> IncomingMessage:
    return heard(message(**content))


def pressed(payload: Any, **more: Any) -> dict[str, Any]:
    body = {"user_id": 7, "peer_id": 7, "event_id": "p1", "payload": payload, "conversation_message_id": 5}
    return event("message_event", body | more)


def test_words_come_with_who_said_them_and_when():
    assert said(text="3, ждал час") == IncomingMessage(
        event_id="e1",
        chat=Address(BOT, "7"),
        author=Author("7", language=Language.RU),
        sent_at=WHEN,
        text="3, ждал час",
        message_id="5",
    )


@pytest.mark.parametrize(("number", "language"), [(0, Language.RU), (3, Language.EN), (97, None), ("x", None)])
def test_a_person_speaks_the_language_of_their_own_vk(number, language):
    raw = message(text="hi")
    raw["object"]["client_info"]["lang_id"] = number
    assert heard(raw).author.language is language


def test_an_event_of_the_old_form_is_read_too():
    wrapped = message(text="привет")
    assert heard(wrapped | {"object": wrapped["object"]["message"]}).text == "привет"


@pytest.mark.parametrize(
    ("words", "text", "payload"),
    [
        ("/start", "/start", None),
        ("/start promo_42", "/start", "promo_42"),
        ("/CARD", "/card", None),
        ("Начать", "/start", None),
        (" start ", "/start", None),
        ("начать сначала", "начать сначала", None),
        ("/5", "/5", None),
    ],
)
def test_a_typed_command_is_a_command_as_in_telegram(words, text, payload):
    incoming = said(text=words)
    assert (incoming.text, incoming.payload) == (text, payload)


def test_the_button_vk_shows_first_is_a_start_in_every_language():
    assert said(text="Get started", payload='{"command":"start"}').text == "/start"


def test_an_entry_link_starts_with_its_payload():
    for content in ({"text": "Начать", "payload": '{"command":"start"}'}, {"text": "Начать"}, {"text": ""}):
        incoming = said(ref="qr_hall", ref_source="vk_app", **content)
        assert (incoming.text, incoming.payload) == ("/start", "qr_hall")


def test_who_follows_a_link_and_says_something_is_heard_with_both():
    incoming = said(ref="qr_hall", text="а веранда открыта?")
    assert (incoming.text, incoming.payload) == ("а веранда открыта?", "qr_hall")


def test_a_text_button_of_ours_is_a_press_and_not_its_label():
    incoming = said(text="9", payload=json.dumps({"n": "n0nce", "v": "9:1"}))
    assert (incoming.pressed, incoming.text) == (Press("n0nce", "9:1"), "")


@pytest.mark.parametrize("payload", ['{"button":"1"}', "{", "[" * 100_000, '"x"', "7", '{"n":5,"v":"a"}', '{"n":""}'])
def test_a_text_button_of_another_bot_is_its_label(payload):
    incoming = said(text="Каталог", payload=payload)
    assert (incoming.pressed, incoming.text) == (None, "Каталог")


@pytest.mark.parametrize("payload", [{"n": "n0nce", "v": "yes"}, '{"n": "n0nce", "v": "yes"}'])
def test_a_callback_button_is_a_press(payload):
    incoming = heard(pressed(payload))
    assert (incoming.pressed, incoming.chat, incoming.event_id) == (Press("n0nce", "yes"), Address(BOT, "7"), "e1")
    assert abs((datetime.now(UTC) - incoming.sent_at).total_seconds()) < 60


def test_a_callback_button_of_another_bot_has_no_nonce():
    foreign = heard(pressed({"menu": "1" * 200})).pressed
    assert foreign is not None and foreign.nonce == "" and len(foreign.value) == 64


def test_what_stops_a_spinner_is_the_presss_own_id():
    assert spinner_of(pressed({})) == {"event_id": "p1", "user_id": 7, "peer_id": 7}
    assert spinner_of(message(text="привет")) is None


@pytest.mark.parametrize("kind", ["photo", "audio_message", "doc", "sticker", "video", "wall", "graffiti"])
def test_what_has_no_words_is_named_by_its_kind(kind):
    assert said(attachments=[{"type": kind, kind: {}}]).attachment == kind


def test_a_picture_and_a_voice_say_where_they_can_be_fetched():
    sizes = [{"width": 75, "height": 75, "url": "https://s"}, {"width": 900, "height": 600, "url": "https://l"}]
    assert said(attachments=[{"type": "photo", "photo": {"sizes": sizes}}]).file == "https://l"
    voice = {"type": "audio_message", "audio_message": {"link_ogg": "https://v.ogg"}}
    assert said(attachments=[voice]).file == "https://v.ogg"


@pytest.mark.parametrize(
    "photo", [None, {}, {"sizes": None}, {"sizes": [{"url": 7}]}, {"sizes": [{"url": "file:///x"}]}]
)
def test_a_picture_that_lies_nowhere_is_still_a_picture(photo):
    incoming = said(attachments=[{"type": "photo", "photo": photo}])
    assert (incoming.attachment, incoming.file) == ("photo", None)


def test_a_place_and_a_forwarded_message_are_attachments():
    assert said(geo={"type": "point"}).attachment == "geo"
    assert said(fwd_messages=[{"text": "чужое", "from_id": 8}]).attachment == "forward"


def test_a_link_in_the_words_is_no_attachment():
    link = [{"type": "link", "link": {"url": "https://example.org"}}]
    assert said(text="https://example.org", attachments=link).attachment is None
    assert said(text="вот чек", attachments=[*link, {"type": "photo"}]).attachment == "photo"


def test_a_reply_names_the_message_by_its_number_in_the_conversation():
    replied = {"id": 900, "conversation_message_id": 4, "date": 1, "from_id": -GROUP, "text": "Как вам?"}
    assert said(text="хорошо", reply_message=replied).reply_to == "4"


def test_what_a_person_changed_is_put_to_the_message_it_was():
    first = said(text="ужас")
    changed = message(text="ужасно вкусно", update_time=1_700_000_060)
    incoming = heard(event("message_edit", changed["object"]["message"], event_id="e2"))
    assert (incoming.edits, incoming.text, incoming.message_id) == (True, "ужасно вкусно", first.message_id)
    assert (incoming.event_id, incoming.pressed) == ("e2", None)


def test_a_chat_of_many_is_told_from_a_private_one():
    incoming = said(text=f"[club{GROUP}|@cafe], беру", peer_id=CHAT, id=0)
    assert (incoming.is_group, incoming.chat, incoming.author.user_id) == (True, Address(BOT, str(CHAT)), "7")
    assert incoming.text == "беру"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (f"[club{GROUP}|Кафе «Корица»] /case 12", "/case 12"),
        (f"[public{GROUP}|@cafe]   да", "да"),
        ("[club999|@other] беру", "@other беру"),
        ("[id7|Анна], беру", "Анна, беру"),
        ("start", "start"),
    ],
)
def test_only_our_own_name_is_taken_off_in_a_chat(words, text):
    assert said(text=words, peer_id=CHAT).text == text


def test_a_mention_is_read_as_people_see_it():
    assert said(text="[id8|@oleg] нагрубил, [club55|Пекарня] лучше").text == "@oleg нагрубил, Пекарня лучше"
    assert heard(event("wall_reply_new", comment(post_id=45, text="[club123|@cafe] остыло"))).text == "@cafe остыло"
    for plain in ("[1|2]", "[id|x]", "[id8|]", "a [b] c", "[id8|"):
        assert said(text=plain).text == plain


def test_allowing_and_denying_messages_change_what_we_may_do():
    allowed = heard(event("message_allow", {"user_id": 7, "key": "qr_hall"}))
    assert (allowed.reach, allowed.chat, allowed.payload) == (ReachStatus.ACTIVE, Address(BOT, "7"), "qr_hall")
    denied = heard(event("message_deny", {"user_id": 7}))
    assert (denied.reach, denied.payload) == (ReachStatus.BLOCKED, None)


@pytest.mark.parametrize(
    "raw",
    [
        message(from_id=-55, peer_id=-55, text="реклама"),
        message(from_id=-GROUP, peer_id=CHAT, text="наше же"),
        message(from_id=7, out=1, text="наше же"),
        message(from_id=7, peer_id=9, text="чужой чат"),
        message(peer_id=CHAT, action={"type": "chat_invite_user", "member_id": 8}),
        event("message_edit", message(from_id=-GROUP, peer_id=7, text="исправлено")["object"]["message"]),
        event("message_reply", {"from_id": -GROUP, "peer_id": 7, "text": "наше"}),
        event("message_typing_state", {"state": "typing", "from_id": 7, "to_id": -GROUP}),
        event("something_new", {"text": "секрет"}),
        {"type": ["секрет"]},
        {},
    ],
)
def test_what_says_nothing_to_us_leaves_no_words_in_the_log(raw, caplog):
    caplog.set_level(logging.DEBUG, "bot")
    assert read_event(raw, BOT) is None
    assert not any(word in caplog.text for word in ("реклама", "наше", "исправлено"))


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "message_new"},
        event("message_new", None),
        event("message_new", "тайна"),
        message(date="тайна"),
        message(date=10**30, text="тайна"),
        message(text={"тайна": 1}),
        message(text="тайна", attachments="тайна"),
        event("message_event", {"user_id": 7}),
        event("message_allow", {}),
        event("wall_reply_new", ["тайна"]),
        event("photo_comment_new", {"id": 1, "text": "тайна"}),
    ],
)
def test_an_event_nobody_can_read_is_named_and_not_quoted(raw):
    with pytest.raises(Unreadable) as caught:
        read_event(raw, BOT)
    assert str(caught.value).startswith(raw["type"])
    assert "тайна" not in str(caught.value)


def test_letters_no_database_keeps_are_taken_out():
    incoming = said(text="при\0вет \ud83d", ref="a\0b\udc00", attachments=[{"type": "ph\0oto"}])
    assert (incoming.text, incoming.payload, incoming.attachment) == ("привет ?", "ab?", "photo")
    odd = heard(pressed({"n": "a\0", "v": "\ud800"}))
    assert odd.pressed == Press("a", "?")


def test_an_event_without_an_id_is_named_by_what_it_is_about():
    raw = message(text="привет")
    del raw["event_id"]
    assert heard(raw).event_id == "message_new:7:5"
    assert heard(pressed({}) | {"event_id": ""}).event_id == "message_event:p1"
    allow = event("message_allow", {"user_id": 7}, event_id=None)
    assert heard(allow).event_id != heard(allow).event_id


# What is said in public


def comment(**content: Any) -> dict[str, Any]:
    return {"id": 77, "from_id": 7, "date": 1_700_000_000, "text": "остыло", "thread": {"count": 0}} | content


@pytest.mark.parametrize(
    ("kind", "body", "public"),
    [
        (
            "wall_post_new",
            {
                "id": 45,
                "owner_id": -GROUP,
                "from_id": 7,
                "date": 1_700_000_000,
                "text": "остыло",
                "post_type": "suggest",
            },
            Public("wall_post", "-123_45", "https://vk.com/wall-123_45", "wall_post:-123:45"),
        ),
        (
            "wall_reply_new",
            comment(post_id=45, post_owner_id=-GROUP, owner_id=-GROUP),
            Public("wall_comment", "-123_45", "https://vk.com/wall-123_45?reply=77", "wall_comment:-123:77"),
        ),
        (
            "board_post_new",
            comment(topic_id=3, topic_owner_id=-GROUP),
            Public("topic_comment", "-123_3", "https://vk.com/topic-123_3?post=77", "topic_comment:-123_3:77"),
        ),
        (
            "market_comment_new",
            comment(item_id=9, market_owner_id=-GROUP),
            Public("product_comment", "-123_9", "https://vk.com/market-123?w=product-123_9", "product_comment:-123:77"),
        ),
        (
            "market_comment_new",
            comment(),
            Public("product_comment", "-123", "https://vk.com/club123", "product_comment:-123:77"),
        ),
        (
            "photo_comment_new",
            comment(photo_id=8, photo_owner_id=-GROUP),
            Public("photo_comment", "-123_8", "https://vk.com/photo-123_8", "photo_comment:-123:77"),
        ),
        (
            "video_comment_new",
            comment(video_id=8, video_owner_id=-GROUP),
            Public("video_comment", "-123_8", "https://vk.com/video-123_8", "video_comment:-123:77"),
        ),
    ],
)
def test_what_is_said_in_public_comes_with_its_place(kind, body, public):
    assert heard(event(kind, body)) == IncomingMessage(
        event_id="e1", chat=Address(BOT, "7"), author=Author("7"), sent_at=WHEN, text="остыло", public=public
    )


@pytest.mark.parametrize(
    ("family", "place"),
    [
        ("wall_reply", {"post_id": 45, "post_owner_id": -GROUP}),
        ("board_post", {"topic_id": 3, "topic_owner_id": -GROUP}),
        ("market_comment", {"market_owner_id": -GROUP}),
        ("photo_comment", {"photo_id": 8, "photo_owner_id": -GROUP}),
        ("video_comment", {"video_id": 8, "video_owner_id": -GROUP}),
    ],
)
def test_what_changes_words_in_public_or_takes_them_back_names_the_same_words(family, place):
    first = heard(event(f"{family}_new", comment(**place)))
    for verb in ("edit", "restore"):
        again = heard(event(f"{family}_{verb}", comment(**place, text="тёплое")))
        assert (again.public, again.edits, again.text) == (first.public, True, "тёплое")
    numbers = {name: number for name, number in place.items() if name.startswith(("post_id", "topic", "photo_id"))}
    for owner in (-GROUP, GROUP):  # the published schema has it above zero
        owned = {name: owner if name.endswith("owner_id") else number for name, number in numbers.items()}
        gone = heard(event(f"{family}_delete", {"id": 77, "owner_id": owner, **owned}))
        assert (gone.public.key, gone.public.is_gone, gone.text) == (first.public.key, True, "")


def test_words_that_call_us_by_name_are_a_mention():
    called = heard(event("wall_post_new", comment(owner_id=-GROUP, text=f"спасибо, [club{GROUP}|Корица]")))
    assert (called.public.is_mention, called.text) == (True, "спасибо, Корица")
    other = heard(event("wall_post_new", comment(owner_id=-GROUP, text="спасибо, [club55|Пекарня]")))
    assert not other.public.is_mention


def test_what_the_community_itself_publishes_is_not_said_to_us():
    assert read_event(event("wall_reply_new", comment(from_id=-GROUP, post_id=45)), BOT) is None
    assert read_event(event("wall_reply_new", comment(text="", post_id=45)), BOT) is None
    assert heard(event("wall_reply_new", comment(from_id=-55, post_id=45))).author == Author("-55")


def test_what_was_read_survives_being_stored():
    for raw in (
        message(text="вот", ref="a"),
        event("wall_reply_new", comment(post_id=45)),
        pressed({"n": "a", "v": ""}),
    ):
        incoming = heard(raw)
        assert IncomingMessage.from_json(incoming.to_json()) == incoming


def test_every_event_we_listen_to_can_be_switched_on():
    schema = find_schema()
    if schema is None:
        pytest.skip("the VK API schema is not on this machine")
    listed = json.loads((schema / "groups" / "methods.json").read_text(encoding="utf-8"))["methods"]
    methods = {method["name"]: method for method in listed}
    for name in ("groups.setLongPollSettings", "groups.setCallbackSettings"):
        assert set(LISTENS_TO) <= {parameter["name"] for parameter in methods[name]["parameters"]}


def test_every_event_we_listen_to_is_in_the_page_for_those_who_switch_them_on():
    page = (Path(__file__).resolve().parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")
    assert [kind for kind in LISTENS_TO if f"`{kind}`" not in page] == []
