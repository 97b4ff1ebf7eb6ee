"""What a purchase file may look like: encodings, delimiters, amounts, dates, headers; and what each bad row meets."""

import codecs
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from loyalty import phones
from loyalty.carrying import Pieces
from loyalty.cells import LARGEST_AMOUNT, DateOrder, Moments, Problem, amount_minor, moment
from loyalty.phones import normalised
from loyalty.purchase_file import MissingColumns, PurchaseFile, PurchaseRow, RefusedRow, Rules
from loyalty.spreadsheet import NotATable
from loyalty.workbook import to_csv
from storage.kinds import ImportKind
from tests.imports.carrying import MOSCOW, NOW, read, rows

RUSSIAN = "Клиент;Дата;Сумма;Товар\n7;01.02.2024 10:15;100,50;Чёрный кофе\n"
CHANGES_ITS_CLOCKS = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_usual_encoding_reads_the_same(encoding, line_end):
    row = rows(RUSSIAN.replace("\n", line_end).encode(encoding))[0]
    assert (row.customer, row.amount_minor, row.product) == ("7", 10050, "Чёрный кофе")
    assert row.at == datetime(2024, 2, 1, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_unicode_text_as_excel_saves_it_reads_the_same(mark, tmp_path):
    text = "Клиент\tДата\tСумма\tТовар\n" + "7\t13/02/2024\t5\tРаф «Ёлка» 🎄\n" * 20_000 + "8\t14/02/2024\t5\tЧай"
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    (tmp_path / "shop.txt").write_bytes(mark + text.encode(encoding))
    with (tmp_path / "shop.txt").open("rb") as file:
        pieces = Pieces(file)
        rules = pieces.in_its_order(Rules(MOSCOW, "RUB", NOW))
        taken = [row for row in PurchaseFile(iter(pieces), rules) if isinstance(row, PurchaseRow)]
    assert {row.product for row in taken} == {"Раф «Ёлка» 🎄", "Чай"} and len(taken) == 20_001
    assert rules.slashed is DateOrder.DAY_FIRST and pieces.share == 1


def test_letters_after_thousands_of_plain_lines_still_tell_the_encoding():
    plain = "id;date;amount;product\n" + "1;01.02.2024;1;x\n" * 3000
    assert rows(plain.encode() + "2;01.02.2024;1;Чай\n".encode("cp1251"))[-1].product == "Чай"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_delimiter_is_found_in_the_header(delimiter):
    text = RUSSIAN.replace("100,50", "100.50").replace(";", delimiter)
    assert rows(text)[0].amount_minor == 10050


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends():
    text = 'id,date,amount,product\n1,2024-02-01,"1 234,50","Кофе ""Утро"",\nбольшой"\n2,2024-02-01,5,x\n'
    first, second = rows(text)
    assert (first.amount_minor, first.product, first.line) == (123450, 'Кофе "Утро", большой', 2)
    assert (second.customer, second.line) == ("2", 4)


def test_a_stray_quote_costs_its_own_line_only():
    text = 'id;date;amount;product\n1;01.02.2024;1;"Ромашка\n' + "2;01.02.2024;1;чай\n" * 50
    refused, *others = read(text)
    assert (refused.line, refused.problem) == (2, Problem.QUOTES)
    assert len(others) == 50 and not any(isinstance(row, RefusedRow) for row in others)


def test_a_quote_inside_a_cell_is_a_letter():
    assert rows('id;date;amount;product\n1;01.02.2024;1;ООО "Ромашка"\n')[0].product == 'ООО "Ромашка"'


def test_the_last_line_needs_no_end_and_empty_lines_are_nothing():
    found = rows("sep=;\nid;date;amount\n\n1;01.02.2024;1\n  \n2;01.02.2024;2")
    assert [row.line for row in found] == [4, 6]


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1 234,50", 123450),
        ("1234.5", 123450),
        ("1\xa0234,50\xa0₽", 123450),
        ("1 234,50 руб.", 123450),
        ("1,234.50", 123450),
        ("1.234.567,8", 123456780),
        ("1'234.50", 123450),
        ("0", 0),
        ("-0,00", 0),
        ("12", 1200),
        ("0.1", 10),
        ("199.9900", 19999),
        ("100000000000,00", LARGEST_AMOUNT),
        ("", Problem.NO_AMOUNT),
        ("   ", Problem.NO_AMOUNT),
        ("сто", Problem.AMOUNT),
        ("1,234", Problem.AMOUNT),
        ("12 34", Problem.AMOUNT),
        ("1.2.3", Problem.AMOUNT),
        ("0.125", Problem.AMOUNT),
        ("1e3", Problem.AMOUNT),
        ("-5", Problem.NEGATIVE),
        ("−5,00 ₽", Problem.NEGATIVE),
        ("100000000000,01", Problem.LARGE_AMOUNT),
        ("9" * 30, Problem.LARGE_AMOUNT),
        ("$5", Problem.CURRENCY),
        ("5 EUR", Problem.CURRENCY),
    ],
)
def test_amounts_are_read_to_the_last_kopeck_or_not_at_all(text, minor):
    assert amount_minor(text, "RUB") == minor


def test_the_sign_of_the_files_own_currency_is_read():
    assert amount_minor("$29.33", "USD") == 2933


@pytest.mark.parametrize(
    ("text", "moscow"),
    [
        ("01.02.2024", "2024-02-01 12:00:00"),
        ("1.2.2024 9:05", "2024-02-01 09:05:00"),
        ("01.02.2024 23:59", "2024-02-01 23:59:00"),
        ("01.02.2024 23:59:58", "2024-02-01 23:59:58"),
        ("2024-02-01", "2024-02-01 12:00:00"),
        ("2024-02-01 00:00", "2024-02-01 00:00:00"),
        ("2024-02-01T18:30:15", "2024-02-01 18:30:15"),
        ("2024-02-01T18:30:15.123", "2024-02-01 18:30:15"),
        ("2024-02-01T18:30:15Z", "2024-02-01 21:30:15"),
        ("2024-02-01T18:30:15+05:00", "2024-02-01 16:30:15"),
        ("20240201", "2024-02-01 12:00:00"),
    ],
)
def test_dates_are_the_businesss_own_time(text, moscow):
    at = datetime.fromisoformat(moscow).replace(tzinfo=MOSCOW).astimezone(UTC)
    assert moment(text, MOSCOW) == at
    assert Moments(MOSCOW)(text) == at


@pytest.mark.parametrize(
    "text", ["31.02.2024", "2024-13-01", "01/02/2024", "01.02.24", "01.01.0001", "вчера", "01.02.2024 25:00"]
)
def test_what_is_no_date_is_not_guessed(text):
    assert moment(text, MOSCOW) is Problem.DATE
    assert Moments(MOSCOW)(text) is Problem.DATE


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27", "2024-07-01"])
@pytest.mark.parametrize("clock", ["", " 00:30", " 02:30", " 03:30", " 12:00:01", " 23:59"])
def test_days_on_which_the_clocks_change_are_read_like_any_other(day, clock):
    local = datetime.fromisoformat(day + (clock or " 12:00")).replace(tzinfo=CHANGES_ITS_CLOCKS)
    assert Moments(CHANGES_ITS_CLOCKS)(day + clock) == local.astimezone(UTC)


@pytest.mark.parametrize(
    "header",
    [
        "customer_id,date,amount",
        "ID,Дата покупки,Сумма чека",
        "Клиент,ДАТА,Итого",
        "Номер карты,Date,Sum",
        "Телефон,дата,сумма",
    ],
)
def test_columns_have_many_names(header):
    assert rows(f"{header}\n79161234567,01.02.2024,5\n")[0].amount_minor == 500


def test_of_two_possible_columns_the_plainer_name_is_taken():
    assert rows("id;Клиент;дата;сумма\n900;7;01.02.2024;5\n")[0].customer == "7"


def test_missing_columns_are_told_together():
    with pytest.raises(MissingColumns) as none:
        read("товар;цена\nкофе;5\n")
    assert none.value.missing == ("date", "amount", "who")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\x14\x00", "workbook"),
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\x7fELF\0", "binary"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(content, what):
    with pytest.raises(NotATable, match=what):
        read(content)


@pytest.mark.parametrize(
    ("line", "column", "problem", "value"),
    [
        (";;01.02.2024;5;x", "Клиент", Problem.NOBODY, ""),
        (";звонить вечером;01.02.2024;5;x", "Телефон", Problem.PHONE, "звонить вечером"),
        ("1;;;5;x", "Дата", Problem.NO_DATE, ""),
        ("1;;вчера;5;x", "Дата", Problem.DATE, "вчера"),
        ("1;;03.03.2026;5;x", "Дата", Problem.FUTURE, "03.03.2026"),
        ("1;;01.02.2024;;x", "Сумма", Problem.NO_AMOUNT, ""),
        ("1;;01.02.2024;пять;x", "Сумма", Problem.AMOUNT, "пять"),
        ("1;;01.02.2024;-5;x", "Сумма", Problem.NEGATIVE, "-5"),
        ("1;;01.02.2024;999999999999;x", "Сумма", Problem.LARGE_AMOUNT, "999999999999"),
        ("1;;01.02.2024;5 $;x", "Сумма", Problem.CURRENCY, "5 $"),
        ("1;;01.02.2024;1;234;x", "", Problem.MANY_CELLS, ""),
        ("1;;01.02.2024;1;" + "x" * 301, "", Problem.LONG_CELL, ""),
        ("1;;01.02.2024;1;a\0b", "", Problem.ENCODING, ""),
        ("1;;01.02.2024", "Сумма", Problem.NO_AMOUNT, ""),
    ],
)
def test_a_bad_row_is_refused_by_line_column_and_value_and_the_next_is_taken(line, column, problem, value):
    refused, taken = read(f"Клиент;Телефон;Дата;Сумма;Товар\n{line}\n2;;02.03.2026;0;x\n")
    assert refused[:4] == (2, column, problem, value)
    assert (taken.customer, taken.amount_minor) == ("2", 0)


def test_a_line_in_another_encoding_is_refused_alone():
    text = RUSSIAN.encode() + "8;01.02.2024;5;Чай\n".encode("cp1251") + "9;01.02.2024;5;Чай\n".encode()
    assert [getattr(row, "problem", None) for row in read(text)] == [None, Problem.ENCODING, None]


def test_a_phone_that_is_none_does_not_matter_where_the_customer_is_named():
    row = rows("id;телефон;дата;сумма\n1;нет;01.02.2024;5\n")[0]
    assert (row.customer, row.phone) == ("1", "")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("8 (916) 123-45-67", "+79161234567"),
        ("+7 916 123 45 67", "+79161234567"),
        ("9161234567", "+79161234567"),
        ("79161234567", "+79161234567"),
        ("+89161234567", "+79161234567"),
        ("+375 29 123-45-67", "+375291234567"),
        ("375291234567", "+375291234567"),
        ("8 10 375 29 123 45 67", "+375291234567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("123-45-67", None),
        ("+7916123456", None),
        ("8916123456789", None),  # no country has it
        ("+7 123 456-78-90", None),  # nor has Russia
        ("79161234567, жена", None),
        ("", None),
        ("+", None),
    ],
)
def test_phones_become_one_form(typed, number):
    assert normalised(typed) == number


# --- keys


def test_the_same_purchase_twice_in_a_file_is_two_purchases():
    text = "id;дата;сумма\n1;01.02.2024;5\n1;01.02.2024;5\n1;01.02.2024;6\n"
    keys = [row.key for row in rows(text)]
    assert len(set(keys)) == 3
    assert keys == [row.key for row in rows(text.replace(";5\n", ";5,00 ₽\n"))]


def test_lines_of_one_order_have_keys_of_their_own():
    text = "id;дата;сумма;заказ\n1;01.02.2024;5;A-1\n1;01.02.2024;5;A-1\n1;01.02.2024;5;A-2\n"
    assert [row.key for row in rows(text)] == ["import:order:A-1", "import:order-line:2:A-1", "import:order:A-2"]


def test_a_refused_line_of_an_order_keeps_its_number():
    broken = read("id;дата;сумма;заказ\n1;01.02.2024;пять;A-1\n1;01.02.2024;6;A-1\n")
    assert broken[0].order_line == 1
    assert broken[1].key == "import:order-line:2:A-1"
    repaired = rows("id;дата;сумма;заказ;строка заказа\n1;01.02.2024;5;A-1;1\n")
    assert repaired[0].key == "import:order:A-1"


def test_fifty_thousand_different_purchases_have_as_many_keys():
    lines = "".join(f"{number % 999};2024-01-{number % 28 + 1:02d};{number}\n" for number in range(50_000))
    assert len({row.key for row in rows("id;дата;сумма\n" + lines)}) == 50_000


def test_a_till_whose_receipts_begin_anew_each_day_loses_none_of_them():
    january = rows("id;дата;сумма;номер чека\n1;01.01.2024;5;17\n")
    february = rows("id;дата;сумма;номер чека\n2;01.02.2024;7;17\n")
    assert january[0].key != february[0].key


# --- lines: quantities, prices, branches, sellers, returns

LINES = "клиент;дата;сумма;количество;цена;филиал;продавец;возврат;операция;заказ\n"


def line(text: str):
    (found,) = read(LINES + text + "\n")
    return found


def test_a_line_tells_how_many_where_by_whom_and_in_which_order():
    bought = line("1;01.02.2024;300,00;1,5;200;Арбат;Мария;;;A-1")
    assert (bought.quantity_milli, bought.branch, bought.seller, bought.order) == (1500, "Арбат", "Мария", "A-1")
    assert (bought.amount_minor, bought.returned_minor, bought.key) == (30000, 0, "import:order:A-1")


@pytest.mark.parametrize(
    ("quantity", "price", "minor"),
    [("2", "150,00", 30000), ("0,333", "100", 3330), ("", "99.90", 9990), ("0,005", "1", 1), ("-2", "150", -30000)],
)
def test_without_a_sum_the_quantity_is_multiplied_by_the_price(quantity, price, minor):
    assert line(f"1;01.02.2024;;{quantity};{price};;;;;").amount_minor == minor


def test_a_told_sum_counts_more_than_quantity_by_price():
    assert line("1;01.02.2024;270;2;150;;;;;").amount_minor == 27000


@pytest.mark.parametrize(
    ("cells", "amount", "returned"),
    [
        ("500;1;;;;да;;", 50000, 50000),
        ("500;1;;;;нет;;", 50000, 0),
        ("500;1;;;;;Возврат;", -50000, 0),
        ("500;1;;;;;Продажа;", 50000, 0),
        ("-500;1;;;;;refund;", -50000, 0),
        ("-500;-1;;;;;;", -50000, 0),
        ("500;-1;;;;;;", -50000, 0),
        ("-500;1;;;;да;;", -50000, 0),
        ("-500;1;;;;;;C536379", -50000, 0),
        ("500;1;;;;;;C536379", 50000, 0),
    ],
)
def test_a_return_is_taken_where_the_row_says_that_it_is_one(cells, amount, returned):
    bought = line("1;01.02.2024;" + cells)
    assert (bought.amount_minor, bought.returned_minor) == (amount, returned)


def test_less_than_nothing_without_a_word_of_a_return_is_refused():
    refused = line("1;01.02.2024;-500;1;;;;;;Cash")
    assert (refused.problem, refused.column, refused.value) == (Problem.NEGATIVE, "сумма", "-500")


@pytest.mark.parametrize(
    ("cells", "column", "problem"),
    [
        ("500;много;;;;;;", "количество", Problem.QUANTITY),
        ("500;1.2345;;;;;;", "количество", Problem.QUANTITY),
        (";2;дорого;;;;;", "цена", Problem.AMOUNT),
        (";2;-5;;;;;", "цена", Problem.NEGATIVE),
        (";2;;;;;;", "сумма", Problem.NO_AMOUNT),
        ("500;1;;;;может быть;;", "возврат", Problem.YES_NO),
    ],
)
def test_a_cell_of_a_line_that_cannot_be_is_refused_by_its_column(cells, column, problem):
    refused = line("1;01.02.2024;" + cells)
    assert (refused.column, refused.problem) == (column, problem)


def test_new_columns_do_not_change_the_key_of_a_row():
    bare = rows("клиент;дата;сумма\n1;01.02.2024;500\n")[0]
    assert line("1;01.02.2024;500;3;;Арбат;Мария;;;").key == bare.key


def test_the_online_retail_table_is_read_by_its_own_header():
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    text = header + "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527,United Kingdom\n"
    rules = Rules(MOSCOW, "GBP", NOW, slashed=DateOrder.MONTH_FIRST)
    (bought,) = PurchaseFile([text.encode()], rules)
    assert (bought.customer, bought.amount_minor, bought.order, bought.quantity_milli) == (
        "14527",
        -2750,
        "C536379",
        -1000,
    )
    assert bought.at == datetime(2010, 12, 1, 6, 41, tzinfo=UTC)


@pytest.mark.parametrize(("order", "day"), [(DateOrder.DAY_FIRST, 1), (DateOrder.MONTH_FIRST, 2)])
def test_dates_with_slashes_are_read_once_somebody_said_how(order, day):
    assert moment("01/02/2024 10:00", MOSCOW, order) == Moments(MOSCOW, order)("01/02/2024 10:00")
    assert moment("01/02/2024", MOSCOW, order).day == day


def test_somebodys_word_about_the_columns_counts_more_than_their_names():
    text = "id;дата;сумма;итого со скидкой\n1;01.02.2024;500;450\n".encode()
    columns = {"customer": "id", "date": "дата", "amount": "итого со скидкой"}
    (bought,) = PurchaseFile([text], Rules(MOSCOW, "RUB", NOW), columns)
    assert bought.amount_minor == 45000


def test_a_plain_mobile_number_is_read_by_the_short_way_as_by_the_long_one():
    dice = random.Random(3)
    for region in ("RU", "KZ", "BY", "DE", "US", "GB"):
        for _ in range(300):
            typed = dice.choice(("", "7", "8", "0", "1", "49", "375")) + str(dice.randrange(10**6, 10**11))
            quick = phones._plan(region).at_home(typed)
            assert quick is None or quick == phones._valid(typed, region), (region, typed)


async def test_the_process_that_reads_a_workbook_sees_no_secrets(tmp_path, monkeypatch):
    """It reads what strangers made; tokens and keys of the program stand in its environment."""
    python, seen = tmp_path / "python", tmp_path / "seen"
    python.write_text(f"#!/bin/sh\nenv > {seen}\n")
    python.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setenv("OTKLIK_TOKEN", "secret")
    await to_csv(tmp_path / "shop.xlsx", tmp_path / "sheet.csv", ImportKind.PURCHASES)
    assert "PYTHONPATH=" in seen.read_text() and "OTKLIK_" not in seen.read_text()
