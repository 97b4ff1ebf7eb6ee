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
    await anna.says(attachments=["photo", "sticker", "doc", "audio_message"], forwards=[1])
    await anna.says("да", reply_to=1, geo={"type": "point", "coordinates": {"latitude": 59.9, "longitude": 30.3}})
    await anna.edits(2, "исправлено")
    await anna.denies()
    await anna.allows("k1")
    await anna.gets_banned()
    await anna.unblocks()
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


async def test_a_restarted_vk_remembers(fake, client):
    await fake.user(id=7).says("до перезапуска")
    await fake.stop()
    with pytest.raises(Exception, match=r"(?i)connect"):
        await client.raw("messages.send", peer_id=7, random_id=1, message="есть кто?")
    await fake.start()
    await client.raw("messages.send", peer_id=7, random_id=1, message="есть!")
    assert [message.shown for message in fake.user(id=7).messages] == ["до перезапуска", "есть!"]


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
