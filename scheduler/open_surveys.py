"""What time does to questions that are open, and to branches that nobody speaks of: one reminder, an end, an alert."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from messaging.local_time import at_local, local_date
from messaging.messages import Address, Message
from messaging.outbox import enqueue
from messaging.phrases import count, say
from scheduler.jobs import FOUND_AT_ONCE, Sweep
from scheduler.owners import owners, tell_once
from scheduler.work import Shop, Work
from storage.kinds import Journey, MessageKind
from storage.models import SurveyRun
from storage.store import Store
from surveys.answering import FROM_MENU, UNFINISHED_FOR
from surveys.cadence import ASKED_BY_CLOCK, REMIND_FOR
from surveys.decision import is_moment
from surveys.sampling import Asking, askings, facts_of

CLOSED_AT_ONCE: Final = 200
AT_MINUTE: Final = 10 * 60
SILENT_FOR: Final = timedelta(days=14)
"""Feature A20; while it lasts, owners hear of it again after as long."""
SILENCE_NEEDS: Final = 10
"""Purchases: a branch where hardly anybody bought has nobody to speak."""
TOLD: Final = "surveys.silent"
"""When the owners heard of each silent branch: {branch: day}."""


# --- one reminder


async def remind_of_surveys(work: Work) -> int:
    """The same question once more, to who said nothing; never after a part of the answer (feature NP9)."""
    now, shop, read = work.clock(), work.shop(), work.database.read
    sweep = Sweep(work)
    for asking in await read(lambda store: askings(store, *ASKED_BY_CLOCK)):
        if asking.rule.remind_days:
            due = await read(partial(_to_remind, asking=asking, now=now, zone=shop.zone))
            await sweep.page(due, partial(_remind, asking=asking, shop=shop, now=now), in_one_unit=1)
    return sweep.handled()


def _to_remind(store: Store, asking: Asking, now: datetime, zone: ZoneInfo) -> list[SurveyRun]:
    """Of those whose time it is, the ones whose moment it is."""
    until = now - timedelta(days=asking.rule.remind_days)
    runs = store.sampling.to_remind(asking.slug, asking.touchpoint, until - REMIND_FOR, until, now, limit=FOUND_AT_ONCE)
    facts = facts_of(store, asking, [run.customer_id for run in runs], now, zone)
    return [
        run
        for run in runs
        if run.customer_id in facts
        and isinstance(facts[run.customer_id][1], Address)
        and is_moment(facts[run.customer_id][0], asking.touchpoint, asking.rule, now, zone)
    ]


def _remind(store: Store, run: SurveyRun, asking: Asking, shop: Shop, now: datetime) -> bool:
    """The very message that was sent, with a word before it: whatever version its run is of."""
    customer = store.customers.held(run.customer_id)
    if customer is None or not _to_still(store, run, asking, now, shop.zone) or run.outbox_id is None:
        return False
    sent = store.outbox.get(run.outbox_id)
    if sent is None or not store.sampling.note_reminded(run.id, now):
        return False
    question = Message.from_body(sent.body, MessageKind.SURVEY)
    text = say(customer.language, "survey.reminder", question=question.text)
    message = replace(question, text=text, survey_run_id=sent.survey_run_id)
    to = Address(sent.bot_id, sent.user_id)  # an answer belongs to where it was asked
    enqueue(store, to, [message], now, customer_id=customer.id, journey=Journey.SURVEY)
    return True


def _to_still(store: Store, run: SurveyRun, asking: Asking, now: datetime, zone: ZoneInfo) -> bool:
    facts, to = facts_of(store, asking, [run.customer_id], now, zone)[run.customer_id]
    return isinstance(to, Address) and is_moment(facts, asking.touchpoint, asking.rule, now, zone)


# --- an end


async def end_surveys(work: Work) -> int:
    """Runs whose time is over, with what was said, and those whose question never left."""
    now, write = work.clock(), work.database.write
    ended, unfinished = 0, now - UNFINISHED_FOR
    while some := await write(lambda store: store.sampling.close_over(now, unfinished, FROM_MENU, CLOSED_AT_ONCE)):
        ended += some
    while some := await write(lambda store: store.sampling.close_undelivered(now, CLOSED_AT_ONCE)):
        ended += some
    return ended


# --- an alert


async def find_silent_branches(work: Work) -> int | None:
    """Branches that sold and of which nobody said anything for two weeks: the owners hear of it, once a day at ten
    (feature A20)."""
    now, shop = work.clock(), work.shop()
    begins = at_local(local_date(now, shop.zone), AT_MINUTE, shop.zone)
    last = await work.database.read(lambda store: store.occasions.last_success(find_silent_branches.__name__))
    if now < begins or (last is not None and last >= begins):
        return None
    return await work.database.write(lambda store: _look_for_silence(store, shop, now))


def _look_for_silence(store: Store, shop: Shop, now: datetime) -> int:
    silent = store.voices.silent_branches(now - SILENT_FOR, now, SILENCE_NEEDS)
    kept = store.business.setting(TOLD)
    before: Mapping[str, Any] = kept.value if kept else {}
    today = local_date(now, shop.zone).toordinal()
    news = [branch for branch in silent if today - before.get(branch, 0) >= SILENT_FOR.days]
    after = {branch: today if branch in news else before[branch] for branch in silent}
    if after != before:
        store.business.keep_value(TOLD, after, now)
    for owner, account in owners(store):
        for branch in news:
            days = count(owner.language, "survey.silent.days", SILENT_FOR.days)
            text = say(owner.language, "survey.silent", business=shop.name, branch=branch, days=days)
            tell_once(store, account, f"silent:{today}:{branch}", text, now)
    return len(news)
