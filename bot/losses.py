"""`otklik audit`: a file of purchases read and counted, and the loss audit of it written as a page and as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.importing import ALL_TAKEN, SOME_REFUSED, WRONG_FILE, Order, as_csv, complain, reason_of, tell_refused
from bot.terminal import Progress, Terminal
from console.losses import Contact, report
from console.words import Words
from insights.analysis import analyse
from insights.engines import fastest
from insights.losses import audit
from insights.plain_engine import PlainEngine
from insights.tallies import Engine, Names
from loyalty.carrying import Pieces
from loyalty.headers import MissingColumns
from loyalty.purchase_file import PurchaseFile, Rules
from loyalty.purchase_lines import People, Person, collect
from loyalty.refused_rows import RefusedRows
from loyalty.spreadsheet import NotATable
from loyalty.workbook import NotAWorkbook

STEPS = 2
"""Analysing and adding up: what the second bar is made of."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write; what is None is not written."""

    html: Path | None
    json: Path | None


async def audit_file(order: Order, outputs: Outputs, words: Words, terminal: Terminal, by: str = fastest()) -> int:
    """Carry out the command by that engine; the exit code. Raises OSError where a file cannot be used."""
    async with AsyncExitStack() as stack:
        try:
            source = await as_csv(order, stack, terminal)
            file = stack.enter_context(source.open("rb"))
            pieces = Pieces(file)
            refused = stack.enter_context(
                RefusedRows(order.refusals, terminal.text("import.reason"), reason_of(terminal))
            )
            watched = _watched(pieces, Progress(terminal.text("audit.reading")))
            found = read(watched, pieces.in_its_order(order.rules), refused, by)
        except (NotATable, NotAWorkbook, MissingColumns) as wrong:
            complain(wrong, order, terminal)
            return WRONG_FILE
    tell_refused(refused, terminal)
    if refused.count:
        terminal.say("import.refused", count=refused.count, file=order.refusals)
    if found is None:
        terminal.complain("audit.empty", file=order.source)
        return WRONG_FILE
    told = _audited(found, order.rules.currency, terminal)
    _write(order, outputs, told, found.people([call["customer"] for call in told["calls"]]), words)
    _tell(told, outputs, Words(terminal.language, order.rules.zone), terminal)
    return SOME_REFUSED if refused.count else ALL_TAKEN


class Counted(NamedTuple):
    """A file ready to be analysed as of `today`, its last day."""

    engine: Engine
    names: Names
    people: People
    today: int


def read(pieces: Iterable[bytes], rules: Rules, refused: RefusedRows, by: str = fastest()) -> Counted | None:
    """Read and count by one of insights.engines; None without a single purchase.

    Raises NotATable and MissingColumns.
    """
    if by == "polars":
        from insights.polars_engine import PolarsEngine
        from loyalty import fast_purchases

        found = fast_purchases.read(pieces, rules, refused.add, refused.begin)
        last = found.last_day()
        return Counted(PolarsEngine(found.frame, last), found.names, found.people, last) if last else None
    table = PurchaseFile(pieces, rules)
    refused.begin(table)
    lines, names, people = collect(table, rules.zone, refused.add)
    if not len(lines):
        return None
    return Counted(PlainEngine(lines, max(lines.day)), names, people, max(lines.day))


def _watched(pieces: Pieces, progress: Progress) -> Iterator[bytes]:
    for piece in pieces:
        progress(pieces.bytes_read, pieces.size)
        yield piece
    progress.end()


def _audited(found: Counted, currency: str, terminal: Terminal) -> dict[str, Any]:
    progress = Progress(terminal.text("audit.counting"))
    progress(0, STEPS)
    analysis = analyse(found.engine, found.today)
    progress(1, STEPS)
    told = audit(found.engine, analysis, found.names, currency).as_json()
    progress(STEPS, STEPS)
    progress.end()
    return told


def _write(order: Order, outputs: Outputs, told: dict[str, Any], people: Mapping[str, Person], words: Words) -> None:
    if outputs.json:
        calls = [call | people[call["customer"]]._asdict() for call in told["calls"]]
        outputs.json.write_text(json.dumps(told | {"calls": calls}, ensure_ascii=False, indent=1), encoding="utf-8")
    if outputs.html:
        contacts = {who: Contact(person.name, person.phone) for who, person in people.items()}
        outputs.html.write_text(report(told, contacts, words, order.source.name), encoding="utf-8")


def _tell(told: dict[str, Any], outputs: Outputs, words: Words, terminal: Terminal) -> None:
    currency, loss = told["currency"], told["loss"]["money"]
    if told["is_enough"]:
        low, high = words.about(loss["low"], currency), words.about(loss["high"], currency)
        terminal.say("audit.sum", sum=words.about(loss["value"], currency), low=low, high=high, people=loss["n"])
    else:
        terminal.say("audit.too_little", customers=told["base"]["customers"])
    for file in (outputs.html, outputs.json):
        if file:
            terminal.say("audit.written", file=file)
