"""The table of cities names zones that exist."""

from zoneinfo import ZoneInfo

from surveys.cities import CITIES, known


def test_every_city_has_a_zone_that_exists():
    assert {ZoneInfo(city.zone).key for city in CITIES.values()} == {city.zone for city in CITIES.values()}


def test_each_city_is_found_in_both_languages_under_one_name():
    assert len({city.name for city in CITIES.values()}) >= 40
    assert known("Vladivostok") == known("владивосток") == known("Владивосток.")
    assert known("Atlantis") is None
