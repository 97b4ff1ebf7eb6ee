"""Dialogues are drawn for review once a week, and a supervisor gives each its marks (feature C11)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from messaging.dialogue_samples import KEY as SETTING
from messaging.dialogue_samples import MARKS, Rules, draw, parse
from messaging.flaws import Unfit
from messaging.local_time import at_local, local_date
from storage.models import DialogueReview, Staff
from storage.store import Store

WEEK: Final = timedelta(days=7)


def rules_now(store: Store) -> Rules:
    kept = store.business.setting(SETTING)
    try:
        return parse(kept.value) if kept else Rules()
    except Unfit:
        return Rules()


def sample(store: Store, now: datetime, zone: ZoneInfo) -> int:
    """Draw from the cases that were closed in the business's last whole week; how many were added.

    Run again in the same week it only fills up what is missing: the lot is the week's, and no case is drawn twice.
    """
    today = local_date(now, zone)
    monday = today - timedelta(days=today.weekday())
    until = at_local(monday, 0, zone)
    since = at_local(monday - WEEK, 0, zone)
    per_operator = rules_now(store).per_operator
    drawn = store.dialogues.drawn_since(until)
    cases = store.dialogues.unreviewed(since, until)
    wanted = {operator: per_operator - drawn.get(operator, 0) for operator in cases}
    chosen = draw(cases, {who: max(count, 0) for who, count in wanted.items()}, monday.isoformat())
    return sum(store.dialogues.add(case_id, operator, now) for operator, case_id in chosen)


def give_marks(
    store: Store, review_id: UUID, staff: Staff, marks: Mapping[str, int], comment: str, now: datetime
) -> DialogueReview | None:
    """Fill the score card, or correct it. None where there is none, or it is about the reviewer's own dialogue."""
    review = store.dialogues.get(review_id)
    if review is None or review.operator_id == staff.id or not marks or any(one not in MARKS for one in marks.values()):
        return None
    review.marks, review.comment = dict(marks), comment
    review.reviewer_id, review.reviewed_at = staff.id, now
    store.dialogues.save(review)
    return review
