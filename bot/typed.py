"""Commands that people type: `/start promo_42`, in whatever channel."""

import re

_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)


def read_command(text: str) -> tuple[str, str | None]:
    """A command without the bot's name, and the payload that stands behind /start, as in a deep link of Telegram's.

    A text that is no command comes back as it is.
    """
    found = _COMMAND.fullmatch(text)
    if found is None:
        return text, None
    name, rest = found["name"].lower(), (found["rest"] or "").strip()
    if name == "start":
        return "/start", rest or None
    return f"/{name} {rest}".rstrip(), None
