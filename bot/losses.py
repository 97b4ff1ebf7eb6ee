"""`otklik audit`: a file of purchases read and counted, and the loss audit of it written as a page and as JSON."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from bot.importing import ALL_TAKEN, SOME_REFUSED, WRONG_FILE, Pieces, described
from bot.refused_rows import RefusedRows
from bot.terminal import Progress, Terminal
from console.losses import Contact, report
from console.words import Words
from insights.analysis import analyse
from insights.losses import audit
from insights.plain_engine import PlainEngine
from insights.tallies import Engine, Names
from loyalty.purchase_file import MissingColumns, PurchaseFile, Rules
from loyalty.purchase_lines import People, collect
from loyalty.spreadsheet import NotATable

STEPS = 3
"""Analysing, adding up, writing: what the second bar is made of."""


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
            with asked.source.open("rb") as file:
                found = read(_watched(Pieces(file), Progress(terminal.text("audit.reading"))), rules, refused)
        except NotATable as other:
            terminal.complain(f"import.not_a_table.{other}", file=asked.source)
            return WRONG_FILE
        except MissingColumns as none:
            columns = "; ".join(described(role, terminal) for role in none.missing)
            terminal.complain("import.missing", columns=columns)
            return WRONG_FILE
    refused.tell_first()
    refused.tell_where()
    if found is None:
        terminal.complain("audit.empty", file=asked.source)
        return WRONG_FILE
    _write(asked, found, rules.currency, words, terminal)
    return SOME_REFUSED if refused.count else ALL_TAKEN


class Counted(NamedTuple):
    """A file ready to be analysed as of `today`, its last day."""

    engine: Engine
    names: Names
    people: People
    today: int


def read(pieces: Iterable[bytes], rules: Rules, refused: RefusedRows) -> Counted | None:
    """Read and count, by Polars where it is installed; None without a single purchase.

    Raises NotATable and MissingColumns.
    """
    if find_spec("polars"):
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


def _write(asked: Request, found: Counted, currency: str, words: Words, terminal: Terminal) -> None:
    progress = Progress(terminal.text("audit.counting"))
    progress(0, STEPS)
    analysis = analyse(found.engine, found.today)
    progress(1, STEPS)
    told = audit(found.engine, analysis, found.names, currency).as_json()
    progress(2, STEPS)
    people = found.people([call["customer"] for call in told["calls"]])
    if asked.json:
        calls = [call | people[call["customer"]]._asdict() for call in told["calls"]]
        asked.json.write_text(json.dumps(told | {"calls": calls}, ensure_ascii=False, indent=1), encoding="utf-8")
    if asked.html:
        contacts = {who: Contact(person.name, person.phone) for who, person in people.items()}
        asked.html.write_text(report(told, contacts, words, asked.source.name), encoding="utf-8")
    progress(STEPS, STEPS)
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
