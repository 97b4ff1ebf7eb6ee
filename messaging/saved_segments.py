"""Segments that have a name: each change is one more version, and none is ever lost."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from messaging.segments import Rule, WrongRules, as_json, parse
from storage.models import Segment, Staff
from storage.store import Store

LONGEST_NAME = 100


class Refused(StrEnum):
    """Why nothing was saved. The values are phrases of the console: `notice.segment.<value>`."""

    GONE = "gone"
    STALE = "stale"
    """A colleague saved another version after the one that was being changed."""


def rules_now(store: Store, segment_id: UUID) -> dict[str, Any] | None:
    """The newest version's rules, as queries take them; None where there are none that anybody understands."""
    segment = store.segments.get(segment_id)
    try:
        return as_json(parse(segment.rules)) if segment else None
    except WrongRules:
        return None


def create(store: Store, name: str, rule: Rule, by: Staff, now: datetime) -> Segment:
    segment = Segment(version=1, name=name, rules=as_json(rule), changed_by=by.id, changed_at=now)
    store.segments.add(segment)
    return segment


def change(
    store: Store, segment_id: UUID, seen_version: int, name: str, rule: Rule, by: Staff, now: datetime
) -> Segment | Refused:
    """The next version after the one that was seen; nothing new when it would say the same."""
    newest = store.segments.get(segment_id)
    if newest is None:
        return Refused.GONE
    if newest.version != seen_version:
        return Refused.STALE
    if newest.name == name and newest.rules == as_json(rule):
        return newest
    return _add(store, newest, name=name, rules=as_json(rule), by=by, now=now)


def restore(store: Store, segment_id: UUID, version: int, by: Staff, now: datetime) -> Segment | Refused:
    """An earlier version becomes the newest; what was between them stays in the history."""
    newest, wanted = store.segments.get(segment_id), store.segments.get(segment_id, version)
    if newest is None or wanted is None:
        return Refused.GONE
    return _add(store, newest, name=wanted.name, rules=wanted.rules, by=by, now=now)


def archive(store: Store, segment_id: UUID, is_archived: bool, by: Staff, now: datetime) -> Segment | Refused:
    """Put away, or brought back."""
    newest = store.segments.get(segment_id)
    if newest is None:
        return Refused.GONE
    if newest.is_archived == is_archived:
        return newest
    return _add(store, newest, name=newest.name, rules=newest.rules, by=by, now=now, is_archived=is_archived)


def _add(
    store: Store,
    newest: Segment,
    *,
    name: str,
    rules: dict[str, object],
    by: Staff,
    now: datetime,
    is_archived: bool = False,
) -> Segment | Refused:
    segment = Segment(
        id=newest.id,
        version=newest.version + 1,
        name=name,
        rules=rules,
        is_archived=is_archived,
        changed_by=by.id,
        changed_at=now,
    )
    return segment if store.segments.add(segment) else Refused.STALE
