"""Who goes first, who may be sent twice, and how fast a channel may be spoken to."""

from dataclasses import dataclass
from math import inf

from messaging.capabilities import CAPABILITIES
from messaging.messages import Address
from storage.kinds import Channel, MessageKind, Priority

PRIORITY = {
    MessageKind.OPERATOR_REPLY: Priority.OPERATOR,
    MessageKind.OPERATOR_ALERT: Priority.OPERATOR,
    MessageKind.REPLY: Priority.REPLY,
    MessageKind.NAMELESS: Priority.REPLY,
    MessageKind.RECEIPT: Priority.REPLY,
    MessageKind.NOTICE: Priority.JOURNEY,
    MessageKind.SURVEY: Priority.JOURNEY,
    MessageKind.JOURNEY: Priority.JOURNEY,
    MessageKind.BROADCAST: Priority.BROADCAST,
}

AT_LEAST_ONCE = frozenset(
    {
        MessageKind.OPERATOR_REPLY,
        MessageKind.OPERATOR_ALERT,
        MessageKind.REPLY,
        MessageKind.NAMELESS,
        MessageKind.RECEIPT,
    }
)
"""These are sent once more when nobody knows whether they arrived; all others are never sent twice."""

MARKETING = frozenset({MessageKind.BROADCAST, MessageKind.JOURNEY, MessageKind.NOTICE})
"""These need the advertising consent, and stop at once when it is withdrawn."""

AT_ANY_HOUR = frozenset(MessageKind) - MARKETING - {MessageKind.SURVEY}
"""Quiet hours do not hold these: somebody waits for them."""


def _per_second(channel: Channel) -> float:
    """Requests a second, by the channel's window."""
    requests, seconds = CAPABILITIES[channel].send_window or (inf, 1.0)
    return requests / seconds


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request of a channel carries: so many different messages, each to so many chats, rows in all."""

    calls: int
    chats: int
    rows: int


@dataclass(frozen=True, slots=True)
class Pace:
    """A channel's limits: requests per second in all, of these at most so many unasked, and the gap within one chat.

    A request is one message, unless the channel takes them in batches. A group has a longer gap: Telegram takes twenty
    messages a minute there.
    """

    per_second: float
    bulk_per_second: float
    chat_gap_seconds: float
    group_gap_seconds: float = 0.0
    batch: Batch | None = None
    in_flight: int = 64
    """Unasked messages on their way at one time; replies and operators' words have as much room again."""

    @classmethod
    def telegram(cls, per_second: float = _per_second(Channel.TELEGRAM)) -> "Pace":
        """About 30 a second are free, and one a second in a chat; a sixth is kept for replies."""
        return cls(per_second, per_second * 5 / 6, chat_gap_seconds=1.0, group_gap_seconds=3.0)

    @classmethod
    def vk(cls) -> "Pace":
        """One request carries 25 calls of `messages.send`, and a call a hundred chats.

        Both at once is nowhere tried: a request takes a hundred rows. Half a request a second is kept for replies.
        """
        per_second = _per_second(Channel.VK)
        batch = Batch(calls=25, chats=100, rows=100)
        return cls(per_second, per_second - 0.5, chat_gap_seconds=0.0, batch=batch, in_flight=400)

    def gap_of(self, chat: Address) -> float:
        """Seconds between two messages to this chat."""
        return max(self.chat_gap_seconds, self.group_gap_seconds) if is_group(chat) else self.chat_gap_seconds

    @classmethod
    def unlimited(cls) -> "Pace":
        """Our own web chat: nothing goes over a wire."""
        return cls(float("inf"), float("inf"), chat_gap_seconds=0.0)


_FIRST_VK_CHAT = 2_000_000_000


def is_group(chat: Address) -> bool:
    """Whether many read there: a Telegram group's id begins with a minus, a VK chat's is two milliards or more."""
    if chat.channel is Channel.VK:
        return chat.user_id.isdecimal() and int(chat.user_id) >= _FIRST_VK_CHAT
    return chat.user_id.startswith("-")


FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 300.0


def backoff_seconds(attempts: int) -> float:
    """How long to wait after the n-th failed attempt (n from 1): doubling, at most five minutes."""
    return float(min(FIRST_BACKOFF_SECONDS * 2 ** min(attempts - 1, 16), LONGEST_BACKOFF_SECONDS))
