"""One visit: who came, what they asked for, and how the answer is written."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import COUNTERS, DIALOGS, MANAGERS, MARKETERS, OWNERS, READERS, SELLERS, Passwords
from console.import_jobs import ImportJobs
from console.navigation import PROFILE, ways
from console.once import new_key
from console.parts import ConsoleParts
from console.reasons import why
from console.segment_links import segment_link
from console.threads import Viewer
from console.uploads import Uploads
from console.words import Words
from messaging.messages import Address
from storage.cases import OpenCounts
from storage.kinds import Language
from storage.models import Staff, StaffSession
from storage.store import Store

T = TypeVar("T")
_HERE = Path(__file__).parent


@cache
def templates() -> Environment:
    """The pages of every console of this process: each is compiled once."""
    pages = Environment(
        autoescape=True,
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["channel_of"] = _channel_of
    return pages


class Console:
    """What all visits share."""

    def __init__(self, parts: ConsoleParts) -> None:
        self.parts = parts
        self.zone = ZoneInfo(parts.time_zone)
        self.passwords = Passwords()
        self.uploads = Uploads(parts.uploads)
        self.imports = ImportJobs(parts, self.uploads)
        self.version = _version(_HERE / "static")
        self.templates = templates()


@dataclass(frozen=True)
class Frame:
    """What stands around every page of a signed-in person. `seq`: all before it is already in the page; `candidates`:
    flags that wait for a decision of theirs; `duplicates`: pairs that do; `alerts`: what nobody looked at yet."""

    staff: Staff
    session: StaffSession
    counts: OpenCounts
    seq: int
    candidates: int = 0
    duplicates: int = 0
    alerts: int = 0


class Visit:
    def __init__(self, console: Console, request: Request, frame: Frame | None) -> None:
        self.console = console
        self.parts = console.parts
        self.request = request
        self.frame = frame
        self.now: datetime = console.parts.clock()
        self.words = Words(self._language(), console.zone)

    @property
    def staff(self) -> Staff:
        """Who is signed in. Only pages that named their roles may ask."""
        assert self.frame is not None
        return self.frame.staff

    @property
    def today(self) -> date:
        """The business's."""
        return self.words.local(self.now).date()

    @property
    def viewer(self) -> Viewer:
        """Who looks at this moment: a stream goes on long after the visit began."""
        return Viewer(self.staff, self.console.zone, self.parts.clock())

    @property
    def root(self) -> str:
        """Where the console is mounted."""
        return str(self.request.scope.get("root_path", ""))

    @property
    def is_live(self) -> bool:
        """Asked by our script, which wants fragments and not a page."""
        return "x-live" in self.request.headers

    def path_id(self, name: str) -> UUID:
        """An id that stands in the page's own path; the route has made sure that it is one."""
        found: UUID = self.request.path_params[name]
        return found

    async def read(self, unit: Callable[[Store], T]) -> T:
        return await self.parts.database.read(unit)

    async def write(self, unit: Callable[[Store], T]) -> T:
        return await self.parts.database.write(unit)

    async def form(self) -> dict[str, str]:
        """The form's fields, without files, each at most 20,000 characters."""
        form = await self.request.form(max_files=0, max_fields=50)
        return {key: value[:20_000] for key, value in form.items() if isinstance(value, str)}

    def path(self, local: str, **query: str) -> str:
        """The address of one of our pages, wherever the console is mounted."""
        asked = "&".join(f"{key}={quote(value)}" for key, value in query.items() if value)
        return self.root + local + (f"?{asked}" if asked else "")

    def page(self, template: str, http_status: int = 200, **values: Any) -> Response:
        html = self.console.templates.get_template(template).render(self.context(), **values)
        return HTMLResponse(html, http_status)

    def go(self, local: str, **query: str) -> Response:
        return RedirectResponse(self.path(local, **query), 303)

    def macro(self, name: str, *args: Any) -> str:
        """One macro of bits.html, as the page itself would render it."""
        bits = self.console.templates.get_template("bits.html").make_module(self.context())
        return str(getattr(bits, name)(*args))

    def context(self) -> dict[str, Any]:
        words, staff = self.words, self.frame.staff if self.frame else None
        query = self.request.query_params
        return {
            "t": words.t,
            "n": words.n,
            "words": words,
            "now": self.now,
            "path": self.path,
            "static": self.path(f"/static/{self.console.version}"),
            "form_key": new_key,
            "here": self.request.url.path.removeprefix(self.root),
            "business": self.parts.business_name(),
            "frame": self.frame,
            "me": staff,
            "ways": ways(staff.role) if staff else None,
            "profile_link": PROFILE,
            "is_on_dialogs": staff is not None and staff.role in DIALOGS,
            "is_manager": staff is not None and staff.role in MANAGERS,
            "segment_link": partial(segment_link, self.path),
            "is_reader": staff is not None and staff.role in READERS,
            "is_marketer": staff is not None and staff.role in MARKETERS,
            "is_owner": staff is not None and staff.role in OWNERS,
            "sees_numbers": staff is not None and staff.role in COUNTERS,
            "sells": staff is not None and staff.role in SELLERS,
            "may_adjust": staff is not None and staff.role in MARKETERS,
            "sees_phones": staff is not None and staff.role in SELLERS,
            "why": partial(why, words),
            "masked": masked,
            "theme": self.request.cookies.get("theme", "auto"),
            "shortcuts": self.request.cookies.get("shortcuts", "on"),
            "notice": query.get("notice", "") if query.get("notice", "") in NOTICES else "",
        }

    def _language(self) -> Language:
        """The person's own, else the browser's wish; Russian where it wishes neither."""
        if self.frame:
            return self.frame.staff.language
        wished = self.request.headers.get("accept-language", "").lower()
        first = [part.strip()[:2] for part in wished.split(",")]
        return next((Language(code) for code in first if code in set(Language)), Language.RU)


NOTICES = frozenset(
    {"saved", "password_changed", "unlinked", "left", "taken", "closed", "colleague", "gone"}
    | {
        "token_wrong",
        "reply.empty",
        "close.cause",
        "close.action",
        "noted",
        "note.empty",
        "transferred",
        "transfer.reason",
        "transfer.whom",
        "rules_stale",
        "criteria_wrong",
        "last_owner",
        "owners_only",
        "login_taken",
        "name_missing",
        "birthday.saved",
        "rating_asked",
        "action.done",
        "action.dismissed",
        "feedback.done",
        "review.added",
        "review.known",
        "flag.confirmed",
        "flag.dismissed",
        "flag.gone",
        "friend.rewarded",
        "friend.refused",
        "friend.gone",
        "like.empty",
        "link.added",
        "link.no_code",
        "goal.set",
        "goal.ended",
        "goal.wrong",
        "merged",
        "unmerged",
        "merge_stays",
        "erased",
        "return.confirmed",
        "return.refused",
        "return.gone",
        "pair.open",
        "pair.different",
        "pair.gone",
        "segment.saved",
        "segment.archived",
        "segment.brought_back",
        "segment.gone",
        "segment.stale",
        "survey.saved",
        "survey.on",
        "survey.off",
        "promo.saved",
        "promo.pause",
        "promo.resume",
        "promo.stop",
        "promo.archive",
        "promo.restore",
        "promo.generating",
        "promo.rolled_back",
        "promo.not_rolled_back",
        "promo.no_reason",
        "region_wrong",
        "adjust.done",
        "adjust.waiting",
        "adjust.refused",
        "adjust.own_wish",
        "adjust.own_card",
        "adjust.no_member",
        "adjust.not_enough",
        "adjust.decided_already",
        "import_gone",
        "import_forgotten",
    }
)
"""What an address may ask a page to say; anything else is not ours."""


def safe_next(wish: str) -> str:
    """Where to go after signing in: a path inside the console, or its first page."""
    parts = urlsplit(wish)
    is_plain = wish.isprintable() and "\\" not in wish
    is_ours = wish.startswith("/") and not wish.startswith("//") and not (parts.scheme or parts.netloc)
    return wish if is_ours and is_plain else "/"


def masked(phone: str) -> str:
    """Enough to recognise a number one knows, too little to call it."""
    return f"{phone[:2]} ••• ••• {phone[-2:]}"


def _channel_of(bot_id: str) -> str:
    return Address(bot_id, "").channel.value


def _version(folder: Path) -> str:
    """A name for this very set of static files: it is in their address, so browsers may keep them for ever."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256(json.dumps([path.name for path in files]).encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
