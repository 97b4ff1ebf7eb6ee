"""Ready questionnaires by trade: a score after the visit, and what to ask next (feature B18)."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from storage.kinds import Language

NAMES: Final = ("cafe", "vet", "cleaning", "salon", "shop")


@cache
def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return document


def pack(name: str, language: Language) -> dict[str, Any] | None:
    """A definition to begin with, its title in the language of who makes it; nothing for an unknown name."""
    if name not in NAMES:
        return None
    read = _read(name)
    return {"kind": read["kind"], "title": read["titles"][language.value], "questions": read["questions"]}


def trades(language: Language) -> list[tuple[str, str, int]]:
    """(name, the trade in words, how many questions) of each."""
    return [(name, _read(name)["name"][language.value], len(_read(name)["questions"])) for name in NAMES]
