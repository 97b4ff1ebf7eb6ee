"""The fake Telegram, proven by two clients that were not written for it: python-telegram-bot and aiogram."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import aiogram
import aiogram.exceptions
import aiohttp
import pytest
import telegram as ptb
import telegram.error as ptb_errors
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from telegram.request import HTTPXRequest

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_checks import SpecCheck, find_spec

PNG = b"\x89PNG\r\n\x1a\n" + bytes(2_000_000)  # above aiohttp's default limit of 1 MB
YES_NO = ptb.InlineKeyboardMarkup.from_row(
    [ptb.InlineKeyboardButton("Да", callback_data="yes"), ptb.InlineKeyboardButton("Нет", callback_data="no")]
)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(retry_scale=0.01) as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[ptb.Bot]:
    # python-telegram-bot's default pool has one connection, too few for a test that polls and sends at once.
    request = HTTPXRequest(connection_pool_size=8)
    async with ptb.Bot(fake.token, base_url=f"{fake.url}/bot", request=request, get_updates_request=request) as bot:
        yield bot


@pytest.fixture
async def aio(fake: FakeTelegram) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(fake.url))
    async with aiogram.Bot(fake.token, session=session) as bot:
        yield bot


async def call(fake: FakeTelegram, method: str, **params: object) -> dict:
    """One request as a careless client would send it."""
    async with aiohttp.ClientSession() as http, http.post(f"{fake.url}/bot{fake.token}/{method}", json=params) as got:
        return await got.json()


async def test_a_bot_learns_its_own_name(fake, bot, aio):
    assert (await bot.get_me()).username == "otklik_bot"
    assert (await aio.get_me()).id == 4242
    assert fake.calls["getMe"] == 3  # python-telegram-bot asks once by itself
    assert fake.violations == []


async def test_a_message_reaches_the_person(fake, bot, aio):
    anna = fake.user(id=7, first_name="Анна")
    sent = await bot.send_message(7, "Здравствуйте, <b>Анна</b> 🎁!", parse_mode="HTML")
    await aio.send_message(7, "Как вам кофе?")
    assert anna.received == ["Здравствуйте, Анна 🎁!", "Как вам кофе?"]
    assert sent.text == anna.received[0]
    assert sent.parse_entity(sent.entities[0]) == "Анна"
    assert fake.violations == []


async def test_a_long_poll_wakes_when_someone_writes(fake, bot):
    anna = fake.user(id=7, language_code="ru")
    polling = asyncio.create_task(bot.get_updates(timeout=10))
    await fake.until(lambda: fake.mailbox.polling)
    await anna.starts("promo")
    (update,) = await polling
    assert update.message.text == "/start promo"
    assert update.effective_user.language_code == "ru"


async def test_an_offset_confirms_what_came_before(fake, bot):
    for text in ("один", "два", "три"):
        await fake.user().says(text)
    first = await bot.get_updates(limit=1)
    assert [update.message.text for update in first] == ["один"]
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    assert [update.message.text for update in rest] == ["два", "три"]
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()
    assert fake.pending == []


async def test_updates_nobody_asked_for_are_not_kept(fake, bot):
    await bot.get_updates(allowed_updates=["callback_query"])
    await fake.user().says("мимо")
    assert await bot.get_updates() == ()


async def test_of_two_pollers_the_first_is_thrown_out(fake, bot):
    first = asyncio.create_task(bot.get_updates(timeout=10))
    await fake.until(lambda: fake.mailbox.polling)
    await bot.get_updates()
    with pytest.raises(ptb_errors.Conflict, match="terminated by other getUpdates request"):
        await first


async def test_polling_is_refused_while_a_webhook_is_set(fake, bot):
    await bot.set_webhook("https://example.org/hook")
    with pytest.raises(ptb_errors.Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_button_is_pressed_answered_and_its_message_edited(fake, bot):
    anna = fake.user(id=7)
    await bot.send_message(7, "Понравилось?", reply_markup=YES_NO)
    await anna.presses("Да")
    (update,) = await bot.get_updates()
    assert update.callback_query.data == "yes"
    await update.callback_query.answer("Спасибо!")
    await update.callback_query.edit_message_text("Рады слышать")
    assert (anna.toasts, anna.received, anna.buttons()) == (["Спасибо!"], ["Рады слышать"], [])
    assert fake.violations == []


async def test_a_photo_is_uploaded(fake, bot):
    anna = fake.user(id=7)
    sent = await bot.send_photo(7, PNG, caption="Меню")
    again = await bot.send_photo(7, sent.photo[-1].file_id)
    assert fake.world.files[sent.photo[-1].file_id] == PNG
    assert again.photo[-1].file_id == anna.last["photo"][0]["file_id"]
    assert fake.violations == []


async def test_aiogram_presses_buttons_and_uploads_too(fake, aio):
    markup = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Ещё", callback_data="more")]])
    fake.user(id=7)
    await aio.send_photo(7, BufferedInputFile(PNG, "menu.png"), caption="Меню", reply_markup=markup)
    await fake.user(id=7).presses("more")
    (update,) = await aio.get_updates()
    await update.callback_query.answer()
    assert fake.world.files[fake.user(id=7).last["photo"][0]["file_id"]] == PNG
    assert (fake.unanswered, fake.violations) == ([], [])


async def test_too_many_messages_are_refused_with_a_time_to_wait(fake, bot, aio):
    fake.user(id=7)
    fake.faults.add("too_many_requests", seconds=3, times=2)
    with pytest.raises(ptb_errors.RetryAfter) as refused:
        await bot.send_message(7, "раз")
    with pytest.raises(aiogram.exceptions.TelegramRetryAfter):
        await aio.send_message(7, "два")
    await aio.send_message(7, "три")
    assert refused.value._retry_after.total_seconds() == 3
    assert (fake.too_many, fake.user(id=7).received) == (2, ["три"])


async def test_a_limit_is_a_strict_window(fake):
    fake.limits.per_second = 2
    fake.user(id=7)
    answers = [await call(fake, "sendMessage", chat_id=7, text=str(n)) for n in range(3)]
    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert answers[2]["parameters"] == {"retry_after": 1}


async def test_a_limit_of_one_chat_leaves_the_others_alone(fake):
    fake.limits.per_chat = 1
    fake.user(id=7), fake.user(id=8)
    answers = [await call(fake, "sendMessage", chat_id=chat, text="а") for chat in (7, 7, 8)]
    assert [answer["ok"] for answer in answers] == [True, False, True]


async def test_a_slow_answer_lets_others_pass(fake):
    fake.user(id=7)
    fake.faults.add("slow", method="sendMessage", seconds=0.3)
    slow = asyncio.create_task(call(fake, "sendMessage", chat_id=7, text="медленно"))
    await fake.until(lambda: fake.calls["sendMessage"])
    await call(fake, "sendMessage", chat_id=7, text="быстро")
    await slow
    assert fake.user(id=7).received == ["быстро", "медленно"]
    assert fake.max_concurrency == 2


async def test_whoever_blocked_the_bot_gets_nothing(fake, bot, aio):
    anna = fake.user(id=7)
    await anna.blocks()
    with pytest.raises(ptb_errors.Forbidden, match="bot was blocked by the user"):
        await bot.send_message(7, "Вернитесь")
    (update,) = await bot.get_updates()
    assert update.my_chat_member.new_chat_member.status == "kicked"
    await anna.starts()
    await aio.send_message(7, "С возвращением")
    assert anna.received == ["С возвращением"]


async def test_strangers_and_unknown_chats_have_different_refusals(fake, bot):
    fake.user(id=7, started=False)
    with pytest.raises(ptb_errors.Forbidden, match="can't initiate conversation"):
        await bot.send_message(7, "Здравствуйте")
    with pytest.raises(ptb_errors.BadRequest, match="Chat not found"):
        await bot.send_message(8, "Здравствуйте")


@pytest.mark.parametrize(
    ("method", "params", "why"),
    [
        ("editMessageText", {"message_id": 1, "text": "Привет"}, "message is not modified"),
        ("editMessageText", {"message_id": 99, "text": "Привет"}, "message to edit not found"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
        ("sendMessage", {"text": " "}, "message text is empty"),
        ("sendMessage", {"text": "<b>мимо", "parse_mode": "HTML"}, "Can't find end tag"),
        ("sendMessage", {"text": "1 < 2", "parse_mode": "HTML"}, "Unsupported start tag"),
        ("sendMessage", {"text": "тема", "message_thread_id": 5}, "message thread not found"),
    ],
)
async def test_refusals_speak_telegrams_words(fake, method, params, why):
    fake.user(id=7)
    await call(fake, "sendMessage", chat_id=7, text="Привет")
    answer = await call(fake, method, chat_id=7, **params)
    assert answer["error_code"] == 400
    assert why in answer["description"]


async def test_an_old_button_cannot_be_answered(fake, bot):
    anna = fake.user(id=7)
    await bot.send_message(7, "Понравилось?", reply_markup=YES_NO)
    query = await anna.presses("no")
    fake.expire_callbacks()
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(query["id"])


async def test_a_reply_keyboard_sends_text_or_the_contact(fake, bot):
    anna = fake.user(id=7, phone="+79991112233")
    keys = [["Позже", ptb.KeyboardButton("Мой телефон", request_contact=True)]]
    await bot.send_message(7, "Как позвонить?", reply_markup=ptb.ReplyKeyboardMarkup(keys))
    await anna.presses("Позже")
    await anna.presses("Мой телефон")
    later, contact = await bot.get_updates()
    assert later.message.text == "Позже"
    assert (contact.message.contact.phone_number, contact.message.contact.user_id) == ("+79991112233", 7)


async def test_a_missing_button_is_named_with_those_that_exist(fake, bot):
    await bot.send_message(fake.user(id=7).id, "Понравилось?", reply_markup=YES_NO)
    with pytest.raises(AssertionError, match=r"no button 'Может быть'.*'Да', 'Нет'"):
        await fake.user(id=7).presses("Может быть")


async def test_a_group_talks_replies_and_presses(fake, bot):
    boss = fake.user(id=9, first_name="Борис")
    team = fake.group(members=[boss])
    asked = await bot.send_message(team.id, "Кто ответит?", reply_markup=YES_NO)
    await team.says(boss, "Я", reply_to=asked.message_id)
    await team.presses(boss, "Да")
    reply, press = await bot.get_updates()
    assert reply.message.reply_to_message.text == "Кто ответит?"
    assert (press.callback_query.from_user.id, press.callback_query.message.chat.id) == (9, team.id)
    assert (await bot.get_chat_member(team.id, 9)).status == "member"


async def test_a_forum_has_topics(fake, bot):
    forum = fake.group(forum=True)
    topic = await bot.create_forum_topic(forum.id, "Анна")
    sent = await bot.send_message(forum.id, "Новый отзыв", message_thread_id=topic.message_thread_id)
    assert sent.message_thread_id == topic.message_thread_id
    assert (await bot.get_chat(forum.id)).is_forum
    assert fake.violations == []


@pytest.mark.parametrize(
    ("kind", "delivered"), [("error_before", 0), ("drop_before", 0), ("error_after", 1), ("drop_after", 1)]
)
async def test_a_failure_tells_nothing_of_the_delivery(fake, bot, kind, delivered):
    fake.user(id=7)
    fake.faults.add(kind)
    with pytest.raises(ptb_errors.NetworkError):
        await bot.send_message(7, "дошло?")
    assert len(fake.sends) == delivered


async def test_one_update_or_one_tap_may_come_twice(fake, bot):
    anna = fake.user(id=7)
    await bot.send_message(7, "Понравилось?", reply_markup=YES_NO)
    fake.faults.add("retap")
    await anna.presses("Да")
    taps = await bot.get_updates()
    fake.faults.add("duplicate_update")
    await anna.says("спасибо")
    (text,) = await bot.get_updates(offset=taps[-1].update_id + 1)
    (twin,) = await bot.get_updates(offset=text.update_id + 1)
    assert [tap.callback_query.data for tap in taps] == ["yes", "yes"]
    assert text.update_id == twin.update_id
    assert await bot.get_updates(offset=text.update_id + 1) == ()


async def test_chances_repeat_with_their_seed():
    def struck(seed: int) -> list[bool]:
        faults = FakeTelegram(seed=seed, check=False).faults
        faults.add("drop_after", probability=0.5, times=None)
        return [faults.for_call("sendMessage", 7)[1] is not None for _ in range(32)]

    assert struck(1) == struck(1) != struck(2)
    assert 5 < sum(struck(1)) < 27


async def test_a_wrong_request_is_refused_and_remembered(fake):
    fake.user(id=7)
    wrong = [{"text": "а", "colour": "red"}, {}, {"text": ["а"]}]
    for params in wrong:
        answer = await call(fake, "sendMessage", chat_id=7, **params)
        assert answer["description"].startswith("Bad Request: the fake refuses: ")
    assert any("'colour'" in violation.problem for violation in fake.violations)
    assert fake.sends == []


async def test_lengths_are_telegrams(fake, bot):
    fake.user(id=7)
    with pytest.raises(ptb_errors.BadRequest, match="Message is too long"):
        await bot.send_message(7, "ы" * 4097)
    long_data = ptb.InlineKeyboardMarkup.from_button(ptb.InlineKeyboardButton("Да", callback_data="ы" * 33))
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(7, "Да?", reply_markup=long_data)
    assert [violation.method for violation in fake.violations] == ["sendMessage", "sendMessage"]


async def test_unknown_methods_and_wrong_tokens_are_turned_away(fake):
    assert (await call(fake, "sendPigeon"))["description"] == "Not Found: method not found"
    fake.token = "1:other"
    assert await call(fake, "getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.mark.skipif(find_spec() is None, reason="the specification is not on this machine")
async def test_the_specification_knows_more_than_names():
    spec = SpecCheck(find_spec())
    button = {"text": "Да", "callback_data": "yes"}
    keyboard = json.dumps({"inline_keyboard": [[button]]})
    assert spec.problems("sendMessage", {"chat_id": "7", "text": "а", "reply_markup": keyboard}, {}) == []
    flat = json.dumps({"inline_keyboard": [button]})
    (problem,) = spec.problems("sendMessage", {"chat_id": "7", "text": "а", "reply_markup": flat}, {})
    assert problem.startswith("sendMessage.reply_markup")
    assert spec.problems("sendPhoto", {"chat_id": 7}, {"photo": PNG}) == []
    assert spec.problems("sendMessage", {"chat_id": 7, "text": "а", "reply_markup": {"inline": []}}, {}) != []


class Hook:
    """A bot behind a webhook: notes what comes and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str | None, str]] = []
        self.statuses: list[int] = []
        self.reply: dict = {}

    async def handle(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        text = update["message"]["text"] if "message" in update else update["callback_query"]["data"]
        self.got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), text))
        return web.json_response(self.reply, status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.handle), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret_and_in_order(fake, bot, hook):
    anna = fake.user(id=7)
    await anna.says("до")
    await bot.set_webhook(hook.url, secret_token="s3cret")
    for text in ("раз", "два"):
        await anna.says(text)
    await fake.drained()
    assert hook.got == [("s3cret", "до"), ("s3cret", "раз"), ("s3cret", "два")]
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_failing_webhook_is_tried_again_before_the_next_update(fake, bot, hook):
    hook.statuses = [500, 503]
    await bot.set_webhook(hook.url)
    await fake.user(id=7).says("раз")
    await fake.user(id=7).says("два")
    await fake.drained()
    assert [text for _, text in hook.got] == ["раз", "раз", "раз", "два"]
    assert [delivery.status for delivery in fake.deliveries] == [500, 503, 200, 200]
    assert "503" in (await bot.get_webhook_info()).last_error_message


async def test_updates_wait_while_the_bot_is_down(fake, bot, hook, unused_tcp_port):
    await bot.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/")
    await fake.user(id=7).says("вы тут?")
    await fake.until(lambda: len(fake.deliveries) > 1)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.set_webhook(hook.url)
    await fake.drained()
    assert [text for _, text in hook.got] == ["вы тут?"]


async def test_a_webhooks_answer_may_carry_a_call(fake, bot, hook):
    await bot.set_webhook(hook.url)
    hook.reply = {"method": "sendMessage", "chat_id": 7, "text": "сразу в ответ"}
    await fake.user(id=7).says("привет")
    assert (await fake.user(id=7).hears("сразу"))["chat"]["id"] == 7


async def test_aiograms_own_webhook_handler_answers_with_a_call(fake, aio, unused_tcp_port):
    dispatcher = aiogram.Dispatcher()
    dispatcher.message.register(lambda message: message.answer("из вебхука"))
    app = web.Application()
    SimpleRequestHandler(dispatcher, aio, handle_in_background=False, secret_token="s3").register(app, "/hook")
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    await aio.set_webhook(f"http://127.0.0.1:{unused_tcp_port}/hook", secret_token="s3")
    await fake.user(id=7).says("привет")
    await fake.user(id=7).hears("из вебхука")
    await runner.cleanup()
    assert fake.violations == []


async def test_chats_do_not_wait_for_each_other(fake, bot, hook):
    hook.statuses = [500] * 3
    fake.mailbox.retry_scale = 60.0
    await bot.set_webhook(hook.url)
    await fake.user(id=7).says("застряло")
    await fake.until(lambda: len(fake.deliveries) == 2)
    hook.statuses = []
    await fake.user(id=8).says("прошло")
    await fake.until(lambda: hook.got[-1][1] == "прошло")
    assert [update["message"]["text"] for update in fake.pending] == ["застряло"]


async def test_a_restarted_telegram_remembers(fake, bot):
    await fake.user(id=7).says("до перезапуска")
    await fake.stop()
    with pytest.raises(ptb_errors.NetworkError):
        await bot.send_message(7, "есть кто?")
    await fake.start()
    (update,) = await bot.get_updates()
    assert update.message.text == "до перезапуска"


@pytest.mark.process
async def test_the_fake_runs_as_a_process_and_obeys_from_outside():
    command = [sys.executable, "-m", "tests.fakes.telegram_server", "--port", "0", "--no-check"]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        place = json.loads(await server.stdout.readline())
        async with aiohttp.ClientSession(place["control"] + "/") as control:
            await control.post("users", json={"id": 7, "first_name": "Анна"})
            await control.post("users/7/starts", json={"payload": "promo"})
            async with ptb.Bot(place["token"], base_url=f"{place['url']}/bot") as bot:
                assert (await bot.get_updates())[0].message.text == "/start promo"
                await bot.send_message(7, "Понравилось?", reply_markup=YES_NO)
            assert (await (await control.get("chats/7?wait=5")).json())["buttons"] == ["Да", "Нет"]
            assert (await control.post("users/7/presses", json={"button": "Может быть"})).status == 409
            assert (await (await control.get("counters")).json())["sends"] == 1
    finally:
        server.terminate()
        await server.wait()
