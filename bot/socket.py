"""The local door for commands that write while the program runs: a Unix socket beside the SQLite database.

A request is one line of JSON, `{"command": "init", "args": {}}`; so is its answer, `{"result": {…}}` or
`{"error": "…"}`. Only the user who runs the program may open it.
"""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

Handler = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]

LONGEST_LINE = 1024 * 1024
LONGEST_WAIT_SECONDS = 60.0


class NobodyListens(Exception):
    """No program serves this socket."""


class CommandFailed(Exception):
    """The running program refused, or broke. The text is its sentence."""


def socket_beside(database: Path) -> Path:
    return database.with_name(database.name + ".sock")


@asynccontextmanager
async def serve_commands(path: Path, handlers: Mapping[str, Handler]) -> AsyncIterator[None]:
    """Answer commands at `path` while the body runs. Who calls this holds the database's lock, so that a socket file
    found there was left by the dead."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await _answer(await reader.readline(), handlers)
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            pass  # the asker hung up, or the line is longer than any of ours
        finally:
            # An error in a handler goes on to asyncio's log, and the asker reads an end without an answer.
            writer.close()

    _remove(path)
    server = await asyncio.start_unix_server(serve, sock=_bound(path), limit=LONGEST_LINE)
    try:
        yield
    finally:
        server.close()
        _remove(path)


async def ask(path: Path, command: str, **args: Any) -> dict[str, Any]:
    """Let the running program do it. Raises NobodyListens, or CommandFailed with its sentence."""
    try:
        with _short(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=LONGEST_LINE)
    except (FileNotFoundError, ConnectionRefusedError):
        raise NobodyListens(f"nobody listens at {path}") from None
    try:
        async with asyncio.timeout(LONGEST_WAIT_SECONDS):
            writer.write(json.dumps({"command": command, "args": args}, ensure_ascii=False).encode() + b"\n")
            line = await reader.readline()
    except (TimeoutError, ConnectionError):
        line = b""
    finally:
        writer.close()
    if not line:
        raise CommandFailed("the running program gave no answer; its log tells why")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise CommandFailed(str(answer["error"]))
    result: dict[str, Any] = answer["result"]
    return result


async def _answer(line: bytes, handlers: Mapping[str, Handler]) -> dict[str, Any]:
    try:
        request = json.loads(line)
        handler, args = handlers.get(str(request["command"])), dict(request.get("args", {}))
    except (ValueError, TypeError, KeyError, AttributeError):
        return {"error": "this is not a command of ours"}
    if handler is None:
        return {"error": f"the running program does not know the command {request['command']!r}"}
    return {"result": await handler(args)}


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _bound(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)  # closed to others from its first moment, not a moment later
    try:
        with _short(path) as address:
            listener.bind(address)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(old)
    return listener


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for the socket that fits: the kernel takes about 100 bytes, and folders may be deeper than that."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        raise FileNotFoundError(str(path)) from None
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        with suppress(OSError):
            os.close(folder)
