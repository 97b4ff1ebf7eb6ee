"""What the clock may ask and of whom: each survey's rules as they are kept, and what is known of the customers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging import saved_segments
from messaging.consent import Refusal
from messaging.local_time import at_local, local_date, undisturbed_at
from messaging.messages import Address
from messaging.reaching import addresses_for
from storage.kinds import MessageKind, SurveyKind, Touchpoint
from storage.models import Staff, Survey
from storage.sampling import Known, Missed
from storage.segments.fields import Moment
from storage.store import Store
from surveys.cadence import Rule, Rules, as_json, parse, usual
from surveys.decision import Facts, why_not
from surveys.draw import KEY_ASKED_AT_LEAST_EVERY, Room

BUILT_IN: Final = (SurveyKind.NPS, SurveyKind.CSAT, SurveyKind.CES)
"""Surveys that are there before anybody makes one; each is called as its kind."""
SETTING: Final = "surveys.cadence."
"""Where the rules of one that is built in are kept; one that was made here keeps its own."""
LOOKED_AT: Final = 1000
"""Customers that an outlook looks at; of more it is an even sample of so many."""
FACTS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """One survey at one kind of moment."""

    slug: str
    kind: SurveyKind
    touchpoint: Touchpoint
    rule: Rule


@dataclass(frozen=True, slots=True)
class Cadence:
    """A survey and its rules. What is built in has no title of its own."""

    slug: str
    kind: SurveyKind
    title: str
    is_on: bool
    rules: dict[Touchpoint, Rule]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whom a survey of the relation would find if today's morning were now. `looked_at` of `everybody` with a chat were
    looked at; `fit` and `reasons` count these alone. `room`: how many may still be asked today, None for any number.
    """

    everybody: int
    looked_at: int
    fit: int
    room: int | None
    asked_today: int
    reasons: dict[str, int]

    @property
    def is_sample(self) -> bool:
        return self.looked_at < self.everybody

    @property
    def fit_of_all(self) -> int:
        """Of everybody; of a sample it is an estimate."""
        return round(self.fit * self.everybody / self.looked_at) if self.looked_at else 0

    @property
    def will_be_asked(self) -> int:
        return self.fit_of_all if self.room is None else min(self.room, self.fit_of_all)


# --- the rules


def cadence_of(store: Store, slug: str) -> Cadence | None:
    """None where there is no such survey."""
    made = store.questionnaires.get(slug)
    if made is not None:
        return _made(store, made)
    kind = next((one for one in BUILT_IN if one == slug), None)
    return None if kind is None else _built_in(store, kind)


def cadences(store: Store) -> list[Cadence]:
    """Of all surveys; one that was made here may stand for one that is built in."""
    made = store.questionnaires.all()
    slugs = {one.slug for one in made}
    return [*(_made(store, one) for one in made), *(_built_in(store, kind) for kind in BUILT_IN if kind not in slugs)]


def askings(store: Store, *touchpoints: Touchpoint) -> list[Asking]:
    """What is asked at such moments. One moment has one question: the narrowest comes first, own surveys before those
    that are built in."""
    found = [
        Asking(one.slug, one.kind, touchpoint, one.rules[touchpoint])
        for one in cadences(store)
        for touchpoint in touchpoints
        if one.is_on and touchpoint in one.rules and one.rules[touchpoint].is_on
    ]
    return sorted(found, key=lambda one: (one.rule.segment is None, not one.rule.branches))


def save(store: Store, slug: str, rules: Rules, staff: Staff, now: datetime) -> bool:
    """False where there is no such survey."""
    made = store.questionnaires.locked(slug)
    if made is not None:
        made.cadence = as_json(rules)
        store.questionnaires.save(made)
    elif slug in set(BUILT_IN):
        store.business.change(SETTING + slug, as_json(rules), staff.id, now)
    else:
        return False
    return True


def _made(store: Store, survey: Survey) -> Cadence:
    """One that took the place of what is built in goes by its rules until it has its own."""
    rules = parse(survey.cadence, survey.kind) if survey.cadence else _kept(store, survey.slug, survey.kind)
    return Cadence(survey.slug, survey.kind, survey.title, survey.is_on, rules)


def _built_in(store: Store, kind: SurveyKind) -> Cadence:
    return Cadence(kind.value, kind, "", True, _kept(store, kind.value, kind))


def _kept(store: Store, slug: str, kind: SurveyKind) -> dict[Touchpoint, Rule]:
    kept = store.business.setting(SETTING + slug)
    return parse(kept.value, kind) if kept else usual(kind)


# --- the people


def facts_of(
    store: Store, asking: Asking, customer_ids: Sequence[UUID], now: datetime, zone: ZoneInfo
) -> dict[UUID, tuple[Facts, Address | Refusal]]:
    """Of these customers, a few hundred at once: what the decision goes by, and where they would be asked."""
    to = addresses_for(store, customer_ids, MessageKind.SURVEY, now)
    known = store.sampling.known(asking.slug, asking.kind, asking.touchpoint, customer_ids)
    return {
        one.customer_id: (_facts(one, to[one.customer_id], now, zone), to[one.customer_id]) for one in known.values()
    }


def _facts(known: Known, to: Address | Refusal, now: datetime, zone: ZoneInfo) -> Facts:
    return Facts(
        known_since=known.known_since,
        refusal=to if isinstance(to, Refusal) else None,
        undisturbed_at=undisturbed_at(known, now, zone),
        time_zone=known.time_zone,
        is_key=known.is_key,
        asked_at=known.asked_at,
        surveyed_at=known.surveyed_at,
        heard_at=known.heard_at,
    )


def fits(store: Store, asking: Asking, customer_id: UUID, branch: str, now: datetime, zone: ZoneInfo) -> bool:
    """Whether this survey is meant for what happened to this customer there."""
    rule = asking.rule
    if rule.branches and branch not in rule.branches:
        return False
    if rule.segment is None:
        return True
    rules = saved_segments.rules_now(store, rule.segment)
    return rules is not None and store.segments.is_in(customer_id, rules, Moment(now, zone))


def room_today(store: Store, asking: Asking, now: datetime, zone: ZoneInfo) -> Room:
    """What is left of the day's limits, by the business's day."""
    return Room(asking.rule, asked_today(store, asking, now, zone))


def asked_today(store: Store, asking: Asking, now: datetime, zone: ZoneInfo) -> dict[str, int]:
    begins = at_local(local_date(now, zone), 0, zone)
    return store.sampling.asked_since(asking.slug, asking.touchpoint, begins)


# --- looking ahead


def outlook(store: Store, asking: Asking, now: datetime, zone: ZoneInfo) -> Outlook:
    """The very decision of the job, for everybody or an even sample; nothing is written."""
    everybody, ids = _looked_at(store, asking, now, zone)
    reasons: Counter[str] = Counter()
    fit = 0
    for place in range(0, len(ids), FACTS_AT_ONCE):
        for facts, _ in facts_of(store, asking, ids[place : place + FACTS_AT_ONCE], now, zone).values():
            reason = why_not(facts, asking.touchpoint, asking.rule, now)
            fit += reason is None
            reasons.update([reason] if reason else [])
    asked = sum(asked_today(store, asking, now, zone).values())
    room = None if asking.rule.daily_limit is None else max(0, asking.rule.daily_limit - asked)
    return Outlook(everybody, len(ids), fit, room, asked, dict(reasons.most_common()))


def _looked_at(store: Store, asking: Asking, now: datetime, zone: ZoneInfo) -> tuple[int, Sequence[UUID]]:
    if asking.rule.segment is None:
        everybody = store.sampling.count()
        return everybody, store.sampling.sample(everybody, LOOKED_AT)
    rules = saved_segments.rules_now(store, asking.rule.segment)
    if rules is None:
        return 0, []
    moment = Moment(now, zone)
    everybody = store.segments.count(rules, moment)
    return everybody, store.segments.sample(rules, moment, everybody, LOOKED_AT)


def missed(store: Store, now: datetime, limit: int) -> list[Missed]:
    """Key customers who have answered nothing for a year (feature C7)."""
    since = now - KEY_ASKED_AT_LEAST_EVERY
    return store.sampling.missed(since, since, limit)
