"""The web chat: a third channel that needs no token. A page, a widget for other sites, and a stream of what is said."""

from bot.webchat.parts import BOT_ID, Play, Receive, WebChatParts
from bot.webchat.routes import webchat_routes
from bot.webchat.transport import WebChatTransport

__all__ = ["BOT_ID", "Play", "Receive", "WebChatParts", "WebChatTransport", "webchat_routes"]
