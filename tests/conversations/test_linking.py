"""One customer, two channels: the link, the code, the question, the merge, and what is never merged."""

from dataclasses import replace

from messaging.decisions import remember
from messaging.doors import Door, door_to
from messaging.linking import TRIES, TRIES_OF_ALL, offer
from messaging.messages import Address, Author, Press
from messaging.people import erase
from storage.kinds import CaseOrigin, Channel, ConsentAction, ConsentPurpose
from tests.conversations.pairs import SITE
from tests.conversations.walks import agrees, joins
from tests.rows import overwrite

# --- the way there


async def test_a_link_makes_one_customer_of_two_chats(pair):
    await joins(pair)
    (question,) = await pair.comes_by_link()
    assert "Это вы — Ан•••" in question
    done, *_ = await pair.presses_there("Да, это я")
    assert "каналы связаны" in done
    assert await pair.is_one()
    assert any("подключён ещё один канал" in text for text in pair.transport.texts(pair.me))


async def test_a_code_does_the_same(pair):
    await agrees(pair)
    code = await pair.code()
    (question,) = await pair.says_there(f"{code[:3]} {code[3:]}")
    assert "Это вы" in question
    await pair.presses_there("Да, это я")
    assert await pair.is_one()


async def test_the_screen_shows_a_button_for_each_other_channel(pair):
    await agrees(pair)
    await pair.wants_link()
    urls = [button.url for button in pair.transport.carried[-1].message.buttons if button.url]
    assert len(urls) == len(Channel) - 1
    assert not any(url.startswith(_base(pair, pair.me)) for url in urls)


def _base(pair, chat) -> str:
    return next(door.base for door in pair.business.doors if door.bot_id == chat.bot_id)


async def test_the_card_of_one_channel_is_shown_in_the_other(pair):
    await joins(pair)
    (card, *_) = await pair.say("/card")
    await pair.links()
    assert card.splitlines()[0] in (await pair.says_there("/card"))[0]


async def test_who_is_linked_already_hears_that(pair):
    await agrees(pair)
    await pair.links()
    (screen,) = await pair.wants_link()
    assert "Открыть" not in screen
    chat = await pair.owner_of(pair.me)
    offered = await pair.database.write(lambda store: offer(store, chat.id, pair.me, pair.now))
    (known,) = await pair.says_there("/start", payload=offered.word)
    assert "уже связан" in known


async def test_the_business_needs_a_second_channel_for_all_of_this(one):
    one.business = replace(one.business, doors=one.business.doors[:1])
    await agrees(one)
    await one.say("/settings")
    labels = [button.label for button in one.transport.carried[-1].message.buttons]
    assert "🔗 Второй канал" not in labels


def test_each_channel_has_its_own_kind_of_link():
    assert door_to("telegram:1", "korica_bot", SITE).link("link_x") == "https://t.me/korica_bot?start=link_x"
    assert door_to("vk:17", "", SITE).link("link_x") == "https://vk.me/club17?ref=link_x"
    assert door_to("vk:17", "korica", SITE).link("link_x") == "https://vk.me/korica?ref=link_x"
    assert door_to("webchat:main", "", SITE).link("link_x") == f"{SITE}/chat?start=link_x"


def test_a_channel_that_nobody_can_open_has_no_link():
    assert door_to("telegram:1", "", SITE) is None
    assert door_to("webchat:main", "", "http://127.0.0.1:8080") is None
    assert isinstance(door_to("webchat:main", "", SITE), Door)


# --- once, and not for long


async def test_a_link_works_once(one):
    await agrees(one)
    await one.comes_by_link()
    stranger = Address(one.there.bot_id, "666")
    (answer,) = await one.says_there("/start", payload=one.word(), chat=stranger)
    assert "не действуют" in answer
    assert len(await one.presses_there("Да, это я")) >= 1
    assert await one.is_one()


async def test_a_link_lives_for_ten_minutes(one):
    await agrees(one)
    await one.wants_link()
    one.passes(minutes=10)
    (answer,) = await one.says_there("/start", payload=one.word())
    assert "не действуют" in answer


async def test_the_question_too_is_open_for_ten_minutes(one):
    await agrees(one)
    await one.comes_by_link()
    one.passes(minutes=10)
    (answer,) = await one.presses_there("Да, это я")
    assert "не действуют" in answer and not await one.is_one()


async def test_a_new_code_ends_the_old_one(one):
    await agrees(one)
    old = await one.code()
    await one.code()
    answers = await one.says_there(old)
    assert not any("Это вы" in text for text in answers)


async def test_no_links_nothing_and_greets_who_is_new(one):
    await agrees(one)
    await one.comes_by_link()
    nothing, greeting = await one.presses_there("Нет")
    assert "ничего не связано" in nothing and "персональных данных" in greeting
    assert not await one.is_one()
    (late,) = await one.presses_there("Да, это я")
    assert "не действуют" in late


async def test_only_the_chat_that_used_the_link_may_answer(one):
    await agrees(one)
    await one.comes_by_link()
    stranger = Address(one.there.bot_id, "666")
    yes = one.button("Да, это я", one.there)
    (answer,) = await one.says_there(pressed=Press("forged", yes.value), chat=stranger)
    assert "не действуют" in answer


async def test_the_word_and_the_code_are_kept_as_hashes(one):
    await agrees(one)
    code = await one.code()
    customer = await one.customer()

    def look(store):
        return store.second_channels.by_token("x", one.now), store.connection.exec_driver_sql(
            "SELECT token_hash, code_hash FROM second_channel"
        ).one()

    nobody, hashes = await one.database.read(look)
    assert nobody is None and customer is not None
    assert code not in hashes and one.word() not in hashes and all(len(one) == 64 for one in hashes)


# --- six digits are not always a code


async def test_six_digits_are_a_question_for_a_person_when_no_code_is_open(one):
    (answer,) = await one.says_there("482915")
    assert "код" not in answer.lower()


async def test_six_digits_that_are_nobodys_code_are_left_to_the_others(one):
    await agrees(one)
    code = await one.code()
    (answer,) = await one.says_there(_another(code))
    assert "кода сейчас нет" not in answer


async def test_who_was_asked_for_a_code_hears_that_it_is_wrong(one):
    await agrees(one)
    code = await one.code()
    await _wants_to_type_there(one)
    (answer,) = await one.says_there(_another(code))
    assert "Такого кода сейчас нет" in answer
    (question,) = await one.says_there(code)
    assert "Это вы" in question


async def test_after_five_tries_even_the_right_code_is_not_taken(one):
    await agrees(one)
    code = await one.code()
    await _wants_to_type_there(one)
    for number in range(TRIES):
        await one.says_there(_another(code, number))
    (answer,) = await one.says_there(code)
    assert "Слишком много кодов" in answer


async def test_guesses_that_nobody_asked_for_count_too(one):
    await agrees(one)
    code = await one.code()
    for number in range(TRIES):
        await one.says_there(_another(code, number))
    answers = await one.says_there(code)
    assert not any("Это вы" in text for text in answers)


async def test_words_between_the_guesses_hide_none_of_them(one):
    await agrees(one)
    code = await one.code()
    for number in range(TRIES):
        await one.says_there(_another(code, number))
        for _ in range(8):
            await one.says_there("спасибо")
    assert not any("Это вы" in text for text in await one.says_there(code))


async def test_spaces_around_a_guess_hide_it_from_nobody(one):
    await agrees(one)
    code = await one.code()
    await _strangers_guess(one, lambda number: f"  {_another(code, number)}  ")
    assert not any("Это вы" in text for text in await one.says_there(code))


async def test_who_is_erased_between_the_guesses_has_no_more_of_them(one):
    await agrees(one)
    code = await one.code()

    async def forget(chat):
        customer = await one.owner_of(chat)
        await one.database.write(lambda store: erase(store, customer.id, None, one.now))

    for number in range(TRIES_OF_ALL):
        await one.says_there(_another(code, number))
        await forget(one.there)
    assert not any("Это вы" in text for text in await one.says_there(code))


async def test_after_ten_minutes_there_are_new_tries(one):
    await agrees(one)
    for number in range(TRIES):
        await one.says_there(_another("000000", number))
    one.passes(minutes=11)
    (question,) = await one.says_there(await one.code())
    assert "Это вы" in question


async def test_many_strangers_guess_no_better_than_one(one):
    await agrees(one)
    code = await one.code()
    await _strangers_guess(one, lambda number: _another(code, number))
    answers = await one.says_there(code)
    assert not any("Это вы" in text for text in answers)
    (question,) = await one.says_there("/start", payload=one.word())
    assert "Это вы" in question


async def test_the_own_code_in_the_own_chat_is_not_used_up(one):
    await agrees(one)
    code = await one.code()
    (answer,) = await one.say(code)
    assert "для другого мессенджера" in answer
    (question,) = await one.says_there(code)
    assert "Это вы" in question


async def _strangers_guess(one, text) -> None:
    for number in range(TRIES_OF_ALL):
        stranger = Address(one.there.bot_id, f"s{number}")
        await one.intake.receive(one.event(text(number), chat=stranger, author=Author(stranger.user_id)))


def _another(code: str, number: int = 0) -> str:
    return f"{(int(code) + 1 + number) % 1_000_000:06}"


async def _wants_to_type_there(pair) -> None:
    """A customer of the other channel presses «I have a code» in the settings there."""
    await pair.says_there("/start")
    await pair.presses_there("Согласен")
    await pair.presses_there("Нет, спасибо")
    await pair.says_there("/settings")
    await pair.presses_there("🔗 Второй канал")
    await pair.presses_there("У меня есть код")


# --- what is merged, and what is not


async def test_the_record_known_for_longer_stays_whichever_side_it_is_on(one):
    await one.says_there("/start")
    elder = await one.owner_of(one.there)
    one.passes(days=3)
    await agrees(one)
    await one.links()
    assert (await one.owner_of(one.me)).id == elder.id
    assert await one.is_one()


async def test_two_verified_phones_are_never_merged_and_a_person_looks(pair):
    await joins(pair)
    await _has_verified_phone(pair, pair.me, "+79160000001")
    await pair.says_there("/start")
    await _has_verified_phone(pair, pair.there, "+79160000002")
    (answer,) = await pair.links()
    assert "сотрудник посмотрит" in answer and not await pair.is_one()
    assert "сотрудник посмотрит" in pair.transport.texts(pair.me)[-1]
    newcomer = await pair.owner_of(pair.there)
    case = await pair.database.read(lambda store: store.cases.open_for(newcomer.id))
    assert case.origin is CaseOrigin.TWO_RECORDS
    assert str((await pair.owner_of(pair.me)).id) in case.summary
    assert any("две записи" in alert for alert in pair.alerts())


async def test_who_withdrew_the_consent_to_personal_data_is_not_linked(one):
    await agrees(one)
    await one.says_there("/start")
    await _decides(one, one.there, ConsentPurpose.PERSONAL_DATA, ConsentAction.WITHDRAWN)
    (answer,) = await one.comes_by_link()
    assert "согласие на обработку" in answer and not await one.is_one()


async def _has_verified_phone(pair, chat: Address, phone: str) -> None:
    customer = await pair.owner_of(chat)
    customer.phone, customer.is_phone_verified = phone, True
    await pair.database.write(lambda store: overwrite(store, customer))


async def _decides(pair, chat: Address, purpose: ConsentPurpose, action: ConsentAction) -> None:
    customer = await pair.owner_of(chat)
    event = pair.event("слово", chat=chat)
    await pair.database.write(lambda store: remember(store, customer, purpose, action, event, None, pair.now))
