"""Settings of the business: each change is a new version, and the old ones stay to be seen."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from console.pages import Visit
from loyalty.phones import REGION_SETTING, is_region, region_of
from storage.kinds import Channel
from storage.models import BusinessSetting
from storage.store import Store

NAME: Final = "business.name"
GREETING: Final = "business.greeting"
TELEGRAM_TOKEN: Final = "channels.telegram.token"  # noqa: S105  # the name of a setting, not a token
_TOKEN: Final = re.compile(r"[0-9]{5,20}:[\w-]{30,64}")
LENGTHS: Final = {NAME: 80, GREETING: 600, TELEGRAM_TOKEN: 200, REGION_SETTING: 2}


@dataclass(frozen=True)
class Change:
    """One line of the history. A token is never shown."""

    key: str
    version: int
    value: str
    by: str
    at: datetime


async def show(visit: Visit) -> Response:
    values, history = await visit.read(_look)
    return visit.page(
        "settings.html",
        name=str(values.get(NAME) or visit.parts.business_name()),
        greeting=str(values.get(GREETING) or ""),
        region=region_of(values),
        is_token_set=bool(values.get(TELEGRAM_TOKEN)),
        telegram=next((bot for bot in visit.parts.bots() if bot.bot_id.startswith(Channel.TELEGRAM.value)), None),
        history=history,
    )


async def save(visit: Visit) -> Response:
    """A form holds one or several settings; those that did not change make no version."""
    form = await visit.form()
    wished: dict[str, Any] = {
        key: form[key].strip()[: LENGTHS[key]] for key in (NAME, GREETING, REGION_SETTING) if key in form
    }
    if not wished.get(NAME):
        wished.pop(NAME, None)  # a business is never nameless
    if REGION_SETTING in wished:
        wished[REGION_SETTING] = wished[REGION_SETTING].upper()
        if not is_region(wished[REGION_SETTING]):
            return visit.go("/settings", notice="region_wrong")
    if "forget_token" in form:
        wished[TELEGRAM_TOKEN] = ""
    elif token := form.get(TELEGRAM_TOKEN, "").strip()[: LENGTHS[TELEGRAM_TOKEN]]:
        if not _TOKEN.fullmatch(token):
            return visit.go("/settings", notice="token_wrong")
        wished[TELEGRAM_TOKEN] = visit.parts.seal(token)
    changed = await visit.write(lambda store: _keep(store, wished, visit))
    if TELEGRAM_TOKEN in changed:
        await visit.parts.on_channel_changed(Channel.TELEGRAM.value)
    return visit.go("/settings", notice="saved")


def _keep(store: Store, wished: dict[str, Any], visit: Visit) -> list[str]:
    """The keys that have a new version now."""
    values = store.business.settings()
    changed = [key for key, value in wished.items() if (values.get(key) or "") != value]
    for key in changed:
        store.business.change(key, wished[key], visit.staff.id, visit.now)
    return changed


def _look(store: Store) -> tuple[dict[str, Any], list[Change]]:
    names = store.staff.names()
    newest = store.business.history(20)
    history = [_change(row, names.get(row.changed_by, "") if row.changed_by else "") for row in newest]
    return store.business.settings(), history


def _change(row: BusinessSetting, by: str) -> Change:
    value = ", ".join(row.value) if isinstance(row.value, list) else row.value
    shown = "" if row.key == TELEGRAM_TOKEN else str(value or "")
    return Change(row.key, row.version, shown, by, row.changed_at)
