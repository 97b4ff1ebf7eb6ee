"""Entry links: one for each place and purpose, its printed QR code, and how many opened it, came by it and bought."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Final
from uuid import UUID

import segno
from markupsafe import Markup
from starlette.responses import Response

from console.customers import tidy
from console.once import key_of
from console.pages import Visit
from insights.metrics import Proportion, proportion
from loyalty.arrivals import offered
from loyalty.promo_rules import normalised
from storage.entries import Reach
from storage.kinds import EntryPurpose
from storage.models import EntryLink
from storage.store import Store

DAYS: Final = 90
LONGEST_NAME: Final = 60
LONGEST_BRANCH: Final = 60
LONGEST_CODE: Final = 40
SIZES: Final = ("a6", "a4")
_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letters and digits that look alike: somebody may type the address from paper."""
_LENGTH: Final = 6
TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One link; `joined` is how many of the openings brought a new customer, None where nobody opened it."""

    link: EntryLink
    address: str
    reach: Reach
    joined: Proportion | None


async def show(visit: Visit) -> Response:
    shown, branches = await visit.read(lambda store: _look(store, visit))
    return visit.page(
        "links.html",
        links=[one for one in shown if not one.link.is_archived],
        archived=[one for one in shown if one.link.is_archived],
        branches=branches,
        purposes=list(EntryPurpose),
        days=DAYS,
        widget=f"{visit.parts.public_url}/chat/widget.js",
        longest_name=LONGEST_NAME,
        longest_branch=LONGEST_BRANCH,
        longest_code=LONGEST_CODE,
    )


async def add(visit: Visit) -> Response:
    form = await visit.form()
    name, purpose = tidy(form.get("name", ""), LONGEST_NAME), form.get("purpose", "")
    branch, promo = tidy(form.get("branch", ""), LONGEST_BRANCH), tidy(form.get("promo_code", ""), LONGEST_CODE)
    key = key_of(form)
    if not name or purpose not in set(EntryPurpose):
        return visit.go("/links", notice="name_missing")

    def apply(store: Store) -> str:
        if (promo or purpose == EntryPurpose.PROMO) and offered(store, promo, visit.now) is None:
            return "link.no_code"
        for attempt in range(TRIES):
            link = EntryLink(
                code=_code(key, attempt),
                source=name,
                purpose=EntryPurpose(purpose),
                branch=branch,
                promo_code=normalised(promo) or None,
                created_by=visit.staff.id,
                created_at=visit.now,
            )
            if store.entries.add(link) or _is_same(store.entries.link(link.code), link):
                return "link.added"
        raise RuntimeError("no free code of an entry link was found")

    return visit.go("/links", notice=await visit.write(apply))


def _code(key: UUID, attempt: int) -> str:
    """Of one request always the same, so that a form that comes twice finds the link it has made."""
    number = int.from_bytes(sha256(key.bytes + bytes([attempt])).digest())
    return "".join(_SIGNS[number // len(_SIGNS) ** place % len(_SIGNS)] for place in range(_LENGTH))


def _is_same(known: EntryLink | None, link: EntryLink) -> bool:
    """Whether the link that has this code was made by the same form, and not by one whose code fell out alike."""
    return known is not None and (known.source, known.created_by) == (link.source, link.created_by)


async def archive(visit: Visit) -> Response:
    """Out of the list, or back in it. What is printed goes on working."""
    code, is_archived = visit.request.path_params["code"], (await visit.form()).get("archived") == "yes"
    is_there = await visit.write(lambda store: store.entries.set_archived(code, is_archived=is_archived))
    return visit.go("/links", notice="saved" if is_there else "gone")


async def sheet(visit: Visit) -> Response:
    """A page to print: the code, what it is for, and the address for who cannot scan."""
    code = visit.request.path_params["code"]
    link = await visit.read(lambda store: store.entries.link(code))
    if link is None:
        return visit.page("missing.html", 404)
    size = visit.request.query_params.get("size", "")
    address = _address(visit, code)
    return visit.page(
        "link_sheet.html",
        link=link,
        address=address,
        spoken=address.partition("://")[2],
        picture=_picture(address),
        size=size if size in SIZES else SIZES[0],
    )


async def picture(visit: Visit) -> Response:
    """The QR code alone, for somebody's own design."""
    code = visit.request.path_params["code"]
    if await visit.read(lambda store: store.entries.link(code)) is None:
        return visit.page("missing.html", 404)
    drawn = BytesIO()
    segno.make_qr(_address(visit, code), error="m").save(drawn, kind="svg", scale=10, border=4, xmldecl=False)
    headers = {"content-disposition": f'attachment; filename="qr-{code}.svg"', "x-content-type-options": "nosniff"}
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=headers)


def _look(store: Store, visit: Visit) -> tuple[list[Shown], list[str]]:
    since = visit.now - timedelta(days=DAYS)
    reach = store.entries.reach(since, (visit.today - timedelta(days=DAYS)).toordinal())
    shown = []
    for link in store.entries.links():
        found = reach.get(link.code, Reach())
        joined = proportion(min(found.joins, found.scans), found.scans)
        shown.append(Shown(link, _address(visit, link.code), found, joined))
    return shown, [name for _, name in store.segments.known_values("branch", 50)]


def _address(visit: Visit, code: str) -> str:
    return f"{visit.parts.public_url}/q/{code}"


def _picture(address: str) -> Markup:
    """Drawn with attributes alone; a smudge of fifteen percent is still read."""
    drawn = segno.make_qr(address, error="m").svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704  # segno draws paths: no text of ours is in them
