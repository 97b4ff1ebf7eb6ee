"""The ways to us: how a link opens each of our channels, with a word that the bot there is told."""

from dataclasses import dataclass
from urllib.parse import quote

from messaging.messages import Address
from storage.kinds import Channel


@dataclass(frozen=True, slots=True)
class Door:
    """One of our bots that people can come to. `base`: its address without the word."""

    bot_id: str
    base: str

    @property
    def channel(self) -> Channel:
        return Address(self.bot_id, "").channel

    def link(self, word: str) -> str:
        """An address that opens this channel and tells the bot there this word."""
        sign = "ref" if self.channel is Channel.VK else "start"
        return f"{self.base}?{sign}={quote(word)}"


def door_to(bot_id: str, username: str, public_url: str = "") -> Door | None:
    """None while there is no way in from outside: a bot without a name yet, a web chat without https."""
    match Address(bot_id, "").channel:
        case Channel.TELEGRAM:
            return Door(bot_id, f"https://t.me/{username}") if username else None
        case Channel.VK:
            return Door(bot_id, f"https://vk.me/{username or 'club' + bot_id.partition(':')[2]}")
        case Channel.WEBCHAT:
            return Door(bot_id, f"{public_url}/chat") if public_url.startswith("https://") else None
