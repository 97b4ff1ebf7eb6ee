"""A quarter of five hundred customers goes through the whole product by a clock that is moved.

Each week is a test: what ends a test that hangs has to know a long one from it.
"""

import shutil

import pytest

from storage.database import open_database
from tests.quarter.judged import kept_to_the_rules
from tests.quarter.life import Quarter
from tests.quarter.town import DAYS

pytestmark = pytest.mark.xdist_group("quarter")  # the weeks follow each other in one process


@pytest.fixture(scope="module")
async def quarter(sqlite_template, tmp_path_factory):
    file = tmp_path_factory.mktemp("quarter") / "otklik.db"
    shutil.copy(sqlite_template, file)
    database = await open_database(f"sqlite+aiosqlite:///{file}")
    quarter = Quarter(database, 500)
    await quarter.begin()
    yield quarter
    await database.close()


@pytest.mark.parametrize("day", range(7, DAYS + 1, 7))
async def test_a_week_goes_by(quarter, day):
    carried = len(quarter.carried)
    await quarter.live(until_day=day)
    assert len(quarter.carried) > carried


async def test_a_quarter_asks_repairs_and_promises_as_the_rules_say(quarter):
    await quarter.live()
    await kept_to_the_rules(quarter)
