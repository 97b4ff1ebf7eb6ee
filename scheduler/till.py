"""What ends by itself at the till: questions that nobody answered, codes and pictures that were shown for a minute."""

from datetime import timedelta

from loyalty.spending import expire
from scheduler.jobs import FOUND_AT_ONCE, for_each
from scheduler.work import Work
from storage.store import Store

CODES_ARE_KEPT_FOR = timedelta(days=1)
"""Longer than a proof lasts: a cashier hears of a code that it was used, and not that it never was."""


async def expire_questions(work: Work) -> int:
    """Two minutes without the customer's yes: the sale is not recorded, and the cashier hears it."""
    now = work.clock()
    late = await work.database.read(lambda store: store.till.spends_to_expire(now, FOUND_AT_ONCE))
    return await for_each(work, late, lambda store, request: expire(store, request, now))


async def forget_codes(work: Work) -> int:
    """Codes from screens, their pictures, and drafts of tills that were left open."""
    now = work.clock()

    def sweep(store: Store) -> int:
        codes = store.cards.forget_codes(now - CODES_ARE_KEPT_FOR)
        return codes + store.files.forget_expired(now) + store.till.forget_forms(now)

    return await work.database.write(sweep)
