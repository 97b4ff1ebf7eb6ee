"""«Отзыв»: who came to say something is heard, gets a number, or stays unknown for good."""

import json
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text as sql

from console.threads import thread
from handlers import intake
from messaging.messages import FORWARDED
from messaging.phrases import say
from scheduler.jobs import forget
from scheduler.work import Shop, Work
from storage.kinds import CaseOrigin, FeedbackKind, FeedbackSource, Language, SurveyKind
from storage.models import FeedbackItem

RU = Language.RU
SHOP = Shop("Корица", Language.RU, ZoneInfo("UTC"))
SAID = "Официант Пётр нахамил моей маме"


async def opens(talk, label: str) -> list[str]:
    if not talk.transport.carried:
        await talk.start()
        await talk.press("Согласен")
        await talk.press("Нет, спасибо")
    await talk.press("⭐ Отзыв")
    return await talk.press(label)


async def items(talk) -> list[FeedbackItem]:
    return await talk.database.read(lambda store: store.feedback.newest(20))


async def test_a_complaint_is_a_case_with_a_number(talk):
    await opens(talk, "😞 Пожаловаться")
    reply = await talk.say(SAID)
    case = await talk.case()
    assert reply == [say(RU, "feedback.complaint.taken", number=case.number)]
    assert (case.origin, case.summary) == (CaseOrigin.COMPLAINT, SAID)
    (item,) = await items(talk)
    assert (item.source, item.kind, item.case_id, item.text) == (
        FeedbackSource.MENU,
        FeedbackKind.COMPLAINT,
        case.id,
        SAID,
    )


async def test_a_complaint_may_be_a_question_or_a_picture(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.say("почему у вас так грязно?", attachment="photo", file="AgAC")
    (item,) = await items(talk)
    assert item.text == "почему у вас так грязно?"
    assert len(item.media_ids) == 1


async def test_praise_is_passed_on_and_needs_nobody(talk):
    await opens(talk, "💚 Похвалить")
    assert await talk.say("Мария лучшая, спасибо ей") == [say(RU, "feedback.praise.taken")]
    assert await talk.case() is None
    assert (await items(talk))[0].kind is FeedbackKind.PRAISE


async def test_a_question_gets_a_number(talk):
    await opens(talk, "❓ Спросить")
    reply = await talk.say("есть ли у вас веранда?")
    case = await talk.case()
    assert reply == [say(RU, "feedback.question.taken", number=case.number)]
    assert case.origin is CaseOrigin.UNANSWERED_QUESTION


async def test_to_rate_is_one_press_further(talk):
    await opens(talk, "⭐ Оценить")
    assert (await talk.run()).kind is SurveyKind.NPS


async def test_a_survey_that_waited_goes_on_waiting(talk):
    await talk.is_asked(SurveyKind.NPS)
    await talk.press("Согласен")
    await talk.press("Нет, спасибо")
    await opens(talk, "💚 Похвалить")
    await talk.say("9 баллов вашей Марии")
    assert (await talk.run()).score is None
    await talk.say("9")
    assert (await talk.run()).score == 9


async def test_cancelled_nothing_is_waited_for(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("Отмена")
    await talk.say("привет")
    assert await items(talk) == []
    customer = await talk.customer()
    assert await talk.database.read(lambda store: store.surveys.open_for(customer.id, talk.now)) is None


async def test_a_day_later_words_are_no_complaint(talk):
    await opens(talk, "😞 Пожаловаться")
    talk.passes(hours=25)
    await talk.say("хочу забронировать стол на завтра")
    assert await items(talk) == []
    assert (await talk.case()).origin is CaseOrigin.UNANSWERED_QUESTION


# --- without a name


async def tables(talk) -> dict[str, list[str]]:
    """Every row of every table, as text."""

    def unit(store) -> dict[str, list[str]]:
        dump = {}
        for name in store.connection.dialect.get_table_names(store.connection):
            if name not in ("feedback_item", "alembic_version"):
                rows = store.connection.execute(sql(f'SELECT * FROM "{name}"')).mappings()
                dump[name] = sorted(json.dumps(dict(row), default=str, ensure_ascii=False) for row in rows)
        return dump

    return await talk.database.read(unit)


async def everything(talk) -> str:
    return json.dumps(await tables(talk), ensure_ascii=False)


async def complains_without_name(talk, text: str = SAID, **more) -> list[str]:
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    return await talk.say(text, **more)


async def night_passes(talk, **time: float) -> None:
    """What is kept only for a while is forgotten."""
    talk.passes(**(time or {"hours": 2}))
    await forget(Work(talk.database, lambda: talk.now, lambda: SHOP, nothing_kept, nothing_kept))


async def nothing_kept() -> int:
    return 0


async def test_an_anonymous_complaint_leads_back_to_nobody(talk, caplog):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    assert await talk.say(SAID) == [say(RU, "feedback.anonymous.taken")]

    (item,) = await items(talk)
    assert (item.source, item.text, item.customer_id, item.case_id) == (FeedbackSource.ANONYMOUS, SAID, None, None)
    assert item.id.version == 4, "an id with the time in it would tell the minute"
    assert (item.at.minute, item.at.second, item.at.microsecond) == (0, 0, 0)
    assert await talk.case() is None
    assert talk.alerts() == []
    left = await everything(talk)
    assert SAID not in left
    assert "Официант" not in left
    assert "menu.complaint" not in left
    assert SAID not in caplog.text


async def test_of_who_complained_without_a_name_nothing_is_there_that_was_not_there_before(talk):
    """Neither the presses that led there, nor our answers, nor what open pages are told: only that they were here."""
    await talk.start()
    await talk.press("Согласен")
    await talk.press("Нет, спасибо")
    before = await tables(talk)
    talk.passes(seconds=20)
    await complains_without_name(talk)
    await night_passes(talk)
    after = await tables(talk)
    changed = {name for name in after if after[name] != before[name]}
    # Of the feed only numbers that lead nowhere; the marks are digests.
    assert changed <= {"identity", "chat_pace", "rate_limit", "bot_lease", "feed", "nameless_mark", "job_run"}
    customer = await talk.customer()
    about = [row for row in after["feed"] if row not in before["feed"] and customer.id.hex in row.replace("-", "")]
    assert about == []
    assert len(after["identity"]) == len(before["identity"])
    assert {name for row in after["nameless_mark"] for name in json.loads(row)} == {"digest", "item_id", "day"}
    assert len(await items(talk)) == 1


async def test_no_page_shows_the_conversation_without_a_name_meanwhile(talk):
    await talk.start()
    await talk.press("Согласен")
    await talk.press("Нет, спасибо")
    customer = await talk.customer()

    def shown(store) -> tuple[list[str], list[str]]:
        bubbles = [one.text for one in thread(store, customer.id)]
        return bubbles, [one.what for one in store.timeline.page(customer.id, 100)]

    before = await talk.database.read(shown)
    await complains_without_name(talk)
    assert await talk.database.read(shown) == before


async def test_delivered_twice_it_is_one_complaint_and_still_nobodys(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    said = talk.event(SAID)
    await talk.hand_in(said)
    assert await talk.hand_in(said) == []
    await night_passes(talk)
    assert await talk.hand_in(said) == []
    assert len(await items(talk)) == 1
    assert SAID not in await everything(talk)


async def test_the_press_delivered_twice_makes_nobody_wait_again(talk):
    await opens(talk, "😞 Пожаловаться")
    pressed = talk.event(pressed=talk.button("🕶 Анонимно"))
    await talk.hand_in(pressed)
    await talk.say(SAID)
    assert await talk.hand_in(pressed) == []
    await talk.say("верните мне деньги")
    assert (await talk.case()).summary == "верните мне деньги"


async def test_it_is_one_complaint_too_where_its_answer_failed_at_first(talk, monkeypatch):
    """Kept without an answer, answered by the sweep, and delivered by the platform once more."""
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    said = talk.event(SAID)
    with monkeypatch.context() as broken:
        broken.setattr(intake, "answer", _fails)
        await talk.hand_in(said)
    talk.passes(minutes=1)
    await talk.intake.answer_kept()
    await talk.hand_in(said)
    assert len(await items(talk)) == 1
    assert SAID not in await everything(talk)


def _fails(turn) -> None:
    raise RuntimeError("a bug")


async def test_the_marks_of_nobodys_events_are_gone_in_days(talk):
    await complains_without_name(talk)
    await night_passes(talk, days=4)
    assert (await tables(talk))["nameless_mark"] == []


async def test_a_whole_album_stays_together_and_nobodys(talk):
    """Its later parts come as updates of their own."""
    await complains_without_name(talk, attachment="photo", file="one", album="7")
    assert await talk.say("", attachment="photo", file="two", album="7") == []
    assert await talk.say("и вот ещё", attachment="photo", file="three", album="7") == []
    (item,) = await items(talk)
    assert item.text == f"{SAID}\nи вот ещё"
    assert len(item.media_ids) == 3
    assert await talk.case() is None
    left = await tables(talk)
    assert "и вот ещё" not in json.dumps(left, ensure_ascii=False)
    assert all('"owner_id": null' in file for file in left["media"])


async def test_what_is_sent_on_in_one_go_is_one_complaint_and_what_comes_later_is_not(talk):
    await complains_without_name(talk, album=FORWARDED)
    talk.passes(seconds=1)
    await talk.say("Он и вчера хамил", album=FORWARDED)
    talk.passes(minutes=1)
    await talk.say("Верните мне деньги", album=FORWARDED)
    (item,) = await items(talk)
    assert item.text == f"{SAID}\nОн и вчера хамил"
    assert (await talk.case()).summary == "Верните мне деньги"


async def test_the_order_in_which_items_lie_says_nothing(sqlite_database):
    """SQLite numbers the rows of a table as they come, unless it is told not to."""

    def numbered(store) -> bool:
        (definition,) = store.connection.execute(
            sql("SELECT sql FROM sqlite_master WHERE name = 'feedback_item'")
        ).scalars()
        return "WITHOUT ROWID" not in definition

    assert not await sqlite_database.read(numbered)


async def test_which_transaction_wrote_it_says_nothing_later(talk):
    """PostgreSQL keeps with each row by whom it was written, beside what else."""

    def written(store) -> list[str]:
        if store.connection.dialect.name != "postgresql":
            return []
        return [str(one) for one in store.connection.execute(sql("SELECT xmin FROM feedback_item")).scalars()]

    await complains_without_name(talk)
    await talk.press("🕶 Добавить анонимно")
    await talk.say("и так каждый раз")
    before = await talk.database.read(written)
    await night_passes(talk)
    after = await talk.database.read(written)
    assert set(after).isdisjoint(before)
    assert len(set(after)) == len(after[:1])


async def test_what_comes_after_has_a_name_again(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    await talk.say(SAID)
    await talk.say("и ещё верните мне деньги за заказ")
    assert (await talk.case()).summary == "и ещё верните мне деньги за заказ"
    assert len(await items(talk)) == 1


async def test_more_can_be_said_without_a_name(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    await talk.say(SAID)
    await talk.press("🕶 Добавить анонимно")
    await talk.say("и так каждый раз")
    assert {one.text for one in await items(talk)} == {SAID, "и так каждый раз"}


async def test_the_name_can_be_put_back_before_the_words(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    await talk.press("✍️ С именем")
    await talk.say(SAID)
    assert (await items(talk))[0].source is FeedbackSource.MENU


async def test_an_edit_of_what_was_said_without_a_name_stays_nobodys(talk):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    await talk.say(SAID, message_id="77")
    await talk.say("Официант Пётр нахамил мне", message_id="77", edits=True)
    assert "Пётр" not in await everything(talk)


async def test_no_flow_and_no_operator_hears_it_first(talk):
    """A code, a city, a word to an operator who is talking: without a name all of it is the complaint."""
    await opens(talk, "❓ Спросить")
    await talk.say("когда вы открыты?")
    await talk.hire()
    await talk.operator(press="Взять")
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    heard = len(talk.alerts())
    await talk.say("ваш оператор хамит, ужас")
    assert len(talk.alerts()) == heard
    assert "хамит" not in await everything(talk)


@pytest.mark.parametrize("word", ["стоп", "/stop"])
async def test_who_leaves_is_heard_even_then(talk, word):
    await opens(talk, "😞 Пожаловаться")
    await talk.press("🕶 Анонимно")
    await talk.say(word)
    assert await items(talk) == []
