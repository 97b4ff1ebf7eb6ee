"""A year with the café in the demo's chat: join, buy, be asked, points, a code, a birthday, silence, and won back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from babel.dates import format_date

pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("process")]
playwright = pytest.importorskip("playwright.sync_api")

A_MONTH_PASSES_WITHIN = 60_000


class Customer:
    """The chat's page in their hands."""

    def __init__(self, page):
        self.page = page
        self.expect = playwright.expect

    def presses(self, label: str) -> None:
        self.page.locator("#log").get_by_role("button", name=label).last.click()

    def says(self, text: str) -> None:
        self.page.get_by_role("textbox").fill(text)
        self.page.get_by_role("button", name="Отправить").click()

    def hears(self, part: str) -> None:
        self.expect(self.page.locator(".theirs").filter(has_text=part).last).to_be_visible(timeout=10_000)

    def at_the_bar(self, label: str, hears: str = "") -> None:
        """Press a button of the bar, and wait until it can be pressed again."""
        button = self.page.locator("#bar").get_by_role("button", name=label, exact=True)
        button.click()
        self.expect(button).to_be_enabled(timeout=A_MONTH_PASSES_WITHIN)
        self.expect(self.page.locator("#bar").get_by_role("status")).to_contain_text(hears)

    def today(self) -> str:
        return self.page.locator("#bar .day").inner_text()


@pytest.fixture
def customer(demo, browser):
    page = browser.new_context(locale="ru-RU", viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{demo.address}/chat")
    return Customer(page)


def test_a_customer_lives_a_year_with_the_cafe(demo, browser, customer):
    owner = _signed_in(demo, browser)
    customer.presses("Согласен")
    customer.presses("Да, присылайте")
    customer.hears("только по делу")
    customer.at_the_bar("Завтра")  # whatever hour it really is, nobody sleeps there

    customer.presses("Моя карта")
    customer.presses("Вступить")
    customer.hears("вы с нами")
    customer.hears("скидка 10 %")
    for label in ("Настройки", "О себе", "День рождения"):
        customer.presses(label)
    customer.hears("Когда у вас день рождения?")
    customer.says(_day_in(20))
    customer.hears("Готовим подарок")

    customer.at_the_bar("Купить кофе", hears="балл")
    customer.hears("Начислено")
    customer.at_the_bar("Через полчаса", hears="Пришл")
    customer.hears("как прошёл визит")
    customer.presses("5 ⭐")
    customer.hears("понравилось")
    customer.presses("Моя карта")
    customer.hears("На карте")

    customer.at_the_bar("Купить по промокоду", hears="скидка 10 %")
    customer.at_the_bar("Купить по промокоду", hears="Промокода пока нет")
    customer.at_the_bar("Через месяц", hears="Пришл")
    customer.hears("С днём рождения")
    customer.hears("скидка 20 %")
    for _ in range(3):
        customer.at_the_bar("Через месяц")
    customer.hears("скучает по вам")

    owner.reload()
    playwright.expect(owner).to_have_url(re.compile("/console/inbox"))  # nobody was signed out by four months

    before = customer.today()
    demo.kill()
    demo.start()
    customer.page.reload()
    assert customer.today() == before
    customer.hears("скучает по вам")


def _signed_in(demo, browser):
    page = browser.new_context(locale="ru-RU").new_page()
    page.goto(f"{demo.address}/console/inbox")
    page.get_by_label(re.compile("Логин")).fill("olga")
    page.get_by_label(re.compile("Пароль")).fill("demo-cinnamon")
    page.get_by_role("button", name="Войти").click()
    playwright.expect(page).to_have_url(re.compile("/console/inbox"))
    return page


def _day_in(days: int) -> str:
    return format_date(datetime.now(UTC) + timedelta(days=days), "d MMMM", locale="ru")
