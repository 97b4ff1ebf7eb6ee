"""What happens right now, as server-sent events: the feed of the database, told as pieces of pages."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from starlette.responses import HTMLResponse, Response, StreamingResponse

from console.access import IDLE, LONGEST
from console.fragments import Seen, render
from console.pages import Visit
from storage.changes import FEED
from storage.database import Database
from storage.store import Store

LOOK_EVERY_SECONDS: Final = 0.5
BEAT_EVERY: Final = 30
"""Looks between two heartbeats: 15 seconds."""
LONGEST_REPLAY: Final = 200
"""After so many missed entries a new page costs less than telling them."""


@dataclass(frozen=True)
class News:
    """What happened up to an entry of the feed."""

    seq: int
    seen: Seen


async def stream(visit: Visit) -> Response:
    return StreamingResponse(
        _events(visit, visit.parts.database, _after(visit)),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def missed(visit: Visit) -> Response:
    """What a page that just opened did not hear while another tab holds the stream; its number is in `X-Seq`."""
    after = _after(visit)
    _, news = await visit.read(partial(_look, visit=visit, after=after, must_ask=False))
    html, newest = (render(visit, news.seen), news.seq) if news else ("", after)
    return HTMLResponse(html, headers={"x-seq": str(newest)})


async def _events(visit: Visit, database: Database, after: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    if await _is_lost(database, after):
        yield "event: reload\ndata:\n\n"
        return
    looks = 0
    while not visit.parts.is_stopping():
        changed = database.changes.listen(FEED)
        # Asked with every word, and every 15 seconds: a session that was ended must not go on listening.
        is_beat = looks % BEAT_EVERY == 0
        is_welcome, news = await database.read(partial(_look, visit=visit, after=after, must_ask=is_beat))
        if not is_welcome:
            return
        if news:
            after = news.seq
            yield event(after, render(visit, news.seen))
        elif is_beat:
            yield ": beat\n\n"
        looks += 1
        await database.changes.wait(changed, LOOK_EVERY_SECONDS)


def event(seq: int, html: str) -> str:
    """One server-sent event; its text may have many lines."""
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    return f"id: {seq}\n{lines or 'data:' + chr(10)}\n"


def _after(visit: Visit) -> int:
    wish = visit.request.headers.get("last-event-id") or visit.request.query_params.get("after", "")
    assert visit.frame is not None
    return int(wish) if wish.isdecimal() and len(wish) < 18 else visit.frame.seq


async def _is_lost(database: Database, after: int) -> bool:
    """Too far behind, or ahead of a database that was replaced: only a new page helps."""
    newest = await database.read(lambda store: store.feed.last_seq())
    return after > newest or newest - after > LONGEST_REPLAY


def _look(store: Store, visit: Visit, after: int, *, must_ask: bool) -> tuple[bool, News | None]:
    """Whether this person may (still) listen, and what is new to them."""
    entries = store.feed.after(after, LONGEST_REPLAY)
    if not (entries or must_ask):
        return True, None
    if not _is_welcome(store, visit):
        return False, None
    newest = entries[-1].seq if entries else None
    return True, News(newest, Seen.of_entries(store, entries, visit.viewer)) if newest else None


def _is_welcome(store: Store, visit: Visit) -> bool:
    """The same person with the same role, and their session still runs."""
    assert visit.frame is not None
    session = store.staff.session(visit.frame.session.id_hash)
    now = visit.parts.clock()
    if session is None or now - session.seen_at > IDLE + _MARGIN or now - session.created_at > LONGEST:
        return False
    staff = store.staff.get(session.staff_id)
    return staff is not None and staff.is_active and staff.role is visit.staff.role


_MARGIN: Final = timedelta(minutes=2)
