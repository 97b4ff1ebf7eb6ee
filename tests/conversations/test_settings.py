"""The settings: topics, quiet hours, a pause; each press changes its message, and what is queued obeys at once."""

from datetime import timedelta

from messaging.messages import Address
from messaging.phrases import say
from storage.kinds import Channel, ConsentPurpose, DeliveryState, Language, MessageKind, Topic
from storage.models import Bot, Identity
from tests.conversations.walks import ENGLISH, agrees, deliver, fates, labels, last, queue

RU, EN = Language.RU, Language.EN
SENT, CANCELLED = DeliveryState.SENT, DeliveryState.CANCELLED


async def test_the_settings_open_by_word_and_by_button(talk):
    await agrees(talk)
    (typed,) = await talk.say("/settings")
    await talk.say("/menu")
    (pressed,) = await talk.press("⚙️ Настройки")
    assert typed == pressed
    assert "Акции и подарки: присылаем" in typed and "21:00–9:00" in typed


async def test_a_switch_changes_the_message_it_stands_under(talk):
    await agrees(talk)
    await talk.say("/settings")
    shown = f"m{len(talk.transport.carried)}"
    (text,) = await talk.press("⭐ Выключить вопросы")
    assert last(talk).edits == shown
    assert "Вопросы о визите: не задаём" in text
    await talk.press("⭐ Включить вопросы")
    assert last(talk).edits == shown
    assert "Вопросы о визите: задаём" in last(talk).message.text


async def test_what_is_queued_obeys_a_switch_that_came_after_it(talk):
    await agrees(talk)
    await talk.say("/settings")
    await queue(talk, MessageKind.JOURNEY, MessageKind.SURVEY, MessageKind.RECEIPT)
    for label in ("🎁 Выключить акции", "💳 Выключить баллы", "⭐ Выключить вопросы"):
        await talk.intake.receive(talk.event(pressed=talk.button(label)))
    await deliver(talk)
    assert await fates(talk) == dict.fromkeys(
        (MessageKind.JOURNEY, MessageKind.SURVEY, MessageKind.RECEIPT), (CANCELLED, "topic_off")
    )


async def test_a_topic_is_switched_for_this_channel_alone(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("⭐ Выключить вопросы")
    customer = await talk.customer()
    here = talk.me.channel
    off = {channel: await _off(talk, customer, channel) for channel in Channel}
    assert off == {channel: {Topic.SURVEYS} if channel is here else set() for channel in Channel}


async def test_who_writes_from_several_channels_reads_which_one_it_is_about(talk):
    await agrees(talk)
    (alone,) = await talk.say("/settings")
    other = Channel.VK if talk.me.channel is not Channel.VK else Channel.WEBCHAT
    await _also_writes_from(talk, Address(f"{other.value}:9", "9"))
    (text,) = await talk.say("/settings")
    here = say(RU, f"channel.{talk.me.channel.value}")
    assert here in text.splitlines()[0] and here not in alone


async def test_offers_without_the_consent_are_off_and_switching_them_on_asks_for_it(talk):
    await agrees(talk, offers=False)
    (text,) = await talk.say("/settings")
    assert "Акции и подарки: не присылаем" in text
    home, question = await talk.press("🎁 Включить акции")
    assert "не присылаем" in home and "Можно иногда присылать" in question
    await talk.press("Да, присылайте")
    (text,) = await talk.say("/settings")
    assert "Акции и подарки: присылаем" in text


async def test_a_yes_to_offers_switches_them_on_where_they_were_off(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🎁 Выключить акции")
    await talk.press("🎁 Включить акции")
    await talk.press("🎁 Выключить акции")
    await talk.say("стоп")
    await talk.say("/settings")
    await talk.press("🎁 Включить акции")
    await talk.press("Да, присылайте")
    await queue(talk, MessageKind.JOURNEY)
    await talk.relay.deliver_due()
    assert (await fates(talk))[MessageKind.JOURNEY][0] is SENT


async def test_a_switch_pressed_twice_is_switched_once(talk):
    await agrees(talk)
    await talk.say("/settings")
    tap = talk.button("⭐ Выключить вопросы")
    assert len(await talk.hand_in(talk.event(pressed=tap))) == 1
    assert await talk.hand_in(talk.event(pressed=tap)) == []
    assert await _off(talk, await talk.customer(), talk.me.channel) == {Topic.SURVEYS}


async def test_an_old_settings_message_still_sets_what_it_says(talk):
    await agrees(talk)
    await talk.say("/settings")
    old = talk.button("⭐ Выключить вопросы")
    talk.passes(days=60)
    await talk.say("/settings")
    await talk.hand_in(talk.event(pressed=old))
    assert await _off(talk, await talk.customer(), talk.me.channel) == {Topic.SURVEYS}


# --- quiet hours


async def test_quiet_hours_are_chosen_from_a_few(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🌙 Тихие часы")
    assert "22:00–8:00" in labels(talk) and last(talk).edits
    (text,) = await talk.press("22:00–8:00")
    assert "Не беспокоим: 22:00–8:00" in text
    customer = await talk.customer()
    assert (customer.quiet_from, customer.quiet_until) == (22 * 60, 8 * 60)


async def test_quiet_hours_may_be_typed_after_their_screen(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🌙 Тихие часы")
    (text,) = await talk.say("с 22:30 до 8")
    assert "22:30–8:00" in text


async def test_the_same_words_at_another_time_are_for_a_person(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.say("18-20 есть стол на веранде, пожалуйста?")
    await talk.say("22-8")
    assert (await talk.customer()).quiet_from is None


async def test_hours_typed_much_later_are_no_quiet_hours(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🌙 Тихие часы")
    talk.passes(hours=3)
    await talk.say("22-8")
    assert (await talk.customer()).quiet_from is None


async def test_who_wants_no_quiet_hours_is_written_to_at_night(talk):
    await agrees(talk)
    talk.now = talk.now.replace(hour=23)
    await queue(talk, MessageKind.JOURNEY)
    await talk.relay.deliver_due()
    assert (await fates(talk))[MessageKind.JOURNEY][0] is DeliveryState.QUEUED
    await talk.say("/settings")
    await talk.press("🌙 Тихие часы")
    (text,) = await talk.press("Писать можно всегда")
    assert "Тихих часов нет" in text
    await queue(talk, MessageKind.JOURNEY, text="Ночью")
    await talk.relay.deliver_due()
    assert (await fates(talk, "Ночью"))[MessageKind.JOURNEY][0] is SENT


async def test_back_returns_to_the_settings_in_the_same_message(talk):
    await agrees(talk)
    await talk.say("/settings")
    shown = f"m{len(talk.transport.carried)}"
    for label in ("🌙 Тихие часы", "← Назад", "👤 О себе", "← Назад", "🔒 Мои данные", "← Назад"):
        await talk.press(label)
        assert last(talk).edits == shown
    assert last(talk).message.text.startswith("⚙️ Настройки")


# --- a pause


async def test_a_pause_silences_what_nobody_asked_for_and_nothing_else(talk):
    await agrees(talk)
    await talk.say("/settings")
    await queue(talk, MessageKind.JOURNEY, MessageKind.SURVEY, MessageKind.RECEIPT)
    await talk.press("⏸ Пауза на 30 дней")
    await deliver(talk)
    assert "до 31 марта" in last(talk).message.text
    assert set((await fates(talk)).values()) == {(CANCELLED, "paused")}
    assert await talk.press("▶️ Снять паузу")
    await queue(talk, MessageKind.RECEIPT, text="Снова")
    await talk.relay.deliver_due()
    assert (await fates(talk, "Снова"))[MessageKind.RECEIPT][0] is SENT


async def test_a_pause_ends_by_itself(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("⏸ Пауза на 30 дней")
    talk.passes(days=30)
    await queue(talk, MessageKind.RECEIPT)
    (text,) = [one for one in await talk.say("/settings") if one.startswith("⚙️")]
    assert "Пауза" not in text
    assert (await fates(talk))[MessageKind.RECEIPT][0] is SENT


# --- language and interruptions


async def test_the_language_is_changed_from_the_settings(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🌐 Language")
    await talk.press("English")
    (text,) = await talk.say("/settings")
    assert "Offers and gifts: on" in text and "⏸ Pause for 30 days" in labels(talk)


async def test_an_english_customer_has_english_settings(talk):
    await talk.say("/start", author=ENGLISH)
    await talk.press("I agree")
    await talk.press("Yes, please")
    await talk.say("/settings")
    await talk.press("🌙 Quiet hours")
    (text,) = await talk.say("from 22 to 8")
    assert "Quiet hours: 22:00–8:00" in text


async def test_start_and_stop_work_in_the_middle_of_the_settings(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🌙 Тихие часы")
    assert await talk.start() == [say(RU, "welcome.back", business="Корица")]
    assert await talk.say("стоп") == [say(RU, "consent.stopped")]
    (text,) = await talk.say("/settings")
    assert "Акции и подарки: не присылаем" in text


async def test_the_old_buttons_of_the_menu_still_do_their_work(talk):
    await agrees(talk)
    await talk.say("/menu")
    press = talk.button("⚙️ Настройки")
    for value, answer in (("go:offers", "Сейчас вы получаете акции"), ("go:language", "На каком языке")):
        (text,) = await talk.hand_in(talk.event(pressed=type(press)(press.nonce, value)))
        assert text.startswith(answer)


async def test_the_consent_stays_when_only_a_topic_is_switched_off(talk):
    await agrees(talk)
    await talk.say("/settings")
    await talk.press("🎁 Выключить акции")
    customer = await talk.customer()
    consents = await talk.database.read(lambda store: store.consents.latest(customer.id))
    assert consents[ConsentPurpose.ADVERTISING] == "given"


async def _off(talk, customer, channel) -> set[Topic]:
    return set(await talk.database.read(lambda store: store.preferences.switched_off(customer.id, channel)))


async def _also_writes_from(talk, chat: Address) -> None:
    customer = await talk.customer()

    def unit(store) -> None:
        store.bots.register(Bot(id=chat.bot_id, channel=chat.channel))
        identity = Identity(
            bot_id=chat.bot_id,
            user_id=chat.user_id,
            customer_id=customer.id,
            seen_at=talk.now - timedelta(days=1),
        )
        store.customers._insert(identity)

    await talk.database.write(unit)
