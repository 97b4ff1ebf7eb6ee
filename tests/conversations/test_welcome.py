"""The first minutes: a hello, two consents, a language, a way out."""

from dataclasses import replace

from messaging.messages import Author
from messaging.phrases import say
from storage.kinds import ConsentAction, ConsentPurpose, Language
from storage.models import EntryLink

RU = Language.RU


async def _consents(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.consents.latest(customer.id))


async def test_a_stranger_is_greeted_and_asked_about_personal_data_alone(talk):
    (hello,) = await talk.start()
    assert "Корица" in hello and "персональных данных" in hello and "акции" not in hello
    assert await _consents(talk) == {}


async def test_the_two_consents_are_two_messages_and_each_answer_is_recorded(talk):
    await talk.start()
    (second,) = await talk.press("Согласен")
    assert "акции" in second
    await talk.press("Нет, спасибо")
    assert await _consents(talk) == {
        ConsentPurpose.PERSONAL_DATA: ConsentAction.GIVEN,
        ConsentPurpose.ADVERTISING: ConsentAction.REFUSED,
    }


async def test_a_consent_keeps_what_was_shown_and_the_event_that_proves_it(talk):
    await talk.start()
    await talk.press("Согласен", event_id="the press")
    customer = await talk.customer()
    (consent,) = await talk.database.read(lambda store: store.consents.history(customer.id))
    assert (consent.evidence, consent.at, consent.bot_id) == ("the press", talk.now, talk.bot_id)
    assert len(consent.text_version) == 16


async def test_refusing_everything_still_leaves_the_menu_and_a_person(talk):
    await talk.start()
    await talk.press("Не сейчас")
    await talk.press("Нет, спасибо")
    assert await talk.press("💬 Позвать человека") == [say(RU, "support.person_comes")]


async def test_a_link_that_we_printed_is_remembered_and_asks_its_survey(talk):
    link = EntryLink(code="table5", source="QR на столике", survey="nps")
    await talk.database.write(lambda store: store.connection.execute(_insert(link)))
    _, question = await talk.start("table5")
    assert question.startswith("Корица: насколько вероятно")
    assert (await talk.customer()).source == "QR на столике"


async def test_a_link_that_nobody_printed_is_a_plain_hello(talk):
    (hello,) = await talk.start("who-knows")
    assert "Корица" in hello
    assert (await talk.customer()).source is None


async def test_the_language_is_the_channels_until_the_customer_chooses(talk):
    english = Author(talk.me.user_id, "John", Language.EN)
    (hello,) = await talk.say("/start", author=english)
    assert hello.startswith("Hello!")
    await talk.say("/language")
    assert await talk.press("Русский") == [say(RU, "language.chosen")]
    assert (await talk.say("/menu", author=english)) == [say(RU, "menu.title")]


async def test_a_stop_word_ends_advertising_at_once_and_is_confirmed_once(talk):
    await talk.start()
    assert await talk.say("Стоп!") == [say(RU, "consent.stopped")]
    assert (await _consents(talk))[ConsentPurpose.ADVERTISING] is ConsentAction.WITHDRAWN
    assert await talk.say("стоп") == []


async def test_who_refused_offers_finds_the_way_back_in_the_menu(talk):
    await talk.start()
    await talk.press("Согласен")
    await talk.press("Нет, спасибо")
    await talk.press("⚙️ Настройки")
    await talk.press("🎁 Включить акции")
    await talk.press("Да, присылайте")
    assert (await _consents(talk))[ConsentPurpose.ADVERTISING] is ConsentAction.GIVEN


def _insert(link: EntryLink):
    from sqlalchemy import insert

    from storage.columns import row_of, table_of

    return insert(table_of(EntryLink)).values(row_of(link))


async def test_the_owners_own_words_stand_in_the_first_hello(talk):
    talk.business = replace(talk.business, greeting="У нас лучшие булочки на Петроградке.")
    (hello,) = await talk.start()
    assert "лучшие булочки" in hello
