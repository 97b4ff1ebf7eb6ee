"""Whose turn it is today: a daily limit drawn at random among all who may be asked, spread over the morning."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging.local_time import local_date, zone_of
from storage.kinds import Touchpoint
from surveys.cadence import Rule
from surveys.decision import Why, contact_every, morning_of

KEY_ASKED_AT_LEAST_EVERY: Final = timedelta(days=365)
KEY_GOES_FIRST_AFTER: Final = KEY_ASKED_AT_LEAST_EVERY - timedelta(days=30)
"""From then on a key customer is drawn before all others, so that the year is not over first (feature C7)."""


class Candidate(NamedTuple):
    """Somebody whose turn it may be. `branch`: where they were last, '' for nobody knows."""

    customer_id: UUID
    time_zone: str | None
    branch: str
    is_key: bool
    asked_at: datetime | None


class Drawn(NamedTuple):
    """Whose turn it is today, and when; `branch` as their candidate had it."""

    customer_id: UUID
    at: datetime
    branch: str


class Lot(NamedTuple):
    """Two numbers from 0 to 1, the same all day: the place in the queue, and the moment of the morning."""

    turn: float
    moment: float


def lot(survey: str, day: date, customer_id: UUID) -> Lot:
    """As good as thrown by dice, and the same on every machine: a job that is run twice draws the same people."""
    digest = blake2b(customer_id.bytes, key=f"{survey}:{day.isoformat()}".encode()[-64:], digest_size=16).digest()
    turn, moment = (int.from_bytes(half, "big") / 2**64 for half in (digest[:8], digest[8:]))
    return Lot(turn, moment)


class Room:
    """How many may still be asked today, in all and of each branch."""

    def __init__(self, rule: Rule, asked: Mapping[str, int]) -> None:
        self._rule, self._asked = rule, Counter(asked)

    def left(self, branch: str) -> int | None:
        """None: as many as you like."""
        parts = [] if self._rule.daily_limit is None else [self._rule.daily_limit - self._asked.total()]
        if branch in self._rule.quotas:
            parts.append(self._rule.quotas[branch] - self._asked[branch])
        return max(0, min(parts)) if parts else None

    def why_not(self, branch: str) -> Why | None:
        if self.left(branch) != 0:
            return None
        limit = self._rule.daily_limit
        return Why.DAILY_LIMIT if limit is not None and self._asked.total() >= limit else Why.BRANCH_QUOTA

    def take(self, branch: str) -> None:
        self._asked[branch] += 1


SPARE: Final = 100
LAST: Final = timedelta(minutes=15)
"""No moment is later than so long before the morning ends: whoever writes just then can still be asked."""


class Draw:
    """Today's people of one survey. Each customer has a lot; the lowest are drawn, as many as there is room for.

    Each is then asked at their own lot's moment of their own morning, so the day's questions are spread over it.
    Candidates may be added in any order.
    """

    def __init__(self, survey: str, rule: Rule, asked: Mapping[str, int], now: datetime, zone: ZoneInfo) -> None:
        self._survey, self._rule, self._now, self._zone = survey, rule, now, zone
        self._day = local_date(now, zone)
        self._asked, self._room = asked, Room(rule, asked)
        self._best: dict[str, list[tuple[bool, float, UUID, datetime]]] = {}
        self._mornings: dict[str | None, tuple[datetime, datetime] | None] = {}

    def add(self, one: Candidate) -> None:
        morning = self._morning(one.time_zone)
        if morning is None or self._now >= morning[1]:
            return
        every = contact_every(Touchpoint.RELATION, self._rule, is_key=one.is_key)
        if one.asked_at is not None and self._now - one.asked_at < every:
            return
        turn, moment = lot(self._survey, self._day, one.customer_id)
        waits_long = one.is_key and (one.asked_at is None or self._now - one.asked_at >= KEY_GOES_FIRST_AFTER)
        best = self._best.setdefault(one.branch, [])
        best.append((not waits_long, turn, one.customer_id, _at(morning, moment)))
        room = self._room.left(one.branch)
        if room is not None and len(best) > 2 * (room + SPARE):  # no more of a branch than can be drawn are kept
            best.sort()
            del best[room + SPARE :]

    def drawn(self, without: Collection[UUID] = ()) -> list[Drawn]:
        """In the order of their moments. `without`: who was refused; others have their places, SPARE of them."""
        found, room = [], Room(self._rule, self._asked)
        for _, _, customer_id, at, branch in sorted(
            (*one, branch) for branch, best in self._best.items() for one in best
        ):
            if customer_id not in without and room.left(branch) != 0:
                room.take(branch)
                found.append(Drawn(customer_id, at, branch))
        return sorted(found, key=lambda one: (one.at, one.customer_id))

    def _morning(self, time_zone: str | None) -> tuple[datetime, datetime] | None:
        if time_zone not in self._mornings:
            self._mornings[time_zone] = morning_of(self._rule, zone_of(time_zone, self._zone), self._now)
        return self._mornings[time_zone]


def _at(morning: tuple[datetime, datetime], moment: float) -> datetime:
    begins, ends = morning
    return begins + max(ends - begins - LAST, timedelta()) * moment
