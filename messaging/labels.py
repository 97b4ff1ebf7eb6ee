"""The words by which staff sort cases: a list of the business's own."""

from collections.abc import Iterable
from typing import Any, Final

KEY: Final = "labels"
"""The setting's: a list of words."""
LONGEST: Final = 40
MOST: Final = 50


def parse(document: Any) -> tuple[str, ...]:
    """What is no list of words counts as none."""
    return cleaned(str(one) for one in document) if isinstance(document, list) else ()


def cleaned(lines: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order, without empty ones; what is too long, or one too many, is cut."""
    words = (cleaned_one(line) for line in lines)
    return tuple(dict.fromkeys(word for word in words if word))[:MOST]


def cleaned_one(line: str) -> str:
    """The bar divides labels where a page looks for one."""
    return " ".join(line.replace("|", " ").split())[:LONGEST].strip()
