"""Who goes first, who may be sent twice, and how fast a channel may be spoken to."""

from dataclasses import dataclass

from storage.kinds import MessageKind, Priority

PRIORITY = {
    MessageKind.OPERATOR_REPLY: Priority.OPERATOR,
    MessageKind.OPERATOR_ALERT: Priority.OPERATOR,
    MessageKind.REPLY: Priority.REPLY,
    MessageKind.RECEIPT: Priority.REPLY,
    MessageKind.SURVEY: Priority.JOURNEY,
    MessageKind.JOURNEY: Priority.JOURNEY,
    MessageKind.BROADCAST: Priority.BROADCAST,
}

AT_LEAST_ONCE = frozenset(
    {MessageKind.OPERATOR_REPLY, MessageKind.OPERATOR_ALERT, MessageKind.REPLY, MessageKind.RECEIPT}
)
"""These are sent once more when nobody knows whether they arrived; all others are never sent twice."""

MARKETING = frozenset({MessageKind.BROADCAST, MessageKind.JOURNEY})
"""These need the advertising consent, and stop at once when it is withdrawn."""

AT_ANY_HOUR = frozenset(MessageKind) - MARKETING - {MessageKind.SURVEY}
"""Quiet hours do not hold these: somebody waits for them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A channel's limits: messages per second in all, of these at most so many unasked, and the gap within one chat.

    A group has a longer one: Telegram takes twenty messages a minute there.
    """

    per_second: float
    bulk_per_second: float
    chat_gap_seconds: float
    group_gap_seconds: float = 0.0

    @classmethod
    def telegram(cls, per_second: float = 30.0) -> "Pace":
        """About 30 a second are free, and one a second in a chat; a sixth is kept for replies."""
        return cls(per_second, per_second * 5 / 6, chat_gap_seconds=1.0, group_gap_seconds=3.0)

    def gap_of(self, user_id: str) -> float:
        """Seconds between two messages to this chat; a group's id begins with a minus."""
        return max(self.chat_gap_seconds, self.group_gap_seconds) if is_group(user_id) else self.chat_gap_seconds

    @classmethod
    def unlimited(cls) -> "Pace":
        """Our own web chat: nothing goes over a wire."""
        return cls(float("inf"), float("inf"), chat_gap_seconds=0.0)


def is_group(user_id: str) -> bool:
    return user_id.startswith("-")


FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0


def backoff_seconds(attempts: int) -> float:
    """How long to wait after the n-th failed attempt (n from 1): doubling, at most five minutes."""
    return float(min(FIRST_BACKOFF_SECONDS * 2 ** min(attempts - 1, 16), LONGEST_BACKOFF_SECONDS))
