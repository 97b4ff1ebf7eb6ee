"""Which rows share a call, where a channel takes many messages in one request."""

import json
from collections.abc import Sequence
from typing import Any

from messaging.pacing import Batch
from storage.outbox import DueMessage

Calls = list[list[DueMessage]]


def calls_of(rows: Sequence[DueMessage], batch: Batch) -> Calls:
    """The calls of one request, in the order of their first rows; what has no room in it stays for the next.

    Rows that went together before go together again, all of them and with nobody new: only then is a repetition the
    same call. Other rows share one when they say the same.
    """
    calls: dict[object, list[DueMessage]] = {}
    room = batch.rows
    for row in sorted(rows, key=lambda row: row.random_id is None):
        key = _key(row)
        if key in calls and row.random_id is None and len(calls[key]) >= batch.chats:
            continue
        if room <= 0 and row.random_id is None:
            continue
        if key not in calls and len(calls) >= batch.calls:
            continue
        calls.setdefault(key, []).append(row)
        room -= 1
    return list(calls.values())


def _key(row: DueMessage) -> object:
    if row.random_id is not None:
        return row.random_id
    return json.dumps(row.body, sort_keys=True) if _is_same_for_all(row.body) else row.id


def _is_same_for_all(body: dict[str, Any]) -> bool:
    """A button that comes back carries the nonce of its own row; an edit names one message."""
    comes_back = any(len(button) == 2 for button in body.get("buttons", ()))  # a label and a value
    return not comes_back and "edits" not in body
