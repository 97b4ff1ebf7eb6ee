"""The console in a real Chromium: what only a browser can prove."""

import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from storage.kinds import Gender, Language, LifecycleStage, RfmSegment, Role
from storage.models import CustomerStats
from tests.console.shop import PASSWORD
from tests.console.test_customer_base import rated, stands
from tests.rows import overwrite

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("console-browser"),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium here: install it (Debian: apt install chromium)"),
]


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(chromium: Browser, server):
    """Pages that remember every request to elsewhere and every complaint of the browser; both must stay empty."""
    trouble: list[str] = []

    async def open_as(login: str = "operator", path: str = "/inbox", **options) -> Page:
        context = await chromium.new_context(locale="ru-RU", **{"viewport": {"width": 1366, "height": 820}, **options})
        page = await context.new_page()
        page.on("request", lambda one: one.url.startswith((server.url, "data:")) or trouble.append(one.url))
        page.on("console", lambda one: is_known(one.text) or trouble.append(one.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        await page.goto(f"{server.url}/login?next={path}")
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(server.url + path)
        return page

    yield open_as
    assert trouble == []


def is_known(complaint: str) -> bool:
    """The browser reports refused forms and a server that is away by itself; those are what some tests are about."""
    return "Failed to load resource" in complaint or "ERR_CONNECTION" in complaint or "ERR_INCOMPLETE" in complaint


async def test_a_new_case_appears_within_a_second_without_reloading(shop, open_page):
    page = await open_page()
    await page.evaluate("window.same = true")
    case = await shop.complaint("Olga", "Cold soup")
    row = page.locator(f"#row-{case.id}")
    await expect(row).to_contain_text("Cold soup", timeout=1000)
    await expect(page).to_have_title("(1) Диалоги · Корица")
    await expect(page.locator("#badge")).to_contain_text("1")
    assert await page.evaluate("window.same")


async def test_an_open_conversation_grows_once_for_each_message_and_is_marked_read(shop, open_page):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page(path=f"/inbox/{case.id}")
    customer = await shop.database.read(lambda store: store.customers.get(case.customer_id))
    await shop.says(customer, "Hello?", case)
    await expect(page.locator(".bubble.customer")).to_have_count(2, timeout=1000)
    await expect(page.locator(f"#row-{case.id} .last")).to_contain_text("Hello?")
    await expect(page.locator(f"#row-{case.id} .badge")).to_have_count(0)
    assert (await shop.case(case.id)).unread == 0


async def test_by_keyboard_on_a_russian_layout_a_case_is_opened_taken_answered_and_closed(shop, open_page):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page()
    for code, letter in (("KeyJ", "о"), ("KeyA", "ф"), ("KeyR", "к")):
        await press(page, code, letter)
        if code == "KeyJ":
            await page.wait_for_url(f"**/inbox/{case.id}")
        if code == "KeyA":
            await expect(page.locator(f"#holder-{case.id}")).to_have_attribute("data-is", "me")
    await expect(page.locator("#reply textarea")).to_be_focused()
    await page.keyboard.type("Простите!")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("Уже несём новый.")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble.operator p")).to_have_text("Простите!\nУже несём новый.")
    await expect(page.locator("#reply textarea")).to_have_value("")
    await expect(page.locator("#reply textarea")).to_be_focused()
    await page.keyboard.press("Escape")
    await press(page, "KeyE", "у")
    await page.locator("#close select").select_option("waiting")
    await page.locator("#close textarea").fill("Принесли новый суп")
    await page.locator("#close button.primary").press("Enter")
    await expect(page.locator(f"#holder-{case.id}")).to_have_attribute("data-is", "closed")
    await expect(page.locator("#close")).to_be_hidden()
    assert (await shop.case(case.id)).action == "Принесли новый суп"


async def press(page: Page, code: str, letter: str) -> None:
    """A key as a Russian keyboard sends it: its place is Latin, its letter is not."""
    await page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', { code, key, bubbles: true, cancelable: true }))",
        [code, letter],
    )


async def test_shortcuts_can_be_switched_off(shop, open_page):
    await shop.complaint("Olga", "Cold soup")
    page = await open_page(path="/profile")
    await page.locator("[name=shortcuts]").uncheck()
    await page.locator("form.card button.primary").first.click()
    await page.goto(page.url.replace("/profile?notice=saved", "/inbox"))
    await press(page, "KeyJ", "j")
    await page.keyboard.press("?")
    await expect(page.locator("#help")).to_be_hidden()
    assert page.url.endswith("/inbox")


async def test_a_colleague_sees_who_answers_and_cannot_answer_blindly(shop, open_page):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page(path=f"/inbox/{case.id}")
    await page.fill("#reply textarea", "Half an ans")
    other = await open_page("admin", f"/inbox/{case.id}")
    await other.click(".head button")
    await expect(page.locator(f"#holder-{case.id}")).to_contain_text("Admin", timeout=1000)
    await expect(page.locator("#reply")).to_be_hidden()
    await page.click(f"#holder-{case.id} .button")
    await page.click("#takeover .primary")
    await expect(page.locator("#reply textarea")).to_be_visible()
    await expect(page.locator("#reply textarea")).to_have_value("Half an ans")
    await expect(other.locator("#reply")).to_be_hidden()


async def test_a_draft_and_the_stream_survive_a_restart_of_the_server(shop, server, open_page):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page(path=f"/inbox/{case.id}")
    await page.fill("#reply textarea", "Half an answer")
    await server.stop()
    await expect(page.locator("#offline")).to_be_visible()
    await page.focus("#reply textarea")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast")).to_contain_text("нет связи")
    await expect(page.locator("#reply textarea")).to_have_value("Half an answer")
    second = await shop.complaint("Ivan", "While you were away")
    await server.start()
    await expect(page.locator(f"#row-{second.id}")).to_be_visible(timeout=10_000)
    await expect(page.locator("#offline")).to_be_hidden()
    await page.reload()
    await expect(page.locator("#reply textarea")).to_have_value("Half an answer")


async def test_eight_tabs_share_one_stream_and_all_hear(shop, open_page):
    first = await open_page()
    tabs = [first]
    for _ in range(7):
        tab = await first.context.new_page()
        await tab.goto(first.url)
        tabs.append(tab)
    case = await shop.complaint("Olga", "Cold soup")
    for tab in tabs:
        await expect(tab.locator(f"#row-{case.id}")).to_be_attached(timeout=3000)
    await tabs.pop(0).close()
    later = await shop.complaint("Ivan", "Cold tea")
    for tab in tabs:
        await expect(tab.locator(f"#row-{later.id}")).to_be_attached(timeout=3000)


async def test_who_is_dismissed_is_led_to_the_door_at_once(shop, open_page):
    page = await open_page()
    them = shop.staff[Role.OPERATOR]

    def dismiss(store) -> None:
        store.staff.save(them.model_copy(update={"is_active": False}))

    await shop.database.write(dismiss)
    await shop.complaint("Olga", "Not for you any more")
    await page.wait_for_url(re.compile("/login"), timeout=15_000)


async def test_without_script_one_can_sign_in_read_and_answer(shop, open_page):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page(java_script_enabled=False)
    await page.click(f"#row-{case.id} a")
    await page.fill("#reply textarea", "So sorry!")
    await page.click("#reply button")
    await expect(page.locator(".bubble.operator")).to_contain_text("So sorry!")


@pytest.mark.parametrize("width", [320, 390])
async def test_nothing_scrolls_sideways_on_a_phone_and_targets_are_large(shop, open_page, width):
    case = await shop.complaint("Константин Константинопольский", "Оченьдлинноеслово" * 6)
    page = await open_page("owner", viewport={"width": width, "height": 700})
    base = page.url.removesuffix("/inbox")
    person = f"/customers/{case.customer_id}"
    await rated(shop)
    scores = {"recency_score": 5, "frequency_score": 5, "rfm": RfmSegment.CHAMPIONS, "last_day": 739_000}
    key = {"is_key": True, "key_score": 0.9, "key_parts": {"value": [0.9, 0.4]}}
    await stands(shop, "Константин Константинопольский", LifecycleStage.AT_RISK, **scores, **key)
    inbox = ("/inbox", f"/inbox/{case.id}", f"/inbox/{case.id}/customer")
    for path in ("/", *inbox, "/customers", person, "/base", "/flags", "/status", "/staff", "/settings", "/profile"):
        await page.goto(base + path)
        wide = await page.evaluate("Math.max(document.documentElement.scrollWidth, main.scrollWidth) - innerWidth")
        assert wide <= 0, path
        small = await page.evaluate(
            "[...document.querySelectorAll('button, .button, nav a, select, .back')].filter(e => e.offsetParent)"
            ".filter(e => { const b = e.getBoundingClientRect(); return b.width < 24 || b.height < 24 })"
            ".map(e => e.outerHTML)"
        )
        assert small == [], path


async def test_an_impatient_finger_at_the_till_records_one_purchase(shop, open_page):
    olga = await shop.customer("Olga")
    page = await open_page("cashier", f"/customers/{olga.id}")
    await page.fill("#till [name=amount]", "350,50")
    await page.dblclick("#till button")
    await expect(page.locator(".fresh")).to_contain_text("350,50")
    bought = await shop.database.read(lambda store: store.purchases.of_customer(olga.id, 9))
    assert [one.amount_minor for one in bought] == [35050]


async def test_on_a_phone_the_rarer_pages_open_from_one_button(shop, open_page):
    page = await open_page("owner", "/customers", viewport={"width": 390, "height": 700})
    settings = page.locator("#more a[href$='/settings']")
    await expect(settings).to_be_hidden()
    await page.click(".more")
    await settings.click()
    await page.wait_for_url("**/settings")
    await page.set_viewport_size({"width": 1366, "height": 820})
    await expect(settings).to_be_visible()


async def test_the_groups_of_pages_open_and_close_from_the_keyboard_and_fit_a_small_phone(shop, open_page):
    page = await open_page("owner", "/customers", viewport={"width": 360, "height": 640})
    await page.focus(".more")
    await page.keyboard.press("Enter")
    headings = page.locator("#more h2")
    await expect(headings).to_have_count(5)
    await expect(headings.last).to_be_in_viewport()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.pathname.endsWith('/base')")
    box = await page.locator("#more").bounding_box()
    assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= 360
    await page.keyboard.press("Escape")
    await expect(page.locator("#more")).to_be_hidden()


async def test_on_a_desk_every_link_can_be_reached_however_low_the_window(shop, open_page):
    page = await open_page("owner", "/customers", viewport={"width": 1280, "height": 480})
    profile = page.locator(".rail a[href$='/profile']")
    await profile.scroll_into_view_if_needed()
    await expect(profile).to_be_in_viewport()


async def test_a_table_wider_than_the_phone_shows_that_it_goes_on_till_its_end(shop, open_page):
    await stands(shop, "Вера", LifecycleStage.LOST)
    await rated(shop)
    page = await open_page("owner", "/base", viewport={"width": 390, "height": 844})
    table = page.locator(".scroll").first
    assert await table.evaluate("e => e.scrollWidth > e.clientWidth")
    await table.scroll_into_view_if_needed()
    box = await table.bounding_box()
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    edge = {"x": right - 4, "y": bottom - 4, "width": 3, "height": 3}  # below the text of the last row
    within = edge | {"x": right - 40}
    assert await page.screenshot(clip=edge) != await page.screenshot(clip=within)
    await table.evaluate("e => e.scrollTo(e.scrollWidth, 0)")
    assert await page.screenshot(clip=edge) == await page.screenshot(clip=within)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_page_keeps_the_content_policy_and_asks_nobody_else(shop, open_page, theme):
    case = await shop.complaint("Olga", "Cold soup")
    page = await open_page("owner", color_scheme=theme)
    base = page.url.removesuffix("/inbox")
    await rated(shop)
    people = ("/customers", f"/customers/{case.customer_id}", "/base", "/flags", "/status")
    for path in ("/", f"/inbox/{case.id}", *people, "/staff", "/settings", "/profile", "/nothing"):
        await page.goto(base + path)
        weight = await page.evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".reduce((sum, one) => sum + one.decodedBodySize, 0)"
        )
        assert weight < 80_000, path  # nothing is compressed here; a proxy makes it a quarter


async def test_a_marketer_builds_women_of_kazan_who_stopped_coming_without_sql(shop, open_page):
    await shop.database.write(lambda store: regulars(store, shop))
    page = await open_page("marketer", "/segments/new")
    conditions = (
        ("gender", ""),
        ("age", "between"),
        ("visits", "at_least"),
        ("last_visit", "longer_ago"),
        ("city", ""),
    )
    for number, (field, operator) in enumerate(conditions):
        if number:
            await page.get_by_role("button", name="+ Условие").press("Enter")
            await expect(page.locator(f"[name='r.{number}.field']")).to_be_focused()
        await page.select_option(f"[name='r.{number}.field']", field)
        await expect(page.locator(f"[name='r.{number}.is']")).to_be_visible()
        if operator:
            await page.select_option(f"[name='r.{number}.is']", operator)
    await page.get_by_label("Женщины").check()
    await expect(page.locator("[name='r.1.value']")).to_have_count(2)
    for number, texts in ((1, ("25", "40")), (2, ("2",)), (3, ("45",)), (4, ("Казань",))):
        for place, text in enumerate(texts):
            await page.locator(f"[name='r.{number}.value']").nth(place).fill(text)
    await expect(page.locator("#segment-count")).to_have_text("1")
    await expect(page.locator("[name='r.4.value']")).to_have_count(2)  # room for one more city
    await expect(page.locator(".sample")).to_contain_text("Анна")
    await expect(page.locator(".why")).to_contain_text("Визитов: 3")
    await page.fill("[name=name]", "Казань, давно не были")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("h1")).to_have_text("Казань, давно не были")
    await page.goto(page.url.partition("?")[0])
    await expect(page.locator(".told")).to_have_text(
        "Женщины, возраст 25–40, визитов от 2, последний визит больше 45 дней назад, город Казань"
    )
    assert await page.evaluate(
        "document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
    )


async def test_a_survey_is_made_with_a_look_at_each_channel(shop, open_page):
    page = await open_page("marketer", "/surveys/new")
    await page.get_by_role("link", name="Кафе").click()
    await expect(page.locator("#preview .said")).to_have_count(6)
    await page.get_by_role("button", name="+ Вопрос").press("Enter")
    await expect(page.locator(".question")).to_have_count(7)
    await page.select_option("[name='q.6.kind']", "voice")
    await page.fill("[name='q.6.ru']", "Скажите голосом, {name}")
    await expect(page.locator("#preview .wrongs")).to_contain_text("Нет текста вопроса: en")
    await page.fill("[name='q.6.en']", "Say it, {name}")
    await expect(page.locator("#preview")).to_contain_text("Скажите голосом, Анна")
    await page.select_option("[name=language]", "en")
    await expect(page.locator("#preview")).to_contain_text("Say it, Ann")
    await page.get_by_role("button", name="Вопрос 7: выше").click()
    await expect(page.locator("[name='q.5.ru']")).to_have_value("Скажите голосом, {name}")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("h1")).to_have_text("После визита в кафе")
    await expect(page.locator("#toast")).to_contain_text("Опрос сохранён")
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 800})
        assert await page.evaluate(
            "[...document.querySelectorAll('.question, .rule')]"
            ".every(one => one.getBoundingClientRect().right <= one.parentElement.getBoundingClientRect().right + 1)"
        )


def regulars(store, shop) -> None:
    """Anna is meant; each of the others differs in one thing."""
    today = shop.now.date().toordinal()
    meant = {"gender": Gender.FEMALE, "birth_year": 1996, "city": "Казань", "visits": 3, "ago": 60}
    others = (
        {"gender": Gender.MALE},
        {"birth_year": 1980},
        {"city": "Уфа"},
        {"visits": 1},
        {"ago": 45},
        {"city": None},
    )
    for number, other in enumerate(({}, *others)):
        told = meant | other
        customer = store.customers.add("telegram:1", f"person{number}", f"Анна {number}", Language.RU, shop.now)
        customer.gender, customer.birth_year, customer.city = told["gender"], told["birth_year"], told["city"]
        customer.birthday_month, customer.birthday_day = 1, 1
        overwrite(store, customer)
        day = today - told["ago"]
        store.stats._insert(CustomerStats(customer_id=customer.id, visits=told["visits"], last_day=day))
