"""What customers sent is fetched from where they sent it: a few at a time, each in its own time limit."""

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import Final

from messaging import files
from messaging.files import Fetch, Fetched, Lost
from messaging.trouble import described
from scheduler.jobs import FOUND_AT_ONCE
from scheduler.work import Work
from storage.files import Awaited
from storage.kinds import FileTrouble
from storage.store import Store

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
"""Of ten megabytes each: what a small machine has room for."""
WITHIN_SECONDS: Final = 40.0
NOBODY_TRIED_FOR: Final = timedelta(days=2)
"""Longer than the longest pause: the bot that it was sent to does not run any more."""


async def fetch_files(work: Work) -> int:
    """Pictures and voices that are due, by the bots that run here. Nothing is held while the network is waited for:
    killed there, it is fetched again."""
    now, fetchers = work.clock(), work.fetchers()

    def look(store: Store) -> tuple[list[Awaited], list[str]]:
        due = store.files.due(list(fetchers), now, AT_ONCE)
        return due, store.files.untried(now - NOBODY_TRIED_FOR, FOUND_AT_ONCE)

    due, untried = await work.database.read(look)
    handled = 0
    for file_id in set(untried) - {one.id for one in due}:
        handled += await work.database.write(partial(files.give_up, file_id=file_id, now=now))
    outcomes = await asyncio.gather(*(_fetched(fetchers[one.bot_id], one) for one in due))
    for one, outcome in zip(due, outcomes, strict=True):
        handled += await work.database.write(partial(files.settle, awaited=one, outcome=outcome, now=now))
    return handled


async def _fetched(fetch: Fetch, awaited: Awaited) -> Fetched | FileTrouble | None:
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            content = await fetch(awaited.source)
    except Lost as lost:
        return lost.trouble
    except Exception as error:  # one that cannot be had now must not stop the others
        log.warning("a customer's file could not be fetched and is tried again: %s", described(error))
        return None
    return await asyncio.to_thread(files.checked, content, is_nameless=awaited.owner_id is None)
