"""What a customer with a case is promised: how soon a human answers, and how soon it is over. Counted in open time."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from messaging.business_hours import Hours, add_open, open_seconds
from messaging.flaws import Flaw, Unfit, table, whole
from storage.kinds import Urgency

KEY: Final = "promises"
"""The setting's."""
LONGEST_MINUTES: Final = 60 * 24 * 60
_MINUTE: Final = 60


class State(StrEnum):
    """`DUE_SOON`: less is left than the part of it at which staff are warned."""

    OK = "ok"
    DUE_SOON = "due_soon"
    BREACHED = "breached"


class What(StrEnum):
    """Which promise: the first human answer, each later one, the end of it."""

    FIRST = "first"
    NEXT = "next"
    RESOLUTION = "resolution"


class Promise(NamedTuple):
    """Minutes in which somebody is there."""

    first: int
    next: int
    resolution: int

    def seconds(self, what: What) -> int:
        return {What.FIRST: self.first, What.NEXT: self.next, What.RESOLUTION: self.resolution}[what] * _MINUTE


USUAL_NOW: Final = Promise(15, 30, 24 * 60)
USUAL_TODAY: Final = Promise(4 * 60, 4 * 60, 3 * 24 * 60)


@dataclass(frozen=True, slots=True)
class Promises:
    """By urgency. `key_percent`: a key customer waits so much of it (feature C4)."""

    now: Promise = USUAL_NOW
    today: Promise = USUAL_TODAY
    key_percent: int = 50
    warn_percent: int = 80

    def of(self, urgency: Urgency, *, is_key: bool) -> Promise:
        whole_one = self.now if urgency is Urgency.NOW else self.today
        if not is_key:
            return whole_one
        return Promise(*(max(1, minutes * self.key_percent // 100) for minutes in whole_one))


def due_at(hours: Hours, promise: Promise, what: What, since: datetime) -> datetime:
    return add_open(hours, since, promise.seconds(what))


def state(hours: Hours, promise: Promise, what: What, due: datetime, now: datetime, warn_percent: int) -> State:
    """How a running promise stands. At the promised moment itself it is not broken yet."""
    if now > due:
        return State.BREACHED
    left = open_seconds(hours, now, due)
    return State.DUE_SOON if left * 100 <= promise.seconds(what) * (100 - warn_percent) else State.OK


# --- as it is kept: {"now": {"first": 15, "next": 30, "resolution": 1440}, "today": {…}, "key_percent": 50, …}


def parse(document: Any) -> Promises:
    """What is left out has its default. Raises Unfit with every flaw, by field: `now.first`."""
    values, usual = table(document), Promises()
    flaws: dict[str, Flaw] = {}

    def number(holder: Any, path: str, default: int, low: int, high: int) -> int:
        try:
            return whole(table(holder, path).get(path.rpartition(".")[2], default), path, low, high)
        except Unfit as unfit:
            flaws.update(unfit.flaws)
            return default

    def promise(name: str, default: Promise) -> Promise:
        holder = values.get(name, {})
        return Promise(
            *(
                number(holder, f"{name}.{what}", minutes, 1, LONGEST_MINUTES)
                for what, minutes in zip(Promise._fields, default, strict=True)
            )
        )

    read = Promises(
        promise("now", usual.now),
        promise("today", usual.today),
        number(values, "key_percent", usual.key_percent, 1, 100),
        number(values, "warn_percent", usual.warn_percent, 1, 100),
    )
    if flaws:
        raise Unfit(flaws)
    return read


def as_json(promises: Promises) -> dict[str, Any]:
    return {
        "now": promises.now._asdict(),
        "today": promises.today._asdict(),
        "key_percent": promises.key_percent,
        "warn_percent": promises.warn_percent,
    }
