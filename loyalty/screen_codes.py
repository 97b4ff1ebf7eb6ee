"""The code that a customer shows at the till: made, kept as a hash, and drawn as a picture that lives as long."""

import hashlib
import io
from datetime import datetime

import segno

from loyalty.card_codes import LIVES, ScreenCode, code_hash, screen_code
from storage.models import CardScan, Customer, Media
from storage.store import Store

_DOT = 10
_QUIET_ZONE = 4
"""In dots: what ISO/IEC 18004 asks for around a code."""


def show_code(store: Store, customer: Customer, key: str, address: str, now: datetime) -> tuple[ScreenCode, str]:
    """A new code, and the hash of its picture: a link to our own page, which any phone's camera opens."""
    code = screen_code(key, customer.id, now)
    store.cards.show_code(CardScan(code_hash=code_hash(key, code.typed), customer_id=customer.id, at=now))
    picture = qr_picture(f"{address}/c/{code.token}")
    media_hash = hashlib.sha256(picture).hexdigest()
    store.files.keep(
        Media(
            hash=media_hash,
            content_type="image/png",
            size=len(picture),
            content=picture,
            owner_id=customer.id,
            created_at=now,
            expires_at=now + LIVES,
        )
    )
    return code, media_hash


def qr_picture(text: str) -> bytes:
    """A QR code as a PNG: medium correction, dots large enough for a camera across the counter."""
    sink = io.BytesIO()
    segno.make_qr(text, error="m").save(sink, kind="png", scale=_DOT, border=_QUIET_ZONE)
    return sink.getvalue()
