"""`otklik audit`: a file of purchases read and counted, and the loss audit of it written as a page and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.importing import ALL_TAKEN, SOME_REFUSED, WRONG_FILE, Pieces, described
from bot.refused_rows import RefusedRows
from bot.terminal import Progress, Terminal
from console.losses import Contact, report
from console.words import Words
from insights.analysis import analyse
from insights.losses import audit
from insights.plain_engine import PlainEngine
from loyalty.purchase_file import MissingColumns, PurchaseFile, PurchaseRow, RefusedRow, Rules
from loyalty.purchase_lines import PurchaseLines, collect
from loyalty.spreadsheet import NotATable

ROWS_BETWEEN_STEPS = 5000
STEPS = 4
"""Counting, analysing, adding up, writing: what the second bar is made of."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """What to read and where to write; without `html` or `json` that one is not written."""

    source: Path
    refusals: Path
    html: Path | None
    json: Path | None


def audit_file(asked: Request, rules: Rules, words: Words, terminal: Terminal) -> int:
    """Carry out the command; the exit code. Raises OSError where a file cannot be used."""
    with RefusedRows(asked.refusals, terminal) as refused:
        try:
            found = _read(asked.source, rules, refused, terminal)
        except NotATable as other:
            terminal.complain(f"import.not_a_table.{other}", file=asked.source)
            return WRONG_FILE
        except MissingColumns as none:
            columns = "; ".join(described(role, terminal) for role in none.missing)
            terminal.complain("import.missing", columns=columns)
            return WRONG_FILE
    refused.tell_first()
    refused.tell_where()
    if not found.lines:
        terminal.complain("audit.empty", file=asked.source)
        return WRONG_FILE
    _write(asked, found, rules, words, terminal)
    return SOME_REFUSED if refused.count else ALL_TAKEN


def _read(source: Path, rules: Rules, refused: RefusedRows, terminal: Terminal) -> PurchaseLines:
    with source.open("rb") as file:
        pieces = Pieces(file)
        table = PurchaseFile(pieces, rules)
        refused.begin(table)
        return collect(_watched(table, pieces, Progress(terminal.text("audit.reading"))), rules.zone, refused.add)


def _watched(table: PurchaseFile, pieces: Pieces, progress: Progress) -> Iterator[PurchaseRow | RefusedRow]:
    for count, row in enumerate(table):
        if count % ROWS_BETWEEN_STEPS == 0:
            progress(pieces.bytes_read, pieces.size)
        yield row
    progress.end()


def _write(asked: Request, found: PurchaseLines, rules: Rules, words: Words, terminal: Terminal) -> None:
    progress = Progress(terminal.text("audit.counting"))
    today = max(found.lines.day)
    engine = PlainEngine(found.lines, today)
    progress(1, STEPS)
    analysis = analyse(engine, today)
    progress(2, STEPS)
    told = audit(engine, analysis, found.names, rules.currency).as_json()
    progress(3, STEPS)
    people = {call["customer"]: found.people[call["customer"]] for call in told["calls"]}
    if asked.json:
        calls = [call | people[call["customer"]]._asdict() for call in told["calls"]]
        asked.json.write_text(json.dumps(told | {"calls": calls}, ensure_ascii=False, indent=1), encoding="utf-8")
    if asked.html:
        contacts = {who: Contact(person.name, person.phone) for who, person in people.items()}
        asked.html.write_text(report(told, contacts, words, asked.source.name), encoding="utf-8")
    progress.end()
    _tell(told, asked, words, terminal)


def _tell(told: dict[str, Any], asked: Request, words: Words, terminal: Terminal) -> None:
    currency, loss = told["currency"], told["loss"]["money"]
    if told["is_enough"]:
        low, high = words.about(loss["low"], currency), words.about(loss["high"], currency)
        terminal.say("audit.sum", sum=words.about(loss["value"], currency), low=low, high=high, people=loss["n"])
    else:
        terminal.say("audit.too_little", customers=told["base"]["customers"])
    for file in (asked.html, asked.json):
        if file:
            terminal.say("audit.written", file=file)
