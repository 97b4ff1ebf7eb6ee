"""The page, its cookie and headers, the widget's loader, and pictures."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.webchat.rendering import STATIC
from messaging.messages import Button, Message
from storage.columns import new_id
from storage.models import Media
from tests.webchat.conftest import Shop
from tests.webchat.said import customers, events, say_to, texts_in

SITE = "https://shop.example"


async def test_looking_at_the_page_creates_nothing(shop: Shop) -> None:
    person = await shop.person()
    await person.history()
    assert (await customers(shop), await events(shop)) == (0, [])


async def test_the_visitor_is_remembered_for_a_year_out_of_reach_of_scripts(shop: Shop) -> None:
    person = await shop.person()
    cookie = (await person.open()).headers["set-cookie"]
    assert re.fullmatch(r"otklik_visitor=\S+; Path=/chat; Max-Age=31536000; HttpOnly; SameSite=Lax", cookie)


async def test_over_https_the_cookie_never_leaves_it(shop: Shop) -> None:
    person = await shop.person(shop.app(is_https=True))
    assert (await person.open()).headers["set-cookie"].endswith("SameSite=Lax; Secure")


async def test_on_another_sites_page_the_cookie_is_kept_apart_for_that_site(shop: Shop) -> None:
    person = await shop.person(shop.app(is_https=True, widget_origins=(SITE,)))
    cookie = (await person.open("?embed=1")).headers["set-cookie"]
    assert cookie.endswith("HttpOnly; SameSite=None; Secure; Partitioned")


async def test_a_known_visitor_stays_who_they_are(shop: Shop) -> None:
    person = await shop.person()
    before = person.client.cookies["otklik_visitor"]
    await person.open()
    assert person.client.cookies["otklik_visitor"] == before


async def test_a_forged_cookie_becomes_a_new_visitor(shop: Shop) -> None:
    person, forger = await shop.person(), await shop.person()
    await person.write("Моя тайна")
    forged = person.client.cookies["otklik_visitor"][:-2] + "xx"
    forger.client.cookies.clear()
    forger.client.cookies.set("otklik_visitor", forged)
    assert "Моя тайна" not in (await forger.open()).text
    assert "otklik_visitor" in (await forger.open()).headers["set-cookie"]


async def test_a_token_stands_in_where_the_browser_refuses_the_cookie(shop: Shop) -> None:
    app = shop.app(widget_origins=(SITE,))
    person = await shop.person(app)
    token = re.findall(r'data-token="([^"]+)"', (await person.open("?embed=1")).text)[0]
    person.client.cookies.clear()
    person.client.headers["x-otklik-visitor"] = token
    assert (await person.write("Без куки")).status_code == 202
    assert texts_in(await person.history()) == ["Без куки"]


async def test_only_the_embedded_page_may_stand_in_a_frame_and_only_on_known_sites(shop: Shop) -> None:
    person = await shop.person(shop.app(widget_origins=(SITE,)))
    own, embedded = await person.open(), await person.open("?embed=1")
    assert own.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert own.headers["x-frame-options"] == "DENY"
    assert embedded.headers["content-security-policy"].endswith(f"frame-ancestors 'self' {SITE}")
    assert "x-frame-options" not in embedded.headers
    assert "data-token" not in own.text


async def test_no_script_or_style_stands_in_the_page_itself(shop: Shop) -> None:
    page = (await (await shop.person()).open()).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


@pytest.mark.parametrize(
    ("query", "accepted", "word"), [("", "ru", "Сообщение"), ("", "en", "Message"), ("?lang=en", "ru", "Message")]
)
async def test_the_page_speaks_the_chosen_language_or_the_browsers(
    shop: Shop, query: str, accepted: str, word: str
) -> None:
    person = await shop.person()
    person.client.headers["accept-language"] = accepted
    assert f'placeholder="{word}"' in (await person.open(query)).text


async def test_a_chosen_language_stays(shop: Shop) -> None:
    person = await shop.person()
    await person.open("?lang=en")
    assert '<html lang="en"' in (await person.open()).text


async def test_html_stays_text(shop: Shop) -> None:
    person = await shop.person()
    await person.write("<script>alert(1)</script>")
    await say_to(shop, person, Message("<b>Жирно</b>", (Button('"><i>', "a"),), asks_contact="<u>"))
    history = await person.history()
    assert "&lt;script&gt;" in history
    assert "&lt;b&gt;Жирно&lt;/b&gt;" in history
    assert not re.search(r"<script|<b>|<i>|<u>", history)


async def test_buttons_stand_in_the_columns_they_ask_for(shop: Shop) -> None:
    person = await shop.person()
    await say_to(shop, person, Message("NPS", tuple(Button(str(n), f"s:{n}") for n in range(11)), columns=6))
    history = await person.history()
    assert 'class="keys c6"' in history
    assert history.count("<button") == 11


async def test_links_open_apart_and_tell_nothing(shop: Shop) -> None:
    person = await shop.person()
    await say_to(
        shop, person, Message("Меню: https://shop.example/menu", (Button("Сайт", url="https://shop.example"),))
    )
    history = await person.history()
    assert history.count('target="_blank"') == history.count("noopener noreferrer") == 2


async def test_a_picture_is_shown_to_its_owner_alone(shop: Shop) -> None:
    person, stranger = await shop.person(), await shop.person()
    await say_to(shop, person, Message("Карта", photo="abc"))
    owner = await shop.database.read(
        lambda store: store.connection.exec_driver_sql("SELECT customer_id FROM identity").scalar_one()
    )
    picture = Media(hash="abc", content_type="image/png", size=3, content=b"png", created_at=shop.clock())
    picture.owner_id = type(new_id())(str(owner))
    await shop.database.write(lambda store: store.files.keep(picture))
    assert 'src="chat/media/abc"' in await person.history()
    assert (await person.client.get("/chat/media/abc")).content == b"png"
    assert (await stranger.client.get("/chat/media/abc")).status_code == 404


async def test_a_file_that_is_no_picture_is_not_served(shop: Shop) -> None:
    page = Media(hash="abc", content_type="text/html", size=3, content=b"<b>", created_at=shop.clock())
    await shop.database.write(lambda store: store.files.keep(page))
    assert (await (await shop.person()).client.get("/chat/media/abc")).status_code == 404


async def test_the_widgets_loader_is_small(shop: Shop) -> None:
    answer = await (await shop.person()).client.get("/chat/widget.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.num_bytes_downloaded <= 2048


async def test_static_files_come_from_their_folder_alone(shop: Shop) -> None:
    client = (await shop.person()).client
    assert (await client.get("/chat/static/any/chat.css")).status_code == 200
    assert (await client.get("/chat/static/any/..%2Froutes.py")).status_code == 404


def test_scripts_hold_no_text_of_any_language() -> None:
    for script in STATIC.glob("*.js"):
        assert not re.search("[А-Яа-яЁё]", script.read_text(encoding="utf-8")), script.name


def test_both_languages_have_the_same_texts() -> None:
    folder = STATIC.parent / "catalogues"
    assert _keys(folder / "ru.po") == _keys(folder / "en.po")


def _keys(path: Path) -> set[str]:
    with path.open("rb") as source:
        return {str(message.id) for message in read_po(source) if message.id and message.string}
