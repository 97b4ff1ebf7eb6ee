"""The card: what it gives, a consent of its own, joining, and what one has on it."""

from zoneinfo import ZoneInfo

import pytest

from loyalty import ledger
from loyalty.accrual import accrue
from messaging.menu import consent_question
from messaging.phrases import say
from storage.kinds import ConsentAction, ConsentPurpose, Language, MessageKind, PointsKind, PurchaseSource
from storage.models import Purchase
from tests.conversations.walks import ENGLISH, agrees, deliver, fates, joins, labels, queue

RU, EN = Language.RU, Language.EN


async def test_who_has_no_card_reads_what_it_gives_and_is_asked_to_join(talk):
    await agrees(talk)
    (text,) = await talk.press("💳 Моя карта")
    assert text.startswith("С картой Корица 5 %") and labels(talk) == ["Вступить", "Не сейчас"]
    assert await _card(talk) is None


async def test_joining_brings_a_card_a_code_and_one_question(talk):
    card, question = await joins(talk)
    (code,) = await _codes(talk)
    assert code[:5] == "HELLO" and f"HELLO-{code[5:]} — скидка 10 %, до 31 марта" in card
    assert "Назовите код на кассе" in card
    assert question == say(RU, "profile.birthday.question")
    assert (await _consents(talk))[ConsentPurpose.PROGRAMME] is ConsentAction.GIVEN


async def test_the_card_shows_its_number_and_balance(talk):
    await joins(talk)
    await _earn(talk, 22)
    (text, *_) = await talk.press("💳 Моя карта")
    number = (await _card(talk)).card_number
    assert f"Карта {number[:3]} {number[3:6]} {number[6:]}" in text
    assert "На карте 22 балла." in text and "HELLO-" in text


@pytest.mark.parametrize(("points", "words"), [(1, "1 балл."), (5, "5 баллов."), (21, "21 балл.")])
async def test_points_are_counted_in_good_russian(talk, points, words):
    await joins(talk)
    await _earn(talk, points)
    assert f"На карте {words}" in (await talk.say("/card"))[0]


async def test_refusing_the_programme_leaves_everything_else(talk):
    await agrees(talk)
    await talk.press("💳 Моя карта")
    assert await talk.press("Не сейчас") == [say(RU, "consent.programme.refused")]
    assert await _card(talk) is None
    await talk.press("⭐ Отзыв")
    await talk.press("⭐ Оценить")
    await talk.press("9")
    assert (await talk.run()).score == 9
    await queue(talk, MessageKind.JOURNEY, MessageKind.SURVEY)
    await deliver(talk)
    assert {state for state, _ in (await fates(talk)).values()} == {"sent"}


async def test_the_programme_is_asked_for_apart_from_the_first_consent(talk):
    await agrees(talk)
    assert ConsentPurpose.PROGRAMME not in await _consents(talk)
    (text,) = await talk.press("💳 Моя карта")
    assert text != say(RU, "consent.personal_data.question", hello="", business="Корица")


async def test_another_wording_of_the_first_consent_does_not_ask_again(talk):
    await agrees(talk)
    customer = await talk.customer()
    (first, _) = await talk.database.read(lambda store: store.consents.history(customer.id))
    newer = consent_question(RU, ConsentPurpose.PERSONAL_DATA, hello="Привет!", business="Корица-2").text
    assert first.text_version not in newer
    talk.business = type(talk.business)("Корица-2", talk.business.desk)  # its name stands in the text
    assert await talk.start() == [say(RU, "welcome.back", business="Корица-2")]
    (text,) = await talk.press("💳 Моя карта")
    assert text.startswith("С картой")


async def test_without_the_first_consent_it_is_asked_first_and_the_programme_follows(talk):
    await talk.start()
    await talk.press("Не сейчас")
    await talk.press("Нет, спасибо")
    (text,) = await talk.press("💳 Моя карта")
    assert text.startswith(say(RU, "card.needs_data"))
    (text,) = await talk.press("Согласен")
    assert "Вступаете?" in text
    card, question = await talk.press("Вступить")
    assert "Номер карты" in card and question == say(RU, "profile.birthday.question")


async def test_joining_is_done_once_however_often_it_is_pressed(talk):
    await agrees(talk)
    await talk.press("💳 Моя карта")
    first = talk.button("Вступить")
    await talk.say("/card")
    await talk.hand_in(talk.event(pressed=talk.button("Вступить")))
    number, codes = (await _card(talk)).card_number, await _codes(talk)
    talk.passes(days=2)
    await talk.hand_in(talk.event(pressed=first))
    assert ((await _card(talk)).card_number, await _codes(talk)) == (number, codes)


async def test_who_leaves_the_programme_earns_no_more_and_hears_no_more_of_points(talk):
    await joins(talk)
    await _earn(talk, 100)
    await _is_asked_whether_to_leave(talk)
    await queue(talk, MessageKind.RECEIPT)
    await talk.intake.receive(talk.event(pressed=talk.button("Да, выйти")))
    await deliver(talk)
    assert (await fates(talk))[MessageKind.RECEIPT] == ("cancelled", "the customer left the programme")
    assert await _buys(talk) == 0
    (text,) = await talk.press("💳 Моя карта")
    assert text.startswith(say(RU, "card.waits", balance="100 баллов"))


async def test_who_comes_back_has_the_same_card_and_earns_again(talk):
    await joins(talk)
    number = (await _card(talk)).card_number
    await _leaves(talk)
    await talk.press("💳 Моя карта")
    await talk.press("Вступить")
    assert (await _card(talk)).card_number == number
    assert await _buys(talk) == 50


async def test_leaving_is_asked_once_more_and_may_be_thought_over(talk):
    await joins(talk)
    await talk.say("/settings")
    await talk.press("🔒 Мои данные")
    (question,) = await talk.press("Выйти из программы")
    assert question == say(RU, "data.leave.question")
    await talk.press("Оставить как есть")
    assert (await _consents(talk))[ConsentPurpose.PROGRAMME] is ConsentAction.GIVEN


async def test_an_english_customer_has_an_english_card(talk):
    await talk.say("/start", author=ENGLISH)
    await talk.press("I agree")
    await talk.press("Yes, please")
    await talk.press("💳 My card")
    card, question = await talk.press("Join")
    assert ": 10% off, until 31 March" in card and question == say(EN, "profile.birthday.question")
    await _earn(talk, 1)
    assert "It holds 1 point." in (await talk.say("/card"))[0]


async def test_stop_ends_offers_and_not_the_card(talk):
    await joins(talk)
    assert await talk.say("стоп") == [say(RU, "consent.stopped")]
    assert "Карта" in (await talk.say("/card"))[0]


async def _card(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.points.membership(customer.id))


async def _codes(talk) -> list[str]:
    customer = await talk.customer()
    return [one.code for one in await talk.database.read(lambda store: store.promos.of_customer(customer.id, 9))]


async def _consents(talk):
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.consents.latest(customer.id))


async def _leaves(talk) -> None:
    await _is_asked_whether_to_leave(talk)
    await talk.press("Да, выйти")


async def _is_asked_whether_to_leave(talk) -> None:
    await talk.say("/settings")
    await talk.press("🔒 Мои данные")
    await talk.press("Выйти из программы")


async def _earn(talk, points: int) -> None:
    customer = await talk.customer()
    cause = ledger.Cause(key="a test", customer_id=customer.id, kind=PointsKind.GIFT)
    await talk.database.write(
        lambda store: ledger.grant(store, cause, points, talk.now, opens_at=talk.now, expires_at=None)
    )


async def _buys(talk) -> int:
    """Points that a purchase of 1000 roubles earns now."""
    customer = await talk.customer()
    purchase = Purchase(
        customer_id=customer.id, at=talk.now, amount_minor=100_000, source=PurchaseSource.CONSOLE, key=str(talk.now)
    )

    def unit(store) -> int:
        store.purchases.add(purchase)
        return sum(one.points for one in accrue(store, [purchase], ZoneInfo("Europe/Moscow"), talk.now))

    return await talk.database.write(unit)
