"""Taking back the consent to personal data: at once, with a question first, and with a way back."""

import pytest

from messaging.phrases import say
from storage.kinds import ConsentAction, ConsentPurpose, DeliveryState, Language, MessageKind, SurveyKind
from tests.conversations.walks import ENGLISH, agrees, deliver, fates, joins, labels, last, queue

RU, EN = Language.RU, Language.EN
UNASKED = (MessageKind.JOURNEY, MessageKind.SURVEY, MessageKind.RECEIPT, MessageKind.BROADCAST)


async def test_before_it_is_taken_back_one_question_says_what_that_means(talk):
    await agrees(talk)
    await _opens(talk)
    (question,) = await talk.press("Отозвать согласие")
    assert question == say(RU, "data.withdraw.question")
    await talk.press("Оставить как есть")
    assert last(talk).message.text.startswith("⚙️ Настройки")
    assert await _personal_data(talk) is ConsentAction.GIVEN


async def test_what_was_queued_before_it_is_never_sent(talk):
    await joins(talk)
    await _opens(talk)
    await talk.press("Отозвать согласие")
    await queue(talk, *UNASKED)
    await talk.intake.receive(talk.event(pressed=talk.button("Да, отозвать")))
    await deliver(talk)
    reason = "the customer withdrew their consent to personal data"
    assert await fates(talk) == dict.fromkeys(UNASKED, (DeliveryState.CANCELLED, reason))


async def test_what_is_queued_after_it_is_refused_at_the_last_moment(talk):
    await joins(talk)
    await _withdraws(talk)
    await queue(talk, *UNASKED)
    await deliver(talk)
    assert await fates(talk) == dict.fromkeys(UNASKED, (DeliveryState.CANCELLED, "data_withdrawn"))


async def test_the_open_survey_and_question_are_closed_by_it(talk):
    await joins(talk)
    await talk.is_asked(SurveyKind.NPS)
    old = talk.button("9")
    await _withdraws(talk)
    assert (await talk.run()).closed_at is not None
    assert await _question(talk) is None
    assert await talk.hand_in(talk.event(pressed=old)) == [say(RU, "survey.closed")]
    await talk.say("5 мая")
    assert (await talk.customer()).birthday_day is None


async def test_nothing_is_asked_any_more(talk):
    await joins(talk)
    await _withdraws(talk)
    talk.passes(days=5)
    (text,) = await talk.say("/card")
    assert text.startswith(say(RU, "card.sleeps"))
    (text,) = await talk.say("/settings")
    assert text == say(RU, "settings.withdrawn")
    assert await _question(talk) is None


async def test_the_menu_and_a_person_are_still_there(talk):
    await agrees(talk)
    await _withdraws(talk)
    assert await talk.say("/menu") == [say(RU, "menu.title")]
    assert await talk.press("💬 Позвать человека") == [say(RU, "support.person_comes")]
    assert await talk.case() is not None


async def test_one_button_gives_it_again_and_the_card_is_as_it_was(talk):
    await joins(talk)
    await _withdraws(talk)
    assert await talk.press("Вернуть согласие") == [say(RU, "consent.personal_data.given")]
    assert await _personal_data(talk) is ConsentAction.GIVEN
    assert "Карта" in (await talk.say("/card"))[0]
    await queue(talk, MessageKind.RECEIPT)
    await deliver(talk)
    assert (await fates(talk))[MessageKind.RECEIPT][0] is DeliveryState.SENT


async def test_start_after_it_asks_for_nothing(talk):
    await agrees(talk)
    await _withdraws(talk)
    assert await talk.start() == [say(RU, "welcome.back", business="Корица")]


async def test_a_no_after_it_is_no_weaker_than_it(talk):
    await agrees(talk)
    await _withdraws(talk)
    await talk.say("/settings")
    await talk.press("Вернуть согласие")
    assert labels(talk) == ["Согласен", "Не сейчас"]
    await talk.press("Не сейчас")
    assert await _personal_data(talk) is ConsentAction.WITHDRAWN
    await queue(talk, MessageKind.SURVEY)
    await deliver(talk)
    assert (await fates(talk))[MessageKind.SURVEY] == (DeliveryState.CANCELLED, "data_withdrawn")


async def test_an_old_no_pressed_after_a_yes_takes_the_yes_back(talk):
    await talk.start()
    no = talk.button("Не сейчас")
    await talk.press("Согласен")
    await talk.press("Да, присылайте")
    assert await talk.hand_in(talk.event(pressed=no)) == [say(RU, "consent.personal_data.withdrawn")]
    assert await _personal_data(talk) is ConsentAction.WITHDRAWN


async def test_it_is_written_down_once_with_the_words_that_were_shown(talk):
    await agrees(talk)
    await _opens(talk)
    await talk.press("Отозвать согласие")
    tap = talk.button("Да, отозвать")
    await talk.hand_in(talk.event(pressed=tap))
    await talk.hand_in(talk.event(pressed=tap))
    customer = await talk.customer()
    history = await talk.database.read(lambda store: store.consents.history(customer.id))
    withdrawn = [one for one in history if one.action is ConsentAction.WITHDRAWN]
    assert len(withdrawn) == 1 and len(withdrawn[0].text_version) == 16


async def test_a_join_button_from_before_does_not_join(talk):
    await agrees(talk)
    await talk.press("💳 Моя карта")
    join = talk.button("Вступить")
    await _withdraws(talk)
    (text,) = await talk.hand_in(talk.event(pressed=join))
    assert text.startswith(say(RU, "card.sleeps"))
    customer = await talk.customer()
    assert await talk.database.read(lambda store: store.points.membership(customer.id)) is None


@pytest.mark.parametrize("label", ["🔒 Мои данные", "👤 О себе"])
async def test_who_never_agreed_is_offered_to(talk, label):
    await talk.start()
    await talk.press("Не сейчас")
    await talk.press("Нет, спасибо")
    await talk.say("/settings")
    await talk.press(label)
    assert "Отозвать согласие" not in labels(talk) and "Имя" not in labels(talk)


async def test_it_can_be_taken_back_in_english_too(talk):
    await talk.say("/start", author=ENGLISH)
    await talk.press("I agree")
    await talk.press("Yes, please")
    await talk.say("/settings")
    await talk.press("🔒 My data")
    await talk.press("Withdraw my consent")
    (text,) = await talk.press("Yes, withdraw")
    assert text == say(EN, "data.withdrawn", business="Корица")


async def test_stop_and_start_work_before_the_answer(talk):
    await agrees(talk)
    await _opens(talk)
    await talk.press("Отозвать согласие")
    assert await talk.say("стоп") == [say(RU, "consent.stopped")]
    assert await talk.start() == [say(RU, "welcome.back", business="Корица")]
    assert await _personal_data(talk) is ConsentAction.GIVEN


async def _opens(talk) -> None:
    await talk.say("/settings")
    await talk.press("🔒 Мои данные")


async def _withdraws(talk) -> None:
    await _opens(talk)
    await talk.press("Отозвать согласие")
    assert await talk.press("Да, отозвать") == [say(RU, "data.withdrawn", business="Корица")]


async def _personal_data(talk) -> ConsentAction | None:
    customer = await talk.customer()
    consents = await talk.database.read(lambda store: store.consents.latest(customer.id))
    return consents.get(ConsentPurpose.PERSONAL_DATA)


async def _question(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.preferences.open_question(customer.id))
