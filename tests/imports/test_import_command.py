"""`otklik import purchases` as a person meets it: what it says and writes, its exit codes, and a running program."""

import asyncio
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

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
