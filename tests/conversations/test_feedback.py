"""«Отзыв»: who came to say something is heard, gets a number, or stays unknown for good."""

import json

import pytest
from sqlalchemy import text as sql

from messaging.phrases import say
from storage.kinds import CaseOrigin, FeedbackKind, FeedbackSource, Language, SurveyKind
from storage.models import FeedbackItem

RU = Language.RU
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


async def everything(talk) -> str:
    """Every row of every table, as text."""

    def unit(store) -> str:
        names = store.connection.dialect.get_table_names(store.connection)
        dump = {}
        for name in names:
            if name in ("feedback_item", "alembic_version"):
                continue
            rows = store.connection.execute(sql(f'SELECT * FROM "{name}"')).mappings()
            dump[name] = [dict(row) for row in rows]
        return json.dumps(dump, default=str, ensure_ascii=False)

    return await talk.database.read(unit)


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
