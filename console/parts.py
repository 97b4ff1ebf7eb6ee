"""What the console is built from."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from messaging.desk import Desk
from storage.kinds import Language
from storage.remembered import Remembered

if TYPE_CHECKING:
    from storage.database import Database


class LinkTarget(Protocol):
    """A running bot that a member of staff can link their own messenger account with."""

    @property
    def bot_id(self) -> str:
        """`channel:account`."""

    @property
    def username(self) -> str:
        """The public name its links are made of; empty while it is not known."""


class Timed(NamedTuple):
    """A job of the clock: how often it looks, or at which minute of the business's day it has its hour."""

    name: str
    every_seconds: float
    daily_at: int | None = None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class ConsoleParts:
    """`seal` encrypts a channel's token; `is_stopping` ends the live streams, which else would hold the server up;
    `jobs` names what the clock does."""

    database: "Database"
    clock: Callable[[], datetime]
    business_name: Callable[[], str]
    time_zone: str
    seal: Callable[[str], str]
    bots: Callable[[], Sequence[LinkTarget]]
    is_https: bool
    on_channel_changed: Callable[[str], Awaitable[None]]
    is_stopping: Callable[[], bool] = _never
    jobs: Sequence[Timed] = ()
    desk: Callable[[], Desk] = Desk
    """Where the operators' groups hear what is done here."""
    uploads: Path = Path("data/imports")
    """Where files stay on their way into the tables."""
    public_url: str = ""
    """Under which address others reach this server, without a slash at its end: what is printed begins with it."""
    default_language: Language = Language.RU
    """In which customers are spoken to who have said nothing yet."""
    card_key: str = ""
    """Signs the codes that customers' screens show."""
    remembered: Remembered = field(default_factory=Remembered)
    """What pages show as of a moment ago."""
