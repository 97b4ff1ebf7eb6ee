"""The demo as a newcomer plays it: customer, operator and owner in one browser, without a token."""

import re
import subprocess
import sys

import pytest

from tests.program import ROOT, Program, free_port, wait_for

pytestmark = [pytest.mark.process, pytest.mark.browser, pytest.mark.xdist_group("process")]
playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ANGER = "ждал час, хамство и ужас"
APOLOGY = "Простите нас! Деньги уже вернули, ждём вас на кофе."


class Demo(Program):
    """`otklik demo` in a folder of its own."""

    def start(self) -> None:
        command = [sys.executable, "-m", "bot", "demo", "--port", str(self.port), "--data", str(self.folder)]
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "ru_RU.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        wait_for(self._is_well, f"the demo; see {self.log}", 60)


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path, {}, free_port())
    demo.start()
    yield demo
    demo.kill()


@pytest.fixture
def browser():
    if not __import__("pathlib").Path(CHROMIUM).exists():
        pytest.skip("No Chromium here. On Debian: apt-get install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


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
