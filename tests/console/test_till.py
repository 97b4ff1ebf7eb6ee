"""The till: a purchase recorded once, its points and its code; polite refusals; a birthday written down."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from console.till import BAD_DATE, BAD_YEAR, read_birthday
from loyalty import card
from loyalty.amounts import Wrong, minor_units
from loyalty.ledger import Cause, grant
from messaging.people import erase
from storage.kinds import PointsKind, PurchaseSource, Role
from tests.console.test_pages import plain


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("350", 35000),
        ("350,50", 35050),
        ("350.5", 35050),
        (" 1 200,50 ₽", 120050),
        ("1 200 руб.", 120000),
        ("99р", 9900),
        ("0,01", 1),
        ("350,", 35000),
        ("10000000", 1_000_000_000),
        ("", Wrong.EMPTY),
        ("₽", Wrong.EMPTY),
        ("-5", Wrong.NOT_POSITIVE),
        ("−5", Wrong.NOT_POSITIVE),
        ("0", Wrong.NOT_POSITIVE),
        ("0,00", Wrong.NOT_POSITIVE),
        ("0.001", Wrong.TOO_FINE),
        ("1,200", Wrong.TOO_FINE),
        ("1e99", Wrong.UNREADABLE),
        ("сто", Wrong.UNREADABLE),
        ("1,2,3", Wrong.UNREADABLE),
        ("٣٥٠", Wrong.UNREADABLE),
        ("NaN", Wrong.UNREADABLE),
        ("10000000,01", Wrong.TOO_LARGE),
        ("9" * 40, Wrong.TOO_LARGE),
    ],
)
def test_an_amount_is_read_as_it_is_typed_or_refused_with_a_reason(typed, minor):
    assert minor_units(typed) == minor


async def member(shop, name: str = "Ольга"):
    customer = await shop.customer(name)
    await shop.database.write(lambda store: card.join(store, customer.id, shop.now))
    return customer


async def bought(shop, customer):
    return await shop.database.read(lambda store: store.purchases.of_customer(customer.id, 10))


async def sell(shop, browse, customer, role: Role = Role.CASHIER, *, times: int = 1, **form: str):
    """The answer to the last send of one and the same form, and the page it leads to."""
    form = {"key": str(uuid4()), "amount": "350", **form}
    async with browse() as browser:
        await shop.let_in(browser, role)
        for _ in range(times):
            answer = await browser.post(f"/console/customers/{customer.id}/purchases", data=form)
        led = await browser.get(answer.headers["location"]) if answer.status_code == 303 else answer
    return answer, plain(led.text)


async def test_the_form_of_a_customers_page_spends_no_points_whatever_is_sent_with_it(shop, browse):
    olga = await member(shop)
    cause = Cause(key="gift", customer_id=olga.id, kind=PointsKind.GIFT, reason="welcome")
    await shop.database.write(lambda store: grant(store, cause, 300, shop.now, opens_at=shop.now, expires_at=None))
    await sell(shop, browse, olga, points="100", scan="x")
    (bought,) = await shop.database.read(lambda store: store.purchases.of_customer(olga.id, 10))
    assert (bought.amount_minor, bought.points_minor) == (35_000, 0)


async def test_a_purchase_earns_its_points_and_uses_its_code(shop, browse):
    olga = await member(shop)
    code = await shop.welcome_code(olga)
    _, page = await sell(shop, browse, olga, amount="350,50", product="латте", code=code.lower())
    (purchase,) = await bought(shop, olga)
    assert (purchase.amount_minor, purchase.product, purchase.source) == (31_545, "латте", PurchaseSource.CONSOLE)
    assert purchase.discount_minor == 3_505
    assert purchase.recorded_by == shop.staff[Role.CASHIER].id
    assert "Записано" in page
    assert "Начислено: 16 баллов." in page
    assert f"Код {code} использован." in page
    assert f"Использован промокод {code}: скидка 10 %" in page


async def test_a_form_sent_twice_is_one_purchase(shop, browse):
    olga = await member(shop)
    _, page = await sell(shop, browse, olga, times=3)
    assert len(await bought(shop, olga)) == 1
    assert "уже записана, второй раз не считаем" in page
    assert await shop.database.read(lambda store: store.points.balance(olga.id, shop.now).pending) == 18


async def test_five_sends_at_the_same_moment_are_one_purchase(shop, browse):
    olga, key = await member(shop), str(uuid4())
    code = await shop.welcome_code(olga)
    answers = await asyncio.gather(*(sell(shop, browse, olga, key=key, code=code) for _ in range(5)))
    assert {answer.status_code for answer, _ in answers} == {303}
    assert len(await bought(shop, olga)) == 1
    assert (await shop.database.read(lambda store: store.promos.usable_by(olga.id, shop.now))) == []


async def test_who_has_no_card_is_told_that_it_earns_nothing_yet(shop, browse):
    _, page = await sell(shop, browse, await shop.customer("Иван"))
    assert "у клиента ещё нет карты" in page


@pytest.mark.parametrize(
    ("amount", "says"), [("", "Введите сумму"), ("-1", "больше нуля"), ("0.001", "две цифры"), ("1e99", "не разобрать")]
)
async def test_a_wrong_amount_is_a_sentence_and_what_was_typed_stays(shop, browse, amount, says):
    olga = await member(shop)
    answer, page = await sell(shop, browse, olga, amount=amount, product="торт <b>", code="abc")
    assert answer.status_code == 422
    assert says in page
    assert f'name="amount" value="{amount}"' in page
    assert 'value="торт &lt;b&gt;"' in page
    assert await bought(shop, olga) == []


async def refusal_of(shop, browse, customer, code: str) -> str:
    answer, page = await sell(shop, browse, customer, code=code)
    assert answer.status_code == 422
    assert f'name="code" value="{code}"' in page
    assert await bought(shop, customer) == []
    return page


async def test_a_code_that_cannot_be_used_refuses_it_all_and_says_why(shop, browse):
    olga, ivan = await member(shop), await member(shop, "Иван")
    code = await shop.welcome_code(olga)
    assert "Такого промокода нет" in await refusal_of(shop, browse, olga, "HELLO-ZZZZZZ")
    assert "выдан другому клиенту" in await refusal_of(shop, browse, ivan, code)
    shop.pass_time(timedelta(days=40))
    assert "Срок этого промокода вышел" in await refusal_of(shop, browse, olga, code)


async def test_a_used_code_is_not_used_again(shop, browse):
    olga = await member(shop)
    code = await shop.welcome_code(olga)
    await sell(shop, browse, olga, code=code)
    answer, page = await sell(shop, browse, olga, code=code)
    assert answer.status_code == 422
    assert "уже использован" in page
    assert len(await bought(shop, olga)) == 1


async def test_a_refused_form_is_sent_again_without_its_code(shop, browse):
    olga, key = await member(shop), str(uuid4())
    await sell(shop, browse, olga, key=key, code="HELLO-ZZZZZZ")
    answer, _ = await sell(shop, browse, olga, key=key, code="")
    assert answer.status_code == 303
    assert len(await bought(shop, olga)) == 1


@pytest.mark.parametrize("key", ["", "x", "\x00", "00000000000070008000000000000000"])
async def test_a_form_without_its_key_is_given_back_fresh(shop, browse, key):
    olga = await member(shop)
    answer, page = await sell(shop, browse, olga, key=key, amount="77")
    assert answer.status_code == 422
    assert "форма устарела" in page
    assert 'name="amount" value="77"' in page
    assert await bought(shop, olga) == []


async def test_a_key_shows_nothing_of_another_customers_purchase(shop, browse):
    olga, ivan, key = await member(shop), await member(shop, "Иван"), str(uuid4())
    await sell(shop, browse, olga, key=key)
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        page = (await browser.get(f"/console/customers/{ivan.id}?sold={key}")).text
    assert "Записано" not in page


async def test_nothing_is_written_onto_somebody_who_was_erased(shop, browse):
    olga = await member(shop)
    await shop.database.write(lambda store: erase(store, olga.id, None, shop.now))
    answer, _ = await sell(shop, browse, olga)
    assert answer.status_code == 404 and await bought(shop, olga) == []
    async with browse() as browser:
        await shop.let_in(browser, Role.ADMIN)
        form = {"day": "5", "month": "3", "year": ""}
        answer = await browser.post(f"/console/customers/{olga.id}/birthday", data=form)
    assert answer.status_code == 404
    assert (await shop.database.read(lambda store: store.customers.get(olga.id))).birthday_month is None


async def test_an_analyst_sees_no_till(shop, browse):
    olga = await member(shop)
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        page = (await browser.get(f"/console/customers/{olga.id}")).text
    assert "<form" not in page


# --- a birthday

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (("5", "3", ""), (3, 5, None)),
        (("29", "2", ""), (2, 29, None)),
        (("29", "2", "2000"), (2, 29, 2000)),
        (("29", "2", "1999"), BAD_DATE),
        (("31", "4", ""), BAD_DATE),
        (("0", "1", ""), BAD_DATE),
        (("5", "13", ""), BAD_DATE),
        (("", "", ""), BAD_DATE),
        (("пять", "3", ""), BAD_DATE),
        (("٥", "3", ""), BAD_DATE),
        (("5", "3", "90"), BAD_YEAR),
        (("5", "3", "1899"), BAD_YEAR),
        (("5", "3", "2027"), BAD_YEAR),
        (("3", "3", "2026"), BAD_YEAR),
        (("2", "3", "2026"), (3, 2, 2026)),
    ],
)
def test_a_birthday_is_a_day_of_the_calendar_that_has_come(typed, read):
    assert read_birthday(*typed, TODAY) == read


async def test_staff_write_a_birthday_down_and_it_stands_on_the_page(shop, browse):
    olga = await shop.customer("Ольга")
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        path = f"/console/customers/{olga.id}"
        await browser.post(f"{path}/birthday", data={"day": "5", "month": "3", "year": ""})
        page = plain((await browser.get(path)).text)
        assert "Записан день рождения: 5 марта" in page
        shop.pass_time(timedelta(hours=1))
        await browser.post(f"{path}/birthday", data={"day": "5", "month": "3", "year": "1990"})
    known = await shop.database.read(lambda store: store.customers.get(olga.id))
    assert (known.birthday_month, known.birthday_day, known.birth_year) == (3, 5, 1990)
    assert known.birthday_set_at == shop.now - timedelta(hours=1)  # the year alone does not make the day newer
    assert known.birthday_changes == 0


async def test_a_day_that_is_none_is_refused_and_what_was_typed_stays(shop, browse):
    olga = await shop.customer("Ольга")
    async with browse() as browser:
        await shop.let_in(browser, Role.OPERATOR)
        answer = await browser.post(
            f"/console/customers/{olga.id}/birthday", data={"day": "31", "month": "4", "year": "1990"}
        )
    assert answer.status_code == 422
    assert "Такого дня в календаре нет" in answer.text
    assert 'name="day" value="31"' in answer.text
    assert (await shop.database.read(lambda store: store.customers.get(olga.id))).birthday_month is None
