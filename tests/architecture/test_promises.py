"""What the documents say cannot happen is shown by tests that are there."""

import re

from tests.architecture.tree import files, name

NAMED = re.compile(r"`(test_\w+)`")
WRITTEN = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)


def test_every_test_that_a_document_names_is_written():
    written = {test for path in files(".py") for test in WRITTEN.findall(path.read_text(encoding="utf-8"))}
    named = {(name(path), test) for path in files(".md") for test in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert named, "the documents name their tests in backticks"
    assert sorted((where, test) for where, test in named if test not in written) == []
