"""A quarter of five thousand customers, as the shorter one of the jobs' tests."""

import time

import pytest

from tests.quarter.judged import kept_to_the_rules
from tests.quarter.life import Quarter


@pytest.mark.slow
async def test_five_thousand_customers_are_asked_as_the_rules_say(sqlite_database):
    began, worked = time.monotonic(), time.process_time()
    quarter = Quarter(sqlite_database, 5000)
    await quarter.begin()
    await quarter.live()
    happened = await kept_to_the_rules(quarter)
    took = f"{time.monotonic() - began:.0f} s, {time.process_time() - worked:.0f} s of CPU"
    print(f"a quarter of 5,000 customers in {took}: {happened}")  # noqa: T201  # its product
