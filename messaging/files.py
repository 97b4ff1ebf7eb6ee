"""Pictures and voices that customers send: kept by an id at once, their bytes fetched a moment later."""

from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from storage.models import Media
from storage.store import Store

LARGEST: Final = 10_000_000
"""Bytes: what is larger is not kept."""


def keep(store: Store, bot_id: str, source: str, owner_id: UUID | None, now: datetime) -> str:
    """The id that the file will have for ever; the same one sent again has the same, but for one of nobody's, which
    must not meet the same file under a name."""
    whose = owner_id or uuid4()
    file_id = sha256(f"{bot_id}\n{source}\n{whose.hex}".encode()).hexdigest()
    store.business.keep(
        Media(
            hash=file_id,
            bot_id=bot_id,
            source=source,
            content_type="",
            size=0,
            owner_id=owner_id,
            content=b"",
            created_at=now,
        )
    )
    return file_id
