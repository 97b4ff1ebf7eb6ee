"""The command line as a person meets it: sentences instead of tracebacks, exit codes 0, 1 and 2."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from bot.commands import handlers
from bot.settings import Settings
from bot.socket import serve_commands, socket_beside
from storage.database import open_database
from storage.kinds import Role
from storage.migrate import migrate
from storage.models import Staff

ROOT = Path(__file__).parents[2]
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("OTKLIK_", "LC_", "LANG"))}
URL = "sqlite+aiosqlite:///"


@pytest.fixture
def otklik(commands, tmp_path):
    """Run the command in an empty folder."""
    return partial(commands.run, tmp_path)


def link_in(output: str) -> str:
    return next(line.strip() for line in output.splitlines() if "/console/setup/" in line)


# --- how it is called


def test_the_version_is_told_without_loading_anything_heavy():
    code = (
        "import sys\nfrom bot.cli import main\n"
        "try: main(['--version'])\nexcept SystemExit: pass\n"
        "print([name for name in ('aiogram', 'sqlalchemy', 'fastapi', 'vk_api') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[0].startswith("otklik ")
    assert told.stdout.splitlines()[1] == "[]"


def test_without_a_command_it_shows_its_help_and_leaves_with_2(otklik):
    done = otklik()
    assert done.returncode == 2
    assert "demo" in done.stderr and "doctor" in done.stderr


def test_help_speaks_the_language_of_the_terminal(otklik):
    assert otklik("--help", LANG="ru_RU.UTF-8").stdout.startswith("Вызов:")
    assert otklik("--help", LANG="de_DE.UTF-8").stdout.startswith("Usage:")


def test_a_misspelt_command_is_answered_with_the_nearest_one(otklik):
    done = otklik("doctr")
    assert done.returncode == 2
    assert "otklik doctor" in done.stderr


@pytest.mark.parametrize("arguments", [("demo", "--port", "0"), ("run", "--only", "kitchen"), ("init", "--faster")])
def test_options_without_sense_are_refused_with_2(otklik, arguments):
    done = otklik(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# --- init


def test_init_twice_keeps_the_key_and_gives_a_fresh_link(otklik, tmp_path):
    first, second = otklik("init"), otklik("init")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "secret.key" in first.stdout and "secret.key" not in second.stdout
    assert link_in(first.stdout) != link_in(second.stdout)
    assert link_in(first.stdout).startswith("http://127.0.0.1:8080/console/setup/")
    assert (tmp_path / "data/secret.key").stat().st_mode & 0o077 == 0


def test_the_link_carries_the_public_address(otklik):
    assert link_in(otklik("init", OTKLIK_PUBLIC_URL="https://bot.example.com").stdout).startswith(
        "https://bot.example.com/console/setup/"
    )


async def test_with_an_owner_init_gives_no_link(otklik, tmp_path):
    otklik("init")
    database = await open_database(f"{URL}{tmp_path}/data/otklik.db")
    olga = Staff(login="olga", name="Olga", role=Role.OWNER, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    await database.write(lambda store: store.staff.add(olga))
    await database.close()
    done = otklik("init")
    assert done.returncode == 0
    assert "olga" in done.stdout and "/console/setup/" not in done.stdout


async def test_while_the_program_runs_it_makes_the_link_for_init(otklik, tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/otklik.db", public_url="https://bot.example.com")
    await migrate(settings.database_url)
    database = await open_database(settings.database_url)
    async with serve_commands(socket_beside(tmp_path / "otklik.db"), handlers(database, settings)):
        done = await asyncio.to_thread(otklik, "init", OTKLIK_DATABASE_URL=settings.database_url)
    await database.close()
    assert done.returncode == 0
    assert link_in(done.stdout).startswith("https://bot.example.com/console/setup/")


async def test_a_second_process_is_refused_with_a_sentence(otklik, tmp_path):
    otklik("init")
    database = await open_database(f"{URL}{tmp_path}/data/otklik.db")
    refused = [otklik("init"), otklik("run"), otklik("migrate")]
    await database.close()
    for done in refused:
        assert done.returncode == 1
        assert "in use by another Otklik process" in done.stderr and str(os.getpid()) in done.stderr
        assert "Traceback" not in done.stderr


# --- run


def test_run_without_a_key_says_what_to_do(otklik):
    done = otklik("run")
    assert done.returncode == 1
    assert "otklik init" in done.stderr


def test_sqlite_is_not_split_into_processes(otklik):
    done = otklik("run", "--only", "web,relay")
    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr or "postgresql" in done.stderr


def test_wrong_settings_are_a_list_of_sentences(otklik):
    done = otklik("run", OTKLIK_PORT="door", OTKLIK_TIME_ZONE="Mars/Olympus")
    assert done.returncode == 1
    assert "OTKLIK_PORT" in done.stderr and "OTKLIK_TIME_ZONE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_a_sentence(otklik, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    done = otklik("init")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "init", "migrate"])
def test_a_database_of_a_newer_program_is_left_alone(otklik, tmp_path, command):
    otklik("init")
    with closing(sqlite3.connect(tmp_path / "data/otklik.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    done = otklik(command)
    assert done.returncode == 1
    assert "9999" in done.stderr and "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_a_sentence_without_its_password(otklik):
    done = otklik("migrate", OTKLIK_DATABASE_URL="postgresql://me:openword@127.0.0.1:1/otklik")
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert "openword" not in done.stderr + done.stdout


# --- doctor


def states(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {finding["check"]: finding["state"] for finding in json.loads(done.stdout)}


def test_before_init_the_doctor_names_what_is_missing_and_makes_nothing(otklik, tmp_path):
    done = otklik("doctor", "--json")
    assert done.returncode == 1
    assert states(done)["secret_key"] == "fail"
    assert states(done)["database"] == "fail"
    assert list(tmp_path.iterdir()) == []


def test_after_init_the_doctor_finds_nothing_broken(otklik):
    otklik("init")
    done = otklik("doctor", "--json", OTKLIK_PORT="18731")
    assert done.returncode == 0, done.stdout
    assert states(done)["database"] == "ok"


async def test_the_doctor_looks_while_the_program_runs(otklik, tmp_path):
    otklik("init")
    database = await open_database(f"{URL}{tmp_path}/data/otklik.db")
    done = otklik("doctor", "--json", OTKLIK_PORT="18732")
    await database.close()
    assert done.returncode == 0, done.stdout


def test_a_key_that_others_can_read_is_a_warning(otklik, tmp_path):
    otklik("init")
    (tmp_path / "data/secret.key").chmod(0o644)
    assert states(otklik("doctor", "--json"))["secret_key"] == "warn"


def test_a_damaged_database_is_told_in_a_line(otklik, tmp_path):
    otklik("init")
    (tmp_path / "data/otklik.db").write_bytes(b"this is not a database " * 100)
    done = otklik("doctor")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "FAIL" in done.stdout


def test_the_doctor_lists_wrong_settings_too(otklik):
    done = otklik("doctor", OTKLIK_PORT="door")
    assert done.returncode == 1
    assert "OTKLIK_PORT" in done.stdout


def test_an_unreachable_telegram_is_told_without_the_token(otklik):
    token = "123456789:" + "A" * 35
    otklik("init")
    done = otklik("doctor", OTKLIK_TELEGRAM_TOKEN=token, OTKLIK_TELEGRAM_API_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert "Telegram does not answer" in done.stdout
    assert token not in done.stdout + done.stderr
