"""The fake VK, proven by two clients that were not written for it: vk_api and vkbottle see the same."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import vk_api
from vkbottle_types.events import GroupTypes

from tests.channels.vk_clients import Client, Refused, VkApiClient, VkbottleClient
from tests.fakes.vk import FakeVk
from tests.fakes.vk_checks import SchemaCheck, find_schema
from tests.fakes.vk_execute import Script
from tests.fakes.vk_faults import Refusal
from tests.fakes.vk_text import parse_keyboard, parse_text

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)  # above aiohttp's default limit of 1 MB
CHAT = 2_000_000_001


def keyboard(*labels: str, kind: str = "callback", inline: bool = True, **more: Any) -> str:
    """One row of buttons whose payload is {"b": label}."""
    row = [{"action": {"type": kind, "label": label, "payload": json.dumps({"b": label})}} for label in labels]
    return json.dumps({"inline": inline, "buttons": [row], **more})


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk(retry_scale=0.0001) as fake:
        fake.limits.per_second = None
        yield fake


@pytest.fixture(params=[VkApiClient, VkbottleClient], ids=["vk_api", "vkbottle"])
async def client(request, fake, tmp_path, monkeypatch) -> AsyncIterator[Client]:
    monkeypatch.chdir(tmp_path)
    client = request.param(fake)
    yield client
    await client.close()


@pytest.fixture
async def bottle(fake) -> AsyncIterator[VkbottleClient]:
    client = VkbottleClient(fake)
    yield client
    await client.close()


def wrongs(fake: FakeVk) -> list[str]:
    """Violations but for vkbottle's own habit of putting the token into the address."""
    return [v.problem for v in fake.violations if not v.problem.startswith("the token stands in the address")]


async def call(fake: FakeVk, method: str, **params: Any) -> dict:
    """One request as a careful client of our own would send it."""
    form = {"v": "5.199", **{name: str(value) for name, value in params.items()}}
    headers = {"Authorization": f"Bearer {fake.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{fake.url}/method/{method}", data=form) as got,
    ):
        return await got.json()


async def test_a_message_reaches_the_person(fake, client):
    anna = fake.user(id=7)
    sent = await client.raw("messages.send", peer_id=7, random_id=1, message="Как вам &lt;кофе&gt;, [id7|Анна]?")
    assert sent["response"] == anna.last.id == fake.sends[0].cmid
    assert (anna.received, anna.last.mentions) == (["Как вам <кофе>, Анна?"], (7,))
    assert fake.sends[0][1:] == (7, "Как вам <кофе>, Анна?", 1, "messages.send", 1)
    assert wrongs(fake) == []


async def test_the_same_random_id_is_one_message_for_an_hour(fake, client):
    fake.user(id=7), fake.user(id=8)
    first = await client.raw("messages.send", peer_id=7, random_id=5, message="раз")
    again = await client.raw("messages.send", peer_id=7, random_id=5, message="два")
    await client.raw("messages.send", peer_id=8, random_id=5, message="другой диалог")
    assert (first, fake.deduplicated, fake.user(id=7).received) == (again, 1, ["раз"])
    fake.clock.forward(3601)
    await client.raw("messages.send", peer_id=7, random_id=5, message="три")
    for _ in range(2):
        await client.raw("messages.send", peer_id=7, random_id=0, message="без защиты")
    assert fake.user(id=7).received == ["раз", "три", "без защиты", "без защиты"]


async def test_peer_ids_report_each_recipient(fake, client):
    anna, boris = fake.user(id=7), fake.user(id=8)
    await boris.denies()
    chat = fake.group_chat(members=[anna])
    answer = await client.raw("messages.send", peer_ids=f"7,8,9,{chat.id}", random_id=1, message="всем")
    good, denied, stranger, group = answer["response"]
    assert good == {"peer_id": 7, "message_id": 1, "conversation_message_id": 1}
    assert denied["error"] == {"code": 901, "description": "Can't send messages for users without permission"}
    assert stranger["error"]["code"] == 901
    assert group == {"peer_id": CHAT, "message_id": 0, "conversation_message_id": 1}
    assert (fake.errors[901], anna.received, chat.received, wrongs(fake)) == (2, ["всем"], ["всем"], [])


async def test_execute_gives_false_and_names_the_errors_in_order(fake, client):
    fake.user(id=7), fake.user(id=8).hides()
    calls = ",".join(
        f'API.messages.send({{"peer_id":{peer},"random_id":{peer},"message":"привет \\"{peer}\\""}})'
        for peer in (7, 8, 9)
    )
    answer = await client.raw("execute", code=f"return [{calls},API.messages.pigeon(),API.utils.getServerTime()];")
    assert answer["response"][:4] == [1, False, False, False]
    codes = [(error["method"], error["error_code"]) for error in answer["execute_errors"]]
    assert codes == [("messages.send", 902), ("messages.send", 901), ("messages.pigeon", 3), ("execute", 3)]
    assert fake.user(id=7).received == ['привет "7"']
    assert (fake.calls["messages.send"], fake.http, fake.errors[3]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("return [API.utils.getServerTime()", 12),
        ("", 100),
        (f"return [{','.join(['API.utils.getServerTime()'] * 26)}];", 13),
        ("var i = 0; while (true) { i = i + 1; }", 13),
    ],
)
async def test_execute_refuses(client, code, error):
    with pytest.raises(Refused) as refused:
        await client.raw("execute", code=code)
    assert refused.value.code == error


async def test_the_pool_of_vk_api_runs_its_loop_inside_execute(fake):
    for number in range(40):
        fake.user(id=100 + number, started=number % 10 > 0)

    def pooled() -> list[Any]:
        with vk_api.VkRequestsPool(VkApiClient(fake).vk) as pool:
            sent = [
                pool.method("messages.send", {"peer_id": 100 + n, "random_id": n + 1, "message": "а"})
                for n in range(40)
            ]
        return [one.ok for one in sent]

    assert await asyncio.to_thread(pooled) == [number % 10 > 0 for number in range(40)]
    assert (fake.http, fake.calls["messages.send"], fake.errors[901]) == (2, 40, 4)


async def test_too_many_requests_are_error_6(fake, client):
    fake.limits.per_second = 2
    await asyncio.gather(*(client.raw("utils.getServerTime") for _ in range(2)))
    with pytest.raises(Refused, match=r"\[6\] Too many requests per second"):
        await client.raw("utils.getServerTime")
    assert fake.too_many == 1


async def test_a_captcha_is_asked_for_and_its_answer_let_through(fake, client):
    fake.user(id=7)
    fake.faults.add("api_error", method="messages.send", code=14, times=None)
    with pytest.raises(Refused) as refused:
        await client.raw("messages.send", peer_id=7, random_id=1, message="а")
    assert refused.value.code == 14
    assert refused.value.answer["captcha_img"].startswith(fake.url)
    sid = refused.value.answer["captcha_sid"]
    await client.raw("messages.send", peer_id=7, random_id=1, message="а", captcha_sid=sid, captcha_key="z9")
    assert fake.user(id=7).received == ["а"]


@pytest.mark.parametrize("code", [9, 10, 29, 900, 901, 902, 943, 944])
async def test_planned_errors_reach_the_client(fake, client, code):
    fake.user(id=7)
    fake.faults.add("api_error", method="messages.send", peer_id=7, code=code)
    with pytest.raises(Refused) as refused:
        await client.raw("messages.send", peer_id=7, random_id=1, message="а")
    await client.raw("messages.send", peer_id=7, random_id=1, message="б")
    assert (refused.value.code, fake.user(id=7).received, wrongs(fake)) == (code, ["б"], [])


async def test_faults_of_one_peer_strike_inside_lists_and_scripts(fake, client):
    for number in (7, 8, 9):
        fake.user(id=number)
    fake.faults.add("api_error", method="messages.send", peer_id=8, code=9, times=2)
    answer = await client.raw("messages.send", peer_ids="7,8,9", random_id=1, message="а")
    assert [item.get("error", {}).get("code") for item in answer["response"]] == [None, 9, None]
    script = ",".join(f'API.messages.send({{"peer_id":{n},"random_id":2,"message":"б"}})' for n in (7, 8, 9))
    answer = await client.raw("execute", code=f"return [{script}];")
    assert [bool(item) for item in answer["response"]] == [True, False, True]
    assert [len(fake.user(id=number).received) for number in (7, 8, 9)] == [2, 0, 2]


@pytest.mark.parametrize(
    ("kind", "done"),
    [("error_before", 0), ("drop_before", 0), ("error_after", 1), ("drop_after", 1), ("truncated", 1)],
)
async def test_a_failure_tells_nothing_of_what_was_done(fake, kind, done):
    fake.user(id=7)
    fake.faults.add(kind, method="messages.send", code=502)
    with pytest.raises((aiohttp.ClientError, json.JSONDecodeError)):
        await call(fake, "messages.send", peer_id=7, random_id=1, message="дошло?")
    assert len(fake.sends) == done
    await call(fake, "messages.send", peer_id=7, random_id=1, message="дошло?")
    assert (len(fake.sends), fake.deduplicated) == (1, done)


async def test_a_lost_answer_inside_execute_loses_the_whole_answer(fake):
    fake.user(id=7), fake.user(id=8)
    fake.faults.add("drop_after", method="messages.send", peer_id=8)
    script = ",".join(f'API.messages.send({{"peer_id":{n},"random_id":2,"message":"б"}})' for n in (7, 8))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await call(fake, "execute", code=f"return [{script}];")
    assert [send.peer_id for send in fake.sends] == [7, 8]


async def test_a_slow_answer_lets_others_pass(fake):
    fake.user(id=7)
    fake.faults.add("slow", method="messages.send", seconds=0.3)
    slow = asyncio.create_task(call(fake, "messages.send", peer_id=7, random_id=1, message="медленно"))
    await fake.until(lambda: fake.sends)
    await call(fake, "utils.getServerTime")
    assert not slow.done()
    await slow
    assert fake.max_concurrency == 2


async def test_chances_repeat_with_their_seed():
    def struck(seed: int) -> list[bool]:
        faults = FakeVk(seed=seed, check=False).faults
        faults.add("drop_after", probability=0.5, times=None)
        return [faults.for_call("messages.send", [7], several=False)[1] is not None for _ in range(32)]

    assert struck(1) == struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 27


async def test_a_photo_is_uploaded_and_sent(fake, client):
    fake.user(id=7)
    attachment = await client.upload(7, PNG)
    await client.raw("messages.send", peer_id=7, random_id=1, attachment=attachment)
    photo = fake.user(id=7).last.attachments[0]["photo"]
    assert fake.world.files[f"photo{photo['owner_id']}_{photo['id']}"] == PNG
    for wrong in (f"{attachment}x", "photo1_2", "pigeon"):
        with pytest.raises(Refused, match=r"\[100\]"):
            await client.raw("messages.send", peer_id=7, random_id=2, attachment=wrong)
    assert wrongs(fake) == []


async def test_a_callback_button_is_pressed_answered_and_its_message_edited(fake, client):
    anna = fake.user(id=7)
    await client.raw("messages.send", peer_id=7, random_id=1, message="Понравилось?", keyboard=keyboard("Да", "Нет"))
    polling = asyncio.create_task(client.events())
    await fake.until(lambda: fake.long_poll.waiting)
    await anna.presses("Да")
    ((event,),) = [await polling]
    press = event["object"]
    assert (event["type"], press["payload"], press["conversation_message_id"]) == ("message_event", {"b": "Да"}, 1)
    snack = json.dumps({"type": "show_snackbar", "text": "Спасибо!"})
    ids = {"event_id": press["event_id"], "user_id": 7, "peer_id": 7}
    await client.raw("messages.sendMessageEventAnswer", **ids, event_data=snack)
    with pytest.raises(Refused, match=r"\[100\]"):
        await client.raw("messages.sendMessageEventAnswer", **ids)
    await client.raw("messages.edit", peer_id=7, cmid=press["conversation_message_id"], message="Рады слышать")
    assert (anna.toasts[0]["text"], anna.received, anna.buttons()) == ("Спасибо!", ["Рады слышать"], [])
    assert (fake.unanswered, wrongs(fake)) == ([], [])


async def test_an_old_press_and_an_old_message_stay_as_they_are(fake, client):
    anna = fake.user(id=7)
    await client.raw("messages.send", peer_id=7, random_id=1, message="Да?", keyboard=keyboard("Да"))
    press = await anna.presses("Да")
    fake.clock.forward(61)
    with pytest.raises(Refused, match=r"\[100\]"):
        await client.raw("messages.sendMessageEventAnswer", event_id=press["event_id"], user_id=7, peer_id=7)
    fake.clock.forward(24 * 3600)
    with pytest.raises(Refused, match=r"\[909\]"):
        await client.raw("messages.edit", peer_id=7, message_id=anna.last.id, message="Нет")


async def heard(fake: FakeVk, client: Client, text: str, before=lambda: None) -> list[str]:
    """What the client gets of a text that is said once it listens; `before` is what VK does to it first."""
    polling = asyncio.create_task(client.events())
    await fake.until(lambda: fake.long_poll.waiting)
    polls = fake.long_poll.polls
    if before():
        await fake.until(lambda: fake.long_poll.polls > polls and fake.long_poll.waiting)
    await fake.user(id=7).says(text)
    return [event["object"]["message"]["text"] for event in await polling]


async def test_long_poll_goes_on_after_a_new_key_a_lost_session_and_a_lost_history(fake, client):
    assert await heard(fake, client, "раз") == ["раз"]
    assert await heard(fake, client, "два", fake.long_poll.rotate_key) == ["два"]
    assert await heard(fake, client, "три", fake.long_poll.lose_session) == ["три"]
    await fake.user(id=7).says("потеряно")
    fake.long_poll.forget_history()
    assert await heard(fake, client, "четыре") == ["четыре"]
    assert wrongs(fake) == []


async def test_what_was_said_while_the_key_changed_is_not_lost(fake):
    await call(fake, "groups.getLongPollServer", group_id=fake.group_id)
    await fake.user().says("раз")
    fake.long_poll.rotate_key()
    async with aiohttp.ClientSession() as http:
        ask = {"act": "a_check", "key": "key-1", "ts": "1", "wait": "0"}
        answers = []
        for change in ({}, {"key": "key-2"}, {"key": "key-2", "ts": "2"}, {"key": "key-2", "ts": "99"}):
            async with http.get(f"{fake.url}/longpoll/{fake.group_id}", params=ask | change) as got:
                answers.append(await got.json())
    assert (answers[0], answers[2]) == ({"failed": 2}, {"ts": "2", "updates": []})
    assert answers[1]["updates"][0]["object"]["message"]["text"] == "раз"
    assert answers[3] == {"failed": 1, "ts": "2"}


async def test_people_are_named_and_asked_whether_they_allow_messages(fake, bottle):
    fake.user(id=7, first_name="Анна"), fake.user(id=8, started=False)
    people = await bottle.api.users.get(user_ids=[7, 99])
    allowed = [await bottle.api.messages.is_messages_from_group_allowed(user_id=n, group_id=4242) for n in (7, 8)]
    group = await bottle.api.groups.get_by_id()
    assert [(person.id, person.first_name) for person in people] == [(7, "Анна")]
    assert [answer.is_allowed for answer in allowed] == [True, False]
    assert (group.groups[0].id, group.groups[0].screen_name) == (4242, "otklik")
    assert wrongs(fake) == []


async def test_vkbottles_models_understand_the_answers(fake, bottle):
    chat = fake.group_chat(members=[fake.user(id=7)])
    plain = keyboard("Меню", kind="text", inline=False)
    sent = await bottle.api.messages.send(peer_ids=[7, CHAT], random_id=1, message="а", keyboard=plain)
    talks = await bottle.api.messages.get_conversations_by_id(peer_ids=[7, chat.id])
    settings = await bottle.api.groups.get_long_poll_settings(group_id=4242)
    assert [item.conversation_message_id for item in sent] == [1, 1]
    assert [talk.can_write.allowed for talk in talks.items] == [True, True]
    assert talks.items[1].chat_settings.title == "Команда"
    assert talks.items[0].current_keyboard.buttons[0][0].action.label == "Меню"
    assert settings.events.message_new
    assert wrongs(fake) == []


async def everything(fake: FakeVk) -> None:
    """Every kind of event once."""
    anna, chat = fake.user(id=7, started=False), fake.group_chat()
    await anna.starts(ref="promo", ref_source="qr")
    sticker = {"type": "sticker", "sticker": {"product_id": 1, "sticker_id": 2, "inner_type": "base_sticker_new"}}
    voice = {"id": 1, "owner_id": 7, "duration": 3, "link_mp3": "https://x/a.mp3", "link_ogg": "https://x/a.ogg"}
    voice |= {"waveform": [1, 2], "access_key": "k"}
    await anna.says("", attachments=[sticker, {"type": "audio_message", "audio_message": voice}])
    await anna.says("да", reply_to=1, geo={"type": "point", "coordinates": {"latitude": 59.9, "longitude": 30.3}})
    await anna.edits(2, "исправлено")
    await anna.denies()
    await anna.allows("k1")
    await anna.joins()
    await anna.leaves()
    comment = await anna.comments("ужасно")
    await anna.comments("терпимо", edits=comment["id"])
    await anna.comments(deletes=comment["id"])
    for where in ("post", "comment", "board"):
        await anna.mentions("верните деньги", where=where)
    await chat.says(anna, "ответ", mention=True)
    await chat.removes_bot(anna)
    await call(fake, "messages.send", peer_id=7, random_id=1, message="Да?", keyboard=keyboard("Да"))
    await anna.presses("Да")


async def test_both_clients_understand_every_event(fake, client):
    fake.long_poll.kinds |= {"message_reply", "message_edit"}
    polling = asyncio.create_task(client.events())
    await fake.until(lambda: fake.long_poll.waiting)
    await everything(fake)
    events = await polling
    while len(events) < fake.world.events.posted:
        events += await client.events()
    kinds = {event["type"] for event in events}
    assert kinds >= {"message_new", "message_event", "message_reply", "message_edit", "message_deny", "wall_post_new"}
    assert len(events) == len({event["event_id"] for event in events}) == fake.world.events.posted
    assert wrongs(fake) == []


def model(kind: str) -> Any:
    return getattr(GroupTypes, "".join(part.title() for part in kind.split("_")))


async def test_vkbottles_models_understand_every_event(fake):
    fake.long_poll.kinds |= {"message_reply", "message_edit"}
    events: list[dict] = []
    inspect = fake.world.events.on_event
    fake.world.events.on_event = lambda event: (events.append(event), inspect and inspect(event))
    await everything(fake)
    for event in events:
        if event["type"] not in ("message_edit", "message_reply"):
            model(event["type"])(**event)
    first = model("message_new")(**events[0]).object.message
    assert (first.ref, first.ref_source, first.payload) == ("promo", "qr", '{"command":"start"}')


async def test_whoever_does_not_want_messages_gets_none(fake, client):
    anna = fake.user(id=7)
    refusals = {901: anna.denies, 900: anna.blocks}
    for code, act in refusals.items():
        await act()
        with pytest.raises(Refused, match=rf"\[{code}\]"):
            await client.raw("messages.send", peer_id=7, random_id=1, message="а")
    anna.leaves_vk()
    with pytest.raises(Refused, match=r"\[18\]"):
        await client.raw("messages.send", peer_id=7, random_id=1, message="а")
    with pytest.raises(Refused, match=r"\[936\]"):
        await client.raw("messages.send", peer_id=-1, random_id=1, message="а")
    with pytest.raises(Refused, match=r"\[917\]"):
        await client.raw("messages.send", peer_id=CHAT, random_id=1, message="а")


async def test_a_text_button_speaks_for_the_person_and_may_vanish(fake, client):
    anna = fake.user(id=7)
    once = keyboard("Да", "Нет", kind="text", inline=False, one_time=True)
    await client.raw("messages.send", peer_id=7, random_id=1, message="Понравилось?", keyboard=once)
    await anna.presses("Нет")
    said = anna.messages[-1]
    assert (said.raw, json.loads(said.payload), anna.buttons()) == ("Нет", {"b": "Нет"}, [])
    lasting = keyboard("Меню", kind="text", inline=False)
    await client.raw("messages.send", peer_id=7, random_id=2, message="а", keyboard=lasting)
    await anna.presses("Меню")
    assert anna.buttons() == ["Меню"]
    await client.raw("messages.send", peer_id=7, random_id=3, message="а", keyboard='{"buttons":[]}')
    assert (anna.buttons(), wrongs(fake)) == ([], [])


async def test_a_group_chat_talks_replies_and_presses(fake, client):
    boss = fake.user(id=9)
    team = fake.group_chat(members=[boss])
    asked = await client.raw("messages.send", peer_ids=team.id, random_id=1, message="Кто?", keyboard=keyboard("Я"))
    number = asked["response"][0]["conversation_message_id"]
    polling = asyncio.create_task(client.events())
    await fake.until(lambda: fake.long_poll.waiting)
    await team.says(boss, "Отвечу", reply_to=number)
    events = await polling
    message = events[0]["object"]["message"]
    assert (message["peer_id"], message["from_id"], message["id"]) == (CHAT, 9, 0)
    assert message["reply_message"]["conversation_message_id"] == number
    press = await team.presses(boss, "Я")
    assert (press["user_id"], press["peer_id"]) == (9, CHAT)
    forward = json.dumps({"peer_id": team.id, "conversation_message_ids": [2], "is_reply": True})
    await client.raw("messages.send", peer_id=team.id, random_id=2, message="Спасибо", forward=forward)
    assert team.last.reply is team.messages[1]
    await team.says(boss, "помоги", mention=True)
    assert team.messages[-1].mentions == (-4242,)


async def test_a_missing_button_is_named_with_those_that_exist(fake, bottle):
    await bottle.raw("messages.send", peer_id=fake.user().id, random_id=1, message="а", keyboard=keyboard("Да"))
    with pytest.raises(AssertionError, match=r"no button 'Может быть'.*'Да'"):
        await fake.user().presses("Может быть")


def many(count: int, per_row: int = 1, **more: Any) -> dict:
    buttons = [{"action": {"type": "text", "label": str(number)}} for number in range(count)]
    return {"buttons": [buttons[at : at + per_row] for at in range(0, count, per_row)], **more}


def one(**action: Any) -> dict:
    return {"buttons": [[{"action": action}]]}


@pytest.mark.parametrize(
    ("board", "why"),
    [
        (many(11), "too much rows"),
        (many(6, 6), "row 0 contains too much columns"),
        (many(41, 5), "too much buttons"),
        (many(11, 2, inline=True), "too much buttons"),
        (many(7, inline=True), "too much rows"),
        (one(type="text", label=""), "at least 1 letters"),
        (one(type="text", label="ы" * 41), "40"),
        (one(type="text", label="а", payload="x" * 256), "255"),
        (one(type="text", label="а", payload="{"), "valid json"),
        (one(type="text", label="а", payload=None), "valid json"),
        (one(type="pigeon", label="а"), "action type"),
        (one(type="open_link", label="а", link="{link}"), "invalid link"),
        (many(1, inline="true"), "inline property should be boolean"),
        (many(1, inline=True, one_time=True), "one_time"),
        ({"buttons": [{"action": {"type": "text", "label": "а"}}]}, "row 0"),
        ("{", "Keyboard format is invalid"),
    ],
)
def test_bad_keyboards_are_error_911(board, why):
    with pytest.raises(Refusal, match=why) as refused:
        parse_keyboard(board if isinstance(board, str) else json.dumps(board))
    assert refused.value.code == 911


def test_good_keyboards_are_accepted():
    for board in (many(40, 5), many(10), many(10, 5, inline=True), one(type="location"), {"buttons": []}):
        assert parse_keyboard(json.dumps(board))["buttons"] == board["buttons"]
    assert parse_keyboard(json.dumps(one(type="vkpay", hash="action=x")))


@pytest.mark.parametrize(
    ("raw", "shown", "mentions"),
    [
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2", ()),
        ("&#128512; &#x1F600; &laquo;да&raquo;", "😀 😀 «да»", ()),
        ("&amp;lt;", "&lt;", ()),
        ("AT&T &notanentity; &#0;", "AT&T &notanentity; &#0;", ()),
        ("[id1|Павел] и [club2|мы]", "Павел и мы", (1, -2)),
        ("@id1 (Павел), *club2 (мы)", "Павел, мы", (1, -2)),
        ("@id5", "@id5", (5,)),
        ("&#91;id1|Павел]", "Павел", (1,)),
        ("[id\u2060" + "1|Павел]", "[id\u2060" + "1|Павел]", ()),
        ("[пусто] a@b.ru *звезда*", "[пусто] a@b.ru *звезда*", ()),
    ],
)
def test_texts_are_shown_as_vk_shows_them(raw, shown, mentions):
    assert parse_text(raw)[1:] == (shown, mentions)


async def test_refusals_speak_vks_words(fake):
    fake.user(id=7)
    long = await call(fake, "messages.send", peer_id=7, random_id=1, message="ы" * 9001)
    nobody = await call(fake, "messages.send", random_id=1, message="а")
    empty = await call(fake, "messages.send", peer_id=7, random_id=1)
    bare = await call(fake, "messages.send", peer_id=7, message="а")
    unknown = await call(fake, "messages.Send", peer_id=7)
    crowd = await call(fake, "messages.send", peer_ids=",".join(["7"] * 101), random_id=1, message="а")
    codes = [answer["error"]["error_code"] for answer in (long, nobody, empty, bare, unknown, crowd)]
    assert codes == [914, 100, 100, 100, 3, 100]
    assert "you should specify peer_id" in nobody["error"]["error_msg"]
    assert {"key": "method", "value": "messages.Send"} in unknown["error"]["request_params"]
    assert fake.token not in json.dumps([long, nobody, empty, bare, unknown, crowd])


async def test_tokens_versions_and_bodies_are_checked(fake):
    url = f"{fake.url}/method/utils.getServerTime"
    async with aiohttp.ClientSession() as http:

        async def error(**request: Any) -> int | None:
            async with http.post(url, **request) as got:
                assert got.status == 200
                return (await got.json()).get("error", {}).get("error_code")

        good = {"access_token": fake.token, "v": "5.199"}
        assert await error(data={"v": "5.199"}) == await error(data={"access_token": "x", "v": "5.199"}) == 5
        assert await error(data={"access_token": fake.token}) == 8
        assert (await error(data=good), fake.violations) == (None, [])
        assert await error(json=good) == 5
        assert await error(params=good) is None
        assert await error(data=good | {"v": "5.131"}) is None
    problems = [violation.problem for violation in fake.violations]
    assert ["JSON" in problems[0], "address" in problems[1], "5.131" in problems[2]] == [True] * 3
    assert all(fake.token not in str(request) for request in fake.requests)


@pytest.mark.skipif(find_schema() is None, reason="the schema is not on this machine")
async def test_a_request_against_the_schema_is_remembered(fake):
    fake.user(id=7)
    await call(fake, "messages.send", peer_id=7, random_id="1", message="а", colour="red", dont_parse_links="maybe")
    problems = " ".join(violation.problem for violation in fake.violations)
    assert "'colour'" in problems
    assert "dont_parse_links: 'maybe' is no boolean" in problems
    check = SchemaCheck(find_schema())
    assert check.problems("messages.send", {"peer_id": "7", "keyboard": keyboard("Да"), "disable_mentions": "1"}) == []
    assert check.problems("messages.send", {"keyboard": '{"buttons":[{}]}'}) != []
    assert check.answer_problems("messages.send", [{"peer_id": 7}]) != []


class Hook:
    """A bot behind a Callback address: notes what comes and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str | None]] = []  # event_id, text or type, X-Retry-Counter
        self.secrets: set[str | None] = set()
        self.answers: list[tuple[int, str]] = []
        self.code = ""
        self.good = ""  # a text that is always taken

    async def handle(self, request: aiohttp.web.BaseRequest) -> aiohttp.web.Response:
        event = await request.json()
        self.secrets.add(event.get("secret"))
        if event["type"] == "confirmation":
            return aiohttp.web.Response(text=self.code)
        text = event["object"]["message"]["text"] if event["type"] == "message_new" else event["type"]
        self.got.append((event["event_id"], text, request.headers.get("X-Retry-Counter")))
        wrong = self.answers and text != self.good
        status, body = self.answers.pop(0) if wrong else (200, "ok")
        return aiohttp.web.Response(status=status, text=body)


@pytest.fixture
async def hook(fake) -> AsyncIterator[Hook]:
    hook = Hook()
    runner = aiohttp.web.ServerRunner(aiohttp.web.Server(hook.handle), shutdown_timeout=0.5)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


@pytest.fixture
async def connected(fake, hook) -> Hook:
    hook.code = "c0de0002"  # the one that adding a server makes
    assert (await fake.connect_callback(hook.url, "s3cret")).status == "ok"
    return hook


async def test_a_client_sets_up_a_callback_server(fake, client, hook):
    group = {"group_id": fake.group_id}
    old = await client.raw("groups.getCallbackConfirmationCode", **group)
    added = await client.raw("groups.addCallbackServer", **group, url=hook.url, title="бот", secret_key="s3")
    server_id = added["response"]["server_id"]
    await fake.until(lambda: fake.callbacks.servers[server_id].status == "failed")
    hook.code = (await client.raw("groups.getCallbackConfirmationCode", **group))["response"]["code"]
    assert hook.code != old["response"]["code"]
    hook.code = "c0de0003"  # an edit changes it once more
    server = {**group, "server_id": server_id}
    await client.raw("groups.editCallbackServer", **server, url=hook.url, title="бот", secret_key="s4")
    await fake.until(lambda: fake.callbacks.servers[server_id].status == "ok")
    await client.raw("groups.setCallbackSettings", **server, api_version="5.199", message_new=1)
    await fake.user().says("привет")
    await fake.until(lambda: hook.got)
    (item,) = (await client.raw("groups.getCallbackServers", **group))["response"]["items"]
    assert (item["status"], hook.secrets, hook.got[0][1]) == ("ok", {"s3", "s4"}, "привет")
    assert wrongs(fake) == []


async def test_a_failed_event_comes_again_under_its_id(fake, connected):
    connected.answers = [(500, "ok"), (200, "OK"), (200, "ok\n"), (503, "")]
    await fake.user().says("раз")
    await fake.until(lambda: not fake.callbacks.open)
    assert [(text, retry) for _, text, retry in connected.got] == [("раз", n) for n in (None, "1", "2", "3", "4")]
    assert len({event_id for event_id, *_ in connected.got}) == 1
    assert [delivery.accepted for delivery in fake.deliveries] == [False] * 4 + [True]
    assert connected.secrets == {"s3cret"}


async def test_after_five_retries_an_event_is_lost(fake, connected):
    connected.answers = [(500, "")] * 6
    await fake.user().says("раз")
    await fake.until(lambda: fake.callbacks.lost)
    await fake.user().says("два")
    await fake.until(lambda: connected.got[-1][1] == "два")
    assert (len(connected.got), fake.callbacks.open) == (7, [])


async def test_retries_keep_vks_pace_while_other_events_pass(fake, connected):
    fake.callbacks.retry_scale = 1.0
    connected.answers, connected.good = [(500, "")] * 5, "другой"
    await fake.user(id=7).says("раз")
    for number, seconds in enumerate((10, 180, 600, 1800, 3600)):
        await fake.until(lambda number=number: len(fake.deliveries) == 2 * number + 1)
        fake.clock.forward(seconds - 3)
        await fake.user(id=7).says("другой")
        await fake.until(lambda number=number: len(fake.deliveries) == 2 * number + 2)
        assert connected.got[-1][1] == "другой"
        fake.clock.forward(3)
    await fake.until(lambda: not fake.callbacks.open)
    assert connected.got[-1][1:] == ("раз", "5")


async def test_events_wait_while_the_bot_is_down_and_vk_restarts(fake, connected):
    url = next(iter(fake.callbacks.servers.values())).url
    fake.callbacks.servers[1].url = "http://127.0.0.1:9/"
    fake.callbacks.retry_scale = 1.0
    await fake.user().says("вы тут?")
    await fake.until(lambda: fake.deliveries)
    await fake.stop()
    await fake.start()
    fake.callbacks.servers[1].url = url
    fake.clock.forward(10)
    await fake.until(lambda: connected.got)
    assert connected.got[0][2] == "1"


async def test_one_event_may_come_twice_and_one_tap_too(fake, connected):
    fake.faults.add("duplicate_event")
    await fake.user().says("раз")
    await fake.until(lambda: len(connected.got) == 2)
    await call(fake, "messages.send", peer_id=1001, random_id=1, message="Да?", keyboard=keyboard("Да"))
    fake.faults.add("retap")
    await fake.user().presses("Да")
    await fake.until(lambda: len(connected.got) == 4)
    ids = [event_id for event_id, *_ in connected.got]
    assert ids[0] == ids[1]
    assert ids[2] != ids[3]


async def test_errors_in_a_row_suspend_delivery(fake, connected):
    fake.callbacks.suspend_after = 3
    connected.answers = [(500, "")] * 3
    await fake.user().says("раз")
    await fake.until(lambda: fake.callbacks.servers[1].suspended)
    await fake.user().says("два")
    answer = await call(fake, "groups.getCallbackServers", group_id=fake.group_id)
    assert answer["response"]["items"][0]["status"] == "failed"
    assert all(text == "раз" for _, text, _ in connected.got)


async def test_a_wrong_confirmation_gets_no_events(fake, hook):
    hook.code = "nonsense"
    assert (await fake.connect_callback(hook.url)).status == "failed"
    await fake.user().says("раз")
    await fake.drained()
    assert hook.got == []


async def test_a_restarted_vk_remembers(fake, client):
    await fake.user(id=7).says("до перезапуска")
    await fake.stop()
    with pytest.raises(Exception, match=r"(?i)connect"):
        await client.raw("messages.send", peer_id=7, random_id=1, message="есть кто?")
    await fake.start()
    await client.raw("messages.send", peer_id=7, random_id=1, message="есть!")
    assert [message.shown for message in fake.user(id=7).messages] == ["до перезапуска", "есть!"]


def run(code: str) -> tuple[Any, list]:
    """The value of a script whose calls return their own name."""
    calls: list = []
    return Script(code).run(lambda name, params: calls.append((name, params)) or name, {"a": "1"}), calls


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("return 1 + 2 * 3 - -1;", 8),
        ("var a = [1, 2], b = {x: a.length}; a.push('й\\'s'); return [a, b.x, a[2] + 1];", [[1, 2, "й's"], 2, "й's1"]),
        ("if (Args.a == '1') { return true; } else return false;", True),
        ("var i = 0; while (i < 3 && !(i == 2)) { i = i + 1; } return i; // the end", 2),
        ('var l = [{"id": 1}, {"id": 2}]; return l@.id;', [1, 2]),
        ('return parseInt("4") % 3;', 1),
        ("var x;", None),
    ],
)
def test_scripts_run(code, value):
    assert run(code)[0] == value


def test_scripts_call_with_parameters_as_a_form_has_them():
    value, calls = run(
        'return [API.messages.send({"peer_ids": [1, 2], "a": true, "k": {"b": []}, "t": "\\u0439\\n"})];'
    )
    assert value == ["messages.send"]
    assert calls == [("messages.send", {"peer_ids": "1,2", "a": "1", "k": '{"b": []}', "t": "й\n"})]


@pytest.mark.process
async def test_the_fake_runs_as_a_process_and_obeys_from_outside(tmp_path):
    command = [sys.executable, "-m", "tests.fakes.vk_server", "--port", "0", "--no-check"]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        place = json.loads(await server.stdout.readline())
        remote = FakeVk(token=place["token"], group_id=place["group_id"], port=int(place["url"].rpartition(":")[2]))
        client = VkApiClient(remote)
        async with aiohttp.ClientSession(place["control"] + "/") as control:
            await control.post("users", json={"id": 7, "first_name": "Анна"})
            await control.post("chats", json={"number": 1, "members": [7]})
            said = await (await control.post("users/7/starts", json={"ref": "promo"})).json()
            assert (said["ref"], said["shown"]) == ("promo", "Начать")
            await client.raw("messages.send", peer_id=7, random_id=1, message="Понравилось?", keyboard=keyboard("Да"))
            assert (await (await control.get("chats/7?wait=5")).json())["buttons"] == ["Да"]
            assert (await control.post("users/7/presses", json={"button": "Может быть"})).status == 409
            assert (await control.post("chats/1/says", json={"user": 7, "text": "привет"})).status == 200
            assert (await control.post("users/7/__init__", json={})).status == 404
            await control.post("faults", json={"kind": "api_error", "code": 9, "method": "messages.send"})
            with pytest.raises(Refused, match=r"\[9\]"):
                await client.raw("messages.send", peer_id=7, random_id=2, message="а")
            await control.post("clock", json={"seconds": 3600})
            counters = await (await control.get("counters")).json()
            assert (counters["sends"], counters["errors"], counters["violations"]) == (1, {"9": 1}, 0)
    finally:
        server.terminate()
        await server.wait()


def test_the_fake_is_no_bottleneck_of_a_benchmark():
    """Not a measurement: a script of 25 sends does no work that grows with what was sent before."""

    async def script(fake: FakeVk) -> Iterator[int]:
        sends = ",".join(f'API.messages.send({{"peer_id":7,"random_id":{n},"message":"а"}})' for n in range(1, 26))
        return (await call(fake, "execute", code=f"return [{sends}];"))["response"]

    async def twice() -> list[int]:
        async with FakeVk(check=False) as fake:
            fake.user(id=7)
            await script(fake)
            return await script(fake)

    assert asyncio.run(twice()) == list(range(1, 26))
