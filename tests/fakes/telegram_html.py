"""Telegram's HTML parse mode: marked-up text in, plain text and entities out, refusals in Telegram's words."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.fakes.telegram_faults import Refusal

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
TOKEN = re.compile(r"<(/?)([^\s<>/]*)([^<>]*)>|<|&(?:#x[0-9a-fA-F]+|#[0-9]+|lt|gt|amp|quot);")
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


def utf16_length(text: str) -> int:
    """Telegram counts offsets and lengths in UTF-16 units, so most emoji weigh two."""
    return len(text) + sum(char > "\uffff" for char in text)


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    text: list[str] = []
    at = last = 0
    open_tags: list[tuple[str, int, dict[str, str]]] = []
    entities: list[dict[str, Any]] = []

    def add(piece: str) -> None:
        nonlocal at
        text.append(piece)
        at += utf16_length(piece)

    for token in TOKEN.finditer(source):
        add(source[last : token.start()])
        last = token.end()
        offset = len(source[: token.start()].encode())
        if token[0].startswith("&"):
            add(html.unescape(token[0]))
            continue
        closing, tag, rest = token[1], (token[2] or "").lower(), token[3] or ""
        if not closing:
            if tag not in KINDS:
                raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {offset}')
            attributes = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(rest)}
            open_tags.append((tag, at, attributes))
            continue
        if not open_tags:
            raise _unparsable(f"Unexpected end tag at byte offset {offset}")
        expected, start, attributes = open_tags.pop()
        if tag not in ("", expected):
            raise _unparsable(f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{tag}>"')
        if at > start:
            entities += _entity(expected, start, at - start, attributes)
    if open_tags:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    add(source[last:])
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(text), entities


def _entity(tag: str, offset: int, length: int, attributes: dict[str, str]) -> list[dict[str, Any]]:
    entity: dict[str, Any] = {"type": KINDS[tag], "offset": offset, "length": length}
    if tag == "a":
        if not attributes.get("href"):
            return []
        entity["url"] = attributes["href"]
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    return [entity]


def _unparsable(why: str) -> Refusal:
    return Refusal(400, f"Bad Request: can't parse entities: {why}")
