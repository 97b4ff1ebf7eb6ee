"""The real process beside each fake messenger does the whole walk, in each way in which that brings its events."""

import pytest

from tests.process import walk
from tests.program import FAKES, WAYS, program

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]


@pytest.mark.parametrize(("messenger", "mode"), WAYS)
def test_a_detractor_is_answered_by_an_operator_from_the_messenger(tmp_path, messenger, mode):
    with FAKES[messenger]() as platform, program(tmp_path, platform, mode) as otklik:
        walk.people(platform)
        otklik.start()
        platform.connect(mode, otklik.address)
        walk.hire(otklik, platform)
        for step in walk.steps(platform):
            step()
        assert walk.account(otklik, platform) == ([], [], 0)
        assert platform.violations() == []
        assert otklik.stop() == 0
        assert not otklik.rows("SELECT id FROM outbox_message WHERE state <> 'sent'")
