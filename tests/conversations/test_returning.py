"""A customer gives something back in three taps; points move when people say so, and they hear how it ended."""

import pytest

from loyalty.checkout import Basket, sell
from loyalty.return_requests import EVER, WITHIN, confirm, refuse, take_back
from loyalty.returns import NoReturn, give_back
from loyalty.rules import Rules
from messaging.phrases import say
from storage.kinds import CaseOrigin, DecisionState, Language
from storage.models import Purchase, ReturnRequest
from tests.conversations.counter import Counter

RU = Language.RU


async def _bought_for_400(counter: Counter) -> None:
    number = await counter.member()
    await counter.till(f"касса {number} 400")
    await counter.taps("Записать")


async def _asks(counter: Counter) -> list[str]:
    await counter.hears("/card")
    await counter.hears(pressed=counter.button("↩️ Вернуть покупку"))
    await counter.hears(pressed=_starting(counter, "400"))
    return await counter.hears(pressed=counter.button("Дали не то"))


def _starting(counter: Counter, label: str):
    for delivery in reversed(counter.transport.carried):
        for button in delivery.message.buttons:
            if button.label.startswith(label) and delivery.to == counter.me:
                return counter.button(button.label)
    raise AssertionError(f"no button «{label}…»")


async def _wish(counter: Counter) -> ReturnRequest:
    case = await counter.case()
    (wish,) = await counter.database.read(lambda store: store.return_requests.of_case(case.id))
    return wish


async def test_three_taps_make_a_case_and_move_no_points(counter):
    await _bought_for_400(counter)
    assert await _asks(counter) == [say(RU, "return.passed_on")]
    case = await counter.case()
    assert case.origin is CaseOrigin.RETURN and "Дали не то" in case.summary
    assert [one.returned_minor for one in await counter.bought()] == [0]
    assert await counter.balance() == 20
    assert "хочет вернуть покупку" in counter.alerts()[-1]


async def test_a_confirmed_return_adjusts_points_and_the_customer_hears_it(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    wish = await _wish(counter)
    before = len(counter.transport.texts(counter.me))
    for _ in range(2):  # two operators at once are one decision
        await counter.database.write(
            lambda store: confirm(store, wish, counter.cashier, None, counter.now, counter.business.zone)
        )
    await counter.relay.deliver_due()
    told = "\n".join(counter.transport.texts(counter.me)[before:]).replace("\u00a0", " ")
    assert told.count("Возврат принят: 400 ₽") == 1
    assert [one.returned_minor for one in await counter.bought()] == [40_000]
    assert await counter.balance() == 0
    assert (await _wish(counter)).state is DecisionState.CONFIRMED


async def test_a_refused_return_takes_nothing_and_says_why(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    wish = await _wish(counter)
    await counter.database.write(lambda store: refuse(store, wish, counter.cashier, "прошло три недели", counter.now))
    await counter.relay.deliver_due()
    assert "прошло три недели" in counter.transport.texts(counter.me)[-1]
    assert await counter.balance() == 20


async def test_the_same_purchase_is_asked_back_once(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    await _asks(counter)
    assert (await _wish(counter)).state is DecisionState.OPEN


async def test_a_return_at_the_till_settles_the_customers_wish(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    number = await counter.number((await counter.customer()).id)
    (panel,) = await counter.till(number)
    assert "Клиент просил вернуть покупку" in panel
    await counter.taps("↩️ Возврат")
    await counter.taps("400 ₽")
    await counter.taps("Выдали не то")
    assert (await _wish(counter)).state is DecisionState.CONFIRMED


async def test_somebody_elses_purchase_cannot_be_asked_back(counter):
    await _bought_for_400(counter)
    await counter.hears("/card")
    await counter.hears(pressed=counter.button("↩️ Вернуть покупку"))
    button = _starting(counter, "400")
    await counter.till("/start", account="99")
    said = await counter.till(pressed=button, account="99")
    assert not any("400" in text for text in said)


async def test_a_purchase_of_long_ago_is_for_people(counter):
    await _bought_for_400(counter)
    counter.now += WITHIN
    counter.passes(days=1)
    await counter.hears("/card")
    said = await counter.hears(pressed=counter.button("↩️ Вернуть покупку"))
    assert said == [say(RU, "return.nothing")]


@pytest.mark.parametrize("share", [30, 100])
async def test_what_points_paid_for_comes_back_once(counter, share):
    await counter.member(500)
    await counter.set_rules(Rules(pending_days=0, max_share_percent=share))
    purchase = await _sold(counter, points=4 * share)
    zone = counter.business.zone

    def take(key: str):
        return lambda store: take_back(store, key, purchase, counter.cashier, None, "остыл", counter.now, zone)

    def left(store):
        return store.return_requests.returnable(purchase.customer_id, EVER, 10)

    assert [one.id for one in await counter.database.read(left)] == [purchase.id]
    await counter.database.write(take("first"))
    assert await counter.balance() == 500
    assert await counter.database.read(left) == []
    assert await counter.database.write(take("second")) is NoReturn.NOTHING_LEFT


async def test_a_wish_for_what_came_back_meanwhile_is_settled_when_somebody_looks(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    (purchase,), wish, zone = await counter.bought(), await _wish(counter), counter.business.zone
    await counter.database.write(
        lambda store: give_back(store, key="desk", purchase_id=purchase.id, now=counter.now, zone=zone)
    )
    outcome = await counter.database.write(lambda store: confirm(store, wish, counter.cashier, None, counter.now, zone))
    assert outcome is NoReturn.NOTHING_LEFT
    assert (await _wish(counter)).state is DecisionState.CONFIRMED


async def test_a_part_that_comes_back_at_the_till_leaves_the_wish_open(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    (purchase,), zone = await counter.bought(), counter.business.zone

    def take(key: str, amount: int | None):
        return lambda store: take_back(store, key, purchase, counter.cashier, amount, "остыл", counter.now, zone)

    await counter.database.write(take("part", 1_000))
    assert (await _wish(counter)).state is DecisionState.OPEN
    await counter.database.write(take("rest", None))
    assert (await _wish(counter)).state is DecisionState.CONFIRMED


@pytest.mark.parametrize("pressed_in_time", [False, True], ids=["purchase", "reason"])
async def test_a_button_of_long_ago_asks_nothing_back(counter, pressed_in_time):
    await _bought_for_400(counter)
    await counter.hears("/card")
    await counter.hears(pressed=counter.button("↩️ Вернуть покупку"))
    late = _starting(counter, "400")
    if pressed_in_time:
        await counter.hears(pressed=late)
        late = counter.button("Дали не то")
    counter.now += WITHIN
    counter.passes(seconds=1)
    assert await counter.hears(pressed=late) == [say(RU, "return.nothing")]
    assert await counter.case() is None


async def test_what_people_refused_is_not_asked_again_by_a_button(counter):
    await _bought_for_400(counter)
    await _asks(counter)
    wish = await _wish(counter)
    await counter.database.write(lambda store: refuse(store, wish, counter.cashier, "", counter.now))
    await counter.hears("/card")
    await counter.hears(pressed=counter.button("↩️ Вернуть покупку"))
    assert await counter.hears(pressed=_starting(counter, "400")) == [say(RU, "return.refused_before")]
    assert (await _wish(counter)).state is DecisionState.REFUSED


async def _sold(counter: Counter, points: int) -> Purchase:
    """A purchase of 400 that points paid a part of."""
    customer = await counter.customer()
    basket = Basket(key="sale", customer=customer, price_minor=40_000, staff=counter.cashier, points=points)
    sold = await counter.database.write(lambda store: sell(store, basket, counter.now, counter.business.zone))
    return sold.recorded.purchase
