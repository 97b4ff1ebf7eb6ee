"""May we write to this customer now? One answer, in one place."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from messaging.pacing import MARKETING
from storage.kinds import ConsentAction, MessageKind, ReachStatus


class Refusal(StrEnum):
    """Why not."""

    UNREACHABLE = "unreachable"
    MUTED = "muted"
    NO_CONSENT = "no_consent"
    OPEN_CASE = "open_case"


@dataclass(frozen=True, slots=True)
class WriteFacts:
    """What the answer depends on, as the storage knows it at this moment."""

    customer_id: UUID
    reach: ReachStatus
    advertising: ConsentAction | None
    has_open_case: bool


def may_write(facts: WriteFacts, kind: MessageKind, now: datetime) -> Refusal | None:
    """None when we may. Replies and operators always may, unless the channel itself is closed to us."""
    if facts.reach in (ReachStatus.BLOCKED, ReachStatus.NEVER_ALLOWED):
        return Refusal.UNREACHABLE
    if kind not in MARKETING:
        return None
    if facts.reach is ReachStatus.MUTED_MARKETING:
        return Refusal.MUTED
    if facts.advertising is not ConsentAction.GIVEN:
        return Refusal.NO_CONSENT
    return Refusal.OPEN_CASE if facts.has_open_case else None
