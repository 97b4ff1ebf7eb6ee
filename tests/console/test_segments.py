"""Segments in the console: the list, the builder with and without script, versions, and who may do what."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from console.segment_links import ACTIONS, RFM, STAGES, segment_link
from messaging.segments import parse
from storage.kinds import Gender, LifecycleStage, Role
from storage.models import CustomerStats, Segment
from tests.console.test_pages import plain
from tests.rows import overwrite


def said(reply) -> str:
    """What a reader sees of a page: without its tags."""
    return " ".join(plain(re.sub(r"<[^>]*>", " ", reply.text)).split())


WOMEN = [
    ("r.join", "all"),
    *(("r.0.was", "gender"), ("r.0.field", "gender"), ("r.0.is", "any_of"), ("r.0.value", "female")),
    *(("r.1.was", "visits"), ("r.1.field", "visits"), ("r.1.is", "at_least"), ("r.1.value", "2")),
]


@pytest.fixture
async def people(shop):
    """Anna came three times, Vera once, Boris three times."""
    anna, vera, boris = [await shop.customer(name) for name in ("Анна", "Вера", "Борис")]

    def live(store) -> None:
        for one, visits in ((anna, 3), (vera, 1), (boris, 3)):
            one.gender = Gender.MALE if one is boris else Gender.FEMALE
            overwrite(store, one)
            day = (shop.now - timedelta(days=60)).date().toordinal()
            stage = LifecycleStage.AT_RISK if one is anna else LifecycleStage.REGULAR
            store.stats._insert(CustomerStats(customer_id=one.id, visits=visits, last_day=day, stage=stage))

    await shop.database.write(live)
    return anna, vera, boris


async def send(browser, path: str, fields, **headers):
    body = "&".join(f"{name}={value}" for name, value in fields)
    form = {"content-type": "application/x-www-form-urlencoded"}
    return await browser.post(f"/console{path}", content=body.encode(), headers=form | headers)


async def test_the_ready_sets_are_counted_and_open_in_the_builder(shop, browse, people):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = said(await browser.get("/console/segments"))
        assert "Опаздывают: пора встревожиться" in page
        link = segment_link(lambda path, **query: f"{path}?{urlencode(query)}", ACTIONS[0].rules)
        late = said(await browser.get(f"/console{link}"))
        assert "Анна" in late and "Борис" not in late
        assert "1 из 3 клиентов" in late


@pytest.mark.parametrize("one", [*ACTIONS, *STAGES, *RFM], ids=lambda one: one.key)
def test_every_ready_set_has_rules_that_are_understood(one):
    assert parse(dict(one.rules))


async def test_a_draft_is_counted_with_people_and_reasons_in_pieces_for_the_script(shop, browse, people):
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        reply = await send(browser, "/segments/draft", [*WOMEN, ("do", "count")], **{"x-live": "1"})
    text = said(reply)
    assert reply.headers["x-live"] == "1"
    assert 'id="tree"' not in reply.text
    assert "Женщины, визитов от 2" in text and "1 из 3 клиентов (33 %)" in text
    assert "Анна" in text and "Визитов: 3" in text


async def test_without_script_the_buttons_draw_the_whole_page_again(shop, browse, people):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await send(browser, "/segments/draft", [*WOMEN, ("name", "x"), ("do", "group:r")])).text
    assert 'name="r.2.0.field"' in page and "<title>x" in page
    assert "Заполните условие до конца" in page


async def test_everyone_is_warned_of(shop, browse, people):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        page = (await browser.get('/console/segments/new?rules={"all":[]}')).text
    assert "В этот сегмент входят все" in page


async def test_a_link_that_makes_no_sense_opens_an_empty_builder(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        for rules in ("{", "[]", '{"sql":"1"}', "[" * 5000):
            reply = await browser.get("/console/segments/new", params={"rules": rules})
            assert reply.status_code == 200 and "Выберите условие" in reply.text


async def test_a_segment_is_saved_changed_restored_and_put_away(shop, browse, people):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        saved = await send(browser, "/segments/save", [*WOMEN, ("name", "Twice")])
        address = saved.headers["location"].split("?")[0].removeprefix("/console")
        assert "Женщины, визитов от 2" in said(await browser.get("/console/segments"))
        await send(browser, f"{address}/save", [*WOMEN[:5], ("name", "Women"), ("version", "1")])
        stale = await send(browser, f"{address}/save", [*WOMEN, ("name", "Late"), ("version", "1")])
        assert "segment.stale" in stale.headers["location"]
        page = (await browser.get("/console" + address)).text
        assert "<bdi>Women</bdi>" in page and "Версии: 2" in page
        assert 'name="r.1.field"' in (await browser.get(f"/console{address}?version=1")).text
        members = said(await browser.get(f"/console{address}/customers"))
        assert "Women : 2 клиента" in members and "Вера" in members and "Борис" not in members
        await send(browser, f"{address}/restore", [("version", "1")])
        assert "Twice" in (await browser.get("/console" + address)).text
        await send(browser, f"{address}/archive", [("archived", "yes")])
        assert "В архиве: 1" in (await browser.get("/console/segments")).text
        assert "Этот сегмент в архиве" in (await browser.get("/console" + address)).text


async def test_what_is_unfinished_or_nameless_is_not_saved(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.MARKETER)
        nameless = await send(browser, "/segments/save", [*WOMEN, ("name", " ")])
        unfinished = await send(browser, "/segments/save", [*WOMEN[:-1], ("name", "Twice")])
    assert (nameless.status_code, unfinished.status_code) == (422, 422)
    assert "Дайте сегменту название" in nameless.text
    assert "Впишите или выберите значение" in unfinished.text
    assert await shop.database.read(lambda store: store.segments.all()) == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CASHIER])
async def test_who_does_not_read_numbers_sees_no_segments(shop, browse, role):
    async with browse() as browser:
        await shop.let_in(browser, role)
        assert (await browser.get("/console/segments")).status_code == 403
        assert "/segments" not in (await browser.get("/console/customers")).text


async def test_an_analyst_may_look_and_count_but_not_save(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.ANALYST)
        assert "formaction" not in (await browser.get("/console/segments/new")).text
        assert (await send(browser, "/segments/save", [*WOMEN, ("name", "x")])).status_code == 403


async def test_a_segment_that_is_not_there_is_missing(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        nobody = "/console/segments/00000000-0000-0000-0000-000000000000"
        assert (await browser.get(nobody)).status_code == 404
        assert (await browser.get(f"{nobody}/customers")).status_code == 404


async def test_rules_that_are_no_longer_understood_break_no_page(shop, browse):
    segment = Segment(version=1, name="Old", rules={"field": "shoe_size", "is": "known"}, changed_at=shop.now)
    await shop.database.write(lambda store: store.segments.add(segment))
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        assert "больше не понимает" in (await browser.get("/console/segments")).text
        assert (await browser.get(f"/console/segments/{segment.id}")).status_code == 200
