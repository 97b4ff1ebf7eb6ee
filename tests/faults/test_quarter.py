"""A quarter of five thousand customers, as the shorter one of the jobs' tests."""

import pytest

from tests.quarter.judged import lives_by_the_rules


@pytest.mark.slow
async def test_five_thousand_customers_are_asked_as_the_rules_say(sqlite_database):
    await lives_by_the_rules(sqlite_database, 5000)
