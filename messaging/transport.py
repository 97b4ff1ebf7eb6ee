"""What we ask of a channel: carry one message, and say plainly what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from messaging.messages import Address, Message

LoadMedia = Callable[[str], Awaitable[tuple[bytes, str] | None]]
"""The bytes and the media type of a picture by its hash, or None when it is gone."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way. Buttons carry `nonce` back; `edits` is the platform's id of the message to replace.

    `random_id`: where the channel takes batches, the key of the call it goes in; those of one key go in one call.
    """

    id: UUID
    to: Address
    message: Message
    nonce: str
    edits: str | None = None
    random_id: int | None = None


class Undeliverable(Exception):
    """It will never arrive (transition T7). `is_blocked`: nothing else will either."""

    def __init__(self, reason: str, *, is_blocked: bool = False) -> None:
        super().__init__(reason)
        self.is_blocked = is_blocked


class TryLater(Exception):
    """The channel refused for now and said when to come back (429; transition T6).

    `is_chat_only`: the others of this bot need not wait.
    """

    def __init__(self, after_seconds: float, *, is_chat_only: bool = False) -> None:
        super().__init__(f"the channel asks to wait {after_seconds} s")
        self.after_seconds = after_seconds
        self.is_chat_only = is_chat_only


class NotSent(Exception):
    """It surely did not leave: no connection, no name, no handshake (transition T6)."""


class Ambiguous(Exception):
    """It may have arrived: the answer was lost, late or broken (transition T8)."""


async def bytes_of(load_media: LoadMedia, media_hash: str) -> bytes | None:
    """A picture's bytes, or None when it is gone. Raises NotSent, because whatever keeps the store from answering,
    nothing has left: without this the relay could not know."""
    try:
        found = await load_media(media_hash)
    except Exception as error:
        reason = f"the picture could not be read ({type(error).__name__})"
    else:
        return found[0] if found else None
    raise NotSent(reason)


class Transport(Protocol):
    async def send(self, delivery: Delivery) -> str | None:
        """Carry one message; the platform's id of it. Raises the four errors above."""
