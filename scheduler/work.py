"""What a job is given: the database, the business clock, and for whom it works."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from messaging.desk import NO_DESK, Desk
from messaging.files import Fetch
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database


Rate = Callable[[ZoneInfo, datetime], AbstractAsyncContextManager[Iterator[str]]]


@dataclass(frozen=True, slots=True)
class Shop:
    """The business as its owner set it. `zone` counts for customers whose own is unknown; `desk` hears of cases."""

    name: str
    language: Language
    zone: ZoneInfo
    desk: Desk = NO_DESK


@dataclass(frozen=True, slots=True)
class Work:
    database: "Database"
    clock: Callable[[], datetime]
    shop: Callable[[], Shop]
    answer_kept: Callable[[], Awaitable[int]]
    """The door in tries again what it could not answer."""
    rate: Rate
    """Judges the whole base elsewhere: the lines of `scheduler.base_rating.judged`. Raises what went wrong there."""
    fetchers: Callable[[], Mapping[str, Fetch]] = dict
    """By bot, of those that run here, how what was sent to it is fetched; a channel without files has none."""
