"""Files of customers, purchases and services: sent, looked at column by column, taken in, and taken back."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, Response

from console.import_jobs import refusal_in, rules_of
from console.pages import Visit
from console.understood import cells_of
from console.uploads import LARGEST_UPLOAD, TooLarge, plain_name
from loyalty.carrying import Pieces
from loyalty.cells import DateOrder
from loyalty.headers import NAMES
from loyalty.import_files import Preview, columns_for, header_of, preview
from loyalty.import_runs import keep_columns, known_columns, start_prepared
from loyalty.import_undo import why_not
from loyalty.phones import region_of
from loyalty.spreadsheet import NotATable
from loyalty.table_file import RefusedRow, Rules
from loyalty.workbook import NotAWorkbook, belies_its_name
from storage.columns import new_id
from storage.kinds import ImportKind, ImportState
from storage.models import ImportRun
from storage.store import Store

SHOWN: Final = 50
LARGEST_REQUEST: Final = 5 * LARGEST_UPLOAD
"""A file that is too large is still read to its end: else the browser shows a broken line and not our answer."""
READ_AS: Final = "read_as"
"""The option that says what a file turned out to be whose name said otherwise: `import.read_as.<value>`."""
CURRENCIES: Final = ("RUB", "KZT", "BYN", "USD", "EUR")


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """A row as it will be understood: by our columns, or the sentence why not."""

    line: int
    cells: dict[str, str]
    refusal: str = ""


async def show(visit: Visit) -> Response:
    return await _list(visit)


async def upload(visit: Visit) -> Response:
    """Keep the file, and go on to its columns."""
    form = await visit.request.form(max_files=1, max_fields=5)
    sent, wish = form.get("file"), str(form.get("kind", ""))
    if not isinstance(sent, UploadFile) or not sent.filename or wish not in set(ImportKind):
        return await _list(visit, "import.no_file")
    if not sent.size:
        return await _list(visit, "import.not_a_table.empty")
    run = ImportRun(
        id=new_id(),
        kind=ImportKind(wish),
        file_name=plain_name(sent.filename),
        mapping={},
        state=ImportState.PREPARED,
        by=visit.staff.id,
        started_at=visit.now,
    )
    try:
        is_book = await visit.console.uploads.keep(sent, run.id, run.kind)
        header = await asyncio.to_thread(_header, visit, run)
    except TooLarge:
        return await _list(visit, "import.too_large")
    except (NotAWorkbook, NotATable) as other:
        await asyncio.to_thread(visit.console.uploads.forget, run.id)
        return await _list(visit, f"import.not_a_table.{other}")

    if belies_its_name(run.file_name, is_book):
        run.options = {READ_AS: "workbook" if is_book else "text"}

    def unit(store: Store) -> None:
        run.mapping = columns_for(run.kind, header, known_columns(store, run.kind, header))
        store.imports.add(run)

    await visit.write(unit)
    return visit.go(f"/imports/{run.id}")


async def show_one(visit: Visit) -> Response:
    """The columns of a file that waits, the progress of one that is read, or what became of it."""
    run = await _run(visit)
    if run is None:
        return visit.page("missing.html", 404)
    if run.state is ImportState.PREPARED:
        return await _columns(visit, run)
    names = await visit.read(lambda store: store.staff.names())
    return visit.page(
        "import.html",
        run=run,
        by=names.get(run.by, "") if run.by else "",
        is_busy=visit.console.imports.is_busy(run.id) or run.state is ImportState.RUNNING,
        can_undo=why_not(run, visit.now) is None,
        has_refusals=await asyncio.to_thread(visit.console.uploads.refusals(run.id).exists),
    )


async def choose_columns(visit: Visit) -> Response:
    """What somebody says of the columns, and a new look at the rows."""
    form = await visit.form()
    run_id = visit.path_id("import_id")
    allowed: dict[str, tuple[str, ...]] = {"currency": CURRENCIES, "dates": tuple(DateOrder)}

    def unit(store: Store) -> bool:
        """Whether it still waits: somebody else may have begun or thrown it away since the page was shown."""
        run = store.imports.held(run_id)
        if run is None or run.state is not ImportState.PREPARED:
            return False
        run.mapping = {role: form[role] for role in NAMES[run.kind] if form.get(role)}
        kept = {name: value for name, value in run.options.items() if name == READ_AS}
        run.options = kept | {name: form[name] for name, values in allowed.items() if form.get(name) in values}
        store.imports.save(run)
        return True

    if not await visit.write(unit):
        return visit.go("/imports", notice="import_gone")
    return visit.go(f"/imports/{run_id}")


async def start(visit: Visit) -> Response:
    """Read the whole file as the page shows it; the columns are remembered for the next one. Without columns or rows
    there is nothing to read, and the page says so."""
    run = await _run(visit)
    if run is None or run.state is not ImportState.PREPARED or visit.console.imports.is_busy(run.id):
        return visit.go("/imports", notice="import_gone")
    try:
        seen = await asyncio.to_thread(_preview, visit, run, await _rules(visit, run))
    except (OSError, NotATable):
        return visit.go("/imports", notice="import_gone")
    if seen.missing or seen.is_empty:
        return visit.go(f"/imports/{run.id}")
    run_id = run.id

    def unit(store: Store) -> ImportRun | None:
        begun = start_prepared(store, run_id, visit.now, visit.staff)
        if begun:
            keep_columns(store, begun.kind, seen.header, begun.mapping, visit.now)
        return begun

    begun = await visit.write(unit)
    if begun:
        visit.console.imports.take_in(begun, visit.staff.language)
    return visit.go(f"/imports/{run.id}")


async def forget(visit: Visit) -> Response:
    """A file that somebody sent and does not want to take in."""
    run_id = visit.path_id("import_id")
    await visit.write(lambda store: store.imports.forget(run_id))
    if await _run(visit) is None:
        await asyncio.to_thread(visit.console.uploads.forget, run_id)
    return visit.go("/imports", notice="import_forgotten")


async def undo(visit: Visit) -> Response:
    run = await _run(visit)
    if why_not(run, visit.now) is not None or run is None:
        return visit.go("/imports", notice="import_gone")
    visit.console.imports.take_back(run.id, visit.staff)
    return visit.go(f"/imports/{run.id}")


async def refused(visit: Visit) -> Response:
    """The rows that were not taken, each with its reason, to be put right and sent again."""
    run = await _run(visit)
    file = visit.console.uploads.refusals(run.id) if run else None
    if run is None or file is None or not await asyncio.to_thread(file.exists):
        return visit.page("missing.html", 404)
    stem = run.file_name.rpartition(".")[0] or run.file_name
    return FileResponse(file, media_type="text/csv; charset=utf-8", filename=f"{stem}.refused.csv")


# --- what is shown


async def _list(visit: Visit, problem: str = "") -> Response:
    def look(store: Store) -> tuple[list[ImportRun], dict[UUID, str]]:
        return store.imports.newest(SHOWN), store.staff.names()

    runs, names = await visit.read(look)
    return visit.page(
        "imports.html",
        422 if problem else 200,
        runs=runs,
        names=names,
        kinds=list(ImportKind),
        problem=problem,
        largest_mb=LARGEST_UPLOAD // 1024 // 1024,
    )


async def _columns(visit: Visit, run: ImportRun) -> Response:
    rules = await _rules(visit, run)
    try:
        seen = await asyncio.to_thread(_preview, visit, run, rules)
    except (OSError, NotATable):
        return visit.page("import_gone.html", 410, run=run)
    say = refusal_in(visit.words)
    rows = [
        PreviewedRow(row.line, {}, _refusal(row, say(row)))
        if isinstance(row, RefusedRow)
        else PreviewedRow(row.line, cells_of(row, visit.words, rules.currency))
        for row in seen.rows
    ]
    return visit.page(
        "import_columns.html",
        run=run,
        seen=seen,
        roles=list(NAMES[run.kind]),
        titles=list(dict.fromkeys(title for title in seen.header if title)),
        rows=rows,
        shown=[role for role in NAMES[run.kind] if _is_shown(role, seen) and any(role in row.cells for row in rows)],
        lacking=", ".join(visit.words.t(f"import.column.{role}") for role in seen.missing),
        refused=sum(bool(row.refusal) for row in rows),
        read_as=run.options.get(READ_AS, ""),
        currencies=CURRENCIES,
        date_orders=list(DateOrder),
    )


async def _rules(visit: Visit, run: ImportRun) -> Rules:
    settings = await visit.read(lambda store: store.business.settings())
    return rules_of(run, visit.parts, region_of(settings))


def _is_shown(role: str, seen: Preview) -> bool:
    """A sum may be made of quantity and price; nothing else is shown that the file does not have."""
    return role in seen.columns or role == "amount"


def _refusal(row: RefusedRow, reason: str) -> str:
    return f"{row.column}: {reason}" if row.column else reason


def _header(visit: Visit, run: ImportRun) -> list[str]:
    with visit.console.uploads.file(run.id).open("rb") as file:
        return header_of(run.kind, Pieces(file))


def _preview(visit: Visit, run: ImportRun, rules: Rules) -> Preview:
    """Raises OSError where the file is no longer there, and NotATable."""
    with visit.console.uploads.file(run.id).open("rb") as file:
        pieces = Pieces(file)
        return preview(run.kind, pieces, header_of(run.kind, pieces), run.mapping, pieces.in_its_order(rules))


async def _run(visit: Visit) -> ImportRun | None:
    run_id = visit.path_id("import_id")
    return await visit.read(lambda store: store.imports.get(run_id))
