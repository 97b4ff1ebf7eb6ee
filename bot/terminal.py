"""What the command line says: texts from `catalogues/` in the terminal's language, and a bar for what is slow."""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from messaging.catalogue import Catalogue
from storage.kinds import Language

CATALOGUES = Path(__file__).with_name("catalogues")
PATIENCE_SECONDS = 2.0
_BAR_CELLS = 30


def language_of(environment: Mapping[str, str]) -> Language:
    """Russian when the locale says so, in gettext's order of variables; else English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return Language.RU if locale.lower().startswith("ru") else Language.EN


class Terminal:
    """Says things to the person at the keyboard: results on stdout, complaints on stderr."""

    def __init__(self, language: Language | None = None) -> None:
        self.language = language_of(os.environ) if language is None else language
        self._catalogue = Catalogue(CATALOGUES)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal that cannot show a letter shows a sign in its place
                stream.reconfigure(errors="replace")

    def text(self, key: str, **values: object) -> str:
        return self._catalogue.say(self.language, key, **values)

    def say(self, key: str, **values: object) -> None:
        self.write(self.text(key, **values))

    def complain(self, key: str, **values: object) -> None:
        sys.stderr.write(self.text(key, **values) + "\n")

    def note(self, key: str, **values: object) -> None:
        """What is good to know beside the result: on stderr, so that a pipe gets the result alone."""
        self.complain(key, **values)

    def write(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


class Progress:
    """A bar on a terminal; silent for the first two seconds, and always where nobody looks."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._started < PATIENCE_SECONDS:
            return
        filled = _BAR_CELLS * done // max(total, 1)
        self._shown = True
        sys.stderr.write(f"\r{self._label} [{'#' * filled}{'.' * (_BAR_CELLS - filled)}]")
        sys.stderr.flush()

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\n")
