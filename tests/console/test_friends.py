"""The pages about friends, links, tastes and good deeds, as staff use them."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty import charity, ledger, referrals
from loyalty.card import join
from loyalty.programme import rules_now, save_rules
from loyalty.purchases import Sale, record
from loyalty.rules import Referral as Terms
from storage.kinds import AuditAction, FieldOrigin, PointsKind, PromoKind, PurchaseSource, ReferralState, Role
from storage.models import PromoCampaign, PromoCode
from tests.console.test_pages import plain
from tests.day import MOSCOW


@pytest.fixture
async def marketer(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        yield browser


# --- friends


async def test_an_empty_page_says_where_friends_come_from(marketer):
    page = plain((await marketer.get("/console/friends")).text)
    assert "Пока никто не привёл друга." in page and "задайте баллы в правилах программы" in page


async def test_who_brought_whom_and_what_they_brought(shop, marketer):
    await _rewards(shop)
    anna, boris = await _brings(shop, 1)
    page = plain((await marketer.get("/console/friends")).text)
    assert "Анна" in page and "пришли: 1 друг, купили: 1" in page and "600 ₽" in page
    assert "Мало данных: 1 друг, а нужно 30." in page
    assert "другу 200 баллов, пригласившему 300 баллов" in page
    assert f"/console/customers/{boris[0].id}" in page and anna.name


async def test_what_is_held_is_decided_by_a_person_and_stands_in_the_audit(shop, marketer):
    await _rewards(shop)
    anna, friends = await _brings(shop, 5)
    shop.pass_time(timedelta(days=14))
    await _settle(shop, friends)
    await shop.let_in(marketer, Role.MARKETER)  # a fortnight is longer than a session
    page = plain((await marketer.get("/console/friends")).text)
    assert "Друзей за сутки: 5" in page
    answer = await marketer.post(f"/console/friends/{friends[0].id}/reward", data={})
    assert "Баллы начислены обоим." in plain((await marketer.get(answer.headers["location"])).text)
    again = await marketer.post(f"/console/friends/{friends[0].id}/refuse", data={})
    assert "friend.gone" in again.headers["location"]
    balance = await shop.database.read(lambda store: store.points.balance(anna.id, shop.now))
    assert balance.available == 300
    (entry,) = await shop.database.read(lambda store: store.audit.of_customer(friends[0].id))
    assert entry.action is AuditAction.REFERRAL_DECIDED


async def test_an_analyst_looks_and_does_not_decide(shop, browse):
    await _rewards(shop)
    _, friends = await _brings(shop, 5)
    shop.pass_time(timedelta(days=14))
    await _settle(shop, friends)
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        assert "Не начислять" not in (await browser.get("/console/friends")).text
        assert (await browser.post(f"/console/friends/{friends[0].id}/reward", data={})).status_code == 403
    assert (await _referral(shop, friends[0])).state is ReferralState.HELD


# --- links


async def test_a_new_link_is_listed_printed_and_drawn(marketer):
    await _add(marketer, "/links", name="Столик у окна", purpose="feedback", branch="Центр")
    page = (await marketer.get("/console/links")).text
    assert "Столик у окна" in page and "Оставить отзыв · Центр" in page
    (code,) = set(re.findall(r"/links/([a-z0-9]{6})/print", page))
    assert f'value=\'<script async src="https://shop.example/chat/widget.js" data-start="{code}"></script>\'' in page
    sheet = (await marketer.get(f"/console/links/{code}/print?size=a4")).text
    assert f"shop.example/q/{code}" in sheet and "Как вам у нас?" in sheet and "<svg viewBox" in sheet
    picture = await marketer.get(f"/console/links/{code}/qr.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml") and picture.text.startswith("<svg xmlns")


async def test_scans_and_joins_are_counted_and_little_data_says_so(shop, marketer):
    await _add(marketer, "/links", name="Касса", purpose="join")
    (link,) = await shop.database.read(lambda store: store.entries.links())
    customer = await shop.customer("Анна")

    def come(store) -> None:
        for _ in range(12):
            store.entries.count_scan(link.code, shop.now.toordinal())
        store.entries.note_join(customer.id, link.code, shop.now)
        store.entries.note_join(customer.id, link.code, shop.now)

    await shop.database.write(come)
    page = plain((await marketer.get("/console/links")).text)
    assert re.search(r"Открыли.{0,20}12.{0,40}Пришли.{0,20}1<", page) and "мало данных, нужно 30 открытий" in page


async def test_a_link_wants_a_promo_code_that_many_may_use(shop, marketer):
    wrong = await _add(marketer, "/links", name="Листовка", purpose="promo", promo_code="НЕТ5")
    assert "link.no_code" in wrong
    campaign = PromoCampaign(slug="site", name="Сайт", kind=PromoKind.PERCENT, value=10, created_at=shop.now)

    def unit(store) -> None:
        store.promos.add_campaign(campaign)
        store.promos.add_code(PromoCode(code="SITE10", campaign_id=campaign.id, max_uses=50, issued_at=shop.now))

    await shop.database.write(unit)
    assert "link.added" in await _add(marketer, "/links", name="Листовка", purpose="promo", promo_code="site-10")


@pytest.mark.parametrize("path", ["/links", "/charity"])
async def test_a_form_that_comes_twice_makes_one_thing_and_the_next_form_another(shop, marketer, path):
    form = {"name": "Касса", "purpose": "join"}
    keys = [_key_in((await marketer.get(f"/console{path}")).text) for _ in range(2)]
    for key in (keys[0], keys[0], keys[1]):
        await _add(marketer, path, **form, key=key)
    made = await shop.database.read(lambda store: (store.entries.links(), store.charities.all()))
    assert len(made[path == "/charity"]) == 2


async def test_a_form_that_comes_twice_at_once_makes_one_link(shop, marketer):
    form = {"name": "Касса", "purpose": "join", "key": str(uuid4())}
    answers = await asyncio.gather(*(_add(marketer, "/links", **form) for _ in range(4)))
    assert all("link.added" in answer for answer in answers)
    assert len(await shop.database.read(lambda store: store.entries.links())) == 1


def _key_in(page: str) -> str:
    return re.search(r'name="key" value="([\w-]+)"', page)[1]


async def test_an_archived_link_leaves_the_list_and_goes_on_working(shop, marketer):
    await _add(marketer, "/links", name="Касса", purpose="join")
    (link,) = await shop.database.read(lambda store: store.entries.links())
    await marketer.post(f"/console/links/{link.code}/archive", data={"archived": "yes"})
    assert "Архив: на бумаге эти ссылки работают" in (await marketer.get("/console/links")).text
    assert (await shop.database.read(lambda store: store.entries.link(link.code))).is_archived


# --- tastes


async def test_answers_are_added_together_renamed_and_archived(shop, marketer):
    await _add(marketer, "/likes", question="Что вам ближе?", labels="Кофе\n\nЧай\nкофе")
    tags = await shop.database.read(lambda store: store.likes.tags())
    assert [(tag.label, tag.question) for tag in tags] == [("Кофе", "Что вам ближе?"), ("Чай", "Что вам ближе?")]
    await marketer.post(f"/console/likes/{tags[0].slug}", data={"label": "Кофе на зёрнах"})
    await marketer.post(f"/console/likes/{tags[1].slug}", data={"label": "Чай", "archived": "yes"})
    page = plain((await marketer.get("/console/likes")).text)
    assert "Кофе на зёрнах" in page and "Больше не спрашиваем" in page
    assert [tag.label for tag in await shop.database.read(lambda store: store.likes.tags())] == ["Кофе на зёрнах"]


async def test_staff_note_what_a_customer_likes_and_who_said_it_first_stays(shop, marketer, browse):
    await _add(marketer, "/likes", question="Что вам ближе?", labels="Кофе\nЧай")
    coffee, tea = await shop.database.read(lambda store: store.likes.tags())
    anna = await shop.customer("Анна")
    await shop.database.write(lambda store: store.likes.like(anna.id, tea.slug, FieldOrigin.IMPORT, shop.now))
    async with browse() as browser:
        await shop.let_in(browser, Role.CASHIER)
        await browser.post(
            f"/console/customers/{anna.id}/likes", data={f"like.{coffee.slug}": "on", f"like.{tea.slug}": "on"}
        )
        page = plain((await browser.get(f"/console/customers/{anna.id}")).text)
    assert page.count("checked") == 2
    liked = await shop.database.read(lambda store: store.likes.of(anna.id))
    assert (liked[coffee.slug].origin, liked[tea.slug].origin) == (FieldOrigin.STAFF, FieldOrigin.IMPORT)
    await marketer.post(f"/console/customers/{anna.id}/likes", data={f"like.{coffee.slug}": "on"})
    assert set(await shop.database.read(lambda store: store.likes.of(anna.id))) == {coffee.slug}


async def test_a_segment_asks_what_customers_like(shop, marketer):
    await _add(marketer, "/likes", question="Что вам ближе?", labels="Кофе")
    (coffee,) = await shop.database.read(lambda store: store.likes.tags())
    anna = await shop.customer("Анна")
    await shop.database.write(lambda store: store.likes.like(anna.id, coffee.slug, FieldOrigin.CUSTOMER, shop.now))
    await marketer.post(
        "/console/segments/save",
        data={
            "name": "Кофе",
            "r.join": "all",
            "r.0.was": "likes",
            "r.0.field": "likes",
            "r.0.is": "any_of",
            "r.0.value": coffee.slug,
        },
    )
    assert "Нравится Кофе" in plain((await marketer.get("/console/segments")).text)


# --- good deeds


async def test_a_charity_is_added_closed_and_keeps_what_it_was_given(shop, marketer):
    await _add(marketer, "/charity", name="Приют «Лапа»", about="Корм")
    anna = await shop.customer("Анна")

    def give(store) -> str:
        cause = ledger.Cause(key="gift", customer_id=anna.id, kind=PointsKind.GIFT)
        ledger.grant(store, cause, 500, shop.now, opens_at=shop.now, expires_at=None)
        (one,) = store.charities.all()
        charity.give(store, anna, one, 120, "1", shop.now)
        return one.slug

    slug = await shop.database.write(give)
    await marketer.post(f"/console/charity/{slug}", data={"name": "x", "active": "no"})
    page = plain((await marketer.get("/console/charity")).text)
    assert "120 баллов" in page and "от 1 клиента" in page and "Снова принимать" in page
    assert "Приют «Лапа»" in page


async def test_a_charity_without_a_name_is_none(shop, marketer):
    assert "name_missing" in await _add(marketer, "/charity", name=" ", about="")
    assert await shop.database.read(lambda store: store.charities.all()) == []


async def _add(browser, path: str, **data: str) -> str:
    return (await browser.post(f"/console{path}/add", data=data)).headers["location"]


async def _rewards(shop) -> None:
    terms = Terms(friend_points=200, advocate_points=300, min_order_minor=50_000, hold_days=14)
    owner = shop.staff[Role.OWNER]
    await shop.database.write(
        lambda store: save_rules(store, replace(rules_now(store), referral=terms), owner, shop.now)
    )


async def _brings(shop, how_many: int):
    anna, friends = await shop.customer("Анна"), [await shop.customer(f"Друг {n}") for n in range(how_many)]

    def unit(store) -> None:
        code = referrals.code_of(store, anna.id, shop.now)
        for one in (anna, *friends):
            join(store, one.id, shop.now)
        for friend in friends:
            referrals.claim(store, friend, code, shop.now)
        sale = Sale("first", friends[0], 60_000, PurchaseSource.CONSOLE)
        record(store, sale, shop.now, MOSCOW)

    await shop.database.write(unit)
    return anna, friends


async def _settle(shop, friends) -> None:
    await shop.database.write(lambda store: referrals.settle(store, friends[0].id, shop.now, MOSCOW))


async def _referral(shop, friend):
    return await shop.database.read(lambda store: store.referrals.get(friend.id))
