"""What each channel can show, said once: the renderer lays messages out by this table, and so will a preview."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from storage.kinds import Channel


@dataclass(frozen=True, slots=True)
class Keys:
    """How many buttons one kind of keyboard holds."""

    columns: int
    rows: int
    buttons: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One channel's limits. Lengths are UTF-16 units of the escaped text: what the strictest of them count."""

    text: int
    caption: int
    """How much text may stand under a photo."""
    label: int
    inline: Keys
    """Buttons under a message."""
    plain: Keys | None = None
    """Buttons in place of the letters, which vanish when one is pressed."""
    shares_contact: bool = False
    """Whether a button can share the customer's phone number."""
    edits: bool = True
    photo: bool = True
    escape: Callable[[str], str] = str
    """Makes a text show as it is written: what the channel would read as markup, it shows."""


def _escaped_for_vk(text: str) -> str:
    """VK decodes HTML entities, and reads [id1|Anna], @id1 (Anna) and *id1 (Anna) as mentions of people.

    An entity is written as one that decodes to it. A mention is broken by an invisible joiner.
    """
    return _MENTION.sub(lambda found: found[0] + _JOINER, _ENTITY.sub("&amp;", text))


_JOINER = "\u2060"
_ENTITY = re.compile(r"&(?=#?\w{1,31};)")
_MENTION = re.compile(r"\[(?=[\w.:/-]+\|)|(?<!\w)[@*](?=(?:id|club|public|event|app)\d|[\w.]+\s?\()")

CAPABILITIES = {
    # Telegram documents no limit of a label; what is longer than this is not read on a phone.
    Channel.TELEGRAM: Capabilities(
        text=4096, caption=1024, label=64, inline=Keys(columns=8, rows=100, buttons=100), shares_contact=True
    ),
    Channel.VK: Capabilities(
        text=9000,
        caption=9000,
        label=40,
        inline=Keys(columns=5, rows=6, buttons=10),
        plain=Keys(columns=5, rows=10, buttons=40),
        escape=_escaped_for_vk,
    ),
    # Our own page: only what a customer would scroll through.
    Channel.WEBCHAT: Capabilities(
        text=20_000, caption=20_000, label=200, inline=Keys(columns=8, rows=100, buttons=100), shares_contact=True
    ),
}
