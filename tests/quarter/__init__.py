"""A quarter of a whole business: customers with habits, operators with hours, and the clock between them."""

import pytest

pytest.register_assert_rewrite("tests.quarter.judged")  # what was broken is said, and how often
