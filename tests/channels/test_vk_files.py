"""A picture that a person sends in VK, fetched over real HTTP from the fake's file servers."""

import itertools
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from bot.vk.files import READ_SECONDS, VkFiles, is_vks
from bot.vk.incoming import read_event
from messaging.files import LARGEST, Lost
from messaging.transport import NotSent
from storage.kinds import FileTrouble
from tests.fakes.vk import FakeVk
from tests.samples import OGG, jpeg

PHOTO = "https://sun9-1.userapi.com/x.jpg"


class ToFake(HTTPAdapter):
    """Leads what goes to any server to the fake, which knows by the path whom it was meant for."""

    def __init__(self, fake: FakeVk) -> None:
        super().__init__()
        self._fake = fake

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", f"{self._fake.url}/files/")
        return super().send(request, *args, **options)


@pytest.fixture
async def fake() -> AsyncIterator[FakeVk]:
    async with FakeVk() as fake:
        fake.user(id=7, started=True)
        yield fake
        assert fake.violations == []


@pytest.fixture
def files(fake: FakeVk) -> VkFiles:
    return VkFiles(ToFake(fake))


async def test_a_photo_and_a_voice_come_as_they_were_sent(fake, files):
    heard = []
    fake.world.events.on_event = lambda event: heard.append(read_event(event, "vk:4242"))
    for kind, content in (("photo", jpeg()), ("audio_message", OGG)):
        await fake.user(id=7).says("", attachments=[kind])
        source = heard[-1].file
        fake.world.served[source] = content
        assert await files.fetch(source) == content


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_has_expired_is_gone_for_good(fake, files, status):
    fake.world.served[PHOTO] = status
    with pytest.raises(Lost) as lost:
        await files.fetch(PHOTO)
    assert lost.value.trouble is FileTrouble.GONE


async def test_nobody_leads_us_elsewhere(fake, files):
    fake.world.served[PHOTO] = "https://sun9-2.userapi.com/y.jpg"
    fake.world.served["https://sun9-2.userapi.com/y.jpg"] = jpeg()
    with pytest.raises(Lost):
        await files.fetch(PHOTO)
    assert fake.fetched == [PHOTO]


async def test_it_is_read_no_further_than_we_keep(fake, files):
    fake.world.served[PHOTO] = bytes(LARGEST)
    assert len(await files.fetch(PHOTO)) == LARGEST
    fake.world.served[PHOTO] = bytes(LARGEST + 1)
    with pytest.raises(Lost) as lost:
        await files.fetch(PHOTO)
    assert lost.value.trouble is FileTrouble.TOO_LARGE


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_server_in_trouble_is_asked_again(fake, files, status):
    fake.world.served[PHOTO] = status
    with pytest.raises(NotSent):
        await files.fetch(PHOTO)


async def test_a_server_that_trickles_is_left(fake):
    ticks = itertools.count(step=READ_SECONDS + 1)
    fake.world.served[PHOTO] = jpeg()
    with pytest.raises(NotSent, match="slowly"):
        await VkFiles(ToFake(fake), clock=lambda: next(ticks)).fetch(PHOTO)


async def test_a_program_that_stops_reads_no_further(fake, files):
    fake.world.served[PHOTO] = jpeg()
    files.close()
    with pytest.raises(NotSent):
        await files.fetch(PHOTO)


async def test_without_a_connection_it_is_tried_again_and_the_address_is_in_no_word(fake, files, caplog):
    caplog.set_level(logging.INFO)
    await fake.stop()
    with pytest.raises(NotSent) as error:
        await files.fetch(PHOTO)
    assert "userapi" not in repr(error.value) + caplog.text
    assert error.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [
        PHOTO,
        "https://psv4.userapi.com/c1/u2/audiomsg/d3/a.ogg?extra=x_y-z",
        "https://sun9-17.vkuserphoto.ru/s/v1/ig2/7Yh97c.jpg?quality=95&as=32x32,48x48&u=%D0%B0",
        "https://vk.com/doc1_2",
    ],
)
def test_vks_own_servers_are_asked(address):
    assert is_vks(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://sun9-1.userapi.com/x.jpg",
        "https://userapi.com.evil.example/x.jpg",
        "https://eviluserapi.com/x.jpg",
        "https://evil.example/?https://sun9-1.userapi.com/",
        "https://evil.example#.userapi.com/x.jpg",
        "https://evil.example\\@userapi.com/x.jpg",
        "https://me:secret@userapi.com/x.jpg",
        "https://userapi.com:8443/x.jpg",
        "https://127.0.0.1/x.jpg",
        "https://[::1]/x.jpg",
        "https://localhost/x.jpg",
        "https://userapi.com/x.jpg\nHost: evil",
        "file:///etc/passwd",
        "",
    ],
)
async def test_nobody_else_is_ever_asked(fake, files, address):
    fake.world.served[address] = jpeg()
    with pytest.raises(Lost) as lost:
        await files.fetch(address)
    assert lost.value.trouble is FileTrouble.GONE
    assert fake.fetched == []
