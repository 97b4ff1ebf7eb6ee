"""The demo as a newcomer plays it: customer, operator and owner in one browser, without a token."""

import re

import pytest

pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.xdist_group("process")]
playwright = pytest.importorskip("playwright.sync_api")

ANGER = "ждал час, хамство и ужас"
APOLOGY = "Простите нас! Деньги уже вернули, ждём вас на кофе."


def test_a_newcomer_plays_the_customer_and_the_operator(demo, browser):
    expect = playwright.expect
    customer = browser.new_context(locale="ru-RU").new_page()
    staff = browser.new_context(locale="ru-RU").new_page()
    staff.goto(f"{demo.address}/console/inbox")
    staff.get_by_label(re.compile("Логин")).fill("olga")
    staff.get_by_label(re.compile("Пароль")).fill("demo-cinnamon")
    staff.get_by_role("button", name="Войти").click()
    expect(staff).to_have_url(re.compile("/console/inbox"))

    customer.goto(f"{demo.address}/chat")
    customer.get_by_role("button", name="Согласен").click()
    customer.get_by_role("button", name="Нет, спасибо").click()
    customer.get_by_role("button", name="Отзыв").last.click()
    customer.get_by_role("button", name="Оценить").last.click()
    customer.get_by_role("button", name="2", exact=True).click()
    expect(customer.get_by_text("Что пошло не так?")).to_be_visible()
    box = customer.get_by_role("textbox")
    box.fill(ANGER)
    box.press("Enter")
    expect(customer.get_by_text("уже у человека")).to_be_visible()

    row = staff.get_by_role("link").filter(has_text="Клиент без имени")
    expect(row).to_be_visible(timeout=2000)  # no reload
    row.click()
    reply = staff.get_by_role("textbox", name=re.compile("Ответ"))
    reply.fill(APOLOGY)
    reply.press("Enter")

    expect(customer.get_by_text(APOLOGY)).to_be_visible(timeout=2000)
    expect(staff.get_by_role("log").get_by_text(APOLOGY)).to_be_visible()
    customer.reload()
    expect(customer.get_by_text(APOLOGY)).to_be_visible()
