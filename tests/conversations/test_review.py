"""«Is all correct?»: once a year at most, in a quiet moment, about what nobody confirmed for a year."""

from datetime import timedelta

import pytest

from messaging.messages import Contact
from messaging.phrases import say
from storage.declared import PEOPLE
from storage.kinds import ConsentAction, ConsentPurpose, FieldOrigin, Language, ProfileField, SurveyKind
from storage.models import Consent, CustomerField
from tests.conversations.walks import joins, labels, last
from tests.rows import overwrite

RU = Language.RU
TITLE = say(RU, "review.title")
FIELDS = next(one for one in PEOPLE if one.model is CustomerField)


@pytest.fixture
async def known(talk):
    """A member who told us everything a year and a day ago."""
    await joins(talk)
    await talk.say("5 мая 1990")
    customer = await talk.customer()

    def tell(store) -> None:
        customer.phone, customer.city = "+79161234567", "Казань"
        overwrite(store, customer)
        for field in (ProfileField.PHONE, ProfileField.CITY):
            store.fields.note(customer.id, field, FieldOrigin.STAFF, talk.now)

    await talk.database.write(tell)
    talk.passes(days=366)
    return talk


async def said(talk) -> dict:
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.fields.of(customer.id))


async def decides(talk, purpose: ConsentPurpose, action: ConsentAction) -> None:
    customer = await talk.customer()
    decision = Consent(
        customer_id=customer.id,
        purpose=purpose,
        action=action,
        text_version="test",
        language=RU,
        bot_id=talk.bot_id,
        evidence="test",
        at=talk.now,
    )
    await talk.database.write(lambda store: store.consents.add(decision))


async def is_asked(talk) -> bool:
    return any(TITLE in text for text in await talk.say("/menu"))


async def test_who_looks_at_the_card_a_year_later_is_shown_what_we_hold(known):
    (_, question) = await known.say("/card")
    assert question.splitlines() == [
        TITLE,
        "",
        "Имя: Анна",
        "День рождения: 5 мая 1990",
        "Телефон: +7 ••• ••• 45 67",
        "Город: Казань",
        "",
        say(RU, "review.why"),
    ]
    assert labels(known) == ["Всё верно", "Исправить"]


async def test_a_confirmation_makes_every_field_fresh_and_keeps_who_told_it(known):
    await known.say("/menu")
    known.passes(minutes=5)
    assert await known.press("Всё верно") == [say(RU, "review.thanks")]
    fields = await said(known)
    assert {one.at for one in fields.values()} == {known.now}
    assert (fields["city"].origin, fields["birthday"].origin) == (FieldOrigin.STAFF, FieldOrigin.CUSTOMER)
    assert fields["name"].origin is FieldOrigin.MESSENGER


async def test_what_a_file_told_is_the_customers_own_word_once_they_say_it_is_right(known):
    customer, told = await known.customer(), known.now - timedelta(days=366)
    await known.database.write(
        lambda store: store.fields.note(customer.id, ProfileField.CITY, FieldOrigin.IMPORT, told)
    )
    await known.say("/menu")
    await known.press("Всё верно")
    assert (await said(known))["city"].origin is FieldOrigin.CUSTOMER


async def test_what_was_changed_after_it_had_been_shown_is_not_confirmed(known):
    await known.say("/menu")
    customer = await known.customer()
    known.passes(hours=1)
    changed = known.now
    await known.database.write(
        lambda store: store.fields.note(customer.id, ProfileField.CITY, FieldOrigin.STAFF, changed)
    )
    known.passes(hours=1)
    await known.press("Всё верно")
    fields = await said(known)
    assert (fields["city"].at, fields["name"].at) == (changed, known.now)


async def test_a_correction_leads_into_the_profile(known):
    await known.say("/menu")
    (profile,) = await known.press("Исправить")
    assert profile.startswith(say(RU, "profile.title"))
    await known.press("Город")
    await known.say("Самара")
    assert (await known.customer()).city == "Самара"
    city = (await said(known))["city"]
    assert (city.origin, city.at) == (FieldOrigin.CUSTOMER, known.now)


async def test_nobody_is_asked_twice_within_a_year_whatever_they_answered(known):
    assert await is_asked(known)
    known.passes(days=364)
    assert not await is_asked(known)
    known.passes(days=1)
    assert await is_asked(known)


async def test_what_was_confirmed_within_the_year_is_not_asked_about(known):
    known.passes(days=-2)
    assert not await is_asked(known)


async def test_one_old_field_is_enough_to_ask(known):
    customer = await known.customer()

    def freshen(store) -> None:
        for field in (ProfileField.NAME, ProfileField.BIRTHDAY, ProfileField.PHONE):
            store.fields.note(customer.id, field, FieldOrigin.CUSTOMER, known.now)

    await known.database.write(freshen)
    assert await is_asked(known)


async def test_what_nobody_wrote_down_is_as_old_as_the_customer(known):
    customer = await known.customer()
    await known.database.write(lambda store: store.people.erase(FIELDS, customer.id))
    assert await is_asked(known)
    await known.press("Всё верно")
    assert {one.origin for one in (await said(known)).values()} == {FieldOrigin.CUSTOMER}


async def test_not_within_an_open_survey(known):
    await known.is_asked(SurveyKind.NPS)
    assert not await is_asked(known)


async def test_not_within_another_open_question(known):
    await known.press("⚙️ Настройки")
    await known.press("👤 О себе")
    await known.press("Имя")
    assert not await is_asked(known)
    known.passes(days=2)
    assert await is_asked(known)  # nobody waits for that answer any more


async def test_not_while_a_case_is_open(known):
    await known.say("Ужас, хамство")
    assert not await is_asked(known)


async def test_not_during_a_pause_and_not_to_who_wants_no_questions(known):
    customer = await known.customer()
    customer.paused_until = known.now + timedelta(days=1)
    await known.database.write(lambda store: overwrite(store, customer))
    assert not await is_asked(known)
    known.passes(days=2)
    await known.press("⚙️ Настройки")
    await known.press(say(RU, "settings.surveys.turn_off"))
    assert not await is_asked(known)


async def test_who_left_the_programme_is_asked_about_the_name_alone(known):
    await decides(known, ConsentPurpose.PROGRAMME, ConsentAction.WITHDRAWN)
    (_, question) = await known.say("/menu")
    assert "Имя: Анна" in question and "Телефон" not in question


async def test_a_confirmation_after_the_consent_was_withdrawn_changes_nothing(known):
    await known.say("/menu")
    before = await said(known)
    await decides(known, ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    assert await known.press("Всё верно") == [say(RU, "menu.old_button")]
    assert await said(known) == before
    assert not await is_asked(known)


# --- who told us


async def test_a_number_the_messenger_vouches_for_is_the_messengers_word(talk):
    await joins(talk)
    await talk.say("", contact=Contact("+79161234567", is_own=True))
    assert (await said(talk))["phone"].origin is FieldOrigin.MESSENGER


async def test_the_name_of_the_account_is_the_messengers_word_and_a_told_one_the_customers(talk):
    await joins(talk)
    assert (await said(talk))["name"].origin is FieldOrigin.MESSENGER
    await talk.press("⚙️ Настройки")
    await talk.press("👤 О себе")
    await talk.press("Имя")
    talk.passes(minutes=1)
    await talk.say("Аня")
    name = (await said(talk))["name"]
    assert (name.origin, name.at) == (FieldOrigin.CUSTOMER, talk.now)
    assert last(talk).message.text == say(RU, "profile.name.given", name="Аня")
