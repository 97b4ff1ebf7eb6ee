"""A quarter of five hundred customers goes through the whole product by a clock that is moved (issue of surveys)."""

from storage.kinds import Touchpoint
from tests.quarter import judged
from tests.quarter.life import Quarter

PEOPLE = 60


async def test_a_quarter_asks_repairs_and_promises_as_the_rules_say(sqlite_database):
    quarter = Quarter(sqlite_database, PEOPLE)
    await quarter.live()
    found = await judged.records(quarter)
    of = {touchpoint: sum(run.touchpoint is touchpoint for run in found.runs) for touchpoint in Touchpoint}
    assert min(of[one] for one in (Touchpoint.RELATION, Touchpoint.VISIT, Touchpoint.CASE, Touchpoint.RECOVERY)) > 5
    assert judged.asked_too_soon(found.runs) == []
    assert judged.beyond_the_limits(found.runs) == []
    assert judged.at_a_wrong_hour(quarter, found.runs) == []
    assert judged.asked_during_a_case(found) == []
    assert judged.without_an_owner(found) == []
    assert judged.wrong_promises(found) == []
    assert judged.said_too_often(quarter, found.runs) == []
