"""Polars reads a file of purchases as the plain reader does: the same lines, names and refusals."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.tallies import Lines, Names
from loyalty import fast_purchases
from loyalty.cells import DateOrder
from loyalty.purchase_file import PurchaseFile, RefusedRow, Rules
from loyalty.purchase_lines import Person, collect

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
RULES = Rules(ZoneInfo("Europe/Berlin"), "RUB", NOW)
RULES_SLASHED = Rules(ZoneInfo("Europe/Berlin"), "RUB", NOW, slashed=DateOrder.MONTH_FIRST)
HEADER = "Клиент;Телефон;Карта;Имя;Дата;Сумма;Товар;Заказ"
DETAILED = HEADER + ";Кол-во;Цена;Филиал;Продавец;Возврат;Операция"


class Read(NamedTuple):
    """All that a reader says of a file."""

    columns: dict[str, list[int]]
    names: Names
    people: dict[str, Person]
    refused: list[RefusedRow]


def pieces(content: bytes, size: int) -> Iterator[bytes]:
    """Of whole lines, as the command brings them."""
    piece = b""
    for line in content.splitlines(keepends=True):
        piece += line
        if len(piece) >= size:
            yield piece
            piece = b""
    if piece:
        yield piece


def plainly(content: bytes, rules: Rules = RULES, size: int = 200) -> Read:
    refused: list[RefusedRow] = []
    found = collect(PurchaseFile(pieces(content, size), rules), rules.zone, refused.append)
    columns = {name: list(getattr(found.lines, name)) for name in Lines.__dataclass_fields__}
    return Read(columns, found.names, dict(found.people(found.names.customers)), refused)


def fast(content: bytes, rules: Rules = RULES, size: int = 200) -> Read:
    refused: list[RefusedRow] = []
    found = fast_purchases.read(pieces(content, size), rules, refused.append, lambda _: None)
    columns = {name: found.frame[name].to_list() for name in Lines.__dataclass_fields__}
    return Read(columns, found.names, dict(found.people(found.names.customers)), refused)


NASTY = [
    "1;;;;01.02.2024;100;Кофе;",
    "1;8 916 123-45-67;;Анна;01.02.2024 10:30;100,5;Кофе;17",
    ";8 916 123-45-67;;;2024-02-03T23:59:59;1 234,50;  Кофе  с   собой ;17",
    ";;К 77;Олег;2024-02-03 10:00;12.3;Чай;'18",
    "'=2+2;+7 916;;'Анна;3.2.2024;5;=Кофе;",
    "2;;;;31.03.2024 02:30;7;в час, которого нет;",
    "2;;;;27.10.2024 02:30:15;7;в час, который был дважды;",
    "2;;;;2024-02-03 10:00Z;7;со смещением;",
    "2;;;;2024-02-03 23:30+0900;7;со смещением;",
    "2;;;;01.02.2024 24:00;7;;", "2;;;;01.02.2024 1:30;7;;", "2;;;;01.02.2024  10:30;7;;", "2;;;;20240201;7;;",
    "2;;;;31.02.2024;7;;", "2;;;;01.02.1800;7;;", "2;;;;01.02.2030;7;;", "2;;;;01.03.2026 23:00;7;;", "2;;;;;7;;",
    "2;;;;вчера;7;;", "2;;;;02/03/2024;7;;", "2;;;;02/03/2024 10:15;7;;",
    "3;;;;01.02.2024;-7;;", "3;;;;01.02.2024;-7;;C536379", "3;;;;01.02.2024;;;", "3;;;;01.02.2024;семь;;",
    "3;;;;01.02.2024;7 $;;", "3;;;;01.02.2024;1,234;;", "3;;;;01.02.2024;99999999999999;;", "3;;;;01.02.2024;7 руб.;;",
    "3;;;;01.02.2024;07;;", "3;;;;01.02.2024;0;;", "3;;;;01.02.2024;٧;;", "3;;;;01.02.2024;7.000;;",
    ";123;;;01.02.2024;7;;", ";;;;01.02.2024;7;;", "  4 ;;;;01.02.2024;7;;", "45;;;;01.02.2024;7;;",
    "4;;;;01.02.2024;7", "4;;;;01.02.2024;7;;;;;;;;;;", "4;;;;01.02.2024;7;;;;;;;;;;;;;;ещё", "",
    "   ", "", "4;;;;01.02.2024;7;" + "к" * 301 + ";", "4;;;;01.02.2024;7;" + "к" * 299 + ";",
    '5;;;;01.02.2024;7;"Кофе; чай";', '5;;;;01.02.2024;7;"Кофе\nс собой";', '5;;;;01.02.2024;7;Кофе "Утро";',
    '5;;;;01.02.2024;7;"не закрыта;', "5;;;;01.02.2024;7;\0;",
]  # fmt: skip
DETAILS = [
    "", ";1;;;;;", ";2;;Центр;Олег;;", ";-1;;;;;", ";2;35,50;;;;", ";0,333;10;;;;", ";два;;;;;", ";2;-5;;;;",
    ";;;;;да;", ";;;;;возможно;", ";;;;;;Возврат", ";;;;;;Продажа", ";1;;  Центр   у  реки;'Олег;нет;",
]  # fmt: skip


@pytest.mark.parametrize("rules", [RULES, RULES_SLASHED], ids=["plain", "slashed"])
def test_every_nasty_row_is_read_or_refused_alike(rules):
    content = "\r\n".join([HEADER, *NASTY, *reversed(NASTY)]).replace("\\0", "\0").encode()
    assert fast(content, rules) == plainly(content, rules)
    assert fast(content, rules, size=10**6) == plainly(content, rules)


def test_details_of_lines_are_read_alike():
    rows = [row + detail for row in NASTY if row.count(";") == 7 for detail in DETAILS]
    content = "\n".join([DETAILED, *rows]).encode()
    assert fast(content, size=3000) == plainly(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
def test_encodings_are_read_alike(encoding):
    rows = [row for row in NASTY if row.isprintable() and "\u0667" not in row and "\u00a0" not in row]
    content = "\n".join([HEADER, *rows]).encode(encoding) + b"\n6;;;;01.02.2024;7;\xff\x98;\n7;;;;01.02.2024;7;;\n"
    assert fast(content) == plainly(content)


def test_a_file_without_a_row_is_read_alike():
    assert fast(HEADER.encode()) == plainly(HEADER.encode())


cells = st.tuples(
    st.sampled_from(["1", "2", "", " 3", "'4"]),
    st.sampled_from(["", "", "89161234567", "нет"]),
    st.sampled_from(["", "", "7 7"]),
    st.sampled_from(["", "Анна", " Олег  П."]),
    st.one_of(
        st.datetimes().map(lambda at: f"{at:%d.%m.%Y %H:%M}"),
        st.dates(date(2023, 1, 1), date(2026, 4, 1)).map(str),
        st.text("0123456789.-: TZ", max_size=17),
    ),
    st.one_of(st.integers(-5, 10**9).map(str), st.text("0123456789 .,-₽", max_size=7)),
    st.text("аб '=\t", max_size=4),
    st.sampled_from(["", "", "7", "C7", " 7"]),
)


@given(rows=st.lists(cells, max_size=20))
@settings(max_examples=50, deadline=None)
def test_whatever_stands_in_the_cells_is_read_alike(rows):
    content = "\n".join([HEADER, *map(";".join, rows)]).encode()
    assert fast(content) == plainly(content)
