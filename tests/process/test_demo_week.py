"""A week with the café's programme, in three browsers: a customer who came by a QR code, a cashier, and a marketer."""

import re

import pytest

from tests.process.test_demo_day import Customer

pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("process")]
playwright = pytest.importorskip("playwright.sync_api")

PHONE = {"width": 390, "height": 844}


class Staff:
    """The console in somebody's hands."""

    def __init__(self, demo, browser, login: str) -> None:
        self.console = f"{demo.address}/console"
        self.page = browser.new_context(locale="ru-RU", viewport=PHONE).new_page()
        self.page.goto(f"{self.console}/login")
        self.page.get_by_label(re.compile("Логин")).fill(login)
        self.page.get_by_label(re.compile("Пароль")).fill("demo-cinnamon")
        self.page.get_by_role("button", name="Войти").click()
        playwright.expect(self.page.locator("nav.rail")).to_be_visible()

    def opens(self, path: str) -> None:
        self.page.goto(self.console + path)

    def presses(self, label: str) -> None:
        self.page.get_by_role("button", name=label).first.click()

    def sees(self, text: str) -> None:
        playwright.expect(self.page.locator("main")).to_contain_text(text, timeout=15_000)

    def sells(self, card: str, amount: str, **more: str) -> None:
        self.opens("/till")
        self.page.locator("main input:not([type=hidden])").first.fill(card)
        self.page.keyboard.press("Enter")
        self.page.locator("input[name=amount]").fill(amount)
        for name, value in more.items():
            self.page.locator(f"input[name={name}]").fill(value)
        self.presses("Записать")


@pytest.fixture
def customer(demo, browser):
    return _at_the_table(demo, browser)


def test_a_customer_a_cashier_and_a_marketer_live_a_week(demo, browser, customer):
    lena, masha = Staff(demo, browser, "lena"), Staff(demo, browser, "olga")
    lena.opens("/loyalty/rules")
    lena.page.fill("input[name=pending_days]", "1")
    lena.presses("Во что обойдётся")
    lena.sees("₽")
    lena.presses("Сохранить")
    playwright.expect(lena.page.locator("input[name=pending_days]")).to_have_value("1")

    _joins(customer)
    card, code = _card_and_code(customer)
    masha.sells(card, "450", product="Капучино")
    masha.sees("Начислено: 23")
    customer.hears("Начислено 23 балла")
    customer.at_the_bar("Завтра")
    customer.at_the_bar("Завтра")

    masha.sells(card, "200", points="40")
    masha.sees("Ждём подтверждения клиента")
    customer.presses("Да, списать")
    masha.sees("списано 40 баллов")
    masha.sells(card, "300", code=code)
    masha.sees("Скидка 30")

    customer.presses("Моя карта")
    customer.presses("Вернуть покупку")
    customer.presses("450")
    customer.presses("Дали не то")
    customer.hears("Передали сотрудникам")
    masha.opens("/till")
    masha.page.get_by_role("link", name="Принять").first.click()
    masha.page.locator("input[name=reason], textarea[name=reason]").first.fill("остыл")
    masha.presses("Вернуть")
    masha.sees("450")

    for _ in range(2):  # so that all points are open, and the card shows them all
        customer.at_the_bar("Завтра")
    customer.presses("Моя карта")
    customer.presses("История")
    customer.hears("История баллов")
    told = customer.page.locator(".theirs").filter(has_text="История баллов").last.inner_text().replace("\u00a0", " ")
    steps = _steps(told)
    balance = int(re.search(r"На карте (\d+)", told).group(1))
    assert sum(steps) == balance


def _at_the_table(demo, browser) -> Customer:
    """They scanned the QR code on their table."""
    page = browser.new_context(locale="ru-RU", viewport=PHONE).new_page()
    page.goto(f"{demo.address}/q/table")
    page.get_by_role("link", name="Открыть чат здесь").click()
    return Customer(page)


def _joins(customer: Customer) -> None:
    customer.presses("Согласен")
    customer.presses("Да, присылайте")
    customer.presses("Моя карта")
    customer.presses("Вступить")
    customer.hears("вы с нами")


def _card_and_code(customer: Customer) -> tuple[str, str]:
    told = customer.page.locator(".theirs").filter(has_text="вы с нами").last.inner_text()
    return re.search(r"\d{3} \d{3} \d{3}", told).group().replace(" ", ""), re.search(r"HELLO-\w+", told).group()


def _steps(statement: str) -> list[int]:
    """Every movement that the statement tells of."""
    return [int(f"{'-' if sign == '−' else ''}{points}") for sign, points in re.findall(r": ([+−])(\d+) ", statement)]
