"""The open page's stream (SSE): it tails the committed feed, so any process can serve it and a reload shows the same.

No message waits in memory: what a stream sends, it read from the tables a moment ago. A stream that was away goes on
from the last number it saw.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.webchat.bubbles import Bubble, bubbles_of, chat_of
from bot.webchat.parts import WebChatParts
from bot.webchat.rendering import fragments
from bot.webchat.visitor import Visitor
from storage.changes import FEED
from storage.kinds import Language
from storage.store import Store

LOOK_EVERY_SECONDS = 0.3
"""How late the commit of another process may be seen."""
BEAT_AFTER_LOOKS = 40
"""About 12 s of silence: a page that hears nothing for much longer knows that its link is dead."""
PAGE = 100
_LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line in such a stream; Python's own splitlines would cut at more, and change what people wrote."""


@dataclass(frozen=True, slots=True)
class News:
    bubbles: list[Bubble]
    seq: int
    is_stale: bool = False
    """The feed no longer reaches back to what the page saw last: it must fetch its history anew."""


def news_after(store: Store, bot_id: str, visitor_id: str, seq: int) -> News:
    """What this visitor's page does not show yet."""
    last = store.feed.last_seq()
    if last == seq:
        return News([], seq)
    if last < seq or store.feed.first_seq() > seq + 1:
        return News([], last, is_stale=True)
    chat = chat_of(store, bot_id, visitor_id)
    if chat is None:
        return News([], last)
    entries = store.feed.after(seq, PAGE, customer_id=chat.customer_id)
    is_all = len(entries) < PAGE
    return News(bubbles_of(store, chat, entries), last if is_all else int(entries[-1].seq or seq))


async def tail(parts: WebChatParts, visitor: Visitor, language: Language, seq: int) -> AsyncIterator[str]:
    """Server-sent events until the client leaves or the server stops."""
    yield "retry: 1000\n\n"
    quiet = 0
    while not parts.is_stopping():
        changed = parts.database.changes.listen(FEED)
        news = await parts.database.read(lambda store: news_after(store, parts.bot_id, visitor.id, seq))  # noqa: B023
        if news.is_stale:
            yield _event("stale", str(news.seq), news.seq)
        elif news.bubbles:
            yield _event("bubbles", fragments(news.bubbles, language, visitor.token), news.seq)
        elif quiet >= BEAT_AFTER_LOOKS:
            yield _event("beat", "", news.seq)
        quiet = 0 if news.is_stale or news.bubbles or quiet >= BEAT_AFTER_LOOKS else quiet + 1
        if news.seq == seq or not news.bubbles:
            await parts.database.changes.wait(changed, LOOK_EVERY_SECONDS)
        seq = news.seq


def _event(name: str, data: str, seq: int) -> str:
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(data))
    return f"event: {name}\nid: {seq}\n{lines}\n"
