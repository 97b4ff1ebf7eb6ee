"""May we write to this customer now? One answer, in one place."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from messaging.pacing import MARKETING
from storage.kinds import CLOSED_REACH, ConsentAction, MessageKind, ReachStatus, Topic

TOPIC = {
    MessageKind.BROADCAST: Topic.OFFERS,
    MessageKind.JOURNEY: Topic.OFFERS,
    MessageKind.SURVEY: Topic.SURVEYS,
    MessageKind.RECEIPT: Topic.POINTS,
    MessageKind.NOTICE: Topic.POINTS,
}
"""What nobody asked us for, and the topic it belongs to. All else answers somebody, or is a human's own word."""


class Refusal(StrEnum):
    """Why not. The values are phrases of the console: `refusal.<value>`."""

    UNREACHABLE = "unreachable"
    DATA_WITHDRAWN = "data_withdrawn"
    PAUSED = "paused"
    TOPIC_OFF = "topic_off"
    MUTED = "muted"
    NO_CONSENT = "no_consent"
    TOXIC = "toxic"
    OPEN_CASE = "open_case"


@dataclass(frozen=True, slots=True)
class WriteFacts:
    """What the answer depends on, as the storage knows it at this moment."""

    customer_id: UUID
    reach: ReachStatus
    personal_data: ConsentAction | None
    advertising: ConsentAction | None
    has_open_case: bool
    is_toxic: bool = False
    switched_off: frozenset[Topic] = frozenset()
    paused_until: datetime | None = None


def may_write(facts: WriteFacts, kind: MessageKind, now: datetime) -> Refusal | None:
    """None when we may. Replies and operators always may, unless the channel itself is closed to us."""
    if facts.reach in CLOSED_REACH:
        return Refusal.UNREACHABLE
    topic = TOPIC.get(kind)
    if topic is None:
        return None
    if facts.personal_data is ConsentAction.WITHDRAWN:
        return Refusal.DATA_WITHDRAWN
    if facts.paused_until is not None and now < facts.paused_until:
        return Refusal.PAUSED
    if topic in facts.switched_off:
        return Refusal.TOPIC_OFF
    if kind in MARKETING:
        return _may_advertise(facts)
    return _may_ask(facts) if kind is MessageKind.SURVEY else None


def _may_ask(facts: WriteFacts) -> Refusal | None:
    """Who insults people is not asked how they like them (feature NP8); «how was it?» to who complains would be
    deaf."""
    if facts.is_toxic:
        return Refusal.TOXIC
    return Refusal.OPEN_CASE if facts.has_open_case else None


def _may_advertise(facts: WriteFacts) -> Refusal | None:
    if facts.reach is ReachStatus.MUTED_MARKETING:
        return Refusal.MUTED
    if facts.advertising is not ConsentAction.GIVEN:
        return Refusal.NO_CONSENT
    if facts.is_toxic:
        return Refusal.TOXIC
    return Refusal.OPEN_CASE if facts.has_open_case else None
