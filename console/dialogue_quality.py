"""How well dialogues go: those drawn for review, the score card of one, and what each operator's marks add up to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from console.access import MANAGERS
from console.pages import Visit
from console.threads import Piece, whole_thread
from insights.desk_numbers import FEW
from messaging import dialogue_quality, dialogue_samples
from messaging.dialogue_samples import MARKS, Rules, average
from messaging.flaws import Unfit
from storage.dialogues import Drawn
from storage.models import Case, DialogueReview
from storage.store import Store

PERIOD: Final = timedelta(days=90)
LONGEST_COMMENT: Final = 2000
AROUND: Final = timedelta(hours=1)
"""What was said just before a case opened belongs to it too."""


@dataclass(frozen=True, slots=True)
class Averages:
    """One operator's marks of the period, by criterion: the average and how many."""

    name: str
    reviews: int
    overall: float | None
    marks: Mapping[str, tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The page of one dialogue. `is_own`: nobody gives marks to themselves."""

    review: DialogueReview
    case: Case
    operator: str
    customer: str
    pieces: Sequence[Piece]
    is_own: bool


async def show(visit: Visit) -> Response:
    """A manager sees everybody's; an operator what was said of their own work."""
    manages = visit.staff.role in MANAGERS
    whose, since = None if manages else visit.staff.id, visit.now - PERIOD

    def look(store: Store) -> tuple[list[Drawn], list[Drawn], Rules, dict[UUID, str]]:
        waiting = store.dialogues.listed(operator_id=whose, is_reviewed=False, since=since) if manages else []
        done = store.dialogues.listed(operator_id=whose, is_reviewed=True, since=since)
        return waiting, done, dialogue_quality.rules_now(store), store.staff.names()

    waiting, done, rules, names = await visit.read(look)
    return visit.page(
        "dialogues.html",
        drawn=waiting,
        done=done,
        names=names,
        averages=_averages(done, names),
        criteria=[(one, name_of(visit, one)) for one in rules.criteria],
        rules=rules,
        average=average,
        few=FEW,
    )


async def show_one(visit: Visit) -> Response:
    return await _page(visit)


async def review(visit: Visit) -> Response:
    """All criteria or none: half a score card compares with nothing."""
    review_id, form = visit.path_id("review_id"), await visit.form()
    comment = form.get("comment", "").strip()[:LONGEST_COMMENT]

    def unit(store: Store) -> bool:
        criteria = dialogue_quality.rules_now(store).criteria
        typed = [form.get(f"mark_{place}", "") for place in range(len(criteria))]
        if any(one not in map(str, MARKS) for one in typed):
            return False
        marks = dict(zip(criteria, map(int, typed), strict=True))
        return dialogue_quality.give_marks(store, review_id, visit.staff, marks, comment, visit.now) is not None

    is_kept = await visit.write(unit)
    return visit.go("/quality/dialogues", notice="saved") if is_kept else await _page(visit, 422)


async def save_rules(visit: Visit) -> Response:
    """How many dialogues a week, and what they are judged by: a line each."""
    form = await visit.form()
    usual = {name_of(visit, one): one for one in dialogue_samples.USUAL_CRITERIA}
    lines = [" ".join(line.split()) for line in form.get("criteria", "").splitlines()]
    typed = {"per_operator": form.get("per_operator", ""), "criteria": [usual.get(line, line) for line in lines]}
    try:
        rules = dialogue_samples.parse(typed)
    except Unfit:
        return visit.go("/quality/dialogues", notice="criteria_wrong")
    kept = dialogue_samples.as_json(rules)
    await visit.write(lambda store: store.business.change(dialogue_samples.KEY, kept, visit.staff.id, visit.now))
    return visit.go("/quality/dialogues", notice="saved")


def name_of(visit: Visit, criterion: str) -> str:
    """A usual criterion in the reader's language, one of the business's own as it was typed."""
    is_usual = criterion in dialogue_samples.USUAL_CRITERIA
    return visit.words.t(f"criterion.{criterion}") if is_usual else criterion


async def _page(visit: Visit, status: int = 200) -> Response:
    review_id = visit.path_id("review_id")
    found, rules = await visit.read(
        lambda store: (_reviewed(store, visit, review_id), dialogue_quality.rules_now(store))
    )
    if found is None:
        return visit.page("missing.html", 404)
    known = found.review.marks or {}
    shown = rules.criteria if visit.staff.role in MANAGERS and not found.is_own else tuple(known)
    return visit.page(
        "dialogue.html",
        status,
        found=found,
        criteria=[(place, name_of(visit, one), known.get(one)) for place, one in enumerate(shown)],
        marks=list(MARKS),
        gives_marks=visit.staff.role in MANAGERS and not found.is_own,
        is_incomplete=status != 200,
    )


def _reviewed(store: Store, visit: Visit, review_id: UUID) -> Reviewed | None:
    review = store.dialogues.get(review_id)
    case = store.cases.get(review.case_id) if review else None
    is_own = review is not None and review.operator_id == visit.staff.id
    may_see = visit.staff.role in MANAGERS or (is_own and review is not None and review.reviewed_at is not None)
    if review is None or case is None or not may_see:
        return None
    customer = store.customers.get(case.customer_id)
    until = case.closed_at or visit.now
    pieces = [one for one in whole_thread(store, case.customer_id) if case.opened_at - AROUND <= one.at <= until]
    name = store.staff.names().get(review.operator_id, "")
    return Reviewed(review, case, name, customer.name if customer else "", pieces, is_own)


def _averages(done: Sequence[Drawn], names: Mapping[UUID, str]) -> list[Averages]:
    by_operator: dict[UUID, list[DialogueReview]] = defaultdict(list)
    for one in done:
        by_operator[one.review.operator_id].append(one.review)
    return [_of(names.get(who, ""), reviews) for who, reviews in by_operator.items()]


def _of(name: str, reviews: Sequence[DialogueReview]) -> Averages:
    marks: dict[str, list[int]] = defaultdict(list)
    for one in reviews:
        for criterion, mark in (one.marks or {}).items():
            marks[criterion].append(mark)
    overall = [value for one in reviews if (value := average(one.marks)) is not None]
    return Averages(
        name,
        len(reviews),
        sum(overall) / len(overall) if overall else None,
        {criterion: (sum(given) / len(given), len(given)) for criterion, given in marks.items()},
    )
