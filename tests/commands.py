"""`otklik …` as a process of its own that does not pay for its imports: it is forked from one that has them already.

A command takes two seconds, of which its libraries take most to load, and dozens of tests call one. What a command may
depend on is as real as in a shell: its arguments, environment, folder, streams and exit code. That the program starts
from nothing is for `tests/process` to tell.
"""

import atexit
import gc
import importlib
import json
import os
import select
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
BARE = {name: value for name, value in os.environ.items() if not name.startswith(("OTKLIK_", "LC_", "LANG"))}
LOADED = (
    "bot.cli",
    "bot.doctor",
    "bot.importing",
    "bot.losses",
    "bot.settings",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "storage.database",
    "storage.migrate",
)
PATIENCE_SECONDS = 60


class Commands:
    """The process that has everything loaded and forks one command after another."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.commands"],
            cwd=ROOT,
            env={**BARE, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `otklik` with these arguments in a folder, with no setting but these."""
        with tempfile.TemporaryDirectory() as place:
            out, err = Path(place, "out"), Path(place, "err")
            order = {
                "arguments": arguments,
                "folder": str(folder),
                "environment": {**BARE, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment},
                "streams": [os.devnull, str(out), str(err)],
            }
            code = self._ask(json.dumps(order))
            texts = (stream.read_text(encoding="utf-8") for stream in (out, err))
            return subprocess.CompletedProcess(arguments, code, *texts)

    def stop(self) -> None:
        self._process.communicate()

    def _ask(self, order: str) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], PATIENCE_SECONDS)[0]:
            os.killpg(self._process.pid, 9)
            raise TimeoutError(f"no end after {PATIENCE_SECONDS} s: {order}")
        return int(self._process.stdout.readline())


def serve() -> None:
    """Do what standard input orders, a line each; answer with the exit code."""
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()  # a fork that collects garbage would copy every page of it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(**json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()


def become(arguments: list[str], folder: str, environment: dict[str, str], streams: list[str]) -> NoReturn:
    """Be the command: this process ends as it does."""
    for number, path in enumerate(streams):
        stream = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os._exit(_left_with(arguments))  # not by the door: to take all the libraries down costs as much as to load them


def _left_with(arguments: list[str]) -> int:
    from bot.cli import main

    try:
        code = main(arguments)
    except SystemExit as left:
        assert isinstance(left.code, int)
        code = left.code
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve()
