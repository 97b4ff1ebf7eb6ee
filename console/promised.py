"""How the promises of a case stand: until when, how much open time is left, and whether it is still in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from messaging.business_hours import Hours, open_seconds
from messaging.cases import terms
from messaging.cases.watching import running
from messaging.promises import State, What, state
from storage.models import Case
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise that runs. `left`: seconds of open time until it is due."""

    what: What
    due: datetime
    state: State
    left: int


class Promising:
    """The business's terms, read once for all the cases of a page."""

    def __init__(self, store: Store, zone: ZoneInfo, now: datetime) -> None:
        self._store = store
        self._zone = zone
        self._now = now
        self._promises = terms.promised(store)
        self._hours: dict[str, Hours] = {}

    def of(self, case: Case) -> tuple[Promised, ...]:
        """The answer's, where the customer waits for one; and the end's. A closed case has none."""
        return tuple(self._running(case)) if case.closed_at is None else ()

    def _running(self, case: Case) -> Iterable[Promised]:
        hours, now = self._hours_of(case.branch), self._now
        promise = self._promises.of(case.urgency, is_key=case.is_key)
        for one in running(case, ()):
            stands = state(hours, promise, one.what, one.due, now, self._promises.warn_percent)
            yield Promised(one.what, one.due, stands, open_seconds(hours, now, one.due))

    def _hours_of(self, branch: str) -> Hours:
        if branch not in self._hours:
            self._hours[branch] = terms.hours(self._store, branch, self._zone)
        return self._hours[branch]
