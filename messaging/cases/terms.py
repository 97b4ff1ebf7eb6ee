"""The business's own terms of service, read once a unit: hours, promises, who gets what, when to ask again.

A setting that this program could not have written counts as none: no customer waits because of it.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from messaging import assignment, business_hours, promises, recovery
from messaging.business_hours import Hours
from messaging.flaws import Unfit
from messaging.promises import Promise, Promises
from storage.models import Case
from storage.store import Store

T = TypeVar("T")


def hours(store: Store, branch: str, zone: ZoneInfo) -> Hours:
    """The branch's own, else the business's, else always open; `zone` is the business's."""
    none: dict[str, Hours] = {}
    by_branch = _read(store, business_hours.KEY, lambda kept: business_hours.parse(kept, zone), none)
    return business_hours.of_branch(by_branch, branch, zone)


def promised(store: Store) -> Promises:
    return _read(store, promises.KEY, promises.parse, Promises())


def promise_to(store: Store, case: Case) -> Promise:
    """What this case's customer is promised."""
    return promised(store).of(case.urgency, is_key=case.is_key)


def assigning(store: Store) -> assignment.Rules:
    return _read(store, assignment.KEY, assignment.parse, assignment.Rules())


def recovering(store: Store) -> recovery.Rules:
    return _read(store, recovery.KEY, recovery.parse, recovery.Rules())


def _read(store: Store, key: str, parse: Callable[[Any], T], default: T) -> T:
    kept = store.business.setting(key)
    if kept is None:
        return default
    try:
        return parse(kept.value)
    except Unfit:
        return default
