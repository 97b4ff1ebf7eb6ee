"""Points are spent by the customer's own yes: once, in time, whole or not at all, and both sides hear of it."""

from types import SimpleNamespace
from uuid import UUID

from loyalty import gifts
from loyalty.checkout import QUESTION_LIVES, Basket, sell
from loyalty.ledger import Cause, spend
from loyalty.spending import WAITS
from messaging.phrases import say
from scheduler.till import expire_questions
from storage.kinds import Language, PointsKind, SpendState
from tests.conversations.counter import Counter

RU = Language.RU


async def _asked(counter: Counter, points: int = 300) -> str:
    """A sale of 500 that waits for the customer to pay 150 of it with points; the card."""
    number = await counter.member(points)
    await counter.till(f"касса {number} 500")
    (asked,) = await counter.taps("Списать 150 баллов")
    assert "Анна подтверждает 150 баллов" in asked
    return number


async def _yes(counter: Counter, label: str = "Да, списать") -> list[str]:
    return await counter.hears(pressed=counter.button(label))


async def test_the_customers_yes_records_the_sale_and_the_cashier_hears_it(counter):
    await _asked(counter)
    assert await counter.bought() == []
    before = len(counter.transport.texts(counter.chat_of()))
    (*_, done) = await _yes(counter)
    assert done == "Готово: 150 баллов списаны, к оплате 350 ₽."
    (told,) = counter.transport.texts(counter.chat_of())[before:]
    assert told.replace("\u00a0", " ").startswith("✅ Анна: списано 150 баллов, к оплате 350 ₽")
    assert [(one.amount_minor, one.points_minor) for one in await counter.bought()] == [(35_000, 15_000)]
    assert await counter.balance() == 150 + 18


async def test_the_customers_no_takes_nothing(counter):
    await _asked(counter)
    assert await _yes(counter, "Нет") == [say(RU, "spend.refused")]
    assert "не стал списывать" in counter.transport.texts(counter.chat_of())[-1]
    assert await counter.bought() == [] and await counter.balance() == 300


async def test_a_repeated_yes_and_a_late_no_change_nothing(counter):
    await _asked(counter)
    yes, no = counter.button("Да, списать"), counter.button("Нет")
    await counter.hears(pressed=yes)
    await counter.hears(pressed=yes)
    assert await counter.hears(pressed=no) == [say(RU, "spend.answered")]
    assert len(await counter.bought()) == 1 and await counter.balance() == 168


async def test_after_two_minutes_the_question_is_over_and_both_hear_so(counter):
    await _asked(counter)
    counter.now += WAITS
    assert await _expire(counter) == 1
    assert "ответа нет две минуты" in counter.transport.texts(counter.chat_of())[-1]
    assert await _yes(counter) == [say(RU, "spend.expired")]
    assert await _expire(counter) == 0
    assert await counter.bought() == [] and await counter.balance() == 300


async def test_a_yes_that_comes_too_late_counts_no_more_even_before_the_clock_looked(counter):
    await _asked(counter)
    counter.now += WAITS
    assert await _yes(counter) == [say(RU, "spend.expired")]
    assert await counter.bought() == []


async def test_points_that_went_meanwhile_refuse_it_whole_and_both_hear_why(counter):
    await _asked(counter)
    customer = await counter.customer()
    cause = Cause(key="elsewhere", customer_id=customer.id, kind=PointsKind.REDEMPTION)
    await counter.database.write(lambda store: spend(store, cause, 200, counter.now))
    assert await _yes(counter) == [say(RU, "spend.failed")]
    assert "списать уже нельзя" in counter.transport.texts(counter.chat_of())[-1]
    assert await counter.bought() == [] and await counter.balance() == 100


async def test_the_cashier_need_not_wait_and_records_it_in_money(counter):
    await _asked(counter)
    (done,) = await counter.taps("Записать без баллов")
    assert done.startswith("500 ₽")
    assert await _yes(counter) == [say(RU, "spend.expired")]
    assert [(one.amount_minor, one.points_minor) for one in await counter.bought()] == [(50_000, 0)]


async def test_whoever_is_first_counts_where_the_cashier_gives_up_after_the_yes(counter):
    await _asked(counter)
    await _yes(counter)
    (text,) = await counter.taps("Записать без баллов")
    assert text.startswith(say(RU, "till.paid_already"))
    assert [one.points_minor for one in await counter.bought()] == [15_000]


async def test_the_next_customer_is_served_while_the_answer_is_awaited(counter):
    await _asked(counter)
    _, other = await counter.stranger()
    await counter.till(f"{other} 100")
    await counter.taps("Записать 100 ₽")
    await _yes(counter)
    assert [one.amount_minor for one in await counter.bought()] == [35_000]


async def test_who_has_no_chat_cannot_spend_by_a_number(counter):
    _, number = await counter.stranger(points=300)
    (panel,) = await counter.till(f"касса {number} 500")
    assert "списать нельзя: у клиента нет чата" in panel
    assert not any(label.startswith("Списать") for label in counter.labels_of())
    assert await counter.till("100 баллов") == [say(RU, "till.no_chat")]


async def test_another_customer_cannot_answer_the_question(counter):
    await _asked(counter)
    yes = counter.button("Да, списать")
    await counter.till("/start", account="99")
    await counter.till(pressed=yes, account="99")
    request = await counter.database.read(lambda store: store.till.spend_request(_id(yes.value)))
    assert request.state is SpendState.ASKED and await counter.bought() == []


async def test_a_sale_made_another_way_ends_the_question_and_is_one_sale(counter):
    number = await _asked(counter)
    in_money = counter.tap("Записать без баллов")
    await counter.till(f"{number} 500")
    await counter.taps("Записать 500 ₽")
    assert await _yes(counter) == [say(RU, "spend.expired")]
    (over,) = await counter.till(pressed=in_money)
    assert over.startswith(say(RU, "till.over"))
    assert [(one.amount_minor, one.points_minor) for one in await counter.bought()] == [(50_000, 0)]


async def test_a_cashier_who_asks_anew_has_one_question_open(counter):
    number = await _asked(counter)
    first = counter.button("Да, списать")
    await counter.till(f"{number} 400")
    await counter.taps("Списать 120 баллов")
    assert await counter.hears(pressed=first) == [say(RU, "spend.expired")]
    await _yes(counter)
    assert [(one.amount_minor, one.points_minor) for one in await counter.bought()] == [(28_000, 12_000)]


async def test_the_sale_in_money_is_the_askers_alone(counter):
    await _asked(counter)
    await counter.seller("88")
    (text,) = await counter.till(pressed=counter.tap("Записать без баллов"), account="88")
    assert text.startswith(say(RU, "till.over"))
    assert await counter.bought() == []


async def test_ten_minutes_after_the_question_its_sale_is_over(counter):
    await _asked(counter)
    counter.now += QUESTION_LIVES
    counter.passes(seconds=1)
    (text,) = await counter.taps("Записать без баллов")
    assert text.startswith(say(RU, "till.over"))
    assert await counter.bought() == []


async def test_the_question_tells_what_remains_to_pay_after_the_code_and_the_points(counter):
    number = await counter.member(300)
    await counter.till(f"касса {number} 500 {await _code(counter)}")
    await counter.taps("Списать 135 баллов")
    question = counter.transport.texts(counter.me)[-1].replace("\u00a0", " ")
    assert "135 баллов в счёт покупки на 500 ₽? Останется заплатить 315 ₽." in question
    await _yes(counter)
    assert [one.amount_minor for one in await counter.bought()] == [31_500]


async def test_a_code_that_ran_out_meanwhile_is_told_and_the_sale_is_offered_without_it(counter):
    number = await counter.member(300)
    code = await _code(counter)
    await counter.till(f"касса {number} 500 {code}")
    await counter.taps("Списать 135 баллов")
    customer, other = await counter.customer(), await counter.seller("88")
    elsewhere = Basket(key="elsewhere", customer=customer, price_minor=50_000, staff=other, code=code)
    await counter.database.write(lambda store: sell(store, elsewhere, counter.now, counter.business.zone))
    (text,) = await counter.taps("Записать без баллов")
    assert text.startswith(f"Код {code} не подошёл")
    await counter.taps("Записать без кода и баллов")
    assert sorted(one.amount_minor for one in await counter.bought()) == [45_000, 50_000]


async def _code(counter: Counter) -> str:
    customer = await counter.customer()
    return (await counter.database.write(lambda store: gifts.welcome(store, customer.id, RU, counter.now))).text


def _id(value: str) -> UUID:
    return UUID(value.rpartition(":")[2])


async def _expire(counter: Counter) -> int:
    work = SimpleNamespace(clock=lambda: counter.now, database=counter.database)
    handled = await expire_questions(work)
    await counter.relay.deliver_due()
    return handled
