"""Queries: pictures and files, those that we make and those that customers send and that are fetched a moment later."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.columns import Queries, row_of, table_of
from storage.kinds import FileTrouble
from storage.models import Media

_MEDIA = table_of(Media)
_IS_AWAITED = _MEDIA.c.bot_id.is_not(None)


def _upsert(row: Any) -> Any:
    anew = {name: row.excluded[name] for name in ("bot_id", "source", "due_at", "attempts", "trouble")}
    return row.on_conflict_do_update(index_elements=["hash"], set_=anew, where=_MEDIA.c.trouble.is_not(None))


_AWAIT = {True: _upsert(postgresql.insert(_MEDIA)), False: _upsert(sqlite.insert(_MEDIA))}


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is to be fetched: by whom, by what, and how often that failed."""

    id: str
    bot_id: str
    source: str
    owner_id: UUID | None
    attempts: int


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a page says of a file before anybody looks at it. Neither here nor in trouble, it is still awaited."""

    id: str
    content_type: str
    trouble: FileTrouble | None

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def is_voice(self) -> bool:
        return self.content_type.startswith("audio/")


class Files(Queries):
    def keep(self, media: Media) -> None:
        """Keep a picture or file; the same bytes are kept once."""
        self._insert_new(media)

    def get(self, file_id: str) -> Media | None:
        return self._one(Media, select(_MEDIA).where(_MEDIA.c.hash == file_id))

    def facts(self, ids: Collection[str]) -> dict[str, FileFacts]:
        """By id; what is not there is missing."""
        columns = select(_MEDIA.c.hash, _MEDIA.c.content_type, _MEDIA.c.trouble)
        rows = self._connection.execute(columns.where(_MEDIA.c.hash.in_(ids))) if ids else ()
        return {row.hash: FileFacts(*row) for row in rows}

    def forget_expired(self, now: datetime) -> int:
        """Pictures that were made for a moment, and whose moment is over."""
        return self._connection.execute(_MEDIA.delete().where(_MEDIA.c.expires_at <= now)).rowcount

    # --- what customers send

    def expect(self, media: Media) -> None:
        """It is to be fetched. Sent once more, one that is here or awaited stays as it is, one in trouble is tried
        anew."""
        self._connection.execute(_AWAIT[self._is_postgres], row_of(media))

    def due(self, bot_ids: Collection[str], now: datetime, limit: int) -> list[Awaited]:
        """What these bots are to fetch now; who waits longest first."""
        columns = select(_MEDIA.c.hash, _MEDIA.c.bot_id, _MEDIA.c.source, _MEDIA.c.owner_id, _MEDIA.c.attempts)
        due = columns.where(_IS_AWAITED, _MEDIA.c.bot_id.in_(bot_ids), _MEDIA.c.due_at <= now)
        rows = self._connection.execute(due.order_by(_MEDIA.c.due_at, _MEDIA.c.hash).limit(limit)) if bot_ids else ()
        return [Awaited(*row) for row in rows]

    def untried(self, since: datetime, limit: int) -> list[str]:
        """What has been due since then, and no bot was there to fetch it."""
        late = select(_MEDIA.c.hash).where(_IS_AWAITED, _MEDIA.c.due_at < since)
        return list(self._connection.execute(late.limit(limit)).scalars())

    def put(self, file_id: str, content: bytes, content_type: str) -> bool:
        """It is here: by what it was fetched is forgotten. False when nobody awaits it any more."""
        here = {"content": content, "content_type": content_type, "size": len(content)}
        return self._settle(file_id, here)

    def give_up(self, file_id: str, trouble: FileTrouble) -> bool:
        """It will never be here. False when nobody awaits it any more."""
        return self._settle(file_id, {"trouble": trouble})

    def put_off(self, awaited: Awaited, due_at: datetime) -> bool:
        """It failed once more; of two that tried at a time one failure counts."""
        tried = update(_MEDIA).where(_MEDIA.c.hash == awaited.id, _IS_AWAITED, _MEDIA.c.attempts == awaited.attempts)
        return self._connection.execute(tried.values(attempts=awaited.attempts + 1, due_at=due_at)).rowcount == 1

    def _settle(self, file_id: str, values: dict[str, Any]) -> bool:
        done = {"bot_id": None, "source": None, "due_at": None, "attempts": 0, **values}
        mine = update(_MEDIA).where(_MEDIA.c.hash == file_id, _IS_AWAITED)
        return self._connection.execute(mine.values(done)).rowcount == 1
