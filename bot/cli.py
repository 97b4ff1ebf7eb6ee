"""The command line: what each command does, which sentence a trouble becomes, and the exit codes 0, 1 and 2."""

import asyncio
import json
import socket
import sys
from argparse import Namespace
from collections.abc import Coroutine, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.opening import TooNew, Unreachable, bring_up_to_date, opened
from bot.terminal import Progress, Terminal
from bot.usage import WRONG_USAGE, parse

# Each command imports what it needs when it runs: `otklik --version` answers before aiogram could be loaded (trap 11).
if TYPE_CHECKING:
    from bot.keys import Secret
    from bot.settings import Settings

OK, PROBLEM = 0, 1
DEFAULT_DATA = Path("data")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. A trouble that has a remedy is a sentence on stderr."""
    terminal = Terminal()
    arguments = parse(sys.argv[1:] if argv is None else argv, terminal)
    from bot.keys import NoSecret
    from bot.settings import WrongSettings
    from bot.socket import CommandFailed
    from storage.database import DatabaseBusy

    try:
        return _COMMANDS[arguments.command](arguments, terminal)
    except WrongSettings as wrong:
        terminal.complain("settings.wrong", problems="\n".join(f"  {problem}" for problem in wrong.problems))
    except NoSecret as none:
        terminal.complain(f"secret.{none.problem}", file=none.file)
    except Unreachable as unreachable:
        terminal.complain("database.unreachable", trouble=str(unreachable))
    except TooNew as too_new:
        terminal.complain("database.too_new", revision=str(too_new))
    except DatabaseBusy as busy:
        terminal.complain("database.busy", details=str(busy))
    except CommandFailed as failed:
        terminal.complain("running.refused", details=str(failed))
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileNotFoundError, FileExistsError) as error:
        terminal.complain("files.refused", file=error.filename, reason=error.strerror)
    except KeyboardInterrupt:
        terminal.complain("stopped")
        return OK if arguments.command in ("run", "demo") else PROBLEM
    return PROBLEM


# --- commands


def _run(arguments: Namespace, terminal: Terminal) -> int:
    from bot.keys import Keys, load_secret
    from storage.look import sqlite_file

    settings = _settings()
    if arguments.only and sqlite_file(settings.database_url):
        terminal.complain("run.only_needs_postgres")
        return WRONG_USAGE
    secret = load_secret(settings, data_dir(settings))
    _log(settings, secret)
    asyncio.run(bring_up_to_date(settings))
    from bot.assembly import serve

    _run_until_stopped(serve(settings, Keys(secret.value), only=arguments.only))
    return OK


def _init(arguments: Namespace, terminal: Terminal) -> int:
    from bot.keys import load_or_make_secret
    from storage.database import DatabaseBusy

    settings = _settings()
    _log(settings)
    try:
        _say_migrated(asyncio.run(bring_up_to_date(settings)), terminal)
        secret = load_or_make_secret(settings, data_dir(settings))
        if secret.is_new:
            terminal.say("secret.made", file=secret.file)
    except DatabaseBusy:
        pass  # it runs, so it is migrated and has its key; what is left to do it does for us
    invited = asyncio.run(_invite(settings))
    if invited["owner"]:
        terminal.say("init.owner_exists", login=invited["owner"])
    else:
        terminal.say("init.open_link", address=invited["address"])
    terminal.say("init.next")
    return OK


def _migrate(arguments: Namespace, terminal: Terminal) -> int:
    settings = _settings()
    _log(settings)
    _say_migrated(asyncio.run(bring_up_to_date(settings)), terminal)
    return OK


def _say_migrated(has_changed: bool, terminal: Terminal) -> None:
    from storage.migrate import newest_revision

    terminal.say("migrate.done" if has_changed else "migrate.was_newest", revision=newest_revision())


def _doctor(arguments: Namespace, terminal: Terminal) -> int:
    from bot import doctor
    from bot.settings import WrongSettings, unknown_variables

    try:
        settings = _settings()
    except WrongSettings as wrong:
        findings = [doctor.wrong_settings(problem, terminal.text) for problem in wrong.problems]
    else:
        _log(settings, level="ERROR")
        unknown = unknown_variables(Path(".env"))
        findings = asyncio.run(doctor.examine(settings, data_dir(settings), unknown, terminal.text))
    if arguments.json:
        terminal.write(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        terminal.write("\n".join(doctor.lines(findings, terminal.text)))
    return PROBLEM if any(finding.state == doctor.FAIL for finding in findings) else OK


def _demo(arguments: Namespace, terminal: Terminal) -> int:
    from bot import demo, logs
    from bot.keys import Keys, load_or_make_secret
    from bot.settings import Settings

    # Built by hand: whatever the environment holds, a demo has no token and speaks to nobody.
    file = (arguments.data / "otklik.db").as_posix()
    settings = Settings(
        database_url=f"sqlite:///{file}", host="127.0.0.1", port=arguments.port, default_language=terminal.language
    )
    if not _is_free(settings.port):
        terminal.complain("demo.port_taken", port=settings.port, other=settings.port % 65535 + 1)
        return PROBLEM
    secret = load_or_make_secret(settings, arguments.data)
    logs.set_up("WARNING", [secret.value])
    asyncio.run(_fill_demo(settings, terminal, fresh=arguments.fresh))
    address = f"http://127.0.0.1:{settings.port}"
    terminal.say("demo.ready", address=address, login=demo.OWNER, password=demo.PASSWORD)
    from bot.assembly import serve

    _run_until_stopped(serve(settings, Keys(secret.value), demo=True))
    return OK


def _audit(arguments: Namespace, terminal: Terminal) -> int:
    from bot.import_command import unreadable
    from bot.importing import Order
    from bot.losses import Outputs, audit_file
    from console.words import Words
    from loyalty.cells import DateOrder
    from loyalty.table_file import Rules
    from storage.kinds import ImportKind

    source: Path = arguments.file
    if trouble := unreadable(source):
        terminal.complain("import.unreadable", file=source, reason=trouble)
        return WRONG_USAGE
    html: Path | None = arguments.html
    if html is None and arguments.json is None:
        html = source.with_name(source.name + ".losses.html")
    refusals: Path = arguments.refused or source.with_name(source.name + ".refused.csv")
    if same := next((file for file in (html, arguments.json, refusals) if file and _is_same(file, source)), None):
        terminal.complain("audit.writes_source", file=same)
        return WRONG_USAGE
    zone = _settings().time_zone
    slashed = DateOrder(arguments.dates) if arguments.dates else None
    rules = Rules(zone, arguments.currency, datetime.now(UTC), slashed=slashed)
    order, words = Order(ImportKind.PURCHASES, source, refusals, rules), Words(arguments.language, zone)
    return asyncio.run(audit_file(order, Outputs(html, arguments.json), words, terminal))


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _run_until_stopped(serving: "Coroutine[Any, Any, None]") -> None:
    """On uvloop where there is one: it turns a third more messages a second."""
    try:
        import uvloop
    except ImportError:  # no wheel for this system
        loop_factory = None
    else:
        loop_factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(serving)


def _import(arguments: Namespace, terminal: Terminal) -> int:
    from bot.import_command import run_import

    settings = _settings()
    _log(settings)
    return run_import(arguments, settings, terminal)


def _codes(arguments: Namespace, terminal: Terminal) -> int:
    from bot.codes_command import run_codes

    settings = _settings()
    _log(settings)
    return run_codes(arguments, settings, terminal)


def _rate(arguments: Namespace, terminal: Terminal) -> int:
    settings = _settings()
    _log(settings)
    changed = asyncio.run(_rate_the_base(settings))
    if changed is None:
        terminal.say("rate.asked")
    else:
        terminal.say("rate.done", rows=changed)
    return OK


def _rating(arguments: Namespace, terminal: Terminal) -> int:
    from bot.night import rate_beside

    return rate_beside()


_COMMANDS = {
    "run": _run,
    "init": _init,
    "migrate": _migrate,
    "doctor": _doctor,
    "demo": _demo,
    "import": _import,
    "audit": _audit,
    "codes": _codes,
    "rate": _rate,
    "rating": _rating,
}


# --- the database


async def _invite(settings: "Settings") -> dict[str, Any]:
    """Invite the first owner; the running program does it where it holds the database."""
    from bot.commands import invite_owner
    from bot.socket import NobodyListens, ask, socket_beside
    from storage.database import DatabaseBusy
    from storage.look import sqlite_file

    try:
        async with opened(settings) as database:
            return await database.write(lambda store: invite_owner(store, settings))
    except DatabaseBusy as busy:
        try:
            return await ask(socket_beside(sqlite_file(settings.database_url) or Path()), "init")
        except NobodyListens:
            raise busy from None


async def _rate_the_base(settings: "Settings") -> int | None:
    """Judge the whole base now; None where the running program was asked to."""
    from bot.night import rated_beside
    from bot.socket import NobodyListens, ask, socket_beside
    from scheduler.night import rate_now
    from storage.database import DatabaseBusy
    from storage.look import sqlite_file

    try:
        async with opened(settings) as database:
            return await rate_now(database, rated_beside(settings.database_url), settings.time_zone, datetime.now(UTC))
    except DatabaseBusy as busy:
        try:
            await ask(socket_beside(sqlite_file(settings.database_url) or Path()), "rate")
        except NobodyListens:
            raise busy from None
    return None


async def _fill_demo(settings: "Settings", terminal: Terminal, *, fresh: bool) -> None:
    """Make the sample, unless it is there. Raises DatabaseBusy when a demo runs here already."""
    from bot import demo
    from bot.night import rated_beside
    from console.access import hash_password
    from scheduler.night import rate_now
    from storage.look import sqlite_file
    from storage.migrate import migrate

    if fresh:
        async with opened(settings):
            pass  # nobody else has it open
        _forget(sqlite_file(settings.database_url) or Path())
    async with opened(settings) as database:
        await migrate(settings.database_url)
        if await database.read(demo.is_filled):
            return
        progress = Progress(terminal.text("demo.filling"))
        sample = demo.sample(datetime.now(UTC), terminal.language, hash_password(demo.PASSWORD))
        await database.write(lambda store: demo.fill(store, sample, progress))
        progress.end()
        # What a night would have found by now: nobody wants to meet empty pages.
        progress = Progress(terminal.text("demo.rating"))
        progress(0, 1)
        await rate_now(database, rated_beside(settings.database_url), settings.time_zone, datetime.now(UTC))
        progress(1, 1)
        progress.end()


def _forget(file: Path) -> None:
    """Delete a SQLite database; the lock file stays, because somebody may be waiting at it."""
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


# --- small things


def data_dir(settings: "Settings") -> Path:
    """Where our own files lie: beside the SQLite database, or in `data/` when the database is elsewhere."""
    from storage.look import sqlite_file

    file = sqlite_file(settings.database_url)
    return file.parent if file else DEFAULT_DATA


def _settings() -> "Settings":
    from bot import logs
    from bot.settings import load_settings

    logs.set_up("WARNING")  # a misspelt variable is warned of before the settings can say how much to log
    return load_settings()


def _log(settings: "Settings", secret: "Secret | None" = None, level: str | None = None) -> None:
    from bot import logs

    logs.set_up(level or settings.log_level.value, [*logs.secrets_of(settings), *([secret.value] if secret else [])])


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
