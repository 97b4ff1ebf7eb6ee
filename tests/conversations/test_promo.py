"""Promo codes in the chat: one's own list, the state of an own code, and one answer for all others."""

from datetime import timedelta

import pytest

from loyalty import campaigns, promo_codes
from loyalty.promo_rules import looks_like_code
from messaging.messages import Address
from messaging.phrases import say
from storage.kinds import Language, PromoKind
from storage.models import PromoCampaign, PromoCode, Purchase
from tests.conversations.walks import agrees, joins

RU = Language.RU
NO = say(RU, "promo.does_not_fit")


async def test_my_codes_are_the_same_however_often_one_asks(talk):
    await joins(talk)
    await talk.say("/card")
    (first,) = await talk.press("🎟 Мои коды")
    await talk.say("/card")
    (second,) = await talk.press("🎟 Мои коды")
    assert first == second
    assert "скидка 10 %, до 31 марта" in first and "Назовите код на кассе" in first


async def test_a_typed_own_code_tells_until_when_it_is_valid(talk):
    await joins(talk)
    code = await _code(talk)
    for typed in (code, code.lower(), f"{code[:5]} - {code[5:]}"):
        (text,) = await talk.say(typed)
        assert text.startswith("Код действует: HELLO-") and "до 31 марта" in text


async def test_a_typed_code_is_not_used_up_by_it(talk):
    await joins(talk)
    code = await _code(talk)
    await talk.say(code)
    assert (await _row(talk, code)).used == 0


async def test_an_own_code_that_was_used_says_when(talk):
    await joins(talk)
    code, customer = await _code(talk), await talk.customer()
    order = promo_codes.Order(customer.id, 35_000, talk.now)
    await talk.database.write(lambda store: promo_codes.redeem(store, code, "till", order, talk.zone))
    talk.passes(days=2)
    (text,) = await talk.say(code)
    assert text == f"Код HELLO-{code[5:]} уже использован: 1 марта."
    assert await _my_codes(talk) == [say(RU, "promo.none")]


async def test_an_own_code_that_ended_says_so_and_is_not_listed(talk):
    await joins(talk)
    code = await _code(talk)
    talk.passes(days=31)
    (text,) = await talk.say(code)
    assert "срок вышел 31 марта" in text
    assert await _my_codes(talk) == [say(RU, "promo.none")]


async def test_of_every_other_code_one_and_the_same_is_said(talk):
    await joins(talk)
    await _others(talk)
    answers = [await talk.say(code) for code in ("HELLO7KM2QX", "THEIRS22", "ENDED777", "OVER7777")]
    assert answers == [[NO]] * 4


async def test_a_code_for_everybody_tells_what_it_brings_and_is_used_at_the_till(talk):
    await joins(talk)
    await _others(talk)
    assert await talk.say("spring25") == ["Код действует: SPRING25 — скидка 5 %, до 31 марта. Назовите его на кассе."]
    assert (await _row(talk, "SPRING25")).used == 0
    assert (await _row(talk, "SPRING25")).seen_at == talk.now


async def test_points_for_a_code_are_had_by_typing_it_and_once(talk):
    await joins(talk)
    await _points_code(talk, max_uses=10)
    before = await _balance(talk)
    assert await talk.say("ВONUS-77") == ["Код BONUS77 принят: на карте прибавилось 200 баллов."]
    assert await _balance(talk) == before + 200
    assert await talk.say("BONUS77") == ["Код BONUS77 уже использован: 1 марта."]
    assert await _balance(talk) == before + 200
    assert (await _row(talk, "BONUS77")).used == 1


async def test_the_same_message_delivered_twice_gives_points_once(talk):
    await joins(talk)
    await _points_code(talk, max_uses=10)
    before = await _balance(talk)
    twice = talk.event("BONUS77", event_id="e1")
    await talk.hand_in(twice)
    await talk.hand_in(twice)
    assert await _balance(talk) == before + 200


async def test_who_has_no_card_hears_that_points_need_one_and_keeps_the_code(talk):
    await agrees(talk)
    await _points_code(talk, max_uses=1)
    assert await talk.say("BONUS77") == [say(RU, "promo.needs_card")]
    assert (await _row(talk, "BONUS77")).used == 0


async def test_a_personal_minimum_is_told_with_the_code(talk):
    await joins(talk)
    customer = await talk.customer()
    await talk.database.write(
        lambda store: store.connection.exec_driver_sql("UPDATE promo_campaign SET min_order_percent = 115")
    )
    for number, amount in enumerate((30_000, 40_000, 90_000)):
        bought = Purchase(customer_id=customer.id, at=talk.now - timedelta(days=9 + number), amount_minor=amount)
        await talk.database.write(lambda store, bought=bought: store.purchases.add(bought))
    (text,) = await talk.say(await _code(talk))
    assert "скидка 10 % при заказе от 460 ₽, до 31 марта" in text


async def test_codes_that_were_shown_are_known_for_seen(talk):
    await joins(talk)
    assert (await _row(talk, await _code(talk))).seen_at is None
    await _my_codes(talk)
    assert (await _row(talk, await _code(talk))).seen_at == talk.now


async def test_after_five_wrong_codes_there_is_a_pause_even_for_right_ones(talk):
    await joins(talk)
    code = await _code(talk)
    for number in range(5):
        talk.passes(minutes=1)
        assert await talk.say(f"GUESS{number + 22}") == [NO]
    assert await talk.say("GUESS99") == [say(RU, "promo.too_many", until="12:20")]
    assert await talk.say(code) == [say(RU, "promo.too_many", until="12:20")]
    talk.passes(minutes=15)
    assert (await talk.say(code))[0].startswith("Код действует")


async def test_the_second_pause_is_twice_as_long(talk):
    await joins(talk)
    for number in range(5):
        await talk.say(f"GUESS{number + 22}")
    talk.passes(minutes=15)
    for number in range(5):
        assert await talk.say(f"GUESS{number + 32}") == [NO]
    assert await talk.say("GUESS99") == [say(RU, "promo.too_many", until="12:45")]


async def test_own_codes_may_be_typed_as_often_as_one_likes(talk):
    await joins(talk)
    code = await _code(talk)
    for _ in range(7):
        assert (await talk.say(code))[0].startswith("Код действует")


async def test_anothers_guesses_do_not_count(talk):
    await joins(talk)
    stranger = Address(talk.bot_id, "77")
    for number in range(6):
        await talk.say(f"GUESS{number + 22}", chat=stranger)
    assert await talk.say("GUESS99") == [NO]


@pytest.mark.parametrize("words", ["а вы работаете 8 марта?", "буду в 9", "стол 5", "12.30"])
async def test_words_with_a_number_are_no_code(talk, words):
    await joins(talk)
    assert await talk.say(words) in ([say(RU, "support.passed_on")], [say(RU, "menu.title")])


async def test_who_has_no_card_reads_where_the_first_code_is(talk):
    await agrees(talk)
    await talk.say("/menu")
    press = talk.button("💳 Моя карта")
    assert await talk.hand_in(talk.event(pressed=type(press)(press.nonce, "go:codes"))) == [say(RU, "promo.none_yet")]


async def test_every_issued_code_looks_like_one(talk):
    await joins(talk)
    customer = await talk.customer()

    def unit(store) -> list[str]:
        offered = campaigns.campaign(store, campaigns.BIRTHDAY, RU, talk.now)
        return [promo_codes.issue(store, offered, customer.id, str(n), talk.now).text for n in range(50)]

    assert all(looks_like_code(code) for code in await talk.database.write(unit))


async def test_a_campaign_that_is_over_gives_no_more_codes(talk):
    await joins(talk)
    code = await _code(talk)
    await talk.database.write(
        lambda store: store.connection.exec_driver_sql("UPDATE promo_campaign SET is_active = false")
    )
    assert "акция закончилась" in (await talk.say(code))[0]
    assert await _my_codes(talk) == [say(RU, "promo.none")]


async def test_a_code_in_the_middle_of_a_survey_is_still_a_code(talk):
    await joins(talk)
    code = await _code(talk)
    await talk.say("/rate")
    assert (await talk.say(code))[0].startswith("Код действует")
    await talk.say("9")
    assert (await talk.say(code))[0].startswith("Код действует")
    assert ((await talk.run()).score, (await talk.run()).comment) == (9, None)


async def _code(talk) -> str:
    customer = await talk.customer()
    return (await talk.database.read(lambda store: store.promos.of_customer(customer.id, 1)))[0].code


async def _row(talk, code: str) -> PromoCode:
    return await talk.database.read(lambda store: store.promos.code(code))


async def _my_codes(talk) -> list[str]:
    await talk.say("/card")
    return await talk.press("🎟 Мои коды")


async def _others(talk) -> None:
    """A stranger's code, one for everybody, and one that has ended."""
    await talk.say("привет", chat=Address(talk.bot_id, "77"))
    identity = await talk.database.read(lambda store: store.customers.identity(talk.bot_id, "77"))
    open_to_all = PromoCampaign(slug="spring", name="Весна", kind=PromoKind.PERCENT, value=5, created_at=talk.now)

    over = PromoCampaign(
        slug="over", name="Осень", kind=PromoKind.PERCENT, value=5, created_at=talk.now, is_active=False
    )

    def unit(store) -> None:
        theirs = campaigns.campaign(store, campaigns.WELCOME, RU, talk.now)
        store.promos.add_campaign(open_to_all)
        store.promos.add_campaign(over)
        store.promos.add_code(PromoCode(code="OVER7777", campaign_id=over.id, issued_at=talk.now))
        for code, owner, ends in (
            ("THEIRS22", identity.customer_id, 30),
            ("SPRING25", None, 30),
            ("ENDED777", identity.customer_id, -1),
        ):
            store.promos.add_code(
                PromoCode(
                    code=code,
                    campaign_id=open_to_all.id if owner is None else theirs.id,
                    customer_id=owner,
                    issued_at=talk.now,
                    expires_at=talk.now + timedelta(days=ends),
                )
            )

    await talk.database.write(unit)


async def _points_code(talk, max_uses: int) -> None:
    campaign = PromoCampaign(slug="bonus", name="Бонус", kind=PromoKind.POINTS, value=200, created_at=talk.now)
    code = PromoCode(code="BONUS77", campaign_id=campaign.id, max_uses=max_uses, issued_at=talk.now)

    def unit(store) -> None:
        store.promos.add_campaign(campaign)
        store.promos.add_code(code)

    await talk.database.write(unit)


async def _balance(talk) -> int:
    customer = await talk.customer()
    return await talk.database.read(lambda store: store.points.balance(customer.id, talk.now).available)


@pytest.mark.parametrize("words", ["Завтра", "Возврат", "номер заказа 4512", "заказ не тот"])
async def test_a_word_that_only_looks_like_a_code_is_not_answered_as_one(talk, words):
    await talk.start()
    assert say(Language.RU, "promo.does_not_fit") not in await talk.say(words)
