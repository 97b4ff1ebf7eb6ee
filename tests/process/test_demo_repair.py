"""A complaint and its repair in the demo: asked after a visit, a case, closed, asked again, opened again, closed."""

import re

import pytest

from tests.process.test_demo_day import Customer
from tests.process.test_demo_week import PHONE, Staff

pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("process")]
playwright = pytest.importorskip("playwright.sync_api")

BAD = "ждал полчаса, кофе холодный, бариста нахамил"
STILL_BAD = "опять ждал полчаса, ничего не изменилось, ужасно"


class Operator(Staff):
    """At the desk of the cases."""

    def opens_case_of(self, words: str) -> None:
        self.opens("/inbox")
        self.page.locator("main a[href*='/inbox/']").filter(has_text=words).first.click()
        playwright.expect(self.page.get_by_role("log")).to_contain_text(words)

    def takes(self) -> None:
        self.presses("Взять")
        playwright.expect(self.page.locator("main")).to_contain_text("веду я")

    def answers(self, typed: str) -> None:
        box = self.page.get_by_role("textbox", name=re.compile("Ответ"))
        box.click()
        box.press_sequentially(typed)
        self.presses("Отправить")
        playwright.expect(box).to_have_value("")

    def notes(self, words: str) -> None:
        self.page.get_by_role("textbox", name=re.compile("Ответ")).fill(words)
        self.presses("Записать заметку")
        playwright.expect(self.page.get_by_role("log")).to_contain_text(words)

    def closes(self, cause: str, action: str) -> None:
        self.presses(re.compile("Закрыть"))
        dialog = self.page.locator("dialog[open]")
        dialog.locator("select[name=cause]").select_option(label=cause)
        dialog.locator("[name=action]").fill(action)
        dialog.get_by_role("button", name="Закрыть").click()
        playwright.expect(self.page.locator("main")).to_contain_text(action)


@pytest.fixture
def customer(demo, browser):
    page = browser.new_context(locale="ru-RU", viewport=PHONE).new_page()
    page.goto(f"{demo.address}/chat")
    return Customer(page)


def test_a_bad_visit_is_heard_of_answered_and_made_good(demo, browser, customer):
    masha, olga = Operator(demo, browser, "masha"), Staff(demo, browser, "olga")
    customer.presses("Согласен")
    customer.presses("Нет, спасибо")
    customer.at_the_bar("Завтра")  # whatever hour it really is, nobody sleeps there

    customer.at_the_bar("Купить кофе")
    customer.at_the_bar("Через полчаса", hears="Пришл")
    customer.hears("как прошёл визит")
    customer.presses("2 ⭐")
    customer.hears("Что пошло не так?")
    customer.says(BAD)
    customer.hears("уже у человека")

    masha.opens_case_of(BAD)
    masha.sees("Первый ответ до")
    masha.takes()
    masha.answers("/извинения ")  # the word turns into the answer
    customer.hears("назовите обращение №")
    masha.notes("Утром была одна касса")
    masha.closes("Ожидание", "Поставили второго человека")

    customer.at_the_bar("Через полчаса")
    customer.hears("закрыли ваше обращение")
    customer.presses("4 ⭐")
    _lives_until(customer, "Всё ли теперь хорошо")
    customer.presses("1 ⭐")
    customer.says(STILL_BAD)
    customer.hears("уже у человека")

    masha.opens_case_of(STILL_BAD)
    masha.sees("Утром была одна касса")
    masha.takes()
    masha.answers("Управляющая займётся сама")
    masha.closes("Ожидание", "Поменяли график смены")
    _says_without_a_name(customer)
    olga.opens("/feedback")
    olga.sees("музыка слишком громкая")
    olga.opens("/surveys/results?survey=csat")
    olga.sees("с уверенностью 95 %")
    olga.sees("повторная проверка")
    olga.opens("/desk/numbers?days=30")
    olga.sees("Маша")
    olga.opens("/complaints")
    olga.sees("Глеб")


def _lives_until(customer: Customer, words: str) -> None:
    """Day after day until they are asked this."""
    asked = customer.page.locator(".theirs").filter(has_text=words)
    for _ in range(9):
        customer.at_the_bar("Завтра")
        if asked.count():
            return
    customer.hears(words)


def _says_without_a_name(customer: Customer) -> None:
    for label in ("Отзыв", "Пожаловаться", "Анонимно"):
        customer.presses(label)
    customer.hears("Напишите одним сообщением")
    customer.says("музыка слишком громкая")
    customer.hears("Записали без имени")
