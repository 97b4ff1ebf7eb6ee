"""A channel's token from the console: it starts that channel alone, at once, and a wrong one stops nothing."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.assembly import assemble
from bot.keys import Keys
from bot.settings import Settings
from tests.fakes.telegram import FakeTelegram
from tests.program import SECRET_KEY, TOKEN

pytestmark = pytest.mark.xdist_group("process")


async def _save(program, token):
    sealed = program.keys.seal(token) if token else ""
    now = datetime.now(UTC)
    await program.database.write(lambda store: store.business.change("channels.telegram.token", sealed, None, now))
    await program.messengers.refresh()


async def test_telegram_starts_changes_and_stops_with_its_token(sqlite_url):
    async with FakeTelegram(token=TOKEN) as telegram:
        settings = Settings(database_url=sqlite_url, telegram_api_url=telegram.url)
        async with assemble(settings, Keys(SECRET_KEY)) as program:
            assert program.messengers.telegram is None
            await _save(program, TOKEN)
            assert program.messengers.telegram.bot_id == "telegram:42424242"
            await telegram.user().says("привет")
            await telegram.user().hears("Чем помочь?")
            webchat = program.webchats[0].relay
            await _save(program, "")
            assert program.messengers.telegram is None
            assert not webchat.done()


async def test_a_text_that_is_no_token_leaves_everything_else_running(sqlite_url):
    settings = Settings(database_url=sqlite_url)
    async with assemble(settings, Keys(SECRET_KEY)) as program:
        await _save(program, "abc")
        assert program.messengers.telegram is None
        await asyncio.wait_for(program.beat(), 5)


async def test_a_token_sealed_with_a_lost_key_leaves_telegram_off(sqlite_url):
    settings = Settings(database_url=sqlite_url)
    async with assemble(settings, Keys(SECRET_KEY)) as program:
        sealed = Keys("another-key-of-thirty-two-characters-or-so").seal(TOKEN)
        now = datetime.now(UTC)
        await program.database.write(lambda store: store.business.change("channels.telegram.token", sealed, None, now))
        await program.messengers.refresh()
        assert program.messengers.telegram is None
