"""What is said of us outside surveys, whoever says it and wherever: what waits first, and the bad before the good."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from starlette.responses import Response

from console.access import OWNERS
from console.pages import Visit
from storage.feedback import FeedbackRow, FeedbackWish
from storage.files import FileFacts
from storage.kinds import CaseCause, FeedbackKind, FeedbackSource, Sentiment
from storage.store import Store

OPEN_SHOWN: Final = 100
DONE_SHOWN: Final = 30
LONGEST_BRANCH: Final = 100

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Shown:
    """One item as its reader may see it. `who`: '' for nobody; of what was said without a name always."""

    row: FeedbackRow
    who: str
    customer_id: UUID | None
    seller: str
    case_number: int | None
    answered_by: str
    files: list[FileFacts]


async def show(visit: Visit) -> Response:
    wish, before = _wish(visit), _moment(visit.request.query_params.get("before", ""))

    def look(store: Store) -> tuple[list[Shown], list[Shown], list[str]]:
        fresh = [] if before else store.feedback.open(wish, OPEN_SHOWN + 1)
        done = store.feedback.dealt_with(wish, DONE_SHOWN + 1, before)
        return _shown(store, visit, fresh), _shown(store, visit, done), store.feedback.branches()

    fresh, done, branches = await visit.read(look)
    return visit.page(
        "feedback.html",
        fresh=fresh[:OPEN_SHOWN],
        has_more=len(fresh) > OPEN_SHOWN,
        done=done[:DONE_SHOWN],
        older=done[DONE_SHOWN - 1].row.item.at.isoformat() if len(done) > DONE_SHOWN else "",
        is_newest=before is None,
        wish=wish,
        asked=_asked(wish),
        choices={
            "source": [one.value for one in FeedbackSource],
            "kind": [one.value for one in FeedbackKind],
            "sentiment": [one.value for one in Sentiment],
            "topic": [one.value for one in CaseCause],
            "branch": branches,
        },
    )


async def answer(visit: Visit) -> Response:
    """Somebody says that it is dealt with."""
    item_id = visit.path_id("item_id")
    is_done = await visit.write(lambda store: store.feedback.answer(item_id, visit.staff.id, visit.now))
    return visit.go("/feedback", notice="feedback.done" if is_done else "gone", **_asked(_wish(visit)))


def _shown(store: Store, visit: Visit, rows: list[FeedbackRow]) -> list[Shown]:
    names = store.staff.names()
    files = store.files.facts({one for row in rows for one in row.item.media_ids or ()})
    return [_one(visit, row, names, files) for row in rows]


def _one(visit: Visit, row: FeedbackRow, names: dict[UUID, str], files: dict[str, FileFacts]) -> Shown:
    item = row.item
    has_name = item.source is not FeedbackSource.ANONYMOUS
    return Shown(
        row,
        (row.customer_name or item.author) if has_name else "",
        item.customer_id if has_name else None,
        # Who was complained of is for the owner alone (feature B7).
        item.seller if visit.staff.role in OWNERS else "",
        row.case_number if has_name else None,
        names.get(item.answered_by, "") if item.answered_by else "",
        [files[one] for one in item.media_ids or () if one in files],
    )


def _wish(visit: Visit) -> FeedbackWish:
    query = visit.request.query_params
    return FeedbackWish(
        _choice(FeedbackSource, query.get("source")),
        _choice(FeedbackKind, query.get("kind")),
        _choice(Sentiment, query.get("sentiment")),
        query.get("branch", "")[:LONGEST_BRANCH],
        _choice(CaseCause, query.get("topic")) or "",
    )


def _asked(wish: FeedbackWish) -> dict[str, str]:
    """The wish as it stands in an address."""
    values = {
        "source": wish.source,
        "kind": wish.kind,
        "sentiment": wish.sentiment,
        "branch": wish.branch,
        "topic": wish.topic,
    }
    return {name: str(value) for name, value in values.items() if value}


def _choice(kind: type[Choice], wish: str | None) -> Choice | None:
    return kind(wish) if wish in set(kind) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
