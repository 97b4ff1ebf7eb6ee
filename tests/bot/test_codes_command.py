"""`otklik codes make` as a person meets it: the file it writes, what it says, and a running program."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import pytest

from bot.commands import handlers
from bot.settings import Settings
from bot.socket import serve_commands, socket_beside
from loyalty.code_generation import begin, make_page
from storage.database import open_database
from storage.kinds import PromoKind
from storage.migrate import migrate
from storage.models import PromoCampaign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path}/otklik.db")


@pytest.fixture
def make(commands, tmp_path, settings):
    """Run the command in a folder with a campaign «Весна»."""
    return partial(commands.run, tmp_path, "codes", "make", OTKLIK_DATABASE_URL=settings.database_url)


@pytest.fixture
async def campaign(settings) -> PromoCampaign:
    await migrate(settings.database_url)
    made = PromoCampaign(
        slug="spring", name="Весна", kind=PromoKind.PERCENT, value=10, code_prefix="SPRING", created_at=NOW
    )
    await _with(settings, lambda store: store.promos.add_campaign(made))
    return made


async def _with(settings, unit):
    database = await open_database(settings.database_url)
    try:
        return await database.write(unit)
    finally:
        await database.close()


def codes_in(file) -> list[str]:
    title, *codes = file.read_text(encoding="utf-8").split()
    assert title == "code"
    return codes


async def test_so_many_different_codes_lie_in_the_file_and_no_half_of_one(make, campaign, tmp_path):
    done = await asyncio.to_thread(make, "весна", "--count", "3000", "--out", "codes.csv")
    assert (done.returncode, done.stdout) == (0, "Done. Codes: 3000, file: codes.csv\n"), done.stderr
    codes = codes_in(tmp_path / "codes.csv")
    assert len(set(codes)) == 3000
    assert all(code.startswith("SPRING-") and len(code) == 15 for code in codes)
    assert not (tmp_path / "codes.csv.part").exists()


async def test_what_was_cut_off_goes_on_where_it_stopped(make, campaign, settings, tmp_path):
    def half(store):
        begun = begin(store, campaign, 3000, None, NOW)
        return make_page(store, begun.id, 1000, NOW)

    await _with(settings, half)
    done = await asyncio.to_thread(make, "spring", "--count", "3000", "--out", "codes.csv")
    assert done.returncode == 0, done.stderr
    assert len(set(codes_in(tmp_path / "codes.csv"))) == 3000
    counts = await _with(settings, lambda store: store.promo_reports.counts([campaign.id]))
    assert counts[campaign.id].issued == 3000


async def test_while_the_program_runs_it_makes_them(make, campaign, settings, tmp_path):
    database = await open_database(settings.database_url)
    async with serve_commands(socket_beside(tmp_path / "otklik.db"), handlers(database, settings)):
        done = await asyncio.to_thread(make, "Весна", "--count", "5500", "--out", "codes.csv")
    await database.close()
    assert done.returncode == 0, done.stderr
    assert len(set(codes_in(tmp_path / "codes.csv"))) == 5500


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Лето", "--count", "5", "--out", "codes.csv"), "There is no campaign “Лето”"),
        (("Весна", "--count", "0", "--out", "codes.csv"), "a number from 1 to 10000000 is needed"),
        (("Весна", "--count", "5", "--out", "there.csv"), "is there already"),
        (("Весна", "--count", "5", "--out", "no/codes.csv"), "There is no folder"),
        (("Тонкая", "--count", "500", "--out", "codes.csv"), "could be guessed. Use 5 # signs"),
    ],
)
async def test_what_cannot_be_is_a_sentence_and_nothing_is_made(make, campaign, settings, tmp_path, arguments, told):
    thin = PromoCampaign(
        slug="thin", name="Тонкая", kind=PromoKind.GIFT, value=0, code_pattern="THIN-###", created_at=NOW
    )
    await _with(settings, lambda store: store.promos.add_campaign(thin))
    (tmp_path / "there.csv").write_text("old", encoding="utf-8")
    done = await asyncio.to_thread(make, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "codes.csv").exists()
