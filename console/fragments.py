"""From what changed to pieces of pages: each piece names itself, so to show it twice is harmless."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from console.pages import Visit
from console.threads import Bubble, Card, Line, Viewer, bubbles, card, lines, open_counts
from messaging.desk import scope_of, sees
from storage.cases import OpenCounts
from storage.kinds import FeedKind
from storage.models import FeedEntry, Staff
from storage.store import Store

NEWEST_LINES = 5
"""Of a case's history: so many things do not happen to one case between two looks."""


@dataclass(frozen=True)
class Seen:
    """What some entries of the feed are about, as it is now."""

    cards: list[Card]
    bubbles: list[Bubble]
    lines: list[Line]
    counts: OpenCounts | None = None

    @classmethod
    def of_entries(cls, store: Store, entries: Sequence[FeedEntry], viewer: Viewer) -> "Seen":
        entries = _for(store, viewer.staff, entries)
        events = store.inbox.some([one.ref for one in entries if one.kind is FeedKind.MESSAGE_IN])
        rows = store.outbox.some([one.ref for one in entries if one.kind is FeedKind.MESSAGE_OUT])
        changed = dict.fromkeys(one.ref for one in entries if one.kind is FeedKind.CASE)
        about = dict(changed)
        # A message changes the last words of the customer's row as well.
        for customer_id in {one.customer_id for one in entries if one.kind is not FeedKind.CASE}:
            if customer_id and (case := store.cases.open_for(customer_id)):
                about[case.id] = None
        cards = [shown for case_id in about if (shown := card(store, case_id, viewer))]
        happened = [line for shown in cards if shown.case.id in changed for line in _newest(store, shown.case.id)]
        return cls(cards, bubbles(store, events, rows), happened, open_counts(store, viewer.staff))

    @classmethod
    def of_case(cls, store: Store, case_id: UUID, viewer: Viewer) -> "Seen":
        """One case with the newest words of its conversation: what a form's answer shows."""
        shown = card(store, case_id, viewer)
        if shown is None:
            return cls([], [], [])
        rows = store.outbox.of_customer(shown.case.customer_id, 5)
        return cls([shown], bubbles(store, [], rows), _newest(store, case_id))


def _newest(store: Store, case_id: UUID) -> list[Line]:
    return lines(store, store.case_pages.of_case(case_id, NEWEST_LINES))


def _for(store: Store, staff: Staff, entries: Sequence[FeedEntry]) -> Sequence[FeedEntry]:
    """What somebody may hear: an operator of one branch hears no words from cases of another."""
    if scope_of(staff) is None:
        return entries
    found = []
    for customer_id in {one.customer_id for one in entries if one.customer_id}:
        newest = store.cases.of_customer(customer_id, 1)
        if newest and sees(staff, newest[0]):
            found.append(customer_id)
    return [one for one in entries if one.customer_id in found]


def render(visit: Visit, seen: Seen) -> str:
    """The pieces for this very person: their language, their rights."""
    bits = visit.console.templates.get_template("bits.html").make_module(visit.context())
    pieces: list[str] = []
    for shown in seen.cards:
        pieces += [str(getattr(bits, name)(shown)) for name in ("row", "head", "terms", "holder", "takeover")]
    for piece in (*seen.bubbles, *seen.lines):
        pieces.append(str(bits.piece(piece)))  # type: ignore[attr-defined]  # a macro of bits.html
    if seen.counts:
        pieces.append(str(bits.badges(seen.counts)))  # type: ignore[attr-defined]  # a macro of bits.html
    return "\n".join(pieces)


def list_rule(view: str, status: str, label: str) -> str:
    """Which rows belong into a list, as a CSS selector: a new row finds its place without a second rule in script."""
    holders = {"mine": "[data-holder=me]", "unassigned": "[data-holder='']" if status == "open" else ""}
    return f"[data-state={status}]{holders.get(view, '')}{_labelled(label)}"


def _labelled(label: str) -> str:
    if not label:
        return ""
    escaped = label.replace("\\", "\\\\").replace('"', '\\"')
    return f'[data-labels*="|{escaped}|"]'
