"""Points for a good deed: whom to, how many, a yes, once; and what all have given together."""

import pytest

from loyalty import charity, ledger
from messaging.phrases import say
from storage.columns import new_id
from storage.kinds import Language, PointsAccount, PointsKind
from tests.conversations.walks import joins, labels

RU = Language.RU


@pytest.fixture
async def shop(talk):
    await joins(talk)
    await talk.database.write(lambda store: charity.open_charity(store, "Приют «Лапа»", "Корм и лечение", talk.now))
    await _earns(talk, 120)
    return talk


async def test_points_are_given_after_a_yes_and_the_total_is_told(shop):
    await _card(shop)
    (asked,) = await shop.press("💚 Добрые дела")
    assert "Приют «Лапа»" in asked and "У вас 120 баллов" in asked
    assert labels(shop) == ["50 баллов", "100 баллов", "Все: 120 баллов"]
    (sure,) = await shop.press("50 баллов")
    assert sure == "Отдать 50 баллов: Приют «Лапа»? Вернуть их потом нельзя."
    assert await shop.press("Да, отдать 50 баллов") == [
        "Спасибо! 50 баллов — в «Приют «Лапа»». Вместе уже отдали: 50 баллов."
    ]
    assert await _balance(shop) == 70
    assert (await shop.database.read(lambda store: store.points.accounts()))[PointsAccount.CHARITY] == 50


async def test_the_same_yes_pressed_again_gives_nothing_more(shop):
    await _gives(shop, "50 баллов")
    press = shop.button("Да, отдать 50 баллов")
    await shop.hand_in(shop.event(pressed=press))
    shop.passes(minutes=1)
    await shop.hand_in(shop.event(pressed=press))
    assert await _balance(shop) == 70


async def test_who_spent_them_meanwhile_gives_nothing(shop):
    await _card(shop)
    await shop.press("💚 Добрые дела")
    await shop.press("Все: 120 баллов")
    customer = await shop.customer()
    cause = ledger.Cause(key="till", customer_id=customer.id, kind=PointsKind.REDEMPTION)
    await shop.database.write(lambda store: ledger.spend(store, cause, 100, shop.now))
    (answer,) = await shop.press("Да, отдать 120 баллов")
    assert answer == "На карте уже только 20 баллов, столько отдать не получится."
    assert await _balance(shop) == 20


async def test_between_several_one_chooses(shop):
    await shop.database.write(lambda store: charity.open_charity(store, "Фонд «Дом»", "", shop.now))
    await _card(shop)
    (asked,) = await shop.press("💚 Добрые дела")
    assert asked.startswith(say(RU, "charity.question")) and "Корм и лечение" in asked
    (chosen,) = await shop.press("Фонд «Дом»")
    assert chosen.startswith("💚 Фонд «Дом»")


async def test_without_points_there_is_nothing_to_choose(talk):
    await joins(talk)
    await talk.database.write(lambda store: charity.open_charity(store, "Приют", "", talk.now))
    await _card(talk)
    (asked,) = await talk.press("💚 Добрые дела")
    assert say(RU, "charity.no_points") in asked


async def test_without_a_charity_there_is_no_button(talk):
    await joins(talk)
    await _card(talk)
    assert "💚 Добрые дела" not in labels(talk)


async def test_a_charity_that_was_closed_takes_nothing_more_and_keeps_its_total(shop):
    await _gives(shop, "50 баллов")

    def close(store) -> None:
        (one,) = store.charities.all()
        one.is_active = False
        store.charities.save(one)

    await shop.database.write(close)
    (total,) = await shop.database.read(charity.totals)
    assert (total.points, total.givers, total.charity.is_active) == (50, 1, False)


def test_what_is_offered_is_never_more_than_there_is():
    assert charity.offered_amounts(0) == []
    assert charity.offered_amounts(50) == [50]
    assert charity.offered_amounts(301) == [50, 100, 300, 301]


async def _gives(talk, label: str) -> None:
    await _card(talk)
    await talk.press("💚 Добрые дела")
    await talk.press(label)
    await talk.press(f"Да, отдать {label}")


async def _card(talk) -> None:
    await talk.say("/card")


async def _earns(talk, points: int) -> None:
    customer = await talk.customer()
    cause = ledger.Cause(key=new_id().hex, customer_id=customer.id, kind=PointsKind.GIFT)
    await talk.database.write(
        lambda store: ledger.grant(store, cause, points, talk.now, opens_at=talk.now, expires_at=None)
    )


async def _balance(talk) -> int:
    customer = await talk.customer()
    return (await talk.database.read(lambda store: store.points.balance(customer.id, talk.now))).available
