"""The profile: one question at a useful moment, answers read and never guessed, and nothing asked twice."""

import pytest

from messaging.capabilities import CAPABILITIES
from messaging.messages import Contact
from messaging.phrases import say
from storage.kinds import Language, ProfileAnswer, ProfileField, SurveyKind
from tests.conversations.walks import ENGLISH, NAMELESS, agrees, joins, labels, last

RU, EN = Language.RU, Language.EN
ASKS_BIRTHDAY = say(RU, "profile.birthday.question")
ASKS_PHONE = say(RU, "profile.phone.question")
ASKS_CITY = say(RU, "profile.city.question")
ASKS_NAME = say(RU, "profile.name.question")


# --- the birthday


async def test_a_birthday_is_asked_after_joining_and_kept(talk):
    await joins(talk)
    assert await talk.say("5 мая") == [say(RU, "profile.birthday.given", day="5 мая")]
    customer = await talk.customer()
    assert (customer.birthday_day, customer.birthday_month, customer.birth_year) == (5, 5, None)
    assert (customer.birthday_set_at, customer.birthday_changes) == (talk.now, 0)
    assert (await _asked(talk))[ProfileField.BIRTHDAY].answer is ProfileAnswer.GIVEN


async def test_without_offers_no_present_is_promised(talk):
    await joins(talk, offers=False)
    assert await talk.say("05.05.1990") == [say(RU, "profile.birthday.given_quietly", day="5 мая 1990")]
    assert (await talk.customer()).birth_year == 1990


async def test_an_impossible_date_is_asked_for_once_more_and_no_third_time(talk):
    await joins(talk)
    assert await talk.say("31.02") == [say(RU, "profile.birthday.no_such_day")]
    assert await talk.say("5 мая 2031") == [say(RU, "profile.birthday.given_up")]
    assert (await talk.customer()).birthday_day is None
    assert await talk.say("5 мая") == [say(RU, "menu.title")]


async def test_after_an_impossible_date_a_right_one_is_kept(talk):
    await joins(talk)
    await talk.say("05.05.2031")
    await talk.say("29 февраля")
    customer = await talk.customer()
    assert (customer.birthday_day, customer.birthday_month) == (29, 2)


async def test_a_question_or_a_complaint_is_not_taken_for_an_answer(talk):
    await joins(talk)
    assert await talk.say("а 5 мая вы работаете?") == [say(RU, "support.passed_on")]
    assert (await _asked(talk))[ProfileField.BIRTHDAY].answer is ProfileAnswer.OPEN
    await talk.say("Ужас, хамство")
    assert (await talk.case()).unread == 2
    assert (await talk.customer()).birthday_day is None


async def test_a_skipped_question_is_not_asked_again(talk):
    await joins(talk)
    assert await talk.press("Пропустить") == [say(RU, "profile.skipped")]
    talk.passes(days=3)
    assert await talk.say("5 мая") == [say(RU, "menu.title")]
    await talk.say("/card")
    await talk.press("Пропустить")
    talk.passes(days=3)
    assert len(await talk.say("/card")) == 1


async def test_skip_may_be_typed_as_some_keyboards_do(talk):
    await joins(talk)
    assert await talk.say("Пропустить") == [say(RU, "profile.skipped")]
    assert await talk.say("Пропустить") == [say(RU, "menu.title")]


async def test_a_skip_under_an_older_question_changes_nothing(talk):
    await joins(talk)
    old = talk.button("Пропустить")
    talk.passes(days=2)
    await talk.say("/card")
    assert await talk.hand_in(talk.event(pressed=old)) == [say(RU, "menu.old_button")]
    assert (await _asked(talk))[ProfileField.PHONE].answer is ProfileAnswer.OPEN


async def test_a_date_days_later_is_no_birthday_any_more(talk):
    await joins(talk)
    talk.passes(days=2)
    await talk.say("5 мая")
    assert (await talk.customer()).birthday_day is None


async def test_a_birthday_may_be_changed_once_and_then_by_the_staff(talk):
    await joins(talk)
    await talk.say("5 мая")
    talk.passes(days=1)
    await _opens(talk, "День рождения")
    await talk.say("6 июня")
    customer = await talk.customer()
    assert (customer.birthday_day, customer.birthday_month, customer.birthday_changes) == (6, 6, 1)
    assert customer.birthday_set_at == talk.now
    (text,) = await _opens(talk, "День рождения")
    assert text == say(RU, "profile.birthday.ask_staff", day="6 июня")
    assert labels(talk) == ["💬 Позвать человека"]


async def test_a_year_added_to_the_same_day_is_no_change(talk):
    await joins(talk)
    since = talk.now
    await talk.say("5 мая")
    talk.passes(days=1)
    await _opens(talk, "День рождения")
    await talk.say("5 мая 1990")
    customer = await talk.customer()
    assert (customer.birth_year, customer.birthday_changes, customer.birthday_set_at) == (1990, 0, since)


async def test_start_in_the_middle_keeps_the_question_open(talk):
    await joins(talk)
    assert await talk.start() == [say(RU, "welcome.back", business="Корица")]
    await talk.say("5 мая")
    assert (await talk.customer()).birthday_day == 5


async def test_stop_in_the_middle_is_obeyed(talk):
    await joins(talk)
    assert await talk.say("стоп") == [say(RU, "consent.stopped")]
    assert await talk.say("5 мая") == [say(RU, "profile.birthday.given_quietly", day="5 мая")]


async def test_a_birthday_is_asked_and_read_in_english(talk):
    await talk.say("/start", author=ENGLISH)
    await talk.press("I agree")
    await talk.press("Yes, please")
    await talk.press("💳 My card")
    await talk.press("Join")
    assert await talk.say("May 5") == [say(EN, "profile.birthday.given", day="5 May")]


# --- the phone


async def test_the_phone_is_asked_with_the_card_and_not_on_the_same_day_as_the_birthday(talk):
    await joins(talk)
    assert len(await talk.say("/card")) == 1
    talk.passes(days=1)
    (_, question) = await talk.say("/card")
    assert question == ASKS_PHONE
    can_share = CAPABILITIES[talk.me.channel].shares_contact
    assert last(talk).message.asks_contact == ("📱 Поделиться номером" if can_share else None)


async def test_a_typed_phone_is_kept_in_one_form_and_unverified(talk):
    await _is_asked_for_phone(talk)
    assert await talk.say("8 (916) 123-45-67") == [say(RU, "contact.thanks")]
    customer = await talk.customer()
    assert (customer.phone, customer.is_phone_verified) == ("+79161234567", False)


async def test_a_phone_that_the_platform_vouches_for_is_verified(talk):
    await _is_asked_for_phone(talk)
    await talk.say("", contact=Contact("79161234567", is_own=True))
    customer = await talk.customer()
    assert (customer.phone, customer.is_phone_verified) == ("+79161234567", True)
    assert (await _asked(talk))[ProfileField.PHONE].answer is ProfileAnswer.GIVEN


async def test_a_phone_that_nobody_vouches_for_counts_as_typed_where_it_was_asked_for(talk):
    await agrees(talk)
    stranger = Contact("+79990000001", is_own=False)
    assert await talk.say("", contact=stranger) == [say(RU, "contact.not_yours")]
    assert (await talk.customer()).phone is None
    await _joins_and_is_asked(talk)
    await talk.say("", contact=stranger)
    customer = await talk.customer()
    assert (customer.phone, customer.is_phone_verified) == ("+79990000001", False)


async def test_the_same_number_typed_again_stays_verified(talk):
    await _is_asked_for_phone(talk)
    await talk.say("", contact=Contact("79161234567", is_own=True))
    await _opens(talk, "Телефон")
    await talk.say("89161234567")
    assert (await talk.customer()).is_phone_verified
    await _opens(talk, "Телефон")
    await talk.say("89161234568")
    assert not (await talk.customer()).is_phone_verified


# --- the name


async def test_who_has_no_name_is_asked_for_it_after_the_consents(talk):
    await talk.say("/start", author=NAMELESS)
    await talk.press("Согласен", author=NAMELESS)
    (_, question) = await talk.press("Нет, спасибо", author=NAMELESS)
    assert question == ASKS_NAME
    assert await talk.say("меня зовут анна", author=NAMELESS) == [say(RU, "profile.name.given", name="Анна")]
    assert (await talk.customer()).name == "Анна"


async def test_who_refused_is_not_asked_for_a_name(talk):
    await talk.say("/start", author=NAMELESS)
    await talk.press("Не сейчас", author=NAMELESS)
    assert await talk.press("Нет, спасибо", author=NAMELESS) == [say(RU, "consent.advertising.refused")]


@pytest.mark.parametrize("words", ["спасибо", "а что у вас есть?", "привет", "Ужас, хамство"])
async def test_what_people_say_otherwise_is_no_name(talk, words):
    await _is_asked_for_name(talk)
    await talk.say(words, author=NAMELESS)
    assert (await talk.customer()).name == ""


async def test_after_a_newer_question_a_word_answers_that_one(talk):
    await _is_asked_for_name(talk)
    talk.passes(minutes=5)
    await talk.say("/rate", author=NAMELESS)
    await talk.say("9", author=NAMELESS)
    await talk.say("Бариста", author=NAMELESS)
    assert ((await talk.customer()).name, (await talk.run()).comment) == ("", "Бариста")


# --- the city


async def test_the_city_is_asked_after_a_finished_survey_and_sets_the_clock(talk):
    await joins(talk)
    await talk.say("5 мая")
    talk.passes(days=2)
    await talk.is_asked(SurveyKind.CSAT)
    await talk.press("5 ⭐")
    thanks, question = await talk.say("всё вкусно")
    assert (thanks, question) == (say(RU, "survey.thanks.promoter"), ASKS_CITY)
    assert await talk.say("Владивосток") == [say(RU, "profile.city.given", city="Владивосток")]
    customer = await talk.customer()
    assert (customer.city, customer.time_zone) == ("Владивосток", "Asia/Vladivostok")


async def test_a_city_we_do_not_know_is_kept_without_a_clock(talk):
    await joins(talk)
    await _opens(talk, "Город")
    await talk.say("Урюпинск")
    customer = await talk.customer()
    assert (customer.city, customer.time_zone) == ("Урюпинск", None)


async def test_who_takes_no_part_in_the_programme_is_asked_for_nothing(talk):
    await agrees(talk)
    await talk.is_asked(SurveyKind.CSAT)
    await talk.press("5 ⭐")
    assert await talk.say("всё вкусно") == [say(RU, "survey.thanks.promoter")]
    assert await _asked(talk) == {}


# --- the page in the settings


async def test_everything_may_be_told_from_the_settings_at_once(talk):
    await joins(talk)
    for label, words in (("Имя", "Анна Петровна"), ("День рождения", "05.05.1990"), ("Телефон", "89161234567")):
        await _opens(talk, label)
        await talk.say(words)
    await talk.say("/settings")
    (text,) = await talk.press("👤 О себе")
    assert "Имя: Анна Петровна" in text and "День рождения: 5 мая 1990" in text
    assert "Телефон: +79161234567" in text and "Город: не указано" in text


async def test_who_is_no_member_may_tell_a_name_alone(talk):
    await agrees(talk)
    await talk.say("/settings")
    (text,) = await talk.press("👤 О себе")
    assert say(RU, "profile.needs_programme") in text
    assert labels(talk) == ["Имя", "← Назад"]


async def test_a_button_of_the_page_from_before_a_withdrawal_asks_nothing(talk):
    await joins(talk)
    await talk.say("/settings")
    await talk.press("👤 О себе")
    old = talk.button("Телефон")
    for label in ("← Назад", "🔒 Мои данные", "Отозвать согласие", "Да, отозвать"):
        await talk.press(label)
    (text,) = await talk.hand_in(talk.event(pressed=old))
    assert say(RU, "profile.needs_data") in text


async def test_while_a_human_talks_answers_are_theirs(talk):
    await talk.hire()
    await joins(talk)
    await talk.say("Ужас, хамство")
    await talk.operator("Простите нас!", reply_to=talk.alert_id())
    assert await talk.say("5 мая") == []
    assert (await talk.customer()).birthday_day is None


async def _asked(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.preferences.questions(customer.id))


async def _opens(talk, label: str) -> list[str]:
    await talk.say("/settings")
    await talk.press("👤 О себе")
    return await talk.press(label)


async def _is_asked_for_phone(talk) -> None:
    await joins(talk)
    talk.passes(days=1)
    assert (await talk.say("/card"))[-1] == ASKS_PHONE


async def _joins_and_is_asked(talk) -> None:
    await talk.say("/card")
    await talk.press("Вступить")
    talk.passes(days=1)
    assert (await talk.say("/card"))[-1] == ASKS_PHONE


async def _is_asked_for_name(talk) -> None:
    await talk.say("/start", author=NAMELESS)
    await talk.press("Согласен", author=NAMELESS)
    await talk.press("Нет, спасибо", author=NAMELESS)
