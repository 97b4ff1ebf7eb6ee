"""What the clock does for promo campaigns: codes that were asked for, reservations that are over, checks that fall."""

from datetime import datetime

from loyalty import check_guard
from loyalty.code_generation import PAGE_BESIDE_CHATS, make_page
from loyalty.guessing import REMEMBERED_FOR
from loyalty.promo_codes import overdue, release
from messaging.phrases import say
from scheduler.jobs import for_each
from scheduler.owners import owners, tell_once
from scheduler.work import Shop, Work
from storage.kinds import GenerationState
from storage.models import PromoCampaign
from storage.store import Store

AT_ONCE = 50


async def make_codes(work: Work) -> int:
    """Codes that somebody asked for in the console; what a kill left off goes on here."""
    made = 0
    for generation in await work.database.read(lambda store: store.code_generations.running()):
        going_on = generation
        while going_on.state is GenerationState.RUNNING:
            before = going_on.made
            going_on = await work.database.write(
                lambda store, one=generation: make_page(store, one.id, PAGE_BESIDE_CHATS, work.clock())  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            )
            made += going_on.made - before
    return made


async def release_reservations(work: Work) -> int:
    """Uses that were held for a sale which nobody finished."""
    released = 0
    while over := await work.database.read(lambda store: overdue(store, work.clock(), AT_ONCE)):
        some = await for_each(work, over, lambda store, key: release(store, key, work.clock()), in_one_unit=1)
        if not some:
            break  # somebody else is letting them go
        released += some
    return released


async def forget_attempts(work: Work) -> int:
    """Wrong codes that count against nobody any more."""
    before = work.clock() - REMEMBERED_FOR
    return await work.database.write(lambda store: store.promos.forget_attempts(before))


async def guard_checks(work: Work) -> int:
    """A guarded campaign whose average check is provably below its hold-out's stops itself; how many stopped."""
    now, shop = work.clock(), work.shop()
    stopped = 0
    for campaign in await work.database.read(check_guard.guarded):
        compared = await work.database.read(
            lambda store, one=campaign: check_guard.compare(store, one)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )
        if compared is not None and compared.is_lower:
            stopped += await work.database.write(
                lambda store, one=campaign, found=compared: _stop(store, one, found, shop, now)  # type: ignore[misc]  # as above
            )
    return stopped


def _stop(store: Store, campaign: PromoCampaign, compared: check_guard.Comparison, shop: Shop, now: datetime) -> bool:
    """Stop it, and tell the owners where they read messages."""
    if not check_guard.stop(store, campaign.id, compared, now):
        return False
    key = f"guard:{campaign.id.hex}:{now.isoformat()}"
    for owner, account in owners(store):
        found = check_guard.in_words(owner.language, compared)
        text = say(owner.language, "guard.stopped", business=shop.name, campaign=campaign.name, **found)
        tell_once(store, account, key, text, now)
    return True
