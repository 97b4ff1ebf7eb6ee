"""The till's page: found by what a cashier has, recorded once, points by proof, returns, wishes and signals."""

import re
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from loyalty import card
from loyalty.card_codes import code_hash, screen_code
from loyalty.checkout import Basket, sell
from loyalty.ledger import Cause, grant
from loyalty.programme import save_rules
from loyalty.return_requests import ask
from loyalty.rules import Rules
from loyalty.spending import answer
from messaging.messages import Address
from storage.columns import new_id
from storage.kinds import PointsKind, Role
from storage.models import CardScan, Customer
from tests.console.shop import BOT
from tests.console.test_pages import plain


@pytest.fixture
async def till(shop):
    await shop.database.write(lambda store: save_rules(store, Rules(pending_days=0), shop.staff[Role.OWNER], shop.now))
    return shop


async def _member(shop, name: str = "Ольга", points: int = 300, *, has_chat: bool = True) -> tuple[Customer, str]:
    if has_chat:
        customer = await shop.customer(name)
    else:
        customer = Customer(name=name, created_at=shop.now)
        await shop.database.write(lambda store: store.customers._insert(customer))

    def enrol(store) -> str:
        number = card.join(store, customer.id, shop.now).number
        cause = Cause(key=new_id().hex, customer_id=customer.id, kind=PointsKind.GIFT, reason="welcome")
        grant(store, cause, points, shop.now, opens_at=shop.now, expires_at=None)
        return number

    return customer, await shop.database.write(enrol)


async def _shown(shop, customer) -> tuple[str, str]:
    """A code on the customer's screen: its token and what may be typed."""
    code = screen_code("", customer.id, shop.now)
    scan = CardScan(code_hash=code_hash("", code.typed), customer_id=customer.id, at=shop.now)
    await shop.database.write(lambda store: store.cards.show_code(scan))
    return code.token, code.typed


async def _find(browser, who: str):
    return await browser.post("/console/till/find", data={"who": who})


async def _sell(browser, customer, *, scan: str = "", **form: str):
    form = {"key": str(uuid4()), "amount": "500", "scan": scan, **form}
    return await browser.post(f"/console/till/{customer.id}/sale", data=form)


async def _bought(shop, customer):
    return await shop.database.read(lambda store: store.purchases.of_customer(customer.id, 10))


async def test_a_card_leads_to_its_owner_and_the_sale_back_to_an_empty_till(till, browse):
    olga, number = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        found = await _find(browser, number)
        panel = plain((await browser.get(found.headers["location"])).text)
        assert "Ольга" in panel and "300 баллов" in panel
        done = await _sell(browser, olga)
        page = plain((await browser.get(done.headers["location"])).text)
    assert "500 ₽ · <bdi>Ольга" in page and "Начислено: 25 баллов." in page
    assert [one.amount_minor for one in await _bought(till, olga)] == [50_000]


async def test_a_double_click_is_one_purchase(till, browse):
    olga, _ = await _member(till)
    key = str(uuid4())
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        for _ in range(2):
            done = await _sell(browser, olga, key=key)
    assert "again=yes" in done.headers["location"] and len(await _bought(till, olga)) == 1


async def test_the_purchase_is_of_the_branch_where_the_cashier_stands(till, browse):
    olga, _ = await _member(till)
    vera = till.staff[Role.CASHIER]
    async with browse() as browser:
        await till.let_in(browser, Role.OWNER)
        await browser.post(f"/console/staff/{vera.id}/branch", data={"branch": " Тверская "})
        await till.let_in(browser, Role.CASHIER)
        await _sell(browser, olga)
    assert [one.branch for one in await _bought(till, olga)] == ["Тверская"]


async def test_whose_screen_code_was_typed_is_asked_all_the_same(till, browse):
    olga, _ = await _member(till)
    _, typed = await _shown(till, olga)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _find(browser, typed)).headers["location"]
        scan = re.search(r"scan=(\w+)", address)[1]
        assert "Клиент подтвердит списание в своём чате." in (await browser.get(address)).text
        waits = (await _sell(browser, olga, scan=scan, points="150")).headers["location"]
        assert "Ждём подтверждения клиента" in (await browser.get(waits)).text
    assert await _bought(till, olga) == []


async def test_a_typed_screen_code_lets_points_of_who_cannot_be_asked_pay_at_once(till, browse):
    olga, _ = await _member(till, has_chat=False)
    _, typed = await _shown(till, olga)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _find(browser, typed.lower())).headers["location"]
        scan = re.search(r"scan=(\w+)", address)[1]
        assert "списываем сразу" in (await browser.get(address)).text
        await _sell(browser, olga, scan=scan, points="150")
    assert [(one.amount_minor, one.points_minor) for one in await _bought(till, olga)] == [(35_000, 15_000)]


async def test_a_code_that_a_colleague_has_scanned_is_used(till, browse):
    olga, _ = await _member(till)
    _, typed = await _shown(till, olga)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        await _find(browser, typed)
        await till.let_in(browser, Role.OPERATOR)
        assert "Этот код уже приняли" in (await _find(browser, typed)).text


async def test_the_link_of_a_code_leads_a_cashier_to_the_customer_and_a_stranger_to_nothing(till, browse):
    olga, _ = await _member(till)
    token, _ = await _shown(till, olga)
    async with browse() as browser:
        stranger = await browser.get(f"/console/c/{token}")
        made_up = await browser.get(f"/console/c/{'A' * 48}")
        assert "Ольга" not in stranger.text and stranger.status_code == made_up.status_code == 200
        assert stranger.text.replace(token, "") == made_up.text.replace("A" * 48, "")
        assert f"https://t.me/korica_bot?start=c_{token}" in stranger.text
        await till.let_in(browser, Role.CASHIER)
        assert (await browser.get(f"/console/c/{token}")).headers["location"].startswith(f"/console/till/{olga.id}")


async def test_without_a_scan_the_customer_is_asked_and_the_page_waits(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _sell(browser, olga, points="150")).headers["location"]
        waiting = await browser.get(address, headers={"x-live": "1"})
        assert "data-poll" in waiting.text and "Ольга" in waiting.text
        request_id = address.rpartition("/")[2]
        await till.database.write(
            lambda store: answer(
                store, UUID(request_id), store.customers.get(olga.id), till.now, ZoneInfo("Europe/Moscow"), is_yes=True
            )
        )
        told = plain((await browser.get(address, headers={"x-live": "1"})).text)
    assert "data-poll" not in told and "К оплате 350 ₽, списано 150 баллов." in told


async def test_the_question_of_a_colleague_is_not_shown(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _sell(browser, olga, points="150")).headers["location"]
        await till.let_in(browser, Role.OPERATOR)
        assert (await browser.get(address)).status_code == 404


async def test_a_waiting_sale_can_be_recorded_in_money(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _sell(browser, olga, points="150")).headers["location"]
        await browser.post(f"{address}/cash")
    assert [(one.amount_minor, one.points_minor) for one in await _bought(till, olga)] == [(50_000, 0)]


async def test_an_attempt_that_sells_nothing_leaves_the_scan_good(till, browse):
    olga, _ = await _member(till, has_chat=False)
    _, typed = await _shown(till, olga)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        scan = re.search(r"scan=(\w+)", (await _find(browser, typed)).headers["location"])[1]
        refused = await _sell(browser, olga, scan=scan, points="200")
        assert refused.status_code == 422 and "списываем сразу" in refused.text
        await _sell(browser, olga, scan=scan, points="150")
        again = await _sell(browser, olga, scan=scan, points="20")
    assert [(one.amount_minor, one.points_minor) for one in await _bought(till, olga)] == [(35_000, 15_000)]
    assert again.status_code == 422 and "нет чата, где он мог бы подтвердить" in again.text


async def test_a_promo_code_leads_to_its_owner_with_the_code_in_the_form_and_in_no_address(till, browse):
    olga, _ = await _member(till)
    code = await till.welcome_code(olga)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        found = await _find(browser, code)
        assert found.status_code == 200 and "location" not in found.headers
        assert f'name="code" value="{code}"' in found.text and f"/till/{olga.id}/sale" in found.text
        by_address = await browser.get(f"/console/till/{olga.id}", params={"code": code})
        assert 'name="code" value=""' in by_address.text


async def test_a_code_that_ran_out_while_the_customer_was_asked_is_told_and_left_out(till, browse):
    olga, _ = await _member(till)
    code = await till.welcome_code(olga)
    other = Basket(key="other", customer=olga, price_minor=50_000, staff=till.staff[Role.OPERATOR], code=code)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _sell(browser, olga, points="100", code=code)).headers["location"]
        await till.database.write(lambda store: sell(store, other, till.now, ZoneInfo("Europe/Moscow")))
        told = await browser.post(f"{address}/cash")
        assert told.status_code == 422 and "Этот промокод уже использован" in told.text
        assert 'name="code" value="no"' in told.text and "Записать без промокода и баллов" in told.text
        await browser.post(f"{address}/cash", data={"code": "no"})
    assert sorted(one.amount_minor for one in await _bought(till, olga)) == [45_000, 50_000]


async def test_a_question_that_was_sold_another_way_is_not_sold_again(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        address = (await _sell(browser, olga, points="100")).headers["location"]
        await _sell(browser, olga)
        told = await browser.post(f"{address}/cash")
    assert told.status_code == 422 and "Эта продажа уже закончена" in told.text
    assert len(await _bought(till, olga)) == 1


async def test_who_has_no_chat_pays_no_points_by_a_number(till, browse):
    boris, number = await _member(till, "Борис", has_chat=False)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        panel = await browser.get((await _find(browser, number)).headers["location"])
        refused = await _sell(browser, boris, points="100")
    assert "у клиента нет чата с нами" in panel.text
    assert refused.status_code == 422 and "нет чата, где он мог бы подтвердить" in refused.text
    assert await _bought(till, boris) == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"amount": "сто"}, "Сумму не разобрать"),
        ({"points": "-5"}, "целым числом"),
        ({"points": "9999999999"}, "целым числом"),
        ({"points": "5000"}, "Столько баллов на карте нет"),
        ({"points": "200"}, "Столько баллов на этот чек списать нельзя"),
        ({"points": "100", "code": "NOPE77"}, "промокода"),
        ({"key": "x"}, "Эта форма устарела"),
        ({"code": "NOPE77"}, "промокода"),
    ],
)
async def test_what_cannot_be_is_said_and_what_was_typed_stays(till, browse, form, words):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        answer = await _sell(browser, olga, product="Капучино", **form)
    assert answer.status_code == 422 and words in answer.text and "Капучино" in answer.text
    assert await _bought(till, olga) == []


async def test_a_purchase_comes_back_in_part_with_a_reason(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        await _sell(browser, olga)
        (purchase,) = await _bought(till, olga)
        home = f"/console/till/purchases/{purchase.id}"
        assert (await browser.post(f"{home}/return", data={"key": str(uuid4())})).status_code == 422
        form = {"key": str(uuid4()), "amount": "200", "reason": "остыл"}
        for _ in range(2):
            done = await browser.post(f"{home}/return", data=form)
        page = plain((await browser.get(done.headers["location"])).text)
    assert "Возврат записан: 200 ₽" in page
    assert [one.returned_minor for one in await _bought(till, olga)] == [20_000]


async def test_a_customers_wish_is_accepted_or_refused_from_the_till_and_the_case(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        await _sell(browser, olga)
        (purchase,) = await _bought(till, olga)
        chat = Address(BOT, "9")
        wish = await till.database.write(
            lambda store: ask(store, olga, chat, purchase, "Дали не то", till.now, till.desk)
        )
        assert "Дали не то" in (await browser.get("/console/till")).text
        await till.let_in(browser, Role.OPERATOR)
        assert "Дали не то" in (await browser.get(f"/console/inbox/{wish.case_id}")).text
        form = {"key": str(uuid4()), "reason": "Дали не то", "wish": str(wish.id)}
        await browser.post(f"/console/till/purchases/{purchase.id}/return", data=form)
        again = await browser.post(f"/console/till/returns/{wish.id}/refuse", data={"why": "нет"})
        assert "notice=return.gone" in again.headers["location"]
    assert [one.returned_minor for one in await _bought(till, olga)] == [50_000]


async def test_a_third_purchase_of_one_card_at_one_cashier_is_a_signal_until_somebody_has_seen_it(till, browse):
    olga, _ = await _member(till)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        for _ in range(3):
            await _sell(browser, olga)
        assert (await browser.get("/console/alerts")).status_code == 403
        await till.let_in(browser, Role.OWNER)
        page = (await browser.get("/console/alerts")).text
        assert "3 за день" in page and "Ольга" in page
        await browser.post(re.search(r"/console/alerts/[\w-]+/seen", page)[0])
        assert "Новых сигналов нет." in (await browser.get("/console/alerts")).text


async def test_beyond_a_cashiers_limit_the_sale_is_recorded_without_points_and_they_are_told(till, browse):
    olga, _ = await _member(till, points=0)
    rules = Rules(pending_days=0, sales_per_day=1)
    await till.database.write(lambda store: save_rules(store, rules, till.staff[Role.OWNER], till.now))
    boris, _ = await _member(till, "Борис", points=0)
    async with browse() as browser:
        await till.let_in(browser, Role.CASHIER)
        await _sell(browser, olga)
        done = await _sell(browser, boris)
        page = (await browser.get(done.headers["location"])).text
    assert "ваш лимит продаж на сегодня исчерпан" in page
    assert len(await _bought(till, boris)) == 1
    balance = await till.database.read(lambda store: store.points.balance(boris.id, till.now))
    assert balance.available == 0


async def test_an_analyst_has_no_till(till, browse):
    async with browse() as browser:
        await till.let_in(browser, Role.ANALYST)
        assert (await browser.get("/console/till")).status_code == 403
        assert "/console/till" not in (await browser.get("/console/")).text
