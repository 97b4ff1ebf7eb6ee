"""The doctor against a Telegram, a port and a PostgreSQL that are really there."""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from bot import doctor, wire
from bot.doctor import FAIL, OK, WARN, Finding
from bot.settings import Settings
from bot.terminal import Terminal
from storage.kinds import Language
from storage.look import look
from storage.migrate import migrate, newest_revision
from tests.fakes.telegram import FakeTelegram
from tests.fakes.vk import FakeVk

TOKEN = "1234567:" + "A" * 35
KEY = "k" * 40


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(token=TOKEN) as fake:
        yield fake


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


async def examine(tmp_path, **given: object) -> dict[str, Finding]:
    settings = Settings(**{"database_url": f"sqlite:///{tmp_path}/otklik.db", "secret_key": KEY, **given})
    text = Terminal(Language.EN).text
    return {finding.check: finding for finding in await doctor.examine(settings, tmp_path, [], text)}


async def test_a_valid_token_is_answered_with_the_bots_name(fake, tmp_path, port):
    found = await examine(tmp_path, telegram_token=TOKEN, telegram_api_url=fake.url, port=port)
    assert found["telegram"] == Finding("telegram", OK, "Telegram knows the bot @otklik_bot.")
    assert found["clock"].state == OK and "Telegram" in found["clock"].says
    assert "webhook" not in found


async def test_the_community_is_asked_of_vk(tmp_path, port):
    async with FakeVk() as vk:
        given = {"vk_api_url": vk.url, "vk_group_id": vk.group_id, "port": port}
        found = await examine(tmp_path, vk_token=vk.token, **given)
        assert found["vk"] == Finding("vk", OK, "VK knows the community otklik.")
        found = await examine(tmp_path, vk_token="vk1.a." + "x" * 40, **given)
        assert (found["vk"].state, "error 5" in found["vk"].says) == (FAIL, True)
        assert vk.violations == []
    found = await examine(tmp_path, vk_token=vk.token, **given)
    assert found["vk"].state == FAIL
    assert "OTKLIK_VK_API_URL" in found["vk"].advice


async def test_a_token_telegram_does_not_know_is_broken_and_never_printed(fake, tmp_path, port):
    wrong = "1234567:" + "B" * 35
    found = await examine(tmp_path, telegram_token=wrong, telegram_api_url=fake.url, port=port)
    assert found["telegram"].state == FAIL
    assert all("BBB" not in finding.says + finding.advice for finding in found.values())


async def test_a_webhook_that_is_not_ours_is_a_warning(fake, tmp_path, port):
    found = await examine(
        tmp_path,
        telegram_token=TOKEN,
        telegram_api_url=fake.url,
        telegram_mode="webhook",
        telegram_webhook_secret="s",
        public_url="https://bot.example.com",
        port=port,
    )
    assert found["webhook"].state == WARN


async def test_a_port_of_somebody_else_is_broken(tmp_path, port):
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.com ready\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", port):
        assert (await examine(tmp_path, port=port))["port"].state == FAIL


async def test_a_free_port_is_fine(tmp_path, port):
    assert (await examine(tmp_path, port=port))["port"].says == f"Port {port} is free."


async def test_our_own_healthz_is_recognised(tmp_path, port):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"ok": true}')
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        home = await asyncio.to_thread(wire.our_health, Settings(port=port))
    assert home is wire.Home.OURS


async def test_an_old_revision_is_broken_and_says_migrate(sqlite_url, tmp_path, port):
    await migrate(sqlite_url, "base")
    found = await examine(tmp_path, port=port)
    assert found["database"].state == FAIL
    assert "otklik migrate" in found["database"].advice


async def test_an_affected_sqlite_is_a_warning_that_says_it_is_harmless_here(sqlite_url, tmp_path, port):
    found = (await examine(tmp_path, port=port))["sqlite"]
    is_affected = (3, 7, 0) <= sqlite3.sqlite_version_info <= (3, 51, 2)
    assert found.state == (WARN if is_affected else OK)
    assert not is_affected or "nothing to do" in found.advice


async def test_both_engines_tell_version_and_revision(database_url):
    seen = await look(database_url)
    assert (seen.revision, seen.trouble) == (newest_revision(), None)
    assert seen.engine_version[0].isdigit()


async def test_on_postgres_the_server_is_named_and_no_disk_of_ours_is_measured(new_postgres_url, tmp_path, port):
    found = await examine(tmp_path, database_url=new_postgres_url(), port=port)
    assert found["postgres"].state == found["database"].state == OK
    assert "disk" not in found and "sqlite" not in found


async def test_looking_makes_no_file(tmp_path):
    seen = await look(f"sqlite+aiosqlite:///{tmp_path}/none/otklik.db")
    assert seen.trouble == "there is no such file"
    assert list(tmp_path.iterdir()) == []


def test_the_report_has_a_line_for_each_finding_and_its_advice_under_it():
    text = Terminal(Language.RU).text
    report = doctor.lines([Finding("disk", FAIL, "мало места", "освободите"), Finding("port", OK, "свободен")], text)
    assert [line.split(maxsplit=1)[-1] for line in report] == ["мало места", "освободите", "свободен"]
    assert report[0].startswith("ПЛОХО")
