"""`otklik audit` as a person meets it: what it says and writes, and its exit codes."""

import json
import random
import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from bot.importing import Order
from bot.losses import Outputs, audit_file
from bot.terminal import Terminal
from console.words import Words
from loyalty.table_file import Rules
from storage.kinds import ImportKind, Language

MOSCOW = ZoneInfo("Europe/Moscow")


def shop(people: int = 200) -> str:
    """Two years of a shop: everybody with a rhythm of their own, a third stops at some time."""
    dice, rows = random.Random(5), []
    for who in range(people):
        day, gap = dice.randrange(300), dice.choice((7, 14, 30))
        until = dice.randrange(200, 600) if dice.random() < 0.4 else 730
        while day < until:
            rows.append((date(2024, 1, 1) + timedelta(days=day), who, dice.randrange(300, 900), dice.randrange(6)))
            day += max(1, round(gap * dice.lognormvariate(0, 0.4)))
    return "Клиент;Имя;Телефон;Дата;Сумма;Услуга;Филиал\n" + "".join(
        f"{who};Имя {who} <b>;8916{who:07d};{day:%d.%m.%Y};{amount};Услуга {service};Центр\n"
        for day, who, amount, service in sorted(rows)
    )


@pytest.fixture
def otklik(commands, tmp_path):
    """Run the command in an empty folder."""
    return partial(commands.run, tmp_path, "audit")


def test_a_file_alone_becomes_a_page_and_numbers(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(shop(), encoding="cp1251")
    done = otklik("shop.csv", "--html", "report.html", "--json", "report.json", LANG="ru_RU.UTF-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Недополучено за 12 месяцев: примерно" in done.stdout
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert told["is_enough"] and told["loss"]["money"]["low"] < told["loss"]["money"]["value"]
    assert len(told["calls"]) == 10 and told["calls"][0]["phone"].startswith("+7916")
    assert told["branches"][0]["name"] == "Центр"
    assert not (tmp_path / "shop.csv.refused.csv").exists()


def test_the_page_needs_nothing_but_itself_and_shows_what_was_typed_as_text(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(shop(), encoding="utf-8")
    otklik("shop.csv", "--html", "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Сколько вы теряете и на ком" in page and "<svg" in page
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?://", page)
    assert "&lt;b&gt;" in page and "<b></b>" not in page and not re.search(r"Имя \d+ <b>", page)


def test_the_page_speaks_english_when_asked(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(shop(), encoding="utf-8")
    done = otklik("shop.csv", "--language", "en")
    assert done.stdout.splitlines()[-1] == "Written: shop.csv.losses.html"
    assert "How much you lose, and on whom" in (tmp_path / "shop.csv.losses.html").read_text("utf-8")


def test_too_little_data_is_said_in_place_of_a_sum(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text("Клиент;Дата;Сумма\n1;01.02.2024;100\n2;02.02.2024;50\n", encoding="utf-8")
    done = otklik("shop.csv")
    assert done.returncode == 0 and "Too little data: 2 customers." in done.stdout
    page = (tmp_path / "shop.csv.losses.html").read_text("utf-8")
    assert "Данных мало: 2 клиента" in page and 'class="huge"' not in page


def test_bad_rows_are_told_and_written_beside_and_the_others_are_counted(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(shop() + "3;;;вчера;5;;\n;;;03.02.2024;5;;\n", encoding="utf-8")
    done = otklik("shop.csv", "--html", "report.html")
    assert done.returncode == 1 and (tmp_path / "report.html").exists()
    refused = (tmp_path / "shop.csv.refused.csv").read_text("utf-8-sig").splitlines()
    assert len(refused) == 3 and refused[1].startswith("3;;;вчера;5;;;")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("Клиент;Сумма\n1;5\n".encode(), "no column for: the date"),
        ("Клиент;Дата;Сумма\n1;вчера;5\n".encode(), "no purchase"),
    ],
)
def test_a_file_that_cannot_be_audited_leaves_with_2_and_says_why(otklik, tmp_path, content, said):
    (tmp_path / "shop.csv").write_bytes(content)
    done = otklik("shop.csv")
    assert done.returncode == 2 and said in done.stderr
    assert not (tmp_path / "shop.csv.losses.html").exists()


def test_the_purchases_themselves_are_never_written_over(otklik, tmp_path):
    (tmp_path / "shop.csv").write_text(shop(), encoding="utf-8")
    assert otklik("shop.csv", "--json", "shop.csv").returncode == 2
    assert (tmp_path / "shop.csv").read_text("utf-8") == shop()


def test_a_missing_file_is_a_sentence(otklik):
    done = otklik("nowhere.csv")
    assert done.returncode == 2 and "nowhere.csv" in done.stderr


async def test_without_polars_it_tells_the_same(tmp_path):
    (tmp_path / "shop.csv").write_text(shop(), encoding="utf-8")
    rules = Rules(MOSCOW, "RUB", datetime(2026, 3, 1, tzinfo=UTC))

    async def told(engine: str) -> str:
        order = Order(ImportKind.PURCHASES, tmp_path / "shop.csv", tmp_path / "refused.csv", rules)
        outputs, words = Outputs(None, tmp_path / engine), Words(Language.RU, MOSCOW)
        assert await audit_file(order, outputs, words, Terminal(Language.RU), by=engine) == 0
        return (tmp_path / engine).read_text("utf-8")

    assert await told("plain") == await told("polars")
