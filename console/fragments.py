"""From what changed to pieces of pages: each piece names itself, so to show it twice is harmless."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from console.pages import Visit
from console.threads import Bubble, Card, bubbles, card
from storage.cases import OpenCounts
from storage.kinds import FeedKind
from storage.models import FeedEntry, Staff
from storage.store import Store


@dataclass(frozen=True)
class Seen:
    """What some entries of the feed are about, as it is now."""

    cards: list[Card]
    bubbles: list[Bubble]
    counts: OpenCounts | None = None

    @classmethod
    def of_entries(cls, store: Store, entries: Sequence[FeedEntry], staff: Staff) -> "Seen":
        events = store.inbox.some([one.ref for one in entries if one.kind is FeedKind.MESSAGE_IN])
        rows = store.outbox.some([one.ref for one in entries if one.kind is FeedKind.MESSAGE_OUT])
        about = dict.fromkeys(one.ref for one in entries if one.kind is FeedKind.CASE)
        # A message changes the last words of the customer's row as well.
        for customer_id in {one.customer_id for one in entries if one.kind is not FeedKind.CASE}:
            if customer_id and (case := store.cases.open_for(customer_id)):
                about[case.id] = None
        cards = [shown for case_id in about if (shown := card(store, case_id))]
        return cls(cards, bubbles(store, events, rows), store.cases.open_counts(staff.id))

    @classmethod
    def of_case(cls, store: Store, case_id: UUID) -> "Seen":
        """One case with the newest words of its conversation: what a form's answer shows."""
        shown = card(store, case_id)
        rows = store.outbox.of_customer(shown.case.customer_id, 5) if shown else []
        return cls([shown] if shown else [], bubbles(store, [], rows))


def render(visit: Visit, seen: Seen) -> str:
    """The pieces for this very person: their language, their rights."""
    bits = visit.console.templates.get_template("bits.html").make_module(visit.context())
    pieces: list[str] = []
    for shown in seen.cards:
        pieces += [str(getattr(bits, name)(shown)) for name in ("row", "head", "holder", "takeover")]
    pieces += [str(bits.bubble(bubble)) for bubble in seen.bubbles]  # type: ignore[attr-defined]  # a macro of bits.html
    if seen.counts:
        pieces.append(str(bits.badges(seen.counts)))  # type: ignore[attr-defined]  # a macro of bits.html
    return "\n".join(pieces)


def list_rule(staff: Staff, view: str, status: str) -> str:
    """Which rows belong into a list, as a CSS selector: a new row finds its place without a second rule in script."""
    if status == "closed":
        return "[data-state=closed]" + ("[data-holder=me]" if view == "mine" else "")
    holder = {"mine": "[data-holder=me]", "unassigned": "[data-holder='']"}.get(view, "")
    return f"[data-state=open]{holder}"
