"""`otklik import`: a file read page by page, each page carried out, and the sum told in a few lines."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from bot.terminal import Progress, Terminal
from loyalty.carrying import Pieces, carry
from loyalty.headers import NAMES, WHO, MissingColumns
from loyalty.import_files import UnknownColumn, columns_for, header_of, open_file, preview
from loyalty.import_undo import Obstacle, Step
from loyalty.importing import Taken
from loyalty.refused_rows import RefusedRows
from loyalty.spreadsheet import NotATable
from loyalty.table_file import RefusedRow, Rules
from loyalty.workbook import NotAWorkbook, belies_its_name, is_workbook, to_csv
from storage.kinds import ImportKind

ALL_TAKEN, SOME_REFUSED, WRONG_FILE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for. `told`: our column -> the file's, where the names alone would not tell."""

    kind: ImportKind
    source: Path
    refusals: Path
    rules: Rules
    told: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""


class Look(Protocol):
    """What is known of files and of the business before a row is read."""

    async def region(self) -> str:
        """Where a phone without a plus is dialled."""

    async def known_columns(self, kind: ImportKind, header: Sequence[str]) -> dict[str, str] | None: ...


class Door(Look, Protocol):
    """Where rows go: into the database, or to the running program that holds it."""

    rows_a_page: int

    async def begin(self, order: Order, header: Sequence[str], columns: Mapping[str, str]) -> None: ...

    async def take(self, rows: Sequence[Any], refused: int, share: float) -> Taken: ...

    async def finish(self) -> UUID:
        """The run, by which it can be taken back."""

    async def fail(self) -> None: ...

    async def undo(self, run_id: UUID, step: Step) -> Step | Obstacle: ...


async def import_file(order: Order, door: Door, terminal: Terminal) -> int:
    """Import a file; the exit code. Raises OSError where a file cannot be used."""
    order = replace(order, rules=replace(order.rules, region=await door.region()))
    async with AsyncExitStack() as stack:
        try:
            source = await as_csv(order, stack, terminal)
            file = stack.enter_context(source.open("rb"))
            refused = stack.enter_context(
                RefusedRows(order.refusals, terminal.text("import.reason"), reason_of(terminal))
            )
            pieces = Pieces(file)
            header = header_of(order.kind, pieces)
            columns = columns_for(order.kind, header, await door.known_columns(order.kind, header), order.told)
            rules = pieces.in_its_order(order.rules)
            if preview(order.kind, pieces, header, columns, rules).is_empty:
                terminal.complain("import.no_rows", file=order.source)
                return WRONG_FILE
            table = open_file(order.kind, pieces, rules, columns)
        except (NotATable, NotAWorkbook, MissingColumns, UnknownColumn) as wrong:
            complain(wrong, order, terminal)
            return WRONG_FILE
        await door.begin(order, header, columns)
        progress = Progress(terminal.text("import.reading"))
        try:
            taken = await carry(
                table, pieces, door.take, refused, door.rows_a_page, lambda share: progress(int(share * 1000), 1000)
            )
            progress.end()
            run_id = await door.finish()
        except NotATable as wrong:
            await door.fail()
            complain(wrong, order, terminal)
            return WRONG_FILE
        except BaseException:  # Ctrl-C too: the run must not stand there as if it went on
            with suppress(Exception):  # the door may be what broke; then the run ends once it has been silent for long
                await door.fail()
            raise
    _tell(order, taken, refused, terminal)
    if taken.new or taken.changed or taken.customers:
        terminal.note("import.undo_hint", id=run_id)
    return SOME_REFUSED if refused.count else ALL_TAKEN


async def show_file(order: Order, door: Look, terminal: Terminal) -> int:
    """What the first rows would be understood as; nothing is written."""
    order = replace(order, rules=replace(order.rules, region=await door.region()))
    async with AsyncExitStack() as stack:
        try:
            pieces = Pieces(stack.enter_context((await as_csv(order, stack, terminal)).open("rb")))
            header = header_of(order.kind, pieces)
            columns = columns_for(order.kind, header, await door.known_columns(order.kind, header), order.told)
            seen = preview(order.kind, pieces, header, columns, pieces.in_its_order(order.rules))
            if seen.missing:
                raise MissingColumns(seen.missing)
            if seen.is_empty:
                terminal.complain("import.no_rows", file=order.source)
                return WRONG_FILE
        except (NotATable, NotAWorkbook, MissingColumns, UnknownColumn) as wrong:
            complain(wrong, order, terminal)
            return WRONG_FILE
    for role, title in seen.columns.items():
        terminal.write(f"{terminal.text(f'import.column.{role}')} = {title}")
    for row in seen.rows:
        terminal.write(_refusal(row, terminal) if isinstance(row, RefusedRow) else _understood(row, order, terminal))
    terminal.say("import.dry_run")
    return SOME_REFUSED if any(isinstance(row, RefusedRow) for row in seen.rows) else ALL_TAKEN


async def undo_import(run_id: UUID, door: Door, terminal: Terminal) -> int:
    """Take an import back; the exit code."""
    step = Step()
    while not step.is_over:
        done = await door.undo(run_id, step)
        if isinstance(done, Obstacle):
            terminal.complain(f"import.obstacle.{done.value}", id=run_id)
            return SOME_REFUSED
        step = done
    told = {name: step.counts.get(name, 0) for name in ("purchases", "customers", "changes", "points")}
    terminal.say("import.undone", **told)
    if stays := step.counts.get("customers_kept", 0) + step.counts.get("changes_kept", 0):
        terminal.say("import.undone_stays", count=stays)
    return ALL_TAKEN


async def as_csv(order: Order, stack: AsyncExitStack, terminal: Terminal) -> Path:
    """The file itself, or the sheet of a workbook; what it is decides, and a name that says otherwise is told. Raises
    NotAWorkbook."""
    is_book = is_workbook(order.source)
    if belies_its_name(order.source.name, is_book):
        found = "workbook" if is_book else "text"
        terminal.note(f"import.read_as.{found}", file=order.source)
    if not is_book:
        return order.source
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    target = Path(folder) / "sheet.csv"
    await to_csv(order.source, target, order.kind, order.sheet)
    return target


# --- what is said


def complain(wrong: Exception, order: Order, terminal: Terminal) -> None:
    match wrong:
        case NotAWorkbook():
            terminal.complain(f"import.workbook.{wrong}", file=order.source, sheet=order.sheet)
        case NotATable():
            terminal.complain(f"import.not_a_table.{wrong}", file=order.source)
        case UnknownColumn():
            terminal.complain("import.unknown_column", column=wrong, known=", ".join(NAMES[order.kind]))
        case MissingColumns():
            columns = "; ".join(_described(order.kind, role, terminal) for role in wrong.missing)
            terminal.complain("import.missing", columns=columns)


def _described(kind: ImportKind, role: str, terminal: Terminal) -> str:
    """A missing column, with names it may have."""
    names = [name for each in (WHO if role == "who" else (role,)) for name in _examples(NAMES[kind][each])]
    return f"{terminal.text(f'import.column.{role}')} ({', '.join(names)})"


def _examples(names: Sequence[str]) -> list[str]:
    english = [name for name in names if name.isascii()]
    return [*names[:2], *english[:2]]


def reason_of(terminal: Terminal) -> Callable[[RefusedRow], str]:
    return lambda row: terminal.text(f"import.problem.{row.problem}", value=row.value)


def _refusal(row: RefusedRow, terminal: Terminal) -> str:
    column = f", {row.column}" if row.column else ""
    return terminal.text("import.line", line=row.line, column=column, reason=reason_of(terminal)(row))


def _understood(row: Any, order: Order, terminal: Terminal) -> str:
    cells = [f"{terminal.text(f'import.column.{role}')}: {text}" for role, text in cells_of(row, order.rules).items()]
    return terminal.text("import.line", line=row.line, column="", reason="; ".join(cells))


def cells_of(row: Any, rules: Rules) -> dict[str, str]:
    """What a row was understood as, by our columns; what is empty is left out."""
    shown: dict[str, str] = {}
    for name, value in row._asdict().items():
        match name, value:
            case ("line" | "key", _) | (_, None | "" | False):
                continue
            case "at", moment:
                shown["date"] = moment.astimezone(rules.zone).strftime("%Y-%m-%d %H:%M")
            case "amount_minor" | "price_minor" | "returned_minor", amount:
                if amount or name != "returned_minor":
                    shown[name.removesuffix("_minor")] = f"{amount / 100:.2f} {rules.currency}"
            case "quantity_milli", quantity:
                if quantity != 1000:
                    shown["quantity"] = f"{quantity / 1000:g}"
            case "birthday", (month, day, year):
                shown["birthday"] = f"{day:02d}.{month:02d}" + (f".{year}" if year else "")
            case "margin_percent", margin:
                shown["margin"] = f"{margin:g} %"
            case "interval_days", interval:
                shown["interval"] = str(interval)
            case "stop", _:
                shown["stop"] = "✓"
            case _:
                shown[name] = str(value)
    return shown


def tell_refused(refused: RefusedRows, terminal: Terminal) -> None:
    for row in refused.shown:
        terminal.write(_refusal(row, terminal))
    if refused.count > len(refused.shown):
        terminal.say("import.and_more", count=refused.count - len(refused.shown))


def _tell(order: Order, taken: Taken, refused: RefusedRows, terminal: Terminal) -> None:
    tell_refused(refused, terminal)
    match order.kind:
        case ImportKind.PURCHASES:
            terminal.say("import.taken", new=taken.new, known=taken.known, customers=taken.customers)
        case ImportKind.CUSTOMERS:
            terminal.say("import.taken_customers", new=taken.new, changed=taken.changed, known=taken.known)
        case ImportKind.SERVICES:
            terminal.say("import.taken_services", new=taken.new, changed=taken.changed, known=taken.known)
    if taken.kept:
        terminal.say("import.kept", count=taken.kept)
    if refused.count:
        terminal.say("import.refused", count=refused.count, file=order.refusals)
