"""Files in the console: sent, looked at, taken in while nobody looks, taken back; and who may do it."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest

from console.uploads import Uploads
from loyalty.import_runs import interrupt_left
from storage.columns import table_of
from storage.kinds import ImportState, Role
from storage.models import Customer, ImportRun, Purchase
from tests.console.test_pages import plain

FILE = "Клиент;Дата;Сумма;Товар\n7;01.02.2024;100,50;Кофе\n8;вчера;5;Чай\n"


async def send(browser, content: str | bytes = FILE, kind: str = "purchases", name: str = "shop.csv"):
    raw = content.encode() if isinstance(content, str) else content
    return await browser.post("/console/imports", data={"kind": kind}, files={"file": (name, raw, "text/csv")})


async def page_of(browser, answer) -> str:
    return plain((await browser.get(answer.headers["location"])).text)


async def import_whole(shop, browser, content: str | bytes = FILE, kind: str = "purchases") -> str:
    """Send, confirm, wait; the address of the run."""
    address = (await send(browser, content, kind)).headers["location"]
    await browser.post(f"{address}/start", data={})
    await shop.imports.idle()
    return address


async def rows(shop, model):
    return await shop.database.read(lambda store: store.imports._all(model, table_of(model).select()))


@pytest.fixture
async def browser(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        yield browser


async def test_before_anything_is_written_the_page_shows_how_rows_are_understood(shop, browser):
    page = await page_of(browser, await send(browser))
    assert "1 февраля 2024 г., 12:00" in page and "100,50" in page
    assert "Дата: «вчера» не дата." in page
    assert "1 строка из показанных не подойдёт" in page
    assert await rows(shop, Purchase) == []


async def test_a_confirmed_file_is_taken_in_and_the_refused_rows_can_be_downloaded(shop, browser):
    address = await import_whole(shop, browser)
    page = plain((await browser.get(address)).text)
    assert "Загружено. Не принято строк: 1" in page
    assert [bought.amount_minor for bought in await rows(shop, Purchase)] == [10050]
    refused = await browser.get(f"{address}/refused")
    assert refused.headers["content-disposition"].endswith('filename="shop.refused.csv"')
    assert refused.text.startswith("\ufeffКлиент;Дата;Сумма;Товар;причина")
    assert "8;вчера;5;Чай;«вчера» не дата." in refused.text
    assert not list(shop.uploads.glob("*.csv")) or {file.name.split(".")[1] for file in shop.uploads.iterdir()} == {
        "refused"
    }


async def test_a_formula_in_a_refused_cell_is_no_formula_in_the_download(shop, browser):
    address = await import_whole(shop, browser, 'Клиент;Дата;Сумма;Товар\n8;вчера;-5;"=HYPERLINK(""http://x"")"\n')
    text = (await browser.get(f"{address}/refused")).text
    assert "'=HYPERLINK" in text and ";-5;" in text


async def test_a_column_chosen_by_hand_is_used_and_remembered_for_the_next_file(shop, browser):
    text = "Кто;Когда;Сколько\n7;01.02.2024;5\n"
    address = (await send(browser, text)).headers["location"]
    page = plain((await browser.get(address)).text)
    assert "Не нашлось столбца: Дата, Сумма, Номер клиента, телефон или карта" in page
    await browser.post(f"{address}/start", data={})
    assert await rows(shop, Purchase) == []
    chosen = {"customer": "Кто", "date": "Когда", "amount": "Сколько", "currency": "KZT", "dates": ""}
    page = await page_of(browser, await browser.post(f"{address}/columns", data=chosen))
    assert "Все показанные строки понятны." in page
    await browser.post(f"{address}/start", data={})
    await shop.imports.idle()
    assert [bought.currency for bought in await rows(shop, Purchase)] == ["KZT"]
    assert "Все показанные строки понятны." in await page_of(browser, await send(browser, text))


async def test_a_workbook_is_read_like_any_table(shop, browser):
    book = openpyxl.Workbook()
    book.active.append(["Имя", "Телефон", "Город"])
    book.active.append(["Анна", 79161234567, "Тверь"])
    file = io.BytesIO()
    book.save(file)
    answer = await send(browser, file.getvalue(), "customers", "people.xlsx")
    assert "+7 916 123-45-67" in await page_of(browser, answer)
    await browser.post(f"{answer.headers['location']}/start", data={})
    await shop.imports.idle()
    assert [(one.name, one.city) for one in await rows(shop, Customer)] == [("Анна", "Тверь")]


def workbook(*rows: list) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("shop.xlsx", FILE.encode(), "прочитан как CSV"),
        ("shop.XLS", FILE.encode(), "прочитан как CSV"),
        ("shop.csv", workbook(["Клиент", "Дата", "Сумма"], [7, "01.02.2024", 100.5]), "прочитан её лист"),
    ],
)
async def test_a_file_that_is_not_what_its_name_says_is_read_as_what_it_is_and_told(shop, browser, name, content, said):
    answer = await send(browser, content, name=name)
    address = answer.headers["location"]
    assert said in await page_of(browser, answer)
    columns = {"customer": "Клиент", "date": "Дата", "amount": "Сумма", "currency": "RUB"}
    again = await page_of(browser, await browser.post(f"{address}/columns", data=columns))
    assert said in again and "100,50" in again


async def test_a_file_that_is_what_its_name_says_gets_no_such_word(shop, browser):
    page = await page_of(browser, await send(browser))
    assert "Файл назван" not in page


@pytest.mark.parametrize("content", ["Клиент;Дата;Сумма\n", "Клиент;Дата;Сумма\n\n\n"])
async def test_a_file_of_a_header_alone_says_so_and_offers_nothing_to_load(shop, browser, content):
    answer = await send(browser, content)
    address = answer.headers["location"]
    page = await page_of(browser, answer)
    assert "В файле нет строк" in page and f"{address}/start" not in page and f"{address}/forget" in page
    assert "Все показанные строки понятны." not in page
    await browser.post(f"{address}/start", data={})
    (run,) = await rows(shop, ImportRun)
    assert run.state == ImportState.PREPARED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Файл пуст"),
        (b"PK\x03\x04 nothing", "Книга Excel повреждена"),
        (b"\x7fELF\0\0", "Это не таблица"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_sentence(shop, browser, content, said):
    answer = await send(browser, content)
    assert answer.status_code == 422 and said in plain(answer.text)
    assert await rows(shop, ImportRun) == [] and not list(shop.uploads.glob("*"))


async def test_a_file_that_is_too_large_is_refused_with_a_sentence(shop, browser, monkeypatch):
    monkeypatch.setattr("console.uploads.LARGEST_UPLOAD", 10)
    answer = await send(browser)
    assert answer.status_code == 422 and "Файл больше" in plain(answer.text)


async def test_an_ordinary_form_may_not_be_as_large_as_a_file(shop, browser):
    answer = await browser.post("/console/settings", data={"business.name": "x" * 300_000})
    assert answer.status_code == 413


async def test_a_file_that_is_not_wanted_leaves_nothing(shop, browser):
    address = (await send(browser)).headers["location"]
    await browser.post(f"{address}/forget", data={})
    assert await rows(shop, ImportRun) == [] and not list(shop.uploads.glob("*"))


async def test_an_import_is_taken_back_by_its_button(shop, browser):
    address = await import_whole(shop, browser)
    await browser.post(f"{address}/undo", data={})
    await shop.imports.idle()
    page = plain((await browser.get(address)).text)
    assert "Загрузка отменена" in page and "Отменить эту загрузку" not in page
    assert await rows(shop, Purchase) == [] and await rows(shop, Customer) == []


async def test_after_a_day_there_is_no_way_back(shop, browser):
    address = await import_whole(shop, browser)
    shop.pass_time(timedelta(hours=25))
    await shop.let_in(browser, Role.OWNER)
    assert "Отменить эту загрузку" not in plain((await browser.get(address)).text)
    await browser.post(f"{address}/undo", data={})
    await shop.imports.idle()
    assert len(await rows(shop, Purchase)) == 1


async def test_a_page_of_a_running_import_looks_again_by_itself(shop, browser):
    address = (await send(browser)).headers["location"]
    (run,) = await rows(shop, ImportRun)
    run.state, run.share, run.rows = ImportState.RUNNING, 0.4, 400
    await shop.database.write(lambda store: store.imports.save(run))
    text = (await browser.get(address)).text
    assert '<meta http-equiv="refresh" content="2">' in text and "400 строк" in plain(text)
    assert re.search(r'<progress max="100" value="40"', text)


async def test_what_a_stopped_program_left_says_that_nothing_doubles(shop, browser):
    address = (await send(browser)).headers["location"]
    (run,) = await rows(shop, ImportRun)
    run.state = ImportState.RUNNING
    await shop.database.write(lambda store: store.imports.save(run))
    assert await shop.database.write(lambda store: interrupt_left(store, shop.now, is_alone=True)) == 1
    assert "ничего не удвоится" in plain((await browser.get(address)).text)


async def test_a_program_that_stops_ends_its_imports_between_two_pages(shop, browser):
    address = (await send(browser)).headers["location"]
    shop.is_stopping = True
    await browser.post(f"{address}/start", data={})
    await shop.imports.idle()
    (run,) = await rows(shop, ImportRun)
    assert (run.state, run.error) == (ImportState.FAILED, "interrupted")


async def test_pressed_twice_it_is_imported_once(shop, browser):
    address = (await send(browser)).headers["location"]
    for _ in range(2):
        await browser.post(f"{address}/start", data={})
    await shop.imports.idle()
    (run,) = await rows(shop, ImportRun)
    assert (run.rows, run.new, run.refused) == (2, 1, 1)


async def test_the_list_tells_every_import_with_its_counts(shop, browser):
    await import_whole(shop, browser)
    page = plain((await browser.get("/console/imports")).text)
    assert "shop.csv" in page and "2 строки" in page and "1 не принята" in page and "Owner" in page


async def test_nothing_of_a_file_name_becomes_markup_or_a_path(shop, browser):
    await send(browser, name="../../<b>x.csv")
    page = (await browser.get("/console/imports")).text
    assert "&lt;b&gt;x.csv" in page and "<b>x" not in page
    assert [re.fullmatch(r"[0-9a-f]{32}\.csv", file.name) is not None for file in shop.uploads.iterdir()] == [True]


async def test_files_are_gone_after_a_day(shop, browser):
    await import_whole(shop, browser)
    (kept,) = shop.uploads.iterdir()
    uploads, sent = Uploads(shop.uploads), kept.stat().st_mtime
    uploads.sweep(sent + timedelta(hours=23).total_seconds())
    assert kept.exists()
    uploads.sweep(sent + timedelta(hours=25).total_seconds())
    assert not kept.exists()


async def test_phones_of_a_file_are_dialled_in_the_country_of_the_business(shop, browser):
    await browser.post("/console/settings", data={"business.phone_region": "by"})
    page = await page_of(browser, await send(browser, "Имя;Телефон\nАнна;80291234567\n", "customers"))
    assert "+375291234567" in page
    wrong = await browser.post("/console/settings", data={"business.phone_region": "XX"})
    assert "Такой страны нет" in plain((await browser.get(wrong.headers["location"])).text)


async def test_an_empty_file_is_called_empty_and_not_asked_for_again(shop, browser):
    answer = await send(browser, "")
    assert answer.status_code == 422
    assert "Файл пуст" in plain(answer.text)
    assert "Выберите файл и что в нём" not in plain(answer.text)
