"""What is arranged with VK once, at the start: which events travel, and whether VK will know our server."""

import asyncio
import hmac
import logging
from collections.abc import Mapping
from typing import Any

from bot.patience import TROUBLE, Pause, pause_seconds, reason_of
from bot.vk.incoming import LISTENS_TO
from bot.vk.names import Call
from messaging.transport import Undeliverable
from messaging.trouble import described

API_VERSION = "5.199"

_log = logging.getLogger(__name__)


async def screen_name_of(call: Call, group_id: int, *, pause: Pause = asyncio.sleep) -> str:
    """The community's name in links (vk.me/name); one without a name of its own is `club<number>`."""
    answer = await _insist(call, "groups.getById", {"group_id": group_id}, pause)
    groups = answer.get("groups") if isinstance(answer, dict) else None
    return str(groups[0].get("screen_name") or "") if groups else f"club{group_id}"


async def set_up_longpoll(call: Call, group_id: int, *, pause: Pause = asyncio.sleep) -> bool:
    """Switch Long Poll on, with the events we understand; others stay as they were. Insists while VK cannot be
    reached. False, and a sentence in the log, when VK does not let us: then a person can do it by hand."""
    events = dict.fromkeys(LISTENS_TO, 1)
    params = {"group_id": group_id, "enabled": 1, "api_version": API_VERSION, **events}
    try:
        await _insist(call, "groups.setLongPollSettings", params, pause)
    except Undeliverable as error:
        _log.warning(
            "Long Poll could not be set up (%s). Give the access key the right to manage the community, or switch "
            "on in the community's settings, under API usage, Long Poll %s and these events: %s",
            error,
            API_VERSION,
            ", ".join(LISTENS_TO),
        )
        return False
    return True


async def check_confirmation(call: Call, group_id: int, confirmation: str) -> bool | None:
    """Whether VK will accept the line we confirm our server with; None when VK does not tell. Changes nothing.

    VK gives a community a new line whenever its servers change, and asks for it only when a server is confirmed.
    """
    try:
        answer = await call("groups.getCallbackConfirmationCode", {"group_id": group_id})
        code = str(answer["code"])
    except Exception as error:
        # A catch-all: this is advice, and a server that was confirmed already works without.
        _log.info("VK does not tell the community's confirmation line: %s", described(error))
        return None
    is_same = hmac.compare_digest(code.encode(), confirmation.encode())
    if not is_same:
        _log.info(
            "OTKLIK_VK_CONFIRMATION is not the line VK expects now: before you confirm a server in the community's "
            "Callback API settings, copy the line that is shown there"
        )
    return is_same


async def _insist(call: Call, method: str, params: Mapping[str, Any], pause: Pause) -> Any:
    """The answer of a call that may be repeated, tried until VK gives one. Raises Undeliverable when it never will."""
    failures = 0
    while True:
        try:
            return await call(method, params)
        except Undeliverable:
            raise
        except TROUBLE as error:
            failures += 1
            seconds = pause_seconds(error, failures)
            _log.warning("VK cannot be set up yet: %s; trying again in %s s", reason_of(error), seconds)
        await pause(seconds)
