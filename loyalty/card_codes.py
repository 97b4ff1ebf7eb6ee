"""The code on a customer's screen: a signed word for the QR picture, and eight signs for who types it. Pure rules.

The word carries the customer and the moment under an HMAC (SHA-256, 112 bits kept), so nobody makes one without the
business's key; a minute later it is worth nothing (feature LO11).

The typed form cannot carry that much. It is drawn from the same HMAC, 31⁸ of them (39.6 bits), and means something
only because the row of the shown code keeps its hash: a guesser has 8.5·10¹¹ codes to try against the few that are
alive, and every try is a cashier's. A form without a row would have to hold the card's number (27 bits) and leave 13
for the proof: one guess in eight thousand would pass. One row serves both forms, so that a code that was scanned is not
typed again.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from loyalty.promo_rules import ALPHABET, normalised

LIVES: Final = timedelta(seconds=60)
WORD: Final = "c_"
"""What the payload of a link into a messenger begins with."""
TYPED_SIGNS: Final = 8

_ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES = 16, 6, 14
_TOKEN_BYTES = _ID_BYTES + _TIME_BYTES + _SIGNATURE_BYTES
_AHEAD: Final = timedelta(seconds=5)
"""How far the clocks of two of our processes may be apart."""


class Wrong(StrEnum):
    """Why a code is no proof. The values are phrases: `till.<value>`."""

    FORGED = "code_unknown"
    OLD = "code_old"
    USED = "code_used"


@dataclass(frozen=True, slots=True)
class ScreenCode:
    """`token` for the picture (48 signs of a link), `typed` for people: «K7M2-9QXR»."""

    token: str
    typed: str
    until: datetime


def screen_code(key: str, customer_id: UUID, now: datetime) -> ScreenCode:
    """The code of this customer and this millisecond, signed with `key`."""
    body = customer_id.bytes + int(now.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    token = base64.urlsafe_b64encode(body + _signature(key, body)).decode()
    signs = typed_of(key, token)
    return ScreenCode(token, f"{signs[:4]}-{signs[4:]}", now + LIVES)


def read_token(key: str, token: str, now: datetime) -> UUID | Wrong:
    """Whose code it is; whether it was used before, its row knows."""
    try:
        whole = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, UnicodeEncodeError):
        return Wrong.FORGED
    body, signature = whole[: _ID_BYTES + _TIME_BYTES], whole[_ID_BYTES + _TIME_BYTES :]
    if len(whole) != _TOKEN_BYTES or not hmac.compare_digest(signature, _signature(key, body)):
        return Wrong.FORGED
    at = datetime.fromtimestamp(int.from_bytes(body[_ID_BYTES:], "big") / 1000, UTC)
    if not at - _AHEAD <= now < at + LIVES:
        return Wrong.OLD
    return UUID(bytes=body[:_ID_BYTES])


def typed_of(key: str, token: str) -> str:
    """The eight signs that stand for a token."""
    number = int.from_bytes(_digest(key, b"typed", token.encode()), "big")
    signs = []
    for _ in range(TYPED_SIGNS):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)


def code_hash(key: str, typed: str) -> str:
    """What is kept of a code. Keyed: who reads the table cannot try all codes against it within their minute."""
    return _digest(key, b"kept", normalised(typed).encode()).hex()


def could_be_typed(text: str) -> bool:
    """Whether a text has the shape of the typed form."""
    return len(normalised(text)) == TYPED_SIGNS and set(normalised(text)) <= set(ALPHABET)


def token_in(text: str) -> str | None:
    """The token of a payload (`c_…`) or of the link that a QR reader shows as text."""
    word = text.strip().rpartition("/c/")[2] if "/c/" in text else text.strip().removeprefix(WORD)
    is_marked = "/c/" in text or text.strip().startswith(WORD)
    return word if is_marked and len(word) == len(base64.b64encode(bytes(_TOKEN_BYTES))) else None


def _signature(key: str, body: bytes) -> bytes:
    return _digest(key, b"card", body)[:_SIGNATURE_BYTES]


def _digest(key: str, purpose: bytes, body: bytes) -> bytes:
    return hmac.digest(key.encode(), purpose + b"\0" + body, hashlib.sha256)
