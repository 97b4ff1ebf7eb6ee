"""The ways into the console: nobody is led to a closed door, and few links need no headings."""

import re

import pytest

from console.access import COUNTERS, EVERYONE
from console.navigation import DAILY, GROUPS, MOST_ON_A_BAR, PROFILE, ways
from console.routes import PAGES
from storage.kinds import Role

LINKS = (*DAILY, *(link for group in GROUPS for link in group.links), PROFILE)


def test_every_link_is_seen_by_just_those_who_may_open_its_page():
    roles = {page.path: page.who for page in PAGES if page.method == "GET"}
    assert {link.path: link.roles for link in LINKS} == {link.path: roles[link.path] for link in LINKS}


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_headings_only_where_a_bar_would_be_too_full_and_never_an_empty_one(role):
    seen = ways(role)
    assert all(group.links for group in seen.groups)
    assert len(seen.daily) < MOST_ON_A_BAR
    assert bool(seen.groups) == (role in COUNTERS | {Role.OPERATOR})
    led_to = {link.path for link in (*seen.daily, *(one for group in seen.groups for one in group.links))}
    assert led_to == {link.path for link in LINKS if role in link.roles} - {PROFILE.path}


@pytest.mark.parametrize(
    ("here", "path"),
    [
        ("/", "/"),
        ("/customers/1", "/customers"),
        ("/quality", "/customers"),
        ("/complaints", "/services"),
        ("/loyalty/rules", "/loyalty"),
        ("/likes", "/friends"),
        ("/nothing", None),
    ],
)
def test_a_page_lights_the_one_link_it_belongs_to(here, path):
    assert [link.path for link in LINKS if link.is_here(here)] == ([path] if path else [])


async def test_headings_name_their_links_and_the_page_shows_where_it_is(shop, browse):
    async with browse() as browser:
        await shop.let_in(browser, Role.OWNER)
        page = (await browser.get("/console/losses")).text
        assert re.findall(r'<h2 id="nav-\d">(.*?)</h2>', page) == [
            "О клиентах",
            "Программа",
            "Отзывы и оценки",
            "Деньги",
            "Управление",
        ]
        assert re.findall(r'href="([^"]*)" aria-current="page"', page) == ["/console/losses"]
        await shop.let_in(browser, Role.CASHIER)
        page = (await browser.get("/console/customers")).text
        assert 'id="nav-1"' not in page and 'href="/console/till"' in page and 'href="/console/losses"' not in page


def test_everybody_has_a_profile():
    assert PROFILE.roles == EVERYONE
