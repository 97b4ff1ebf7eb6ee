"""Who stands out: candidates with the words that speak for it, and a person's decision about each."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from console.pages import Visit
from console.stories import Quote, quotes
from messaging import flags
from storage.kinds import FlagKind, FlagState
from storage.models import Flag
from storage.store import Store

MOST_SHOWN: Final = 200
DISMISSED_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One flag. `is_due`: confirmed so long ago that somebody should look again."""

    flag: Flag
    name: str
    quotes: tuple[Quote, ...]
    decided_by: str
    is_due: bool


async def show(visit: Visit) -> Response:
    found = await visit.read(lambda store: {state: _in_state(store, visit, state) for state in FlagState})
    confirmed = sorted(found[FlagState.CONFIRMED], key=lambda one: not one.is_due)
    return visit.page(
        "flags.html",
        candidates=found[FlagState.CANDIDATE],
        confirmed=confirmed,
        dismissed=found[FlagState.DISMISSED][:DISMISSED_SHOWN],
        kinds=list(FlagKind),
    )


async def confirm(visit: Visit) -> Response:
    return await _decide(visit, FlagState.CONFIRMED)


async def dismiss(visit: Visit) -> Response:
    """A candidate turned down, or a confirmed one taken back."""
    return await _decide(visit, FlagState.DISMISSED)


async def _decide(visit: Visit, state: FlagState) -> Response:
    flag_id = visit.path_id("flag_id")
    outcome = await visit.write(lambda store: flags.decide(store, flag_id, visit.staff, state, visit.now))
    notice = "gone" if isinstance(outcome, flags.Gone) else state.value
    return visit.go("/flags", notice=f"flag.{notice}")


def _in_state(store: Store, visit: Visit, state: FlagState) -> list[Shown]:
    names = store.staff.names()
    shown = []
    for flag in store.flags.in_state(state, MOST_SHOWN):
        customer = store.customers.get(flag.customer_id)
        shown.append(
            Shown(
                flag,
                customer.name if customer else "",
                quotes(flag.evidence, visit.words),
                names.get(flag.decided_by, "") if flag.decided_by else "",
                state is FlagState.CONFIRMED and flag.expires_at is not None and flag.expires_at <= visit.now,
            )
        )
    return shown
