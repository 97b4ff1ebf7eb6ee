"""The running process's own clock asks after a purchase, greets a birthday and wins back: nobody calls a job."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.columns import new_id
from tests.platforms import Platform
from tests.program import FAKES, WAYS, Program, program, zone_of_noon

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]

CAME_TODAY, BORN_TODAY, LEFT_LONG_AGO = 1001, 1002, 1003
TWO_TICKS_SECONDS = 45


@pytest.mark.parametrize(("messenger", "mode"), WAYS)
def test_a_day_passes_by_itself(tmp_path, messenger, mode):
    zone = zone_of_noon()
    with FAKES[messenger]() as platform, program(tmp_path, platform, mode, OTKLIK_TIME_ZONE=zone) as otklik:
        otklik.start()
        platform.connect(mode, otklik.address)
        for person in (CAME_TODAY, BORN_TODAY, LEFT_LONG_AGO):
            _agrees_to_everything(platform, person)
        now = datetime.now(UTC)
        otklik.execute(
            "UPDATE inbound_event SET received_at = ?", _text(now - timedelta(minutes=20))
        )  # they fell silent
        _buys(otklik, CAME_TODAY, now - timedelta(minutes=31))
        _buys(otklik, LEFT_LONG_AGO, now - timedelta(days=91))
        _is_born(otklik, BORN_TODAY, now + timedelta(hours=13 - now.hour))
        platform.hears(CAME_TODAY, "как прошёл визит", seconds=TWO_TICKS_SECONDS)
        platform.hears(BORN_TODAY, "С днём рождения", seconds=TWO_TICKS_SECONDS)
        platform.hears(LEFT_LONG_AGO, "скучает по вам", seconds=TWO_TICKS_SECONDS)
        platform.does(CAME_TODAY, "presses", button="5 ⭐")
        platform.hears(CAME_TODAY, "понравилось")
        assert platform.violations() == []
        assert otklik.stop() == 0
        outcomes = otklik.rows("SELECT journey, outcome, reason FROM occasion ORDER BY journey")
        assert outcomes == [
            ("birthday", "queued", "due"),
            ("csat_after_purchase", "queued", "due"),
            ("win_back", "queued", "due"),
        ]


def _agrees_to_everything(platform: Platform, person: int) -> None:
    platform.person(person)
    platform.does(person, "starts")
    platform.hears(person, "персональных данных")
    platform.does(person, "presses", button="Согласен")
    platform.hears(person, "акции")
    platform.does(person, "presses", button="Да, присылайте")
    platform.hears(person, "только по делу")


def _buys(otklik: Program, person: int, at: datetime) -> None:
    otklik.execute(
        "INSERT INTO purchase (id, customer_id, at, amount_minor, currency, product, source) "
        "SELECT ?, customer_id, ?, 35000, 'RUB', '', 'console' FROM identity WHERE user_id = ?",
        *(new_id().hex, _text(at), str(person)),
    )


def _text(moment: datetime) -> str:
    """As SQLite keeps it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _is_born(otklik: Program, person: int, day: datetime) -> None:
    otklik.execute(
        "UPDATE customer SET birthday_month = ?, birthday_day = ?, birthday_set_at = '2025-01-01 00:00:00.000000' "
        "WHERE id IN (SELECT customer_id FROM identity WHERE user_id = ?)",
        *(day.month, day.day, str(person)),
    )
