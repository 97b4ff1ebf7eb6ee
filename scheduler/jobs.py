"""Each job of the clock: a sweep over what is due, in short units. Run twice, nothing doubles."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.import_runs import interrupt_left
from messaging import duplicates, likeness, nameless
from messaging.journeys import PROMOTER_COUNTS_FOR, days_to_greet, silent_between
from messaging.likeness import Reason
from messaging.local_time import at_local, local_date
from messaging.trouble import described
from scheduler import effects
from scheduler.work import Work
from storage.columns import chunks
from storage.models import Customer
from storage.store import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

AFTER_THE_BASE = 4 * 60
"""Minutes after midnight: the base is judged by then, and what goes by its sums may begin."""
FOUND_AT_ONCE = 1000
IN_ONE_UNIT = 50
FEED_IS_KEPT_FOR = timedelta(days=2)
FILES_WAIT_FOR = timedelta(days=1)
"""For somebody to say what their columns mean."""
OVERLAP = timedelta(minutes=10)
"""A word that was committed while the last look went on must not fall between two looks."""


async def greet_birthdays(work: Work) -> int:
    """Today's birthdays by each customer's own date, and those of the last days that nobody was there for."""
    now, shop = work.clock(), work.shop()
    sweep = Sweep(work)
    for year, days in days_to_greet(local_date(now, shop.zone)).items():
        after = None
        while born := await work.database.read(_born_on(year, days, after)):
            await sweep.page(born, lambda store, customer: effects.greet(store, customer, shop, now))
            after = born[-1].id
    return sweep.handled()


async def win_back(work: Work) -> int:
    """A word to those who have been silent for ninety days."""
    now, shop = work.clock(), work.shop()
    since, until = silent_between(now)
    silent = await work.database.read(lambda store: store.purchases.last_before_silence(since, until, FOUND_AT_ONCE))
    return await for_each(work, silent, lambda store, purchase: effects.win_back(store, purchase, shop, now))


async def find_flags(work: Work) -> int:
    """Candidates among those who said or scored something since the last look."""
    now = work.clock()
    before = await work.database.read(lambda store: store.occasions.last_success(find_flags.__name__))
    since = before - OVERLAP if before else now - PROMOTER_COUNTS_FOR
    heard = await work.database.read(lambda store: store.flags.heard_since(since))
    return await for_each(work, heard, lambda store, customer_id: effects.look_for_flags(store, customer_id, now))


async def answer_kept(work: Work) -> int:
    """Events that were kept without an answer."""
    return await work.answer_kept()


async def trim_feed(work: Work) -> int:
    """What open pages tail is only about now."""
    before = work.clock() - FEED_IS_KEPT_FOR
    await work.database.write(lambda store: store.feed.delete_before(before))
    return 0


async def forget(work: Work) -> int:
    """What is kept only as long as it serves: steps of old merges, what old imports changed, where a last word went,
    what was answered to somebody without a name."""
    now, write = work.clock(), work.database.write
    forgotten = await write(lambda store: _forget(store, now, work.shop().zone))
    await write(lambda store: interrupt_left(store, now))
    while some := await write(lambda store: store.imports.forget_old_changes(now)):
        forgotten += some
    return forgotten


def _forget(store: Store, now: datetime, zone: ZoneInfo) -> int:
    old = store.people.forget_old_steps(now)
    old += nameless.sweep(store, now, local_date(now, zone))
    return old + store.imports.forget_waiting(now - FILES_WAIT_FOR) + store.people.forget_goodbyes()


async def find_duplicates(work: Work) -> int:
    """Records that may be one person go into the queue for somebody to look at; what is not alike any more leaves."""
    now, read, write = work.clock(), work.database.read, work.database.write
    at_most = likeness.SHARED_AT_MOST
    found = duplicates.collected(
        {
            Reason.PHONE: likeness.sharing(await read(lambda store: store.duplicates.of_one_phone(at_most))),
            Reason.EMAIL: likeness.sharing(await read(lambda store: store.duplicates.of_one_email(at_most))),
            Reason.NAME_AND_BIRTHDAY: await _namesakes(work),
        }
    )
    only_names = [pair for pair, reasons in found.items() if reasons == {Reason.NAME_AND_BIRTHDAY}]
    for some in chunks(only_names, FOUND_AT_ONCE):
        for pair in await read(partial(duplicates.hopeless, pairs=some)):
            del found[pair]
    known = await read(duplicates.known)
    handled = 0
    for some in chunks(likeness.to_write(found, known).items(), IN_ONE_UNIT):
        handled += await write(partial(duplicates.put, pairs=some, now=now))
    for some in chunks(likeness.to_drop(found, known), FOUND_AT_ONCE):
        handled += await write(partial(duplicates.drop, pairs=some))
    return handled


async def _namesakes(work: Work) -> Iterator[likeness.Pair]:
    """Read in pages: whoever else needs the database or this thread gets in between."""
    namesakes, after = likeness.Namesakes(), None
    while page := await work.database.read(_born_after(after)):
        namesakes.add(likeness.Born(*row) for row in page)
        after = page[-1][0]
    return namesakes.pairs()


def _born_after(after: UUID | None) -> Callable[[Store], list[tuple[UUID, str, int, int, int | None]]]:
    return lambda store: store.duplicates.born(after, FOUND_AT_ONCE)


def _born_on(year: int, days: set[tuple[int, int]], after: UUID | None) -> Callable[[Store], list[Customer]]:
    return lambda store: store.occasions.born_on(days, str(year), after, FOUND_AT_ONCE)


async def had_its_night(work: Work, job: str) -> bool:
    """Whether a job that runs once a night, and again until it succeeds, has nothing to do until the next night."""
    now, zone = work.clock(), work.shop().zone
    last = await work.database.read(lambda store: store.occasions.last_success(job))
    begins = at_local(local_date(now, zone), AFTER_THE_BASE, zone)
    return last is not None and (now < begins or last >= begins)


class Incomplete(Exception):
    """Some of those who were due could not be dealt with; the others were."""


class Sweep:
    """One look page after page. A page of which somebody failed holds up no later one."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._handled = 0
        self._failed: list[str] = []

    async def page(
        self, due: Sequence[T], effect: Callable[[Store, T], bool], *, in_one_unit: int = IN_ONE_UNIT
    ) -> None:
        try:
            self._handled += await for_each(self._work, due, effect, in_one_unit=in_one_unit)
        except Incomplete as incomplete:
            self._failed.append(str(incomplete))

    def handled(self) -> int:
        """How many it dealt with. Raises Incomplete, when all pages had their turn."""
        if self._failed:
            raise Incomplete("; ".join(self._failed))
        return self._handled


async def for_each(
    work: Work, due: Sequence[T], effect: Callable[[Store, T], bool], *, in_one_unit: int = IN_ONE_UNIT
) -> int:
    """Have the effect for each, a few in one unit; how many it dealt with. One that fails holds up no other.

    Raises Incomplete, when all had their turn.
    """
    handled, failures = 0, 0
    for page in chunks(due, in_one_unit):
        try:
            handled += await _together(work, page, effect)
        except Exception:  # somebody of this page: find out who
            for one in page:
                try:
                    handled += await _together(work, [one], effect)
                except Exception as error:  # the next tick tries again
                    failures += 1
                    log.error("one of those who are due failed: %s", described(error))
    if failures:
        raise Incomplete(f"{failures} of {len(due)} failed and are tried again")
    return handled


async def _together(work: Work, page: Sequence[T], effect: Callable[[Store, T], bool]) -> int:
    return await work.database.write(lambda store: sum(effect(store, one) for one in page))
