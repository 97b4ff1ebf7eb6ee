"""What the demo's chat page can do besides chatting: buy, and move time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.demo.clock import Clock, MovedClock
from bot.demo.till import Till
from bot.demo.travel import Travel, Work
from bot.webchat.parts import Bought, Buyer, Step
from storage.kinds import Language

if TYPE_CHECKING:
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class CafePlay:
    """The till and the calendar as the web chat wants them (`bot.webchat.parts.Play`)."""

    zone: ZoneInfo
    till: Till
    travel: Travel

    @property
    def is_moving(self) -> bool:
        return self.travel.is_moving

    async def buy(self, buyer: Buyer, *, with_code: bool) -> Bought | None:
        return await self.till.buy(buyer, with_code=with_code)

    async def move(self, step: Step) -> bool:
        return await self.travel.move(step)


def cafe_play(
    database: "Database",
    clock: Clock,
    zone: ZoneInfo,
    language: Language,
    *,
    tick: Work,
    beat: Work,
    is_stopping: Callable[[], bool],
) -> CafePlay:
    """`language` is what the café calls its products in."""
    assert isinstance(clock, MovedClock)  # every part of a demo was built with this very clock
    return CafePlay(
        zone,
        Till(database, clock, zone, language),
        Travel(database, clock, zone, tick=tick, beat=beat, is_stopping=is_stopping),
    )
