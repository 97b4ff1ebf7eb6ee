"""The real process against the fake Telegram does the whole walk, by polling and by webhook."""

import pytest

from tests.process import walk
from tests.program import fake_telegram, program

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]


@pytest.mark.parametrize("mode", ["polling", "webhook"])
def test_a_detractor_is_answered_by_an_operator_from_the_group(tmp_path, mode):
    with fake_telegram() as telegram, program(tmp_path, telegram, mode) as otklik:
        walk.people(telegram)
        otklik.start()
        walk.hire(otklik)
        for step in walk.steps(telegram):
            step()
        assert walk.account(otklik, telegram) == ([], [], 0)
        assert telegram.violations() == []
        assert otklik.stop() == 0
        assert not otklik.rows("SELECT id FROM outbox_message WHERE state <> 'sent'")
