"""How `otklik` is called: its commands and options, with help and complaints in the terminal's language."""

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from bot.terminal import Terminal
from storage.kinds import Language

COMMANDS = ("demo", "run", "init", "migrate", "doctor", "import", "audit", "rate", "codes")
HIDDEN = ("rating",)
"""What the program calls itself: no help names it."""
IMPORTED = ("purchases", "customers", "services")
UNDO = "undo"
DATE_ORDERS = ("dmy", "mdy")
PARTS = ("web", "bots", "relay", "scheduler")
WRONG_USAGE = 2
MOST_CODES = 10_000_000


def parse(argv: Sequence[str], terminal: Terminal) -> argparse.Namespace:
    """The command and its options. Leaves the program with 2 when there is no sense in them, with 0 after a help."""
    _refuse_unknown_command(argv, terminal)
    parser = _parser(terminal)
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.error(terminal.text("usage.unknown_option", option=unknown[0]))
    if arguments.command is None:
        parser.print_help(sys.stderr)
        parser.exit(WRONG_USAGE)
    return arguments


def _refuse_unknown_command(argv: Sequence[str], terminal: Terminal) -> None:
    first = argv[0] if argv else ""
    if not first or first.startswith("-") or first in (*COMMANDS, *HIDDEN):
        return
    terminal.complain("usage.unknown_command", command=first)
    if near := difflib.get_close_matches(first, COMMANDS, n=1):
        terminal.complain("usage.did_you_mean", command=near[0])
    sys.exit(WRONG_USAGE)


def _parser(terminal: Terminal) -> argparse.ArgumentParser:
    text = terminal.text
    parser = _Parser(terminal, prog="otklik", description=text("help.otklik"))
    parser.add_argument("--version", action="version", version=f"otklik {version('otklik')}", help=text("help.version"))
    commands = parser.add_subparsers(  # type: ignore[call-overload]  # argparse takes any callable that makes a parser
        dest="command",
        metavar=text("usage.command"),
        title=text("usage.commands"),
        parser_class=lambda **given: _Parser(terminal, **given),
    )

    demo = commands.add_parser("demo", help=text("help.demo"), description=text("help.demo.more"))
    demo.add_argument("--port", type=_port(terminal), default=8080, metavar="N", help=text("help.demo.port"))
    demo.add_argument("--fresh", action="store_true", help=text("help.demo.fresh"))
    demo.add_argument("--data", type=Path, default=Path("data/demo"), metavar="DIR", help=text("help.demo.data"))

    run = commands.add_parser("run", help=text("help.run"), description=text("help.run.more"))
    run.add_argument("--only", type=_parts(terminal), metavar=",".join(PARTS), help=text("help.run.only"))

    commands.add_parser("init", help=text("help.init"), description=text("help.init.more"))
    commands.add_parser("migrate", help=text("help.migrate"), description=text("help.migrate.more"))

    doctor = commands.add_parser("doctor", help=text("help.doctor"), description=text("help.doctor.more"))
    doctor.add_argument("--json", action="store_true", help=text("help.doctor.json"))

    commands.add_parser("rate", help=text("help.rate"), description=text("help.rate.more"))
    for command in HIDDEN:
        commands.add_parser(command)

    imported = commands.add_parser("import", help=text("help.import"), description=text("help.import.more"))
    what = "|".join((*IMPORTED, UNDO))
    imported.add_argument("what", type=_imported(terminal), metavar=what, help=text("help.import.what"))
    imported.add_argument("file", type=Path, metavar=text("usage.file"), help=text("help.import.file"))
    imported.add_argument(
        "--map",
        type=_column(terminal),
        action="append",
        default=[],
        metavar=text("usage.column"),
        help=text("help.import.map"),
    )
    imported.add_argument("--dates", choices=DATE_ORDERS, default=None, help=text("help.import.dates"))
    imported.add_argument("--sheet", default="", metavar=text("usage.sheet"), help=text("help.import.sheet"))
    imported.add_argument("--dry-run", action="store_true", help=text("help.import.dry_run"))
    imported.add_argument(
        "--currency", type=_currency(terminal), default="RUB", metavar="RUB", help=text("help.import.currency")
    )
    imported.add_argument("--refused", type=Path, metavar=text("usage.file"), help=text("help.import.refused"))

    codes = commands.add_parser("codes", help=text("help.codes"), description=text("help.codes.more"))
    codes.add_argument("what", choices=("make",), metavar="make", help=text("help.codes.what"))
    codes.add_argument("campaign", metavar=text("usage.campaign"), help=text("help.codes.campaign"))
    codes.add_argument("--count", type=_count(terminal), required=True, metavar="N", help=text("help.codes.count"))
    codes.add_argument("--out", type=Path, required=True, metavar=text("usage.file"), help=text("help.codes.out"))

    audited = commands.add_parser("audit", help=text("help.audit"), description=text("help.audit.more"))
    audited.add_argument("file", type=Path, metavar=text("usage.file"), help=text("help.import.file"))
    audited.add_argument("--html", type=Path, metavar=text("usage.file"), help=text("help.audit.html"))
    audited.add_argument("--json", type=Path, metavar=text("usage.file"), help=text("help.audit.json"))
    audited.add_argument(
        "--language", type=_language(terminal), default=Language.RU, metavar="ru,en", help=text("help.audit.language")
    )
    audited.add_argument(
        "--currency", type=_currency(terminal), default="RUB", metavar="RUB", help=text("help.import.currency")
    )
    audited.add_argument("--dates", choices=DATE_ORDERS, default=None, help=text("help.import.dates"))
    audited.add_argument("--refused", type=Path, metavar=text("usage.file"), help=text("help.import.refused"))
    return parser


def _port(terminal: Terminal) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:6]) <= 65535:
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_port", value=value))
        return int(value)

    return read


def _count(terminal: Terminal) -> Callable[[str], int]:
    def read(value: str) -> int:
        bare = value.replace("_", "").replace(",", "")
        if not bare.isascii() or not bare.isdigit() or not 1 <= int(bare[:12]) <= MOST_CODES:
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_count", value=value, most=MOST_CODES))
        return int(bare)

    return read


def _parts(terminal: Terminal) -> Callable[[str], tuple[str, ...]]:
    def read(value: str) -> tuple[str, ...]:
        parts = {part.strip() for part in value.split(",") if part.strip()}
        if not parts or not parts <= set(PARTS):
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_parts", parts=", ".join(PARTS)))
        return tuple(part for part in PARTS if part in parts)

    return read


def _imported(terminal: Terminal) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in (*IMPORTED, UNDO):
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_import", value=value))
        return value

    return read


def _column(terminal: Terminal) -> Callable[[str], tuple[str, str]]:
    """`date=Дата визита`; nothing after the sign means that the file does not have it."""

    def read(value: str) -> tuple[str, str]:
        role, sign, title = value.partition("=")
        if not sign or not role.strip():
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_map", value=value))
        return role.strip(), title.strip()

    return read


def _currency(terminal: Terminal) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) != 3 or not value.isascii() or not value.isalpha():
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_currency", value=value))
        return value.upper()

    return read


def _language(terminal: Terminal) -> Callable[[str], Language]:
    def read(value: str) -> Language:
        if value not in set(Language):
            raise argparse.ArgumentTypeError(terminal.text("usage.bad_language", value=value))
        return Language(value)

    return read


_SAID_BY_ARGPARSE = (
    ("expected one argument", "usage.needs_value"),
    ("the following arguments are required", "usage.missing"),
)


class _Parser(argparse.ArgumentParser):
    """An argparse parser whose own few words come from our catalogue too."""

    def __init__(self, terminal: Terminal, **given: object) -> None:
        super().__init__(add_help=False, allow_abbrev=False, **given)  # type: ignore[arg-type]  # passed on as they came
        self._terminal = terminal
        self._optionals.title = terminal.text("usage.options")
        self._positionals.title = terminal.text("usage.arguments")
        self.add_argument("-h", "--help", action="help", help=terminal.text("help.help"))

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", self._terminal.text("usage.usage") + " ", 1)

    def error(self, message: str) -> NoReturn:
        for english, key in _SAID_BY_ARGPARSE:
            message = message.replace(english, self._terminal.text(key))
        self._terminal.complain("usage.wrong", problem=message.removeprefix("argument "), program=self.prog)
        sys.exit(WRONG_USAGE)
