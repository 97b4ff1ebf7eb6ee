"""From what a customer said to a case: the business's rules decide, and the case of a failed repair is opened again."""

from collections.abc import Sequence
from datetime import datetime

from insights import case_rules
from insights.case_rules import USUAL, Call, Heard, Rule, Unfit
from messaging import cases
from messaging.desk import Desk
from messaging.messages import Address
from storage.models import Customer, SurveyRun
from storage.store import Store
from surveys import recovery


def rules_now(store: Store) -> Sequence[Rule]:
    """As the business has set them, else the usual ones; also where they are none that this program has written."""
    kept = store.business.setting(case_rules.KEY)
    try:
        return case_rules.parse(kept.value) if kept else USUAL
    except Unfit:
        return USUAL


def called(store: Store, heard: Heard) -> Call | None:
    """What the business's rules want for this."""
    return case_rules.call(rules_now(store), heard)


def call_a_person(
    store: Store,
    customer: Customer,
    chat: Address,
    heard: Heard,
    words: str,
    now: datetime,
    desk: Desk,
    run: SurveyRun | None = None,
) -> Call | None:
    """Open a case, or add to the open one, where a rule says so; which call it was. `words` is what staff read."""
    wanted = called(store, heard)
    if wanted is None:
        return None
    if run is not None and recovery.reopen(store, run, words, now, desk):
        return wanted
    cases.open_case(
        store,
        customer,
        chat,
        wanted.urgency,
        wanted.origin,
        words,
        now,
        desk,
        run=run,
        branch=wanted.branch,
        label=wanted.label,
    )
    return wanted
