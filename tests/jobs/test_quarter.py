"""A quarter of five hundred customers goes through the whole product by a clock that is moved."""

from tests.quarter.judged import lives_by_the_rules


async def test_a_quarter_asks_repairs_and_promises_as_the_rules_say(sqlite_database):
    await lives_by_the_rules(sqlite_database, 500)
