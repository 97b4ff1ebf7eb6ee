"""May this survey be put to this customer now: asked, skipped with the reason, or not at this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from messaging.consent import Refusal
from messaging.journeys import CHAT_IS_QUIET_AFTER
from messaging.local_time import at_local, local_date, zone_of
from storage.kinds import Touchpoint
from surveys.cadence import Rule

KEY_ASKED_AT_MOST_EVERY: Final = timedelta(days=90)
"""The relation, whatever the survey's own rule says (feature C7)."""


class Why(StrEnum):
    """Why somebody is not asked, beside what `messaging.consent.Refusal` knows. Phrases: `reason.<value>`."""

    TOO_NEW = "too_new"
    ASKED_RECENTLY = "asked_recently"
    SURVEYED_RECENTLY = "surveyed_recently"
    NOT_IN_SEGMENT = "not_in_segment"
    DAILY_LIMIT = "daily_limit"
    BRANCH_QUOTA = "branch_quota"
    CASE_SPAM = "case_spam"
    CASE_WITHOUT_SURVEY = "case_without_survey"
    CASE_NOBODY_REPLIED = "case_nobody_replied"
    CASE_ASKED_ALREADY = "case_asked_already"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer, as far as the decision goes by it."""

    known_since: datetime
    refusal: Refusal | None
    """Why we may not write, from `messaging.consent.may_write`."""
    undisturbed_at: datetime
    """Now, or when their quiet hours end."""
    time_zone: str | None = None
    is_key: bool = False
    asked_at: datetime | None = None
    """The same thing was asked last, or answered unasked, then."""
    surveyed_at: datetime | None = None
    """Anything was asked last then."""
    heard_at: datetime | None = None
    """They wrote last then."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not at this moment; the question stands."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Not asked, and not later instead (feature NP6). `reason`: a Why or a Refusal."""

    reason: str


Decision: TypeAlias = Ask | Wait | Skip


def decide(facts: Facts, touchpoint: Touchpoint, rule: Rule, now: datetime, zone: ZoneInfo) -> Decision:
    """`zone`: the business's own, for customers whose own is unknown."""
    if not is_moment(facts, touchpoint, rule, now, zone):
        return Wait()
    reason = why_not(facts, touchpoint, rule, now)
    return Ask() if reason is None else Skip(reason)


def is_moment(facts: Facts, touchpoint: Touchpoint, rule: Rule, now: datetime, zone: ZoneInfo) -> bool:
    """Not while they write, nor in their night; of the relation only in their own morning (features CS2, NP7)."""
    if facts.heard_at is not None and now - facts.heard_at < CHAT_IS_QUIET_AFTER:
        return False
    if facts.undisturbed_at > now:
        return False
    if touchpoint is not Touchpoint.RELATION:
        return True
    morning = morning_of(rule, zone_of(facts.time_zone, zone), now)
    return morning is not None and morning[0] <= now < morning[1]


def why_not(facts: Facts, touchpoint: Touchpoint, rule: Rule, now: datetime) -> str | None:
    """Whether they are asked at all, whatever the hour; None: they are."""
    if facts.refusal is not None:
        return facts.refusal.value
    if now - facts.known_since < timedelta(days=rule.new_days):
        return Why.TOO_NEW.value
    if facts.asked_at is not None and now - facts.asked_at < contact_every(touchpoint, rule, is_key=facts.is_key):
        return Why.ASKED_RECENTLY.value
    if facts.surveyed_at is not None and now - facts.surveyed_at < timedelta(days=rule.cool_down_days):
        return Why.SURVEYED_RECENTLY.value
    return None


def contact_every(touchpoint: Touchpoint, rule: Rule, *, is_key: bool) -> timedelta:
    """The shortest time between two questions; of key customers the relation has one of its own (feature C7)."""
    days = timedelta(days=rule.contact_days)
    return max(days, KEY_ASKED_AT_MOST_EVERY) if is_key and touchpoint is Touchpoint.RELATION else days


def why_not_this_case(*, is_spam: bool, asks_survey: bool, was_answered: bool, was_asked: bool) -> Why | None:
    """Features CS3, CS4. `was_answered`: by a human; `was_asked`: about this very case, and that was not taken back."""
    if is_spam:
        return Why.CASE_SPAM
    if not asks_survey:
        return Why.CASE_WITHOUT_SURVEY
    if not was_answered:
        return Why.CASE_NOBODY_REPLIED
    return Why.CASE_ASKED_ALREADY if was_asked else None


def morning_of(rule: Rule, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime] | None:
    """The hours of today, there, in which somebody may be asked; None on another day of the week."""
    today = local_date(now, zone)
    if today.weekday() not in rule.weekdays:
        return None
    return at_local(today, rule.from_minute, zone), at_local(today, rule.until_minute, zone)
