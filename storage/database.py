"""The engine, and the one place that commits. A unit is a plain function of the store: all of it happens, or nothing.

On SQLite a unit runs whole on the write connection's own thread (one hand-over, not one a statement), and the writer
carries all units that wait in one commit, each in its savepoint. On PostgreSQL each unit is a transaction of its own.
A caller hears of its unit only after the commit. docs/adr/0002 tells why.
"""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Generic, Protocol, TypeVar

import aiosqlite
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from storage.changes import Changes
from storage.store import Store

T = TypeVar("T")
Unit = Callable[[Store], T]

READERS = 4
LARGEST_COMMIT = 256
LONGEST_COMMIT_SECONDS = 0.02


class DatabaseBusy(Exception):
    """Another process has this SQLite file open for writing. The text says what to do."""


class DatabaseClosed(Exception):
    """Asked to write after the end."""


class Database(Protocol):
    """Where units run."""

    changes: Changes

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit, commit it, then hand out what it returned. An exception in it leaves no trace in the tables."""

    async def read(self, unit: Unit[T]) -> T:
        """Run a unit that only looks. It sees one consistent state and can change nothing."""

    async def close(self) -> None: ...


async def open_database(url: str) -> Database:
    """Open `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`. Raises DatabaseBusy."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return await SqliteDatabase.open(parsed)
    return PostgresDatabase(parsed)


def read_beside(url: str, unit: Unit[T]) -> T:
    """Run a unit that only looks, in a process beside the one that serves this database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return asyncio.run(_read_once(PostgresDatabase(parsed), unit))
    file = f"{Path(parsed.database or '').absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(file, uri=True, isolation_level=None)) as handle:
        handle.execute("PRAGMA busy_timeout=5000")
        engine = create_engine("sqlite://", creator=lambda: handle, poolclass=StaticPool, hide_parameters=True)
        with engine.connect() as connection:
            return _look(connection, unit)


async def _read_once(database: "PostgresDatabase", unit: Unit[T]) -> T:
    try:
        return await database.read(unit)
    finally:
        await database.close()


# hide_parameters everywhere: an error of SQLAlchemy carries its statement's values, which are customers' words (I13).


# --- SQLite


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    unit: Unit[T]
    done: "asyncio.Future[T]"


@dataclass(slots=True)
class _Outcome:
    """What came of one job: a value or an error, and the topics it touched."""

    value: Any = None
    error: BaseException | None = None
    topics: frozenset[str] = frozenset()


class SqliteDatabase:
    """One write connection behind one queue; four connections that only read; one lock file beside the database."""

    def __init__(self, engine: AsyncEngine, lock: IO[str], writer: "_Lane", readers: "list[_Lane]") -> None:
        self.changes = Changes()
        self._engine = engine
        self._lock = lock
        self._readers: asyncio.LifoQueue[_Lane] = asyncio.LifoQueue()
        self._lanes = [writer, *readers]
        for reader in readers:
            self._readers.put_nowait(reader)
        self._jobs: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._is_closing = False
        self._writing = asyncio.create_task(writer.run(self._write_what_comes), name="sqlite-writer")

    @classmethod
    async def open(cls, url: URL) -> "SqliteDatabase":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock_beside(path)
        engine = create_async_engine(url, pool_size=READERS + 1, max_overflow=0, hide_parameters=True)
        writer = await _Lane.open(engine, "PRAGMA synchronous=FULL")
        readers = [await _Lane.open(engine, "PRAGMA query_only=ON") for _ in range(READERS)]
        return cls(engine, lock, writer, readers)

    async def write(self, unit: Unit[T]) -> T:
        if self._is_closing or self._writing.done():
            raise DatabaseClosed("nothing can be written any more")
        done: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(unit, done))
        return await done

    async def read(self, unit: Unit[T]) -> T:
        lane = await self._readers.get()
        try:
            return await lane.run(lambda connection: _look(connection, unit))
        finally:
            self._readers.put_nowait(lane)

    async def close(self) -> None:
        """What was asked for before is written first."""
        if not self._is_closing:
            self._is_closing = True
            self._jobs.put(None)
        await self._writing
        for lane in self._lanes:
            await lane.close()
        await self._engine.dispose()
        self._lock.close()

    # --- on the writer's thread, which takes its jobs itself: a busy event loop holds up no commit

    def _write_what_comes(self, connection: Connection) -> None:
        batch: list[_Job[Any]] = []
        while batch := self._next(batch):
            try:
                outcomes = _commit_together(connection, [job.unit for job in batch])
            except Exception as error:
                outcomes = [_Outcome(error=error) for _ in batch]
            self._loop.call_soon_threadsafe(self._tell, batch[: len(outcomes)], outcomes)
            batch = batch[len(outcomes) :]

    def _next(self, late: list[_Job[Any]]) -> list[_Job[Any]]:
        """Who waits, in order, after those the last commit had no time for; blocks until there is one. None: closed."""
        batch = late
        while len(batch) < LARGEST_COMMIT:
            try:
                job = self._jobs.get(block=not batch)
            except Empty:
                break
            if job is None:
                self._jobs.put(None)  # nobody writes after the end, so it stays the last
                break
            if not job.done.done():  # a caller who gave up meanwhile is passed over
                batch.append(job)
        return batch

    # --- on the event loop

    def _tell(self, batch: list[_Job[Any]], outcomes: list[_Outcome]) -> None:
        for job, outcome in zip(batch, outcomes, strict=True):
            if outcome.error is None:
                self.changes.tell(outcome.topics)
            if job.done.done():
                continue
            if isinstance(outcome.error, StopIteration):  # the one error a future refuses to carry
                job.done.set_exception(RuntimeError("a unit raised StopIteration"))
            elif outcome.error is not None:
                job.done.set_exception(outcome.error)
            else:
                job.done.set_result(outcome.value)


class _Lane:
    """One aiosqlite connection, and SQLAlchemy's plain connection over the same handle, used on aiosqlite's thread."""

    def __init__(self, checked_out: AsyncConnection, driver: aiosqlite.Connection, connection: Connection) -> None:
        self._checked_out = checked_out
        self._driver = driver
        self._connection = connection

    @classmethod
    async def open(cls, engine: AsyncEngine, *pragmas: str) -> "_Lane":
        checked_out = await engine.connect()
        driver = (await checked_out.get_raw_connection()).driver_connection
        assert isinstance(driver, aiosqlite.Connection)
        connection: Connection = await driver._execute(_plain_connection, driver, pragmas)  # type: ignore[no-untyped-call]
        return cls(checked_out, driver, connection)

    async def run(self, work: Callable[[Connection], T]) -> T:
        # _execute is the call every method of aiosqlite is made of: run this on the connection's thread.
        result: T = await self._driver._execute(work, self._connection)  # type: ignore[no-untyped-call]
        return result

    async def close(self) -> None:
        await self.run(lambda connection: connection.close())
        await self._checked_out.close()


def _plain_connection(driver: aiosqlite.Connection, pragmas: tuple[str, ...]) -> Connection:
    handle = driver._conn
    handle.isolation_level = None  # BEGIN and COMMIT are ours: a driver that guesses lets a promo limit be overrun
    for pragma in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA busy_timeout=5000",
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-65536",
        "PRAGMA temp_store=MEMORY",
        "PRAGMA secure_delete=ON",
        *pragmas,
    ):
        handle.execute(pragma)
    return create_engine("sqlite://", creator=lambda: handle, poolclass=StaticPool, hide_parameters=True).connect()


def _commit_together(connection: Connection, units: list[Unit[Any]]) -> list[_Outcome]:
    """Run units in one transaction until 20 ms are over; fewer outcomes than units mean: the others come next time."""
    started = time.monotonic()
    outcomes: list[_Outcome] = []
    handle = _handle(connection)
    with connection.begin():
        handle.execute("BEGIN IMMEDIATE")
        for unit in units:
            handle.execute("SAVEPOINT unit")
            store = Store(connection)
            try:
                outcome = _Outcome(unit(store), topics=store.finish())
            except Exception as error:
                # The whole commit falls when SQLite itself rolled back (a full disk): nobody may be told otherwise.
                if not handle.in_transaction:
                    raise
                handle.execute("ROLLBACK TO unit")
                outcome = _Outcome(error=error)
            handle.execute("RELEASE unit")
            outcomes.append(outcome)
            if time.monotonic() - started > LONGEST_COMMIT_SECONDS:
                break
    return outcomes


def _handle(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection: a savepoint needs none of SQLAlchemy's care, and there are two a unit."""
    handle = connection.connection.driver_connection
    assert isinstance(handle, sqlite3.Connection)
    return handle


def _look(connection: Connection, unit: Unit[T]) -> T:
    with connection.begin():
        _handle(connection).execute("BEGIN")
        return unit(Store(connection))


def _lock_beside(path: Path) -> IO[str]:
    """Hold `<database>.lock` for this process's life, or say who does."""
    lock = path.with_name(path.name + ".lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise DatabaseBusy(
            f"{path} is open in another process (pid {owner}). SQLite serves one process: stop that one first, "
            "or use PostgreSQL (OTKLIK_DATABASE_URL=postgresql://…)."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


# --- PostgreSQL


class PostgresDatabase:
    """Each unit is one transaction on a pooled connection; the same plain functions run through `run_sync`."""

    def __init__(self, url: URL) -> None:
        self.changes = Changes()
        self._engine = create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)

    async def write(self, unit: Unit[T]) -> T:
        async with self._engine.begin() as connection:
            value, topics = await connection.run_sync(_run_and_finish, unit)
        self.changes.tell(topics)
        return value

    async def read(self, unit: Unit[T]) -> T:
        async with self._engine.connect() as connection:
            reader = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await reader.run_sync(lambda plain: unit(Store(plain)))

    async def close(self) -> None:
        await self._engine.dispose()


def _run_and_finish(connection: Connection, unit: Unit[T]) -> tuple[T, frozenset[str]]:
    store = Store(connection)
    return unit(store), store.finish()
