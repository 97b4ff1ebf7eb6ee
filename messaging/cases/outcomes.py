"""What comes of something that staff do with a case."""

from dataclasses import dataclass

from storage.models import Case


@dataclass(frozen=True, slots=True)
class Done:
    """It happened; the case as it is now."""

    case: Case


@dataclass(frozen=True, slots=True)
class AlreadyTaken:
    """A colleague has it."""

    by: str


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such open case (any more)."""


@dataclass(frozen=True, slots=True)
class NeedsAction:
    """A case is closed with what was done about it."""
