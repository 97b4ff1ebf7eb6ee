"""Reviews from sites, brought by hand: one in a form, or many in a file."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import UploadFile
from starlette.responses import Response

from console.pages import Visit
from insights.classifier import classify_text
from loyalty.review_file import NoReviews, RefusedReview, ReviewFile, ReviewProblem, ReviewRow, read
from loyalty.spreadsheet import NotATable
from loyalty.table_file import Rules
from storage.kinds import ReviewPlace, Sentiment
from surveys.public_reviews import PublicReview, take
from surveys.review_rules import place_of

LARGEST_FILE: Final = 5 * 1024 * 1024
LARGEST_REQUEST: Final = LARGEST_FILE + 64 * 1024
MOST_ROWS: Final = 5000
"""In one file: they are taken in one unit."""
REFUSED_SHOWN: Final = 100
FIELDS: Final = ("place", "branch", "rating", "date", "author", "text", "url")


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a file. `too_many`: rows beyond what one file may hold were left out."""

    new: int = 0
    known: int = 0
    refused: list[RefusedReview] = field(default_factory=list)
    too_many: bool = False


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    form = await visit.form()
    typed = {name: form.get(name, "") for name in FIELDS}
    review = read(typed, _rules(visit))
    if isinstance(review, RefusedReview):
        return await _page(visit, typed=typed, problem=review.problem)
    place = typed["place"] if typed["place"] in set(ReviewPlace) else None
    reviews = await asyncio.to_thread(_judged, [review._replace(place=ReviewPlace(place) if place else None)])
    new, _ = await _keep(visit, reviews)
    return visit.go("/feedback", notice="review.added" if new else "review.known")


async def bring(visit: Visit) -> Response:
    form = await visit.request.form(max_files=1, max_fields=2)
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename or not sent.size:
        return await _page(visit, file_problem="empty")
    if sent.size > LARGEST_FILE:
        return await _page(visit, file_problem="large")
    content = await sent.read()
    try:
        rows = await asyncio.to_thread(_rows, content, _rules(visit))
    except NotATable as other:
        return await _page(visit, file_problem="workbook" if str(other) == "workbook" else "not_a_table")
    except NoReviews as lacks:
        return await _page(visit, file_problem=f"no_{lacks.missing[0]}")
    taken = [row for row in rows[:MOST_ROWS] if isinstance(row, ReviewRow)]
    refused = [row for row in rows[:MOST_ROWS] if isinstance(row, RefusedReview)]
    new, known = await _keep(visit, await asyncio.to_thread(_judged, taken))
    return await _page(visit, brought=Brought(new, known, refused, len(rows) > MOST_ROWS))


def _rows(content: bytes, rules: Rules) -> list[ReviewRow | RefusedReview]:
    """At most one more than a file may hold."""
    found: list[ReviewRow | RefusedReview] = []
    for row in ReviewFile([content], rules):
        found.append(row)
        if len(found) > MOST_ROWS:
            break
    return found


def _judged(rows: Iterable[ReviewRow]) -> list[PublicReview]:
    """Words are read for their mood only where there are no stars: that takes time, and says less."""
    return [
        PublicReview(
            row.place or (place_of(row.url) if row.url else ReviewPlace.OTHER),
            row.text,
            row.rating,
            row.at,
            row.author,
            row.branch,
            row.url,
            _mood(row.text) if row.rating is None else None,
        )
        for row in rows
    ]


def _mood(text: str) -> Sentiment | None:
    found = classify_text(text)
    return found.sentiment if found else None


async def _keep(visit: Visit, reviews: list[PublicReview]) -> tuple[int, int]:
    zone, language = visit.console.zone, visit.parts.default_language
    return await visit.write(lambda store: take(store, reviews, visit.staff.id, visit.now, zone, language))


def _rules(visit: Visit) -> Rules:
    """No money stands in a review, so the currency is none's."""
    return Rules(visit.console.zone, "", visit.now)


async def _page(
    visit: Visit,
    *,
    typed: dict[str, str] | None = None,
    problem: ReviewProblem | None = None,
    file_problem: str = "",
    brought: Brought | None = None,
) -> Response:
    branches = await visit.read(lambda store: [name for _, name in store.segments.known_values("branch", 50)])
    return visit.page(
        "pasted_reviews.html",
        422 if problem or file_problem else 200,
        typed=typed or dict.fromkeys(FIELDS, ""),
        problem=problem,
        file_problem=file_problem,
        brought=brought,
        shown=brought.refused[:REFUSED_SHOWN] if brought else [],
        places=list(ReviewPlace),
        branches=branches,
        today=visit.today.isoformat(),
        largest_mb=LARGEST_FILE // 1024 // 1024,
        most=MOST_ROWS,
    )
