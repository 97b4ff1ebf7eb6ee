"""The night's own process: it reads beside the running program, judges the base, and ends with its parent.

The order comes as one line of JSON on its stdin (an address may hold a password: it stands in no list of processes),
the findings go as lines of JSON to its stdout. What it must do without: the program's secrets, and a say in anything.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from messaging.trouble import described
from scheduler.base_rating import gather, judged
from scheduler.work import Rate
from storage.database import read_beside

COMMAND: Final = "rating"
LONGEST_SECONDS: Final = 1800.0
MOST_MEMORY: Final = 2 * 1024**3
NICENESS: Final = 19
_CODE = Path(__file__).resolve().parents[1]


class RatingFailed(Exception):
    """The process ended without findings. The text says how, without anybody's data."""


def rated_beside(url: str) -> Rate:
    """`Work.rate` for this database."""

    @asynccontextmanager
    async def rate(zone: ZoneInfo, now: datetime) -> AsyncIterator[Iterator[str]]:
        order = json.dumps({"url": url, "zone": zone.key, "now": now.isoformat()})
        # Files without a name: nothing of them outlives us, and no pipe fills up while we write.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as found, tempfile.TemporaryFile("w+") as trouble:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", COMMAND),
                stdin=asyncio.subprocess.PIPE,
                stdout=found,
                stderr=trouble,
                env=_surroundings(),
            )
            try:
                assert process.stdin is not None
                process.stdin.write(order.encode() + b"\n")  # and stays open: its end is the child's end
                async with asyncio.timeout(LONGEST_SECONDS):
                    code = await process.wait()
            except TimeoutError:
                raise RatingFailed(f"no findings after {LONGEST_SECONDS:.0f} seconds") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            if code:
                trouble.seek(0)
                raise RatingFailed(_ending(code, trouble.read()))
            found.seek(0)
            yield iter(found)

    return rate


def _surroundings() -> dict[str, str]:
    """Our own code wherever we were started from, none of our settings, and a core for the conversation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTKLIK_")}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_CODE), kept.get("PYTHONPATH"))))
    kept["POLARS_MAX_THREADS"] = str(max(1, (os.cpu_count() or 2) - 1))
    return kept


def _ending(code: int, said: str) -> str:
    """The last line it said, which is ours; a traceback has only code in its last line before it."""
    if code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    lines = said.strip().splitlines()
    return f"the process ended with {code}: {lines[-1][:200] if lines else 'without a word'}"


# --- in the process itself


def rate_beside() -> int:
    """The exit code."""
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICENESS)
    _limit_memory()
    zone, now = ZoneInfo(order["zone"]), datetime.fromisoformat(order["now"])
    try:
        gathered = read_beside(order["url"], lambda store: gather(store, zone))
        for line in judged(gathered, zone, now):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except Exception as error:  # said without its words, which may be somebody's
        sys.stderr.write(described(error) + "\n")
        return 1
    return 0


def _end_with_parent() -> None:
    """Its stdin ends when the parent is gone, however it went."""
    while os.read(0, 1024):  # not through sys.stdin: its lock, held by a thread, would break a proper end
        pass
    os._exit(1)


def _limit_memory() -> None:
    """Where the system can: what is asked for above it fails here, and not in the program beside."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, resource.RLIM_INFINITY))
