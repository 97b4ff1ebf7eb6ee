"""The page behind a printed code, and the page of good deeds: for everybody, without a cookie."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from loyalty import charity, ledger
from messaging.doors import Door
from storage.kinds import EntryPurpose, Language, PointsKind, PromoKind, ReviewPlace
from storage.models import EntryLink, PromoCampaign, PromoCode, ReviewRequest, ReviewSite
from tests.webchat import shop

MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
"""In Moscow it is the 23rd."""
DOORS = (
    Door("telegram:1", "https://t.me/korica_bot"),
    Door("vk:2", "https://vk.me/korica"),
    Door("webchat:main", "https://shop.example/chat"),
)
PHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile", "accept-language": "ru"}


@pytest.fixture
async def page(database):
    await shop.register(database)
    parts = shop.parts_of(database, lambda: NOW, doors=lambda: DOORS, zone=MOSCOW)
    transport = httpx.ASGITransport(shop.application(parts))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example", headers=PHONE) as browser:
        yield browser


async def test_a_printed_code_opens_every_messenger_with_itself(page, database):
    await _printed(database)
    answer = await page.get("/q/table5")
    assert answer.status_code == 200
    for address in ("https://t.me/korica_bot?start=table5", "https://vk.me/korica?ref=table5"):
        assert f'href="{address}"' in answer.text
    assert 'href="../chat?start=table5' in answer.text
    assert "Как вам у нас?" in answer.text
    assert "set-cookie" not in answer.headers


async def test_each_opening_counts_on_the_businesss_own_day(page, database):
    await _printed(database)
    for _ in range(3):
        await page.get("/q/table5")
    day = (NOW + timedelta(hours=3)).date().toordinal()
    reach = await database.read(lambda store: store.entries.reach(NOW, day))
    assert reach["table5"].scans == 3
    assert await database.read(lambda store: store.entries.reach(NOW, day + 1)) == {}


@pytest.mark.parametrize("agent", ["TelegramBot (like TwitterBot)", "Mozilla/5.0 (compatible; vkShare)", "curl/8.5"])
async def test_a_preview_is_nobody(page, database, agent):
    await _printed(database)
    assert (await page.get("/q/table5", headers={"user-agent": agent})).status_code == 200
    assert await database.read(lambda store: store.entries.reach(NOW, 0)) == {}


@pytest.mark.parametrize("code", ["nobody-printed-this", "<b>", "a" * 65])
async def test_a_code_that_nobody_printed_opens_the_same_doors(page, code):
    answer = await page.get(f"/q/{code}")
    assert answer.status_code == 200
    assert "https://t.me/korica_bot" in answer.text and "<b>" not in answer.text


async def test_a_link_with_a_promo_code_shows_what_it_brings(page, database):
    await _site_code(database)
    link = EntryLink(code="site", source="Сайт", purpose=EntryPurpose.PROMO, promo_code="SITE10")
    await database.write(lambda store: store.entries.add(link))
    assert "SITE10 — скидка 10" in (await page.get("/q/site")).text


async def test_a_code_itself_is_told_to_nobody_here_but_opens_the_chat_with_it(page, database):
    await _site_code(database)
    told = (await page.get("/q/SITE10")).text
    assert "скидка" not in told and "start=SITE10" in told


async def test_everybody_sees_what_was_given(page, database):
    def give(store) -> None:
        giver = store.customers.add("webchat:main", "1", "Анна", Language.RU, NOW)
        cause = ledger.Cause(key="gift", customer_id=giver.id, kind=PointsKind.GIFT)
        ledger.grant(store, cause, 500, NOW, opens_at=NOW, expires_at=None)
        shelter = charity.open_charity(store, "Приют <Лапа>", "Корм", NOW)
        charity.give(store, giver, shelter, 120, "1", NOW)

    await database.write(give)
    text = (await page.get("/charity")).text
    assert "Приют &lt;Лапа&gt;" in text and "120 баллов" in text and "Анна" not in text


async def test_the_pages_speak_english_too(page):
    assert "Open in Telegram" in (await page.get("/q/x?lang=en")).text
    assert "Good deeds" in (await page.get("/charity?lang=en")).text


# --- the way to a review site

MAPS = "https://yandex.ru/maps/org/korica/1"


async def test_a_link_leads_to_the_page_that_the_owner_entered_and_counts_once(page, database):
    given, site = await _given(database)
    for _ in range(2):
        answer = await page.get(f"/r/{given.id.hex}")
        assert (answer.status_code, answer.headers["location"]) == (302, MAPS)
    assert answer.headers["cache-control"] == "no-store" and "set-cookie" not in answer.headers
    counts = await database.read(lambda store: store.reviews.counts(NOW))
    assert (counts[site.id].asked, counts[site.id].clicked) == (1, 1)


async def test_who_only_looks_at_a_link_did_not_open_it(page, database):
    given, site = await _given(database)
    await page.head(f"/r/{given.id.hex}")
    await page.get(f"/r/{given.id.hex}", headers={"user-agent": "Mozilla/5.0 (compatible; vkShare)"})
    counts = await database.read(lambda store: store.reviews.counts(NOW))
    assert counts[site.id].clicked == 0


@pytest.mark.parametrize(
    "path", ["/r/nothing", f"/r/{UUID(int=1).hex}", "/r/https:evil.example", "/r/%2F%2Fevil.example"]
)
async def test_a_link_that_is_none_of_ours_leads_nowhere(page, path):
    answer = await page.get(path, params={"url": "https://evil.example", "next": "//evil.example"})
    assert answer.status_code == 404 and "location" not in answer.headers
    assert "evil" not in answer.text


async def test_a_link_that_is_none_of_ours_says_so_kindly(page):
    assert "Такой ссылки нет" in (await page.get("/r/nothing")).text


async def test_a_link_to_a_page_that_is_off_by_now_goes_on_working(page, database):
    given, site = await _given(database)
    site.is_on = False
    await database.write(lambda store: store.reviews.save_site(site))
    assert (await page.get(f"/r/{given.id.hex}")).headers["location"] == MAPS


async def _given(database):
    def unit(store):
        customer = store.customers.add("webchat:main", "7", "Анна", Language.RU, NOW)
        site = ReviewSite(place=ReviewPlace.YANDEX, url=MAPS, created_at=NOW)
        store.reviews.add_site(site)
        request = ReviewRequest(customer_id=customer.id, site_id=site.id, at=NOW)
        store.reviews.add(request)
        return request, site

    return await database.write(unit)


async def _printed(database) -> None:
    link = EntryLink(code="table5", source="Столик", purpose=EntryPurpose.FEEDBACK, created_at=NOW)
    assert await database.write(lambda store: store.entries.add(link))


async def _site_code(database, max_uses: int = 100) -> None:
    campaign = PromoCampaign(slug="site", name="Сайт", kind=PromoKind.PERCENT, value=10, created_at=NOW)
    code = PromoCode(code="SITE10", campaign_id=campaign.id, max_uses=max_uses, issued_at=NOW)

    def unit(store) -> None:
        store.promos.add_campaign(campaign)
        store.promos.add_code(code)

    await database.write(unit)
