"""The chat in a real browser: talking, reloading, losing the server, the widget on another site's page."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FrameLocator, Page, Route, async_playwright, expect

from bot.webchat import BOT_ID
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from storage.database import open_database
from storage.kinds import MessageKind
from storage.store import Store
from tests.webchat.shop import Running, make_certificate, now_utc, running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, pytest.mark.xdist_group("browser")]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(loop_scope="module")
async def live(sqlite_url: str) -> AsyncIterator[Running]:
    database = await open_database(sqlite_url)
    async with running(database) as shop:
        yield shop
    await database.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(locale="ru-RU")
    context.set_default_timeout(5000)
    yield context
    await context.close()


async def visit(window: BrowserContext, address: str) -> Page:
    """A page whose errors fail the test: a refused script or style is one."""
    page = await window.new_page()
    page.on("pageerror", _fail)
    await page.goto(address)
    return page


async def test_a_newcomer_is_greeted_and_answered_within_a_second(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await expect(page.get_by_text("Здравствуйте!")).to_be_visible()
    await page.get_by_role("button", name="Согласен").click()
    await expect(page.get_by_text("Спасибо! Согласие")).to_be_visible(timeout=1000)
    await expect(page.get_by_role("button", name="Согласен")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#typing")).to_be_hidden()


async def test_everything_works_with_the_keyboard_alone(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await expect(page.get_by_label("Сообщение", exact=True)).to_be_focused()
    await page.keyboard.type("Первая строка")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("вторая")
    await page.keyboard.press("Enter")
    await expect(page.locator(".own p")).to_have_text("Первая строка\nвторая")
    await expect(page.locator(".own time")).to_be_visible()
    await expect(page.get_by_label("Сообщение", exact=True)).to_have_value("")


async def test_a_reload_shows_the_same_history(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await write(page, "<b>Помните</b> меня?")
    await expect(page.locator(".theirs")).to_have_count(2)
    before = await page.locator("#log").inner_text()
    await page.reload()
    await expect(page.locator("body[data-ready]")).to_be_attached()
    assert await page.locator("#log").inner_text() == before


async def test_a_second_window_of_the_same_visitor_sees_it_all(live: Running, window: BrowserContext) -> None:
    first = await visit(window, f"{live.url}/chat")
    await expect(first.locator(".theirs")).to_have_count(1)
    second = await visit(window, f"{live.url}/chat")
    await write(first, "Из первого окна")
    await expect(second.get_by_text("Из первого окна")).to_be_visible()
    await first.close()
    await write(second, "Из второго")
    await expect(second.locator(".own time")).to_have_count(2)


async def test_what_was_written_while_the_server_was_away_arrives_once(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await expect(page.locator(".theirs")).to_have_count(1)
    await live.stop()
    await expect(page.locator(".off")).to_have_text("нет связи, пробую снова")
    await page.get_by_label("Сообщение", exact=True).fill("черновик")
    await write(page, "Вы здесь?")
    await write(page, "Ау")
    await expect(page.locator(".own .state")).to_have_text(["отправляется", "отправляется"])
    await live.start()
    await expect(page.locator(".own time")).to_have_count(2, timeout=8000)
    await expect(page.locator(".off")).to_have_text("")
    assert await page.locator(".own p").all_inner_texts() == ["Вы здесь?", "Ау"]
    assert await said_to(live) == ["/start", "Вы здесь?", "Ау"]


async def test_what_was_said_without_a_name_stays_where_it_was_said(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await page.get_by_role("button", name="Согласен").click()
    await page.get_by_role("button", name="Нет, спасибо").click()
    for label in ("Отзыв", "Пожаловаться", "Анонимно"):
        await page.locator("#log").get_by_role("button", name=label).last.click()
    await expect(page.get_by_text("Напишите одним сообщением")).to_be_visible()
    await write(page, "Старший смены кричал")
    await expect(page.get_by_text("Записали без имени")).to_be_visible()
    await write(page, "А собак пускаете?")
    await expect(page.locator(".own time")).to_have_count(1)
    said = await page.locator("#log").inner_text()
    assert said.index("Старший смены") < said.index("Записали без имени") < said.index("А собак пускаете?")


async def test_an_unsent_message_outlives_the_page(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await expect(page.locator(".theirs")).to_have_count(1)
    await page.route("**/chat/messages*", lambda route: route.abort())
    await write(page, "Не теряйте меня")
    await expect(page.locator(".own .state")).to_have_text("отправляется")
    await page.unroute("**/chat/messages*")
    await page.reload()
    await expect(page.locator(".own time")).to_have_count(1)
    assert await said_to(live) == ["/start", "Не теряйте меня"]


async def test_dots_are_shown_while_the_answer_is_on_its_way(live: Running, window: BrowserContext) -> None:
    page = await visit(window, f"{live.url}/chat")
    await expect(page.locator(".theirs")).to_have_count(1)
    held: list[Route] = []
    await page.route("**/chat/messages*", lambda route: held.append(route))
    await write(page, "Думайте")
    await expect(page.locator("#typing")).to_be_visible()
    await held[0].continue_()
    await expect(page.locator(".theirs")).to_have_count(2)
    await expect(page.locator("#typing")).to_be_hidden()


async def test_the_widget_opens_and_closes_with_the_keyboard_where_nothing_may_be_kept(
    sqlite_url: str, window: BrowserContext
) -> None:
    """`localhost` and `127.0.0.1` are two sites to a browser: over http it denies us cookies, storage and locks."""
    database = await open_database(sqlite_url)
    async with running(database, widget_origins=("http://127.0.0.1:*",)) as live:
        page = await visit(window, f"http://127.0.0.1:{live.port}/shop")
        button, frame = page.get_by_role("button", name="Чат с нами"), page.frame_locator("iframe")
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(frame.get_by_label("Сообщение", exact=True)).to_be_focused()
        await page.keyboard.type("Привет из магазина")
        await page.keyboard.press("Enter")
        await expect(frame.locator(".own time")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.locator("iframe")).to_be_hidden()
        await expect(button).to_be_focused()
        assert await window.cookies(live.url) == []
    await database.close()


async def test_the_widget_knows_its_visitor_again_and_counts_what_is_unread(
    sqlite_url: str, browser: Browser, tmp_path: Path
) -> None:
    database = await open_database(sqlite_url)
    certificate = make_certificate(tmp_path / "localhost.pem")
    window = await browser.new_context(locale="ru-RU", ignore_https_errors=True)
    async with running(database, certificate, widget_origins=("https://127.0.0.1:*",)) as live:
        page = await visit(window, f"https://127.0.0.1:{live.port}/shop")
        button, frame = page.get_by_role("button", name="Чат с нами"), page.frame_locator("iframe")
        await button.click()
        await expect(frame.locator(".theirs")).to_have_count(1)
        await write(frame, "Привет из магазина")
        await expect(frame.locator(".theirs")).to_have_count(2)
        await page.reload()
        await expect(frame.locator("body[data-ready]")).to_be_attached()
        await answer_all(live, "Оператор слушает")
        await expect(page.get_by_text("1", exact=True)).to_be_visible()
        await button.click()
        await expect(frame.locator(".own p")).to_have_text("Привет из магазина")
        await expect(frame.get_by_text("Оператор слушает")).to_be_visible()
        await expect(page.get_by_text("1", exact=True)).to_be_hidden()
        assert await customers(live) == 1
    await database.close()


@pytest.mark.parametrize("width", [320, 390, 1366])
async def test_nothing_scrolls_sideways(live: Running, browser: Browser, width: int) -> None:
    window = await browser.new_context(locale="ru-RU", viewport={"width": width, "height": 600})
    page = await visit(window, f"{live.url}/chat")
    await write(page, "Длинноесловобезпробелов" * 9)
    await expect(page.locator(".theirs")).to_have_count(2)
    for name in ("Согласен", "Нет, спасибо", "Отзыв", "Оценить"):
        await page.get_by_role("button", name=name).last.click()
    score = page.get_by_role("button", name="10", exact=True)
    await expect(score).to_be_visible()
    sizes = await page.evaluate("[document.documentElement, document.querySelector('#scroll')].map(e => e.scrollWidth)")
    assert max(sizes) <= width
    box = await score.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 36


async def write(page: Page | FrameLocator, text: str) -> None:
    await page.get_by_label("Сообщение", exact=True).fill(text)
    await page.get_by_role("button", name="Отправить").click()


async def said_to(live: Running) -> list[str]:
    return await live.database.read(
        lambda store: [row[0] for row in store.connection.exec_driver_sql("SELECT text FROM inbound_event ORDER BY id")]
    )


async def customers(live: Running) -> int:
    return await live.database.read(
        lambda store: store.connection.exec_driver_sql("SELECT count(*) FROM customer").scalar_one()
    )


async def answer_all(live: Running, text: str) -> None:
    """A human answers everybody."""

    def unit(store: Store) -> None:
        for visitor_id, customer_id in store.connection.exec_driver_sql("SELECT user_id, customer_id FROM identity"):
            reply = Message(text, kind=MessageKind.OPERATOR_REPLY)
            enqueue(store, Address(BOT_ID, visitor_id), [reply], now_utc(), customer_id=UUID(str(customer_id)))

    await live.database.write(unit)


def _fail(error: object) -> None:
    raise AssertionError(re.sub(r"\s+", " ", str(error)))
