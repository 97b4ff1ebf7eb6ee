"""The door in: each event once, each button once, in order, and kept even when the answer breaks."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from handlers import intake as intake_module
from handlers.intake import Received
from messaging.messages import Address
from messaging.phrases import say
from storage.kinds import ConsentAction, ConsentPurpose, Language, SurveyKind

RU = Language.RU


async def test_an_event_that_comes_three_times_is_answered_once(talk):
    event = talk.event("/start")
    assert await talk.intake.receive(event) is Received.ANSWERED
    assert await talk.intake.receive(event) is Received.KNOWN_ALREADY
    assert await talk.hand_in(event) != []
    assert len(talk.transport.carried) == 1


async def test_a_tap_that_the_app_repeats_takes_effect_once_and_is_not_answered_twice(talk):
    await talk.is_asked(SurveyKind.NPS)
    tap = talk.button("2")
    assert len(await talk.hand_in(talk.event(pressed=tap))) == 1
    talk.passes(seconds=3)
    assert await talk.hand_in(talk.event(pressed=tap)) == []
    assert (await talk.case()).unread == 1


async def test_a_button_pressed_again_next_day_has_no_effect_and_says_so(talk):
    await talk.start()
    await talk.press("Согласен")
    tap = talk.button("Да, присылайте")
    await talk.hand_in(talk.event(pressed=tap))
    await talk.say("стоп")
    talk.passes(days=1)
    assert await talk.hand_in(talk.event(pressed=tap)) == [say(RU, "menu.pressed_again")]


async def test_ten_messages_at_once_of_one_customer_are_ten_turns_in_order(talk):
    await talk.say("/start")
    events = [talk.event(f"вопрос {number}: когда вы откроете веранду?") for number in range(10)]
    await asyncio.gather(*map(talk.intake.receive, events))
    customer = await talk.customer()
    heard = await talk.database.read(lambda store: store.inbox.of_customer(customer.id, 100))
    assert [event.text for event in heard[-10:]] == [event.text for event in events]
    assert (await talk.case()).unread == 10


@pytest.mark.parametrize("patience", [intake_module.ANSWER_WITHIN_SECONDS, 0.05, 0])
async def test_many_customers_at_once_are_each_answered_once(talk, monkeypatch, patience):
    """Whoever could not be answered in time, on a machine that is busy, is answered by the sweep."""
    monkeypatch.setattr(intake_module, "ANSWER_WITHIN_SECONDS", patience)
    chats = [Address(talk.bot_id, str(number)) for number in range(60)]
    await asyncio.gather(*(talk.intake.receive(talk.event("привет", chat=chat)) for chat in chats))
    talk.passes(seconds=6)
    await talk.intake.answer_kept()
    await talk.relay.deliver_due()
    assert Counter(delivery.to for delivery in talk.transport.carried) == Counter(chats)


async def test_an_event_whose_answer_breaks_is_kept_and_answered_by_the_sweep(talk, monkeypatch):
    def broken(turn):
        raise RuntimeError("a bug in a flow")

    with monkeypatch.context() as patch:
        patch.setattr(intake_module, "answer", broken)
        assert await talk.intake.receive(talk.event("привет")) is Received.KEPT_FOR_LATER
    talk.passes(seconds=6)
    assert await talk.intake.answer_kept() == 1
    await talk.relay.deliver_due()
    assert talk.transport.texts(talk.me) == [say(RU, "menu.title")]
    assert await talk.intake.answer_kept() == 0


async def test_an_event_that_no_flow_survives_reaches_a_person_in_the_end(talk, monkeypatch):
    def broken(turn):
        raise RuntimeError("a bug in a flow")

    monkeypatch.setattr(intake_module, "answer", broken)
    await talk.intake.receive(talk.event("что-то, на чём всё ломается"))
    for _ in range(intake_module.MOST_ATTEMPTS):
        talk.now += timedelta(hours=1)
        await talk.intake.answer_kept()
    await talk.relay.deliver_due()
    assert (await talk.case()).summary == "что-то, на чём всё ломается"
    assert talk.transport.texts(talk.me) == [say(RU, "support.passed_on")]


async def test_an_operators_word_that_no_flow_survives_is_given_back_and_holds_up_nothing(talk, monkeypatch):
    await talk.hire()
    await talk.start()
    await talk.say("позовите человека")
    about = talk.alert_id()

    def broken(turn):
        raise RuntimeError("a bug in a flow")

    with monkeypatch.context() as patch:
        patch.setattr(intake_module, "answer_staff", broken)
        await talk.operator("Иду", reply_to=about)
        for _ in range(intake_module.MOST_ATTEMPTS):
            talk.now += timedelta(hours=1)
            await talk.intake.answer_kept()
    await talk.relay.deliver_due()
    assert talk.alerts()[-1] == say(RU, "staff.not_understood", text="Иду")
    await talk.operator("Уже здесь", reply_to=about)
    assert "Уже здесь" in talk.transport.texts(talk.me)


async def test_what_people_say_in_groups_is_not_kept(talk):
    stranger = Address("telegram:1", "-1")
    assert await talk.intake.receive(talk.event("привет всем", chat=stranger, is_group=True)) is Received.NOT_OURS
    assert await talk.intake.receive(talk.event("обедаем?", chat=talk.desk, is_group=True)) is Received.NOT_OURS
    assert await talk.database.read(lambda store: store.inbox.find("telegram:1", "1")) is None


async def test_a_stop_word_does_not_overtake_a_kept_agreement(talk, monkeypatch):
    await talk.start()
    await talk.press("Согласен")
    yes = talk.event(pressed=talk.button("Да, присылайте"))
    with monkeypatch.context() as patch:
        patch.setattr(intake_module, "answer", lambda turn: 1 / 0)
        await talk.intake.receive(yes)
    assert await talk.say("стоп") == []
    talk.passes(seconds=6)
    await talk.intake.answer_kept()
    customer = await talk.customer()
    consents = await talk.database.read(lambda store: store.consents.latest(customer.id))
    assert consents[ConsentPurpose.ADVERTISING] is ConsentAction.WITHDRAWN


async def test_a_character_that_postgres_does_not_keep_breaks_nothing(talk):
    assert await talk.intake.receive(talk.event("при\0вет")) is Received.ANSWERED
