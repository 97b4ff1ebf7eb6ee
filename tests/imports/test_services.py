"""Services from files: new ones are added, known ones corrected, cells that cannot be are refused."""

import pytest

from loyalty.cells import Problem
from loyalty.import_files import open_file
from loyalty.table_file import Rules
from storage.kinds import ImportKind
from tests.imports.carrying import MOSCOW, NOW
from tests.imports.running import services_file

HEADER = "услуга;категория;цена;маржа;интервал, дней\n"


def read(text: str):
    return list(open_file(ImportKind.SERVICES, [text.encode()], Rules(MOSCOW, "RUB", NOW)))


async def services(database):
    return await database.read(lambda store: store.services.all())


async def test_a_service_is_kept_as_told(database):
    run_id, taken = await services_file(database, text=HEADER + "Стрижка  мужская;Волосы;1 500,00;35 %;30\n")
    (cut,) = await services(database)
    assert (cut.key, cut.name, cut.category) == ("стрижка мужская", "Стрижка мужская", "Волосы")
    assert (cut.price_minor, cut.margin_percent, cut.usual_interval_days) == (150000, 35.0, 30)
    assert (cut.import_id, taken.new) == (run_id, 1)


async def test_an_empty_cell_changes_nothing_and_a_new_value_does(database):
    await services_file(database, text=HEADER + "Стрижка;Волосы;1500;35;30\n")
    _, taken = await services_file(database, text=HEADER + "СТРИЖКА;;1700;;\n")
    (cut,) = await services(database)
    assert (cut.category, cut.price_minor, cut.margin_percent) == ("Волосы", 170000, 35.0)
    assert (taken.new, taken.changed) == (0, 1)


async def test_the_same_file_twice_changes_nothing(database):
    await services_file(database, text=HEADER + "Стрижка;Волосы;1500;35;30\n")
    _, again = await services_file(database, text=HEADER + "Стрижка;Волосы;1500;35;30\n")
    assert (again.new, again.changed, again.known) == (0, 0, 1)


@pytest.mark.parametrize(("typed", "percent"), [("35", 35), ("35%", 35), ("0,35", 35), ("0.5 %", 0.5), ("-10", -10)])
def test_a_margin_is_a_percentage_however_it_is_written(typed, percent):
    assert read(HEADER + f"x;;;{typed};\n")[0].margin_percent == percent


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (";;5;;", Problem.NO_NAME),
        ("x;;дорого;;", Problem.AMOUNT),
        ("x;;-5;;", Problem.NEGATIVE),
        ("x;;;120;", Problem.MARGIN),
        ("x;;;;месяц", Problem.INTERVAL),
        ("x;;;;0", Problem.INTERVAL),
    ],
)
def test_a_row_that_cannot_be_is_refused(cells, problem):
    assert read(HEADER + cells + "\n")[0].problem is problem
