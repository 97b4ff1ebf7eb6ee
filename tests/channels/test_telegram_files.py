"""A picture that a person sends in Telegram, fetched over real HTTP from the fake."""

import logging
from collections.abc import AsyncIterator

import pytest
from aiogram.types import Update

from bot.telegram import TelegramFiles, read_update
from messaging.files import LARGEST, Lost
from messaging.transport import Ambiguous, NotSent, TryLater
from storage.kinds import FileTrouble
from tests.channels.test_telegram_transport import SECRET, bot_for
from tests.fakes.telegram import FakeTelegram
from tests.samples import OGG, jpeg


def source_of(update) -> str:
    incoming = read_update(Update.model_validate(update), "telegram:4242")
    assert incoming is not None
    assert incoming.file is not None
    return incoming.file


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
        assert fake.violations == []


@pytest.fixture
async def files(fake: FakeTelegram) -> AsyncIterator[TelegramFiles]:
    async with bot_for(fake.url) as bot:
        yield TelegramFiles(bot)


async def test_a_photo_and_a_voice_come_as_they_were_sent(fake, files):
    anna = fake.user(id=7)
    await anna.sends_photo(jpeg(), "вот такой кофе")
    await anna.sends_voice(OGG)
    photo, voice = map(source_of, fake.pending)
    assert await files.fetch(photo) == jpeg()
    assert await files.fetch(voice) == OGG


async def test_one_byte_more_than_we_keep_is_too_large_before_it_is_read(fake, files):
    await fake.user(id=7).sends_photo(bytes(LARGEST + 1))
    with pytest.raises(Lost) as lost:
        await files.fetch(source_of(fake.pending[0]))
    assert lost.value.trouble is FileTrouble.TOO_LARGE
    assert fake.calls["file"] == 0


async def test_more_than_telegram_gives_to_a_bot_is_too_large(fake, files):
    fake.world.files["huge"] = bytes(20_000_001)
    with pytest.raises(Lost) as lost:
        await files.fetch("huge")
    assert lost.value.trouble is FileTrouble.TOO_LARGE


async def test_one_that_says_it_is_small_is_read_no_further_than_we_keep(fake, files):
    fake.world.files["liar"] = b"small"
    fake.world.file_bodies["liar"] = bytes(LARGEST + 1)
    with pytest.raises(Lost) as lost:
        await files.fetch("liar")
    assert lost.value.trouble is FileTrouble.TOO_LARGE


async def test_what_telegram_does_not_know_may_be_there_the_next_time(fake, files):
    with pytest.raises(Exception, match="Telegram refuses it") as error:
        await files.fetch("unknown")
    assert not isinstance(error.value, Lost)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [  # a broken connection is tried a second time by the client itself
        ({"kind": "error_before", "method": "getFile"}, Ambiguous),
        ({"kind": "drop_before", "method": "getFile"}, Ambiguous),
        ({"kind": "too_many_requests", "method": "getFile"}, TryLater),
        ({"kind": "error_before", "method": "file"}, NotSent),
        ({"kind": "drop_before", "method": "file", "times": 2}, Ambiguous),
    ],
)
async def test_every_trouble_on_the_way_may_be_over_the_next_time(fake, files, fault, expected):
    await fake.user(id=7).sends_photo(jpeg())
    source = source_of(fake.pending[0])
    fake.faults.add(**fault)
    with pytest.raises(expected) as error:
        await files.fetch(source)
    assert SECRET not in repr(error.value)
    assert error.value.__context__ is None
    assert await files.fetch(source) == jpeg()


async def test_nobody_leads_us_elsewhere(fake, files):
    fake.world.files["moved"] = jpeg()
    fake.world.moved_files["moved"] = f"{fake.url}/bot{fake.token}/getMe"
    with pytest.raises(NotSent, match="302"):
        await files.fetch("moved")
    assert fake.calls["getMe"] == 0


async def test_without_a_connection_it_is_tried_again_and_the_token_is_in_no_word(caplog):
    caplog.set_level(logging.DEBUG)
    async with bot_for("http://127.0.0.1:9") as nowhere:
        with pytest.raises(NotSent) as error:
            await TelegramFiles(nowhere).fetch("any")
    assert SECRET not in repr(error.value) + caplog.text
