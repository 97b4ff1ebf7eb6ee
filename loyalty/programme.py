"""The rules of the programme as the business has set them: one setting, each change a version and a line of audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from loyalty.rules import Rules, Unfit, as_json, changes, parse
from storage.kinds import AuditAction
from storage.models import Staff
from storage.store import Store

KEY: Final = "loyalty.rules"


def rules_now(store: Store) -> Rules:
    """The newest version; the defaults where nobody ever changed them. One query.

    Raises Unfit for what no version of this program has written.
    """
    kept = store.business.setting(KEY)
    rules = parse(kept.value) if kept else Rules()
    if not isinstance(rules, Rules):
        raise Unfit(rules)
    return rules


def rules_version(store: Store) -> int:
    """0 while nobody has changed anything."""
    kept = store.business.setting(KEY)
    return kept.version if kept else 0


def save_values(store: Store, values: Mapping[str, Any], version: str, staff: Staff, now: datetime) -> bool:
    """Save what a form says; False where it is no rules, or somebody has saved others since `version` was shown.

    A form that comes twice is saved: what it says is so.
    """
    rules = parse(values)
    if not isinstance(rules, Rules):
        return False
    if str(rules_version(store)) != version:
        return rules == rules_now(store)
    save_rules(store, rules, staff, now)
    return True


def save_rules(store: Store, rules: Rules, staff: Staff, now: datetime) -> bool:
    """A new version with its line in the audit; False when nothing differs, and nothing is written."""
    changed = changes(rules_now(store), rules)
    if not changed:
        return False
    store.business.change(KEY, as_json(rules), staff.id, now)
    store.audit.note(AuditAction.RULES_CHANGED, staff, now, changed=changed)
    return True
