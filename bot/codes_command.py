"""`otklik codes make`: many unique promo codes with a bar, and a CSV of them; killed, it goes on where it stopped."""

import asyncio
import csv
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from bot.opening import through_a_door
from bot.socket import ask
from bot.terminal import Progress, Terminal
from bot.usage import WRONG_USAGE
from loyalty.campaigns import text_of
from loyalty.code_generation import (
    PAGE_ALONE,
    PAGE_BESIDE_CHATS,
    Unmakeable,
    begin,
    bulk_pattern,
    make_page,
    named,
)
from loyalty.promo_rules import places_needed
from storage.kinds import GenerationState
from storage.look import sqlite_file
from storage.store import Store

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.socket import Handler
    from storage.database import Database

OK, PROBLEM = 0, 1
CSV_PAGE = 5000


class Door(Protocol):
    """Where the codes are made: `begin` answers with an id, or with why not and the campaign's pattern."""

    async def begin(self, campaign: str, count: int) -> dict[str, Any]: ...
    async def make(self, generation: str) -> dict[str, Any]: ...
    async def codes(self, generation: str, after: str) -> Sequence[str]: ...


def run_codes(arguments: Namespace, settings: "Settings", terminal: Terminal) -> int:
    """Make codes and write them down; the exit code."""
    out: Path = arguments.out
    if out.exists():
        terminal.complain("codes.exists", file=out)
        return WRONG_USAGE
    if not out.absolute().parent.is_dir():
        terminal.complain("codes.no_folder", file=out.absolute().parent)
        return WRONG_USAGE
    page = PAGE_ALONE if sqlite_file(settings.database_url) else PAGE_BESIDE_CHATS

    def alone(database: "Database") -> Door:
        return Alone(database, page)

    return asyncio.run(through_a_door(settings, alone, HandedOver, lambda door: _make(door, arguments, terminal)))


async def _make(door: Door, arguments: Namespace, terminal: Terminal) -> int:
    begun = await door.begin(arguments.campaign, arguments.count)
    if "problem" in begun:
        problem = begun["problem"]
        terminal.complain(
            f"codes.{problem}",
            campaign=arguments.campaign,
            pattern=begun["pattern"],
            places=places_needed(arguments.count),
        )
        return WRONG_USAGE
    progress = Progress(terminal.text("codes.making"))
    far = {"made": 0, "wanted": arguments.count, "state": GenerationState.RUNNING.value}
    while far["state"] == GenerationState.RUNNING.value:
        far = await door.make(begun["id"])
        progress(far["made"], far["wanted"])
    progress.end()
    part = arguments.out.with_name(arguments.out.name + ".part")
    written = await _write(door, begun["id"], part)
    part.replace(arguments.out)
    terminal.say("codes.done", count=written, file=arguments.out)
    return OK if written == far["wanted"] else PROBLEM


async def _write(door: Door, generation: str, file: Path) -> int:
    """The codes, one a line, under a title; how many."""
    after, written = "", 0
    with file.open("w", encoding="utf-8", newline="") as opened_file:
        writer = csv.writer(opened_file)
        writer.writerow(["code"])
        while page := await door.codes(generation, after):
            writer.writerows([text] for text in page[1:])
            written += len(page) - 1
            after = page[0]
    return written


class Alone:
    """The database is ours, or a server's."""

    def __init__(self, database: "Database", page: int) -> None:
        self._database = database
        self._page = page

    async def begin(self, campaign: str, count: int) -> dict[str, Any]:
        return await self._database.write(lambda store: _begin(store, campaign, count))

    async def make(self, generation: str) -> dict[str, Any]:
        return await self._database.write(lambda store: _page(store, generation, self._page))

    async def codes(self, generation: str, after: str) -> Sequence[str]:
        return await self._database.read(lambda store: _codes(store, generation, after))


class HandedOver:
    """The running program does it; what it is asked stands in `handlers`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def begin(self, campaign: str, count: int) -> dict[str, Any]:
        return await ask(self._socket, "codes_begin", campaign=campaign, count=count)

    async def make(self, generation: str) -> dict[str, Any]:
        return await ask(self._socket, "codes_page", id=generation)

    async def codes(self, generation: str, after: str) -> Sequence[str]:
        answer = await ask(self._socket, "codes_read", id=generation, after=after)
        codes: list[str] = answer["codes"]
        return codes


def handlers(database: "Database") -> Mapping[str, "Handler"]:
    """The other side, in the running program: by command, for `bot.socket.serve_commands`."""
    alone = Alone(database, PAGE_BESIDE_CHATS)

    async def codes_begin(args: dict[str, Any]) -> dict[str, Any]:
        return await alone.begin(str(args["campaign"]), int(args["count"]))

    async def codes_page(args: dict[str, Any]) -> dict[str, Any]:
        return await alone.make(str(args["id"]))

    async def codes_read(args: dict[str, Any]) -> dict[str, Any]:
        return {"codes": await alone.codes(str(args["id"]), str(args["after"]))}

    return {"codes_begin": codes_begin, "codes_page": codes_page, "codes_read": codes_read}


# --- units


def _begin(store: Store, text: str, count: int) -> dict[str, Any]:
    campaign = named(store, text)
    begun = begin(store, campaign, count, None, datetime.now(UTC))
    if isinstance(begun, Unmakeable):
        return {"problem": begun.value, "pattern": bulk_pattern(campaign) if campaign else ""}
    return {"id": begun.id.hex}


def _page(store: Store, generation: str, at_most: int) -> dict[str, Any]:
    far = make_page(store, UUID(generation), at_most, datetime.now(UTC))
    return {"made": far.made, "wanted": far.wanted, "state": far.state.value}


def _codes(store: Store, generation: str, after: str) -> list[str]:
    """The last code as it is stored, and the page as people read it; nothing after the last page."""
    codes = store.code_generations.codes(UUID(generation), after, CSV_PAGE)
    if not codes:
        return []
    made = store.code_generations.get(UUID(generation))
    campaign = store.promos.campaign_by_id(made.campaign_id) if made else None
    assert campaign is not None  # it has codes
    return [codes[-1], *(text_of(campaign, code) for code in codes)]
