"""What the running program does for a command that found the SQLite database locked; and for `init` in either case."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot import codes_command, import_doors
from console.access import new_link
from loyalty.standing import ask_to_rate
from storage.kinds import LinkPurpose, Role
from storage.store import Store

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.socket import Handler
    from storage.database import Database

OWNER_LINK_LIVES = timedelta(hours=24)


def handlers(database: "Database", settings: "Settings") -> "Mapping[str, Handler]":
    """For `bot.socket.serve_commands`: by command."""

    async def init(args: dict[str, Any]) -> dict[str, Any]:
        return await database.write(lambda store: invite_owner(store, settings))

    async def rate(args: dict[str, Any]) -> dict[str, Any]:
        await database.write(lambda store: ask_to_rate(store, datetime.now(UTC)))
        return {}

    language, zone = settings.default_language, settings.time_zone
    imports = import_doors.handlers(database, language, zone, lambda: datetime.now(UTC))
    return {"init": init, "rate": rate, **imports, **codes_command.handlers(database)}


def invite_owner(store: Store, settings: "Settings") -> dict[str, Any]:
    """The login of the owner there is, or else the address of a fresh one-time link."""
    owner = next((staff.login for staff in store.staff.all() if staff.role is Role.OWNER and staff.is_active), None)
    if owner:
        return {"owner": owner, "address": None}
    token = new_link(store, LinkPurpose.FIRST_OWNER, None, datetime.now(UTC), OWNER_LINK_LIVES)
    return {"owner": None, "address": f"{address_of(settings)}/console/setup/{token}"}


def address_of(settings: "Settings") -> str:
    """Where people open our pages: a host that means «every address» is this machine to its own browser."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    return settings.public_url or f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
