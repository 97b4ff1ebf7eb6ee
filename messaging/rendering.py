"""How a message fits its channel: long texts in several pieces, buttons in rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

from messaging.capabilities import CAPABILITIES, Capabilities, Keys
from messaging.messages import Button, Message
from storage.kinds import Channel

_BREAKS = ("\n\n", "\n", " ")


class TooManyButtons(ValueError):
    """No keyboard of this channel holds them."""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Buttons in rows; `is_inline`: under the message, else in place of the letters."""

    rows: tuple[tuple[Button, ...], ...]
    is_inline: bool


def keyboard_of(message: Message, channel: Channel) -> Keyboard | None:
    """The message's buttons as this channel can show them, the rows evenly long. Raises TooManyButtons."""
    if not message.buttons:
        return None
    can = CAPABILITIES[channel]
    count = len(message.buttons)
    keys = next((keys for keys in (can.inline, can.plain) if keys and count <= keys.buttons), None)
    if keys is None:
        raise TooManyButtons(f"{count} buttons")
    width = _width(count, message.columns, keys)
    short = [replace(button, label=cut(button.label, can.label)) for button in message.buttons]
    rows = tuple(tuple(short[start : start + width]) for start in range(0, count, width))
    return Keyboard(rows, is_inline=keys is can.inline)


def pieces(message: Message, channel: Channel) -> list[Message]:
    """The message as one or several that this channel takes; nothing of the text is lost.

    Only the first replaces an earlier message and brings the photo, only the last has the buttons.
    """
    can = CAPABILITIES[channel]
    message = _as_it_can(message, can)
    texts = _split(message.text, can.text, can)
    if message.photo and _length(message.text, can.escape) > can.caption:
        texts = ["", *texts]
    if len(texts) == 1:
        return [replace(message, text=texts[0])]
    parts = [replace(message, text=text, buttons=(), asks_contact=None, photo=None, edits=None) for text in texts]
    parts[0] = replace(parts[0], photo=message.photo, edits=message.edits)
    parts[-1] = replace(parts[-1], buttons=message.buttons, asks_contact=message.asks_contact)
    return parts


def _as_it_can(message: Message, can: Capabilities) -> Message:
    """Without what this channel has no means for: then the words alone say it."""
    return replace(
        message,
        edits=message.edits if can.edits else None,
        photo=message.photo if can.photo else None,
        asks_contact=message.asks_contact if can.shares_contact else None,
    )


def cut(text: str, longest: int) -> str:
    """The text if it fits, else as much of it as does, with an ellipsis; for labels, and for what cannot be split."""
    if units(text) <= longest:
        return text
    return _piece(text, longest - 1, str).rstrip() + "…"


def units(text: str) -> int:
    """Its length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _width(count: int, wanted: int, keys: Keys) -> int:
    rows = min(ceil(count / max(1, min(wanted, keys.columns))), keys.rows)
    return ceil(count / rows)


def _split(text: str, longest: int, can: Capabilities) -> list[str]:
    texts = []
    while _length(text, can.escape) > longest:
        piece = _piece(text, longest, can.escape)
        texts.append(piece.rstrip())
        text = text[len(piece) :].lstrip()
    return [*texts, text] if text or not texts else texts


def _piece(text: str, longest: int, escape: Callable[[str], str]) -> str:
    """The longest beginning that fits, ended at a paragraph, a line or a word where that is not far back."""
    kept = text[:longest]
    while (over := _length(kept, escape) - longest) > 0:
        kept = kept[: -ceil(over / 2)]
    if len(kept) == len(text):
        return kept
    for end in _BREAKS:
        # Where a word ends exactly at the limit, the break stands just behind it.
        at = text.rfind(end, 0, len(kept) + len(end))
        if at > len(kept) // 2:
            return text[:at]
    return kept


def _length(text: str, escape: Callable[[str], str]) -> int:
    return units(escape(text))
