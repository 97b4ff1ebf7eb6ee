"""A return at the till: what a line says is asked back before it is done, and a button returns what it shows."""

import pytest

from messaging.phrases import say
from storage.kinds import Language
from tests.conversations.counter import Counter

RU = Language.RU


async def _bought(counter: Counter, *sums: int) -> str:
    """A customer who has bought for these sums, and stands at the till again; their card."""
    number = await counter.member()
    for one in sums:
        await counter.till(f"касса {number} {one}")
        await counter.taps("Записать")
        counter.passes(seconds=5)
    await counter.till(f"касса {number}")
    await counter.taps("↩️ Возврат")
    return number


async def _came_back(counter: Counter) -> dict[int, int]:
    """In roubles: how much of each purchase was given back."""
    return {one.amount_minor // 100: one.returned_minor // 100 for one in await counter.bought()}


async def test_the_next_customers_line_is_a_sale_and_no_reason(counter):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    _, number = await counter.stranger("Борис", phone="+79161234567")
    for line in (f"{number} 450", "8 916 123-45-67 450"):
        (panel,) = await counter.till(line)
        assert "Борис" in panel and "Чек 450 ₽" in panel
    assert await _came_back(counter) == {2000: 0}


async def test_a_screens_code_is_no_reason_either(counter):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    code = await counter.screen_code()
    (panel,) = await counter.till(f"{code} 450")
    assert "Чек 450 ₽" in panel
    assert await _came_back(counter) == {2000: 0}


@pytest.mark.parametrize("word", ["отмена", "Отмена.", "cancel"])
async def test_a_word_leaves_the_return(counter, word):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    (text,) = await counter.till(word)
    assert text.startswith(say(RU, "till.cancelled"))
    await counter.taps("Качество")
    assert await _came_back(counter) == {2000: 0}


@pytest.mark.parametrize(
    ("line", "roubles", "reason"),
    [
        ("остыл", 2000, "остыл"),
        ("1 200 остыл", 1200, "остыл"),
        ("1 200 ₽ кофе остыл", 1200, "кофе остыл"),
        ("2-й раз остыл", 2000, "2-й раз остыл"),
    ],
)
async def test_a_typed_reason_is_asked_back_and_a_tap_records_it(counter, line, roubles, reason):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    (sure,) = await counter.till(line)
    assert f": {reason}?" in sure
    assert await _came_back(counter) == {2000: 0}
    (done,) = await counter.taps("Вернуть")
    assert done.startswith("↩️ Возврат записан")
    assert await _came_back(counter) == {2000: roubles}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("2500 остыл", "till.return.refused.too_much"),
        ("1 200", "till.return.needs_reason"),
        ("0 остыл", "till.sum.not_positive"),
        ("1,234 остыл", "till.sum.too_fine"),
    ],
)
async def test_a_sum_that_cannot_come_back_is_refused_before_the_tap(counter, line, answer):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    assert await counter.till(line) == [say(RU, answer)]
    assert await _came_back(counter) == {2000: 0}


async def test_a_confirmation_of_what_was_typed_before_returns_nothing(counter):
    await _bought(counter, 2000)
    await counter.taps("2 000 ₽")
    await counter.till("100 остыл")
    old = counter.tap("Вернуть 100 ₽")
    await counter.till("200 остыл")
    assert await counter.till(pressed=old) == [say(RU, "till.changed")]
    assert await _came_back(counter) == {2000: 0}
    await counter.taps("Вернуть 200 ₽")
    assert await _came_back(counter) == {2000: 200}


async def test_a_reason_under_one_purchase_does_not_return_another(counter):
    await _bought(counter, 2000, 300)
    other, one = counter.tap("300 ₽"), counter.tap("2 000 ₽")
    await counter.till(pressed=one)
    under_one = counter.tap("Качество")
    await counter.till(pressed=other)
    assert await counter.till(pressed=under_one) == [say(RU, "till.changed")]
    assert await _came_back(counter) == {2000: 0, 300: 0}
    await counter.taps("Качество")
    assert await _came_back(counter) == {2000: 0, 300: 300}


async def test_the_return_button_of_an_earlier_customer_shows_nothing_of_the_next(counter):
    number = await _bought(counter, 2000)
    await counter.till(number)
    earlier = counter.tap("↩️ Возврат")
    _, next_one = await counter.stranger()
    await counter.till(f"{next_one} 450")
    await counter.taps("Записать")
    await counter.till(next_one)
    (text,) = await counter.till(pressed=earlier)
    assert text.startswith(say(RU, "till.over"))


async def test_a_purchase_may_be_looked_at_again(counter):
    await _bought(counter, 2000, 300)
    one = counter.tap("2 000 ₽")
    first = await counter.till(pressed=one)
    await counter.taps("300 ₽")
    counter.passes(minutes=1)
    assert await counter.till(pressed=one) == first != []
    await counter.taps("Качество")
    assert await _came_back(counter) == {2000: 2000, 300: 0}
