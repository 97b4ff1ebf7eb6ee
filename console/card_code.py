"""Where a customer's QR leads: a signed-in cashier to the till, a colleague to a way in, a stranger to nothing."""

import re
from typing import Final

from starlette.responses import Response

from console.access import SELLERS
from console.pages import Visit
from loyalty import till
from loyalty.card_codes import WORD
from loyalty.card_codes import Wrong as WrongCode
from loyalty.phones import region_of
from messaging.doors import door_to
from storage.kinds import Channel
from storage.store import Store

_TOKEN: Final = re.compile(r"[A-Za-z0-9_=-]{1,64}")


async def show(visit: Visit) -> Response:
    """For a cashier the code is used up by this very look: the phone's camera opened it, and it can be pressed once.

    Who is not signed in hears the same of every code, whether it is real, old or made up.
    """
    token: str = visit.request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        return visit.page("missing.html", 404)
    if visit.frame is None or visit.staff.role not in SELLERS:
        return visit.page("card_code.html", doors=_doors(visit, token), here=f"/c/{token}")

    def look(store: Store) -> till.Found | till.Several | till.NotFound | WrongCode:
        region = region_of(store.business.settings())
        return till.find(store, WORD + token, visit.staff, visit.parts.card_key, region, visit.now)

    found = await visit.write(look)
    if isinstance(found, till.Found):
        return visit.go(f"/till/{found.customer_id}", scan=found.scan)
    problem = found.value if isinstance(found, WrongCode) else WrongCode.FORGED.value
    return visit.page("till.html", 422, problem=f"till.{problem}", **_EMPTY)


_EMPTY: Final = {
    "who": "",
    "several": (),
    "done": None,
    "beyond": "",
    "is_again": False,
    "sales": (),
    "wishes": (),
}


def _doors(visit: Visit, token: str) -> list[tuple[Channel, str]]:
    """The messengers in which a linked colleague opens the till with this code."""
    doors = [door_to(bot.bot_id, bot.username) for bot in visit.parts.bots()]
    return [(door.channel, door.link(WORD + token)) for door in doors if door is not None]
