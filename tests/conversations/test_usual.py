"""«The usual?»: a button only for who has a habit, and the order reaches a person."""

from datetime import timedelta

from storage.kinds import CaseOrigin, PurchaseSource
from storage.models import Purchase
from tests.conversations.walks import joins, labels


async def test_who_has_a_habit_orders_it_in_two_taps(talk):
    await joins(talk)
    await _bought(talk, "Латте", "Латте", "Раф", "Латте")
    await talk.say("/card")
    (question,) = await talk.press("☕ Как обычно?")
    assert question == "Как обычно: Латте?"
    (answer,) = await talk.press("Да, передайте заказ")
    assert answer.startswith("Передали заказ: Латте.")
    case = await talk.case()
    assert (case.origin, case.summary) == (CaseOrigin.ORDER, "Заказ «как обычно»: Латте")
    assert any("Латте" in alert for alert in talk.alerts())


async def test_a_second_tap_is_no_second_order(talk):
    await joins(talk)
    await _bought(talk, "Латте", "Латте", "Латте")
    await talk.say("/card")
    await talk.press("☕ Как обычно?")
    press = talk.button("Да, передайте заказ")
    for _ in range(2):
        await talk.hand_in(talk.event(pressed=press))
    assert (await talk.case()).unread == 1


async def test_without_a_habit_there_is_no_button(talk):
    await joins(talk)
    await _bought(talk, "Латте", "Раф")
    await talk.say("/card")
    assert "☕ Как обычно?" not in labels(talk)


async def _bought(talk, *products: str) -> None:
    customer = await talk.customer()
    lines = [
        Purchase(
            customer_id=customer.id,
            at=talk.now - timedelta(days=number + 1),
            amount_minor=25_000,
            product=product,
            source=PurchaseSource.IMPORT,
        )
        for number, product in enumerate(products)
    ]
    await talk.database.write(lambda store: [store.purchases.add(one) for one in lines])
