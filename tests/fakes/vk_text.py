"""What VK makes of a text and a keyboard: entities decoded, mentions found, formats refused in its own words."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html.entities import html5
from typing import Any, NamedTuple

from tests.fakes.vk_faults import Refusal

Json = dict[str, Any]
ENTITY = re.compile(r"&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
# "@id1 (Name)" and "*club1 (Name)" become "[id1|Name]"; without a name the address itself is shown.
TYPED = re.compile(r"[@*]((?:id|club|public|event)\d+)(?: ?\(([^()]+)\))?")
MENTION = re.compile(r"\[((id|club|public|event)(\d+))\|([^\[\]|]+)\]")

BUTTON_KINDS = {"text", "callback", "open_link", "location", "vkpay", "open_app", "open_photo"}
LABELLED = {"text", "callback", "open_link", "open_app"}
COLOURS = {"primary", "secondary", "positive", "negative", "default"}


class Text(NamedTuple):
    """A text as VK stores it, as a person sees it, and whom it mentions (communities by negative numbers)."""

    stored: str
    shown: str
    mentions: tuple[int, ...]


def _decoded(match: re.Match[str]) -> str:
    name = match[1]
    if name[0] != "#":
        return html5.get(f"{name};", match[0])
    number = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]


def parse_text(raw: str) -> Text:
    """Entities first, mentions after: the stricter reading, by which an escape made of entities does not work."""
    if "&" in raw:
        raw = ENTITY.sub(_decoded, raw)
    if "@" not in raw and "*" not in raw and "[" not in raw:
        return Text(raw, raw, ())
    stored = TYPED.sub(lambda match: f"[{match[1]}|{match[2] or '@' + match[1]}]", raw)
    found = tuple(int(m[3]) if m[2] == "id" else -int(m[3]) for m in MENTION.finditer(stored))
    return Text(stored, MENTION.sub(lambda match: match[4], stored), found)


def bad(particulars: str) -> Refusal:
    return Refusal(911, particulars)


@lru_cache(maxsize=512)
def parse_keyboard(source: str) -> Json:
    """The checked keyboard of a `keyboard` parameter; the same text gives the same object, so it is not changed."""
    try:
        keyboard = json.loads(source)
    except ValueError:
        raise Refusal(911) from None
    if not isinstance(keyboard, dict) or not isinstance(keyboard.get("buttons"), list):
        raise bad("buttons are expected to be an array")
    for name in ("inline", "one_time"):
        if not isinstance(keyboard.get(name, False), bool):
            raise bad(f"{name} property should be boolean")
    inline = keyboard.get("inline", False)
    if inline and keyboard.get("one_time"):
        raise bad("inline keyboard can not be one_time")
    rows = keyboard["buttons"]
    if len(rows) > (6 if inline else 10):
        raise bad("buttons contain too much rows")
    for number, row in enumerate(rows):
        _check_row(number, row)
    if sum(map(len, rows)) > (10 if inline else 40):
        raise bad("keyboard contains too much buttons")
    return {"one_time": False, **keyboard}


def _check_row(number: int, row: Any) -> None:
    if not isinstance(row, list) or not row:
        raise bad(f"row {number} should be a not empty array")
    if len(row) > 5:
        raise bad(f"row {number} contains too much columns")
    for column, button in enumerate(row):
        _check_button(f"button [{number}][{column}]", button)


def _check_button(where: str, button: Any) -> None:
    action = button.get("action") if isinstance(button, dict) else None
    if not isinstance(action, dict) or action.get("type") not in BUTTON_KINDS:
        raise bad(f"{where} has invalid action type")
    if button.get("color", "default") not in COLOURS:
        raise bad(f"{where} has invalid color")
    kind, label = action["type"], action.get("label")
    if kind in LABELLED:
        if not isinstance(label, str) or not label:
            raise bad(f"{where} label should be at least 1 letters length")
        if len(label) > 40:
            raise bad(f"{where} label should be no more than 40 letters length")
    if kind == "open_link" and not str(action.get("link", "")).startswith(("http://", "https://", "vk://")):
        raise bad(f"{where} has invalid link")
    if kind == "vkpay" and not action.get("hash"):
        raise bad(f"{where} hash is required")
    if kind == "open_app" and not isinstance(action.get("app_id"), int):
        raise bad(f"{where} app_id is required")
    if "payload" in action:
        _check_payload(where, action["payload"])


def _check_payload(where: str, payload: Any) -> None:
    if not isinstance(payload, str):
        if payload is None:
            raise bad(f"{where} payload should be a valid json")
        payload = json.dumps(payload, ensure_ascii=False)
    if len(payload) > 255:
        raise bad(f"{where} payload should be no more than 255 letters length")
    try:
        json.loads(payload or "{}")
    except ValueError:
        raise bad(f"{where} payload should be a valid json") from None


def payload_text(button: Json) -> str | None:
    """The payload of a button as the text that comes back."""
    payload = button["action"].get("payload")
    if payload is None or isinstance(payload, str):
        return payload or None
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
