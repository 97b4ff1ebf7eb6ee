"""`otklik import purchases` as a person meets it: what it says and writes, its exit codes, and a running program."""

import asyncio
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from bot.commands import handlers
from bot.import_doors import LARGEST_REQUEST, requests
from bot.settings import Settings
from bot.socket import serve_commands, socket_beside
from loyalty.import_files import from_json
from messaging.people import erase
from storage.database import open_database
from storage.kinds import ImportKind
from storage.migrate import migrate
from tests.imports.carrying import customers, purchases, rows

ROOT = Path(__file__).parents[2]
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("OTKLIK_", "LC_", "LANG"))}
GOOD = "Клиент;Дата;Сумма\n1;01.02.2024;100,50\n2;02.02.2024;0\n"
BAD = GOOD + "3;вчера;5\n;03.02.2024;5\n"


@pytest.fixture
def otklik(commands, tmp_path):
    """Run the command in an empty folder."""
    return partial(commands.run, tmp_path, "import")


def test_a_good_file_is_taken_and_leaves_nothing_beside_it(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(GOOD, encoding="cp1251")
    done = otklik("purchases", "shop.csv")
    assert (done.returncode, done.stdout) == (0, "New purchases: 2, known already: 0, new customers: 2.\n")
    assert not (tmp_path / "shop.csv.refused.csv").exists()
    assert "New purchases: 0, known already: 2" in otklik("purchases", "shop.csv").stdout


def test_bad_rows_are_told_counted_and_written_beside(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(BAD, encoding="utf-8")
    done = otklik("purchases", "shop.csv", LANG="ru_RU.UTF-8")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("Строка 4, Дата: «вчера» не дата.")
    assert done.stdout.splitlines()[1].startswith("Строка 5, Клиент: не сказано, кто купил.")
    assert "Новых покупок: 2" in done.stdout and "Не принято строк: 2" in done.stdout
    written = (tmp_path / "shop.csv.refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert written[0] == "Клиент;Дата;Сумма;причина"
    assert written[1].startswith("3;вчера;5;«вчера» не дата.") and len(written) == 3


def test_what_was_refused_is_repaired_and_imported(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(BAD, encoding="utf-8")
    otklik("purchases", "shop.csv", "--refused", "bad.csv")
    repaired = (
        (tmp_path / "bad.csv").read_text(encoding="utf-8-sig").replace("3;вчера", "3;01.01.2024").replace("\n;", "\n4;")
    )
    (tmp_path / "bad.csv").write_text(repaired, encoding="utf-8-sig")
    done = otklik("purchases", "bad.csv")
    assert (done.returncode, done.stdout) == (0, "New purchases: 2, known already: 0, new customers: 2.\n")


def test_only_the_first_twenty_are_told(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(GOOD + "3;вчера;5\n" * 25, encoding="utf-8")
    done = otklik("purchases", "shop.csv")
    assert done.stdout.count("is not a date") == 20
    assert "… and 5 more." in done.stdout and "Rows refused: 25" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1;2\n", "the date (дата"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"", "is empty"),
        (b"x" * 2_000_000, "is not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_one_is_refused_with_a_sentence(otklik, tmp_path, content, said):
    (tmp_path / "shop.csv").write_bytes(content)
    done = otklik("purchases", "shop.csv")
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "missing"),
        (("people", "shop.csv"), "only purchases"),
        (("purchases", "nowhere.csv"), "Could not read nowhere.csv"),
        (("purchases", "."), "Could not read ."),
        (("purchases", "shop.csv", "--currency", "рубль"), "not a currency"),
        (("purchases", "shop.csv", "--refused", "shop.csv"), "give another one"),
    ],
)
def test_a_call_without_sense_is_refused_with_2(otklik, tmp_path, arguments, said):
    (tmp_path / "shop.csv").write_text(GOOD, encoding="utf-8")
    done = otklik(*arguments)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_place_for_refused_rows_that_is_none_is_a_sentence(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(BAD, encoding="utf-8")
    done = otklik("purchases", "shop.csv", "--refused", "no/such/folder.csv")
    assert done.returncode == 1
    assert "folder.csv" in done.stderr and "Traceback" not in done.stderr


async def test_while_the_program_runs_it_takes_the_pages(otklik, tmp_path):
    lines = "".join(f"{number % 50};01.02.2024;{number},5\n" for number in range(1200))
    (tmp_path / "shop.csv").write_text(GOOD + lines + "9;вчера;5\n", encoding="utf-8")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/otklik.db")
    await migrate(settings.database_url)
    database = await open_database(settings.database_url)
    async with serve_commands(socket_beside(tmp_path / "otklik.db"), handlers(database, settings)):
        done = await asyncio.to_thread(otklik, "purchases", "shop.csv", OTKLIK_DATABASE_URL=settings.database_url)
    assert "New purchases: 1202, known already: 0, new customers: 50." in done.stdout, done.stderr
    assert (done.returncode, len(await customers(database)), len(await purchases(database))) == (1, 50, 1202)
    await database.close()


@pytest.mark.parametrize("is_running", [False, True])
async def test_who_was_erased_is_refused_by_line_and_without_a_word_of_theirs(otklik, tmp_path, is_running):
    """Alone, and through the running program."""
    (tmp_path / "shop.csv").write_text("Карта;Имя;Дата;Сумма\n77;Анна;01.02.2024;5\n8;Иван;01.02.2024;6\n", "utf-8")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/otklik.db")
    otklik("purchases", "shop.csv", OTKLIK_DATABASE_URL=settings.database_url)
    database = await open_database(settings.database_url)
    anna = next(one for one in await customers(database) if one.name == "Анна")
    await database.write(lambda store: erase(store, anna.id, None, datetime.now(UTC)))
    async with serve_commands(socket_beside(tmp_path / "otklik.db"), handlers(database, settings)):
        if not is_running:
            await database.close()
        done = await asyncio.to_thread(otklik, "purchases", "shop.csv", OTKLIK_DATABASE_URL=settings.database_url)
    if is_running:
        await database.close()
    assert "New purchases: 0, known already: 1, new customers: 0." in done.stdout, done.stderr
    assert "Line 2: this customer asked for their data to be deleted" in done.stdout and done.returncode == 1
    assert "Анна" not in (tmp_path / "shop.csv.refused.csv").read_text(encoding="utf-8-sig")


async def test_a_database_held_by_who_does_not_answer_is_a_sentence(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(GOOD, encoding="utf-8")
    url = f"sqlite:///{tmp_path}/otklik.db"
    await migrate(Settings(database_url=url).database_url)
    database = await open_database(Settings(database_url=url).database_url)
    done = await asyncio.to_thread(otklik, "purchases", "shop.csv", OTKLIK_DATABASE_URL=url)
    await database.close()
    assert done.returncode == 1
    assert "in use by another Otklik process" in done.stderr and "Traceback" not in done.stderr


def test_a_page_goes_over_in_requests_that_fit_and_arrives_the_same():
    long = "ы" * 300
    page = rows("id;имя;дата;сумма;товар\n" + f"1;{long};01.02.2024 10:15;5;{long}\n" * 500)
    parts = list(requests(page))
    assert all(sum(len(str(cell)) for row in part for cell in row) <= LARGEST_REQUEST for part in parts)
    assert [from_json(ImportKind.PURCHASES, cells) for part in parts for cells in part] == page


def test_a_workbook_is_imported_from_the_sheet_with_a_header(otklik, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["О нас"])
    sheet = book.create_sheet("Продажи")
    at = datetime(2024, 2, 1, 10, 15, tzinfo=UTC).replace(tzinfo=None)  # Excel knows no zones
    for row in (["Отчёт за февраль"], [], ["Клиент", "Дата", "Сумма"], [7, at, 1111.05 * 1.1]):
        sheet.append(row)
    book.save(tmp_path / "shop.xlsx")
    done = otklik("purchases", "shop.xlsx")
    assert done.returncode == 1  # 1222.155 is no amount, and its line is the sheet's own
    assert "Line 4, Сумма: '1222.155' is not an amount" in done.stdout
    assert "7;2024-02-01 10:15:00;1222.155;" in (tmp_path / "shop.xlsx.refused.csv").read_text("utf-8-sig")
    assert "no sheet 'Февраль'" in otklik("purchases", "shop.xlsx", "--sheet", "Февраль").stderr


def test_a_file_that_is_not_what_its_name_says_is_read_as_what_it_is_and_told(otklik, tmp_path):
    (tmp_path / "shop.xlsx").write_text(GOOD, encoding="utf-8")
    done = otklik("purchases", "shop.xlsx")
    assert done.returncode == 0
    assert "shop.xlsx is named as an Excel workbook, but it is plain text: reading it as CSV." in done.stderr
    book = openpyxl.Workbook()
    book.active.append(["Клиент", "Дата", "Сумма"])
    book.active.append([7, "01.02.2024", 5])
    book.save(tmp_path / "book.xlsx")
    (tmp_path / "book.xlsx").rename(tmp_path / "book.csv")
    done = otklik("purchases", "book.csv")
    assert done.returncode == 0 and "it is an Excel workbook" in done.stderr


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_file_of_a_header_alone_has_no_rows(otklik, tmp_path, options):
    (tmp_path / "shop.csv").write_text("Клиент;Дата;Сумма\n\n", encoding="utf-8")
    done = otklik("purchases", "shop.csv", *options)
    assert done.returncode == 2 and "shop.csv has no rows" in done.stderr and done.stdout == ""


def test_a_workbook_that_wants_all_memory_is_refused_with_a_sentence(otklik, tmp_path):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "Дата", 1
    book.save(tmp_path / "shop.xlsx")
    done = otklik("purchases", "shop.xlsx")
    assert done.returncode == 2
    assert "too large to open" in done.stderr and "Traceback" not in done.stderr


def test_columns_named_by_hand_are_used_and_remembered(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text("Кто;Когда;Сколько\n7;01.02.2024;5\n", "utf-8")
    missing = otklik("purchases", "shop.csv")
    assert missing.returncode == 2 and "--map" in missing.stderr
    told = ("--map", "customer=Кто", "--map", "date=когда", "--map", "amount=Сколько")
    assert "New purchases: 1" in otklik("purchases", "shop.csv", *told).stdout
    assert "known already: 1" in otklik("purchases", "shop.csv").stdout
    assert "no column 'Нет'" in otklik("purchases", "shop.csv", "--map", "date=Нет").stderr
    assert "not understood" in otklik("purchases", "shop.csv", "--map", "date").stderr


def test_a_dry_run_shows_how_rows_are_understood_and_writes_nothing(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(BAD, encoding="utf-8")
    done = otklik("purchases", "shop.csv", "--dry-run", LANG="ru_RU.UTF-8")
    assert done.returncode == 1
    assert "Строка 2: номер клиента: 1; дата: 2024-02-01 12:00; сумма: 100.50 RUB" in done.stdout
    assert "Строка 4, Дата: «вчера» не дата." in done.stdout and "ничего не записано" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.csv"]


def test_slashed_dates_are_read_once_the_file_or_somebody_says_how(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text("id,date,amount\n7,12/31/2023,5\n", "utf-8")
    assert otklik("purchases", "shop.csv").returncode == 0
    (tmp_path / "shop.csv").write_text("id,date,amount\n7,11/12/2023,5\n", "utf-8")
    assert otklik("purchases", "shop.csv").returncode == 1
    assert otklik("purchases", "shop.csv", "--dates", "mdy").returncode == 0


@pytest.mark.parametrize("is_running", [False, True])
async def test_customers_and_services_are_imported_and_taken_back(otklik, tmp_path, is_running):
    """Alone, and through the running program."""
    (tmp_path / "people.csv").write_text("Имя;Телефон;ДР\nАнна;89161234567;02.03.1985\nИван;123;\n", "utf-8")
    (tmp_path / "services.csv").write_text("Услуга;Цена;Маржа\nСтрижка;1500;35%\n", "utf-8")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/otklik.db")
    await migrate(settings.database_url)
    database = await open_database(settings.database_url)
    async with serve_commands(socket_beside(tmp_path / "otklik.db"), handlers(database, settings)):
        if not is_running:
            await database.close()
        run = partial(asyncio.to_thread, otklik, OTKLIK_DATABASE_URL=settings.database_url)
        people = await run("customers", "people.csv")
        services = await run("services", "services.csv")
        again = await run("customers", "people.csv")
        undone = await run("undo", people.stderr.split()[-1])
        twice = await run("undo", people.stderr.split()[-1])
    if is_running:
        await database.close()
    assert people.stdout.splitlines()[1] == "New customers: 1, completed: 0, unchanged: 0.", people.stderr
    assert "'123' is not a phone number" in people.stdout and people.returncode == 1
    assert services.stdout == "New services: 1, changed: 0, unchanged: 0.\n"
    assert "New customers: 0, completed: 0, unchanged: 1." in again.stdout
    assert "customers: 1" in undone.stdout and undone.returncode == 0
    assert "undone already" in twice.stderr and twice.returncode == 1


def test_an_import_that_never_was_cannot_be_undone(otklik):
    assert otklik("undo", "17").returncode == 2
    done = otklik("undo", "01890000-0000-7000-8000-000000000000")
    assert done.returncode == 1 and "There is no import" in done.stderr
