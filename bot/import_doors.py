"""Where the rows of `otklik import` go: into the database, or over the socket to the running program that holds it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.importing import Order
from bot.socket import Handler, ask
from loyalty.carrying import PAGE_ALONE, PAGE_BESIDE_CHATS
from loyalty.headers import Columns
from loyalty.import_files import as_json, from_json
from loyalty.import_people import People, Terms
from loyalty.import_runs import begin, fail, finish, keep_columns, known_columns, take, terms_of
from loyalty.import_undo import Obstacle, Step, undo_page
from loyalty.importing import Taken
from loyalty.phones import DEFAULT_REGION, region_of
from storage.kinds import ImportKind, Language
from storage.models import ImportRun
from storage.store import Store

if TYPE_CHECKING:
    from storage.database import Database

LARGEST_REQUEST = 100_000
"""Characters of cells in one request to the running program: the socket takes a mebibyte of JSON."""


def _begin(
    store: Store,
    kind: ImportKind,
    file_name: str,
    header: Sequence[str],
    columns: Columns,
    options: Mapping[str, Any],
    now: datetime,
    *,
    is_told: bool,
) -> ImportRun:
    if is_told:
        keep_columns(store, kind, header, columns, now)
    return begin(store, kind, file_name, columns, now, options)


class NoDatabase:
    """Nothing is known yet."""

    async def region(self) -> str:
        return DEFAULT_REGION

    async def known_columns(self, kind: ImportKind, header: Sequence[str]) -> dict[str, str] | None:
        return None


class Alone:
    """The database is ours for as long as the command runs, or a server's."""

    rows_a_page = PAGE_ALONE

    def __init__(
        self, database: "Database", language: Language, clock: Callable[[], datetime], *, serves_alone: bool
    ) -> None:
        """`serves_alone`: nobody else writes meanwhile, so whom earlier pages met need not be looked up again."""
        self._database = database
        self._language = language
        self._clock = clock
        self._people = People() if serves_alone else None

    async def known_columns(self, kind: ImportKind, header: Sequence[str]) -> dict[str, str] | None:
        return await self._database.read(lambda store: known_columns(store, kind, header))

    async def region(self) -> str:
        return region_of(await self._database.read(lambda store: store.business.settings()))

    async def begin(self, order: Order, header: Sequence[str], columns: Columns) -> None:
        options = {"currency": order.rules.currency}
        self._run = await self._database.write(
            lambda store: _begin(
                store,
                order.kind,
                order.source.name,
                header,
                columns,
                options,
                self._clock(),
                is_told=bool(order.told),
            )
        )
        self._terms = terms_of(self._run, Terms(order.rules.currency, self._language, order.rules.zone))

    async def take(self, rows: Sequence[Any], refused: int, share: float) -> Taken:
        run, terms = self._run, self._terms
        return await self._database.write(
            lambda store: take(store, run.kind, rows, terms, self._clock(), self._people, refused=refused, share=share)
        )

    async def finish(self) -> UUID:
        await self._database.write(lambda store: finish(store, self._run.id, self._clock()))
        return self._run.id

    async def fail(self) -> None:
        await self._database.write(lambda store: fail(store, self._run.id, "broken", self._clock()))

    async def undo(self, run_id: UUID, step: Step) -> Step | Obstacle:
        return await self._database.write(lambda store: undo_page(store, run_id, self._clock(), step))


class HandedOver:
    """The running program does it; what it is asked stands in `handlers`."""

    rows_a_page = PAGE_BESIDE_CHATS

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def known_columns(self, kind: ImportKind, header: Sequence[str]) -> dict[str, str] | None:
        answer = await ask(self._socket, "import_columns", kind=kind.value, header=list(header))
        columns: dict[str, str] | None = answer["columns"]
        return columns

    async def region(self) -> str:
        return str((await ask(self._socket, "import_region"))["region"])

    async def begin(self, order: Order, header: Sequence[str], columns: Columns) -> None:
        self._kind = order.kind
        answer = await ask(
            self._socket,
            "import_begin",
            kind=order.kind.value,
            file=order.source.name,
            header=list(header),
            columns=dict(columns),
            options={"currency": order.rules.currency},
            is_told=bool(order.told),
        )
        self._id = UUID(answer["id"])

    async def take(self, rows: Sequence[Any], refused: int, share: float) -> Taken:
        taken = Taken()
        for part in requests(rows):
            answer = await ask(
                self._socket,
                "import_page",
                id=self._id.hex,
                kind=self._kind.value,
                rows=part,
                refused=refused,
                share=share,
            )
            taken += Taken(**answer)
            refused = 0  # they are counted once
        return taken

    async def finish(self) -> UUID:
        await ask(self._socket, "import_end", id=self._id.hex, error="")
        return self._id

    async def fail(self) -> None:
        await ask(self._socket, "import_end", id=self._id.hex, error="broken")

    async def undo(self, run_id: UUID, step: Step) -> Step | Obstacle:
        after = step.after.hex if step.after else None
        answer = await ask(self._socket, "import_undo", id=run_id.hex, after=after)
        if "obstacle" in answer:
            return Obstacle(answer["obstacle"])
        return Step(answer["is_over"], UUID(answer["after"]) if answer["after"] else None, answer["counts"])


def requests(rows: Sequence[Any]) -> Iterator[list[list[Any]]]:
    """Rows as JSON takes them, in parts that fit into one request; one part at least."""
    part: list[list[Any]] = []
    size = 0
    for row in rows:
        length = sum(len(str(cell)) for cell in row)
        if part and size + length > LARGEST_REQUEST:
            yield part
            part, size = [], 0
        part.append(as_json(row))
        size += length
    yield part


def handlers(
    database: "Database", language: Language, zone: ZoneInfo, clock: Callable[[], datetime]
) -> Mapping[str, Handler]:
    """The other side, in the running program: by command, for `bot.socket.serve_commands`."""

    async def import_region(args: dict[str, Any]) -> dict[str, Any]:
        return {"region": region_of(await database.read(lambda store: store.business.settings()))}

    async def import_columns(args: dict[str, Any]) -> dict[str, Any]:
        kind, header = ImportKind(args["kind"]), [str(title) for title in args["header"]]
        return {"columns": await database.read(lambda store: known_columns(store, kind, header))}

    async def import_begin(args: dict[str, Any]) -> dict[str, Any]:
        run = await database.write(
            lambda store: _begin(
                store,
                ImportKind(args["kind"]),
                str(args["file"]),
                args["header"],
                args["columns"],
                args["options"],
                clock(),
                is_told=bool(args["is_told"]),
            )
        )
        return {"id": run.id.hex}

    async def import_page(args: dict[str, Any]) -> dict[str, Any]:
        kind, run_id = ImportKind(args["kind"]), UUID(args["id"])
        rows = [from_json(kind, cells) for cells in args["rows"]]
        refused, share = int(args["refused"]), float(args["share"])

        def unit(store: Store) -> Taken:
            run = store.imports.get(run_id)
            assert run is not None
            terms = terms_of(run, Terms("RUB", language, zone))
            return take(store, kind, rows, terms, clock(), refused=refused, share=share)

        return asdict(await database.write(unit))

    async def import_end(args: dict[str, Any]) -> dict[str, Any]:
        run_id, error = UUID(args["id"]), str(args["error"])
        if error:
            await database.write(lambda store: fail(store, run_id, error, clock()))
        else:
            await database.write(lambda store: finish(store, run_id, clock()))
        return {}

    async def import_undo(args: dict[str, Any]) -> dict[str, Any]:
        step = Step(after=UUID(args["after"]) if args["after"] else None)
        done = await database.write(lambda store: undo_page(store, UUID(args["id"]), clock(), step))
        if isinstance(done, Obstacle):
            return {"obstacle": done.value}
        return {"is_over": done.is_over, "after": done.after.hex if done.after else None, "counts": done.counts}

    return {
        "import_region": import_region,
        "import_columns": import_columns,
        "import_begin": import_begin,
        "import_page": import_page,
        "import_end": import_end,
        "import_undo": import_undo,
    }
